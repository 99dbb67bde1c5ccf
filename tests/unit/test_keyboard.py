"""Questions on a pseudo-terminal, in whatever modes it was left."""

import os
import pty
import termios
import threading
from collections.abc import Iterator

import pytest

from awsenv.errors import LoginDeclined
from awsenv.keyboard import _read_line, _sane


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Give the two ends of a pseudo-terminal: the person's and the program's."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("echo", [True, False])
def test_modes_for_a_question_make_a_raw_terminal_sane(terminal: tuple[int, int], *, echo: bool) -> None:
    """A question works on a terminal that was left raw: Enter ends the line, and a secret is not echoed."""
    person, program = terminal
    modes = termios.tcgetattr(program)
    raw = [0, 0, modes[2], 0, *modes[4:]]

    sane = _sane(raw, echo=echo)

    assert sane[0] & termios.ICRNL
    assert sane[1] & termios.OPOST
    assert sane[3] & termios.ICANON
    assert sane[3] & termios.ISIG
    assert bool(sane[3] & termios.ECHO) == echo
    termios.tcsetattr(program, termios.TCSANOW, sane)
    os.write(person, b"123456\r")
    assert _read_line(program) == "123456"


@pytest.mark.parametrize(("chunks", "line"), [([b"12", b"34\n"], "1234"), ([b"12"], "12"), ([b"\xff\r\n"], "\udcff")])
def test_a_line_ends_at_its_end_or_with_the_file(chunks: list[bytes], line: str) -> None:
    """A line may come in pieces, and without an end."""
    reader, writer = os.pipe()

    def write() -> None:
        for chunk in chunks:
            os.write(writer, chunk)
        os.close(writer)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert _read_line(reader) == line
    finally:
        thread.join()
        os.close(reader)


def test_no_answer_is_no_yes() -> None:
    """Ctrl-D at a question, or a terminal that hangs up, is an answer that was not given."""
    read, write = os.pipe()
    os.close(write)
    try:
        with pytest.raises(LoginDeclined):
            _read_line(read)
    finally:
        os.close(read)
