"""names: what a person may mean, for the shells to complete from."""

import contextlib
from collections.abc import Iterable

from awsenv.errors import LocalFileError
from awsenv.files.names import all_regions, sources_written_at, write_names
from awsenv.files.profiles import load_profiles
from awsenv.runtime import Runtime

KINDS = {"profiles": "p", "sessions": "s", "regions": "r"}


def rebuild_names(runtime: Runtime) -> dict[str, list[str]]:
    """Return the names by kind, and leave them in the list; where none can be left, the next caller makes it anew.

    Raises:
        MalformedConfig, CacheUnreadable: as `load_profiles`.
    """
    # Looked at before reading: what changes meanwhile is then newer than the list.
    written_at = sources_written_at(runtime)
    profiles = load_profiles(runtime)
    found = {
        "profiles": _usable(profiles.names),
        "sessions": _usable(profiles.sso_sessions),
        "regions": _usable([*profiles.regions(), *all_regions()]),
    }
    with contextlib.suppress(LocalFileError):
        write_names(runtime, {KINDS[kind]: names for kind, names in found.items()}, written_at)
    return found


def _usable(names: Iterable[str]) -> list[str]:
    # Neither a line of the list nor a terminal could hold the others.
    return [name for name in dict.fromkeys(names) if name and _is_on_one_line(name)]


def _is_on_one_line(name: str) -> bool:
    # Thousands are asked; of ASCII, what is not printable are the control characters.
    return name.isprintable() if name.isascii() else not any(_is_control(character) for character in name)


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"
