"""Checks of profiles: whether what they name exists, and whether all tools take the same credentials from them."""

import shlex
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, checks_of, error, meant, warning
from awsenv.actions.checks.keys import are_over
from awsenv.files.sources import is_copy

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import ProfileFacts, Surroundings

_SSO = ("sso_session", "sso_start_url", "sso_account_id", "sso_role_name")


def missing_session(around: "Surroundings") -> Findings:
    """Find profiles that name an sso-session that does not exist."""
    names = around.sections.sso_sessions
    for profile in around.profiles:
        name = profile.values.get("sso_session")
        if name is not None and name not in names:
            text = f'profile "{profile.name}" names the sso-session "{name}", which does not exist'
            yield error(profile.place("sso_session"), text, meant(name, names, "add the section [sso-session …]"))


def incomplete_sso(around: "Surroundings") -> Findings:
    """Find profiles of Identity Center that lack the account, the role, the start URL or its region."""
    for profile in around.profiles:
        wanted = [*_SSO[2:], *([] if profile.has("sso_session") else ["sso_start_url", "sso_region"])]
        lacking = [key for key in wanted if not profile.values.get(key)]
        if profile.has(*_SSO) and lacking and not _is_token_only(profile):
            text = f'profile "{profile.name}" uses Identity Center, but lacks {", ".join(lacking)}'
            yield error(profile.place(), text, f"aws configure sso --profile {profile.name}")


def session_differs(around: "Surroundings") -> Findings:
    """Find profiles whose start URL or region of Identity Center is not that of their sso-session; boto3 refuses."""
    for profile in around.profiles:
        section = around.sections.sso_sessions.get(profile.values.get("sso_session", ""))
        for key, value in section.values().items() if section else ():
            own = profile.values.get(key)
            if key.startswith("sso_") and own not in (None, value):
                text = f'profile "{profile.name}" says another {key} than its sso-session "{section and section.name}"'
                yield error(profile.place(key), text, f"remove {key} from the profile")


def legacy_sso(around: "Surroundings") -> Findings:
    """Find profiles with a start URL of their own: no tool renews their sign-in, it is over after some hours."""
    for profile in around.profiles:
        if profile.has("sso_start_url") and not profile.has("sso_session"):
            text = f'profile "{profile.name}" has no sso-session, so no tool can renew its sign-in'
            yield warning(
                profile.place("sso_start_url"), text, "move the sso_ keys to an [sso-session NAME] and name it"
            )


def key_mixture(around: "Surroundings") -> Findings:
    """Find profiles with keys beside another source, which tools rank differently."""
    for profile in around.profiles:
        # A copy that awsenv keeps is there for those who rank it first.
        if not profile.has("aws_access_key_id") or is_copy(profile.values):
            continue
        others = {
            "Identity Center": profile.has("sso_account_id", "sso_role_name"),
            "a credential_process": profile.has("credential_process"),
            "a web identity": profile.has("web_identity_token_file"),
            "a console login": profile.has("login_session"),
        }
        told = [name for name, is_there in others.items() if is_there]
        if told and not are_over(profile, around):
            text = f'profile "{profile.name}" has keys beside {" and ".join(told)}: {_winners(told[0], profile)}'
            yield warning(profile.place("aws_access_key_id"), text, "remove the keys, or the other source")


def process_beside_sso(around: "Surroundings") -> Findings:
    """Find profiles with both Identity Center and a credential_process, which tools rank differently."""
    for profile in around.profiles:
        if profile.has("credential_process") and profile.has("sso_account_id", "sso_role_name"):
            text = (
                f'profile "{profile.name}" has Identity Center beside a credential_process: JavaScript takes that, '
                "boto3, the AWS CLI, Go and Java take Identity Center"
            )
            yield warning(profile.place("credential_process"), text, "remove one of them")


def missing_region(around: "Surroundings") -> Findings:
    """Find profiles with credentials and no region: most tools then end with "no region"."""
    if around.environment.get("AWS_REGION") and around.environment.get("AWS_DEFAULT_REGION"):
        return
    for profile in around.profiles:
        is_source = profile.has(
            "aws_access_key_id", "role_arn", "sso_account_id", "credential_process", "login_session"
        )
        if is_source and not profile.values.get("region") and not profile.has("sso_region"):
            text = f'profile "{profile.name}" has no region; that of [default] does not count for it'
            yield warning(profile.place(), text, f"aws configure set region REGION --profile {profile.name}")


def sso_region_alone(around: "Surroundings") -> Findings:
    """Find profiles with an sso_region and no region: that is where Identity Center is, and not where you work."""
    for profile in around.profiles:
        if profile.has("sso_region") and not profile.values.get("region"):
            text = (
                f'profile "{profile.name}" has an sso_region, where Identity Center is, and no region, where you work'
            )
            yield warning(profile.place("sso_region"), text, "add: region = …")


def process_command(around: "Surroundings") -> Findings:
    """Find a credential_process that names no program, or one that only some tools would find."""
    for profile in around.profiles:
        command = profile.values.get("credential_process")
        if command is None:
            continue
        problem = _problem_of(command, around.environment)
        if problem is not None:
            text, fix = problem
            yield error(
                profile.place("credential_process"), f'credential_process of profile "{profile.name}" {text}', fix
            )


def missing_services(around: "Surroundings") -> Findings:
    """Find profiles that name a services section that does not exist."""
    for profile in around.profiles:
        name = profile.values.get("services")
        if name and name not in around.sections.services:
            text = f'profile "{profile.name}" names [services {name}], which does not exist; boto3 fails with it'
            yield error(profile.place("services"), text, meant(name, around.sections.services, "add the section"))


def _is_token_only(profile: "ProfileFacts") -> bool:
    # An sso-session alone gives bearer tokens, as for CodeCatalyst.
    return profile.has("sso_session") and not profile.has("sso_account_id", "sso_role_name")


def _winners(other: str, profile: "ProfileFacts") -> str:
    if other not in {"a credential_process", "a console login"}:
        return f"JavaScript and Go take the keys, boto3, the AWS CLI and Java take {other}"
    theirs = other if profile.is_in_config("aws_access_key_id") else "the keys"
    java = "" if other == "a console login" else f", Java takes {other}"
    return f"JavaScript and Go take the keys, boto3 and the AWS CLI take {theirs}{java}"


def _problem_of(command: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    try:
        program = (shlex.split(command) or [""])[0]
    except ValueError:
        return "has a quote without its end", "close it"
    if not program:
        return "is empty", "remove it, or name a program"
    if program.startswith("~") or "$" in program:
        return "begins with ~ or a variable, which boto3 and the AWS CLI take literally", "write the whole path"
    if "/" in program and not program.startswith("/"):
        return "names its program by a path that depends on where you are", "write the whole path"
    if shutil.which(program, path=environment.get("PATH")) is None:
        return f'names "{program}", which is no program here', f"ls -l {program}; or install it"
    return None


CHECKS = checks_of(
    missing_session,
    incomplete_sso,
    session_differs,
    legacy_sso,
    key_mixture,
    process_beside_sso,
    missing_region,
    sso_region_alone,
    process_command,
    missing_services,
)
