"""status and logout: the sso-sessions of the shared files, what state they are in, and how one ends."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import login_command
from awsenv.actions.switch import find_profile
from awsenv.actions.tokens import LOCK_WAIT, is_refreshable, lock_name
from awsenv.errors import AwsenvError, IncompleteProfile, LocalFileError, SsoSessionNotFound, UsageError
from awsenv.files import locks, role_cache, tokens
from awsenv.files.nearest import nearest
from awsenv.files.profiles import Profiles, sso_session_behind
from awsenv.files.settings import Settings
from awsenv.model import AccessToken, AssumedRole, NoSource, Notice, Place, Profile, SsoRole, SsoSession
from awsenv.runtime import Runtime

State = Literal["valid", "renewable", "dead"]
Notify = Callable[[Notice], None]


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """One sso-session; the field names are those of `--json`.

    `name` is None for a legacy start URL. `renewable`: the access token is over and can be renewed without a login.
    """

    name: str | None
    start_url: str
    region: str
    state: State
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Logout:
    """What a logout did. `told_server` is False where Identity Center had to be told and could not be."""

    sso_session: SsoSession
    was_signed_in: bool
    told_server: bool
    removed_roles: int


def sso_sessions_of(profiles: Profiles) -> list[SsoSession]:
    """Return every sso-session of the shared files: the named ones in order, then the legacy start URLs."""
    found = {sso_session.token_key: sso_session for sso_session in profiles.sso_sessions.values()}
    for profile in profiles:
        if profile.sso_session is not None:
            found.setdefault(profile.sso_session.token_key, profile.sso_session)
    return list(found.values())


def find_sso_session(name: str, profiles: Profiles) -> SsoSession:
    """Return the sso-session of this name.

    Raises:
        SsoSessionNotFound: there is none; the nearest name is in the hint.
    """
    sso_session = profiles.sso_sessions.get(name)
    if sso_session is None:
        suggestion = nearest(name, profiles.sso_sessions)
        raise SsoSessionNotFound(
            f'sso-session "{name}" not found in {profiles.config_path}',
            hint=f'did you mean "{suggestion}"?' if suggestion else "awsenv status",
        )
    return sso_session


def status_of(sso_session: SsoSession, runtime: Runtime, notify: Notify) -> SessionStatus:
    """Return the state of a sign-in as its file tells it; asks no network."""
    access_token = _find_token(sso_session, runtime, notify)
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
    named = next((profile for profile in profiles if profile.sso_session == sso_sessions[0]), None)
    # A session that no profile uses has a name; a legacy one has nothing but its profiles.
    return login_command(sso_sessions[0], named or _nobody(sso_sessions[0], profiles))


def sign_out(chosen: Sequence[tuple[SsoSession, CredentialFinder]]) -> list[Logout]:
    """End sign-ins: here, with the credentials of every role that hangs on them, and at Identity Center.

    The files go first, and even where Identity Center cannot be told. Keys already handed out live until they expire.

    Raises:
        LocalFileError: a file cannot be removed; Identity Center was told.
    """
    failures: list[LocalFileError] = []
    removed = [_remove(sso_session, finder, failures) for sso_session, finder in chosen]
    with ThreadPoolExecutor(max(len(chosen), 1)) as pool:
        # At once: a dead network costs one wait however many sessions there are.
        problems = list(pool.map(_tell_server, *zip(*chosen, strict=True), [found for found, _, _ in removed]))
    logouts = []
    for (sso_session, finder), (_, was_signed_in, roles), problem in zip(chosen, removed, problems, strict=True):
        if problem:
            finder.notify(Notice(f"{problem}: Identity Center was not told that {sso_session.token_key} is over"))
        logouts.append(Logout(sso_session, was_signed_in, problem is None, roles))
    if failures:
        raise failures[0]
    return logouts


def _remove(
    sso_session: SsoSession, finder: CredentialFinder, failures: list[LocalFileError]
) -> tuple[AccessToken | None, bool, int]:
    runtime = finder.runtime
    access_token, was_signed_in, roles = None, False, 0
    with contextlib.ExitStack() as stack:
        # Else a refresh that is under way would file its new token after ours is gone.
        with contextlib.suppress(LocalFileError):
            stack.enter_context(locks.locked(runtime, lock_name(sso_session), LOCK_WAIT))
        access_token = _find_token(sso_session, runtime, finder.notify)
        try:
            was_signed_in = tokens.remove_token(runtime, sso_session)
        except LocalFileError as error:
            failures.append(error)
    for source in _roles_of(sso_session, finder.profiles):
        try:
            roles += role_cache.remove_credentials(runtime, source)
        except LocalFileError as error:
            failures.append(error)
    return access_token, was_signed_in, roles


def _tell_server(sso_session: SsoSession, finder: CredentialFinder, access_token: AccessToken | None) -> str | None:
    runtime = finder.runtime
    if access_token is None:
        return None
    # One that is over but can be renewed is not over at Identity Center.
    if access_token.expires_at <= runtime.now() and not is_refreshable(access_token, sso_session, runtime):
        return None
    from awsenv.aws import identity_center

    try:
        identity_center.sign_out(finder.clients, sso_session, access_token)
    except AwsenvError as error:
        return error.problem
    return None


def _find_token(sso_session: SsoSession, runtime: Runtime, notify: Notify) -> AccessToken | None:
    try:
        return tokens.find_token(runtime, sso_session, notify)
    except LocalFileError as error:
        notify(Notice(error.problem))
        return None


def choose_sessions(
    profile_name: str | None,
    session_name: str | None,
    *,
    every: bool,
    profiles: Profiles,
    settings: Settings,
    runtime: Runtime,
) -> list[tuple[SsoSession, Profile | None]]:
    """Return the sso-sessions that a command line names, each with the profile that it was named by.

    Without a name it is the session of this shell's profile, or the only one there is.

    Raises:
        UsageError: more than one way to name them, or none and several to choose from.
        SsoSessionNotFound, ProfileNotFound: no such name.
        IncompleteProfile: the profile has no sso-session behind it.
    """
    if sum((profile_name is not None, session_name is not None, every)) > 1:
        raise UsageError("name a profile, an sso-session, or all, and only one of these")
    if session_name is not None:
        return [(find_sso_session(session_name, profiles), None)]
    sessions = sso_sessions_of(profiles)
    if every or (profile_name is None and not _present(runtime) and len(sessions) == 1):
        return [(sso_session, None) for sso_session in sessions]
    name = profile_name or _present(runtime)
    if not name:
        known = ", ".join(sso_session.token_key for sso_session in sessions) or "none in the shared files"
        raise UsageError(f"which sso-session? There are: {known}", hint="awsenv login PROFILE")
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
    """Return a finder for a session; one that no profile was named for goes by `[default]`, as in the AWS CLI."""
    named = profile or profiles.find("default") or _nobody(sso_session, profiles)
    return CredentialFinder(named, profiles, runtime, notify, allowed_endpoints)


def _nobody(sso_session: SsoSession, profiles: Profiles) -> Profile:
    return Profile(sso_session.token_key, NoSource("is no profile"), Place(profiles.config_path))


def _present(runtime: Runtime) -> str:
    return runtime.environment.get("AWSENV_PROFILE") or runtime.environment.get("AWS_PROFILE") or ""


def _roles_of(sso_session: SsoSession, profiles: Profiles) -> Iterator[SsoRole | AssumedRole]:
    for profile in profiles:
        if isinstance(profile.source, SsoRole | AssumedRole) and sso_session_behind(profile, profiles) == sso_session:
            yield profile.source
