"""A sync and a logout at one time: whichever comes first, no copy stands of a sign-in that is over."""

import random
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cli.days import Day, day_in
from cli.syncs import FOREIGN
from stage import AWSENV, TIME_LIMIT, environment_of, run

from awsenv.actions.sync import Way, write_copies
from awsenv.actions.sync_keys import KeyRing
from awsenv.actions.sync_targets import Target
from awsenv.demo.faults import Fault
from awsenv.demo.household import Household, SignedIn, write_household
from awsenv.files.profiles import load_profiles
from awsenv.files.reading import ignore


class Uncounted:
    """Counts nothing."""

    def advance(self, done: int, total: int) -> None:
        """Tell nobody."""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Begin a day, signed in for all of it."""
    with day_in(tmp_path / "home") as begun:
        yield begun


class Sync:
    """A sync of these profiles, step by step."""

    def __init__(self, day: Day, *names: str) -> None:
        """Look for the profiles."""
        self.day, self.profiles = day, load_profiles(day.runtime)
        self.wanted = [profile for name in names if (profile := self.profiles.find(name))]
        self.ring = KeyRing(self.profiles, day.runtime, ignore, (), Uncounted(), lambda _: None)

    def fetch(self) -> None:
        """Ask for the keys."""
        self.outcomes = self.ring.fetch(self.wanted)

    def write(self) -> tuple[dict[str, str], list[tuple[str, str | None, int]]]:
        """Write them; return the state of each copy, and problem, hint and status of each failure."""
        targets = [Target(profile, profile.name) for profile in self.wanted]
        synced, failures = write_copies(targets, self.outcomes, Way(), ring=self.ring, notify=ignore)
        states: dict[str, str] = {each.section: each.state for each in synced}
        return states, [(error.problem, error.hint, int(error.exit_code)) for error in failures]


SIGNED_OUT = (
    '"unicorn", "devops" not synced: signed out of company a moment ago',
    "awsenv login --sso-session company",
    4,
)


@pytest.mark.parametrize("then", ["signed out", "signed in anew"])
def test_a_logout_while_keys_are_fetched(day: Day, then: str) -> None:
    """Keys that were fetched before it are not written after it, even where somebody has signed in since."""
    sync = Sync(day, "unicorn", "devops", "partner")
    before, token = day.household.credentials_path.read_bytes(), day.household.token_path("company")
    saved = token.read_bytes()
    sync.fetch()
    day.log_out("unicorn")
    if then == "signed in anew":
        token.write_bytes(saved)

    assert sync.write() == ({"unicorn": "failed", "devops": "failed", "partner": "added"}, [SIGNED_OUT])
    assert set(day.left()) == {"partner"}
    assert day.household.credentials_path.read_bytes().startswith(before)


def test_a_logout_by_another_tool(day: Day) -> None:
    """A sign-in whose token file is gone counts as ended, whoever took it away; keys of others are written."""
    sync = Sync(day, "unicorn", "devops")
    sync.fetch()
    day.household.token_path("company").unlink()

    assert sync.write()[1] == [SIGNED_OUT]
    assert day.left() == {}


@pytest.mark.soak
def test_real_commands_at_one_time(household: Household) -> None:
    """Wherever in two syncs a logout comes, what is foreign is all that the file holds after it."""
    chance = random.Random(7)  # noqa: S311 - test data
    statuses = set()
    for _ in range(30):
        write_household(household.home, household.practice, SignedIn())
        household.credentials_path.write_bytes(FOREIGN)
        household.practice.faults.set("GetRoleCredentials", Fault("delay", seconds=chance.random() / 3))
        environment = environment_of(household)
        commands = [["unicorn", "devops"], ["awesome", "--as", "tool"]]
        syncs = [
            subprocess.Popen([AWSENV, "sync", *words], env=environment, stderr=subprocess.DEVNULL) for words in commands
        ]
        time.sleep(0.3 + chance.random() * 0.6)
        assert run([AWSENV, "logout", "--sso-session", "company"], environment).returncode == 0
        statuses |= {sync.wait(TIME_LIMIT) for sync in syncs}
        assert household.credentials_path.read_bytes() == FOREIGN

    assert statuses <= {0, 4}


def test_cached_keys_without_a_sign_in(day: Day) -> None:
    """Keys that are at hand are not copied where nobody is signed in: no logout would take such a copy away."""
    sync = Sync(day, "unicorn")
    sync.fetch()
    day.household.token_path("company").unlink()
    again = Sync(day, "unicorn")
    again.fetch()

    assert again.write()[1] == [
        ('"unicorn" not synced: not signed in to company', "awsenv login --sso-session company", 4)
    ]


def test_after_a_logout_all_begins_anew(day: Day) -> None:
    """A logout of before the keys were asked for is in nobody's way."""
    day.log_out("unicorn")
    write_household(day.household.home, day.household.practice, SignedIn(access_lifetime=timedelta(hours=8)))
    sync = Sync(day, "unicorn")
    sync.fetch()

    assert sync.write() == ({"unicorn": "added"}, [])
