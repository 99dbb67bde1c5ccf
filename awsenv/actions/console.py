"""console: the address at which a profile's role is in the web console, and the browser for it."""

import contextlib
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

from awsenv.actions import browsers
from awsenv.actions.console_keys import Bearer, can_choose_duration, find_bearer, partition_in_files
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.flows import owned_session
from awsenv.actions.hints import shown_argument
from awsenv.actions.meant import find_profile
from awsenv.actions.switch import Notify
from awsenv.aws import consoles
from awsenv.aws.endpoints import check_endpoint, find_override, is_loopback_endpoint
from awsenv.aws.pages import check_page, is_owned_page
from awsenv.errors import ConfigError, LocalFileError, UsageError
from awsenv.files.account_names import load_account_names
from awsenv.files.profiles import Profiles, load_profiles, sso_session_behind
from awsenv.files.settings import Settings, load_settings
from awsenv.model import Profile, SsoRole, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value

if TYPE_CHECKING:
    from awsenv.actions.flows import Progress

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=12)
# A browser that is started anew, on a slow machine, takes half of it.
FETCH_SECONDS = 60.0
_TICK = 0.25
_PROFILES = ("AWSENV_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")

Way = Literal["portal", "federated"]


class Wish(Value):
    """What the person asked for; `name` is None for this shell's profile, `way` for the one that suits the profile.

    `browser` as in `find_browser`, None for the settings'. `duration` is None for as long as the keys.
    """

    name: str | None = None
    way: Way | None = None
    service: str | None = None
    region: str | None = None
    destination: str | None = None
    duration: timedelta | None = None
    browser: str | None = None


class Page(Value, hidden=("url",)):
    """The console's page of a role. Who has the `url` of a secret one is in, for 15 minutes."""

    url: str
    is_secret: bool
    place: str
    browser: str | None


def find_page(wish: Wish, *, runtime: Runtime, notify: Notify, progress: "Progress | None" = None) -> Page:
    """Return the page wished for.

    With `progress` and a person at the terminal, a sign-in that is over is offered to be made anew, where keys are
    needed.

    Raises:
        UsageError: the wish contradicts itself, or the profile.
        IncompleteProfile: the profile's keys are of a user, who cannot be signed in by them.
        AwsenvError: as `CredentialFinder.find`, and what the federation endpoint meets.
    """
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    try:
        profile = find_profile(_name(wish, runtime), profiles=profiles, settings=settings, runtime=runtime)
    finally:
        for notice in profiles.notices:
            notify(notice)
    _refuse_contradictions(wish, profile, profiles)
    finder = CredentialFinder(profile, profiles, runtime, notify, settings.allowed_endpoints)
    region = wish.region or _region_of_shell(wish, runtime) or profile.region
    place = _place(profile, region, runtime)
    browser = browsers.filled_in(wish.browser or _browser_of(profile, profiles, settings) or "", profile.name) or None
    known = partition_in_files(profile)
    # Before anybody is asked to sign in: a wish that cannot be is refused at once, where the files tell enough.
    destination = _destination(wish, consoles.partition_named(known), region) if known else None
    if isinstance(profile.source, SsoRole) and destination and wish.way != "federated":
        return Page(_portal_link(profile.source, destination, finder), is_secret=False, place=place, browser=browser)
    if progress is not None and runtime.terminal.can_ask():
        from awsenv.actions.login import offer_login

        finder.offer_login = partial(offer_login, settings=settings, finder=finder, progress=progress)
    bearer = find_bearer(finder, wish.duration)
    partition = consoles.partition_named(bearer.partition)
    destination = destination or _destination(wish, partition, region)
    url = _federated(bearer, destination, partition.sign_in_host(region), wish, finder)
    return Page(url, is_secret=True, place=place, browser=browser)


def open_page(page: Page, *, runtime: Runtime, progress: "Progress") -> bool:
    """Start the browser for a page; False where this machine has none.

    A secret one is handed to the browser over loopback where that can reach it, since all users of a machine can read
    what stands on a command line.

    Raises:
        SettingsError: as `find_browser`.
        LocalFileError: it did not start, or never came for the page.
    """
    can_come_back = browsers.can_come_back(runtime, asked=page.browser)
    # Without one that somebody has named, what the system would take over ssh is a text browser, or nobody's screen.
    if not (can_come_back or page.browser or runtime.environment.get("BROWSER")):
        return False
    if not (page.is_secret and can_come_back):
        return _start(page.url, page, runtime)
    from awsenv.aws.handover import Handover

    with contextlib.closing(Handover(page.url)) as handover:
        if not _start(handover.address, page, runtime):
            return False
        deadline = runtime.monotonic() + FETCH_SECONDS
        while handover.wait(_TICK) is None:
            left = deadline - runtime.monotonic()
            if left <= 0:
                raise LocalFileError("the browser has not come for the page", hint="awsenv console --print")
            progress.wait(left)
    return True


def _start(url: str, page: Page, runtime: Runtime) -> bool:
    command = browsers.find_browser(url, asked=page.browser, runtime=runtime)
    if command is None:
        return False
    try:
        runtime.start(command)
    except OSError as error:
        raise LocalFileError(
            f"the browser {command[0]} did not start: {error.strerror}", hint="awsenv console --print"
        ) from error
    return True


def _name(wish: Wish, runtime: Runtime) -> str:
    own = next((runtime.environment[name] for name in _PROFILES if runtime.environment.get(name)), None)
    name = wish.name if wish.name is not None else own
    if name is None:
        raise UsageError("this shell is in no profile, so that one has to be named", hint="awsenv console PROFILE")
    return name


def _region_of_shell(wish: Wish, runtime: Runtime) -> str | None:
    # Who works in another region than the profile's has said so to this shell, which is asked for here.
    named = (runtime.environment.get(name) for name in _REGIONS)
    return next(filter(None, named), None) if wish.name is None else None


def _refuse_contradictions(wish: Wish, profile: Profile, profiles: Profiles) -> None:
    is_direct = isinstance(profile.source, SsoRole)
    name = shown_argument(profile.name)
    if wish.service is not None and wish.destination is not None:
        raise UsageError("--service and --destination are two ways to say where: choose one")
    if wish.way == "portal" and not is_direct:
        raise UsageError(
            f'the access portal has no link to "{profile.name}", which is no role of an sso-session',
            hint=f"awsenv console {name}",
        )
    if wish.duration is None:
        return
    if not SHORTEST <= wish.duration <= LONGEST:
        raise UsageError("--duration is between 15m and 12h")
    if is_direct and wish.way != "federated":
        raise UsageError(
            "the access portal decides how long its console stays open, and takes no --duration",
            hint=f"awsenv console --federated --duration 4h {name}",
        )
    if not can_choose_duration(profile, profiles):
        raise UsageError(
            f'"{profile.name}" is assumed from another role: AWS takes no --duration for such a chain',
            hint=f"awsenv console {name}",
        )


def _destination(wish: Wish, partition: consoles.Partition, region: str | None) -> str:
    if region is not None and not partition.has_region(region):
        problem = f'the region "{region}" is not in the partition "{partition.name}", and the role is'
        if region == wish.region:
            raise UsageError(problem, hint=f"--region {partition.main_region}")
        raise ConfigError(problem, hint=f"awsenv console --region {partition.main_region}")
    if wish.destination is not None:
        return consoles.page_at(partition, region, wish.destination)
    return consoles.service_page(partition, region, wish.service or "home")


def _portal_link(role: SsoRole, destination: str, finder: CredentialFinder) -> str:
    sso_session, allowed = role.sso_session, finder.allowed_endpoints
    override = find_override("sso", finder.runtime.environment, finder.profile.endpoints)
    if override is not None and is_loopback_endpoint(override):
        # A practice world has its portal where it has all the rest.
        start = f"{override.rstrip('/')}/start"
    else:
        start = _owned_start(sso_session, finder)
        check_page(start, allowed)
    return consoles.portal_link(start, role.account_id, role.role_name, destination)


def _owned_start(sso_session: SsoSession, finder: CredentialFinder) -> str:
    # Only a company's own name for it has to be asked where it leads.
    if is_owned_page(sso_session.start_url):
        return sso_session.start_url
    return owned_session(sso_session, finder).start_url


def _federated(bearer: Bearer, destination: str, host: str, wish: Wish, finder: CredentialFinder) -> str:
    from awsenv.aws import federation

    environment, profile = finder.runtime.environment, finder.profile
    override = find_override("signin", environment, profile.endpoints)
    if override is not None:
        check_endpoint(override, "signin", finder.allowed_endpoints)
    endpoint = (override or f"https://{host}").rstrip("/")
    send = federation.sender(environment, profile.ca_bundle, is_loopback=is_loopback_endpoint(endpoint))
    sign_in_token = federation.fetch_sign_in_token(
        finder.clients, bearer.credentials, endpoint=endpoint, duration=wish.duration, send=send
    )
    behind = sso_session_behind(profile, finder.profiles)
    return consoles.login_url(endpoint, sign_in_token, destination, behind.start_url if behind else "awsenv")


def _place(profile: Profile, region: str | None, runtime: Runtime) -> str:
    account = profile.account_id or ""
    name = profile.account_name or load_account_names(runtime).get(account)
    parts = (profile.name, f"{account} ({name})" if name else account, profile.role, region)
    return " · ".join(part for part in parts if part)


def _browser_of(profile: Profile, profiles: Profiles, settings: Settings) -> str | None:
    behind = sso_session_behind(profile, profiles)
    return settings.browsers.get(behind.name or behind.start_url) if behind else None
