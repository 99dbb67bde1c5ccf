"""botocore's clients, pinned to endpoints that may be used, and the one table that translates its errors."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

import botocore.exceptions as failures
import botocore.parsers
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from awsenv.aws import retries
from awsenv.aws.endpoints import check_endpoint, find_override, is_aws_endpoint, is_loopback_endpoint, origin_of
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, ConfigError, EndpointRefused, IncompleteProfile
from awsenv.model import Credentials, Notice
from awsenv.runtime import Runtime

T = TypeVar("T")

_NETWORK_HINT = "check the network, a proxy or a sign-in page, then try again"
# Signatures are refused beyond it, and expiries are not what they seem.
TOLERATED_SKEW = timedelta(minutes=5)
_CLOCK_CODES = {"RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
_BUSY_CODES = {
    "IDPCommunicationError",
    "InternalFailure",
    "InternalServerException",
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDownException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}

# Most specific first; what stands nowhere here is a bug of ours and stays a traceback.
TRANSPORT_ERRORS: Sequence[tuple[type[Exception] | tuple[type[Exception], ...], type[AwsenvError], str]] = (
    (failures.SSLError, AwsUnreachable, "the certificate was not trusted; a company's own is named by AWS_CA_BUNDLE"),
    (failures.ProxyConnectionError, retries.Transient, "check the proxy variables (HTTPS_PROXY, NO_PROXY)"),
    (failures.InvalidProxiesConfigError, ConfigError, "check the proxy variables (HTTPS_PROXY, NO_PROXY)"),
    ((failures.EndpointConnectionError, failures.ConnectTimeoutError), retries.Transient, _NETWORK_HINT),
    ((failures.HTTPClientError, failures.ConnectionError), retries.Unanswered, _NETWORK_HINT),
    ((failures.IncompleteReadError, failures.ResponseStreamingError), retries.Unanswered, _NETWORK_HINT),
    (botocore.parsers.ResponseParserError, retries.Unanswered, _NETWORK_HINT),
    ((failures.NoCredentialsError, failures.PartialCredentialsError), IncompleteProfile, "awsenv list"),
    (
        (
            failures.EndpointProviderError,
            failures.EndpointVariantError,
            failures.InvalidChecksumConfigError,
            failures.InvalidConfigError,
            failures.InvalidDefaultsMode,
            failures.InvalidEndpointConfigurationError,
            failures.InvalidEndpointDiscoveryConfigurationError,
            failures.InvalidRegionError,
            failures.InvalidRetryConfigurationError,
            failures.InvalidSTSRegionalEndpointsConfigError,
            failures.NoRegionError,
            failures.ParamValidationError,
            failures.UnknownEndpointError,
            failures.UnknownRegionError,
        ),
        ConfigError,
        "check the region and the ids in the profile, and the AWS_ variables",
    ),
    # A captive portal answers 200 with a page: botocore then misses the members that it looks for.
    ((LookupError, TypeError, ValueError, ArithmeticError, AttributeError), retries.Unanswered, _NETWORK_HINT),
    (OSError, retries.Unanswered, _NETWORK_HINT),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: its name for messages, and what a refusal by HTTP status or error code means here."""

    name: str
    refusals: Mapping[int | str, Callable[[str], AwsenvError]] = field(default_factory=dict)


class Clients:
    """Makes botocore clients that never read the user's files and try once; `call` does the trying.

    `endpoints` is `Profile.endpoints` of the profile that was asked for, `allowed` the settings' hosts, `waited` as in
    `Patience`. `notify` hears once of a clock that is off.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        endpoints: Mapping[str, str],
        allowed: Sequence[str] = (),
        ca_bundle: str | None = None,
        notify: Callable[[Notice], None] | None = None,
        waited: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._runtime = runtime
        self._notify = notify
        self._endpoints = endpoints
        self._allowed = allowed
        self._ca_bundle = ca_bundle
        self._patience = retries.Patience(runtime, waited)
        self._session: Any = None

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
        override = find_override(service, self._runtime.environment, self._endpoints)
        if override is not None:
            check_endpoint(override, service, self._allowed)
        config = Config(
            region_name=region,
            signature_version=None if credentials else botocore.UNSIGNED,
            connect_timeout=retries.CONNECT_TIMEOUT,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": 1},
            ignore_configured_endpoint_urls=True,
            # None would ask the environment: a proxy would read a token that is for this machine alone.
            proxies={} if override and is_loopback_endpoint(override) else None,
            user_agent_extra="awsenv",
        )
        keys = (
            {
                "aws_access_key_id": credentials.access_key_id,
                "aws_secret_access_key": credentials.secret_access_key,
                "aws_session_token": credentials.session_token,
            }
            if credentials
            else {}
        )
        try:
            client = self._botocore().create_client(
                service.replace("_", "-"),
                endpoint_url=override,
                config=config,
                verify=self._runtime.environment.get("AWS_CA_BUNDLE") or self._ca_bundle,
                **keys,
            )
        except (failures.BotoCoreError, ValueError) as error:
            raise translated(Operation(service), error) from error
        if override is None and not is_aws_endpoint(client.meta.endpoint_url, service):
            raise ConfigError(f'"{region}" is no region of AWS', hint="check the region in the profile")
        client.meta.events.register("before-send", _guard(service, override))
        client.meta.events.register("after-call", self._compare_clocks)
        return client

    def call(
        self,
        operation: Operation,
        request: Callable[[], T],
        *,
        budget: float = retries.BUDGET,
        spends: bool = False,
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


def translated(operation: Operation, error: Exception) -> AwsenvError:
    """Return awsenv's error for one of botocore's, or `error` raised again where the table has no line for it."""
    if isinstance(error, failures.ClientError):
        return _refusal(operation, error)
    for kinds, ours, hint in TRANSPORT_ERRORS:
        if isinstance(error, kinds):
            if issubclass(ours, AwsUnreachable) and not isinstance(error, failures.BotoCoreError):
                return ours(f"{operation.name}: the answer is not one of AWS's", hint=hint)
            return ours(f"{operation.name}: {_first_line(error)}", hint=hint)
    raise error


def _refusal(operation: Operation, error: failures.ClientError) -> AwsenvError:
    details = error.response.get("Error", {})
    code = str(details.get("Code") or "")
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    message = " ".join(
        part for part in (code, str(details.get("Message") or error.response.get("error_description") or "")) if part
    )
    if code in operation.refusals:
        return operation.refusals[code](message)
    if (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        or code in _BUSY_CODES
    ):
        retry_after = _seconds(metadata.get("HTTPHeaders", {}).get("retry-after"))
        return retries.Transient(
            f"{operation.name}: AWS is not able to answer ({message or status})",
            hint="try again in a moment",
            retry_after=retry_after,
        )
    if status < HTTPStatus.BAD_REQUEST:
        return retries.Transient(
            f"{operation.name}: the answer is not one of AWS's (HTTP {status})", hint=_NETWORK_HINT
        )
    if code in _CLOCK_CODES:
        return AccessRefused(
            f"{operation.name}: AWS refused the signature ({message})", hint="check this machine's clock, then the keys"
        )
    made = operation.refusals.get(status) or operation.refusals.get("*")
    return made(message) if made else AccessRefused(f"{operation.name}: AWS refused ({message or status})")


def _moment(text: object) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(text))
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _seconds(text: object) -> float:
    try:
        return min(max(float(str(text)), 0.0), 60.0)
    except ValueError:
        return 0.0


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
