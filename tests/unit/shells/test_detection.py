import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

import pytest

from awsenv.errors import ExitCode, UsageError
from awsenv.runtime import ControllingTerminal, Runtime
from awsenv.shells.detection import dialect_for, find_dialect, parse_dialect

ASK = (
    "from awsenv.runtime import from_process; from awsenv.shells.detection import find_dialect; "
    "print(find_dialect(from_process()))"
)


def _runtime(environment: Mapping[str, str]) -> Runtime:
    moment = datetime(2030, 1, 1, tzinfo=timezone.utc)
    return Runtime(
        environment=environment,
        home=Path("/nowhere"),
        now=lambda: moment,
        monotonic=lambda: 0.0,
        sleep=lambda _: None,
        terminal=ControllingTerminal(environment),
    )


def _fails() -> str:
    raise ProcessLookupError("no such process")


def _answers_nonsense() -> str:
    return None  # type: ignore[return-value]


@pytest.mark.parametrize(("program", "dialect"), [("bash", "bash"), ("ZSH", "zsh"), ("fish", "fish"), ("dash", "sh")])
def test_the_calling_program_tells_the_dialect(program: str, dialect: str) -> None:
    """Each program speaks one of four dialects."""
    assert find_dialect(_runtime({}), lambda: program) == dialect


@pytest.mark.parametrize("program", ["pwsh", "nu", "tcsh", "xonsh", ""])
def test_a_shell_of_no_dialect_is_none(program: str) -> None:
    """A shell that awsenv does not speak is not taken for another."""
    assert find_dialect(_runtime({}), lambda: program) is None


def test_the_hook_knows_best() -> None:
    """AWSENV_SHELL wins over what the process tree says; nonsense in it does not count."""
    assert find_dialect(_runtime({"AWSENV_SHELL": "fish"}), lambda: "bash") == "fish"
    assert find_dialect(_runtime({"AWSENV_SHELL": "$(x)"}), lambda: "bash") == "bash"


def test_a_failing_detection_is_none() -> None:
    """However the look at the process tree fails, the answer is that nobody knows."""
    assert find_dialect(_runtime({"SHELL": "/bin/zsh"}), _fails) is None
    assert find_dialect(_runtime({}), _answers_nonsense) is None


@pytest.mark.parametrize(("shell", "dialect"), [("bash", "bash"), ("zsh", "zsh"), ("fish", "fish"), ("dash", "sh")])
def test_a_real_shell_is_recognised(shell: str, dialect: str) -> None:
    """Called from a real shell, the dialect is that shell's, whatever $SHELL says."""
    done = subprocess.run(
        [shell, "-c", f'{sys.executable} -c "{ASK}"; true'],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "SHELL": "/bin/tcsh"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == (f"{dialect}\n", "")


def test_looking_at_this_very_process_never_fails() -> None:
    """Whatever the tests were started from, the answer is a dialect or that nobody knows."""
    assert find_dialect(_runtime({})) in {"bash", "zsh", "fish", "sh", None}


def test_a_named_dialect_is_taken_at_its_word() -> None:
    """`--shell` needs no detection."""
    assert dialect_for("zsh", _runtime({"AWSENV_SHELL": "fish"})) == "zsh"
    assert dialect_for(None, _runtime({"AWSENV_SHELL": "fish"})) == "fish"
    assert parse_dialect("sh") == "sh"


def test_an_unknown_caller_gets_what_most_shells_take() -> None:
    """Where nobody knows which shell calls, the answer is POSIX sh: bash and zsh take it, fish refuses it unharmed."""
    assert dialect_for(None, _runtime({}), _fails) == "sh"


def test_a_shell_of_no_dialect_is_told_of() -> None:
    """A calling shell that awsenv does not speak is named, and the hint lists those that it does."""
    with pytest.raises(UsageError) as caught:
        dialect_for(None, _runtime({}), lambda: "tcsh")

    assert '"tcsh"' in caught.value.problem
    assert caught.value.hint == "--shell with one of: bash, zsh, fish, sh"


@pytest.mark.parametrize("name", ["tcsh", "Bash", "", "bash "])
def test_an_unknown_shell_is_wrong_usage(name: str) -> None:
    """Another name is refused, and the hint lists the four."""
    with pytest.raises(UsageError) as caught:
        dialect_for(name, _runtime({}))

    assert caught.value.problem == f'unknown shell "{name}"'
    assert caught.value.hint == "--shell with one of: bash, zsh, fish, sh"
    assert caught.value.exit_code == ExitCode.USAGE
