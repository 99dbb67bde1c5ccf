"""The one line that setup puts into the settings file, and takes out again to the byte. Touches no disk.

It is the first line of the file: below a table's header its key would be that table's.
"""

import re

from awsenv.model import Mode
from awsenv.runtime import encoded

_NEW_FILE = b" and this file"
_OWN = re.compile(rb'guard\.mode = "[a-z]+" # awsenv setup( and this file)?(\r?\n|\Z)')


def with_guard_mode(content: bytes | None, mode: Mode) -> bytes:
    """Return the file with the guard's mode in its first line; `content` is None where there is no file yet."""
    own = None if content is None else _OWN.match(content)
    eol = b"\r\n" if content and content.partition(b"\n")[0].endswith(b"\r") else b"\n"
    ending = own[1] or b"" if own else b"" if content is not None else _NEW_FILE
    rest = b"" if content is None else content[own.end() :] if own else content
    return encoded(f'guard.mode = "{mode}" # awsenv setup') + ending + eol + rest


def without_guard_mode(content: bytes) -> bytes | None:
    """Return the file without that line; None where setup made the file and nothing else is in it."""
    own = _OWN.match(content)
    if own is None:
        return content
    rest = content[own.end() :]
    return None if own[1] and not rest else rest
