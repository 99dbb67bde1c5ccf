import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.aws import retries
from awsenv.aws.retries import BUDGET, MOST_TRIES, Patience, Transient, Unanswered
from awsenv.errors import AccessRefused, AwsUnreachable

NAME = "AnyOperation"


@pytest.fixture
def clock() -> StoppedClock:
    """Start at nought."""
    return StoppedClock()


@pytest.fixture
def patience(clock: StoppedClock, tmp_path: Path) -> Patience:
    """Give a command's fresh patience."""
    return Patience(runtime_of(clock, tmp_path))


class Failing:
    """A request that takes its time, fails so many times, and then answers."""

    def __init__(
        self,
        clock: StoppedClock,
        *,
        takes: float = 0.0,
        times: int = 99,
        retry_after: float = 0.0,
        error: type[Transient] = Transient,
    ) -> None:
        self.clock = clock
        self.error = error
        self.takes = takes
        self.times = times
        self.retry_after = retry_after
        self.calls = 0

    def __call__(self) -> str:
        """Fail, or answer."""
        self.calls += 1
        self.clock.seconds += self.takes
        if self.calls <= self.times:
            raise self.error("busy", retry_after=self.retry_after)
        return "an answer"


def test_an_answer_at_once_costs_nothing(clock: StoppedClock, patience: Patience) -> None:
    """A request that succeeds is made once and nobody sleeps."""
    assert patience.call(Failing(clock, times=0), name=NAME) == "an answer"
    assert clock.sleeps == []


def test_a_passing_failure_is_tried_again(clock: StoppedClock, patience: Patience) -> None:
    """Up to three failures are waited out, each time a little longer, with some chance in it."""
    assert patience.call(Failing(clock, times=MOST_TRIES - 1), name=NAME) == "an answer"
    bounds = ((0.25, 0.5), (0.5, 1.0), (1.0, 2.0))
    assert all(low <= slept <= high for slept, (low, high) in zip(clock.sleeps, bounds, strict=True))


def test_there_is_an_end_to_trying(clock: StoppedClock, patience: Patience) -> None:
    """After four tries the last failure is the answer."""
    failing = Failing(clock)
    with pytest.raises(Transient, match="busy"):
        patience.call(failing, name=NAME)
    assert failing.calls == MOST_TRIES


def test_slow_failures_end_within_the_budget(clock: StoppedClock, patience: Patience) -> None:
    """However slow each try is, no try is begun that could not end soon."""
    with pytest.raises(Transient):
        patience.call(Failing(clock, takes=retries.READ_TIMEOUT), name=NAME)
    assert clock.seconds <= BUDGET


def test_the_servers_wish_is_heard(clock: StoppedClock, patience: Patience) -> None:
    """A Retry-After within the budget is waited for, one beyond it ends the trying at once."""
    assert patience.call(Failing(clock, times=1, retry_after=5.0), name=NAME) == "an answer"
    assert clock.sleeps == [5.0]
    impatient = Failing(clock, retry_after=60.0)
    with pytest.raises(Transient):
        patience.call(impatient, name=NAME)
    assert (impatient.calls, clock.sleeps) == (1, [5.0])


def test_a_refusal_is_not_tried_again(clock: StoppedClock, patience: Patience) -> None:
    """What is not transient passes through as it is, the same object."""
    refused = AccessRefused("no")

    def refuse() -> None:
        raise refused

    with pytest.raises(AccessRefused) as caught:
        patience.call(refuse, name=NAME)
    assert caught.value is refused
    assert clock.sleeps == []


def test_all_requests_of_a_command_share_one_budget(clock: StoppedClock, patience: Patience) -> None:
    """What one request lost by failing the next has no more; what one took to succeed is not counted."""
    patience.call(Failing(clock, takes=1000.0, times=0), name=NAME)
    for _ in range(5):
        with pytest.raises(Transient):
            patience.call(Failing(clock, takes=4.0), name=NAME)
    assert clock.seconds - 1000.0 <= BUDGET + 4 * 4.0 + 1.0
    once = Failing(clock, takes=0.5)
    with pytest.raises(Transient):
        patience.call(once, name=NAME)
    assert once.calls == 1


@pytest.mark.parametrize(("waited", "least", "most"), [(3.0, 5.75, 10.0), (10.0, 1.0, 3.0), (60.0, 1.0, 2.0)])
def test_what_was_waited_for_others_is_taken_from_the_time(
    clock: StoppedClock, tmp_path: Path, waited: float, least: float, most: float
) -> None:
    """Waiting for a lock and failing share one deadline, and a try that can succeed is left in any case."""
    patience = Patience(runtime_of(clock, tmp_path), lambda: waited)
    failing = Failing(clock, takes=1.0)
    with pytest.raises(Transient):
        patience.call(failing, name=NAME)
    assert least <= clock.seconds <= most
    # What AWS takes once is not cut short: that could spend it for nothing.
    patience = Patience(runtime_of(clock, tmp_path), lambda: waited)
    assert patience.call(Failing(clock, takes=2.5, times=1), name=NAME, spends=BUDGET) == "an answer"


@pytest.mark.parametrize(("error", "tries"), [(Transient, MOST_TRIES), (Unanswered, 2)])
def test_what_aws_takes_once_is_hardly_sent_again(
    clock: StoppedClock, patience: Patience, error: type[Transient], tries: int
) -> None:
    """After a missing answer there is one try more, since AWS may have spent what was sent; a refusal spent nothing."""
    failing = Failing(clock, error=error)
    with pytest.raises(Transient):
        patience.call(failing, name=NAME, spends=BUDGET)
    assert failing.calls == tries


def test_what_aws_takes_once_is_waited_for(clock: StoppedClock, patience: Patience) -> None:
    """An answer that uses all the time up and stays away is not asked for a second time."""
    failing = Failing(clock, takes=BUDGET - 1.0, error=Unanswered)
    with pytest.raises(Unanswered):
        patience.call(failing, name=NAME, spends=BUDGET)
    assert (failing.calls, clock.sleeps) == (1, [])


@pytest.fixture
def hang() -> Iterator[Callable[[], None]]:
    """Give a request that hangs until the test is over."""
    over = threading.Event()

    def wait() -> None:
        over.wait(60)

    yield wait
    over.set()


def test_a_request_that_hangs_is_left(
    clock: StoppedClock, patience: Patience, hang: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a name look-up nor an answer that drips can hold a command longer than one try's limit."""
    monkeypatch.setattr(retries, "ATTEMPT", 0.01)
    with pytest.raises(AwsUnreachable, match="AnyOperation: no whole answer") as caught:
        patience.call(hang, name=NAME)
    assert caught.value.hint
    assert len(clock.sleeps) == MOST_TRIES - 1
