"""Read a whole regular file without hanging, and JSON without a traceback. Knows no formats of AWS."""

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from awsenv.errors import CacheUnreadable, MalformedConfig
from awsenv.files.paths import as_path
from awsenv.model import Notice, Place

# The largest cache entry seen is some 10 KB.
_JSON_LIMIT = 1_000_000

_ABSENT = (errno.ENOENT, errno.ENOTDIR)

Notify = Callable[[Notice], None]


def ignore(_notice: Notice) -> None:
    """Take a notice that nobody wants."""


def find_bytes(path: str, limit: int) -> bytes | None:
    """Return the bytes of the file, or None where there is none; /dev/null is an empty file.

    Raises:
        CacheUnreadable: it exists and cannot be opened or read.
        MalformedConfig: it is no regular file, or longer than `limit` bytes.
    """
    try:
        file_path = as_path(path)
        # Looking before opening: to open a device can already do something.
        _check(path, file_path.stat(), limit)
        with os.fdopen(os.open(file_path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY), "rb") as file:
            _check(path, os.fstat(file.fileno()), limit)
            content = file.read(limit + 1)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise CacheUnreadable(f"cannot read {path}: {error.strerror}", hint=_hint(path, error)) from error
    except ValueError as error:
        raise MalformedConfig(f"{path!r} cannot be the path of a file") from error
    if len(content) > limit:
        raise MalformedConfig(f"{path} is longer than {limit:,} bytes: no such file of AWS is")
    return content


def find_json_object(path: str, notify: Notify = ignore) -> dict[str, Any] | None:
    """Return the object that the file holds, or None, with a notice, where it holds anything else.

    Raises:
        CacheUnreadable: it exists and cannot be opened or read.
    """
    try:
        content = find_bytes(path, _JSON_LIMIT)
        if content is None:
            return None
        found = json.loads(content)
    except (MalformedConfig, ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    notify(Notice("this file is damaged, so it counts as absent", Place(path)))
    return None


def _check(path: str, status: os.stat_result, limit: int) -> None:
    if stat.S_ISREG(status.st_mode):
        if status.st_size > limit:
            raise MalformedConfig(f"{path} is longer than {limit:,} bytes: no such file of AWS is")
    elif not stat.S_ISCHR(status.st_mode) or status.st_rdev != Path(os.devnull).stat().st_rdev:
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket"
        raise MalformedConfig(f"{path} is {kind}, not a file")


def _hint(path: str, error: OSError) -> str | None:
    return f"ls -l {path}" if error.errno in (errno.EACCES, errno.EPERM, errno.ELOOP) else None
