"""The welcome of `awsenv demo`, typed line for line as a newcomer would."""

import os
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pexpect
import pytest
from aws.person import seat
from cli.real_shells import SHELLS
from stage import AWSENV, TIME_LIMIT, clean_environment

from awsenv.cli.demo import _WELCOME
from awsenv.demo.story import DEVOPS, PARTNER, UNICORN


def _signs_in(screen: Any) -> None:
    screen.expect_exact("signed out of company")
    screen.expect_exact("Sign in to company now? [Y/n]")
    screen.send("y\r")
    screen.expect_exact("awsenv: signed in to company, 4 accounts")
    screen.expect_exact(f"awsenv: unicorn · {UNICORN}")


def _gives_a_code(screen: Any) -> None:
    screen.expect(r"(\d{6})\r\nawsenv: MFA code of \S+ ")
    screen.send(f"{screen.match[1]}\r")
    screen.expect_exact(f"awsenv: mfa · {DEVOPS}")


def _shows(*texts: str) -> Callable[[Any], None]:
    def look(screen: Any) -> None:
        for text in texts:
            screen.expect_exact(text)

    return look


PROMPT = r"practice .{0,60}[$%>#] "
# Where the explanations begin.
WIDTH = 41
# What each line of the welcome must come to.
EXPECTED: Mapping[str, Callable[[Any], None]] = {
    "awsenv list": _shows('it\'s a "quoted" name'),
    "awsenv use unicorn": _shows(f"awsenv: unicorn · {UNICORN}"),
    "python who.py": _shows(f"account {UNICORN}"),
    "awsenv use marketing; awsenv use -": _shows("awsenv: marketing ·", "awsenv: unicorn ·"),
    "awsenv exec partner -- python who.py": _shows(f"account {PARTNER}"),
    "awsenv logout; awsenv use unicorn": _signs_in,
    "python mfa.py; awsenv use mfa": _gives_a_code,
    "awsenv off": _shows("the AWS variables are as they were"),
}


def test_the_welcome_fits_a_small_terminal() -> None:
    """No line of it is broken where a terminal has 80 columns."""
    assert max(map(len, _WELCOME.splitlines())) < 80


@pytest.mark.parametrize("shell", SHELLS)
def test_every_line_of_the_welcome_does_what_it_says(shell: str, tmp_path: Path) -> None:
    """Typed in their order in the demo's own shell, all lines work, and the way out leaves nothing behind."""
    typed = [line[4:WIDTH].strip() for line in _WELCOME.splitlines() if line.startswith("    ")]
    assert typed == list(EXPECTED)
    screen = _opened(tmp_path, SHELL=shell, BROWSER=seat(tmp_path / "person").browser)
    for line in typed:
        screen.expect(PROMPT)
        screen.send(f"{line}\r")
        EXPECTED[line](screen)
    _leave(screen)

    assert screen.exitstatus == 0
    assert list(tmp_path.glob("awsenv-demo-*")) == []


@pytest.fixture
def near() -> Iterator[Path]:
    """Return a folder of a short name, since the path of tmux's socket may have a hundred letters."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_second_window_is_in_the_practice_world(near: Path) -> None:
    """The tmux of the demo is its own, also for a person who sits in one already, and ends with the practice world."""
    screen = _opened(near, SHELL="bash", TMUX="/nowhere/theirs,1,0", TMUX_TMPDIR="/nowhere")
    screen.expect(PROMPT)
    typed = 'awsenv use unicorn; echo "$$ $AWSENV_PROFILE" >inside'
    screen.send(f"tmux new-session -d; tmux send-keys {shlex.quote(typed)} Enter\r")
    screen.expect(PROMPT)
    screen.send('until [ -s inside ]; do sleep 0.1; done; echo "<$(cat inside)>"\r')
    screen.expect(r"<(\d+) (\w*)>")
    window, profile = int(screen.match[1]), screen.match[2]
    _leave(screen)

    assert profile == "unicorn"
    with pytest.raises(ProcessLookupError):
        _wait_for_end_of(window)


def _opened(folder: Path, **variables: str) -> Any:
    more = {"TMPDIR": str(folder), "TERM": "xterm", **variables}
    screen = pexpect.spawn(
        AWSENV, ["demo"], env=clean_environment(more), timeout=TIME_LIMIT, encoding="utf-8", dimensions=(50, 300)
    )
    screen.expect_exact("exit leaves the practice world.")
    return screen


def _leave(screen: Any) -> None:
    screen.send("exit\r")
    screen.expect(pexpect.EOF)
    screen.wait()


def _wait_for_end_of(process: int) -> None:
    for _ in range(100):
        os.kill(process, 0)
        time.sleep(0.1)
