"""Checks of the caches that AWS tools and awsenv share, and of what killed processes left behind."""

import json
import os
import stat
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awsenv.actions.checks.findings import Discard, Finding, Findings, checks_of, error, warning
from awsenv.files.digests import sha1_of
from awsenv.files.leftovers import stale_in
from awsenv.files.paths import as_path, home_path
from awsenv.files.tokens import find_moment
from awsenv.model import Place
from awsenv.runtime import Runtime, decoded
from awsenv.values import Value

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_JSON_LIMIT = 1_000_000
# The digest that AWS tools call a file of each folder by has so many digits.
_NAMES = {"sso": 40, "cli": 40, "login": 64}
_FOLDERS = (("sso", "cache"), ("cli", "cache"), ("login", "cache"))
# Beyond this, signatures are refused, and expiries are not what they seem.
_TOLERATED = timedelta(minutes=5)
# AWS gives keys of a role for twelve hours at most.
_LONGEST_ROLE = timedelta(hours=12)


class CacheFile(Value):
    """A file of the caches. `kind` is its folder, or `leftover` or `lock`; `fields` is None where it is no object."""

    path: str
    kind: str
    mode: int
    owner: int
    written_at: float
    fields: dict[str, Any] | None = None


def collect_caches(runtime: Runtime) -> list[CacheFile]:
    """Return every file of the caches, what was left beside it included."""
    found = list[CacheFile]()
    for names in _FOLDERS:
        folder = home_path(runtime, ".aws", *names)
        found += (_look(path, names[0]) for path in _files_in(folder, ".json"))
        found += _leftovers(folder)
    found += _leftovers(home_path(runtime, ".aws"))
    found += (_look(path, "lock") for path in _files_in(home_path(runtime, ".aws", "awsenv", "locks"), ".lock"))
    return found


def broken_cache(around: "Surroundings") -> Findings:
    """Find cache files that hold no JSON object, or no whole one; botocore and the AWS CLI fail without a word."""
    for cache in around.caches:
        if _is_broken(cache):
            text = "this cache file is broken, which makes boto3 and the AWS CLI fail with a bare KeyError"
            mend = Discard(cache.path, lambda cache=cache: _is_broken(_look(as_path(cache.path), cache.kind)))  # type: ignore[misc]
            yield error(Place(cache.path), text, f"remove it, it is only a cache: rm {cache.path}", mend)


def lock_mode(around: "Surroundings") -> Findings:
    """Find lock files that cannot be opened, for which every renewal fails."""
    for cache in around.caches:
        if cache.kind == "lock" and cache.mode & 0o600 != 0o600:  # noqa: PLR2004 - read and write
            text = f"this lock cannot be taken (mode {cache.mode:04o}), so what it guards cannot be renewed"
            yield error(Place(cache.path), text, f"remove it: rm {cache.path}", Discard(cache.path, lambda: True))


def leftover(around: "Surroundings") -> Findings:
    """Find temporary files that killed processes of awsenv have left."""
    for cache in around.caches:
        if cache.kind == "leftover":
            text = "a process that was killed has left this file, which may hold a sign-in or keys"
            yield warning(Place(cache.path), text, f"remove it: rm {cache.path}", Discard(cache.path, lambda: True))


def other_token(around: "Surroundings") -> Findings:
    """Find sign-ins filed under an sso-session that now has another start URL or region; awsenv does not use them."""
    by_name = {sha1_of(name): (name, section) for name, section in around.sections.sso_sessions.items()}
    for cache in around.caches:
        name, section = by_name.get(Path(cache.path).stem, (None, None))
        if cache.kind != "sso" or section is None or not cache.fields:
            continue
        values = section.values()
        for field, key in (("startUrl", "sso_start_url"), ("region", "sso_region")):
            held, wanted = cache.fields.get(field), values.get(key)
            if isinstance(held, str) and wanted and _bare(held) != _bare(wanted):
                text = f'the sign-in of "{name}" is of another {key}; boto3 sends it to the wrong place all the same'
                yield warning(Place(cache.path), text, f"awsenv login --sso-session {name}")
                break


def clock_ahead(around: "Surroundings") -> Findings:
    """Find cache files from the future, and keys that live longer than any: the clock was, or is, off."""
    latest = around.now + _LONGEST_ROLE + _TOLERATED
    for cache in around.caches:
        if cache.written_at > around.now.timestamp() + _TOLERATED.total_seconds():
            yield _clock(cache.path, "this file was written in the future")
        elif cache.kind == "cli":
            keys = (cache.fields or {}).get("Credentials")
            until = find_moment(keys, "Expiration") if isinstance(keys, dict) else None
            if until is not None and until > latest:
                yield _clock(cache.path, "these keys are good for longer than AWS gives any")


def clock_skew(around: "Surroundings") -> Findings:
    """Find a clock that differs from Identity Center's; asks each sso-session's own endpoint, with --online only."""
    for skew in around.skews():
        if skew.text is not None:
            yield error(None, f"{skew.text}: signatures are refused, expiries are not what they seem", "set the clock")
        elif skew.problem is not None:
            yield warning(None, f"the clock was not compared: {skew.problem}", "awsenv doctor --online clock-skew")


def _clock(path: str, what: str) -> Finding:
    return warning(Place(path), f"{what}: this machine's clock was or is off", "compare: date -u; then set the clock")


def _files_in(folder: str, suffix: str) -> Iterator[Path]:
    try:
        yield from sorted(path for path in as_path(folder).iterdir() if path.name.endswith(suffix))
    except OSError:
        return


def _leftovers(folder: str) -> Iterable[CacheFile]:
    try:
        return [_look(path, "leftover") for path in sorted(stale_in(as_path(folder), None))]
    except OSError:
        return []


def _look(path: Path, kind: str) -> CacheFile:
    try:
        # The token or the keys are what a link leads to.
        status = path.stat()
        content = _content_of(path, status) if kind in {"sso", "cli", "login"} else None
    except OSError:
        # Gone in between, or not to be read: other checks tell of its owner.
        return CacheFile(decoded(str(path)), "gone", 0o600, os.geteuid(), 0.0)
    return CacheFile(decoded(str(path)), kind, stat.S_IMODE(status.st_mode), status.st_uid, status.st_mtime, content)


def _content_of(path: Path, status: os.stat_result) -> dict[str, Any] | None:
    if not stat.S_ISREG(status.st_mode) or status.st_size > _JSON_LIMIT:
        return None
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_broken(cache: CacheFile) -> bool:
    # What other tools put beside, under names of their own, is theirs.
    return _NAMES.get(cache.kind, 0) == len(name := Path(cache.path).stem) and not (
        set(name) - set("0123456789abcdef") or _is_sound(cache)
    )


def _is_sound(cache: CacheFile) -> bool:
    fields = cache.fields
    if fields is None:
        return False
    if cache.kind == "cli":
        keys = fields.get("Credentials")
        return isinstance(keys, dict) and find_moment(keys, "Expiration") is not None
    if cache.kind == "login":
        return isinstance(fields.get("accessToken"), dict)
    return find_moment(fields, "expiresAt") is not None and bool({"accessToken", "clientId"} & fields.keys())


def _bare(text: str) -> str:
    return text.strip().rstrip("/#").lower()


CHECKS = checks_of(
    broken_cache,
    lock_mode,
    leftover,
    other_token,
    clock_ahead,
    clock_skew,
)
