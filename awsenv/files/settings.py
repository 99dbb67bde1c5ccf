"""The user's settings file. Every key has a default; a wrong key or value is an error, never a guess."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from awsenv.errors import SettingsError
from awsenv.files.nearest import nearest
from awsenv.files.paths import xdg_path
from awsenv.files.reading import find_bytes
from awsenv.model import Export, Flow, Place
from awsenv.runtime import Runtime

_SIZE_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose, or the defaults.

    `aliases` leads from a short name to a profile; `allowed_endpoints` are hosts beyond AWS's own and loopback;
    `browsers` leads from an sso-session's name to a preset or command.
    """

    export: Export = "all"
    aliases: Mapping[str, str] = field(default_factory=dict)
    allowed_endpoints: tuple[str, ...] = ()
    login_flow: Flow = "auto"
    browsers: Mapping[str, str] = field(default_factory=dict)


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
    _refuse_unknown(table, _READERS, path)
    values: dict[str, Any] = {}
    for key, value in table.items():
        values |= _READERS[key](value, f'{path}: "{key}"')
    return Settings(**values)


def _refuse_unknown(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            meant = nearest(key, known)
            hint = f'did you mean "{meant}"?' if meant else f"known keys: {', '.join(known)}"
            raise SettingsError(f'{where}: unknown key "{key}"', hint=hint)


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


def _read_export(value: object, key: str) -> dict[str, Any]:
    return {"export": _one_of(value, get_args(Export), key)}


def _read_aliases(value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(profile, str) for profile in value.values()):
        raise SettingsError(f'{key} must be a table of names, like {{ uni = "unicorn" }}')
    return {"aliases": value}


def _read_hosts(value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, list) or not all(isinstance(host, str) for host in value):
        raise SettingsError(f'{key} must be a list of hosts, like ["sso.example.com"]')
    return {"allowed_endpoints": tuple(value)}


def _read_login(value: object, key: str) -> dict[str, Any]:
    table = _table(value, key)
    _refuse_unknown(table, ("flow",), key)
    return {"login_flow": _one_of(table.get("flow", "auto"), get_args(Flow), f'{key} "flow"')}


def _read_sso_sessions(value: object, key: str) -> dict[str, Any]:
    browsers: dict[str, str] = {}
    for name, wanted in _table(value, key).items():
        table = _table(wanted, f'{key} "{name}"')
        _refuse_unknown(table, ("browser",), f'{key} "{name}"')
        browser = table.get("browser", "")
        if not isinstance(browser, str):
            raise SettingsError(f'{key} "{name}" "browser" must be a command or preset, like "firefox -P work %s"')
        browsers[name] = browser
    return {"browsers": browsers}


def _table(value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{key} must be a table")
    return value


def _one_of(value: object, choices: Sequence[str], key: str) -> object:
    if value not in choices:
        raise SettingsError(f"{key} must be one of {', '.join(json.dumps(choice) for choice in choices)}")
    return value


_READERS: Mapping[str, Callable[[object, str], dict[str, Any]]] = {
    "export": _read_export,
    "aliases": _read_aliases,
    "allowed_endpoints": _read_hosts,
    "login": _read_login,
    "sso-session": _read_sso_sessions,
}
