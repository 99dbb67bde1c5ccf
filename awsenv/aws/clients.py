"""botocore's clients, pinned to endpoints that may be used. They see none of the user's files."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import botocore.exceptions as failures
import botocore.parsers
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from awsenv.aws import retries
from awsenv.aws.endpoints import check_endpoint, find_override, is_aws_endpoint, is_loopback_endpoint, origin_of
from awsenv.aws.translation import Operation, name_oauth_error, translated
from awsenv.errors import AwsenvError, ConfigError, EndpointRefused
from awsenv.model import Credentials, Notice, Profile
from awsenv.runtime import Runtime

T = TypeVar("T")

# Signatures are refused beyond it, and expiries are not what they seem.
TOLERATED_SKEW = timedelta(minutes=5)


class Clients:
    """Makes botocore clients that never read the user's files and try once; `call` does the trying.

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
        self._session: Any = None

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
        """Return a client of `service` (`sso`, `sso_oidc`, `sts`); without credentials its requests are unsigned.

        Raises:
            EndpointRefused: an override would send the request elsewhere than to AWS or loopback.
            ConfigError: no such region.
        """
        override = find_override(service, self._runtime.environment, self._profile.endpoints)
        if override is not None:
            check_endpoint(override, service, self._allowed)
        config = self._config(region, override, is_signed=credentials is not None, read_timeout=read_timeout)
        try:
            client = self._botocore().create_client(
                service.replace("_", "-"),
                endpoint_url=override,
                config=config,
                verify=self._runtime.environment.get("AWS_CA_BUNDLE") or self._profile.ca_bundle,
                **_keys(credentials),
            )
        except (failures.BotoCoreError, ValueError) as error:
            raise translated(Operation(service), error) from error
        if override is None and not is_aws_endpoint(client.meta.endpoint_url, service):
            raise ConfigError(f'"{region}" is no region of AWS', hint="check the region in the profile")
        client.meta.events.register("before-send", _guard(service, override))
        client.meta.events.register("after-call", self._compare_clocks)
        client.meta.events.register("after-call", _name_oauth_error)
        return client

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

    def _config(self, region: str, override: str | None, *, is_signed: bool, read_timeout: float) -> Any:
        # The environment comes before the profile here, and botocore reads it by itself.
        asked = (f"use_{variant}_endpoint" for variant in self._profile.endpoint_variants)
        variants = {name: True for name in asked if f"AWS_{name.upper()}" not in self._runtime.environment}
        return Config(
            region_name=region,
            signature_version=None if is_signed else botocore.UNSIGNED,
            connect_timeout=retries.CONNECT_TIMEOUT,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": 1},
            ignore_configured_endpoint_urls=True,
            # None would ask the environment: a proxy would read a token that is for this machine alone.
            proxies={} if override and is_loopback_endpoint(override) else None,
            user_agent_extra="awsenv",
            **variants,
        )

    def _compare_clocks(self, *, http_response: Any, **_: Any) -> None:
        notify, answered_at = self._notify, _moment(http_response.headers.get("date"))
        if notify is None or answered_at is None:
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

    def _botocore(self) -> Any:
        if self._session is None:
            # Each client would parse a config of thousands of profiles six times over: it is shown none.
            self._session = Session(
                session_vars={
                    "profile": (None, None, None, None),
                    "config_file": (None, None, os.devnull, None),
                    "credentials_file": (None, None, os.devnull, None),
                    # A folder of other models, which could say where requests go.
                    "data_path": (None, None, None, None),
                }
            )
            # Neither AWS_DATA_PATH nor ~/.aws/models: their endpoint rules and models could send a token anywhere.
            loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
            self._session.register_component("data_loader", loader)
        return self._session


def _name_oauth_error(*, http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    name_oauth_error(parsed, http_response.content)


def _guard(service: str, override: str | None) -> Callable[..., None]:
    # Whatever botocore makes of its rules, a request goes to where `client` looked, or nowhere.
    def check(request: Any, **_: Any) -> None:
        is_right = (
            is_aws_endpoint(request.url, service) if override is None else origin_of(request.url) == origin_of(override)
        )
        if not is_right:
            raise EndpointRefused(
                f"botocore would send the request for {service} to {origin_of(request.url)}",
                hint="look for what changes its endpoints: AWS_ variables, or files in its data folder",
            )

    return check


def _keys(credentials: Credentials | None) -> dict[str, str | None]:
    if credentials is None:
        return {}
    return {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }


def _moment(text: object) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(text))
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
