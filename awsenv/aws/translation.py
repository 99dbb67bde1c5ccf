"""botocore's errors in awsenv's words: the one table, and what an HTTP refusal means for an operation."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import botocore.exceptions as failures
import botocore.parsers

from awsenv.aws import retries
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, ConfigError, IncompleteProfile

_NETWORK_HINT = "check the network, a proxy or a sign-in page, then try again"
_LONGEST_QUOTE = 300
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=.~-]{20,}")
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


def translated(operation: Operation, error: Exception) -> AwsenvError:
    """Return awsenv's error for one of botocore's, or `error` raised again where the table has no line for it."""
    if isinstance(error, failures.ClientError):
        return _refusal(operation, error)
    for kinds, ours, hint in TRANSPORT_ERRORS:
        if isinstance(error, kinds):
            if issubclass(ours, AwsUnreachable) and not isinstance(error, failures.BotoCoreError):
                return ours(f"{operation.name}: the answer is not one of AWS's", hint=hint)
            return ours(f"{operation.name}: {_in_one_line(error)}", hint=hint)
    raise error


def name_oauth_error(parsed: dict[str, Any], body: bytes) -> None:
    """Put AWS's name of an error into botocore's `parsed` answer where the `body` has OAuth's name (RFC 6749) alone."""
    details = parsed.get("Error", {})
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if details.get("Code") in (None, "", str(status)) and status >= HTTPStatus.BAD_REQUEST:
        try:
            name = json.loads(body)["error"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return
        if isinstance(name, str):
            words = f"{name}_exception".split("_")
            details["Code"] = "".join(word.capitalize() for word in words)


def _refusal(operation: Operation, error: failures.ClientError) -> AwsenvError:
    details = error.response.get("Error", {})
    code = str(details.get("Code") or "")
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    said = str(details.get("Message") or error.response.get("error_description") or "")
    if _is_page(said, metadata):
        # A proxy, or the sign-in page of a hotel: nobody at AWS has refused anything.
        return retries.Transient(
            f"{operation.name}: the answer is not one of AWS's (HTTP {status})", hint=_NETWORK_HINT
        )
    message = " ".join(part for part in (code, _quotable(said, operation)) if part)
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


def _is_page(said: str, metadata: Mapping[str, Any]) -> bool:
    kind = str(metadata.get("HTTPHeaders", {}).get("content-type", ""))
    return "html" in kind.lower() or said.lstrip().startswith("<")


def _quotable(said: str, operation: Operation) -> str:
    # What was sent to get a token is secret, and a server may say it again.
    text = _OPAQUE.sub("…", said) if operation.name == "CreateToken" else said
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _seconds(text: object) -> float:
    try:
        return min(max(float(str(text)), 0.0), 60.0)
    except ValueError:
        return 0.0


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
