"""The settings' `[populate]`: what profiles are written, under which names and with which keys."""

import re
from collections.abc import Mapping
from typing import Any

from awsenv.errors import SettingsError
from awsenv.files.settings_tables import read_table, refuse_unknown
from awsenv.values import Value

_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
# Each of these would make something else of the profile than the role of an account that it is written for.
_OURS = re.compile(r"sso_.*|aws_.*|role_arn|source_profile|credential_.*|web_identity_.*|login_session|mfa_serial")


class KeyRule(Value):
    """Keys, `region` among them, for the profiles whose name, account's name or id, or role fits the glob `match`."""

    match: str
    keys: Mapping[str, str]


class Populate(Value):
    """What `populate` writes: how profiles are named, of which accounts and roles, and with which keys.

    `accounts` and `roles` are globs, with `!` before one that leaves out; none at all is every one.
    """

    template: str = "{account}-{role}"
    accounts: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    keys: tuple[KeyRule, ...] = ()


def read_populate(value: object, key: str) -> Populate:
    """Return what the table says; raise SettingsError where it says nothing sensible."""
    table = read_table(value, key)
    refuse_unknown(table, ("template", "accounts", "roles", "keys"), key)
    return Populate(
        template=_template(table.get("template", Populate().template), f'{key} "template"'),
        accounts=_globs(table.get("accounts", []), f'{key} "accounts"'),
        roles=_globs(table.get("roles", []), f'{key} "roles"'),
        keys=_rules(table.get("keys", []), f'{key} "keys"'),
    )


def _template(value: object, key: str) -> str:
    # Every `use` reads the settings, and few have this.
    from awsenv.files.templates import BadTemplate, parse_template

    if not isinstance(value, str):
        raise SettingsError(f'{key} must be a text with fields, like "{Populate().template}"')
    try:
        return parse_template(value).text
    except BadTemplate as error:
        raise SettingsError(f"{key} {error}", hint=error.hint) from error


def _globs(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(glob, str) and glob for glob in value):
        raise SettingsError(f'{key} must be a list of globs, like ["Team*", "!*sandbox*"]')
    return tuple(value)


def _rules(value: object, key: str) -> tuple[KeyRule, ...]:
    if not isinstance(value, list):
        raise SettingsError(f'{key} must be tables, each with a "match"')
    return tuple(_rule(read_table(wanted, key), key) for wanted in value)


def _rule(table: dict[str, Any], key: str) -> KeyRule:
    match = table.get("match")
    if not isinstance(match, str) or not match:
        raise SettingsError(f'{key} must have a "match", a glob like "*prod*", in each table')
    return KeyRule(match, {name: _text(name, value, key) for name, value in table.items() if name != "match"})


def _text(name: str, value: object, key: str) -> str:
    if not _KEY.fullmatch(name) or _OURS.fullmatch(name):
        raise SettingsError(f'{key} may not set "{name}"')
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str | int) or not text or text != text.strip() or not text.isprintable():
        raise SettingsError(f'{key} "{name}" must be a text of one line')
    return text
