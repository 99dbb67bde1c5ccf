"""Checks of [sso-session] sections: whether one can sign in with them, and stay signed in."""

import re
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, amended, checks_of, error, warning
from awsenv.files.owned import SectionId
from awsenv.files.scanner import Section

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_SCOPES = "sso_registration_scopes"
_SCOPE = "sso:account:access"
_START_URL = re.compile(r"https://[^/\s#?]+(/[^\s#?]*)?", re.ASCII)


def session_incomplete(around: "Surroundings") -> Findings:
    """Find an sso-session without its start URL or its region: nobody can sign in to it."""
    for name, section in around.sections.sso_sessions.items():
        values = section.values()
        lacking = [key for key in ("sso_start_url", "sso_region") if not values.get(key)]
        if lacking == ["sso_region"] and values.get("region"):
            continue
        if lacking:
            text = f'the sso-session "{name}" lacks {" and ".join(lacking)}: nobody can sign in to it'
            yield error(
                around.config.place(section.line), text, f"aws configure sso-session, or write {lacking[0]} = …"
            )


def session_region(around: "Surroundings") -> Findings:
    """Find an sso-session with a region in place of its sso_region, which no tool reads there."""
    for name, section in around.sections.sso_sessions.items():
        region, line = section.entries.get("region", ("", 0))
        if region and not section.values().get("sso_region"):
            text = f'the sso-session "{name}" has a region, where tools look for sso_region'
            mend = amended(SectionId("sso-session", name), {"sso_region": region}, "region")
            yield error(around.config.place(line), text, f"write: sso_region = {region}", mend)


def session_scopes(around: "Surroundings") -> Findings:
    """Find an sso-session without scopes: a sign-in by device code is then not renewed, and over after some hours."""
    for name, section in around.sections.sso_sessions.items():
        if not section.values().get(_SCOPES) and section.values().get("sso_start_url"):
            text = f'the sso-session "{name}" names no scopes: a sign-in by device code gets no refresh token'
            mend = amended(SectionId("sso-session", name), {_SCOPES: _SCOPE})
            yield warning(around.config.place(section.line), text, f"add: {_SCOPES} = {_SCOPE}", mend)


def start_url(around: "Surroundings") -> Findings:
    """Find start URLs without https, or copied from the browser with what stands behind the #."""
    for name, section in around.sections.sso_sessions.items():
        url, line = section.entries.get("sso_start_url", ("", 0))
        if not url or _START_URL.fullmatch(url) or url[:1] in "'\"" or re.search(r"\s[#;]", url):
            continue
        plain = re.sub(r"/?#.*", "", re.sub(r"^(http:)?//", "https://", url))
        mend = (
            amended(SectionId("sso-session", name), {"sso_start_url": plain}) if _START_URL.fullmatch(plain) else None
        )
        text = f'the sso_start_url of the sso-session "{name}" is not the one that Identity Center knows'
        fix = f"write: {plain}" if mend else "copy it from the settings of Identity Center: https://….awsapps.com/start"
        yield error(around.config.place(line), text, fix, mend)


def session_same(around: "Surroundings") -> Findings:
    """Find two sso-sessions of one start URL: each wants a login of its own."""
    seen: dict[str, Section] = {}
    for name, section in around.sections.sso_sessions.items():
        url = section.values().get("sso_start_url", "").rstrip("/#").lower()
        before = seen.setdefault(url, section) if url else section
        if before is not section:
            text = f'the sso-session "{name}" has the start URL of [{before.name}] on line {before.line}: two logins'
            yield warning(
                around.config.place(section.line), text, "let all profiles name one of them, remove the other"
            )


def session_unused(around: "Surroundings") -> Findings:
    """Find an sso-session that no profile names."""
    named = {profile.values.get("sso_session") for profile in around.profiles}
    for name, section in around.sections.sso_sessions.items():
        if name not in named:
            text = f'no profile names the sso-session "{name}"'
            yield warning(
                around.config.place(section.line), text, f"awsenv populate --sso-session {name}; or remove it"
            )


CHECKS = checks_of(session_incomplete, session_region, session_scopes, start_url, session_same, session_unused)
