"""What doctor sees of folders and files without reading them: who owns them, and who may read them."""

from collections.abc import Sequence
from pathlib import Path

from awsenv.files.paths import as_path, home_path
from awsenv.files.prepared import as_bytes
from awsenv.prepared import Unusual, cache_of, folder_of
from awsenv.runtime import Runtime, decoded
from awsenv.values import Value

# Beside the shared files: copies that people and tools make of them.
_COPIES = ("config*", "credentials*")


class Folder(Value):
    """A file or folder by its mode and owner."""

    path: str
    mode: int
    owner: int


def look(path: str) -> Folder | None:
    """Return mode and owner of what is there, or None where nothing is."""
    try:
        status = as_path(path).stat()
    except (OSError, ValueError):
        return None
    return Folder(path, status.st_mode & 0o7777, status.st_uid)


def own_folders(runtime: Runtime) -> list[Folder]:
    """Return the folders of AWS tools, and awsenv's, that are there."""
    names: tuple[tuple[str, ...], ...] = (
        *((".aws",), (".aws", "sso"), (".aws", "sso", "cache"), (".aws", "cli"), (".aws", "cli", "cache")),
        *((".aws", "login", "cache"), (".aws", "awsenv"), (".aws", "awsenv", "locks"), (".aws", "awsenv", "dead")),
    )
    return [folder for each in names if (folder := look(home_path(runtime, *each)))] + prepared_folders(runtime)


def prepared_folders(runtime: Runtime) -> list[Folder]:
    """Return the folders in which prepared answers may lie."""
    environment = as_bytes(runtime)
    try:
        paths = {folder_of(environment), cache_of(environment) + b"/awsenv/prepared"}
    except Unusual:
        return []
    return [folder for path in sorted(paths) if (folder := look(decoded(path)))]


def copies_beside(paths: Sequence[str]) -> list[Folder]:
    """Return the copies that lie beside the shared files `paths`."""
    parents = dict.fromkeys(Path(path).parent for path in paths if path)
    found = [
        decoded(str(copy))
        for parent in parents
        for pattern in _COPIES
        for copy in sorted(parent.glob(pattern))
        if copy.is_file() and decoded(str(copy)) not in paths
    ]
    return [copy for path in dict.fromkeys(found) if (copy := look(path))]
