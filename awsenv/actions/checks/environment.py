"""Checks of the variables of this shell: who wins in which SDK where they contradict one another."""

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, checks_of, error, warning
from awsenv.environ import (
    AWS_VARIABLES,
    CONFLICTING_VARIABLES,
    KEY_VARIABLES,
    LOAD_CONFIG_VARIABLE,
    PROFILE_VARIABLES,
    REGION_VARIABLES,
    has_drifted,
    is_saved_readable,
    is_served,
)
from awsenv.files.nearest import nearest
from awsenv.runtime import parse_moment

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_BLANK = (*PROFILE_VARIABLES, *REGION_VARIABLES, LOAD_CONFIG_VARIABLE)
_PAIR = KEY_VARIABLES[:2]
_FALSE = {"0", "false", "no", "off"}
_WEB_IDENTITY = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME")
_OTHER_NAMES = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY")


def profile_variables(around: "Surroundings") -> Findings:
    """Find AWS_PROFILE and AWS_DEFAULT_PROFILE naming two profiles."""
    one, other = (around.environment.get(name) for name in PROFILE_VARIABLES)
    if one and other and one != other:
        text = (
            f'AWS_PROFILE is "{one}" and AWS_DEFAULT_PROFILE is "{other}": boto3 works as the second, the AWS CLI and '
            "all other SDKs as the first"
        )
        known = [name for name in (one, other) if around.find(name)]
        both = f"; or set both: {_use(known[0])}" if known else ""
        yield error(None, text, f"unset AWS_DEFAULT_PROFILE{both}")


def one_profile_variable(around: "Surroundings") -> Findings:
    """Find AWS_DEFAULT_PROFILE alone, which JavaScript and Java do not read."""
    one, other = (around.environment.get(name) for name in PROFILE_VARIABLES)
    if other and not one:
        text = "only AWS_DEFAULT_PROFILE is set: JavaScript and Java do not read it and work as [default]"
        yield warning(None, text, f"set both: {_use(other)}" if around.find(other) else "unset AWS_DEFAULT_PROFILE")


def region_variables(around: "Surroundings") -> Findings:
    """Find AWS_REGION and AWS_DEFAULT_REGION naming two regions, or only one of them set."""
    one, other = (around.environment.get(name) for name in REGION_VARIABLES)
    if one and other and one != other:
        text = f"AWS_REGION is {one} and AWS_DEFAULT_REGION is {other}: boto3 works in the second, others in the first"
        yield error(None, text, f"export AWS_DEFAULT_REGION={one}")
    elif one and not other:
        yield warning(None, "only AWS_REGION is set, which boto3 does not read", f"export AWS_DEFAULT_REGION={one}")
    elif other and not one:
        text = "only AWS_DEFAULT_REGION is set, which JavaScript and Java do not read"
        yield warning(None, text, f"export AWS_REGION={other}")


def blank_variable(around: "Surroundings") -> Findings:
    """Find variables that are set and empty: boto3 looks for a profile without a name, others take them as unset."""
    for name in _BLANK:
        if around.environment.get(name) == "":
            who = "boto3 and the AWS CLI fail with it" if name in PROFILE_VARIABLES else "SDKs differ in what it means"
            yield error(None, f"{name} is set and empty: {who}", f"unset {name}")


def profile_variable_unknown(around: "Surroundings") -> Findings:
    """Find a profile variable that names no profile: every SDK but the old JavaScript one fails."""
    names = {profile.name: None for profile in around.profiles}
    for variable in PROFILE_VARIABLES:
        name = around.environment.get(variable)
        if name and name not in names and name != "default":
            meant = nearest(name, names)
            text = f'{variable} is "{name}", and there is no such profile: the AWS CLI and the SDKs end with an error'
            yield error(None, text, f'did you mean "{meant}"? {_use(meant)}' if meant else f"unset {variable}")


def keys_beside_profile(around: "Surroundings") -> Findings:
    """Find keys beside a profile in the environment, unless both are of one switch of awsenv's."""
    environment = around.environment
    name = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE")
    is_switched = "AWSENV_PROFILE" in environment and not has_drifted(environment)
    if name and environment.get("AWS_ACCESS_KEY_ID") and not is_switched:
        text = (
            f'both keys and the profile "{name}" are set: boto3, the AWS CLI, Go and Java work with the keys, '
            "JavaScript (v3) with the profile"
        )
        yield error(None, text, f"one identity for all: {_use(name)}; or unset {' '.join(_names_set(around))}")


def expired_variables(around: "Surroundings") -> Findings:
    """Find keys in the environment that are over; boto3 and the AWS CLI refuse them by AWS_CREDENTIAL_EXPIRATION."""
    text = around.environment.get("AWS_CREDENTIAL_EXPIRATION")
    if text is None:
        return
    until = parse_moment(text)
    name = around.environment.get("AWSENV_PROFILE")
    fix = _use(name) if name else f"unset {' '.join(_names_set(around))} AWS_CREDENTIAL_EXPIRATION"
    if until is None:
        yield error(None, "AWS_CREDENTIAL_EXPIRATION is no time: boto3 and the AWS CLI fail with it", fix)
    elif until <= around.now:
        if around.environment.get("AWS_ACCESS_KEY_ID"):
            yield error(None, f"the keys of this shell are over since {text}: boto3 and the AWS CLI refuse them", fix)
        else:
            yield warning(None, f"AWS_CREDENTIAL_EXPIRATION is left over from keys that ended at {text}", fix)


def lone_key_variable(around: "Surroundings") -> Findings:
    """Find one half of a pair of keys in the environment."""
    there = [name for name in _PAIR if around.environment.get(name)]
    if len(there) == 1:
        missing = next(name for name in _PAIR if name not in there)
        text = f"{there[0]} is set and {missing} is not: boto3 ends with an error, others look elsewhere"
        yield error(None, text, f"unset {there[0]}")


def security_token_variable(around: "Surroundings") -> Findings:
    """Find an AWS_SECURITY_TOKEN that differs from AWS_SESSION_TOKEN: boto3 takes it, and its keys fail."""
    old, token = around.environment.get("AWS_SECURITY_TOKEN"), around.environment.get("AWS_SESSION_TOKEN")
    if old and old != token:
        text = "AWS_SECURITY_TOKEN is set, which boto3 and the AWS CLI prefer to AWS_SESSION_TOKEN: newer keys fail"
        yield error(None, text, "unset AWS_SECURITY_TOKEN")


def conflicting_variable(around: "Surroundings") -> Findings:
    """Find variables by which a tool works as somebody else than the profile that is set."""
    environment = around.environment
    name = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE")
    if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") and environment.get("AWS_ROLE_ARN") and name:
        text = f'a web identity is set beside the profile "{name}": boto3, the AWS CLI, Go and Java work as that'
        yield error(None, text, f"unset {' '.join(each for each in _WEB_IDENTITY if each in environment)}")
    for each in _OTHER_NAMES:
        if environment.get(each):
            yield warning(None, f"{each} is set, which Go and Java (v1) take for a key", f"unset {each}")
    for each in CONFLICTING_VARIABLES:
        if each.startswith("AWS_CONTAINER_CREDENTIALS") and environment.get(each) and name:
            text = f'{each} is set beside the profile "{name}": where that gives nothing, tools work as the container'
            yield warning(None, text, f"unset {each}")


def load_config_variable(around: "Surroundings") -> Findings:
    """Find an AWS_SDK_LOAD_CONFIG that says no: older JavaScript reads any text as yes, older Go does not."""
    if around.environment.get(LOAD_CONFIG_VARIABLE, "").lower() in _FALSE:
        text = "AWS_SDK_LOAD_CONFIG says no: Go (v1) does not read the config file then, JavaScript (v2) does"
        yield warning(None, text, "export AWS_SDK_LOAD_CONFIG=1")


def metadata_variable(around: "Surroundings") -> Findings:
    """Find AWS_EC2_METADATA_DISABLED where a profile takes its credentials from just there."""
    if around.environment.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true":
        return
    for profile in around.profiles:
        if profile.values.get("credential_source") == "Ec2InstanceMetadata":
            text = f'profile "{profile.name}" needs the metadata service, which AWS_EC2_METADATA_DISABLED forbids'
            yield error(profile.place("credential_source"), text, "unset AWS_EC2_METADATA_DISABLED")


def awsenv_variables(around: "Surroundings") -> Findings:
    """Find variables of awsenv's that somebody else has changed, so that keys are not renewed."""
    environment = around.environment
    if not is_saved_readable(environment):
        text = "AWSENV_SAVED is not what awsenv wrote: `off` cannot put back the variables of before"
        yield warning(None, text, "start a new shell")
    elif "AWSENV_PROFILE" in environment and has_drifted(environment) and not is_served(environment):
        text = "the profile or the keys of this shell were changed since the last switch, so nothing is renewed"
        yield warning(None, text, _use(environment["AWSENV_PROFILE"]))
    expires = environment.get("AWSENV_EXPIRES", "")
    told = parse_moment(environment.get("AWS_CREDENTIAL_EXPIRATION", ""))
    if expires.isdecimal() and len(expires) < len("100000000000") and told is not None:
        ours = datetime.fromtimestamp(int(expires), timezone.utc)
        if abs((ours - told).total_seconds()) > 1:
            text = "AWSENV_EXPIRES and AWS_CREDENTIAL_EXPIRATION name two ends of one pair of keys"
            yield warning(None, text, "awsenv off; awsenv use PROFILE")


def _names_set(around: "Surroundings") -> Iterator[str]:
    return (name for name in AWS_VARIABLES if name in KEY_VARIABLES[:3] and name in around.environment)


def _use(name: str | None) -> str:
    return f"awsenv use {name}"


CHECKS = checks_of(
    profile_variables,
    one_profile_variable,
    region_variables,
    blank_variable,
    profile_variable_unknown,
    keys_beside_profile,
    expired_variables,
    lone_key_variable,
    security_token_variable,
    conflicting_variable,
    load_config_variable,
    metadata_variable,
    awsenv_variables,
)
