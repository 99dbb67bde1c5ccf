"""What every table of the settings file is checked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from awsenv.errors import SettingsError
from awsenv.files.nearest import nearest


def refuse_unknown(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    """Raise SettingsError for a key that is none, with the nearest one in the hint."""
    for key in table:
        if key not in known:
            meant = nearest(key, known)
            hint = f'did you mean "{meant}"?' if meant else f"known keys: {', '.join(known)}"
            raise SettingsError(f'{where}: unknown key "{key}"', hint=hint)


def read_table(value: object, key: str) -> dict[str, Any]:
    """Return the table that a value is; raise SettingsError for any other."""
    if not isinstance(value, dict):
        raise SettingsError(f"{key} must be a table")
    return value
