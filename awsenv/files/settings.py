"""The user's settings file. Every key has a default; a wrong key or value is an error, never a guess."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from awsenv.errors import SettingsError
from awsenv.files.nearest import nearest
from awsenv.files.paths import xdg_path
from awsenv.files.reading import find_bytes
from awsenv.model import Export, Place
from awsenv.runtime import Runtime

_SIZE_LIMIT = 1_000_000
_EXPORTS: tuple[str, ...] = get_args(Export)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose, or the defaults.

    `aliases` leads from a short name to a profile; `allowed_endpoints` are hosts beyond AWS's own and loopback.
    """

    export: Export = "all"
    aliases: Mapping[str, str] = field(default_factory=dict)
    allowed_endpoints: tuple[str, ...] = ()


def settings_path(runtime: Runtime) -> str:
    """Return the path of the settings file."""
    return xdg_path(runtime, "XDG_CONFIG_HOME", ".config", "awsenv", "config.toml")


def load_settings(runtime: Runtime) -> Settings:
    """Return the settings; without a file, the defaults.

    Raises:
        SettingsError: the file is no TOML, has an unknown key or a value of the wrong kind.
        CacheUnreadable: the file exists and cannot be opened.
    """
    path = settings_path(runtime)
    content = find_bytes(path, _SIZE_LIMIT)
    return Settings() if content is None else parse_settings(content, path)


def parse_settings(content: bytes, path: str) -> Settings:
    """Return the settings that the bytes of the file hold; `path` is for the messages."""
    table = _parse_toml(content, path)
    for key in table:
        if key not in _READERS:
            meant = nearest(key, _READERS)
            hint = f'did you mean "{meant}"?' if meant else f"known keys: {', '.join(_READERS)}"
            raise SettingsError(f'{path}: unknown key "{key}"', hint=hint)
    values = {key: _READERS[key](value, f'{path}: "{key}"') for key, value in table.items()}
    return Settings(**values)


def _parse_toml(content: bytes, path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        place = Place(path, content[: error.start].count(b"\n") + 1)
        raise SettingsError(f"{place}: a byte here is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = Place(path, int(line[1]) if line else content.count(b"\n") + 1)
        raise SettingsError(f"{place}: {str(error).partition(' (at ')[0]}") from error
    except RecursionError as error:
        raise SettingsError(f"{path} is nested too deeply") from error


def _read_export(value: object, key: str) -> Export:
    if value not in _EXPORTS:
        choices = ", ".join(f'"{choice}"' for choice in _EXPORTS)
        raise SettingsError(f"{key} must be one of {choices}")
    return cast(Export, value)


def _read_aliases(value: object, key: str) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(profile, str) for profile in value.values()):
        raise SettingsError(f'{key} must be a table of names, like {{ uni = "unicorn" }}')
    return value


def _read_hosts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(host, str) for host in value):
        raise SettingsError(f'{key} must be a list of hosts, like ["sso.example.com"]')
    return tuple(value)


_READERS: Mapping[str, Any] = {
    "export": _read_export,
    "aliases": _read_aliases,
    "allowed_endpoints": _read_hosts,
}
