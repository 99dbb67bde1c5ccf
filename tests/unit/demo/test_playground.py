import os
import subprocess
from pathlib import Path

import pytest

from awsenv.demo.playground import prepare
from awsenv.demo.server import PracticeServer


@pytest.mark.parametrize(
    "name",
    [
        *("HISTFILE", "HISTSIZE", "AWS_PROFILE", "AWS_CA_BUNDLE", "XDG_STATE_HOME", "CI", "ENV", "https_proxy"),
        *("TMUX", "TMUX_PANE", "TMUX_TMPDIR"),
    ],
)
def test_the_persons_own_stays_outside(tmp_path: Path, practice: PracticeServer, name: str) -> None:
    """What is typed in the demo is not the person's history, and nothing of their AWS or shell set-up gets in."""
    assert prepare(tmp_path, practice, {name: "theirs", "LANG": "C.UTF-8"}).environment.get(name) != "theirs"


def test_what_a_terminal_needs_comes_along(tmp_path: Path, practice: PracticeServer) -> None:
    """The terminal's kind, the language and the programs stay the person's; home and caches are the demo's."""
    given = {"TERM": "xterm-256color", "LANG": "de_DE.UTF-8", "PATH": "/somewhere", "HOME": "/home/person"}
    environment = prepare(tmp_path, practice, given).environment
    assert (environment["TERM"], environment["LANG"]) == ("xterm-256color", "de_DE.UTF-8")
    assert environment["PATH"].endswith(":/somewhere")
    inside = ("HOME", "ZDOTDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMUX_TMPDIR")
    assert all(Path(environment[variable]).is_relative_to(tmp_path) for variable in inside)


def test_a_script_without_credentials_says_so_in_a_line(tmp_path: Path, practice: PracticeServer) -> None:
    """What a newcomer runs after `off` tells what boto3 lacks, and no traceback."""
    playground = prepare(tmp_path, practice, {"PATH": os.defpath})
    ran = subprocess.run(
        ["python", "who.py"],
        env=dict(playground.environment),
        cwd=playground.home,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "boto3 without --profile: Unable to locate credentials\n"
