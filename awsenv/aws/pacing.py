"""One rhythm for all requests to the access portal, whichever thread makes them. Knows no botocore."""

import threading
from collections import deque
from collections.abc import Callable

# The portal takes about twenty calls a second (many tools have found out); a little below, for clocks that differ.
CALLS_PER_SECOND = 19.6
# Requests that were held up on their way here are not followed so closely that so many fall into so many seconds.
_CALLS, _SECONDS = 20, 1.02
_SLOWEST = 2.0
# How much of its speed a refusal costs, and what each answer gives back of it.
_SLOWER, _FASTER = 0.9, 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 8.0
# Without any answer for so long, nobody believes any more that one comes.
_SILENCE, _THROTTLED = 9.0, 60.0


class Pace:
    """Gives each request its moment, evenly spaced; all of them wait, and then go slower, where one is refused.

    A portal that counts calls sees no bunches, so that a second of twenty never becomes one of twenty-one.
    """

    def __init__(self, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._monotonic, self._sleep = monotonic, sleep
        self._lock = threading.Lock()
        self._rate = CALLS_PER_SECOND
        self._next = self._not_before = self._answered_at = monotonic()
        self._pause = _FIRST_PAUSE
        self._sent = deque[float](maxlen=_CALLS)

    def wait(self) -> None:
        """Wait for the moment of the next request."""
        while True:
            with self._lock:
                now = self._monotonic()
                moment = max(self._next, self._not_before, now)
                self._next = moment + 1 / self._rate
            if moment > now:
                self._sleep(moment - now)
            # Refused meanwhile, another has made all wait for longer: then this takes its turn anew.
            while (late := self._wait_of_one_more()) is not None:
                if late <= 0:
                    return
                self._sleep(late)

    def _wait_of_one_more(self) -> float | None:
        with self._lock:
            now = self._monotonic()
            if now < self._not_before:
                return None
            late = self._sent[0] + _SECONDS - now if len(self._sent) == _CALLS else 0.0
            if late <= 0:
                self._sent.append(now)
            return late

    def answered(self) -> None:
        """Note an answer, of whatever kind but a refusal for haste."""
        with self._lock:
            self._answered_at = self._monotonic()
            self._pause = _FIRST_PAUSE
            self._rate = min(self._rate + _FASTER, CALLS_PER_SECOND)

    def throttled(self, retry_after: float) -> bool:
        """Let all requests wait, for `retry_after` seconds where AWS has named a time; tell whether to go on."""
        with self._lock:
            now = self._monotonic()
            if now >= self._not_before:
                # Those that were under way together are refused together, and count once.
                self._not_before = now + self._pause
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
                self._rate = max(self._rate * _SLOWER, _SLOWEST)
            self._not_before = max(self._not_before, now + retry_after)
            return self._not_before < self._answered_at + _THROTTLED

    def failed(self, delay: float) -> bool:
        """Wait so long before the next try of a request that failed otherwise; tell whether it is worth one."""
        with self._lock:
            if self._monotonic() + delay > self._answered_at + _SILENCE:
                return False
        self._sleep(delay)
        return True
