"""Write a private file so that everybody sees the old content or the new, whatever happens in between.

A link in place of the file is kept and its target written. Knows no formats.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from awsenv.errors import LocalFileError
from awsenv.files.folders import hand_over, make_private_folder, write_failed
from awsenv.files.leftovers import stale_in, temporary_beside
from awsenv.files.paths import as_path, parent_of
from awsenv.model import Notice, Place
from awsenv.runtime import decoded
from awsenv.values import Value

_LINKS_LIMIT = 40
_LARGEST_TOKEN = 16_384
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CANNOT_SYNC = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


class Overtaken(Exception):
    """Somebody else has written the file since it was looked at."""


class Look(Value):
    """A file as it was at one moment: where its links lead, and what stood there; `status` is None for nothing."""

    path: str
    target: str
    status: os.stat_result | None

    def is_of(self, other: "Look") -> bool:
        """Tell whether the file is the very one, and was not written in between."""
        return self.target == other.target and _version(self.status) == _version(other.status)


def write_private(path: str, content: bytes) -> Notice | None:
    """Put `content` in place of the file, 0600; return a notice if others could read it before.

    Raises:
        LocalFileError: it was not written; the old content stands.
        UnsafeFolder: everybody may change its folder.
    """
    target, before = _target_of(path)
    if target == path:
        make_private_folder(parent_of(path))
    try:
        _replace(as_path(target), content, before)
    except OSError as error:
        raise write_failed(path, error) from error
    if before is not None and before.st_mode & 0o077:
        return Notice(f"others could read this file (mode {before.st_mode & 0o777:04o}); now they cannot", Place(path))
    return None


def look_at(path: str) -> Look:
    """Return what there is at `path` now, links followed.

    Raises:
        LocalFileError: it is nothing that could be written, as `write_private` has it.
    """
    target, status = _target_of(path)
    return Look(path, target, status)


def replace_file(before: Look, content: bytes, mode: int) -> None:
    """Put `content` in place of the file that `before` saw, with these permissions, if it still is the same.

    Raises:
        Overtaken: it is not; nothing is changed.
        LocalFileError, UnsafeFolder: as `write_private`.
    """
    path = before.path
    if before.target == path:
        make_private_folder(parent_of(path))

    def check() -> None:
        if not look_at(path).is_of(before):
            raise Overtaken

    try:
        _replace(as_path(before.target), content, before.status, mode, check)
    except OSError as error:
        raise write_failed(path, error) from error


def check_writable(path: str) -> None:
    """Refuse a file that could not be written, before somebody goes to the trouble of getting its content.

    Raises:
        LocalFileError, UnsafeFolder: as `write_private` would.
    """
    target, _ = _target_of(path)
    if target == path:
        make_private_folder(parent_of(path))
    try:
        temporary = temporary_beside(as_path(target))
        try:
            _try_out(temporary)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise write_failed(path, error) from error


def _try_out(temporary: Path) -> None:
    descriptor = os.open(temporary, _NEW_FILE, 0o600)
    try:
        # An empty file fits on a full disk.
        os.write(descriptor, b"\n" * _LARGEST_TOKEN)
        _sync(descriptor)
    finally:
        os.close(descriptor)


def remove_file(path: str) -> bool:
    """Remove the file, the target where it is a link; tell whether there was one.

    Raises:
        LocalFileError: it is still there.
    """
    target, _ = _target_of(path)
    try:
        as_path(target).unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise LocalFileError(f"cannot remove {path}: {error.strerror}") from error
    return True


def _target_of(path: str) -> tuple[str, os.stat_result | None]:
    try:
        return _followed(path)
    except OSError as error:
        raise write_failed(path, error) from error
    except ValueError as error:
        raise LocalFileError(f"{path!r} cannot be the path of a file") from error


def _followed(path: str) -> tuple[str, os.stat_result | None]:
    target = path
    for _ in range(_LINKS_LIMIT):
        try:
            status = as_path(target).lstat()
        except (FileNotFoundError, NotADirectoryError):
            _check_dangling(path, target)
            return target, None
        if not stat.S_ISLNK(status.st_mode):
            _check_target(path, target, status)
            return target, status
        leads_to = decoded(str(as_path(target).readlink()))
        target = leads_to if leads_to.startswith("/") else f"{parent_of(target)}/{leads_to}"
    raise LocalFileError(f"{path} is a link that leads back to itself", hint=f"ls -l {path}")


def _check_dangling(path: str, target: str) -> None:
    if target != path and not as_path(parent_of(target)).is_dir():
        raise LocalFileError(f"{path} is a link to {target}, whose folder does not exist", hint=f"ls -l {path}")


def _check_target(path: str, target: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise LocalFileError(f"cannot write {path}: it is not a regular file", hint=f"ls -ld {target}")
    if target != path and status.st_uid not in (os.geteuid(), as_path(path).lstat().st_uid):
        raise LocalFileError(f"{path} is a link to {target}, which belongs to somebody else", hint=f"ls -l {target}")


def _version(status: os.stat_result | None) -> tuple[int, ...] | None:
    return status and (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _check_nothing() -> None:
    """Whoever wrote last is right."""


def _replace(
    target: Path,
    content: bytes,
    before: os.stat_result | None,
    mode: int = 0o600,
    check: Callable[[], None] = _check_nothing,
) -> None:
    folder = target.parent
    temporary = temporary_beside(target)
    descriptor = os.open(temporary, _NEW_FILE, 0o600)
    try:
        try:
            started = _fill(descriptor, content, before or folder.stat())
            if mode != 0o600:  # noqa: PLR2004 - what it was born with
                _open_to_others(descriptor, mode, before)
        finally:
            # Some network file systems tell of a full disk only here.
            os.close(descriptor)
        check()
        temporary.rename(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    # From here the new content is in place: nothing below may make a failure of it.
    with contextlib.suppress(OSError):
        _sync_folder(folder)
        for stale in stale_in(folder, started):
            stale.unlink()


def _fill(descriptor: int, content: bytes, like: os.stat_result) -> float:
    # A umask may have taken from the mode what the owner needs.
    os.fchmod(descriptor, 0o600)
    hand_over(descriptor, like)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    _sync(descriptor)
    return os.fstat(descriptor).st_mtime


def _open_to_others(descriptor: int, mode: int, like: os.stat_result | None) -> None:
    # What its group might do with the old file is not for another group to do.
    if like is not None and os.fstat(descriptor).st_gid != like.st_gid:
        try:
            os.fchown(descriptor, -1, like.st_gid)
        except OSError:
            mode &= ~0o070
    os.fchmod(descriptor, mode)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
