"""Which variables awsenv owns, and what a switch makes of them. Renders nothing, reads no file.

The list of conflicting variables stands here and nowhere else; it follows what the SDKs read (README, "Variables").
"""

import json
from collections.abc import Mapping
from typing import get_args

from awsenv.model import Credentials, EnvChange, Export
from awsenv.runtime import encoded, moment_text
from awsenv.values import Value

PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
KEY_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
)
# What leads SDKs to an endpoint for credentials on this machine.
SERVED_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
LOAD_CONFIG_VARIABLE = "AWS_SDK_LOAD_CONFIG"

# Each of these makes some SDK act as somebody else, or refuse the keys beside it, when it is left over.
CONFLICTING_VARIABLES = (
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_EXPIRATION",
    "AWS_CREDENTIAL_SCOPE",
    "AWS_ACCOUNT_ID",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_BEARER_TOKEN_BEDROCK",
)

# Beside keys, JavaScript's SDK goes by the profile, botocore by the older name of the token, and some add the scope.
_RIVALS_OF_KEYS = (*PROFILE_VARIABLES, "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_SCOPE", "AWS_SESSION_EXPIRATION")

AWS_VARIABLES = (
    *PROFILE_VARIABLES,
    *REGION_VARIABLES,
    *KEY_VARIABLES,
    LOAD_CONFIG_VARIABLE,
    *CONFLICTING_VARIABLES,
)

AWSENV_VARIABLES = (
    "AWSENV_PROFILE",
    "AWSENV_ACCOUNT_ID",
    "AWSENV_ACCOUNT_NAME",
    "AWSENV_ROLE",
    "AWSENV_EXPIRES",
    "AWSENV_LABEL",
    # The hook's, and never set here: it must not name the profile of before where no hook draws it anew.
    "AWSENV_SEGMENT",
    "AWSENV_SIGN_IN",
    # Reserved: what hangs on the clock of protected profiles is not built yet.
    "AWSENV_PROTECTED",
    "AWSENV_KEY_ID",
    "AWSENV_EXPORT",
    "AWSENV_PREVIOUS",
    "AWSENV_SAVED",
)

OWNED_VARIABLES = (*AWS_VARIABLES, *AWSENV_VARIABLES)


class Destination(Value):
    """Where a shell is to be: the profile, what is known of its account, and the credentials of the same identity.

    `region` is the profile's own or the one asked for, never one that was made up. `label` is the text for prompts;
    `sign_in` names the token file of the sso-session behind the profile.
    """

    profile_name: str
    region: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    role: str | None = None
    credentials: Credentials | None = None
    label: str | None = None
    sign_in: str | None = None


def switch(environment: Mapping[str, str], destination: Destination, export: Export) -> EnvChange:
    """Return the change that brings a shell to `destination`: every owned variable is set or unset, none left over."""
    saved = saved_variables(environment)
    wanted: dict[str, str | None] = {name: saved.get(name) for name in REGION_VARIABLES}
    if destination.region:
        wanted |= dict.fromkeys(REGION_VARIABLES, destination.region)
    if export != "keys":
        wanted |= dict.fromkeys(PROFILE_VARIABLES, destination.profile_name)
    if export != "profile" and destination.credentials is not None:
        wanted |= _keys(destination.credentials)
    wanted[LOAD_CONFIG_VARIABLE] = "1"
    wanted |= _own(environment, destination, export)
    wanted["AWSENV_SAVED"] = json.dumps(saved, separators=(",", ":"))
    return EnvChange({name: wanted.get(name) for name in OWNED_VARIABLES})


def renewal(destination: Destination, export: Export) -> EnvChange:
    """Return the change that brings new keys of the same identity to a shell, and leaves everything else as it is."""
    wanted = _times(destination)
    if export != "profile" and destination.credentials is not None:
        wanted |= _keys(destination.credentials)
        wanted["AWSENV_KEY_ID"] = destination.credentials.access_key_id
    return EnvChange(wanted)


def keys_alone(credentials: Credentials, region: str | None) -> EnvChange:
    """Return the change that makes a process the bearer of these keys, and of no others that a tool may prefer.

    The rest of its environment is its own.
    """
    others: dict[str, str | None] = dict.fromkeys(_RIVALS_OF_KEYS)
    return EnvChange(_keys(credentials) | (dict.fromkeys(REGION_VARIABLES, region) if region else {}) | others)


def emptied(change: EnvChange, environment: Mapping[str, str]) -> EnvChange:
    """Return the change for a reader that can set variables and unset none: what `environment` has of those is empty.

    AWS tools take that for unset, but not of a profile's name, of which there is none that means nobody.
    """
    empty = {
        name: ""
        for name, value in change.variables.items()
        if value is None and environment.get(name) and name not in PROFILE_VARIABLES
    }
    return EnvChange({**change.variables, **empty})


def is_served(environment: Mapping[str, str]) -> bool:
    """Tell whether this shell asks awsenv's own endpoint for its keys, as `serve` and `exec --server` leave it."""
    is_left_so = environment.get("AWSENV_EXPORT") == "keys" and "AWSENV_KEY_ID" not in environment
    return is_left_so and all(environment.get(name) for name in ("AWSENV_PROFILE", *SERVED_VARIABLES))


def has_drifted(environment: Mapping[str, str]) -> bool:
    """Tell whether a shell is no longer as the last switch left it, so that its keys are not awsenv's to renew."""
    profile_name, export = environment.get("AWSENV_PROFILE"), environment.get("AWSENV_EXPORT")
    if not profile_name or export not in get_args(Export):
        return True
    expected = None if export == "keys" else profile_name
    if any(environment.get(name) != expected for name in PROFILE_VARIABLES):
        return True
    key_id = environment.get("AWSENV_KEY_ID")
    return environment.get("AWS_ACCESS_KEY_ID") != key_id or (key_id is None) != (export == "profile")


def restore(environment: Mapping[str, str]) -> EnvChange:
    """Return the change that puts back the AWS variables from before the first switch and removes awsenv's own.

    Without a switch before it, it removes nothing but awsenv's own variables.
    """
    variables: dict[str, str | None] = {}
    if "AWSENV_SAVED" in environment or "AWSENV_PROFILE" in environment:
        saved = saved_variables(environment)
        variables = {name: saved.get(name) for name in AWS_VARIABLES}
    return EnvChange(variables | dict.fromkeys(AWSENV_VARIABLES))


def original(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment as it would be after `restore`: what credentials of the *next* profile may draw on."""
    return restore(environment).apply(environment)


def saved_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the AWS variables as they were before the first switch of this shell; unset ones are absent."""
    saved = _parse_saved(environment["AWSENV_SAVED"]) if "AWSENV_SAVED" in environment else None
    if saved is None and "AWSENV_PROFILE" not in environment:
        return {name: environment[name] for name in AWS_VARIABLES if name in environment}
    return saved or {}


def is_saved_readable(environment: Mapping[str, str]) -> bool:
    """Tell whether `AWSENV_SAVED`, if it is there, is something that awsenv wrote."""
    return "AWSENV_SAVED" not in environment or _parse_saved(environment["AWSENV_SAVED"]) is not None


def _keys(credentials: Credentials) -> dict[str, str | None]:
    expires_at = credentials.expires_at
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": moment_text(expires_at) if expires_at else None,
    }


def _times(destination: Destination) -> dict[str, str | None]:
    expires_at = destination.credentials.expires_at if destination.credentials else None
    return {
        "AWSENV_EXPIRES": str(int(expires_at.timestamp())) if expires_at else None,
        "AWSENV_LABEL": destination.label,
        "AWSENV_SIGN_IN": destination.sign_in,
    }


def _own(environment: Mapping[str, str], destination: Destination, export: Export) -> dict[str, str | None]:
    wanted_keys = destination.credentials if export != "profile" else None
    before = environment.get("AWSENV_PROFILE")
    previous = environment.get("AWSENV_PREVIOUS") if before in (None, destination.profile_name) else before
    return _times(destination) | {
        "AWSENV_PROFILE": destination.profile_name,
        "AWSENV_ACCOUNT_ID": destination.account_id,
        "AWSENV_ACCOUNT_NAME": destination.account_name,
        "AWSENV_ROLE": destination.role,
        # No secret, and tells whoever looks whether the keys are still the ones that were exported.
        "AWSENV_KEY_ID": wanted_keys.access_key_id if wanted_keys else None,
        "AWSENV_EXPORT": export,
        "AWSENV_PREVIOUS": previous,
    }


def _parse_saved(text: str) -> dict[str, str] | None:
    # The environment is data from outside: only known names with text values count, whatever else stands there.
    try:
        saved = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(saved, dict):
        return None
    return {name: saved[name] for name in AWS_VARIABLES if _is_variable_text(saved.get(name))}


def _is_variable_text(value: object) -> bool:
    # What no environment can hold was never saved from one.
    try:
        return isinstance(value, str) and b"\0" not in encoded(value)
    except UnicodeEncodeError:
        return False
