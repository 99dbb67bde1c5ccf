"""Choose what a profile gets its credentials from, in the order of botocore's `create_credential_resolver`."""

from collections.abc import Callable, Mapping

from awsenv.files.digests import sha1_of
from awsenv.files.scanner import Section
from awsenv.model import (
    AssumedRole,
    LoginSession,
    NoSource,
    Process,
    Source,
    SsoRole,
    SsoSession,
    StaticKeys,
    WebIdentity,
)
from awsenv.values import Value

# A section of the credentials file with this key holds a copy of that profile's temporary keys, made by awsenv.
COPY_OF = "x_awsenv_profile"
COPY_SIGN_IN = "x_awsenv_sign_in"
COPY_DIGEST = "x_awsenv_digest"
# What awsenv writes into such a section: nothing of it says where credentials come from.
COPIED_KEYS = frozenset(
    {
        *("aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
        *("expiration", "x_security_token_expires", COPY_OF, COPY_SIGN_IN, COPY_DIGEST),
    }
)
# What of it says that the keys are a copy.
COPY_SIGNS = frozenset({COPY_OF, COPY_SIGN_IN, COPY_DIGEST})

_CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
_SSO_KEYS = ("sso_role_name", "sso_account_id", "sso_start_url", "sso_region")

_NOTHING = "does not say where its credentials come from"


class ProfileKeys(Value):
    """What the files say of one profile: each file's keys, and `merged`, where the credentials file overrides.

    `sso_sessions` are the sections of that kind by name.
    """

    merged: Mapping[str, str]
    config: Mapping[str, str]
    credentials: Mapping[str, str]
    sso_sessions: Mapping[str, Section]


def is_copy(values: Mapping[str, str]) -> bool:
    """Tell whether a section of the credentials file holds the keys that awsenv copied into it.

    `aws configure` writes a person's own keys over them, and leaves all else that stands there.
    """
    access_key_id = values.get("aws_access_key_id")
    is_as_written = access_key_id is None or values.get(COPY_DIGEST) in (None, copy_digest(access_key_id))
    return COPY_OF in values and is_as_written


def copy_digest(access_key_id: str) -> str:
    """Return what a copy says of the access key id that it was made with."""
    return sha1_of(access_key_id)[:8]


def find_source(keys: ProfileKeys) -> Source:
    """Return the first source that applies; `NoSource` says what is missing from it, or that there is none."""
    for find in _ORDER:
        source = find(keys)
        if source is not None:
            return source
    if "sso_session" in keys.merged:
        return NoSource("names an sso-session but no sso_account_id and sso_role_name")
    return NoSource(_NOTHING, is_bare=True)


def find_static_keys(keys: ProfileKeys) -> StaticKeys | None:
    """Return the keys written down for the profile beside any other source, or None where they are incomplete."""
    source = _keys_of(keys.credentials, "credentials") or _keys_of(keys.config, "config")
    return source if isinstance(source, StaticKeys) else None


def parse_sso_session(name: str | None, values: Mapping[str, str]) -> SsoSession | None:
    """Return the sso-session of a section's values, or None where start URL or region is missing."""
    start_url, region = values.get("sso_start_url"), values.get("sso_region")
    if not start_url or not region:
        return None
    scopes = (scope.strip() for scope in values.get("sso_registration_scopes", "").split(","))
    return SsoSession(name, start_url, region, tuple(scope for scope in scopes if scope))


def _lost_copy(keys: ProfileKeys) -> Source | None:
    profile_name = keys.merged.get(COPY_OF)
    if profile_name is None:
        return None
    return NoSource(f'is a copy of the keys of profile "{profile_name}", which is gone: awsenv sync --clean')


def _assumed_role(keys: ProfileKeys) -> Source | None:
    values = keys.merged
    if "role_arn" not in values or "web_identity_token_file" in values:
        return None
    source_profile, credential_source = values.get("source_profile"), values.get("credential_source")
    if source_profile is not None and credential_source is not None:
        return NoSource("names both a source_profile and a credential_source, and only one can be")
    if source_profile is None and credential_source is None:
        return NoSource("has a role_arn but neither a source_profile nor a credential_source")
    if credential_source is not None and credential_source not in _CREDENTIAL_SOURCES:
        return NoSource(f'names a credential_source "{credential_source}", which is none of AWS\'s')
    return AssumedRole(
        role_arn=values["role_arn"],
        source_profile=source_profile,
        credential_source=credential_source,
        external_id=values.get("external_id"),
        mfa_serial=values.get("mfa_serial"),
        role_session_name=values.get("role_session_name"),
        duration_seconds=parse_whole_number(values.get("duration_seconds")),
    )


def _web_identity(keys: ProfileKeys) -> Source | None:
    token_file = keys.merged.get("web_identity_token_file")
    if not token_file:
        return None
    role_arn = keys.merged.get("role_arn")
    if not role_arn:
        return NoSource("has a web_identity_token_file but no role_arn")
    return WebIdentity(role_arn, token_file, keys.merged.get("role_session_name"))


def _sso_role(keys: ProfileKeys) -> Source | None:
    values = dict(keys.merged)
    if "sso_role_name" not in values and "sso_account_id" not in values:
        return None
    name = values.get("sso_session")
    if name is not None:
        section = keys.sso_sessions.get(name)
        if section is None:
            return NoSource(f'names an sso-session "{name}" that does not exist', unknown_sso_session=name)
        for key, value in section.values().items():
            if values.setdefault(key, value) != value:
                own = values[key]
                return NoSource(f'has the {key} "{own}", but its sso-session "{name}" has "{value}"')
    missing = [key for key in _SSO_KEYS if not values.get(key)]
    sso_session = parse_sso_session(name, values)
    if missing or sso_session is None:
        return NoSource(f"uses SSO but lacks {', '.join(missing)}")
    return SsoRole(sso_session, values["sso_account_id"], values["sso_role_name"])


def _credentials_file_keys(keys: ProfileKeys) -> Source | None:
    return _keys_of(keys.credentials, "credentials")


def _login(keys: ProfileKeys) -> Source | None:
    arn = keys.merged.get("login_session")
    return None if arn is None else LoginSession(arn)


def _process(keys: ProfileKeys) -> Source | None:
    command = keys.merged.get("credential_process")
    return None if command is None else Process(command)


def _config_file_keys(keys: ProfileKeys) -> Source | None:
    return _keys_of(keys.config, "config")


def _keys_of(values: Mapping[str, str], file: str) -> StaticKeys | NoSource | None:
    if "aws_access_key_id" not in values:
        return None
    for key in ("aws_access_key_id", "aws_secret_access_key"):
        if not values.get(key):
            return NoSource(f"has static keys in the {file} file, but no {key} among them")
    # botocore prefers the older name.
    session_token = values.get("aws_security_token", values.get("aws_session_token"))
    return StaticKeys(values["aws_access_key_id"], values["aws_secret_access_key"], session_token or None)


def parse_whole_number(text: str | None) -> int | None:
    """Return the number, or None where the text is none; botocore passes over such a value."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


_ORDER: tuple[Callable[[ProfileKeys], Source | None], ...] = (
    _lost_copy,
    _assumed_role,
    _web_identity,
    _sso_role,
    _credentials_file_keys,
    _login,
    _process,
    _config_file_keys,
)
