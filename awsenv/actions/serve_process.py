"""Hears of the end of another process."""

import asyncio
import os
import select
import sys
from collections.abc import Callable

from awsenv.errors import LocalFileError, UsageError


class Ending:
    """The end of a process, or of none, as something that a loop can wait for.

    Made early, and before a fork, it cannot mean another process that has got the same number since.
    """

    def __init__(self, process_id: int | None) -> None:
        """Watch the process.

        Raises:
            UsageError: there is no such process.
            LocalFileError: this system cannot watch one.
        """
        self._process_id = process_id
        self._descriptor: int | None = None
        if process_id is not None and sys.platform == "linux":
            try:
                self._descriptor = os.pidfd_open(process_id)
            except ProcessLookupError as error:
                raise UsageError(f"there is no process {process_id} to end with") from error
            except OSError as error:
                raise LocalFileError(f"process {process_id} cannot be watched: {error.strerror}") from error

    def tell(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
        """Call `end` in the loop once the process has ended."""
        if sys.platform != "linux" and self._process_id is not None:
            # Not made before: a child does not inherit it. Tried by nobody.
            queue = select.kqueue()
            event = select.kevent(self._process_id, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
            try:
                queue.control([event], 0)
            except ProcessLookupError:
                end()
            self._descriptor = os.dup(queue.fileno())
        if self._descriptor is not None:
            loop.add_reader(self._descriptor, end)

    def kept(self) -> set[int]:
        """Return the descriptors that a child must not close."""
        return set() if self._descriptor is None else {self._descriptor}

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def find_caller() -> int | None:
    """Return the process that started this one, or None where it is outside of this container.

    Raises:
        UsageError: it has ended, so that somebody has adopted this one who may live for ever.
    """
    caller = os.getppid()
    # `sh -c "awsenv serve &"`. Who begins a session of its own, as a service does, is not in its parent's either.
    is_adopted = caller and os.getsid(0) != os.getpid() and os.getsid(caller) != os.getsid(0)
    if is_adopted:
        raise UsageError("the process that started this one has ended already", hint="awsenv serve --parent PID")
    return caller or None
