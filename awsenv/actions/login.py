"""Sign in to Identity Center: one browser however many ask, and the token where every AWS tool finds it."""

import contextlib
from collections.abc import Iterator

from awsenv.actions.browsers import filled_in
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.flows import BROWSER_SECONDS, Login, LoginWish, Progress, counting, fetch_sign_in
from awsenv.actions.hints import login_command
from awsenv.actions.tokens import LOCK_WAIT, USABLE, lock_name
from awsenv.errors import (
    AwsenvError,
    ConfigError,
    FileLocked,
    LocalFileError,
    LoginDeclined,
    LoginRequired,
    LoginTimedOut,
)
from awsenv.files import locks, marks, tokens
from awsenv.files.account_names import write_account_names
from awsenv.files.settings import Settings
from awsenv.model import AccessToken, Notice, SsoSession
from awsenv.runtime import Runtime


def sign_in(
    sso_session: SsoSession, wish: LoginWish, *, finder: CredentialFinder, progress: Progress, must_keep: bool = True
) -> Login:
    """Sign in to `sso_session`, unless the sign-in is good, and file the token where the AWS CLI does.

    Where it cannot be filed, and need not be, the finder has it for as long as it lives.

    Raises:
        LoginDeclined: the person said no.
        LoginTimedOut: nobody finished it in time.
        AwsenvError: what the requests meet.
    """
    runtime = finder.runtime
    before = finder.dead_token or _find_token(sso_session, runtime)
    if not wish.is_forced:
        standing = _standing(sso_session, finder)
        if isinstance(standing, Login):
            return standing
        before = standing or before
    with _alone(sso_session, runtime, progress) as declined_by:
        if meanwhile := _other_than(before, sso_session, runtime):
            return Login(sso_session, meanwhile.expires_at, None, is_new=False)
        if declined_by:
            # Whoever declined once does not want to be asked once more by each terminal that waited.
            raise LoginDeclined(
                f"the sign-in to {sso_session.token_key} that {declined_by} began was not finished",
                hint=login_command(sso_session, finder.profile),
            )
        refused = _refusal_to_keep(sso_session, runtime)
        if refused and must_keep:
            # Not found out only once the person has approved.
            raise refused
        access_token = fetch_sign_in(sso_session, wish, finder, progress)
        _keep(sso_session, access_token, finder, refused)
    finder.fresh_sign_in = (sso_session, access_token)
    accounts = None
    with contextlib.suppress(LoginRequired, ConfigError):
        # The sign-in is done, whatever the list says.
        accounts = _count_accounts(sso_session, access_token, finder)
    if wish.syncs:
        from awsenv.actions.sync import sync_for

        sync_for(sso_session, wish.syncs, wish.sync_expiration, finder)
    return Login(sso_session, access_token.expires_at, accounts, is_new=True)


def offer_login(
    sso_session: SsoSession,
    error: LoginRequired,
    *,
    settings: Settings,
    finder: CredentialFinder,
    progress: Progress,
) -> None:
    """Ask the person whether to sign in now, and do it.

    Raises:
        LoginDeclined: the answer was no; nothing has changed.
        AwsenvError: as `sign_in`.
    """
    question = f"awsenv: {error.problem}. Sign in to {sso_session.token_key} now? [Y/n] "
    try:
        answer = finder.runtime.terminal.ask(question).strip().lower()
    except LoginDeclined as declined:
        declined.hint = error.hint
        raise
    if answer not in {"", "y", "yes"}:
        raise LoginDeclined(f"not signed in to {sso_session.token_key}", hint=error.hint)
    # Waiting for the answer, and what was lost before it, takes nothing from the requests to come.
    finder.start_anew()
    wish = wish_for(sso_session, settings)
    progress.finish(sign_in(sso_session, wish, finder=finder, progress=progress, must_keep=False))


def wish_for(sso_session: SsoSession, settings: Settings) -> LoginWish:
    """Return how the settings want this session signed in to."""
    name = sso_session.name or sso_session.start_url
    return LoginWish(
        settings.login_flow,
        # One for each profile is for the console: who signs in does so for all of them.
        filled_in(settings.browsers.get(name, ""), name) or None,
        syncs=settings.syncs.get(name, ()),
        sync_expiration=settings.sync_expiration,
    )


def _standing(sso_session: SsoSession, finder: CredentialFinder) -> Login | AccessToken | None:
    """Return the sign-in that is good, or else the access token that only looks so."""
    if finder.dead_token is not None:
        # Refused a moment ago: a second refusal would only keep the person waiting.
        current = _other_than(finder.dead_token, sso_session, finder.runtime)
        return Login(sso_session, current.expires_at, None, is_new=False) if current else None
    try:
        good = finder.access_token(sso_session)
    except (LoginRequired, LocalFileError):
        return None
    try:
        # An administrator, or a logout elsewhere, may have ended what the file calls good.
        accounts = _count_accounts(sso_session, good, finder)
    except LoginRequired:
        return good
    return Login(sso_session, good.expires_at, accounts, is_new=False)


def _find_token(sso_session: SsoSession, runtime: Runtime) -> AccessToken | None:
    # A file that cannot be opened is in nobody's way: a new one takes its place.
    with contextlib.suppress(LocalFileError):
        return tokens.find_token(runtime, sso_session)
    return None


def _other_than(before: AccessToken | None, sso_session: SsoSession, runtime: Runtime) -> AccessToken | None:
    current = _find_token(sso_session, runtime)
    if current is None or current.expires_at - runtime.now() <= USABLE:
        return None
    return current if before is None or current.access_token != before.access_token else None


def _refusal_to_keep(sso_session: SsoSession, runtime: Runtime) -> LocalFileError | None:
    try:
        tokens.check_writable_token(runtime, sso_session)
    except LocalFileError as error:
        return error
    return None


def _keep(
    sso_session: SsoSession, access_token: AccessToken, finder: CredentialFinder, refused: LocalFileError | None
) -> None:
    if refused:
        finder.notify(Notice(f"{refused.problem}: this sign-in serves this one command"))
        return
    with contextlib.ExitStack() as stack:
        # A renewal of the old sign-in that is under way would file its token over this one.
        with contextlib.suppress(LocalFileError):
            stack.enter_context(locks.locked(finder.runtime, lock_name(sso_session), LOCK_WAIT))
        notice = tokens.write_token(finder.runtime, sso_session, access_token)
    if notice:
        finder.notify(notice)


@contextlib.contextmanager
def _alone(sso_session: SsoSession, runtime: Runtime, progress: Progress) -> Iterator[str | None]:
    """Keep other logins of this session waiting; yield who was waited for and then declined, if anybody did."""
    name, mark = f"login {sso_session.token_key}", f"declined {sso_session.token_key}"
    with contextlib.ExitStack() as stack:
        holder, began = None, runtime.now()
        try:
            stack.enter_context(locks.locked(runtime, name, 0.0))
        except FileLocked as error:
            holder = error.holder
            progress.wait_for_other(f"{holder} is signing in to {sso_session.token_key}")
            _wait_for_turn(stack, sso_session, name, counting(runtime, progress))
        declined_at = marks.find_mark(runtime, mark)
        try:
            # Whoever was killed, or lost its terminal, has declined nothing.
            yield holder if declined_at and declined_at >= began else None
        except (KeyboardInterrupt, AwsenvError):
            marks.leave_mark(runtime, mark)
            raise


def _wait_for_turn(stack: contextlib.ExitStack, sso_session: SsoSession, name: str, runtime: Runtime) -> None:
    try:
        stack.enter_context(locks.locked(runtime, name, BROWSER_SECONDS))
    except FileLocked as error:
        raise LoginTimedOut(
            f"{error.holder} has been signing in to {sso_session.token_key} for ten minutes",
            hint=f"end it, then try again: {error.holder.replace('process', 'kill')}",
        ) from error


def _count_accounts(sso_session: SsoSession, access_token: AccessToken, finder: CredentialFinder) -> int | None:
    from awsenv.aws import identity_center
    from awsenv.aws.retries import OPTIONAL_BUDGET

    try:
        names = identity_center.fetch_accounts(finder.clients, sso_session, access_token, budget=OPTIONAL_BUDGET)
        write_account_names(finder.runtime, names)
    except (LoginRequired, ConfigError):
        raise
    except AwsenvError:
        # Who cannot be listed can still be used.
        return None
    return len(names)
