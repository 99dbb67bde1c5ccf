"""sync --watch: hours of it in a moment, since its clock moves only when it sleeps; and once as a program."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cli.days import Day, day_in
from stage import AWSENV, at_most, clean_environment, environment_of, run

from awsenv.actions.sync import remove_copies
from awsenv.actions.sync_watch import TICK
from awsenv.demo.faults import Fault
from awsenv.demo.household import Household
from awsenv.files.reading import ignore

HOUR = 3600.0


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Begin a day, signed in for all of it."""
    with day_in(tmp_path / "home") as begun:
        yield begun


def told(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return what people were told since the last time."""
    return capfd.readouterr().err.splitlines()


def test_copies_are_renewed_before_they_end(day: Day, capfd: pytest.CaptureFixture[str]) -> None:
    """At any look, for three hours, a copy has a quarter of an hour left, and keys are asked for four times in all."""
    looks: list[timedelta] = []
    for tick in range(int(3 * HOUR / 60)):
        day.at[60.0 * tick + 1] = lambda: looks.append(day.left()["unicorn"])
    day.watch("unicorn", until=3 * HOUR)

    assert min(looks) >= timedelta(minutes=15, seconds=-TICK)
    assert day.asked() == 4
    lines = told(capfd)
    assert lines[:2] == [
        "awsenv: keeping unicorn fresh in the credentials file; Ctrl-C ends it",
        "awsenv: unicorn: fresh",
    ]
    assert len(lines) == 5


def test_short_lived_keys_are_renewed_at_half_time(day: Day) -> None:
    """Keys that live for less than the margin are not asked for at every look."""
    day.household.practice.rules.role_lifetime = timedelta(minutes=10)
    day.watch("unicorn", until=HOUR)

    assert day.asked() == 12


def test_a_login_made_elsewhere_goes_on(day: Day, capfd: pytest.CaptureFixture[str]) -> None:
    """When the sign-in is over that is told in one line; AWS is asked no more until another token is there."""
    token = day.household.token_path("company")
    saved = token.read_bytes()
    day.at[HOUR / 2] = token.unlink
    counted: list[int] = []
    day.at[1.9 * HOUR] = lambda: counted.append(day.asked())
    day.at[2 * HOUR] = lambda: token.write_bytes(saved)
    day.watch("unicorn", until=2.1 * HOUR)

    assert counted == [1]
    assert day.asked() == 2
    assert day.left()["unicorn"] > timedelta(minutes=45)
    lines = told(capfd)[2:]
    assert lines[0].startswith('awsenv: "unicorn" not synced: not signed in to company')
    assert lines[0].endswith(": awsenv login --sso-session company")
    assert lines[1:] == ["awsenv: unicorn: fresh"]


def test_a_dead_sign_in_is_not_asked_again(day: Day) -> None:
    """What Identity Center no longer accepts is not sent to it every few seconds, until there is another."""
    faults, token = day.household.practice.faults, day.household.token_path("company")
    day.at[HOUR / 2] = lambda: faults.set("GetRoleCredentials", Fault("error", status=401))
    day.at[2 * HOUR] = faults.clear
    day.at[2 * HOUR + 1] = lambda: token.write_bytes(token.read_bytes())
    counted: list[int] = []
    day.at[1.9 * HOUR] = lambda: counted.append(day.asked())
    day.watch("unicorn", until=2.1 * HOUR)

    assert counted == [2]
    assert day.left()["unicorn"] > timedelta(minutes=45)


def test_dead_copies_are_taken_out(day: Day) -> None:
    """A copy that nobody can make anew is gone with its end, and not with the next command that somebody types."""
    day.at[HOUR / 2] = day.household.token_path("company").unlink
    standing: list[bool] = []
    day.at[HOUR - TICK] = day.at[HOUR + 2 * TICK] = lambda: standing.append("unicorn" in day.left())
    day.watch("unicorn", until=2 * HOUR)

    assert standing == [True, False]


def test_after_a_long_sleep_all_is_fresh_at_once(day: Day) -> None:
    """A machine that was asleep for longer than keys live has new ones at the first look, if the network is there."""

    def sleep() -> None:
        day.clock.seconds += 3 * HOUR

    day.at[HOUR / 4] = sleep
    left: list[timedelta] = []
    day.at[HOUR * 3.25 + 2 * TICK] = lambda: left.append(day.left()["unicorn"])
    day.watch("unicorn", until=4 * HOUR)

    assert left[0] > timedelta(minutes=55)


def test_a_logout_ends_the_copies_of_a_watch(day: Day) -> None:
    """What a logout takes away does not come back by itself, until somebody signs in again."""
    day.at[HOUR / 4] = lambda: day.log_out("unicorn")
    day.watch("unicorn", "partner", until=HOUR / 2)

    assert set(day.left()) == {"partner"}


def test_what_others_take_away_comes_back(day: Day) -> None:
    """A copy that somebody took out of the file is there again at the next look."""
    day.at[HOUR / 4] = lambda: remove_copies([], is_dry_run=False, runtime=day.runtime, notify=ignore)
    day.watch("unicorn", "devops", until=HOUR / 4 + 2 * TICK)

    assert set(day.left()) == {"unicorn", "devops"}


def test_a_network_that_comes_back(day: Day, capfd: pytest.CaptureFixture[str]) -> None:
    """What AWS does not answer is tried again once a minute, and told once."""
    faults = day.household.practice.faults
    day.at[HOUR / 2] = lambda: faults.set("GetRoleCredentials", Fault("error", status=400, code="Oddity"))
    day.at[HOUR] = faults.clear
    day.watch("unicorn", until=HOUR + 120)

    assert day.left()["unicorn"] > timedelta(minutes=55)
    assert 12 <= day.asked() <= 18
    assert len([line for line in told(capfd) if "not synced" in line]) == 1


def test_a_file_that_cannot_be_read_for_a_while(day: Day, capfd: pytest.CaptureFixture[str]) -> None:
    """It is told once, and the watch goes on."""
    path = day.household.config_path
    saved = path.read_bytes()
    day.at[60] = path.unlink
    day.at[61] = path.mkdir
    day.at[120] = path.rmdir
    day.at[121] = lambda: path.write_bytes(saved)
    day.watch("unicorn", until=HOUR)

    lines = told(capfd)
    assert [line for line in lines if "is a directory" in line] == [f"awsenv: {path} is a directory, not a file"]
    assert lines[-1] == "awsenv: unicorn: fresh"


def test_ctrl_c_ends_the_program(household: Household) -> None:
    """As a program: the copy is there soon, Ctrl-C ends it with its status, and the copy stays."""
    environment = environment_of(household)
    with subprocess.Popen([AWSENV, "sync", "unicorn", "--watch"], env=environment, stderr=subprocess.PIPE) as process:
        began = time.monotonic()
        while b"[unicorn]" not in household.credentials_path.read_bytes():
            assert time.monotonic() - began < at_most(5)
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=at_most(5))

    assert process.returncode == 130
    assert said.endswith(b"awsenv: interrupted\n")
    assert b"[unicorn]" in household.credentials_path.read_bytes()


def test_nothing_to_watch(household: Household) -> None:
    """Without a copy and without a name it says so, and does not wait."""
    finished = run([AWSENV, "sync", "--watch"], clean_environment(household.environment()))

    assert finished.returncode == 2
