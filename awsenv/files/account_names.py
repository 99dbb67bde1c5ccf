"""Account names learned from Identity Center, kept so that listings need no network. A cache: it may be lost."""

import json
from collections.abc import Mapping

from awsenv.errors import LocalFileError
from awsenv.files.atomic import write_private
from awsenv.files.paths import xdg_path
from awsenv.files.reading import find_json_object
from awsenv.runtime import Runtime


def account_names_path(runtime: Runtime) -> str:
    """Return the path of the file."""
    return xdg_path(runtime, "XDG_CACHE_HOME", ".cache", "awsenv", "account-names.json")


def load_account_names(runtime: Runtime) -> dict[str, str]:
    """Return the names by account id; what cannot be read counts as not known."""
    try:
        names = find_json_object(account_names_path(runtime)) or {}
    except LocalFileError:
        return {}
    return {account_id: name for account_id, name in names.items() if isinstance(name, str) and account_id.isdigit()}


def write_account_names(runtime: Runtime, names: Mapping[str, str]) -> None:
    """Add `names`, by account id, to those that are known; an empty one is none, and nothing is written without news.

    Raises:
        LocalFileError: they were not written.
    """
    known = load_account_names(runtime)
    merged = known | {account_id: name for account_id, name in names.items() if name}
    if merged != known:
        write_private(account_names_path(runtime), json.dumps(merged, sort_keys=True).encode())
