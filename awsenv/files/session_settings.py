"""The settings' `[sso-session.NAME]`: what is to be done where somebody signs in to one."""

from typing import Any

from awsenv.errors import SettingsError
from awsenv.files.settings_tables import read_table, refuse_unknown


def read_sso_sessions(value: object, key: str) -> dict[str, Any]:
    """Return the fields of `Settings` that the table fills; raise SettingsError where it says nothing sensible."""
    browsers: dict[str, str] = {}
    syncs: dict[str, tuple[str, ...]] = {}
    for name, wanted in read_table(value, key).items():
        table = read_table(wanted, f'{key} "{name}"')
        refuse_unknown(table, ("browser", "sync"), f'{key} "{name}"')
        browser = table.get("browser", "")
        if not isinstance(browser, str):
            raise SettingsError(f'{key} "{name}" "browser" must be a command or preset, like "firefox -P work %s"')
        browsers[name] = browser
        syncs[name] = _names(table.get("sync", []), f'{key} "{name}" "sync"')
    return {"browsers": browsers, "syncs": {name: names for name, names in syncs.items() if names}}


def _names(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise SettingsError(f'{key} must be a list of profiles, like ["unicorn", "team-*"]')
    return tuple(value)
