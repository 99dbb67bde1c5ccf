"""Work that is waited for only so long: a child does it, and brings it to its end when nobody waits any more."""

import contextlib
import os
import select
from collections.abc import Callable
from typing import NoReturn

from awsenv.runtime import Runtime

_CHUNK = 1 << 16
_MOST_OPEN = 1024


def within(seconds: float, work: Callable[[], bytes], runtime: Runtime) -> bytes | None:
    """Return what `work` returns, or None where it takes longer, and then goes on alone, or cannot begin.

    To break it off could cost a sign-in: what AWS takes only once may be on its way. The child has neither terminal
    nor streams, so that the shell that waits for this process does not wait for it.
    """
    reader, writer = os.pipe()
    try:
        if os.fork() == 0:
            _work_alone(work, writer)
    except OSError:
        # No process to be had: what reads finds the end at once.
        pass
    finally:
        os.close(writer)
    try:
        return _read(reader, runtime.monotonic() + seconds, runtime)
    finally:
        os.close(reader)


def _read(reader: int, deadline: float, runtime: Runtime) -> bytes | None:
    told = b""
    while select.select([reader], [], [], max(deadline - runtime.monotonic(), 0.0))[0]:
        chunk = os.read(reader, _CHUNK)
        if not chunk:
            return told or None
        told += chunk
    return None


def _work_alone(work: Callable[[], bytes], writer: int) -> NoReturn:
    # Nothing of this process may run twice: neither what is registered for its end, nor what is left in a buffer.
    status = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        # Whoever reads from a pipe that the shell has open elsewhere is not kept waiting either.
        os.closerange(3, writer)
        os.closerange(writer + 1, _MOST_OPEN)
        told = work()
        with contextlib.suppress(BrokenPipeError):
            while told:
                told = told[os.write(writer, told) :]
        status = 0
    finally:
        os._exit(status)
