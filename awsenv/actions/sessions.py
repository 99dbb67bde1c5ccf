"""The sso-sessions of the shared files: which ones a command line names, and what state they are in."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import login_command, session_command
from awsenv.actions.meant import find_profile
from awsenv.actions.tokens import is_refreshable
from awsenv.errors import IncompleteProfile, LocalFileError, ProfileNotFound, SsoSessionNotFound, UsageError
from awsenv.files import tokens
from awsenv.files.nearest import nearest
from awsenv.files.profiles import Profiles, sso_session_behind
from awsenv.files.settings import Settings
from awsenv.model import AccessToken, NoSource, Notice, Place, Profile, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value

State = Literal["valid", "renewable", "dead"]
Notify = Callable[[Notice], None]


class SessionStatus(Value):
    """One sso-session; the field names are those of `--json`.

    `name` is None for a legacy start URL. `renewable`: the access token is over and can be renewed without a login.
    """

    name: str | None
    start_url: str
    region: str
    state: State
    expires_at: datetime | None


class Choice(Value):
    """What a command line says of the sso-sessions that it means; `verb` is its command, for the hints."""

    verb: str
    profile_name: str | None = None
    session_name: str | None = None
    is_every: bool = False


def sso_sessions_of(profiles: Profiles) -> list[SsoSession]:
    """Return every sso-session of the shared files: the named ones in order, then the legacy start URLs."""
    found = {sso_session.token_key: sso_session for sso_session in profiles.sso_sessions.values()}
    for profile in profiles.unusual():
        if profile.sso_session is not None:
            found.setdefault(profile.sso_session.token_key, profile.sso_session)
    return list(found.values())


def find_sso_session(name: str, profiles: Profiles) -> SsoSession:
    """Return the sso-session of this name.

    Raises:
        SsoSessionNotFound: there is none; the nearest name is in the hint.
        IncompleteProfile: it lacks a key.
    """
    sso_session = profiles.sso_sessions.get(name) or _completed(profiles).get(name)
    if sso_session is None:
        if name in profiles.incomplete_sso_sessions:
            raise incomplete([name], profiles)
        suggestion = nearest(name, profiles.sso_sessions)
        raise SsoSessionNotFound(
            f'sso-session "{name}" not found in {profiles.config_path}',
            hint=f'did you mean "{suggestion}"?' if suggestion else "awsenv status",
        )
    return sso_session


def _completed(profiles: Profiles) -> dict[str | None, SsoSession]:
    # A profile may hold the start URL or region that the section lacks.
    chosen = profiles.unusual()
    return {profile.sso_session.name: profile.sso_session for profile in chosen if profile.sso_session is not None}


def find_incomplete(profiles: Profiles) -> list[str]:
    """Return the names of the sso-sessions that nobody can sign in to, for want of a start URL or region."""
    lacking = profiles.incomplete_sso_sessions
    completed = _completed(profiles) if lacking else {}
    return [name for name in lacking if name not in completed]


def incomplete(names: Sequence[str], profiles: Profiles) -> IncompleteProfile:
    """Return the error for sso-sessions that nobody can sign in to."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return IncompleteProfile(
        f"sso-session {quoted} lacks sso_start_url or sso_region", hint=f"look at {profiles.config_path}"
    )


def status_of(sso_session: SsoSession, runtime: Runtime, notify: Notify) -> SessionStatus:
    """Return the state of a sign-in as its file tells it; asks no network."""
    access_token = find_readable_token(sso_session, runtime, notify)
    state: State = "dead"
    if access_token is not None:
        if access_token.expires_at > runtime.now():
            state = "valid"
        elif is_refreshable(access_token, sso_session, runtime):
            state = "renewable"
    return SessionStatus(
        name=sso_session.name,
        start_url=sso_session.start_url,
        region=sso_session.region,
        state=state,
        expires_at=access_token.expires_at if access_token else None,
    )


def login_hint(sso_sessions: Sequence[SsoSession], profiles: Profiles) -> str:
    """Return the command that signs in to these sso-sessions."""
    if len(sso_sessions) != 1:
        return "awsenv login --all"
    # A session that no profile uses has a name; a legacy one has nothing but its profiles.
    named = _first_with(sso_sessions[0], profiles) or _nobody(sso_sessions[0], profiles)
    return login_command(sso_sessions[0], named)


def find_readable_token(sso_session: SsoSession, runtime: Runtime, notify: Notify) -> AccessToken | None:
    """Return the session's token; one whose file cannot be opened counts as absent, with a notice."""
    try:
        return tokens.find_token(runtime, sso_session, notify)
    except LocalFileError as error:
        notify(Notice(error.problem))
        return None


def choose_sessions(
    choice: Choice, *, profiles: Profiles, settings: Settings, runtime: Runtime
) -> list[tuple[SsoSession, Profile | None]]:
    """Return the sso-sessions that a command line names, each with the profile that it was named by.

    Without a name it is the session of this shell's profile, or the only one there is.

    Raises:
        UsageError: more than one way to name them, or none and several to choose from.
        SsoSessionNotFound, ProfileNotFound: no such name.
        IncompleteProfile: the profile has no sso-session behind it.
    """
    if sum((choice.profile_name is not None, choice.session_name is not None, choice.is_every)) > 1:
        raise UsageError("name a profile, an sso-session, or all, and only one of these")
    if choice.session_name is not None:
        return [(find_sso_session(choice.session_name, profiles), None)]
    sessions = sso_sessions_of(profiles)
    if choice.is_every or (choice.profile_name is None and not _present(runtime) and len(sessions) == 1):
        return [(sso_session, None) for sso_session in sessions]
    name = _present(runtime) if choice.profile_name is None else choice.profile_name
    if not name and choice.profile_name is None:
        if not sessions:
            raise UsageError("there is no sso-session in the shared files", hint="awsenv setup")
        known = ", ".join(sso_session.token_key for sso_session in sessions)
        raise UsageError(f"which sso-session? There are: {known}", hint=f"awsenv {choice.verb} --sso-session NAME")
    if name in profiles.sso_sessions and name not in profiles and name not in settings.aliases:
        raise ProfileNotFound(f'"{name}" is an sso-session, and no profile', hint=session_command(choice.verb, name))
    profile = find_profile(name, profiles=profiles, settings=settings, runtime=runtime)
    behind = sso_session_behind(profile, profiles)
    if behind is None:
        raise IncompleteProfile(f'profile "{profile.name}" has no sso-session behind it', hint="awsenv status")
    return [(behind, profile)]


def finder_for(
    sso_session: SsoSession,
    profile: Profile | None,
    profiles: Profiles,
    runtime: Runtime,
    notify: Notify,
    allowed_endpoints: tuple[str, ...],
) -> CredentialFinder:
    """Return a finder for a session, whose requests go where those of `profile` go.

    Without one it is the first profile that uses the session, since its access token is for the Identity Center that
    such a profile asks. Only where none does it is `[default]`, by which the AWS CLI goes: that may be anybody's.
    """
    named = profile or _first_with(sso_session, profiles) or profiles.find("default") or _nobody(sso_session, profiles)
    return CredentialFinder(named, profiles, runtime, notify, allowed_endpoints)


def _first_with(sso_session: SsoSession, profiles: Profiles) -> Profile | None:
    return next((profile for profile in profiles if profile.sso_session == sso_session), None)


def _nobody(sso_session: SsoSession, profiles: Profiles) -> Profile:
    return Profile(sso_session.token_key, NoSource("is no profile"), Place(profiles.config_path))


def _present(runtime: Runtime) -> str:
    names = ("AWSENV_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    return next((runtime.environment[name] for name in names if runtime.environment.get(name)), "")
