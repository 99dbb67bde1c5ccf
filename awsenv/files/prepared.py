"""Answers of `use` and `exec`, prepared for the next time. A cache with keys in it, which may be lost at any time.

The form, and when an answer holds, is `awsenv/prepared.py`'s and the shell files' to know; here it is written.
"""

import contextlib
import errno
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from awsenv import prepared
from awsenv.environ import AWS_VARIABLES
from awsenv.errors import LocalFileError
from awsenv.files.account_names import account_names_path
from awsenv.files.folders import make_private_folder
from awsenv.files.paths import config_path, credentials_path
from awsenv.files.settings import settings_path
from awsenv.runtime import Runtime, decoded, encoded
from awsenv.values import Value

# Clocks of file systems tick every ten milliseconds or so: what was written within one tick looks the same.
_TICK_NS = 50_000_000
# Older shells, and some file systems, compare whole seconds; FAT keeps every other one.
_COARSE_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
_LONGEST_WRITE = 600
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNKNOWN = b"unknown"
_STAMP, _TEMPORARY = b"stamp-", b".new-"


class Basis(Value):
    """What an answer is made from: the state of each file, taken before it was read, and what reading them told."""

    states: Mapping[bytes, bytes]
    taken_at_ns: int
    warnings: tuple[str, ...] = ()


class Answer(Value):
    """A prepared answer: `body` are a shell's statements with references, or the variables of `exec`, a line each.

    `until` is when it stops to be handed out, `ends_at` when its keys end. `said` is what a terminal is told.
    """

    form: str
    mode: str
    name: str
    profile_name: str
    has_region: bool
    until: datetime
    ends_at: datetime | None
    said: str
    body: bytes


def observe(runtime: Runtime) -> Basis:
    """Return the present state of the shared files, the settings and the account names."""
    paths = (config_path(runtime), credentials_path(runtime), settings_path(runtime), account_names_path(runtime))
    taken_at_ns = int(runtime.now().timestamp() * _SECOND_NS)
    return Basis({encoded(path): _state_of(encoded(path)) for path in paths}, taken_at_ns)


def write_answer(runtime: Runtime, answer: Answer, basis: Basis, cached: Sequence[str]) -> None:
    """Keep an answer for the next time, if its files are still what they were, and the folder is nobody else's.

    `cached` are the token and role files behind it, which this very process may have written. What cannot be written
    is not: nobody misses it.
    """
    environment = as_bytes(runtime)
    key = [encoded(part) for part in (answer.form, answer.mode, answer.name)]
    with contextlib.suppress(prepared.Unusual, OSError, LocalFileError):
        path, head = prepared.answer_path(environment, *key), prepared.expected_head(environment, *key)
        states = dict(basis.states) | {encoded(file): _state_of(encoded(file)) for file in cached}
        if list(states)[:3] != prepared.shared_paths(environment) or any(b"\n" in file for file in states):
            return
        if _UNKNOWN in states.values():
            return
        if not _is_older(basis, _TICK_NS) or any(_state_of(file) != state for file, state in basis.states.items()):
            return
        folder = os.path.dirname(path)  # noqa: PTH120 - bytes
        make_private_folder(decoded(folder))
        if prepared.is_private_folder(folder):
            stamps = {state.partition(b"-")[0] for state in states.values()} - {prepared.ABSENT}
            _write(folder, path, _text(answer, basis, head, states), stamps)


def discard_answers(runtime: Runtime) -> None:
    """Remove every prepared answer of this user, wherever they may lie; what cannot be removed stays."""
    environment = as_bytes(runtime)
    folders = {b"/run/user/%d/awsenv" % os.geteuid()}
    with contextlib.suppress(prepared.Unusual):
        folders |= {prepared.folder_of(environment), prepared.cache_of(environment) + b"/awsenv/prepared"}
    for folder in folders:
        if prepared.is_private_folder(folder):
            _purge(folder, float("inf"))


def as_bytes(runtime: Runtime) -> dict[bytes, bytes]:
    """Return the environment as `quick` takes it."""
    return {encoded(name): encoded(value) for name, value in runtime.environment.items()}


def _text(answer: Answer, basis: Basis, head: Sequence[bytes], states: Mapping[bytes, bytes]) -> bytes:
    fields = {
        "profile": answer.profile_name,
        "made": str(basis.taken_at_ns // _SECOND_NS),
        "until": str(int(answer.until.timestamp())),
        "ends": str(int(answer.ends_at.timestamp())) if answer.ends_at else "",
        "region": "own" if answer.has_region else "saved",
        # Older shells compare whole seconds, and must not trust an answer that is younger than that.
        "settled": "yes" if _is_older(basis, _COARSE_NS) else "no",
        "saves": " ".join(AWS_VARIABLES),
        "said": answer.said,
    }
    lines = [
        *head,
        *(encoded(f"{key} {value}") for key, value in fields.items()),
        *(b"source %b %b" % (state, file) for file, state in states.items()),
        *(encoded(f"warning {warning}") for warning in basis.warnings),
        b"text",
        answer.body + b"end\n",
    ]
    return b"\n".join(lines)


def _write(folder: bytes, path: bytes, content: bytes, stamps: Iterable[bytes]) -> None:
    until = int(content.partition(b"\nuntil ")[2].partition(b"\n")[0]) * _SECOND_NS
    for stamp in stamps:
        # A shell sees by it whether a file is still the one of then: neither newer nor older than its stamp.
        _put(folder, folder + b"/" + _STAMP + stamp, b"", (until, int(stamp)))
    _put(folder, path, content, (until, until))
    _purge(folder, time.time())


def _put(folder: bytes, path: bytes, content: bytes, times: tuple[int, int]) -> None:
    temporary = b"%b/%b%d-%b" % (folder, _TEMPORARY, os.getpid(), os.urandom(4).hex().encode())
    descriptor = os.open(temporary, _NEW_FILE, 0o600)
    try:
        try:
            os.fchmod(descriptor, 0o600)
            if os.write(descriptor, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.utime(descriptor, ns=times)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)  # noqa: PTH104 - bytes
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 - bytes
        raise


def _purge(folder: bytes, now: float) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if _end_of(entry) < now and not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108 - bytes


def _end_of(entry: "os.DirEntry[bytes]") -> float:
    status = entry.stat(follow_symlinks=False)
    if entry.name.startswith(_STAMP):
        # The time of writing is what a stamp is for.
        return status.st_atime
    return status.st_mtime + (_LONGEST_WRITE if entry.name.startswith(_TEMPORARY) else 0)


def _is_older(basis: Basis, age_ns: int) -> bool:
    written = [
        int(state.partition(b"-")[0]) for state in basis.states.values() if state not in (prepared.ABSENT, _UNKNOWN)
    ]
    # A time of whole seconds may come from a file system that knows no others.
    return all(
        basis.taken_at_ns - time_ns >= (max(age_ns, _COARSE_NS) if time_ns % _SECOND_NS == 0 else age_ns)
        for time_ns in written
    )


def _state_of(path: bytes) -> bytes:
    # An empty path is no file, and not the folder that one happens to be in.
    try:
        return prepared.state_of(path) if path else prepared.ABSENT
    except (OSError, ValueError):
        return _UNKNOWN
