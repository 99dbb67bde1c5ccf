"""What a prepared answer looks like, where it lies, and when it holds. Shared by its writer and `quick.py`.

Imports next to nothing: it stands in the way of a warm `use`. All text is bytes. What the shell files read is the same.
"""

import os

FORM = b"awsenv-prepared 2"
DEFAULT_MODE = b"default"
EXEC = b"exec"
# In the text, in every shell's grammar: the shells put their own values there, and `quick.py` quoted ones.
SAVED, PREVIOUS = b'"$__awsenv_saved"', b'"$__awsenv_previous"'
ABSENT = b"absent"

_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# In single quotes these are themselves in every shell, and JSON writes them as they are.
_PLAIN = _LETTERS + b"_./:=+@-"
_NAME_SIGNS = _LETTERS + b"_.:=+@- ,~"
_LONGEST_NAME = 128
_FORMAT, _DIRECTORY, _REGULAR = 0o170000, 0o040000, 0o100000


class Unusual(Exception):
    """There is no prepared answer that holds, or none can be."""


def folder_of(environment: dict[bytes, bytes]) -> bytes:
    """Return the folder of the prepared answers: in the user's runtime directory, or else in the cache."""
    runtime = environment.get(b"XDG_RUNTIME_DIR", b"")
    if runtime.startswith(b"/"):
        try:
            status = os.lstat(runtime)
        except OSError:
            pass
        else:
            if status.st_mode & _FORMAT == _DIRECTORY and status.st_uid == os.geteuid():
                return runtime + b"/awsenv"
    return cache_of(environment) + b"/awsenv/prepared"


def cache_of(environment: dict[bytes, bytes]) -> bytes:
    """Return the user's cache directory."""
    return _directory(environment, b"XDG_CACHE_HOME", b"/.cache")


def answer_path(environment: dict[bytes, bytes], form: bytes, mode: bytes, name: bytes) -> bytes:
    """Return the path of a prepared answer.

    Raises:
        Unusual: no file is named like that, so there is no answer.
    """
    if not 0 < len(name) <= _LONGEST_NAME or name.translate(None, _NAME_SIGNS):
        raise Unusual
    return b"%b/%b.%b.%b" % (folder_of(environment), form, mode, name)


def expected_head(environment: dict[bytes, bytes], form: bytes, mode: bytes, name: bytes) -> list[bytes]:
    """Return the lines with which an answer begins that was prepared for this command line in this environment."""
    return [
        b"%b %b %b" % (FORM, form, mode),
        b"name " + name,
        b"home " + _home(environment),
        b"cache " + cache_of(environment),
    ]


def shared_paths(environment: dict[bytes, bytes]) -> list[bytes]:
    """Return the paths of config, credentials and settings as this environment has them.

    Raises:
        Unusual: one of them needs more than a home directory to be told.
    """
    shared = [
        _expanded(environment, b"AWS_CONFIG_FILE", b"config"),
        _expanded(environment, b"AWS_SHARED_CREDENTIALS_FILE", b"credentials"),
    ]
    return [*shared, _directory(environment, b"XDG_CONFIG_HOME", b"/.config") + b"/awsenv/config.toml"]


def is_private(status: os.stat_result, *, is_folder: bool = False) -> bool:
    """Tell whether a regular file, or a folder, is this user's and nobody else's to read or write."""
    kind = _DIRECTORY if is_folder else _REGULAR
    return status.st_mode & _FORMAT == kind and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def is_private_folder(path: bytes) -> bool:
    """Tell whether answers may be read from this folder, and written to it: no link, 0700, one's own."""
    try:
        return is_private(os.lstat(path), is_folder=True)
    except OSError:
        return False


def state_of(path: bytes) -> bytes:
    """Return what tells one state of a file from another: the time of writing in nanoseconds, and what nobody sets.

    Two files may have one time of writing, from an archive, a store or `touch -r`. A shell sees no more than that time.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib costs more than all of this
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    return b"%d-%d-%d-%d" % (status.st_mtime_ns, status.st_size, status.st_ctime_ns, status.st_ino)


def is_plain(text: bytes) -> bool:
    """Tell whether a text means itself in single quotes and in JSON, in every shell."""
    return not text.translate(None, _PLAIN)


def is_saved_text(text: bytes, names: list[bytes]) -> bool:
    """Tell whether a text is `AWSENV_SAVED` with plain values: JSON, without blanks, of some of these names."""
    if text == b"{}":
        return True
    items = text[1:-1].split(b",") if text[:1] + text[-1:] == b"{}" else [b""]
    pairs = [item.split(b'"') for item in items]
    return all(
        len(parts) == 5 and parts[::2] == [b"", b":", b""] and parts[1] in names and is_plain(parts[3])  # noqa: PLR2004
        for parts in pairs
    )


def _home(environment: dict[bytes, bytes]) -> bytes:
    home = environment.get(b"HOME", b"")
    if not home.startswith(b"/") or b"\n" in home:
        raise Unusual
    return home.rstrip(b"/")


def _directory(environment: dict[bytes, bytes], variable: bytes, fallback: bytes) -> bytes:
    value = environment.get(variable, b"")
    if b"\n" in value:
        raise Unusual
    return value if value.startswith(b"/") else _home(environment) + fallback


def _expanded(environment: dict[bytes, bytes], variable: bytes, name: bytes) -> bytes:
    path = environment.get(variable)
    if path is None:
        return b"%b/.aws/%b" % (_home(environment), name)
    if path.startswith(b"~/"):
        path = _home(environment) + path[1:]
    if not path.startswith(b"/") or b"$" in path or b"\n" in path:
        raise Unusual
    return path
