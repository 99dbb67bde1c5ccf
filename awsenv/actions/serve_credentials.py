"""Keep one profile's credentials fresh for whoever asks: one request to AWS however many ask."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from awsenv.actions.credentials import CredentialFinder
from awsenv.aws.container import Answer, given, unavailable
from awsenv.environ import Destination
from awsenv.errors import AwsenvError, AwsUnreachable, ConfigError, LoginRequired
from awsenv.files.profiles import load_profiles
from awsenv.files.reading import ignore
from awsenv.files.settings import load_settings
from awsenv.model import Credentials, Profile
from awsenv.runtime import ControllingTerminal, Runtime, moment_text
from awsenv.values import replace

# boto3 wants new ones with 15 minutes left, the JavaScript SDK with 5: by then they are here.
MARGIN = timedelta(minutes=20)
# With less than this, a request signed now may arrive too late.
LEAST = timedelta(seconds=5)
# The JavaScript SDK waits one second for an answer, boto3 two; both try again a second later.
PATIENCE = 0.8
# For so long a failure is the answer of all who ask: an SDK that tries again comes later. It doubles with each failure
# in a row, up to a limit; not where a login is needed, which is found out without AWS, and ended by a person.
FAILURE_SECONDS, LONGEST_FAILURE = 0.5, 8.0
# From renewal to renewal, and from failure to the next try.
_SHORTEST, _LONGEST = 1.0, 60.0
# Keys without an end are asked for again as often as others.
_MADE_UP_LIFE = timedelta(hours=1)


@dataclass
class Renewer:
    """Finds new credentials of the very identity that was promised, without a question to anybody.

    The shared files are read each time. `margin` is what credentials are to have left.
    """

    destination: Destination
    runtime: Runtime
    margin: timedelta = MARGIN

    def fetch(self) -> Credentials:
        """Return credentials with at least the margin left, as far as AWS grants them.

        Raises:
            ConfigError: the profile is gone, or leads elsewhere by now.
            AwsenvError: as `CredentialFinder.find`.
        """
        settings, profiles = load_settings(self.runtime), load_profiles(self.runtime)
        name = self.destination.profile_name
        profile = profiles.find(name)
        if profile is None:
            raise ConfigError(f'profile "{name}", which is served, is gone from {profiles.config_path}')
        self._check_identity(profile, profile.account_id)
        # Nobody is to be asked for an MFA code by something in the background.
        quiet = replace(self.runtime, terminal=ControllingTerminal({"CI": "1"}))
        finder = CredentialFinder(profile, profiles, quiet, ignore, settings.allowed_endpoints, self.margin)
        credentials = finder.find()
        self._check_identity(profile, credentials.account_id)
        return credentials

    def _check_identity(self, profile: Profile, account_id: str | None) -> None:
        before = self.destination.account_id
        if (account_id and before and account_id != before) or profile.role != self.destination.role:
            # Whoever asks began as somebody else: never in mid-flight.
            raise ConfigError(
                f'profile "{profile.name}" leads to another account or role than when serving it began: start it again'
            )


class Keeper:
    """Holds credentials and renews them, in the running loop; `fetch` is called in a thread, one at a time.

    It renews with `margin` left. `report` hears of what a person has to mend, once each time it begins.
    """

    def __init__(
        self,
        fetch: Callable[[], Credentials],
        first: Credentials,
        *,
        now: Callable[[], datetime],
        report: Callable[[AwsenvError], None],
        margin: timedelta = MARGIN,
    ) -> None:
        self._margin = margin
        self._fetch = fetch
        self._credentials = first
        # Made once for all who ask.
        self._given = given(first, "") if first.expires_at else None
        self._now = now
        self._report = report
        # How old the first ones are is not known.
        self._received_at: datetime | None = None
        self._failure: AwsenvError | None = None
        self._tries_from = 0.0
        self._pause = FAILURE_SECONDS
        self._is_told = False
        self._renewal: asyncio.Task[None] | None = None

    async def answer(self) -> Answer:
        """Return the answer to somebody let in: credentials that live, else why there are none."""
        if not self._is_usable() and time.monotonic() >= self._tries_from:
            await asyncio.wait([self._begun()], timeout=PATIENCE)
        if self._is_usable():
            return self._given or given(self._credentials, moment_text(self._now() + _MADE_UP_LIFE))
        if self._failure is None:
            return unavailable("Renewing", "new credentials are being fetched: try again")
        hint = f": {self._failure.hint}" if self._failure.hint else ""
        return unavailable(type(self._failure).__name__, f"{self._failure.problem}{hint}")

    async def keep(self) -> None:
        """Renew before anybody needs it, for as long as it can be done without waiting for a person."""
        pause = _SHORTEST
        while True:
            # Once they are over, whoever asks starts the next try.
            if self._due_in() <= 0 and self._is_usable():
                await asyncio.wait([self._begun()])
                pause = min(2 * pause, _LONGEST) if self._failure else _SHORTEST
            # In parts: this clock stands still while the machine sleeps, and the keys grow old.
            await asyncio.sleep(pause if self._failure else min(max(self._due_in(), _SHORTEST), _LONGEST))

    async def finish(self) -> None:
        """Let a renewal that is under way come to its end: broken off, it could cost the sign-in."""
        if self._renewal is not None and not self._renewal.done():
            await asyncio.wait([self._renewal])

    def _is_usable(self) -> bool:
        expires_at = self._credentials.expires_at
        return expires_at is None or expires_at - self._now() > LEAST

    def _due_in(self) -> float:
        expires_at = self._credentials.expires_at
        if expires_at is None:
            return _MADE_UP_LIFE.total_seconds()
        # Where AWS gives so little that the margin cannot be had, half of it is used.
        margin = min(self._margin, (expires_at - self._received_at) / 2) if self._received_at else self._margin
        return (expires_at - margin - self._now()).total_seconds()

    def _begun(self) -> "asyncio.Task[None]":
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.ensure_future(self._renew())
        return self._renewal

    async def _renew(self) -> None:
        try:
            self._credentials = await _aside(self._fetch)
        except AwsenvError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - told by its kind alone, as any bug is
            self._fail(AwsenvError(f"a bug in awsenv: {type(error).__name__}"))
        else:
            self._received_at = self._now()
            self._given = given(self._credentials, "") if self._credentials.expires_at else None
            if self._is_usable():
                self._failure, self._is_told, self._pause = None, False, FAILURE_SECONDS
            else:
                # Without a failure whoever asks would have AWS asked at once, and for ever.
                problem = "by this machine's clock the new keys are over already"
                self._fail(AwsUnreachable(problem, hint="set the clock"))

    def _fail(self, error: AwsenvError) -> None:
        self._failure = error
        self._tries_from = time.monotonic() + (FAILURE_SECONDS if isinstance(error, LoginRequired) else self._pause)
        self._pause = min(2 * self._pause, LONGEST_FAILURE)
        # A login can be made while the keys still work; all else may pass before they are over.
        if not self._is_told and (isinstance(error, LoginRequired) or not self._is_usable()):
            self._is_told = True
            self._report(error)


async def _aside(work: Callable[[], Credentials]) -> Credentials:
    # Not the loop's own pool: at its end Python would wait for a request that nobody needs any more.
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Credentials] = loop.create_future()

    def run() -> None:
        try:
            deliver = partial(future.set_result, work())
        except Exception as error:  # noqa: BLE001 - handed on
            deliver = partial(future.set_exception, error)
        # Where the loop is closed, the server has ended meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver)

    threading.Thread(target=run, daemon=True).start()
    return await future
