"""exec: become the command, with the profile's environment. Nothing of awsenv is left behind the command."""

import errno
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from awsenv.errors import CommandNotExecutable, CommandNotFound, CommandNotStarted
from awsenv.runtime import allow_core_dumps, decoded, encoded

# Python ignores these at start; a command that inherits that would not end when its reader does.
_SIGNALS_OF_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Replace this process by `command`, looked up on the PATH of `environment`.

    Raises:
        CommandNotFound, CommandNotExecutable, CommandNotStarted: exit codes 127, 126 and 125, as env has them.
    """
    arguments = [encoded(argument) for argument in command]
    variables = {encoded(name): encoded(value) for name, value in _as_inherited(environment).items()}
    for number in _SIGNALS_OF_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    allow_core_dumps()
    try:
        _execute(arguments, variables)
    except FileNotFoundError as error:
        raise CommandNotFound(f"{command[0] or repr('')}: no such command") from error
    except PermissionError as error:
        raise CommandNotExecutable(f"{command[0]}: {error.strerror}") from error
    except (OSError, ValueError) as error:
        # Too long an argument list is nobody's lack of permission; env and timeout say 126 all the same.
        raise CommandNotExecutable(f"{command[0]}: {error}") from error
    raise CommandNotStarted(f"{command[0]}: did not start")


def subshell(environment: Mapping[str, str]) -> list[str]:
    """Return the command for a shell of the person's own."""
    return [environment.get("SHELL") or "/bin/sh"]


def _execute(arguments: list[bytes], variables: dict[bytes, bytes]) -> None:
    if not arguments[0]:
        # On the PATH it would name the first folder there, which is only "not executable".
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    try:
        os.execvpe(arguments[0], arguments, variables)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # A script without a first line naming its interpreter: execvp(3), and so every shell and env, hands it to sh.
    script = _found(arguments[0], variables.get(b"PATH", os.defpath.encode()))
    os.execve("/bin/sh", [b"sh", script, *arguments[1:]], variables)


def _found(name: bytes, path: bytes) -> bytes:
    if b"/" in name:
        return name
    folders = [folder or b"." for folder in path.split(b":")]
    candidates = [os.path.join(folder, name) for folder in folders]  # noqa: PTH118 - bytes, which Path does not take
    return next((candidate for candidate in candidates if os.access(candidate, os.X_OK)), name)


def _as_inherited(environment: Mapping[str, str]) -> dict[str, str]:
    # In a C locale Python sets LC_CTYPE for itself (PEP 538); the command should see what the caller set.
    variables = {name: value for name, value in environment.items() if name != "LC_CTYPE"}
    try:
        inherited = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return dict(environment)
    for entry in inherited:
        if entry.startswith(b"LC_CTYPE="):
            variables["LC_CTYPE"] = decoded(entry.partition(b"=")[2])
    return variables
