"""Marks that one process leaves for others of this home, to say when something happened. Only their time counts."""

import contextlib
import os
from datetime import datetime, timezone

from awsenv import prepared
from awsenv.errors import LocalFileError
from awsenv.files.folders import make_private_folder
from awsenv.files.locks import lock_path
from awsenv.files.paths import as_path, home_path, parent_of
from awsenv.runtime import Runtime, encoded


def find_mark(runtime: Runtime, name: str) -> datetime | None:
    """Return when the mark of this name was last left, or None where it never was."""
    try:
        return datetime.fromtimestamp(as_path(lock_path(runtime, name)).stat().st_mtime, timezone.utc)
    except (OSError, ValueError, OverflowError):
        return None


def leave_mark(runtime: Runtime, name: str) -> None:
    """Leave a mark for now; where none can be left, the others find out for themselves."""
    _touch(lock_path(runtime, name), runtime.now())


def state_of_mark(runtime: Runtime, name: str) -> bytes:
    """Return what tells whether the mark of this name was left anew since, whatever the clock says."""
    return prepared.state_of(encoded(lock_path(runtime, name)))


def dead_mark_path(runtime: Runtime, token_name: str) -> str:
    """Return the path of the mark of a dead sign-in: the hook compares it with the token file of this name."""
    return home_path(runtime, ".aws", "awsenv", "dead", token_name)


def leave_dead_mark(runtime: Runtime, token_name: str, moment: datetime) -> None:
    """Leave the mark that a sign-in was found dead at `moment`; where none can be left, the hook looks more often."""
    path = dead_mark_path(runtime, token_name)
    with contextlib.suppress(LocalFileError):
        make_private_folder(parent_of(path))
        _touch(path, moment)


def _touch(path: str, moment: datetime) -> None:
    seconds = moment.timestamp()
    with contextlib.suppress(OSError):
        os.close(os.open(as_path(path), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        os.utime(as_path(path), (seconds, seconds))
