"""setup's first step: what a person means by a start URL and a region, and the sso-session that comes of it."""

import re
from collections.abc import Callable
from itertools import chain, count
from urllib.parse import urlsplit

from awsenv.actions.sessions import sso_sessions_of
from awsenv.errors import ConfigError, SectionNotOwned, UsageError
from awsenv.files.editor import Edited, config_file, edit_shared, load_shared
from awsenv.files.lossless import SharedText
from awsenv.files.names import all_regions
from awsenv.files.nearest import nearest
from awsenv.files.owned import SectionId, check_section
from awsenv.files.profiles import Profiles
from awsenv.model import Notice, SsoRole, SsoSession
from awsenv.runtime import Runtime, shown
from awsenv.values import Value

# Without it Identity Center gives no refresh token, and each hour would need a login.
_SCOPE = "sso:account:access"
_ALIAS = re.compile(r"[a-z0-9][a-z0-9-]*", re.IGNORECASE | re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}", re.ASCII)
# Pages of AWS's that people see on the way, and paste.
_OTHER_PAGES = re.compile(r"(device\.sso|signin|oidc|oidc-fips|portal\.sso|identitycenter|console|.*\.console)\.")
_NAMELESS = re.compile(r"d-[0-9a-f]{10}|ssoins-.*|start|localhost|[0-9]+", re.ASCII)
_FALLBACK_NAME = "my-sso"
_LOOKS_LIKE = 'it is the "AWS access portal URL" of IAM Identity Center, like https://company.awsapps.com/start'


class KnownSessions(Value):
    """The sso-sessions that the shared files have: with a section, and only as the start URL of legacy profiles.

    `legacy_profiles` names the latter's profiles, in the same order.
    """

    named: tuple[SsoSession, ...]
    legacy: tuple[SsoSession, ...]
    legacy_profiles: tuple[tuple[str, ...], ...]


def find_known(profiles: Profiles) -> KnownSessions:
    """Return what is there to choose from; a start URL that a section has, too, needs no other."""
    found = sso_sessions_of(profiles)
    named = tuple(each for each in found if each.name is not None)
    covered = {(_plain(each.start_url), each.region) for each in named}
    legacy = tuple(each for each in found if each.name is None and (_plain(each.start_url), each.region) not in covered)
    users = tuple(
        tuple(
            profile.name
            for profile in profiles
            if isinstance(profile.source, SsoRole) and profile.source.sso_session == each
        )
        for each in legacy
    )
    return KnownSessions(named, legacy, users)


def parse_start_url(text: str) -> str:
    """Return the start URL that somebody pasted: with or without https, `#/`, blanks, or just the portal's name.

    Raises:
        UsageError: it is none.
    """
    typed = text.strip().strip("<>\"'").strip()
    url = f"https://{typed}.awsapps.com/start" if _ALIAS.fullmatch(typed) and typed != "localhost" else typed
    if "://" not in url:
        url = f"https://{url}"
    scheme, _, rest = url.partition("#")[0].partition("?")[0].rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    url = f"{scheme.lower()}://{host.lower()}{slash}{path}"
    from awsenv.aws import pages

    if url.startswith("http://") and not pages.is_owned_page(url):
        url = f"https://{url.removeprefix('http://')}"
    if not slash and host.lower().endswith((".awsapps.com", ".awsapps.cn")):
        url += "/start"
    is_other = _OTHER_PAGES.match(host.lower()) or host.lower().endswith(".amazon.com")
    if is_other or not (pages.is_owned_page(url) or pages.is_vanity_url(url)):
        raise UsageError(f'"{shown(typed)}" is no start URL', hint=_LOOKS_LIKE)
    return url


def parse_region(text: str) -> str:
    """Return the region that somebody typed, as it is written.

    Raises:
        UsageError: no region looks like that.
    """
    typed = text.strip().strip("\"'").lower()
    if not _REGION.fullmatch(typed):
        raise UsageError(f'"{shown(typed)}" is no region', hint=_meant(typed) or "regions look like eu-west-1")
    return typed


def doubt_about(region: str) -> str | None:
    """Return what to ask about a region of which botocore has not heard, as a new one is, or None."""
    if region in all_regions():
        return None
    return f'there is no region "{region}" that awsenv knows of; {_meant(region) or "is it new?"}'


def region_behind(start_url: str, profiles: Profiles) -> str | None:
    """Return the region of Identity Center as far as it can be told: from the URL, or from what has it already."""
    from awsenv.aws import pages

    known = (each.region for each in sso_sessions_of(profiles) if _plain(each.start_url) == _plain(start_url))
    return pages.region_of(start_url) or next(known, None)


def name_for(start_url: str) -> str:
    """Return a name for the sso-session of a start URL: the company's, if it can be told."""
    labels = (urlsplit(start_url).hostname or "").split(".")
    if len(labels) < 2:  # noqa: PLR2004 - a host without a domain
        return _FALLBACK_NAME
    is_portal = labels[-2:] in (["awsapps", "com"], ["awsapps", "cn"], ["app", "aws"])
    name = labels[0] if is_portal else labels[-2]
    return _FALLBACK_NAME if _NAMELESS.fullmatch(name) else name


def free_name_for(start_url: str, region: str, runtime: Runtime) -> str:
    """Return a name for the sso-session of a start URL that no sso-session of another one has."""
    name = name_for(start_url)
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if is_free(make_session(each, start_url, region), runtime))


def is_free(sso_session: SsoSession, runtime: Runtime) -> bool:
    """Tell whether its section could be written without leading whoever names it to another Identity Center."""
    section_id = SectionId("sso-session", sso_session.token_key)
    text = load_shared(config_file(runtime))
    before = text.find(section_id)
    if before is None:
        return True
    is_of_url = _plain(before.get("sso_start_url", "")) == _plain(sso_session.start_url)
    return is_of_url and (text.is_owned(section_id) or before.get("sso_region") == sso_session.region)


def find_same(start_url: str, region: str | None, known: KnownSessions) -> SsoSession | None:
    """Return the sso-session that has this start URL already."""
    return next(
        (each for each in known.named if _plain(each.start_url) == _plain(start_url) and region in (None, each.region)),
        None,
    )


def make_session(name: str, start_url: str, region: str) -> SsoSession:
    """Return a new sso-session.

    Raises:
        UnusableName: that cannot be its name.
    """
    made = SsoSession(name, start_url, region, (_SCOPE,))
    check_section(SectionId("sso-session", name), _values(made))
    return made


def preview_session(sso_session: SsoSession, runtime: Runtime) -> SharedText:
    """Return the config file with the section in it; nothing is written.

    Raises:
        SectionNotOwned: a section of that name says something else.
    """
    text = load_shared(config_file(runtime))
    _put(text, sso_session)
    return text


def write_session(sso_session: SsoSession, *, runtime: Runtime, notify: Callable[[Notice], None]) -> Edited:
    """Write the section, unless one says the same.

    Raises:
        SectionNotOwned: a section of that name says something else.
        LocalFileError, ConfigError: as `edit_shared`; nothing is written then.
    """
    return edit_shared(config_file(runtime), lambda text: _put(text, sso_session), runtime=runtime, notify=notify)


def _put(text: SharedText, sso_session: SsoSession) -> None:
    if sso_session.name is None:
        raise ConfigError(f"the sso-session of {sso_session.start_url} has no name to be written by")
    section_id = SectionId("sso-session", sso_session.name)
    before = text.find(section_id)
    if before is None or text.is_owned(section_id):
        text.put(section_id, _values(sso_session))
        return
    there = _plain(before.get("sso_start_url", "")), before.get("sso_region")
    if there != (_plain(sso_session.start_url), sso_session.region):
        raise SectionNotOwned(
            f"{section_id} stands in {text.place_of(section_id)} with another start URL or region, and is not awsenv's",
            hint=f"awsenv setup --sso-session {sso_session.name}  uses it as it is; or choose another name",
        )


def _values(sso_session: SsoSession) -> dict[str, str]:
    return {
        "sso_start_url": sso_session.start_url,
        "sso_region": sso_session.region,
        "sso_registration_scopes": ",".join(sso_session.scopes) or _SCOPE,
    }


def _plain(start_url: str) -> str:
    return start_url.rstrip("/#")


def _meant(region: str) -> str | None:
    suggestion = nearest(region, all_regions())
    return f'did you mean "{suggestion}"?' if suggestion else None
