"""A bar on stderr that fills, where somebody looks at it."""

import sys
from collections.abc import Callable

from awsenv.cli.progress import CLEAR, columns
from awsenv.runtime import Runtime

_WIDEST = 30
# A terminal far away draws each line over a network.
_EVERY = 0.1


class Bar:
    """Shows how far something is, in place; on anything but a terminal that can rewrite a line, nothing at all."""

    def __init__(self, what: str, runtime: Runtime) -> None:
        self._what = what
        self._monotonic: Callable[[], float] = runtime.monotonic
        self._is_shown = sys.stderr.isatty() and runtime.environment.get("TERM", "dumb") != "dumb"
        self._began: tuple[float, int] | None = None
        self._drawn_at: float | None = None

    def advance(self, done: int, total: int) -> None:
        """Show that so many of so many are done."""
        now = self._monotonic()
        if self._began is None:
            self._began = now, done - 1
        is_early = self._drawn_at is not None and now - self._drawn_at < _EVERY and done < total
        if not self._is_shown or is_early:
            return
        self._drawn_at = now
        began, first = self._began
        left = (now - began) / (done - first) * (total - done)
        sys.stderr.write(f"{CLEAR}{bar_line(self._what, done, total, left, columns() - 1)}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the bar away."""
        self._began = None
        if self._drawn_at is not None:
            self._drawn_at = None
            sys.stderr.write(CLEAR)
            sys.stderr.flush()


def bar_line(what: str, done: int, total: int, seconds_left: float, width: int) -> str:
    """Return the line, which fits into `width` columns: the bar shrinks first, then the words go."""
    count = f"{done}/{total}"
    minutes, seconds = divmod(round(seconds_left), 60)
    time_left = f", {minutes}:{seconds:02d} left"
    room = min(_WIDEST, width - len(f"awsenv: {what} [] {count}{time_left}"))
    if room >= 5:  # noqa: PLR2004 - a shorter one shows nothing
        full = room * done // total
        return f"awsenv: {what} [{'#' * full}{'-' * (room - full)}] {count}{time_left}"
    line = f"awsenv: {what} {count}"
    return line if len(line) <= width else count[:width]
