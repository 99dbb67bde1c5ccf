"""What was typed before a question stood, on a pseudo-terminal."""

import os
import sys
from pathlib import Path

import pexpect
import pytest
from stage import TIME_LIMIT

ASK = """
import os, select, sys, termios
from awsenv.keyboard import read_line
modes = termios.tcgetattr(0)
if {raw}:
    modes[0] &= ~termios.ICRNL
    modes[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(0, termios.TCSANOW, modes)
    modes = termios.tcgetattr(0)
os.write(1, b"ready\\r\\n")
open({gate!r}).read()
if {raw}:
    select.select([0], [], [])
print("line:", repr(read_line("question? ", secret={secret})), termios.tcgetattr(0) == modes, end=";\\r\\n", flush=True)
"""


@pytest.mark.parametrize("typed", ["y\n", "\n", "git stat", "n\nls\n"])
@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("secret", [False, True])
def test_what_was_typed_ahead_answers_no_question(tmp_path: Path, typed: str, *, raw: bool, secret: bool) -> None:
    """A line answers a question only if it was typed after it: a command typed ahead signs nobody in, nor declines."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    script = ASK.format(raw=raw, secret=secret, gate=str(gate))
    screen = pexpect.spawn(sys.executable, ["-c", script], timeout=TIME_LIMIT, encoding="utf-8")
    screen.expect_exact("ready")
    screen.send(typed)
    if not raw:
        # The echo tells that it has arrived; in raw modes the program looks.
        screen.expect_exact(typed.strip().splitlines()[-1] if typed.strip() else "\r\n")
    gate.write_text("go")
    screen.expect_exact("question? ")
    screen.send("later\r")
    screen.expect(r"line: ([^;]*) (\w+);")
    assert screen.match.groups() == ("'later'", "True")
    screen.expect(pexpect.EOF)
