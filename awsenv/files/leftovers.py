"""Temporary files beside those that are written: how they are called, and which of them nobody will come back for."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from awsenv.files.paths import as_path

# The AWS CLI takes every *.json of its cache folders for an entry: a name of ours must not end so.
_TEMPORARY_PREFIX = ".awsenv-"
_TEMPORARY_SUFFIX = ".tmp"
# No write takes so long, so that a process of this id is another one by now, or on another machine.
_STALE_SECONDS = 600


def temporary_beside(target: Path) -> Path:
    """Return a name of nobody's beside `target`, for this process to write to."""
    return target.parent / f"{_TEMPORARY_PREFIX}{os.getpid()}-{os.urandom(4).hex()}{_TEMPORARY_SUFFIX}"


def sweep(folder: str) -> None:
    """Remove what killed writers have left in the folder, for who knows that nobody else is writing there."""
    with contextlib.suppress(OSError):
        for stale in stale_in(as_path(folder), None):
            stale.unlink()


def stale_in(folder: Path, now: float | None) -> Iterator[Path]:
    """Yield the temporary files of processes that are no more; where `now` is given, only those written long before."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if not (name.startswith(_TEMPORARY_PREFIX) and name.endswith(_TEMPORARY_SUFFIX)):
                continue
            is_old = now is None or now - entry.stat(follow_symlinks=False).st_mtime > _STALE_SECONDS
            if is_old and not _is_running(name[len(_TEMPORARY_PREFIX) :].partition("-")[0]):
                yield folder / name


def _is_running(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except OSError:
        pass
    return True
