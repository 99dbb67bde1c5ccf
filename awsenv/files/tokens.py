"""The access tokens of sso-sessions, in the files that the AWS CLI and the SDKs share. Refreshes nothing."""

import contextlib
import json
from datetime import datetime, timezone
from typing import Any

from awsenv.errors import LocalFileError
from awsenv.files.atomic import check_writable, remove_file, write_private
from awsenv.files.digests import sha1_of
from awsenv.files.paths import as_path, home_path
from awsenv.files.reading import Notify, find_json_object, ignore
from awsenv.model import AccessToken, Notice, Place, SsoSession
from awsenv.runtime import Runtime, moment_text, parse_moment


def token_path(runtime: Runtime, sso_session: SsoSession) -> str:
    """Return the path of the session's token file, which hangs on the home directory alone."""
    return home_path(runtime, ".aws", "sso", "cache", f"{token_name(sso_session)}.json")


def token_name(sso_session: SsoSession) -> str:
    """Return the name of the session's token file, without its end: 40 hexadecimal digits."""
    return sha1_of(sso_session.token_key)


def find_token(runtime: Runtime, sso_session: SsoSession, notify: Notify = ignore) -> AccessToken | None:
    """Return the session's access token, expired or not, or None where there is none that belongs to it.

    Raises:
        CacheUnreadable: the file exists and cannot be opened.
    """
    path = token_path(runtime, sso_session)
    fields = find_json_object(path, notify)
    if fields is None:
        return None
    access_token, expires_at = find_plain(fields, "accessToken"), find_moment(fields, "expiresAt")
    if access_token is None or expires_at is None:
        notify(Notice("this file holds no access token with an expiry, so it counts as absent", Place(path)))
        return None
    if not _belongs_to(fields, sso_session):
        notify(Notice("the access token here is of another start URL or region, so it counts as absent", Place(path)))
        return None
    return AccessToken(
        start_url=find_plain(fields, "startUrl"),
        region=find_plain(fields, "region"),
        expires_at=expires_at,
        access_token=access_token,
        refresh_token=find_plain(fields, "refreshToken"),
        client_id=find_plain(fields, "clientId"),
        client_secret=find_plain(fields, "clientSecret"),
        registration_expires_at=find_moment(fields, "registrationExpiresAt"),
        written_at=_written_at(path),
    )


def write_token(runtime: Runtime, sso_session: SsoSession, access_token: AccessToken) -> Notice | None:
    """File the access token as the AWS CLI does, keeping what other tools put beside it.

    What `access_token` does not have is not kept from before: whoever refreshes hands on the old refresh token.

    Raises:
        LocalFileError: it was not written; the old token stands.
    """
    registration_expires_at = access_token.registration_expires_at
    fields = {
        "startUrl": sso_session.start_url,
        "region": sso_session.region,
        "accessToken": access_token.access_token,
        "expiresAt": moment_text(access_token.expires_at),
        "clientId": access_token.client_id,
        "clientSecret": access_token.client_secret,
        "registrationExpiresAt": moment_text(registration_expires_at) if registration_expires_at else None,
        "refreshToken": access_token.refresh_token,
    }
    path, foreign = token_path(runtime, sso_session), dict[str, Any]()
    with contextlib.suppress(LocalFileError):
        foreign = {name: value for name, value in (find_json_object(path) or {}).items() if name not in fields}
    kept = {name: value for name, value in fields.items() if value is not None} | foreign
    return write_private(path, json.dumps(kept).encode())


def check_writable_token(runtime: Runtime, sso_session: SsoSession) -> None:
    """Refuse to begin a sign-in whose token could not be filed; raises as `write_token`."""
    check_writable(token_path(runtime, sso_session))


def has_token_file(runtime: Runtime, sso_session: SsoSession) -> bool:
    """Tell whether the session has a token file, whatever is in it: without one it is signed out of."""
    return as_path(token_path(runtime, sso_session)).exists()


def remove_token(runtime: Runtime, sso_session: SsoSession) -> bool:
    """Remove the session's token file; tell whether there was one."""
    return remove_file(token_path(runtime, sso_session))


def find_plain(fields: dict[str, Any], name: str) -> str | None:
    """Return a text that can stand in a header or a variable, or None for anything else."""
    value = fields.get(name)
    return value if isinstance(value, str) and value and value.isascii() and value.isprintable() else None


def find_moment(fields: dict[str, Any], name: str) -> datetime | None:
    """Return a moment, or None for anything else."""
    value = fields.get(name)
    return parse_moment(value) if isinstance(value, str) else None


def _belongs_to(fields: dict[str, Any], sso_session: SsoSession) -> bool:
    start_url, region = fields.get("startUrl"), fields.get("region")
    if start_url is not None and _bare(start_url) != _bare(sso_session.start_url):
        return False
    return region is None or region == sso_session.region


def _bare(start_url: object) -> str | None:
    # Pasted from a browser it ends in /, /# or /#/, which all lead to one place; hosts have no case.
    if not isinstance(start_url, str):
        return None
    scheme, separator, rest = start_url.strip().rstrip("/#").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}"


def _written_at(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(as_path(path).stat().st_mtime, timezone.utc)
    except (OSError, ValueError, OverflowError):
        return None
