"""Client registrations, in the files that the AWS CLI keeps them in and by its names. Registers nothing."""

import json
from datetime import timedelta

from awsenv.errors import LocalFileError
from awsenv.files.atomic import remove_file, write_private
from awsenv.files.digests import sha1_of
from awsenv.files.paths import home_path
from awsenv.files.reading import Notify, find_json_object, ignore
from awsenv.files.tokens import find_moment, find_plain
from awsenv.model import Notice, Registration, SsoSession
from awsenv.runtime import Runtime, moment_text

BROWSER_GRANT = "authorization_code"
# The AWS CLI's own margin: with less left it registers anew.
_MARGIN = timedelta(minutes=15)


def registration_path(runtime: Runtime, sso_session: SsoSession) -> str:
    """Return the path of the registration file, one for both ways to sign in."""
    key = {
        "region": sso_session.region,
        # null where none are configured, even though a default is then asked for.
        "scopes": list(sso_session.scopes) or None,
        "session_name": sso_session.name,
        "startUrl": sso_session.start_url,
        "tool": "botocore",
    }
    name = sha1_of(json.dumps(key, sort_keys=True))
    return home_path(runtime, ".aws", "sso", "cache", f"{name}.json")


def find_registration(
    runtime: Runtime, sso_session: SsoSession, *, for_browser: bool, notify: Notify = ignore
) -> Registration | None:
    """Return the registration if it is of the kind asked for and good for a quarter of an hour at least."""
    try:
        fields = find_json_object(registration_path(runtime, sso_session), notify)
    except LocalFileError as error:
        # Another one takes its place.
        notify(Notice(error.problem))
        fields = None
    if fields is None:
        return None
    client_id, client_secret = find_plain(fields, "clientId"), find_plain(fields, "clientSecret")
    expires_at = find_moment(fields, "expiresAt")
    grant_types = _texts(fields.get("grantTypes"))
    if client_id is None or client_secret is None or expires_at is None:
        return None
    if expires_at - runtime.now() < _MARGIN or (BROWSER_GRANT in grant_types) is not for_browser:
        return None
    return Registration(client_id, client_secret, expires_at, _texts(fields.get("scopes")), grant_types)


def write_registration(runtime: Runtime, sso_session: SsoSession, registration: Registration) -> Notice | None:
    """File the registration as the AWS CLI does.

    Raises:
        LocalFileError: it was not written; the old one stands.
    """
    fields: dict[str, object] = {
        "clientId": registration.client_id,
        "clientSecret": registration.client_secret,
        "expiresAt": moment_text(registration.expires_at),
    }
    if registration.scopes:
        fields["scopes"] = list(registration.scopes)
    if registration.grant_types:
        fields["grantTypes"] = list(registration.grant_types)
    return write_private(registration_path(runtime, sso_session), json.dumps(fields).encode())


def remove_registration(runtime: Runtime, sso_session: SsoSession) -> bool:
    """Remove the registration, for one that Identity Center does not know any more; tell whether there was one."""
    return remove_file(registration_path(runtime, sso_session))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
