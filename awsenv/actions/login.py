"""Sign in to Identity Center: one browser however many ask, and the token where every AWS tool finds it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from awsenv.actions import browsers
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.tokens import USABLE
from awsenv.errors import (
    AwsenvError,
    AwsUnreachable,
    ConfigError,
    FileLocked,
    LocalFileError,
    LoginDeclined,
    LoginRequired,
    LoginTimedOut,
)
from awsenv.files import locks, registrations, tokens
from awsenv.files.account_names import write_account_names
from awsenv.files.settings import Settings
from awsenv.model import AccessToken, Flow, Notice, Registration, SsoSession
from awsenv.runtime import Runtime

# The AWS CLI's own patience with a browser.
BROWSER_SECONDS = 600.0
_TICK = 0.25
_TOO_FAST = 5.0


class Progress(Protocol):
    """What a person is told while signing in."""

    def show_page(self, url: str, user_code: str | None, *, is_opened: bool) -> None:
        """Show the page, the code to compare, and whether a browser was started."""
        ...

    def wait(self, seconds_left: float) -> None:
        """Tell that the person is waited for."""
        ...

    def wait_for_other(self, problem: str) -> None:
        """Tell that another process is signing in."""
        ...

    def finish(self, login: "Login") -> None:
        """Tell who is signed in, and until when."""
        ...


@dataclass(frozen=True, slots=True)
class LoginWish:
    """How to sign in: `browser` as in `find_browser`; without `opens_browser` the page is only shown."""

    flow: Flow = "auto"
    browser: str | None = None
    opens_browser: bool = True
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What came of it. `accounts` is their number, None where Identity Center did not tell."""

    sso_session: SsoSession
    expires_at: datetime
    accounts: int | None
    is_new: bool


def sign_in(sso_session: SsoSession, wish: LoginWish, *, finder: CredentialFinder, progress: Progress) -> Login:
    """Sign in to `sso_session`, unless the sign-in is good, and file the token where the AWS CLI does.

    Raises:
        LoginDeclined: the person said no.
        LoginTimedOut: nobody finished it in time.
        AwsenvError: what the requests meet.
    """
    runtime = finder.runtime
    before = tokens.find_token(runtime, sso_session)
    if not wish.is_forced and (good := _good(sso_session, finder)):
        return Login(sso_session, good.expires_at, None, is_new=False)
    with _alone(sso_session, runtime, progress):
        meanwhile = tokens.find_token(runtime, sso_session)
        if meanwhile and meanwhile != before and meanwhile.expires_at - runtime.now() > USABLE:
            return Login(sso_session, meanwhile.expires_at, None, is_new=False)
        access_token = _signed_in(sso_session, wish, finder, progress)
        notice = tokens.write_token(runtime, sso_session, access_token)
    if notice:
        finder.notify(notice)
    return Login(sso_session, access_token.expires_at, _count_accounts(sso_session, access_token, finder), is_new=True)


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
    if finder.runtime.terminal.ask(question).strip().lower() not in {"", "y", "yes"}:
        raise LoginDeclined(f"not signed in to {sso_session.token_key}", hint=error.hint)
    progress.finish(sign_in(sso_session, wish_for(sso_session, settings), finder=finder, progress=progress))


def wish_for(sso_session: SsoSession, settings: Settings) -> LoginWish:
    """Return how the settings want this session signed in to."""
    return LoginWish(settings.login_flow, settings.browsers.get(sso_session.name or sso_session.start_url) or None)


def _good(sso_session: SsoSession, finder: CredentialFinder) -> AccessToken | None:
    try:
        return finder.access_token(sso_session)
    except (LoginRequired, LocalFileError):
        return None


@contextlib.contextmanager
def _alone(sso_session: SsoSession, runtime: Runtime, progress: Progress) -> Iterator[None]:
    name = f"login {sso_session.token_key}"
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locks.locked(runtime, name, 0.0))
        except FileLocked as error:
            progress.wait_for_other(error.problem)
            stack.enter_context(locks.locked(runtime, name, BROWSER_SECONDS))
        yield


def _signed_in(sso_session: SsoSession, wish: LoginWish, finder: CredentialFinder, progress: Progress) -> AccessToken:
    check_start_url(sso_session)
    is_by_browser = sso_session.name is not None and (
        wish.flow == "pkce" or (wish.flow == "auto" and browsers.can_come_back(finder.runtime, asked=wish.browser))
    )
    registration = _registration(sso_session, finder, for_browser=is_by_browser)
    by = _by_browser if is_by_browser else _by_device_code
    return by(sso_session, registration, wish, finder, progress)


def check_start_url(sso_session: SsoSession) -> None:
    """Refuse a start URL that is not AWS's own.

    Raises:
        ConfigError: a person would be sent to sign in at somebody else's page.
    """
    from awsenv.aws.pages import is_owned_page

    if not is_owned_page(sso_session.start_url):
        raise ConfigError(
            f"the start URL {sso_session.start_url} of {sso_session.token_key} is not at one of AWS's own hosts",
            hint="look at sso_start_url: https://NAME.awsapps.com/start, or as the administrator gave it",
        )


def _registration(sso_session: SsoSession, finder: CredentialFinder, *, for_browser: bool) -> Registration:
    from awsenv.aws import sign_in as requests

    runtime = finder.runtime
    found = registrations.find_registration(runtime, sso_session, for_browser=for_browser, notify=finder.notify)
    if found is not None:
        return found
    made = requests.register_client(finder.clients, sso_session, for_browser=for_browser)
    try:
        notice = registrations.write_registration(runtime, sso_session, made)
    except LocalFileError as error:
        notice = Notice(f"{error.problem}: the next login registers this tool anew")
    if notice:
        finder.notify(notice)
    return made


def _by_browser(
    sso_session: SsoSession,
    registration: Registration,
    wish: LoginWish,
    finder: CredentialFinder,
    progress: Progress,
) -> AccessToken:
    from awsenv.aws import sign_in as requests
    from awsenv.aws.callback import CallbackListener

    runtime = finder.runtime
    # Bound before the browser opens: a page that answers at once finds the door open.
    with contextlib.closing(CallbackListener()) as listener:
        request = requests.browser_request(finder.clients, sso_session, registration, port=listener.port)
        listener.expect(request.state)
        progress.show_page(request.url, None, is_opened=_open(request.url, wish, finder))
        deadline = runtime.monotonic() + BROWSER_SECONDS
        callback = None
        while callback is None and runtime.monotonic() < deadline:
            progress.wait(deadline - runtime.monotonic())
            callback = listener.wait(_TICK)
    if callback is None:
        raise LoginTimedOut(f"nobody finished the sign-in to {sso_session.token_key} in the browser")
    if callback.code is None:
        raise LoginDeclined(f"the sign-in to {sso_session.token_key} was declined ({callback.error})")
    return requests.redeem_browser_code(
        finder.clients, sso_session, registration, request, callback.code, now=runtime.now()
    )


def _by_device_code(
    sso_session: SsoSession,
    registration: Registration,
    wish: LoginWish,
    finder: CredentialFinder,
    progress: Progress,
) -> AccessToken:
    from awsenv.aws import sign_in as requests

    runtime = finder.runtime
    device_code = requests.start_device_authorization(finder.clients, sso_session, registration)
    deadline = runtime.monotonic() + device_code.expires_in
    # The code is on the screen before the page is: it is there to be compared.
    progress.show_page(device_code.complete_url, device_code.user_code, is_opened=False)
    _open(device_code.complete_url, wish, finder)
    interval = float(device_code.interval)
    while True:
        _wait(interval, deadline, runtime, progress)
        if runtime.monotonic() >= deadline:
            raise LoginTimedOut(f"nobody approved the code for {sso_session.token_key} in time")
        try:
            return requests.redeem_device_code(
                finder.clients, sso_session, registration, device_code, now=runtime.now()
            )
        except requests.NotYet as answer:
            # RFC 8628 section 3.5: slower for this and all later requests.
            interval += _TOO_FAST if answer.is_too_fast else 0.0
        except AwsUnreachable:
            interval = min(interval * 2, 60.0)


def _wait(seconds: float, deadline: float, runtime: Runtime, progress: Progress) -> None:
    until = min(runtime.monotonic() + seconds, deadline)
    while (left := until - runtime.monotonic()) > 0:
        progress.wait(deadline - runtime.monotonic())
        runtime.sleep(min(left, _TICK))


def _open(url: str, wish: LoginWish, finder: CredentialFinder) -> bool:
    from awsenv.aws.pages import check_page

    check_page(url)
    if not wish.opens_browser:
        return False
    command = browsers.find_browser(url, asked=wish.browser, runtime=finder.runtime)
    if command is None:
        return False
    try:
        finder.runtime.start(command)
    except OSError as error:
        finder.notify(Notice(f"the browser {command[0]} did not start: {error.strerror}"))
        return False
    return True


def _count_accounts(sso_session: SsoSession, access_token: AccessToken, finder: CredentialFinder) -> int | None:
    from awsenv.aws import identity_center

    try:
        names = identity_center.fetch_account_names(finder.clients, sso_session, access_token)
        write_account_names(finder.runtime, names)
    except AwsenvError:
        # The sign-in is done and filed; who cannot be listed can still be used.
        return None
    return len(names)
