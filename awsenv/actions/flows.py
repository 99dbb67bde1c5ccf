"""The two ways to sign in, by the browser and by device code: what is shown, what is waited for, and for how long."""

import contextlib
from datetime import datetime
from typing import Protocol

from awsenv.actions import browsers
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import login_command
from awsenv.errors import AwsUnreachable, LocalFileError, LoginTimedOut, SettingsError
from awsenv.files import registrations
from awsenv.model import AccessToken, ExpirationForm, Flow, Notice, Registration, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

# The AWS CLI's own patience with a browser.
BROWSER_SECONDS = 600.0
_TICK = 0.25
_TOO_FAST = 5.0
_SLOWEST = 60.0


class Progress(Protocol):
    """What a person is told while signing in."""

    def show_page(self, url: str, user_code: str | None, *, is_opened: bool, otherwise: str | None = None) -> None:
        """Show the page, the code to compare, whether a browser was started, and what to type if the page fails."""
        ...

    def show_opened(self) -> None:
        """Tell that a browser was started with the page that is shown."""
        ...

    def wait(self, seconds_left: float) -> None:
        """Tell that the person, or the other sign-in, is waited for."""
        ...

    def wait_for_other(self, sentence: str) -> None:
        """Tell in a sentence who is signing in already; what is waited for from now on is that sign-in."""
        ...

    def finish(self, login: "Login") -> None:
        """Tell who is signed in, and until when."""
        ...


class LoginWish(Value):
    """How to sign in: `browser` as in `find_browser`; without `opens_browser` the page is only shown.

    `syncs` are the profiles whose keys go into the credentials file afterwards, by name or glob.
    """

    flow: Flow = "auto"
    browser: str | None = None
    opens_browser: bool = True
    is_forced: bool = False
    syncs: tuple[str, ...] = ()
    sync_expiration: ExpirationForm = "iso"


class Login(Value):
    """What came of it. `accounts` is their number, None where Identity Center did not tell."""

    sso_session: SsoSession
    expires_at: datetime
    accounts: int | None
    is_new: bool


def fetch_sign_in(
    sso_session: SsoSession, wish: LoginWish, finder: CredentialFinder, progress: Progress
) -> AccessToken:
    """Return the access token of a new sign-in, made by the browser or by device code as `wish` and the place say.

    Raises:
        LoginDeclined: the person said no.
        LoginTimedOut: nobody finished it in time.
        AccessRefused: Identity Center knows no registration of this tool, not even a new one.
    """
    owned = owned_session(sso_session, finder)
    is_by_browser = sso_session.name is not None and (
        wish.flow == "pkce" or (wish.flow == "auto" and browsers.can_come_back(finder.runtime, asked=wish.browser))
    )
    by = _by_browser if is_by_browser else _by_device_code
    from awsenv.aws.sign_in import ClientUnknown

    def attempt(*, anew: bool) -> AccessToken:
        registration = _registration(sso_session, owned, finder, for_browser=is_by_browser, anew=anew)
        return by(owned, registration, wish, finder, progress)

    try:
        try:
            return attempt(anew=wish.is_forced)
        except ClientUnknown:
            # The file may be years younger than what Identity Center remembers of it.
            return attempt(anew=True)
    except LoginTimedOut:
        if is_by_browser:
            # A page that Identity Center shows to somebody whom it forgot comes back to nobody.
            with contextlib.suppress(LocalFileError):
                registrations.remove_registration(finder.runtime, sso_session)
        raise


def counting(runtime: Runtime, progress: Progress) -> Runtime:
    """Return a runtime whose every sleep tells the time that a sign-in elsewhere has left, from now."""
    deadline = runtime.monotonic() + BROWSER_SECONDS

    def sleep(seconds: float) -> None:
        progress.wait(deadline - runtime.monotonic())
        runtime.sleep(seconds)

    return replace(runtime, sleep=sleep)


def owned_session(sso_session: SsoSession, finder: CredentialFinder) -> SsoSession:
    """Return the session with a start URL of AWS's own: the typed one, or where a company's own name leads.

    Raises:
        ConfigError: a person would be sent to sign in at somebody else's page.
        AwsUnreachable: the company's own name does not answer.
    """
    from awsenv.aws import vanity
    from awsenv.aws.translation import Operation

    look = vanity.looker(finder.runtime.environment, finder.profile.ca_bundle)
    return finder.clients.call(Operation("StartUrl"), lambda: vanity.resolved(sso_session, look), once=True)


def _registration(
    sso_session: SsoSession, owned: SsoSession, finder: CredentialFinder, *, for_browser: bool, anew: bool
) -> Registration:
    from awsenv.aws import sign_in as requests

    runtime = finder.runtime
    found = registrations.find_registration(runtime, sso_session, for_browser=for_browser, notify=finder.notify)
    if found is not None and not anew:
        return found
    made = requests.register_client(finder.clients, owned, for_browser=for_browser)
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
        by_code = login_command(sso_session, finder.profile).replace("login", "login --device-code", 1)
        progress.show_page(request.url, None, is_opened=_open(request.url, wish, finder), otherwise=by_code)
        deadline = runtime.monotonic() + BROWSER_SECONDS
        callback = None
        while callback is None and runtime.monotonic() < deadline:
            progress.wait(deadline - runtime.monotonic())
            callback = listener.wait(_TICK)
    if callback is None:
        raise LoginTimedOut(f"nobody finished the sign-in to {sso_session.token_key} in the browser")
    if callback.code is None:
        raise requests.callback_refusal(sso_session, callback.error or "")
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
    device_code = requests.start_device_authorization(
        finder.clients, sso_session, registration, allowed=finder.allowed_endpoints
    )
    deadline = runtime.monotonic() + device_code.expires_in
    # The code is on the screen before the page is: it is there to be compared.
    progress.show_page(device_code.complete_url, device_code.user_code, is_opened=False)
    if _open(device_code.complete_url, wish, finder):
        progress.show_opened()
    interval = float(device_code.interval)
    unreachable: AwsUnreachable | None = None
    while True:
        _wait(interval, deadline, runtime, progress)
        if runtime.monotonic() >= deadline:
            raise unreachable or LoginTimedOut(f"nobody approved the code for {sso_session.token_key} in time")
        try:
            return requests.redeem_device_code(
                finder.clients, sso_session, registration, device_code, now=runtime.now()
            )
        except requests.NotYet as answer:
            # RFC 8628 section 3.5: slower for this and all later requests.
            interval += _TOO_FAST if answer.is_too_fast else 0.0
            unreachable = None
        except AwsUnreachable as error:
            interval = max(interval, min(interval * 2, _SLOWEST))
            unreachable = error


def _wait(seconds: float, deadline: float, runtime: Runtime, progress: Progress) -> None:
    until = min(runtime.monotonic() + seconds, deadline)
    while (left := until - runtime.monotonic()) > 0:
        progress.wait(deadline - runtime.monotonic())
        runtime.sleep(min(left, _TICK))


def _open(url: str, wish: LoginWish, finder: CredentialFinder) -> bool:
    from awsenv.aws.pages import check_page

    check_page(url, finder.allowed_endpoints)
    if not wish.opens_browser:
        return False
    try:
        command = browsers.find_browser(url, asked=wish.browser, runtime=finder.runtime)
    except SettingsError as error:
        # The page is on the screen, and the person may be typing the code in already.
        finder.notify(Notice(f"{error.problem}: open the page yourself"))
        return False
    if command is None:
        return False
    try:
        finder.runtime.start(command)
    except OSError as error:
        finder.notify(Notice(f"the browser {command[0]} did not start: {error.strerror}"))
        return False
    return True
