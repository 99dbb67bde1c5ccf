"""Checks of the values of keys in the shared files: quotes, comments, forms, and names that were mistyped."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, amended, checks_of, error, warning
from awsenv.files.names import all_regions
from awsenv.files.nearest import nearest
from awsenv.files.owned import SectionId, id_of
from awsenv.files.scanner import Section
from awsenv.model import Place

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_KNOWN = frozenset(
    {
        *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region", "output", "role_arn"),
        *("source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name"),
        *("duration_seconds", "credential_process", "web_identity_token_file", "login_session", "ca_bundle"),
        *("sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"),
        *("sso_registration_scopes", "sso_account_name", "endpoint_url", "services"),
    }
)
# Commands, paths, names that people gave, and secrets: each may well hold a sign of a comment.
_FREE = frozenset(
    {
        *("credential_process", "aws_secret_access_key", "aws_session_token", "sso_account_name", "external_id"),
        *("ca_bundle", "web_identity_token_file"),
    }
)
_QUOTABLE = frozenset({"credential_process", "sso_account_name", "external_id"})
_REGION_KEYS = ("region", "sso_region")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+", re.ASCII)
_ZONE = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+[a-z]", re.ASCII)
_PSEUDO = frozenset({"aws-global", "aws-cn-global", "local", "localhost"})
_COMMENT = re.compile(r"\s[#;].*")
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_KEY_ID = re.compile(r"[A-Z0-9_]{16,128}", re.ASCII)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+", re.ASCII)
_MISTYPED = {
    "aws_access_key": "aws_access_key_id",
    "aws_secret_key": "aws_secret_access_key",
    "aws_secret_access_key_id": "aws_secret_access_key",
    "sso_account": "sso_account_id",
    "sso_role": "sso_role_name",
    "sso_url": "sso_start_url",
    "start_url": "sso_start_url",
    "sso_scopes": "sso_registration_scopes",
    "default_region": "region",
    "aws_region": "region",
    "aws_default_region": "region",
}


def quoted_value(around: "Surroundings") -> Findings:
    """Find values in quotes, which AWS tools take for a part of the value."""
    for section_id, _, key, value, place in _entries(around):
        inner = value[1:-1].strip()
        if key not in _QUOTABLE and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            text = (
                f"the quotes are a part of the {key} of {section_id}: tools look for one of that name, quotes included"
            )
            yield error(place, text, "write it without the quotes", amended(section_id, {key: inner}))


def inline_comment(around: "Surroundings") -> Findings:
    """Find comments behind a value, which AWS tools take for a part of it."""
    names = {*around.sections.sso_sessions, *around.sections.services, *(each.name for each in around.profiles)}
    for section_id, _, key, value, place in _entries(around):
        found = None if key in _FREE or value in names else _COMMENT.search(value)
        if found and value[0] not in "'\"":
            text = f"what stands behind the {key} of {section_id} is no comment to AWS tools, but a part of it"
            mend = amended(section_id, {key: value[: found.start()]})
            yield error(place, text, "put the comment on a line of its own", mend)


def mistyped_key(around: "Surroundings") -> Findings:
    """Find keys that no tool reads, and that are nearly one: sso-session, aws_access_key."""
    for section_id, section, key, value, place in _entries(around, known=False):
        wanted = "" if key in _KNOWN else _MISTYPED.get(key) or _one_slip_from(key.replace("-", "_"))
        if wanted not in _KNOWN:
            continue
        is_twice = wanted in section.entries
        text = f'no AWS tool reads the key "{key}" of {section_id}; "{wanted}" is one'
        mend = None if is_twice else amended(section_id, {wanted: value}, key)
        yield error(place, text, "remove it" if is_twice else f"write: {wanted} = …", mend)


def unknown_region(around: "Surroundings") -> Findings:
    """Find regions that AWS has none of, and that are nearly one that it has."""
    known = dict.fromkeys(all_regions())
    for section_id, _, key, value, place in _entries(around):
        if key in _REGION_KEYS and _REGION.fullmatch(value) and value not in known and (meant := nearest(value, known)):
            text = f'AWS has no region "{value}", the {key} of {section_id}, as far as this version knows'
            yield warning(place, text, f'did you mean "{meant}"?')


def region_form(around: "Surroundings") -> Findings:
    """Find regions that cannot be one: an availability zone, capitals, an underscore."""
    for section_id, _, key, value, place in _entries(around):
        if key not in _REGION_KEYS or _REGION.fullmatch(value) or value in _PSEUDO or _is_other_trouble(value):
            continue
        plain = value.strip().lower().replace("_", "-").replace(" ", "-")
        meant = plain[:-1] if _ZONE.fullmatch(plain) else plain
        mend = amended(section_id, {key: meant}) if _REGION.fullmatch(meant) else None
        what = "is an availability zone and no region" if _ZONE.fullmatch(value) else "is no region"
        text = f'the {key} of {section_id}, "{value}", {what}: requests go to a host that does not exist'
        yield error(place, text, f"write: {meant}" if mend else "write a region, like eu-west-1", mend)


def account_form(around: "Surroundings") -> Findings:
    """Find account ids that are not twelve digits, as when a leading zero was lost."""
    for section_id, _, key, value, place in _entries(around):
        if key != "sso_account_id" or _ACCOUNT.fullmatch(value) or _is_other_trouble(value):
            continue
        digits = re.sub(r"[\s-]", "", value)
        mend = amended(section_id, {key: digits}) if _ACCOUNT.fullmatch(digits) else None
        lost = " (a leading zero may be lost)" if digits.isdigit() and len(digits) < len("000000000000") else ""
        text = f"the sso_account_id of {section_id} is not twelve digits{lost}: Identity Center refuses it"
        yield error(place, text, f"write: {digits}" if mend else "write the id as the AWS console shows it", mend)


def role_arn_form(around: "Surroundings") -> Findings:
    """Find a role_arn that is no ARN of a role: STS refuses it."""
    for section_id, _, key, value, place in _entries(around):
        if key == "role_arn" and not _ROLE_ARN.fullmatch(value) and not _is_other_trouble(value):
            text = f"the role_arn of {section_id} is no ARN of a role, and STS refuses it"
            yield error(place, text, "write: arn:aws:iam::ACCOUNT:role/NAME")


def key_form(around: "Surroundings") -> Findings:
    """Find an aws_access_key_id that cannot be one, as when it and the secret were swapped."""
    for section_id, section, key, value, place in _entries(around):
        if key != "aws_access_key_id" or not value or _KEY_ID.fullmatch(value) or _is_other_trouble(value):
            continue
        other = section.entries.get("aws_secret_access_key", ("", 0))[0]
        swapped = ": it and aws_secret_access_key look swapped" if _KEY_ID.fullmatch(other) else ""
        text = f"the aws_access_key_id of {section_id} is no access key id{swapped}; AWS refuses what is signed with it"
        yield error(place, text, "write both anew, as AWS has given them")


def duration_form(around: "Surroundings") -> Findings:
    """Find a duration_seconds that is no number, or none that STS takes."""
    for section_id, _, key, value, place in _entries(around):
        if key == "duration_seconds" and not (value.isdecimal() and 900 <= int(value) <= 43_200):  # noqa: PLR2004
            text = (
                f"the duration_seconds of {section_id} is not between 900 and 43200: STS refuses it, or it is not read"
            )
            yield warning(place, text, "write a number of seconds, like 3600")


def _entries(around: "Surroundings", *, known: bool = True) -> Iterator[tuple[SectionId, Section, str, str, Place]]:
    for shared in around.shared:
        for header, section in shared.ini.sections.items():
            section_id = id_of(header, is_config=shared.is_config)
            if section_id is None or section_id.kind == "services":
                continue
            for key, (value, line) in section.entries.items():
                if not known or (key in _KNOWN and value):
                    yield section_id, section, key, value, Place(shared.path, line)


def _one_slip_from(key: str) -> str:
    # One letter too many, missing, wrong or in the other's place: of two slips some are keys of other tools.
    for known in _KNOWN:
        if abs(len(known) - len(key)) <= 1 and _is_one_slip(known, key):
            return known
    return key


def _is_one_slip(one: str, other: str) -> bool:
    start = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, others = one[start:], other[start:]
    is_swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return is_swapped or rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]


def _is_other_trouble(value: str) -> bool:
    # Quotes and comments have checks of their own.
    return value[:1] in {"'", '"'} or _COMMENT.search(value) is not None


CHECKS = checks_of(
    quoted_value,
    inline_comment,
    mistyped_key,
    region_form,
    unknown_region,
    account_form,
    role_arn_form,
    key_form,
    duration_form,
)
