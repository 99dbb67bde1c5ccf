"""What a hostile review found in the two ways to sign in, held from then on."""

import resource
import signal
import subprocess
from pathlib import Path

import pytest
from aws.person import Person, seat
from cli.real_shells import wait_until
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer

NOBODY = SignedIn(sso_sessions=(), legacy=False)


@pytest.fixture
def stranger(tmp_path: Path, practice: PracticeServer) -> Household:
    """Return a home in which nobody is signed in."""
    return furnish(tmp_path / "home", practice, NOBODY)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Seat a person who allows what is asked."""
    return seat(tmp_path / "person")


def awsenv(household: Household, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run awsenv without a terminal."""
    return run([AWSENV, *arguments], environment_of(household, more))


def test_no_core_holds_the_secrets_of_a_login(stranger: Household, person: Person, tmp_path: Path) -> None:
    """SIGQUIT during a login ends it without a core, whatever the caller's limit allows."""
    person.will("nothing")
    waiting = subprocess.Popen(
        ["sh", "-c", f'ulimit -S -c "$(ulimit -H -c)"; exec "{AWSENV}" login unicorn'],
        env=environment_of(stranger, {"BROWSER": person.browser}),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(person.opened, "the browser")
        assert resource.prlimit(waiting.pid, resource.RLIMIT_CORE)[0] == 0
        waiting.send_signal(signal.SIGQUIT)
        assert waiting.wait(TIME_LIMIT) == -signal.SIGQUIT
    finally:
        waiting.kill()
        waiting.wait()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("core")] == []


def test_a_command_of_exec_has_the_callers_limits(household: Household) -> None:
    """The command that awsenv becomes may leave cores as its caller allowed it."""
    ulimits = "ulimit -S -c; ulimit -H -c"
    wanted = f"ulimit -S -c 7 && {ulimits}"
    by_itself = run(["sh", "-c", wanted], environment_of(household))
    if by_itself.returncode:
        pytest.skip("the hard limit of this machine allows no core")
    command = f"ulimit -S -c 7; exec \"{AWSENV}\" exec robot -- sh -c '{ulimits}'"
    assert run(["sh", "-c", command], environment_of(household)).stdout == by_itself.stdout
