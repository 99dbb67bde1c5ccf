"""What is told of a sign-in, on a stderr that is a terminal or none."""

import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pexpect
import pytest
from stage import TIME_LIMIT
from unit.actions.fakes import ACME
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.flows import Login
from awsenv.cli.progress import TerminalProgress

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)


@pytest.fixture
def east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where the day begins first."""
    with monkeypatch.context() as here:
        here.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("east")
def test_a_sign_in_without_an_end_is_no_bug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An expiry on the last day that Python knows is told in UTC where the local clock has no such day."""
    TerminalProgress(runtime_of(StoppedClock(), tmp_path)).finish(Login(ACME, LAST, None, is_new=True))
    assert capsys.readouterr().err == "awsenv: signed in to acme, until 9999-12-31 23:59 UTC\n"


# Shows a page, waits for the browser and for another sign-in, as each terminal would see it.
PLAY = """
import os
from pathlib import Path
from awsenv.cli.progress import TerminalProgress
from awsenv.runtime import from_process
progress = TerminalProgress(from_process())
progress.wait_for_other("process 7 is signing in to acme")
progress.wait(600.0)
progress.wait(599.9)
progress.show_page("https://p/", None, is_opened=False, otherwise="awsenv login --device-code --sso-session work")
progress.wait(65.5)
progress.wait(65.1)
progress.wait(-1.0)
progress.show_opened()
print("done", flush=True)
"""


def play(columns: int, term: str) -> list[str]:
    """Return what a terminal so wide is told, each rewriting of a line by itself."""
    screen = pexpect.spawn(
        sys.executable,
        ["-c", PLAY],
        env={**os.environ, "TERM": term},
        dimensions=(24, columns),
        timeout=TIME_LIMIT,
        encoding="utf-8",
    )
    screen.expect_exact("done")
    told = [each for each in re.split(r"\r\x1b\[K|\r\n", screen.before) if each]
    screen.close()
    return told


OTHER = "awsenv: process 7 is signing in to acme; waiting for that sign-in"
PAGE = [
    "awsenv: sign in at this page:",
    "    https://p/",
    "awsenv: if it shows an error: Ctrl-C, then awsenv login --device-code --sso-session work",
]
OPENED = "awsenv: the page is open in your browser"


def test_the_time_left_is_counted_for_what_is_waited_for() -> None:
    """One line is rewritten, each second once; it names the browser or the other sign-in, and lines go above it."""
    assert play(80, "xterm") == [
        OTHER,
        "awsenv: waiting for that sign-in, 10:00 left; Ctrl-C gives up",
        "awsenv: waiting for that sign-in, 9:59 left; Ctrl-C gives up",
        *PAGE,
        "awsenv: waiting for the browser, 1:05 left; Ctrl-C gives up",
        "awsenv: waiting for the browser, 0:00 left; Ctrl-C gives up",
        OPENED,
    ]


def test_a_terminal_that_rewrites_nothing_is_told_once_each() -> None:
    """A dumb terminal gets one line for each thing that is waited for."""
    assert play(80, "dumb") == [
        OTHER,
        "awsenv: waiting for that sign-in, 10:00 left; Ctrl-C gives up",
        *PAGE,
        "awsenv: waiting for the browser, 1:05 left; Ctrl-C gives up",
        OPENED,
    ]


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (59, "awsenv: waiting for the browser, 1:05 left"),
        (40, "awsenv: waiting, 1:05 left"),
        (20, "awsenv: 1:05 left"),
        (12, "1:05 left"),
        (6, "1:05 "),
    ],
)
def test_a_narrow_terminal_keeps_the_time_left(columns: int, line: str) -> None:
    """The line never wraps, and of all its words the time is the last to go."""
    counted = [each for each in play(columns, "xterm") if "1:05" in each]
    assert counted == [line]
    assert len(line) < columns
