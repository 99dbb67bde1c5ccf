"""Questions on a pseudo-terminal, in whatever modes it was left."""

import os
import pty
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from stage import TIME_LIMIT

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


# A program that has a terminal of its own and says which key it was told, and whether the modes are those of before.
PRESS = """
import os, sys, termios
from awsenv.keyboard import read_key, sane
modes = termios.tcgetattr(0)
if {raw}:
    # As fish leaves it to its event handlers.
    modes[0] &= ~termios.ICRNL
    modes[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(0, termios.TCSANOW, modes)
    modes = termios.tcgetattr(0)
os.write(1, b"ready\\r\\n")
if {waits}:
    open({gate!r}).read()
try:
    answer = repr(read_key("question? "))
except KeyboardInterrupt:
    answer = "interrupted"
print("key:", answer, termios.tcgetattr(0) == modes, end=";\\r\\n", flush=True)
termios.tcsetattr(0, termios.TCSANOW, modes[:3] + [modes[3] | termios.ICANON, *modes[4:]])
print("line:", repr(sys.stdin.readline()) if {waits} else None, end=";\\r\\n", flush=True)
"""


def press(gate: Path, *, raw: bool, waits: bool = False) -> Any:
    """Start the program on a pseudo-terminal; with `waits` it asks once the gate is opened."""
    script = PRESS.format(raw=raw, waits=waits, gate=str(gate))
    return pexpect.spawn(sys.executable, ["-c", script], timeout=TIME_LIMIT, encoding="utf-8")


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("l", "'l'"),
        ("\r", "''"),
        ("\n", "''"),
        ("l\r", "'l'"),
        ("ä", "'ä'"),
        ("\x04", "' '"),
        ("\x1b[A", "' '"),
        ("ls -la\r", "' '"),
        ("\x03", "interrupted"),
    ],
)
def test_one_key_is_an_answer(tmp_path: Path, sent: str, key: str, *, raw: bool) -> None:
    """One key answers without Enter, cooked or raw; the end of input, an arrow or a paste is none, and modes return."""
    screen = press(tmp_path, raw=raw)
    screen.expect_exact("question? ")

    screen.send(sent)

    screen.expect(r"key: ([^;]*) (\w+);")
    assert screen.match.groups() == (key, "True")
    screen.expect(pexpect.EOF)


# A program that asks and, where no answer comes, says how the question ended.
LEAVE = """
from awsenv.keyboard import read_key, read_line
try:
    {ask}("question? ")
except BaseException as error:
    print("ended:", type(error).__name__, end=";\\r\\n", flush=True)
"""


@pytest.mark.parametrize(
    ("ask", "sent", "ending"),
    [
        ("read_line", "\x03", "KeyboardInterrupt"),
        ("read_line", "\x04", "LoginDeclined"),
        ("read_key", "\x03", "KeyboardInterrupt"),
    ],
)
def test_what_is_said_of_a_question_that_was_left_begins_a_line(ask: str, sent: str, ending: str) -> None:
    """Ctrl-C and Ctrl-D end the line of the question, whatever the terminal echoes of them."""
    screen = pexpect.spawn(sys.executable, ["-c", LEAVE.format(ask=ask)], timeout=TIME_LIMIT, encoding="utf-8")
    screen.expect_exact("question? ")

    screen.send(sent)

    screen.expect(r"(\^C)?\r\nended: (\w+);")
    assert screen.before.strip("\b ^D") == ""
    assert screen.match[2] == ending


@pytest.mark.parametrize(("typed", "more", "line"), [("l", "s\n", "ls\n"), ("ls\n", "", "ls\n")])
@pytest.mark.parametrize("raw", [False, True])
def test_what_was_typed_ahead_is_neither_an_answer_nor_lost(
    tmp_path: Path, typed: str, more: str, line: str, *, raw: bool
) -> None:
    """With input waiting, half a line included, nothing is asked, and the input is there for whom it was meant."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    screen = press(gate, raw=raw, waits=True)
    screen.expect_exact("ready")
    screen.send(typed)
    if not raw:
        # The echo tells that it has arrived.
        screen.expect_exact(typed.strip())
    gate.write_text("go")

    screen.expect(r"key: ([^;]*) (\w+);")
    assert "question" not in screen.before
    assert screen.match.groups() == ("None", "True")
    screen.send(more)
    screen.expect(r"line: ([^;]*);")
    assert screen.match[1] == repr(line)


def test_without_a_terminal_there_is_no_key_and_nothing_to_hold() -> None:
    """Without a controlling terminal a question is declined, and sane modes are not missed."""
    script = (
        "from awsenv.errors import LoginDeclined\n"
        "from awsenv.keyboard import read_key, sane\n"
        "with sane():\n    print('held')\n"
        "try:\n    read_key('? ')\nexcept LoginDeclined:\n    print('declined')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == (b"held\ndeclined\n", b"")


def test_a_terminal_that_hangs_up_is_no_answer(tmp_path: Path) -> None:
    """When the window is closed at the question, the program ends by itself."""
    screen = press(tmp_path, raw=False)
    screen.expect_exact("question? ")

    screen.close(force=False)

    assert not screen.isalive()
