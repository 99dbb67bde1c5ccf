"""Checks of the headers in the shared files: sections that AWS tools pass over, or take for something else."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, Rename, Rewrite, checks_of, error, warning
from awsenv.files.owned import Kind, SectionId, header_of, id_of
from awsenv.files.scanner import Section
from awsenv.files.sections import name_in
from awsenv.runtime import encoded

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"sso[-_ ]?sessions?[-:=. ]\s*(?P<name>.+)", re.IGNORECASE), "sso-session"),
    (re.compile(r"services?[-:=. ]\s*(?P<name>.+)", re.IGNORECASE), "services"),
    (re.compile(r"profiles?[:=. ]\s*(?P<name>.+)", re.IGNORECASE), "profile"),
)
# What botocore takes for a profile, an sso-session or services by its beginning alone.
_BEGINNINGS: tuple[Kind, ...] = ("profile", "sso-session", "services")
_OTHERS = frozenset({"plugins", "preview"})
_PROFILE_KEYS = (
    *("aws_access_key_id", "credential_process", "credential_source", "login_session", "output", "region"),
    *("role_arn", "source_profile", "sso_account_id", "sso_role_name", "sso_session", "sso_start_url"),
    "web_identity_token_file",
)


def profile_header(around: "Surroundings") -> Findings:
    """Find [x] in the config file, where a profile is [profile x]; AWS tools say it does not exist."""
    for section in _passed_over(around):
        if _meant(section.name) is None and not section.name.startswith(_BEGINNINGS) and _is_profile(section):
            wanted = SectionId("profile", section.name.strip().strip("'\""))
            text = f"AWS tools pass over [{section.name}]: in this file a profile is {wanted}"
            yield error(around.config.place(section.line), text, f"write: {wanted}", _renamed(around, section, wanted))


def misspelt_header(around: "Surroundings") -> Findings:
    """Find headers like [Profile x] or [sso_session x] in the config file, which AWS tools pass over."""
    for section in _passed_over(around):
        wanted = _meant(section.name)
        if wanted is not None:
            text = f"AWS tools pass over [{section.name}], which is spelt {wanted}"
            yield error(around.config.place(section.line), text, f"write: {wanted}", _renamed(around, section, wanted))


def header_name(around: "Surroundings") -> Findings:
    """Find sections without a name, or with one of several words without quotes: AWS tools pass over them."""
    for section in _passed_over(around):
        kind = next((kind for kind in _BEGINNINGS if section.name.startswith(kind)), None)
        if kind is None or _meant(section.name) is not None:
            continue
        place, name = around.config.place(section.line), section.name[len(kind) :].strip(" \t'\"")
        if name and section.name[len(kind)].isspace():
            wanted = SectionId(kind, name)
            text = f"AWS tools pass over [{section.name}]: a name with spaces or quotes stands in quotes"
            yield error(place, text, f"write: {wanted}", _renamed(around, section, wanted))
        else:
            text = f"AWS tools pass over [{section.name}]: behind the word {kind} stands a blank, and then the name"
            yield error(place, text, f"write: [{kind} NAME]")


def credentials_header(around: "Surroundings") -> Findings:
    """Find [profile x] in the credentials file, where a profile is [x]."""
    sections = {} if around.is_one_file else around.credentials.ini.sections
    for header, section in sections.items():
        name = name_in(header) if header.startswith("profile ") else None
        if name is None:
            continue
        text = f'in this file the profile of [{header}] is called "{header}": without the word "profile" it is meant'
        mend = None if name in sections else Rewrite(is_config=False, change=_without_word(header, name))
        yield error(around.credentials.place(section.line), text, f"write: [{name}]", mend)


def profile_twice(around: "Surroundings") -> Findings:
    """Find two headers for one profile or sso-session, like [default] and [profile default]: tools differ."""
    seen: dict[SectionId, Section] = {}
    for header, section in around.config.ini.sections.items():
        section_id = id_of(header, is_config=True)
        before = seen.setdefault(section_id, section) if section_id else section
        if before is not section:
            text = (
                f"[{header}] and [{before.name}] on line {before.line} are one: boto3 and the AWS CLI read only the "
                "later one, Go, Java and JavaScript prefer the one with the word or mix the two"
            )
            yield error(around.config.place(section.line), text, "make one section of the two")


def default_capitals(around: "Surroundings") -> Findings:
    """Find [DEFAULT] in capitals: boto3 and the AWS CLI take its keys for every section of the file."""
    for shared in around.shared:
        defaults = shared.ini.defaults
        if defaults.entries:
            text = "boto3 and the AWS CLI take the keys of [DEFAULT] for every section of this file, others for none"
            yield warning(shared.place(defaults.line), text, "write: [default]")


def _passed_over(around: "Surroundings") -> list[Section]:
    if around.is_one_file:
        # What one of the two passes over is what the other reads.
        return []
    return [
        section
        for header, section in around.config.ini.sections.items()
        if id_of(header, is_config=True) is None and header not in _OTHERS
    ]


def _is_profile(section: Section) -> bool:
    return any(key in section.entries for key in _PROFILE_KEYS)


def _meant(header: str) -> SectionId | None:
    # Only where the word itself is wrong: a name that lacks its quotes is another matter.
    for form, kind in _KINDS:
        found = form.fullmatch(header)
        if found and not header.startswith(f"{kind} "):
            return SectionId(kind, found["name"].strip().strip("'\""))
    return None


def _renamed(around: "Surroundings", section: Section, wanted: SectionId) -> Rename | None:
    # Of two sections only a person knows which one counts.
    is_there = any(id_of(header, is_config=True) == wanted for header in around.config.ini.sections)
    if is_there or not wanted.name or id_of(header_of(wanted), is_config=True) != wanted:
        return None
    return Rename(section.name, wanted)


def _without_word(header: str, name: str) -> Callable[[bytes], bytes]:
    old, new = encoded(f"[{header}]"), encoded(f"[{name}]")

    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        return b"".join(line.replace(old, new, 1) if line.strip().startswith(old) else line for line in lines)

    return change


CHECKS = checks_of(profile_header, misspelt_header, header_name, credentials_header, profile_twice, default_capitals)
