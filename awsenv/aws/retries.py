"""How long awsenv waits for AWS: a few tries within one budget, whatever the network does. Knows no botocore."""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from awsenv.errors import AwsUnreachable
from awsenv.runtime import Runtime

# A person waits at the prompt: fifteen seconds is the promise, the rest is start-up and shell.
BUDGET = 12.5
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 4.0
MOST_TRIES = 4
_FIRST_DELAY = 0.25

T = TypeVar("T")


class Transient(AwsUnreachable):
    """A failure that the same request may not meet again; `retry_after` is in seconds, as the server asked."""

    def __init__(self, problem: str, *, hint: str | None = None, retry_after: float = 0.0) -> None:
        super().__init__(problem, hint=hint)
        self.retry_after = retry_after


def patiently(call: Callable[[], T], *, name: str, runtime: Runtime) -> T:
    """Return what `call` returns, trying again after a `Transient`, in all within `BUDGET` seconds.

    Raises:
        AwsUnreachable: no usable answer within the budget; other errors of `call` pass through.
    """
    deadline = runtime.monotonic() + BUDGET
    for attempt in range(1, MOST_TRIES + 1):
        try:
            return _within(deadline - runtime.monotonic(), call, name)
        except Transient as error:
            delay = max(error.retry_after, _FIRST_DELAY * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - spread, not secrecy
            if attempt == MOST_TRIES or runtime.monotonic() + delay + READ_TIMEOUT > deadline:
                raise
            runtime.sleep(delay)
    raise AssertionError  # pragma: no cover - the last try returns or raises


def _within(seconds: float, call: Callable[[], T], name: str) -> T:
    # Socket time-outs do not bound a name look-up, nor an answer that drips byte by byte: a thread does.
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failure.append(error)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if failure:
        raise failure[0]
    if not outcome:
        raise AwsUnreachable(
            f"{name}: no answer from AWS in {BUDGET:.0f} seconds", hint="check the network, then try again"
        )
    return outcome[0]
