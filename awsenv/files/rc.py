"""Change a shell's start file under a lock, so that everybody sees the old one or the new; a link stays a link."""

import os
from collections.abc import Callable

from awsenv.errors import LocalFileError
from awsenv.files.atomic import Look, Overtaken, look_at, remove_file, replace_file
from awsenv.files.locks import locked
from awsenv.files.paths import as_path, parent_of
from awsenv.files.reading import Notify, find_bytes
from awsenv.model import Notice, Place
from awsenv.runtime import Runtime

_SIZE_LIMIT = 10_000_000
_LOCK_WAIT = 30.0
_MOST_TRIES = 20
_PAUSE = 0.05


def find_rc(path: str) -> bytes | None:
    """Return the bytes of a start file, or None where there is none.

    Raises:
        MalformedConfig, CacheUnreadable: as `find_bytes`.
    """
    return find_bytes(path, _SIZE_LIMIT)


def edit_rc(path: str, change: Callable[[bytes | None], bytes | None], *, runtime: Runtime, notify: Notify) -> bool:
    """Put in place of the file what `change` makes of it, None for no file; tell whether that is anything else.

    `change` is called again with what then stands there where somebody without the lock was faster.

    Raises:
        LocalFileError: it was not written, being read-only for instance; the old content stands.
        MalformedConfig: as `find_rc`.
    """
    with locked(runtime, f"edit {parent_of(look_at(path).target)}", _LOCK_WAIT):
        for _ in range(_MOST_TRIES):
            try:
                return _edit_once(path, change, notify)
            except Overtaken:
                runtime.sleep(_PAUSE)
    raise LocalFileError(f"{path} is written by another program all the time", hint="end that, then try again")


def _edit_once(path: str, change: Callable[[bytes | None], bytes | None], notify: Notify) -> bool:
    before = look_at(path)
    content = find_rc(path)
    new = change(content)
    if new == content:
        return False
    _check_writable(before)
    if new is None:
        return remove_file(path)
    if before.status and before.status.st_nlink > 1:
        notify(Notice("the file's other names (hard links) keep what it was", Place(path)))
    replace_file(before, new, before.status.st_mode & 0o7777 if before.status else 0o600)
    return True


def _check_writable(before: Look) -> None:
    # A new file in its place would go in even so: who made it read-only, as Nix or an administrator does, meant it.
    status = before.status
    if status and not (status.st_mode & 0o200 and os.access(as_path(before.target), os.W_OK)):
        raise LocalFileError(f"{before.path} is read-only, so it is left alone", hint=f"ls -lL {before.path}")
