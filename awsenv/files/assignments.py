"""What a listing of accounts and roles had got before it failed, so that the next one goes on from there."""

import json
from datetime import datetime, timedelta
from typing import Any

from awsenv.errors import LocalFileError
from awsenv.files.atomic import remove_file, write_private
from awsenv.files.digests import sha1_of
from awsenv.files.paths import xdg_path
from awsenv.files.reading import find_json_object
from awsenv.files.tokens import find_moment
from awsenv.model import SsoSession
from awsenv.runtime import Runtime, moment_text
from awsenv.values import Value

# What somebody may do changes seldom, but a person who tries again tomorrow wants tomorrow's.
_GOOD_FOR = timedelta(minutes=30)


class Partial(Value):
    """What a listing has got so far: when it began, and role names by account id, which grow."""

    began: datetime
    roles: dict[str, tuple[str, ...]]


def find_partial(runtime: Runtime, sso_session: SsoSession) -> Partial | None:
    """Return what a listing that failed a moment ago had got, or None."""
    try:
        found = find_json_object(_path(runtime, sso_session)) or {}
    except LocalFileError:
        return None
    began, roles = find_moment(found, "began"), found.get("roles")
    if began is None or not timedelta() <= runtime.now() - began < _GOOD_FOR or not isinstance(roles, dict):
        return None
    return Partial(began, {account_id: tuple(names) for account_id, names in roles.items() if _are_texts(names)})


def write_partial(runtime: Runtime, sso_session: SsoSession, partial: Partial) -> None:
    """Keep what a listing has got so far.

    Raises:
        LocalFileError: it was not kept.
    """
    content = {"began": moment_text(partial.began), "roles": partial.roles}
    write_private(_path(runtime, sso_session), json.dumps(content).encode())


def forget_partial(runtime: Runtime, sso_session: SsoSession) -> None:
    """Remove what was kept: the listing is whole.

    Raises:
        LocalFileError: it is still there.
    """
    remove_file(_path(runtime, sso_session))


def _path(runtime: Runtime, sso_session: SsoSession) -> str:
    digest = sha1_of(f"{sso_session.token_key}\n{sso_session.start_url}\n{sso_session.region}")
    return xdg_path(runtime, "XDG_CACHE_HOME", ".cache", "awsenv", "assignments", f"{digest}.json")


def _are_texts(names: Any) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)
