"""Checks of who may read or change the files: permissions that are too loose, and owners that are somebody else."""

import stat
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Finding, Findings, Tighten, checks_of, error, warning
from awsenv.files.paths import as_path
from awsenv.model import Place

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def file_mode(around: "Surroundings") -> Findings:
    """Find shared files that others may read keys in, or change."""
    for shared in around.shared:
        if shared.status is None or not stat.S_ISREG(shared.status.st_mode):
            continue
        mode = stat.S_IMODE(shared.status.st_mode)
        has_keys = "aws_secret_access_key" in shared.ini.text
        if (has_keys or not shared.is_config) and mode & _FOR_OTHERS:
            yield _readable(shared.path, mode, "the file is for keys", mode & 0o700)
        elif mode & stat.S_IWOTH:
            text = f"everybody on this machine may change this file (mode {mode:04o}), and with it what runs as you"
            yield _tightened(shared.path, text, mode & ~0o022)


def copy_mode(around: "Surroundings") -> Findings:
    """Find backups and copies of the shared files with keys in them that others may read."""
    for copy in around.copies:
        if copy.mode & _FOR_OTHERS and _has_secret(copy.path):
            yield _readable(copy.path, copy.mode, "this copy holds keys", copy.mode & 0o700)


def folder_mode(around: "Surroundings") -> Findings:
    """Find folders of tokens and keys in which everybody may put or rename files; awsenv writes to none."""
    for folder in around.folders:
        if folder.mode & stat.S_IWOTH and not folder.mode & stat.S_ISVTX:
            text = f"everybody on this machine may change the files in here (mode {folder.mode:04o})"
            yield _tightened(folder.path, text, folder.mode & ~0o022)


def prepared_mode(around: "Surroundings") -> Findings:
    """Find a folder of prepared answers that is not private, so that awsenv leaves it alone and is slow."""
    for folder in around.folders:
        is_prepared = folder.path.endswith(("/awsenv/prepared", "/awsenv")) and "/.aws/" not in folder.path
        if is_prepared and folder.mode & 0o077 and not folder.mode & stat.S_IWOTH:
            text = f"the folder of prepared answers is open to others (mode {folder.mode:04o}), so none is used"
            yield warning(
                Place(folder.path), text, f"chmod 700 {folder.path}", Tighten(folder.path, folder.mode & 0o700)
            )


def cache_mode(around: "Surroundings") -> Findings:
    """Find tokens and keys in the caches that others of this machine may read."""
    for cache in around.caches:
        if cache.kind in {"sso", "cli", "login"} and cache.mode & _FOR_OTHERS:
            yield _readable(cache.path, cache.mode, "it holds a sign-in or keys", 0o600)


def foreign_owner(around: "Surroundings") -> Findings:
    """Find files and folders of another user, as sudo leaves them: nobody can write or renew what is in them."""
    seen = [(folder.path, folder.owner) for folder in around.folders]
    seen += [(cache.path, cache.owner) for cache in around.caches]
    seen += [(shared.path, shared.status.st_uid) for shared in around.shared if shared.status is not None]
    for path, owner in seen:
        if owner != around.user_id:
            text = f"this belongs to the user of id {owner} and not to you: what is in it cannot be renewed"
            yield error(Place(path), text, f"sudo chown {around.user_id} {path}")


def _has_secret(path: str) -> bool:
    try:
        return b"aws_secret_access_key" in as_path(path).read_bytes()
    except OSError:
        return False


def _readable(path: str, mode: int, what: str, wanted: int) -> Finding:
    text = f"others of this machine may read this (mode {mode:04o}), and {what}"
    return _tightened(path, text, wanted)


def _tightened(path: str, text: str, wanted: int) -> Finding:
    return error(Place(path), text, f"chmod {wanted:o} {path}", Tighten(path, wanted))


CHECKS = checks_of(file_mode, copy_mode, folder_mode, prepared_mode, cache_mode, foreign_owner)
