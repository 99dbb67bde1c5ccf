"""Where the shared files, the caches and awsenv's own files are. Paths are text as `runtime.decoded` makes it."""

import os
import re
from pathlib import Path

from awsenv.runtime import Runtime, decoded, encoded

_VARIABLE = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


def config_path(runtime: Runtime) -> str:
    """Return the path of the shared config file; empty where `AWS_CONFIG_FILE` is, which AWS tools read as no file."""
    return _shared_path(runtime, "AWS_CONFIG_FILE", "config")


def credentials_path(runtime: Runtime) -> str:
    """Return the path of the shared credentials file; empty where `AWS_SHARED_CREDENTIALS_FILE` is."""
    return _shared_path(runtime, "AWS_SHARED_CREDENTIALS_FILE", "credentials")


def home_path(runtime: Runtime, *names: str) -> str:
    """Return a path under the home directory, which alone decides where AWS's caches are."""
    return "/".join((decoded(str(runtime.home)).rstrip("/"), *names))


def xdg_path(runtime: Runtime, variable: str, fallback: str, *names: str) -> str:
    """Return a path under an XDG directory; a relative value is ignored, as that specification has it."""
    folder = runtime.environment.get(variable, "")
    return "/".join((folder if folder.startswith("/") else home_path(runtime, fallback), *names))


def expanded(runtime: Runtime, path: str) -> str:
    """Return `path` with variables and then a leading tilde replaced, as botocore does; unknown ones are left."""

    def value(match: re.Match[str]) -> str:
        return runtime.environment.get(match[1].strip("{}"), match[0])

    path = _VARIABLE.sub(value, path)
    if path == "~" or path.startswith("~/"):
        return home_path(runtime) + path[1:] or "/"
    return _expanded_user(path) if path.startswith("~") else path


def as_path(path: str) -> Path:
    """Return the very file that the text means, whatever the locale."""
    return Path(os.fsdecode(encoded(path)))


def parent_of(path: str) -> str:
    """Return the folder of a path."""
    return path.rpartition("/")[0] or ("/" if path.startswith("/") else ".")


def _expanded_user(path: str) -> str:
    try:
        return decoded(str(as_path(path).expanduser()))
    except (RuntimeError, ValueError):
        return path


def _shared_path(runtime: Runtime, variable: str, name: str) -> str:
    path = runtime.environment.get(variable)
    return home_path(runtime, ".aws", name) if path is None else expanded(runtime, path)
