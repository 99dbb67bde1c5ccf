"""Which credentials files hold copies of keys: the one that HOME means, and those that some terminal has named.

A logout has not the variables of the terminal in which the copies were made.
"""

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime

from awsenv.errors import LocalFileError
from awsenv.files.atomic import write_private
from awsenv.files.locks import locked
from awsenv.files.paths import as_path, credentials_path, home_path
from awsenv.files.reading import find_json_object
from awsenv.runtime import Runtime, decoded, moment_text, parse_moment

_LOCK_WAIT = 5.0


def note_place(runtime: Runtime, path: str, until: datetime) -> None:
    """Note that a file will hold copies of keys that end at `until`, if it is not the one that HOME means.

    Where that cannot be noted, they go with their end, by a command of such a terminal.
    """
    if path == _usual(runtime):
        return
    with contextlib.suppress(LocalFileError, OSError), locked(runtime, "copies", _LOCK_WAIT):
        # The folder that a relative path starts from is another one in another terminal.
        whole = decoded(str(as_path(path).absolute()))
        noted = dict(_noted(runtime))
        noted[whole] = max(until, noted.get(whole, until))
        # Nothing dead is looked for: the list stays short, whatever became of the files.
        kept = {name: moment_text(moment) for name, moment in noted.items() if moment > runtime.now()}
        write_private(_list_path(runtime), json.dumps(kept).encode())


def places(runtime: Runtime) -> list[str]:
    """Return the files that may hold copies: that of this terminal, the usual one, and those that were noted."""
    found = [credentials_path(runtime), _usual(runtime)]
    with contextlib.suppress(LocalFileError):
        found += [name for name, _ in _noted(runtime)]
    return [path for path in dict.fromkeys(found) if path]


def _noted(runtime: Runtime) -> Iterator[tuple[str, datetime]]:
    for name, text in (find_json_object(_list_path(runtime)) or {}).items():
        moment = parse_moment(text) if isinstance(text, str) else None
        if moment is not None and name.startswith("/"):
            yield name, moment


def _usual(runtime: Runtime) -> str:
    return home_path(runtime, ".aws", "credentials")


def _list_path(runtime: Runtime) -> str:
    return home_path(runtime, ".aws", "awsenv", "copies.json")
