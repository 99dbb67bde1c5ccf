"""Marks that one process leaves for others of this home, to say when something happened. Only their time counts."""

import contextlib
import os
from datetime import datetime, timezone

from awsenv.files.locks import lock_path
from awsenv.files.paths import as_path
from awsenv.runtime import Runtime


def find_mark(runtime: Runtime, name: str) -> datetime | None:
    """Return when the mark of this name was last left, or None where it never was."""
    try:
        return datetime.fromtimestamp(as_path(lock_path(runtime, name)).stat().st_mtime, timezone.utc)
    except (OSError, ValueError, OverflowError):
        return None


def leave_mark(runtime: Runtime, name: str) -> None:
    """Leave a mark for now; where none can be left, the others find out for themselves."""
    path, moment = as_path(lock_path(runtime, name)), runtime.now().timestamp()
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        os.utime(path, (moment, moment))
