"""Answers of `use` and `exec`, prepared for the next time. A cache with keys in it, which may be lost at any time.

The form, and when an answer holds, is `awsenv/prepared.py`'s and the shell files' to know; here it is written.
"""

import contextlib
import errno
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import get_args

from awsenv import prepared
from awsenv.environ import AWS_VARIABLES
from awsenv.errors import AwsenvError
from awsenv.files.account_names import account_names_path
from awsenv.files.folders import make_private_folder
from awsenv.files.paths import config_path, credentials_path
from awsenv.files.reading import find_bytes
from awsenv.files.settings import settings_path
from awsenv.model import Dialect
from awsenv.runtime import Runtime, decoded, encoded, shown
from awsenv.values import Value

# Clocks of file systems tick every ten milliseconds or so: what was written within one tick looks the same.
_TICK_NS = 50_000_000
# Older shells, and some file systems, compare whole seconds; FAT keeps every other one.
_COARSE_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
_LONGEST_WRITE = 600
_LARGEST_CACHED = 1_000_000
# Nobody misses an answer that is made anew twice a day.
LONGEST_LIFE = timedelta(hours=12)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNKNOWN = b"unknown"
_STAMP, _TEMPORARY = b"stamp-", b".new-"
_OWN_NAMES = (_STAMP, _TEMPORARY, *(b"%b." % encoded(form) for form in (*get_args(Dialect), prepared.EXEC.decode())))


class Basis(Value):
    """What an answer is made from: the state of each file, taken before it was read, and what reading them told."""

    states: Mapping[bytes, bytes]
    taken_at_ns: int
    warnings: tuple[str, ...] = ()


class Answer(Value):
    """A prepared answer: `body` are a shell's statements with references, or the variables of `exec`, a line each.

    `until` is when it stops to be handed out, `ends_at` when its keys end, `key_id` which they are. `said` is what a
    terminal is told.
    """

    form: str
    mode: str
    name: str
    profile_name: str
    has_region: bool
    until: datetime
    ends_at: datetime | None
    key_id: str | None
    said: str
    body: bytes


def observe(runtime: Runtime) -> Basis:
    """Return the present state of the shared files, the settings and the account names."""
    paths = (config_path(runtime), credentials_path(runtime), settings_path(runtime), account_names_path(runtime))
    taken_at_ns = int(runtime.now().timestamp() * _SECOND_NS)
    return Basis({encoded(path): _state_of(encoded(path)) for path in paths}, taken_at_ns)


def write_answer(runtime: Runtime, answer: Answer, basis: Basis, cached: Sequence[str]) -> None:
    """Keep an answer for the next time, if its files are still what they were, and the folder is nobody else's.

    `cached` are the role and token files behind it, which this very process may have written. What cannot be written
    is not: nobody misses it.
    """
    environment = as_bytes(runtime)
    key = [encoded(part) for part in (answer.form, answer.mode, answer.name)]
    with contextlib.suppress(prepared.Unusual, OSError, AwsenvError):
        path, head = prepared.answer_path(environment, *key), prepared.expected_head(environment, *key)
        states = dict(basis.states) | {encoded(file): _state_of(encoded(file)) for file in cached}
        if list(states)[:3] != prepared.shared_paths(environment) or any(b"\n" in file for file in states):
            return
        if _UNKNOWN in states.values() or not _is_older(basis, _TICK_NS) or _have_changed(basis.states):
            return
        if cached and not _are_cached(states, cached, answer.key_id):
            return
        folder = os.path.dirname(path)  # noqa: PTH120 - bytes
        make_private_folder(decoded(folder))
        if prepared.is_private_folder(folder):
            _write(folder, path, _text(answer, basis, head, states), _stamps_for(states))
            if _have_changed(states):
                # As by a logout, which has looked for answers before this one was there.
                os.unlink(path)  # noqa: PTH108 - bytes


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
        *_real_paths(states),
        *(encoded(f"warning {shown(warning)}") for warning in basis.warnings),
        b"text",
        answer.body + b"end\n",
    ]
    return b"\n".join(lines)


def _have_changed(states: Mapping[bytes, bytes]) -> bool:
    return any(_state_of(file) != state for file, state in states.items())


def _are_cached(states: Mapping[bytes, bytes], cached: Sequence[str], key_id: str | None) -> bool:
    # All are there, and the role's file holds the very keys: another process may have signed out, or in, meanwhile.
    if any(states[encoded(file)] == prepared.ABSENT for file in cached):
        return False
    role = find_bytes(cached[0], _LARGEST_CACHED) or b""
    return key_id is None or encoded(key_id) in role


def _real_paths(states: Mapping[bytes, bytes]) -> list[bytes]:
    # A link may come to lead to another file of the same time of writing: whether two paths are one, a shell can tell.
    lines: list[bytes] = []
    for path, state in states.items():
        real = os.path.realpath(path)
        if state != prepared.ABSENT and real != path:
            if b"\n" in real:
                raise prepared.Unusual
            lines += [b"real " + real, b"path " + path]
    return lines


def _stamps_for(states: Mapping[bytes, bytes]) -> set[bytes]:
    # A whole second long before the file was put there was set by whoever put it, an archive or a store, and is likely
    # to be set again: for want of a stamp, a shell asks the program, which sees more.
    found = {state: [int(number) for number in state.split(b"-")] for state in states.values() if state[:1].isdigit()}
    return {
        state.partition(b"-")[0]
        for state, (written, _, changed, _) in found.items()
        if written % _SECOND_NS or changed - written < _COARSE_NS
    }


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
    # The folder's name is one that somebody else may have had the idea of too, and others purge at the same time.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.startswith(_OWN_NAMES) and _end_of(entry) < now:
                    os.unlink(entry.path)  # noqa: PTH108 - bytes


def _end_of(entry: "os.DirEntry[bytes]") -> float:
    status = entry.stat(follow_symlinks=False)
    if entry.name.startswith(_STAMP):
        # The time of writing is what a stamp is for, and that of reading is anybody's who makes a backup.
        return status.st_ctime + LONGEST_LIFE.total_seconds()
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
        state = prepared.state_of(path) if path else prepared.ABSENT
    except (OSError, ValueError):
        return _UNKNOWN
    # A time before 1970 reads like no other.
    return _UNKNOWN if state.startswith(b"-") else state
