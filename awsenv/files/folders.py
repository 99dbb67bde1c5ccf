"""Folders that secrets are written to: made private, and refused where everybody may change them."""

import contextlib
import errno
import os
import stat
from pathlib import Path

from awsenv.errors import LocalFileError, UnsafeFolder
from awsenv.files.paths import as_path, parent_of

_HINTS = {
    errno.ENOSPC: "df -h {folder}",
    errno.EDQUOT: "quota",
    errno.EACCES: "ls -ld {folder}",
    errno.EPERM: "ls -ld {folder}",
    errno.EROFS: "mount | grep 'ro,'",
    errno.EMFILE: "ulimit -n",
}


def write_failed(path: str, error: OSError) -> LocalFileError:
    """Return the error that says in one line why `path` was not written, and where to look."""
    hint = _HINTS.get(error.errno or 0)
    return LocalFileError(f"cannot write {path}: {error.strerror}", hint=hint and hint.format(folder=parent_of(path)))


def make_private_folder(path: str) -> None:
    """Make the folder and whatever is missing above it, 0700 each; what exists stays as it is.

    Raises:
        UnsafeFolder: everybody may rename files in it.
        LocalFileError: it cannot be made, or is none.
    """
    try:
        _make(as_path(path))
        status = as_path(path).stat()
    except OSError as error:
        raise write_failed(path, error) from error
    if not stat.S_ISDIR(status.st_mode):
        raise LocalFileError(f"{path} is no folder")
    # A group may be the user's own (umask 002), and a sticky folder lets nobody rename the files of others.
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        raise UnsafeFolder(f"everybody on this machine may change the files in {path}", hint=f"chmod o-w {path}")


def hand_over(made: Path | int, like: os.stat_result) -> None:
    """Give what root has made, by its path or descriptor, to the owner of `like`, its folder or what was there before.

    Under sudo with the user's HOME, the user must still be able to use it afterwards.
    """
    if like.st_uid != os.geteuid() == 0:
        os.chown(made, like.st_uid, like.st_gid)


def _make(folder: Path) -> None:
    if os.path.lexists(folder):
        return
    _make(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(0o700)
        # A umask may have taken from the mode what the owner needs.
        folder.chmod(0o700)
        hand_over(folder, folder.parent.stat())
