"""The file of variables that `docker --env-file` reads: never over a file of somebody else's."""

import contextlib
import os

from awsenv.environ import REGION_VARIABLES
from awsenv.errors import AwsenvError, LocalFileError
from awsenv.files.atomic import remove_file, write_private
from awsenv.files.reading import find_bytes
from awsenv.model import EnvChange
from awsenv.runtime import encoded

_VARIABLES = (*REGION_VARIABLES, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
_LONGEST = 16_384


def write_env_file(path: str, change: EnvChange) -> bytes:
    """Write what leads to the endpoint, and return what was written; docker knows no quotes, and needs none here.

    Raises:
        LocalFileError: a file is there that holds anything else, or it cannot be written.
    """
    found = find_bytes(path, _LONGEST)
    _refuse_others(path)
    names = {line.partition(b"=")[0].decode("latin-1") for line in (found or b"").splitlines()}
    # One of a server that was killed.
    if not names <= set(_VARIABLES):
        raise LocalFileError(f"{path} is there, and not of awsenv's making", hint="name a file that does not exist yet")
    values = ((name, change.variables.get(name)) for name in _VARIABLES)
    text = "".join(f"{name}={value}\n" for name, value in values if value is not None).encode()
    write_private(path, text)
    return text


def _refuse_others(path: str) -> None:
    # Root would write into a file that somebody has put there to read it, or where somebody's link leads.
    for find in (os.lstat, os.stat):
        with contextlib.suppress(OSError):
            if find(os.fsencode(encoded(path))).st_uid != os.geteuid():
                raise LocalFileError(f"{path} is another user's", hint="name a file that does not exist yet")


def remove_env_file(path: str, text: bytes) -> None:
    """Remove the file, unless it holds anything but `text` by now."""
    with contextlib.suppress(AwsenvError):
        if find_bytes(path, _LONGEST) == text:
            remove_file(path)
