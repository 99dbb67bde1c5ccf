"""How a sign-in ends: here, with the credentials of every role that hangs on it, and at Identity Center."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.sessions import find_readable_token
from awsenv.actions.tokens import LOCK_WAIT, is_refreshable, lock_name, sign_out_mark
from awsenv.errors import AwsenvError, LocalFileError, LoginRequired, MalformedConfig
from awsenv.files import locks, marks, role_cache, tokens
from awsenv.files.prepared import discard_answers
from awsenv.files.profiles import Profiles, sso_session_behind
from awsenv.model import AccessToken, AssumedRole, Notice, SsoRole, SsoSession
from awsenv.values import Value


class Logout(Value):
    """What a logout did here."""

    sso_session: SsoSession
    was_signed_in: bool
    removed_roles: int
    removed_copies: int = 0


def sign_out(chosen: Sequence[tuple[SsoSession, CredentialFinder]]) -> list[Logout]:
    """End sign-ins: here, with the credentials of every role that hangs on them, and at Identity Center.

    The files go first, and even where Identity Center cannot be told. Keys already handed out live until they expire.

    Raises:
        LocalFileError: a file cannot be removed; Identity Center was told.
    """
    failures: list[AwsenvError] = []
    removed = [_remove(sso_session, finder, failures) for sso_session, finder in chosen]
    with ThreadPoolExecutor(max(len(chosen), 1)) as pool:
        # At once: a dead network costs one wait however many sessions there are.
        problems = list(pool.map(_tell_server, *zip(*chosen, strict=True), [found for found, *_ in removed]))
    logouts = []
    for (sso_session, finder), (_, was_signed_in, roles, copies), problem in zip(
        chosen, removed, problems, strict=True
    ):
        if problem:
            finder.notify(Notice(f"{problem}: Identity Center was not told that {sso_session.token_key} is over"))
        logouts.append(Logout(sso_session, was_signed_in, roles, copies))
    if failures:
        raise failures[0]
    return logouts


def _remove(
    sso_session: SsoSession, finder: CredentialFinder, failures: list[AwsenvError]
) -> tuple[AccessToken | None, bool, int, int]:
    runtime = finder.runtime
    access_token, was_signed_in, roles = None, False, 0
    with contextlib.ExitStack() as stack:
        # Else a refresh that is under way would file its new token after ours is gone.
        with contextlib.suppress(LocalFileError):
            stack.enter_context(locks.locked(runtime, lock_name(sso_session), LOCK_WAIT))
        access_token = find_readable_token(sso_session, runtime, finder.notify)
        try:
            was_signed_in = tokens.remove_token(runtime, sso_session)
        except LocalFileError as error:
            failures.append(error)
    discard_answers(runtime)
    for source in _roles_of(sso_session, finder.profiles):
        try:
            roles += role_cache.remove_credentials(runtime, source)
        except LocalFileError as error:
            failures.append(error)
    # A sync that is under way has fetched its keys, and waits for the file or is about to write it.
    marks.leave_mark(runtime, sign_out_mark(sso_session))
    return access_token, was_signed_in, roles, _remove_copies(sso_session, finder, failures)


def _remove_copies(sso_session: SsoSession, finder: CredentialFinder, failures: list[AwsenvError]) -> int:
    from awsenv.files.synced import purge_everywhere

    try:
        gone = purge_everywhere(finder.runtime, finder.notify, lambda copy: copy.sign_in == sso_session.token_key)
        return len(gone)
    except (LocalFileError, MalformedConfig) as error:
        failures.append(error)
        return 0


def _tell_server(sso_session: SsoSession, finder: CredentialFinder, access_token: AccessToken | None) -> str | None:
    if access_token is None:
        return None
    from awsenv.aws import identity_center

    now = finder.runtime.now()
    try:
        if access_token.expires_at > now and identity_center.sign_out(finder.clients, sso_session, access_token):
            return None
        if is_refreshable(access_token, sso_session, finder.runtime):
            # An access token that is over ends nothing: what renews the sign-in would go on living there.
            fresh = identity_center.refresh_access_token(finder.clients, sso_session, access_token, now=now)
            identity_center.sign_out(finder.clients, sso_session, fresh)
    except LoginRequired:
        # It could not be renewed: Identity Center has ended it already.
        return None
    except AwsenvError as error:
        return error.problem
    return None


def _roles_of(sso_session: SsoSession, profiles: Profiles) -> Iterator[SsoRole | AssumedRole]:
    for profile in profiles:
        if isinstance(profile.source, SsoRole | AssumedRole) and sso_session_behind(profile, profiles) == sso_session:
            yield profile.source
