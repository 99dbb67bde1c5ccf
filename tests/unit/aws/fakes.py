"""A runtime whose clock moves only when somebody sleeps, or a test moves it."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from awsenv.runtime import Runtime

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


@dataclass
class StoppedClock:
    """Seconds since the morning; sleeping moves it and is recorded."""

    seconds: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the wall's time."""
        return MORNING + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.sleeps.append(seconds)
        self.seconds += seconds


@dataclass
class Person:
    """Answers each question with the next of `answers`; nobody is there without any."""

    answers: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def can_ask(self) -> bool:
        """Tell whether somebody is there."""
        return bool(self.answers)

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Return the next answer."""
        assert secret
        self.questions.append(question)
        return self.answers.pop(0)

    def ask_key(self, question: str) -> str | None:
        """Return the next answer; who types ahead answers None."""
        self.questions.append(question)
        answer = self.answers.pop(0)
        return None if answer == "typed ahead" else answer

    def sane(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()


def runtime_of(
    clock: StoppedClock, home: Path, environment: dict[str, str] | None = None, person: Person | None = None
) -> Runtime:
    """Return a runtime of these."""
    return Runtime(
        environment=environment or {},
        home=home,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        terminal=person or Person(),
    )
