"""What a person reads: escaped text, one line a message on stderr, aligned tables. No shell text."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from awsenv.errors import AwsenvError, LocalFileError
from awsenv.model import Notice
from awsenv.runtime import encoded, moment_text, shown

BOLD, RED, YELLOW, GREEN, PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"


def say(line: str) -> None:
    """Write one line for people on stderr; `line` is escaped here."""
    try:
        sys.stderr.buffer.write(encoded(shown(line)) + b"\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody listens; the exit code still speaks.
        return


def say_trace(error: BaseException) -> None:
    """Write where an error and its causes come from on stderr.

    Of an error that is not awsenv's own only the kind is told: its text may hold anything, a secret included.
    """
    import traceback

    before = error.__cause__ if error.__suppress_context__ else error.__context__
    if before is not None:
        say_trace(before)
    say("Traceback (most recent call last):")
    for entry in traceback.format_tb(error.__traceback__):
        for line in entry.splitlines():
            say(line)
    say(f"{type(error).__name__}: {error}" if isinstance(error, AwsenvError | OSError) else type(error).__name__)


def say_notice(notice: Notice) -> None:
    """Write a warning on stderr."""
    say(f"awsenv: warning: {notice}")


class Noticing(Protocol):
    """What has found something to tell, as `Profiles` has."""

    @property
    def notices(self) -> Sequence[Notice]:
        """What a person should know."""
        ...


@contextlib.contextmanager
def telling(found: Noticing) -> Iterator[None]:
    """Write the warnings of `found` once the block is over, however it ends."""
    try:
        yield
    finally:
        for notice in found.notices:
            say_notice(notice)


def say_error(error: AwsenvError) -> None:
    """Write what is wrong and what to type next on stderr."""
    say(f"awsenv: {error.problem}")
    if error.hint:
        say(f"hint: {error.hint}")


def open_missing_streams() -> None:
    """Give each standard stream that the caller closed to /dev/null.

    Else a file opened later would take its number, and be written to as stdout or stderr.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for good


def let_go_of_streams() -> None:
    """Flush stdout and stderr for the last time; what then cannot be written is given up."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def write(text: str | bytes) -> None:
    """Write data to stdout whole: bytes as they are, text as UTF-8.

    Raises:
        BrokenPipeError: nobody reads it.
        LocalFileError: it did not all go out, to a full disk for instance.
    """
    data = text if isinstance(text, bytes) else encoded(text)
    view = memoryview(data)
    try:
        sys.stdout.flush()
        while view:
            view = view[os.write(sys.stdout.fileno(), view) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise LocalFileError(f"the output was not all written: {error.strerror}") from error


def write_json(value: Any) -> None:
    """Write a value as JSON to stdout, the items of a list a line each.

    Moments are RFC 3339, every odd byte is an ASCII escape.
    """
    if isinstance(value, list) and value:
        # Thousands of them, for which an encoder that indents is not made in C.
        lines = map(json.JSONEncoder(default=_json_default).encode, value)
        write("[\n  " + ",\n  ".join(lines) + "\n]\n")
    else:
        write(json.dumps(value, indent=2, default=_json_default) + "\n")


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]], style: Callable[[int], str]) -> None:
    """Write aligned columns to stdout; `style` gives the colour of a row by its index, or an empty string."""
    columns = [_padded(column) for column in zip(header, *rows, strict=True)]
    lines, is_coloured = [], has_colour()
    for index, row in enumerate(zip(*columns, strict=True)):
        line = "  ".join(row).rstrip()
        colour = (BOLD if index == 0 else style(index - 1)) if is_coloured else ""
        lines.append(f"{colour}{line}{PLAIN}" if colour else line)
    write("\n".join(lines) + "\n")


def _padded(column: Sequence[str]) -> list[str]:
    text = "".join(column)
    if text.isascii() and text.isprintable():
        # Thousands of cells of which each has the width of its length.
        width = max(map(len, column))
        return [cell.ljust(width) for cell in column]
    cells = [shown(cell) for cell in column]
    width = max(map(_width, cells))
    return [cell + " " * (width - _width(cell)) for cell in cells]


def has_colour() -> bool:
    """Tell whether stdout takes colours: a terminal, not a dumb one, and NO_COLOR unset or empty."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def time_left(moment: datetime | None, now: datetime) -> str:
    """Return how long until `moment` in the largest sensible unit: `7h12m`, `43m`, `expired`, `-` for no end."""
    if moment is None:
        return "-"
    left = moment - now
    if left <= timedelta():
        return "expired"
    minutes = int(left.total_seconds() // 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    if hours >= 48:  # noqa: PLR2004 - two days and more read better as days
        return f"{hours // 24}d{hours % 24}h"
    return f"{hours}h{minutes_of_hour:02d}m" if hours else f"{minutes}m"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def _json_default(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment_text(value)
    raise TypeError(type(value).__name__)
