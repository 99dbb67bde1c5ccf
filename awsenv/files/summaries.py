"""What a listing tells of each profile, kept as long as the shared files stay what they are. A cache, without secrets.

To read thousands of profiles takes ten times as long as to read what was found in them the last time.
"""

import contextlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from awsenv import __version__, prepared
from awsenv.errors import LocalFileError, MalformedConfig
from awsenv.files.atomic import write_private
from awsenv.files.ini import LONG, SIZE_LIMIT
from awsenv.files.paths import config_path, credentials_path, xdg_path
from awsenv.files.reading import find_bytes
from awsenv.model import Notice, Place
from awsenv.runtime import Runtime, decoded, encoded

# What was written that short a while ago may be written again in the same tick of the file system's clock.
_SETTLED_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
_ABSENT = decoded(prepared.ABSENT)
_FORMAT = 1


class Summary(NamedTuple):
    """What the shared files tell of a profile; `source` is the word for where its credentials come from.

    `entry` is the file of the AWS CLI's role cache that has its credentials, empty where only a look can tell, None
    where there is none.
    """

    name: str
    source: str
    account_id: str | None
    account_name: str | None
    role: str | None
    region: str | None
    sso_session: str | None
    entry: str | None


class Observed(NamedTuple):
    """The states of the two shared files, and when they were taken."""

    states: tuple[tuple[str, str], ...]
    taken_at_ns: int


def summaries_path(runtime: Runtime) -> str:
    """Return the path of the file."""
    return xdg_path(runtime, "XDG_CACHE_HOME", ".cache", "awsenv", "profiles.json")


def observe_shared(runtime: Runtime) -> Observed:
    """Return the present states of the shared files, to be taken before they are read."""
    taken_at_ns = int(runtime.now().timestamp() * _SECOND_NS)
    paths = (config_path(runtime), credentials_path(runtime))
    return Observed(tuple((path, _state_of(path)) for path in paths), taken_at_ns)


def find_summaries(runtime: Runtime, observed: Observed) -> tuple[list[Summary], list[Notice]] | None:
    """Return what was found in the files when they were in these very states, or None where that is not known."""
    if not _is_long(observed):
        return None
    with contextlib.suppress(LocalFileError, MalformedConfig, ValueError, LookupError, TypeError, RecursionError):
        content: Any = json.loads(find_bytes(summaries_path(runtime), SIZE_LIMIT) or b"")
        if content["made"] == _made_from(observed):
            notices = [Notice(text, Place(path, line) if path else None) for text, path, line in content["notices"]]
            return _rows(content["profiles"]), notices
    return None


def write_summaries(
    runtime: Runtime, observed: Observed, summaries: Sequence[Summary], notices: Sequence[Notice]
) -> None:
    """Keep what was found in the files, if they are long, and still as they were before they were read.

    What cannot be written is not: nobody misses it.
    """
    if not (_is_long(observed) and _is_settled(observed) and observe_shared(runtime).states == observed.states):
        return
    told = [
        (each.text, each.place.path if each.place else None, each.place.line if each.place else 0) for each in notices
    ]
    content = {"made": _made_from(observed), "notices": told, "profiles": [*zip(*summaries, strict=True)]}
    with contextlib.suppress(LocalFileError):
        write_private(summaries_path(runtime), json.dumps(content).encode())


def _made_from(observed: Observed) -> list[Any]:
    # Another awsenv may read the same files otherwise.
    return [_FORMAT, __version__, *map(list, observed.states)]


def _rows(columns: list[list[str | None]]) -> list[Summary]:
    kinds = [set(map(type, column)) for column in columns]
    if len({len(column) for column in columns}) != 1 or not set[type]().union(*kinds) <= {str, type(None)}:
        raise ValueError("no columns of texts")
    # What every profile has.
    if not kinds[0] | kinds[1] <= {str}:
        raise ValueError("a profile without a name")
    return [*map(Summary, *columns)]


def _is_long(observed: Observed) -> bool:
    # Others are read in no time.
    return any(int(state.split("-")[1]) >= LONG for _, state in observed.states if state != _ABSENT)


def _is_settled(observed: Observed) -> bool:
    written = [int(state.partition("-")[0]) for _, state in observed.states if state != _ABSENT]
    return all(observed.taken_at_ns - time_ns >= _SETTLED_NS for time_ns in written)


def _state_of(path: str) -> str:
    # An empty path is no file, and not the folder that one happens to be in.
    try:
        return decoded(prepared.state_of(encoded(path))) if path else _ABSENT
    except (OSError, ValueError):
        return _ABSENT
