"""How long awsenv waits for AWS: a few tries within one budget, whatever the network does. Knows no botocore."""

import threading
from collections.abc import Callable
from typing import TypeVar

from awsenv.errors import AwsUnreachable
from awsenv.runtime import Runtime

# A person waits at the prompt: fifteen seconds is the promise, the rest is start-up, shell and a loaded machine.
BUDGET = 10.0
# For a request that a command can do without, since what it is for is done already.
OPTIONAL_BUDGET = 5.0
# Of the thousands of accounts of a large organisation, a hundred a page.
LISTING_BUDGET = 60.0
# The same with what was waited before for others of this machine, who may have met the same silence.
TOGETHER = 13.0
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 4.0
# One try, whatever drips or stalls between the limits above; it leaves time for a second one.
ATTEMPT = 5.5
# What is given only once, and lost with its answer: how long that is waited for. The second is for a code that a person
# has just approved: a server that was silent for so long is asked once more, within the fifteen seconds.
ONLY_ANSWER = BUDGET
CODE_ANSWER, CODE_BUDGET = 7.5, 12.0
# With less than this left, another try is not begun.
_WORTHWHILE = 2.0
# What a request gets where those before it, which the command could do without, have lost all the time.
_LEAST = 2.0
MOST_TRIES = 4
_FIRST_DELAY = 0.25

T = TypeVar("T")


class Transient(AwsUnreachable):
    """A failure that the same request may not meet again; `retry_after` is in seconds, as the server asked."""

    def __init__(self, problem: str, *, hint: str | None = None, retry_after: float = 0.0) -> None:
        super().__init__(problem, hint=hint)
        self.retry_after = retry_after


class Unanswered(Transient):
    """A failure after which AWS may have done what was asked, and only the answer is missing."""


class Patience:
    """The time that one command may lose to requests that fail; all its requests share it.

    `waited` tells the seconds that it spent waiting for locks.
    """

    def __init__(self, runtime: Runtime, waited: Callable[[], float] = lambda: 0.0) -> None:
        self._runtime = runtime
        self._waited = waited
        self._lost = 0.0

    def start_anew(self) -> None:
        """Forget what was lost so far: a person has answered meanwhile, and waits anew."""
        self._lost = 0.0

    def once(self, request: Callable[[], T], *, name: str) -> T:
        """Return what `request` returns, tried once, for who has a rhythm of its own; costs nobody's budget.

        Raises:
            AwsUnreachable: no usable answer; other errors of `request` pass through.
        """
        return _within(ONLY_ANSWER, request, name)

    def call(self, request: Callable[[], T], *, name: str, budget: float = BUDGET, spends: float = 0.0) -> T:
        """Return what `request` returns, trying again after a `Transient`, in all within `budget` seconds.

        `spends` is for what AWS takes only once: the seconds that one answer is waited for then, since the next try may
        be refused; and after a missing one there is one try more.

        Raises:
            AwsUnreachable: no usable answer within the budget; other errors of `request` pass through.
        """
        monotonic = self._runtime.monotonic
        # What was lost before does not shorten what cannot be had a second time.
        most = budget if spends else min(budget, BUDGET, TOGETHER - self._waited()) - self._lost
        deadline = monotonic() + max(most, _LEAST)
        unanswered = 0
        for attempt in range(1, MOST_TRIES + 1):
            started = monotonic()
            try:
                return _within(min(deadline - started, spends or ATTEMPT), request, name)
            except Transient as error:
                unanswered += isinstance(error, Unanswered)
                self._lost += monotonic() - started
                delay = max(error.retry_after, _FIRST_DELAY * 2**attempt * _spread())
                if attempt == MOST_TRIES or (spends and unanswered > 1) or monotonic() + delay + _WORTHWHILE > deadline:
                    raise
                self._lost += delay
                self._runtime.sleep(delay)
        raise AssertionError  # pragma: no cover - the last try returns or raises


def _within(seconds: float, request: Callable[[], T], name: str) -> T:
    # Socket time-outs do not bound a name look-up, nor an answer that drips byte by byte: a thread does.
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(request())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failure.append(error)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if failure:
        raise failure[0]
    if not outcome:
        raise Unanswered(f"{name}: no whole answer from AWS in time", hint="check the network, then try again")
    return outcome[0]


def _spread() -> float:
    # Few calls need it, and it takes its time to load.
    import random

    return random.uniform(0.5, 1.0)  # noqa: S311 - no secret
