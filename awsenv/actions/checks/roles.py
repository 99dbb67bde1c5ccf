"""Checks of roles that one profile assumes with the credentials of another, or with a token file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, checks_of, error, meant
from awsenv.runtime import encoded

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import ProfileFacts, Surroundings

_CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")


def missing_source(around: "Surroundings") -> Findings:
    """Find profiles that name a source_profile that does not exist."""
    names = {profile.name: None for profile in around.profiles}
    # To find the nearest of thousands takes its time; one is often named by many.
    fixes: dict[str, str] = {}
    for profile in around.profiles:
        name = profile.values.get("source_profile")
        if name is not None and name not in names:
            text = f'profile "{profile.name}" takes its role from profile "{name}", which does not exist'
            fix = fixes[name] = fixes.get(name) or meant(name, names, "add that profile")
            yield error(profile.place("source_profile"), text, fix)


def source_loop(around: "Surroundings") -> Findings:
    """Find source profiles that lead back to where they began."""
    by_name = {profile.name: profile for profile in around.profiles}
    for profile in around.profiles:
        visited = [profile.name]
        current = _source_of(profile, by_name)
        while current is not None and current.name not in visited:
            visited.append(current.name)
            current = _source_of(current, by_name)
        if current is profile and len(visited) > 1:
            text = f"the source profiles go round in a circle: {' → '.join([*visited, profile.name])}"
            yield error(profile.place("source_profile"), text, "let one of them have keys or an sso-session")


def role_source(around: "Surroundings") -> Findings:
    """Find a role_arn without anything to assume it with, with too much, or with a credential_source that is none."""
    for profile in around.profiles:
        if not profile.has("role_arn") or profile.has("web_identity_token_file"):
            continue
        source, named = profile.values.get("source_profile"), profile.values.get("credential_source")
        if source is None and named is None:
            text = f'profile "{profile.name}" has a role_arn, and neither source_profile nor credential_source'
            yield error(profile.place("role_arn"), text, "add: source_profile = PROFILE")
        elif source is not None and named is not None:
            text = f'profile "{profile.name}" has both a source_profile and a credential_source; boto3 refuses that'
            yield error(profile.place("credential_source"), text, "remove one of them")
        elif named is not None and named not in _CREDENTIAL_SOURCES:
            text = f'profile "{profile.name}" has a credential_source "{named}", which is none'
            yield error(profile.place("credential_source"), text, f"write one of: {', '.join(_CREDENTIAL_SOURCES)}")


def mfa_with_sso(around: "Surroundings") -> Findings:
    """Find an mfa_serial on a role whose source is Identity Center: STS takes no MFA code with such credentials."""
    by_name = {profile.name: profile for profile in around.profiles}
    for profile in around.profiles:
        source = _source_of(profile, by_name) if profile.has("mfa_serial") else None
        if source is not None and source is not profile and source.has("sso_account_id", "sso_role_name"):
            text = (
                f'profile "{profile.name}" asks for an MFA code, which STS refuses with credentials of Identity Center'
            )
            yield error(profile.place("mfa_serial"), text, "remove mfa_serial: the sign-in has its own MFA")


def web_identity_file(around: "Surroundings") -> Findings:
    """Find a web_identity_token_file that is not there, or that has no role_arn beside it."""
    for profile in around.profiles:
        path = profile.values.get("web_identity_token_file")
        if path and not profile.has("role_arn"):
            yield error(profile.place("web_identity_token_file"), f'profile "{profile.name}" has no role_arn', "add it")
        elif path and not Path(os.fsdecode(encoded(path))).is_file():
            text = f'the web_identity_token_file of profile "{profile.name}" does not exist'
            yield error(profile.place("web_identity_token_file"), text, f"ls -l {path}")


def _source_of(profile: "ProfileFacts", by_name: Mapping[str, "ProfileFacts"]) -> "ProfileFacts | None":
    return by_name.get(profile.values.get("source_profile", "")) if profile.has("role_arn") else None


CHECKS = checks_of(missing_source, source_loop, role_source, mfa_with_sso, web_identity_file)
