"""The user's settings file. Every key has a default; a wrong key or value is an error, never a guess."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from awsenv.errors import SettingsError
from awsenv.files.paths import xdg_path
from awsenv.files.populate_settings import Populate, read_populate
from awsenv.files.reading import find_bytes
from awsenv.files.session_settings import read_sso_sessions
from awsenv.files.settings_tables import read_table, refuse_unknown
from awsenv.model import ExpirationForm, Export, Flow, Mode, Place
from awsenv.runtime import Runtime, parse_duration, shown
from awsenv.values import EMPTY, Value

_SIZE_LIMIT = 1_000_000
LABEL_FIELDS = ("profile", "account", "account_id", "account_name", "role", "region", "left")
# A session of AWS lasts no longer.
_LONGEST_MARGIN = timedelta(hours=12)
_COLOURS = {
    name: str(30 + number)
    for number, name in enumerate(("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
}


class Colours(Value):
    """The segment's colour by state: the parameters of a terminal's SGR sequence, like `32` or `1;31`."""

    valid: str = _COLOURS["green"]
    soon: str = _COLOURS["yellow"]
    expired: str = _COLOURS["red"]
    protected: str = _COLOURS["magenta"]


class Settings(Value):
    """What the user chose, or the defaults.

    `aliases` leads from a short name to a profile; `allowed_endpoints` are hosts beyond AWS's own and loopback;
    `browsers` leads from an sso-session's name to a preset or command. `guard_commands` are the commands before which
    a login is asked for; without any, it is before every command line. With `prepared_answers`, what `use` and `exec`
    answered, keys included, is kept in a private file for the next time. `syncs` leads from an sso-session's name to
    the profiles, by name or glob, whose keys go into the credentials file after each login.
    """

    export: Export = "all"
    aliases: Mapping[str, str] = EMPTY
    allowed_endpoints: tuple[str, ...] = ()
    login_flow: Flow = "auto"
    browsers: Mapping[str, str] = EMPTY
    renew_margin: timedelta = timedelta(minutes=5)
    prompt_enabled: bool = True
    prompt_format: str = "{profile} {account} {left}"
    colours: Colours = Colours()
    guard_mode: Mode = "ask"
    guard_commands: tuple[str, ...] = ()
    prepared_answers: bool = True
    populate: Populate = Populate()
    syncs: Mapping[str, tuple[str, ...]] = EMPTY
    sync_expiration: ExpirationForm = "iso"


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
    refuse_unknown(table, _READERS, path)
    values: dict[str, Any] = {}
    for key, value in table.items():
        values |= _READERS[key](value, f'{path}: "{key}"')
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
    table = read_table(value, key)
    refuse_unknown(table, ("flow",), key)
    return {"login_flow": _one_of(table.get("flow", "auto"), get_args(Flow), f'{key} "flow"')}


def _read_sync(value: object, key: str) -> dict[str, Any]:
    table = read_table(value, key)
    refuse_unknown(table, ("expiration",), key)
    form = table.get("expiration", "iso")
    return {"sync_expiration": _one_of(form, get_args(ExpirationForm), f'{key} "expiration"')}


def _read_margin(value: object, key: str) -> dict[str, Any]:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    span = parse_duration(text)
    if span is None or span > _LONGEST_MARGIN:
        raise SettingsError(f'{key} must be a time up to 12h, like "5m" or "1h30m"')
    return {"renew_margin": span}


def _read_prompt(value: object, key: str) -> dict[str, Any]:
    table = read_table(value, key)
    refuse_unknown(table, ("enabled", "format", "colours"), key)
    read: dict[str, Any] = {}
    if "enabled" in table:
        if not isinstance(table["enabled"], bool):
            raise SettingsError(f'{key} "enabled" must be true or false')
        read["prompt_enabled"] = table["enabled"]
    if "format" in table:
        read["prompt_format"] = _label_format(table["format"], f'{key} "format"')
    if "colours" in table:
        read["colours"] = _colours(table["colours"], f'{key} "colours"')
    return read


def _label_format(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f'{key} must be a text with fields, like "{{profile}} {{account}} {{left}}"')
    refuse_unknown(dict.fromkeys(re.findall(r"\{([^{}]*)\}", value)), LABEL_FIELDS, key)
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", value)):
        raise SettingsError(f"{key} has a brace that is no part of a field")
    if value.count("{left}") > 1:
        raise SettingsError(f"{key} may have {{left}} only once")
    return value


def _colours(value: object, key: str) -> Colours:
    table = read_table(value, key)
    refuse_unknown(table, Colours.__match_args__, key)
    return Colours(**{state: _colour(colour, f'{key} "{state}"') for state, colour in table.items()})


def _colour(value: object, key: str) -> str:
    words = value.split() if isinstance(value, str) else []
    bold = ["1"] if words[:1] == ["bold"] else []
    match words[len(bold) :]:
        case [] if bold:
            return "1"
        case [name] if name in _COLOURS:
            return ";".join([*bold, _COLOURS[name]])
        case [numbers] if not bold and re.fullmatch(r"[0-9]{1,3}(;[0-9]{1,3}){0,15}", numbers, re.ASCII):
            return numbers
    raise SettingsError(f'{key} must be a colour, like "red", "bold red" or "38;5;208"', hint=", ".join(_COLOURS))


def _read_guard(value: object, key: str) -> dict[str, Any]:
    table = read_table(value, key)
    refuse_unknown(table, ("mode", "commands"), key)
    read: dict[str, Any] = {}
    if "mode" in table:
        read["guard_mode"] = _one_of(table["mode"], get_args(Mode), f'{key} "mode"')
    if "commands" in table:
        commands = table["commands"]
        if not isinstance(commands, list) or not all(_is_command(name) for name in commands):
            raise SettingsError(f'{key} "commands" must be a list of names, like ["aws", "terraform"]')
        read["guard_commands"] = tuple(commands)
    return read


def _read_prepared_answers(value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise SettingsError(f"{key} must be true or false")
    return {"prepared_answers": value}


def _read_populate(value: object, key: str) -> dict[str, Any]:
    return {"populate": read_populate(value, key)}


def _is_command(value: object) -> bool:
    return isinstance(value, str) and value.split() == [value] and shown(value) == value


def _one_of(value: object, choices: Sequence[str], key: str) -> object:
    if value not in choices:
        raise SettingsError(f"{key} must be one of {', '.join(json.dumps(choice) for choice in choices)}")
    return value


_READERS: Mapping[str, Callable[[object, str], dict[str, Any]]] = {
    "export": _read_export,
    "aliases": _read_aliases,
    "allowed_endpoints": _read_hosts,
    "login": _read_login,
    "sso-session": read_sso_sessions,
    "renew_margin": _read_margin,
    "prompt": _read_prompt,
    "guard": _read_guard,
    "prepared_answers": _read_prepared_answers,
    "populate": _read_populate,
    "sync": _read_sync,
}
