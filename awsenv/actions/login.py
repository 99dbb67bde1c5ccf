"""Sign in to Identity Center: one browser however many ask, and the token where every AWS tool finds it."""

import contextlib
from collections.abc import Iterator

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.flows import BROWSER_SECONDS, Login, LoginWish, Progress, fetch_sign_in
from awsenv.actions.hints import login_command
from awsenv.actions.tokens import USABLE
from awsenv.errors import (
    AwsenvError,
    FileLocked,
    LocalFileError,
    LoginDeclined,
    LoginRequired,
)
from awsenv.files import locks, tokens
from awsenv.files.account_names import write_account_names
from awsenv.files.settings import Settings
from awsenv.model import AccessToken, SsoSession
from awsenv.runtime import Runtime


def sign_in(sso_session: SsoSession, wish: LoginWish, *, finder: CredentialFinder, progress: Progress) -> Login:
    """Sign in to `sso_session`, unless the sign-in is good, and file the token where the AWS CLI does.

    Raises:
        LoginDeclined: the person said no.
        LoginTimedOut: nobody finished it in time.
        AwsenvError: what the requests meet.
    """
    runtime = finder.runtime
    before = finder.dead_token or tokens.find_token(runtime, sso_session)
    if not wish.is_forced and (login := _standing(sso_session, finder)):
        return login
    with _alone(sso_session, runtime, progress) as waited_for:
        if meanwhile := _other_than(before, sso_session, runtime):
            return Login(sso_session, meanwhile.expires_at, None, is_new=False)
        if waited_for:
            # Whoever declined once does not want to be asked once more by each terminal that waited.
            raise LoginDeclined(
                f"the sign-in to {sso_session.token_key} that {waited_for} began was not finished",
                hint=login_command(sso_session, finder.profile),
            )
        # Not found out only once the person has approved.
        tokens.check_writable_token(runtime, sso_session)
        access_token = fetch_sign_in(sso_session, wish, finder, progress)
        notice = tokens.write_token(runtime, sso_session, access_token)
    if notice:
        finder.notify(notice)
    accounts = None
    with contextlib.suppress(LoginRequired):
        # The sign-in is done and filed, whatever the list says.
        accounts = _count_accounts(sso_session, access_token, finder)
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
    progress.finish(sign_in(sso_session, wish_for(sso_session, settings), finder=finder, progress=progress))


def wish_for(sso_session: SsoSession, settings: Settings) -> LoginWish:
    """Return how the settings want this session signed in to."""
    return LoginWish(settings.login_flow, settings.browsers.get(sso_session.name or sso_session.start_url) or None)


def _standing(sso_session: SsoSession, finder: CredentialFinder) -> Login | None:
    if finder.dead_token is not None:
        # Refused a moment ago: a second refusal would only keep the person waiting.
        current = _other_than(finder.dead_token, sso_session, finder.runtime)
        return Login(sso_session, current.expires_at, None, is_new=False) if current else None
    try:
        good = finder.access_token(sso_session)
        # An administrator, or a logout elsewhere, may have ended what the file calls good.
        accounts = _count_accounts(sso_session, good, finder)
    except (LoginRequired, LocalFileError):
        return None
    return Login(sso_session, good.expires_at, accounts, is_new=False)


def _other_than(before: AccessToken | None, sso_session: SsoSession, runtime: Runtime) -> AccessToken | None:
    current = tokens.find_token(runtime, sso_session)
    if current is None or current.expires_at - runtime.now() <= USABLE:
        return None
    return current if before is None or current.access_token != before.access_token else None


@contextlib.contextmanager
def _alone(sso_session: SsoSession, runtime: Runtime, progress: Progress) -> Iterator[str | None]:
    name = f"login {sso_session.token_key}"
    with contextlib.ExitStack() as stack:
        holder = None
        try:
            stack.enter_context(locks.locked(runtime, name, 0.0))
        except FileLocked as error:
            if error.holder_is_stopped:
                # Ctrl-Z in the middle of a login: nobody knows when it goes on, and this one is wanted now.
                yield None
                return
            holder = error.holder
            progress.wait_for_other(f"{holder} is signing in to {sso_session.token_key}")
            stack.enter_context(locks.locked(runtime, name, BROWSER_SECONDS))
        yield holder


def _count_accounts(sso_session: SsoSession, access_token: AccessToken, finder: CredentialFinder) -> int | None:
    from awsenv.aws import identity_center
    from awsenv.aws.retries import OPTIONAL_BUDGET

    try:
        names = identity_center.fetch_account_names(finder.clients, sso_session, access_token, budget=OPTIONAL_BUDGET)
        write_account_names(finder.runtime, names)
    except LoginRequired:
        raise
    except AwsenvError:
        # Who cannot be listed can still be used.
        return None
    return len(names)
