"""A day of sync in a moment: a home, a practice server and a clock that moves only when somebody sleeps."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.logout import sign_out
from awsenv.actions.sync_targets import Wish
from awsenv.cli.sync_watching import watch
from awsenv.demo.household import Household, SignedIn, write_household
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer
from awsenv.files.editor import credentials_file, load_shared
from awsenv.files.profiles import load_profiles, sso_session_behind
from awsenv.files.reading import ignore
from awsenv.files.synced import find_synced
from awsenv.runtime import Runtime
from awsenv.values import replace


@dataclass
class Day:
    """A home, a practice server and a clock; `at` tells what happens when, in seconds since nine o'clock."""

    household: Household
    clock: StoppedClock
    at: dict[float, Callable[[], object]] = field(default_factory=dict)

    @property
    def runtime(self) -> Runtime:
        """The runtime of the command."""
        environment = self.household.practice.environment()
        return replace(runtime_of(self.clock, self.household.home, environment), sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Let the time pass, and what it brings happen; the day is over with Ctrl-C."""
        self.clock.sleep(seconds)
        for moment in sorted(self.at):
            if moment <= self.clock.seconds:
                self.at.pop(moment)()

    def watch(self, *names: str, until: float) -> None:
        """Watch until so many seconds after nine."""

        def interrupt() -> None:
            raise KeyboardInterrupt

        self.at[until] = interrupt
        with pytest.raises(KeyboardInterrupt):
            watch(Wish(names), self.runtime, may_ask=True)

    def log_out(self, name: str) -> None:
        """End the sign-in of a profile, as another process does."""
        profiles = load_profiles(self.runtime)
        profile = profiles.find(name)
        sso_session = sso_session_behind(profile, profiles) if profile else None
        assert profile
        assert sso_session
        sign_out([(sso_session, CredentialFinder(profile, profiles, self.runtime, ignore))])

    def left(self) -> Mapping[str, timedelta]:
        """Return what is left of each copy."""
        copies = find_synced(load_shared(credentials_file(self.runtime)))
        now = self.clock.now()
        return {copy.name: (copy.expires_at or now) - now for copy in copies}

    def asked(self) -> int:
        """Return how often keys were asked for."""
        return self.household.practice.journal.count("GetRoleCredentials")


@contextmanager
def day_in(home: Path) -> Iterator[Day]:
    """Begin a day in this home, signed in for all of it."""
    clock = StoppedClock()
    rules = Rules(access_token_lifetime=timedelta(hours=8), sign_in_lifetime=timedelta(hours=8))
    with PracticeServer(seed="watch", rules=rules, clock=clock.now) as practice:
        signed_in = SignedIn(access_lifetime=timedelta(hours=8))
        yield Day(write_household(home, practice, signed_in), clock)
    assert practice.failures == []
