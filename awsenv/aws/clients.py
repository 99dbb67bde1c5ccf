"""AWS's doors, pinned to endpoints that may be used. Loads botocore where a request needs it, and not before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from awsenv.aws import retries
from awsenv.aws.endpoints import check_endpoint, find_override
from awsenv.aws.translation import Operation, translated
from awsenv.errors import AwsenvError
from awsenv.model import Credentials, Notice, Profile
from awsenv.runtime import Runtime

if TYPE_CHECKING:
    from awsenv.aws.sdk import Sdk

T = TypeVar("T")

# Signatures are refused beyond it, and expiries are not what they seem.
TOLERATED_SKEW = timedelta(minutes=5)


class Clients:
    """Makes clients that never read the user's files and try once; `call` does the trying.

    `profile`, the one that was asked for, decides over endpoints and certificates, as in the SDKs. `allowed` are the
    settings' hosts, `waited` is as in `Patience`. `notify` hears once of a clock that is off.
    """

    def __init__(
        self,
        runtime: Runtime,
        profile: Profile,
        *,
        allowed: Sequence[str] = (),
        notify: Callable[[Notice], None] | None = None,
        waited: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._runtime = runtime
        self._notify = notify
        self._profile = profile
        self._allowed = allowed
        self._patience = retries.Patience(runtime, waited)
        self._sdk: Sdk | None = None

    def start_anew(self) -> None:
        """Have the whole time again for the requests to come; as `Patience.start_anew`."""
        self._patience.start_anew()

    @property
    def monotonic(self) -> Callable[[], float]:
        """The clock by which requests are timed, in seconds."""
        return self._runtime.monotonic

    def client(
        self,
        service: str,
        region: str,
        credentials: Credentials | None = None,
        *,
        read_timeout: float = retries.READ_TIMEOUT,
    ) -> Any:
        """Return botocore's client of `service` (`sso`, `sso_oidc`, `sts`); without credentials it signs nothing.

        Raises:
            EndpointRefused: an override would send the request elsewhere than to AWS or loopback.
            ConfigError: no such region.
        """
        override = self._override(service)
        if self._sdk is None:
            from awsenv.aws.sdk import Sdk

            self._sdk = Sdk(self._runtime.environment, self._profile, self._compare_clocks)
        return self._sdk.client(service, region, override, credentials, read_timeout=read_timeout)

    def portal(self, region: str) -> Any:
        """Return what has botocore's `get_role_credentials`: without botocore, where nothing is left to it.

        Raises:
            EndpointRefused, ConfigError: as `client`.
        """
        from awsenv.aws import plain, portal

        door = plain.find_door(region, self._override("sso"), self._profile, self._runtime.environment)
        if door is None:
            return self.client("sso", region)
        return portal.Portal(door, self._compare_clocks, lambda: self.client("sso", region))

    def call(
        self,
        operation: Operation,
        request: Callable[[], T],
        *,
        budget: float = retries.BUDGET,
        spends: float = 0.0,
        once: bool = False,
    ) -> T:
        """Return what `request` makes of AWS's answer; it reads the members it needs, so that a wrong shape counts.

        `budget` is in seconds, for a call that the command can do without. `spends` as in `Patience.call`; `once`
        leaves trying again to the caller.

        Raises:
            AwsUnreachable: no usable answer after all tries.
            AwsenvError: what `operation.refusals` makes of a refusal; AccessRefused where it is silent.
        """

        def attempt() -> T:
            try:
                return request()
            except AwsenvError:
                raise
            except Exception as error:
                raise translated(operation, error) from error

        if once:
            return self._patience.once(attempt, name=operation.name)
        return self._patience.call(attempt, name=operation.name, budget=budget, spends=spends)

    def _override(self, service: str) -> str | None:
        override = find_override(service, self._runtime.environment, self._profile.endpoints)
        if override is not None:
            check_endpoint(override, service, self._allowed)
        return override

    def _compare_clocks(self, headers: Mapping[str, str]) -> None:
        notify, date = self._notify, headers.get("date")
        if notify is None or date is None:
            return
        answered_at = _moment(date)
        if answered_at is None:
            return
        ahead = self._runtime.now() - answered_at
        if abs(ahead) > TOLERATED_SKEW:
            # Once is enough: the clock is as wrong for every other answer.
            self._notify = None
            minutes = round(abs(ahead).total_seconds() / 60)
            notify(
                Notice(
                    f"this machine's clock is {minutes} minutes {'ahead of' if ahead > timedelta() else 'behind'} AWS's"
                )
            )


def _moment(text: object) -> datetime | None:
    words = str(text).split(" ")
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    try:
        # The form of nearly every answer there is; the library that reads all others takes long to load.
        _, day, month, year, time, zone = words
        if zone == "GMT" and len(year) == len("1970") and len(time) == len("00:00:00"):
            return datetime.fromisoformat(f"{year}-{months.index(month) + 1:02}-{day}T{time}+00:00")
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(str(text))
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
