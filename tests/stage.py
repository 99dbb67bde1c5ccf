"""What the tests play on: a clean environment, the installed program, and the practice household."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from awsenv.demo.household import Household, SignedIn, write_household
from awsenv.demo.server import PracticeServer

BIN = Path(sys.executable).parent
AWSENV = str(BIN / "awsenv")
AWS_V1 = str(BIN / "aws")
AWS_V2 = "/usr/bin/aws"
SOAK = os.environ.get("AWSENV_SOAK") == "1"
TIME_LIMIT = 120.0

# Read here: the fixtures take the caller's variables away. In CI nothing may be left out for want of a program.
IS_CI = bool(os.environ.get("CI"))

_KEPT = ("PATH", "TERM", "TMPDIR", "LANG", "SHELL")


def at_most(seconds: float) -> float:
    """Return how long a thing may take that promises so many seconds: the long run measures that.

    In the gate it only tells a wait from none, since nobody knows what else the machine has to do.
    """
    return seconds if SOAK else 2 * seconds + 5


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment with nothing of the caller's AWS, Python and CI settings, and our programs first."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "LC_ALL": "C.UTF-8"} | dict(more or {})


def furnish(home: Path, practice: PracticeServer, signed_in: SignedIn | None = None) -> Household:
    """Write the story's household into `home`."""
    return write_household(home, practice, signed_in)


def environment_of(household: Household, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a program in this household."""
    return clean_environment(household.environment() | dict(more or {}))


def run(
    command: Sequence[str], environment: Mapping[str, str], *, cwd: Path | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end without a terminal and return what it printed, as bytes."""
    return subprocess.run(
        list(command),
        env=dict(environment),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def miss(reason: str) -> NoReturn:
    """Leave a test out for want of a program; in CI that is a failure."""
    if IS_CI:
        pytest.fail(reason)
    pytest.skip(reason)
