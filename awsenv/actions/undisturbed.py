"""Lets a signal wait for what must not be left half done, but never for long."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

# A Ctrl-C is heard after that in any case: a person who gives up on a dead network means it.
LONGEST = 2.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Handler = Callable[[int, FrameType | None], object]


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back what asks this process to end until the block is over, or for `LONGEST` seconds more.

    AWS takes a refresh token once: who is interrupted between its answer and the file has lost the sign-in.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    delay = _Delay()
    delay.begin()
    try:
        yield
    finally:
        delay.end()
    delay.pass_on()


class _Delay:
    def __init__(self) -> None:
        self._before: dict[int, Handler] = {}
        self._heard: int | None = None

    def begin(self) -> None:
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            # What is ignored, or ends the process in the kernel, stays as it is.
            if callable(handler):
                self._before[number] = handler
                signal.signal(number, self._hear)
        self._alarm = signal.signal(signal.SIGALRM, self._give_up)

    def end(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._alarm)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def pass_on(self, frame: FrameType | None = None) -> None:
        if self._heard is not None:
            self._before[self._heard](self._heard, frame)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._heard is not None:
            # Asked a second time: now.
            self.pass_on(frame)
        self._heard = number
        signal.setitimer(signal.ITIMER_REAL, LONGEST)

    def _give_up(self, _number: int, frame: FrameType | None) -> None:
        self.pass_on(frame)
