"""Failures in awsenv's words: what a refusal by HTTP means for an operation. Knows botocore's errors by `transport`."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from awsenv.aws import retries
from awsenv.errors import AccessRefused, AwsenvError
from awsenv.values import EMPTY, Value

NETWORK_HINT = "check the network, a proxy or a sign-in page, then try again"
# A captive portal answers 200 with a page: the members that are looked for are missing then, or of another kind.
UNUSABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, OSError, RecursionError)
# As numbers: the enumeration of all that HTTP has takes longer to load than this file.
_BAD_REQUEST, _REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVER_ERROR = 400, 408, 429, 500
_LONGEST_QUOTE = 300
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=.~-]{20,}")
_SENT_A_SECRET = {"CreateToken", "GetRoleCredentials"}
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


class Operation(Value):
    """One call: its name for messages, and what a refusal by HTTP status or error code means here."""

    name: str
    refusals: Mapping[int | str, Callable[[str], AwsenvError]] = EMPTY


class Refused(Exception):
    """AWS's refusal, before anybody knows what it means for an operation; `answer` is as `ClientError.response`."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__()
        self.answer = answer


def translated(operation: Operation, error: Exception) -> AwsenvError:
    """Return awsenv's error for another, or `error` raised again where the tables have no line for it."""
    if isinstance(error, Refused):
        return _refusal(operation, error.answer)
    if isinstance(error, UNUSABLE) and type(error).__module__ == "builtins":
        # Python's own, of which none is botocore's.
        return retries.Unanswered(f"{operation.name}: the answer is not one of AWS's", hint=NETWORK_HINT)
    from awsenv.aws import transport

    refused = transport.find_refusal(error)
    return _refusal(operation, refused.answer) if refused else transport.translated(operation.name, error)


def name_oauth_error(parsed: dict[str, Any], body: bytes) -> None:
    """Put AWS's name of an error into botocore's `parsed` answer where the `body` has OAuth's name (RFC 6749) alone."""
    details = parsed.get("Error", {})
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if details.get("Code") in (None, "", str(status)) and status >= _BAD_REQUEST:
        try:
            name = json.loads(body)["error"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return
        if isinstance(name, str):
            words = f"{name}_exception".split("_")
            details["Code"] = "".join(word.capitalize() for word in words)


def _refusal(operation: Operation, answer: Mapping[str, Any]) -> AwsenvError:
    details = answer.get("Error", {})
    code = str(details.get("Code") or "")
    metadata = answer.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    said = str(details.get("Message") or answer.get("error_description") or "")
    if _is_page(said, metadata):
        # A proxy, or the sign-in page of a hotel: nobody at AWS has refused anything.
        return retries.Transient(f"{operation.name}: the answer is not one of AWS's (HTTP {status})", hint=NETWORK_HINT)
    message = " ".join(part for part in (code, _quotable(said, operation)) if part)
    if code in operation.refusals:
        return operation.refusals[code](message)
    if status >= _SERVER_ERROR or status in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or code in _BUSY_CODES:
        retry_after = _seconds(metadata.get("HTTPHeaders", {}).get("retry-after"))
        return retries.Transient(
            f"{operation.name}: AWS is not able to answer ({message or status})",
            hint="try again in a moment",
            retry_after=retry_after,
        )
    if status < _BAD_REQUEST:
        return retries.Transient(f"{operation.name}: the answer is not one of AWS's (HTTP {status})", hint=NETWORK_HINT)
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
    # What was sent to get a token or keys is secret, and a server may say it again.
    text = _OPAQUE.sub("…", said) if operation.name in _SENT_A_SECRET else said
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _seconds(text: object) -> float:
    try:
        # In this order "nan" is none, too.
        return min(max(0.0, float(str(text))), 60.0)
    except ValueError:
        return 0.0
