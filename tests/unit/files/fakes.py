"""A machine for the tests of `files`: a home folder, an environment and a clock that moves only when slept on."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from awsenv.runtime import Runtime

NOW = datetime(2026, 7, 14, 12, 0, 0, tzinfo=timezone.utc)


@dataclass
class Clock:
    """Seconds since the test began."""

    seconds: float = 0.0

    def now(self) -> datetime:
        """Return the wall's time."""
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.seconds += seconds


class NobodyThere:
    """A terminal at which nobody sits."""

    def can_ask(self) -> bool:
        """Tell that nobody can be asked."""
        return False

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Refuse."""
        raise AssertionError(question, secret)

    def ask_key(self, question: str) -> str | None:
        """Refuse."""
        raise AssertionError(question)

    def sane(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()


def make_runtime(home: Path, environment: Mapping[str, str] | None = None) -> Runtime:
    """Return a runtime with `home` for home folder, whose clock stands at `NOW`."""
    clock = Clock()
    return Runtime(
        environment=environment or {},
        home=home,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        terminal=NobodyThere(),
    )
