"""A process that stands beside a command, holds nothing of its caller's, and hears of the end of another process."""

import asyncio
import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable, Collection
from typing import NoReturn

from awsenv.errors import LocalFileError, UsageError

# Where the system does not tell which are open.
_MOST_OPEN = 1024


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


def start_alone(work: Callable[[Callable[[], None]], object], *, kept: Collection[int]) -> None:
    """Do `work` in a process that is nobody's child, and return once that has called what it is given.

    It has a session of its own, no streams but the terminal, if stderr is one, and no descriptors but those `kept`.

    Raises:
        LocalFileError: it ended before.
    """
    try:
        reader, writer = os.pipe()
        child = os.fork()
    except OSError as error:
        raise LocalFileError(f"the server did not start: {error.strerror}", hint="ulimit -a") from error
    if child == 0:
        _begin(work, writer, kept)
    os.close(writer)
    os.waitpid(child, 0)
    has_started = bool(os.read(reader, 1))
    os.close(reader)
    if not has_started:
        raise LocalFileError("the server did not start", hint="ulimit -a")


def _begin(work: Callable[[Callable[[], None]], object], writer: int, kept: Collection[int]) -> NoReturn:
    def started() -> None:
        os.write(writer, b"!")
        os.close(writer)

    # Nothing of the caller may run twice: neither what is registered for its end, nor what is left in a buffer.
    status = 1
    try:
        # A session of its own: Ctrl-C is the command's, which may go on after it.
        os.setsid()
        # Twice, so that the command that the caller becomes has no child that it did not start.
        if os.fork() != 0:
            os._exit(0)
        _let_go({writer, *kept})
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        work(started)
        status = 0
    finally:
        os._exit(status)


def _let_go(kept: Collection[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1) if os.isatty(2) else (0, 1, 2):
        os.dup2(nothing, stream)
    # Whoever reads from a pipe of the caller's is not kept waiting, and what it has locked is not held.
    for descriptor in _open_ones():
        if descriptor > 2 and descriptor not in kept:  # noqa: PLR2004 - the streams
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _open_ones() -> Collection[int]:
    try:
        return [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208 - numbers, not paths
    except OSError:
        return range(_MOST_OPEN)
