"""A process that stands beside a command or a shell, and holds nothing of its caller's."""

import contextlib
import os
import signal
from collections.abc import Callable, Collection
from typing import NoReturn

from awsenv.errors import LocalFileError

# Where the system does not tell which are open.
_MOST_OPEN = 1024


def start_alone(work: Callable[[Callable[[], None]], object], *, what: str, kept: Collection[int] = ()) -> None:
    """Do `work` in a process that is nobody's child, and return once that has called what it is given.

    It has a session of its own, no streams but the terminal, if stderr is one, and no descriptors but those `kept`.

    Raises:
        LocalFileError: it ended before.
    """
    try:
        reader, writer = os.pipe()
        child = os.fork()
    except OSError as error:
        raise LocalFileError(f"{what} did not start: {error.strerror}", hint="ulimit -a") from error
    if child == 0:
        _begin(work, writer, kept)
    os.close(writer)
    os.waitpid(child, 0)
    has_started = bool(os.read(reader, 1))
    os.close(reader)
    if not has_started:
        raise LocalFileError(f"{what} did not start", hint="ulimit -a")


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
