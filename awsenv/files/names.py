"""The list of names that shells complete from: profiles, sso-sessions, regions. A cache: it may be lost."""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from awsenv.errors import LocalFileError
from awsenv.files.atomic import write_private
from awsenv.files.paths import as_path, config_path, credentials_path, xdg_path
from awsenv.runtime import Runtime, encoded

HEADER = "awsenv-names 1"
# Says that the names are in the order of their bytes: who has thousands of them need not look at each.
SORTED = "sorted"
# For a botocore that keeps its data elsewhere: those that every account has.
_WELL_KNOWN = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
)


def names_path(runtime: Runtime) -> str:
    """Return the path of the list."""
    return xdg_path(runtime, "XDG_CACHE_HOME", ".cache", "awsenv", "names")


def sources_written_at(runtime: Runtime) -> int:
    """Return when the younger of the two shared files was last written, in nanoseconds; 0 where there are none."""
    return max(_written_at(path) for path in (config_path(runtime), credentials_path(runtime)))


def write_names(runtime: Runtime, entries: Mapping[str, Iterable[str]], written_at: int) -> None:
    """Write the list: `entries` by the letter of their kind, made from sources that were written at `written_at`.

    The list gets their time and not its own: a source that changed while it was read is newer, and shells see that.

    Raises:
        LocalFileError: it was not written.
    """
    path, sources = names_path(runtime), (config_path(runtime), credentials_path(runtime))
    if any("\n" in source or not source.startswith("/") for source in sources if source):
        raise LocalFileError("the path of a shared file would not mean that file to every shell")
    lines = [
        HEADER,
        *sources,
        SORTED,
        *sorted((f"{kind} {name}" for kind, names in entries.items() for name in names), key=encoded),
    ]
    write_private(path, encoded("\n".join(lines) + "\n"))
    with contextlib.suppress(OSError):
        os.utime(as_path(path), ns=(written_at, written_at))


def all_regions() -> list[str]:
    """Return the regions that the installed botocore knows, without importing it."""
    try:
        package = find_spec("botocore")
        folder = Path((package.submodule_search_locations or [""])[0]) if package else Path()
        partitions: Any = json.loads((folder / "data" / "partitions.json").read_bytes())["partitions"]
        found = [name for partition in partitions for name in partition["regions"] if not name.endswith("-global")]
    except (OSError, ValueError, LookupError, TypeError):
        found = []
    return found or list(_WELL_KNOWN)


def _written_at(path: str) -> int:
    try:
        # An empty path is no file, and not the folder that one happens to be in.
        return as_path(path).stat().st_mtime_ns if path else 0
    except (OSError, ValueError):
        return 0
