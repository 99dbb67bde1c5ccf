"""Checks of the keys in the shared files: incomplete ones, temporary ones that are over, and long-lived ones."""

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Amend, Findings, Strike, amended, checks_of, error, warning
from awsenv.files.scanner import Section
from awsenv.files.sources import COPY_SIGNS, is_copy
from awsenv.runtime import parse_moment

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import ProfileFacts, Surroundings

_PAIR = ("aws_access_key_id", "aws_secret_access_key")
_TOKENS = ("aws_session_token", "aws_security_token")
# What the tools that write temporary keys call their end: aws-mfa, saml2aws, awsume, yawsso, aws-sso-creds, granted.
_EXPIRIES = (
    *("expiration", "aws_expiration", "aws_session_expiration", "aws_credential_expiration"),
    *("aws_credentials_expiration", "x_security_token_expires", "token_expiration", "expires_at", "expiry"),
)
_TEMPORARY = "ASIA"
_LONG_LIVED = "AKIA"
# As ssocred has it, and awsenv by a setting.
_MILLISECONDS = re.compile(r"[1-9][0-9]{12}", re.ASCII)


def incomplete_keys(around: "Surroundings") -> Findings:
    """Find half of a pair of keys; boto3 fails with it, others look elsewhere."""
    for profile in around.profiles:
        for section, is_config in ((profile.config, True), (profile.credentials, False)):
            own = section.entries if section is not None else {}
            there = [key for key in _PAIR if own.get(key, ("", 0))[0]]
            named = [key for key in _PAIR if key in own]
            if named and len(there) < len(_PAIR):
                missing = next(key for key in _PAIR if key not in there)
                shared = around.config if is_config else around.credentials
                text = f'profile "{profile.name}" has no {missing} beside the other half: boto3 ends with an error'
                yield error(shared.place(own[named[0]][1]), text, "write both, as AWS has given them, or neither")


def expired_leftover(around: "Surroundings") -> Findings:
    """Find temporary keys in the credentials file that are over and shadow another source of the same profile."""
    for profile in around.profiles:
        others = profile.has("sso_account_id", "sso_role_name", "credential_process", "role_arn", "login_session")
        if are_over(profile, around) and others and profile.credentials is not None:
            text = (
                f'profile "{profile.name}" has keys here that are over: JavaScript and Go take them all the same, '
                "and fail, while boto3 takes the other source"
            )
            mend = _without_keys(profile, profile.credentials)
            fix = "awsenv sync; or remove them" if is_copy(profile.values) else "remove them"
            yield error(profile.place("aws_access_key_id"), text, fix, mend)


def expired_keys(around: "Surroundings") -> Findings:
    """Find temporary keys in the credentials file that are over, in a profile that has nothing else."""
    for profile in around.profiles:
        others = profile.has("sso_account_id", "sso_role_name", "credential_process", "role_arn", "login_session")
        if are_over(profile, around) and not others:
            text = f'profile "{profile.name}" has nothing but temporary keys, and they are over'
            fix = "awsenv sync" if is_copy(profile.values) else "have the tool that wrote them write new ones"
            yield warning(profile.place("aws_access_key_id"), text, fix)


def default_keys(around: "Surroundings") -> Findings:
    """Find long-lived keys in [default], which every command uses that names no profile."""
    profile = around.find("default")
    if profile is None or not all(profile.values.get(key) for key in _PAIR) or profile.has(*_TOKENS):
        return
    if not profile.values["aws_access_key_id"].startswith(_TEMPORARY):
        text = "long-lived keys stand in [default]: every command that names no profile works with them, unasked"
        yield warning(
            profile.place("aws_access_key_id"),
            text,
            "awsenv migrate; or give the section another name, and name it when you mean it",
        )


def token_missing(around: "Surroundings") -> Findings:
    """Find temporary keys without their session token: AWS refuses them."""
    for profile in around.profiles:
        if profile.values.get("aws_access_key_id", "").startswith(_TEMPORARY) and not profile.has(*_TOKENS):
            text = (
                f'the keys of profile "{profile.name}" are temporary, and have no aws_session_token: AWS refuses them'
            )
            yield error(profile.place("aws_access_key_id"), text, "write the aws_session_token that came with them")


def are_over(profile: "ProfileFacts", around: "Surroundings") -> bool:
    """Tell whether the keys of a profile in the credentials file are temporary ones that say that they are over."""
    until = _expiry_of(profile.credentials) if profile.credentials is not None else None
    return until is not None and until <= around.now


def _expiry_of(section: Section) -> datetime | None:
    # A long-lived key has no end, whatever stands beside it.
    if not any(key in section.entries for key in _TOKENS) or "aws_access_key_id" not in section.entries:
        return None
    if section.entries["aws_access_key_id"][0].startswith(_LONG_LIVED):
        return None
    told = (section.entries[key][0] for key in _EXPIRIES if key in section.entries)
    return next((moment for text in told if (moment := _moment(text)) is not None), None)


def _moment(text: str) -> datetime | None:
    if moment := parse_moment(text):
        return moment
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) // 1000, timezone.utc)
    # yawsso writes its offset twice.
    return parse_moment(text.removesuffix("+0000"))


def _without_keys(profile: "ProfileFacts", section: Section) -> Amend | Strike | None:
    section_id, gone = profile.section_id(is_config=False), (*_PAIR, *_TOKENS, *_EXPIRIES, *COPY_SIGNS)
    return Strike(section_id) if all(key in gone for key in section.entries) else amended(section_id, {}, *gone)


CHECKS = checks_of(incomplete_keys, expired_leftover, expired_keys, default_keys, token_missing)
