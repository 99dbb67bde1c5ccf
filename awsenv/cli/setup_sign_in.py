"""setup: which sso-session it is to be, and the sign-in to it, before anything is written."""

from collections.abc import Callable
from typing import NoReturn

from awsenv.actions.login import sign_in, wish_for
from awsenv.actions.sessions import find_sso_session, finder_for, status_of
from awsenv.actions.setup_session import (
    KnownSessions,
    doubt_about,
    find_known,
    find_same,
    free_name_for,
    is_free,
    make_session,
    parse_region,
    parse_start_url,
    preview_session,
    region_behind,
)
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.setup_questions import Questions
from awsenv.cli.terminal import say, say_error, say_notice
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, ConfigError, LoginTimedOut, UsageError
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.reading import ignore
from awsenv.files.settings import Settings
from awsenv.model import SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

_TELL = "--start-url URL --sso-region REGION"
# What a wrong start URL or region looks like, besides a page that never comes back.
_MISTAKEN = (AwsUnreachable, AccessRefused, ConfigError, LoginTimedOut, KeyboardInterrupt)


class SessionWish(Value):
    """What the command line says of the sso-session; None where nothing. `tried` is the one that did not work."""

    name: str | None
    start_url: str | None
    sso_region: str | None
    device_code: bool = False
    tried: SsoSession | None = None


def choose_session(wish: SessionWish, questions: Questions, runtime: Runtime) -> tuple[SsoSession, bool]:
    """Return the sso-session, and whether it has yet to be written.

    Raises:
        UsageError: nobody says which.
        SectionNotOwned: as `preview_session`.
        AwsenvError: as `load_profiles`, `find_sso_session`.
    """
    profiles = load_profiles(runtime)
    known = find_known(profiles)
    if wish.start_url is None and wish.name is not None and (_has(wish.name, profiles) or not questions.is_asked):
        return find_sso_session(wish.name, profiles), False
    if wish.start_url is None and wish.name is None and (known.named or known.legacy):
        chosen = _choose_known(known, questions)
        if chosen is not None and chosen.name is not None:
            return chosen, False
        if chosen is not None:
            wish = replace(wish, start_url=chosen.start_url, sso_region=wish.sso_region or chosen.region)
    sso_session, is_new = _make(wish, known, profiles, questions, runtime)
    if is_new:
        # Refused later, its sign-in would by then have taken the place of that of the section which is there.
        preview_session(sso_session, runtime)
    return sso_session, is_new


def signed_in(
    wish: SessionWish, settings: Settings, questions: Questions, runtime: Runtime
) -> tuple[SsoSession, bool, bool]:
    """Return the sso-session, whether it has yet to be written, and whether the person is signed in to it.

    A start URL or region with which nobody can sign in is asked for again, and not kept.

    Raises:
        AwsenvError: as `choose_session` and `sign_in`.
    """
    while True:
        sso_session, is_new = choose_session(wish, questions, runtime)
        try:
            return sso_session, is_new, _sign_in(sso_session, wish, settings, questions, runtime)
        except _MISTAKEN as error:
            if not (is_new and questions.is_asked):
                raise
            if isinstance(error, AwsenvError):
                say_error(error)
            say(f"awsenv: not signed in at {sso_session.start_url} in {sso_session.region}; nothing of it is kept")
            if not questions.agrees("try another start URL or region?"):
                raise
            wish = replace(wish, name=sso_session.name, start_url=None, sso_region=None, tried=sso_session)


def region_parser() -> Callable[[str], str]:
    """Return what reads a region, and asks once more for one that nobody has heard of."""
    doubted = set[str]()

    def parse(text: str) -> str:
        region = parse_region(text)
        doubt = None if region in doubted else doubt_about(region)
        if doubt:
            # AWS has new ones sooner than botocore knows of them: who says so twice is right.
            doubted.add(region)
            raise UsageError(doubt, hint="type it again if it is right")
        return region

    return parse


def _sign_in(
    sso_session: SsoSession, wish: SessionWish, settings: Settings, questions: Questions, runtime: Runtime
) -> bool:
    name = sso_session.token_key
    if status_of(sso_session, runtime, ignore).state == "dead" and not questions.agrees(f"sign in to {name} now?"):
        return False
    progress = TerminalProgress(runtime)
    profiles = load_profiles(runtime)
    finder = finder_for(sso_session, None, profiles, runtime, say_notice, settings.allowed_endpoints)
    how = wish_for(sso_session, settings)
    how = replace(how, flow="device-code" if wish.device_code else how.flow)
    try:
        progress.finish(sign_in(sso_session, how, finder=finder, progress=progress))
    finally:
        progress.clear()
    return True


def _has(name: str, profiles: Profiles) -> bool:
    return name in profiles.sso_sessions or name in profiles.incomplete_sso_sessions


def _choose_known(known: KnownSessions, questions: Questions) -> SsoSession | None:
    found = [*known.named, *known.legacy]
    if not questions.is_asked:
        candidates = known.named or known.legacy
        if len(candidates) > 1:
            _refuse_to_guess(known)
        return candidates[0]
    choices = [f"{each.name} ({each.start_url}, {each.region})" for each in known.named]
    for legacy, users in zip(known.legacy, known.legacy_profiles, strict=True):
        place = f"{legacy.start_url}, {legacy.region}"
        choices.append(f"a new sso-session for {place}, as of {_listed(users)}; they stay as they are")
    index = questions.choose("which sso-session?", [*choices, "another one"], option="--sso-session NAME")
    return found[index] if index < len(found) else None


def _listed(names: tuple[str, ...]) -> str:
    return f"profile {names[0]}" if len(names) == 1 else f"profile {names[0]} and {len(names) - 1} more"


def _refuse_to_guess(known: KnownSessions) -> NoReturn:
    if known.named:
        names = ", ".join(each.token_key for each in known.named)
        raise UsageError(f"which sso-session? There are: {names}", hint="awsenv setup --sso-session NAME")
    urls = ", ".join(each.start_url for each in known.legacy)
    raise UsageError(f"which start URL? There are: {urls}", hint=f"awsenv setup {_TELL}")


def _make(
    wish: SessionWish, known: KnownSessions, profiles: Profiles, questions: Questions, runtime: Runtime
) -> tuple[SsoSession, bool]:
    tried = wish.tried
    if wish.start_url is not None:
        start_url = parse_start_url(wish.start_url)
    else:
        question = "the start URL (AWS access portal URL)"
        start_url = questions.text(question, tried.start_url if tried else None, parse_start_url, option=_TELL)
    region = None if wish.sso_region is None else parse_region(wish.sso_region)
    same = find_same(start_url, region, known)
    if same is not None and wish.name in (None, same.name):
        return same, False
    if region is None:
        question = "the region of Identity Center (the SSO region)"
        default = region_behind(start_url, profiles) or (tried.region if tried else None)
        region = questions.text(question, default, region_parser(), option=_TELL)
    if wish.name is not None:
        return make_session(wish.name, start_url, region), True

    def parse(name: str) -> SsoSession:
        try:
            made = make_session(name, start_url, region)
        except ConfigError as error:
            raise UsageError(error.problem) from error
        if not is_free(made, runtime):
            raise UsageError(f'the sso-session "{name}" is of another start URL or region', hint="type another name")
        return made

    question, default = "a name for this sso-session", free_name_for(start_url, region, runtime)
    return questions.text(question, default, parse, option="--sso-session NAME"), True
