"""Credentials of roles in the AWS CLI's own cache, by its names and in its format. Fetches nothing."""

import json
from typing import Any

from awsenv.errors import ConfigError, LocalFileError
from awsenv.files.atomic import remove_file, write_private
from awsenv.files.digests import sha1_of
from awsenv.files.paths import as_path, home_path
from awsenv.files.reading import Notify, find_bytes, find_json_object, ignore
from awsenv.files.tokens import find_moment, find_plain
from awsenv.model import AssumedRole, Credentials, Notice, Place, SsoRole, WebIdentity, account_of
from awsenv.runtime import Runtime, moment_text

TOKEN_LIMIT = 1_000_000

CachedSource = SsoRole | AssumedRole | WebIdentity


def key_of(source: CachedSource) -> str:
    """Return the name, without `.json`, under which the AWS CLI files credentials of `source`.

    The source profile has no part in it: two profiles that assume one role share an entry, which is one identity.
    A web identity's token has, since version 1.46 of the AWS CLI.
    """
    return _key_of(source, _web_identity_token(source))


def _key_of(source: CachedSource, token: str | None) -> str:
    optional: dict[str, str | int | None] = {"WebIdentityToken": token}
    match source:
        case SsoRole(sso_session=sso_session):
            session = {"sessionName": sso_session.name} if sso_session.name else {"startUrl": sso_session.start_url}
            arguments = {"roleName": source.role_name, "accountId": source.account_id} | session
            # Only here the AWS CLI writes JSON without spaces.
            return _sha1(json.dumps(arguments, sort_keys=True, separators=(",", ":")))
        case AssumedRole():
            optional = {
                "ExternalId": source.external_id,
                "SerialNumber": source.mfa_serial,
                "DurationSeconds": source.duration_seconds,
            }
    given = {name: value for name, value in optional.items() if value is not None}
    # An empty name is as good as none: botocore makes one up and leaves it out of the key.
    named = {"RoleSessionName": source.role_session_name} if source.role_session_name else {}
    return _sha1(json.dumps({"RoleArn": source.role_arn} | given | named, sort_keys=True))


def credentials_path(runtime: Runtime, source: CachedSource) -> str:
    """Return the path of the entry for `source`."""
    return home_path(runtime, ".aws", "cli", "cache", f"{key_of(source)}.json")


def entry_names(runtime: Runtime) -> frozenset[str]:
    """Return the names of all files in the cache: who asks for many sources asks the folder once."""
    try:
        return frozenset(path.name for path in as_path(home_path(runtime, ".aws", "cli", "cache")).iterdir())
    except OSError:
        return frozenset()


def find_credentials(runtime: Runtime, source: CachedSource, notify: Notify = ignore) -> Credentials | None:
    """Return the entry's credentials if they are of this role and not expired yet; the margin is the caller's.

    An entry that cannot be read counts as absent, with a notice: it can be fetched again.
    """
    found = _find(credentials_path(runtime, source), source, runtime, notify)
    if found is None and isinstance(source, WebIdentity):
        # botocore's own formula, and older AWS CLIs', leave the token out.
        older = home_path(runtime, ".aws", "cli", "cache", f"{_key_of(source, None)}.json")
        found = _find(older, source, runtime, notify)
    return found


def _find(path: str, source: CachedSource, runtime: Runtime, notify: Notify) -> Credentials | None:
    try:
        entry = find_json_object(path, notify)
    except LocalFileError as error:
        notify(Notice(error.problem))
        return None
    if entry is None:
        return None
    credentials = _parse_entry(entry, source)
    if credentials is None:
        notify(Notice("this entry holds no credentials of the role it is for, so it counts as absent", Place(path)))
    elif credentials.expires_at is None or credentials.expires_at <= runtime.now():
        return None
    return credentials


def write_credentials(
    runtime: Runtime,
    source: CachedSource,
    credentials: Credentials,
    *,
    assumed_role_user: tuple[str, str] | None = None,
) -> Notice | None:
    """File credentials as the AWS CLI does; those without an expiry are not filed.

    `assumed_role_user` is what STS answered beside them: the id and the ARN.

    Raises:
        LocalFileError: they were not written; the old entry stands.
    """
    if credentials.expires_at is None:
        return None
    fields = {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": moment_text(credentials.expires_at),
    }
    account_id = credentials.account_id or _account_id(source)
    if account_id:
        fields["AccountId"] = account_id
    entry: dict[str, Any]
    if isinstance(source, SsoRole):
        entry = {"ProviderType": "sso", "Credentials": fields}
    else:
        entry = {"Credentials": fields}
        if assumed_role_user:
            entry["AssumedRoleUser"] = dict(zip(("AssumedRoleId", "Arn"), assumed_role_user, strict=True))
        entry["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0}
    return write_private(credentials_path(runtime, source), json.dumps(entry).encode())


def remove_credentials(runtime: Runtime, source: CachedSource) -> bool:
    """Remove the entry for `source`; tell whether there was one."""
    return remove_file(credentials_path(runtime, source))


def _parse_entry(entry: dict[str, Any], source: CachedSource) -> Credentials | None:
    fields = entry.get("Credentials")
    if not isinstance(fields, dict):
        return None
    access_key_id, secret_access_key = find_plain(fields, "AccessKeyId"), find_plain(fields, "SecretAccessKey")
    expires_at = find_moment(fields, "Expiration")
    account_id = find_plain(fields, "AccountId")
    expected = _account_id(source)
    is_other = (account_id is not None and expected is not None and account_id != expected) or _is_of_other_role(
        entry, source
    )
    # Keys of a role never work without it.
    session_token = find_plain(fields, "SessionToken")
    if access_key_id is None or secret_access_key is None or session_token is None or expires_at is None or is_other:
        return None
    return Credentials(access_key_id, secret_access_key, session_token, expires_at, account_id or expected)


def _is_of_other_role(entry: dict[str, Any], source: CachedSource) -> bool:
    user = entry.get("AssumedRoleUser")
    arn = user.get("Arn") if isinstance(user, dict) else None
    if isinstance(source, SsoRole) or not isinstance(arn, str) or account_of(arn) is None:
        return False
    # arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION, where the role's own ARN may have a path before the name.
    names = arn.split("/")
    return account_of(arn) != account_of(source.role_arn) or names[1:2] != [source.role_arn.rpartition("/")[2]]


def _account_id(source: CachedSource) -> str | None:
    return source.account_id if isinstance(source, SsoRole) else account_of(source.role_arn)


def _web_identity_token(source: CachedSource) -> str | None:
    if not isinstance(source, WebIdentity):
        return None
    try:
        content = find_bytes(source.token_file, TOKEN_LIMIT)
    except (LocalFileError, ConfigError):
        return None
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _sha1(text: str) -> str:
    return sha1_of(text)
