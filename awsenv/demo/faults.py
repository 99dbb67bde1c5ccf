"""Faults that can be switched on per operation, for the next calls or for good. Knows no sockets."""

import json
import re
import threading
from collections.abc import Callable
from typing import Literal, get_args

from awsenv.demo.oidc import OAUTH_ERRORS
from awsenv.demo.oidc import OPERATIONS as SIGN_IN_OPERATIONS
from awsenv.demo.wire import STS_NAMESPACE, Answer, Refusal, html_answer, json_answer, json_refusal, xml_refusal
from awsenv.values import Value, replace

Kind = Literal[
    "error", "time-out", "reset", "lost", "truncated", "html", "empty", "wrong-types", "redirect", "slow-drip", "delay"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
EVERY_OPERATION = "*"
LONGEST_HOLD = 60.0
GATEWAY_STATUSES = (502, 504)

JSON_CODES = {
    400: "InvalidRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "ResourceNotFoundException",
    429: "TooManyRequestsException",
    500: "InternalServerException",
}
XML_CODES = {400: "ValidationError", 403: "AccessDenied", 429: "Throttling", 500: "InternalFailure"}


class Fault(Value):
    """One way of going wrong.

    `time-out` never answers, `reset` breaks the connection, `lost` does the work and then breaks it. `truncated`,
    `wrong-types` and `slow-drip` spoil the real answer, `delay` only holds it back for `seconds`. `html` is a
    captive portal, `redirect` one that answers 302, `empty` a well-formed nothing. `error` answers `status` with the
    AWS error `code` (chosen to fit if None); 502 and 504 without a code are a gateway's page.
    """

    kind: Kind
    status: int = 500
    code: str | None = None
    message: str = "A practice fault"
    retry_after: int | None = None
    seconds: float | None = None


class Faults:
    """Which operation goes wrong, and how often still. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[Fault, int | None]] = {}

    def set(self, operation: str, fault: Fault | Kind | int, times: int | None = None) -> None:
        """Switch a fault on for the next `times` calls of an operation ("*": of any), or for good.

        A kind alone takes its defaults; a number alone is an HTTP error of that status.
        """
        with self._lock:
            self._waiting[operation] = (as_fault(fault), times)

    def clear(self, operation: str | None = None) -> None:
        """Switch off the fault of an operation, or all."""
        with self._lock:
            for name in list(self._waiting) if operation is None else [operation]:
                self._waiting.pop(name, None)

    def take(self, operation: str) -> Fault | None:
        """Return the fault that this call meets, and count it."""
        with self._lock:
            name = operation if operation in self._waiting else EVERY_OPERATION
            fault, times = self._waiting.get(name, (None, None))
            if times is not None and times <= 1:
                del self._waiting[name]
            elif times is not None and fault is not None:
                self._waiting[name] = (fault, times - 1)
        return fault if times is None or times > 0 else None


def as_fault(fault: Fault | Kind | int) -> Fault:
    """Return a whole fault from its kind or its status; ValueError for an unknown kind."""
    if isinstance(fault, int):
        return Fault("error", status=fault)
    if isinstance(fault, str) and fault not in KINDS:
        raise ValueError(f"no fault of the kind {fault!r}; there are: {', '.join(KINDS)}")
    return Fault(fault) if isinstance(fault, str) else fault


def spoil(fault: Fault, operation: str, work: Callable[[], Answer], *, is_xml: bool) -> Answer:  # noqa: PLR0911 - one a kind
    """Return what the caller gets instead of, or made from, the answer of `work`."""
    match fault.kind:
        case "truncated" | "slow-drip" | "wrong-types" | "delay" | "lost":
            return _spoilt(fault, work())
        case "error":
            return _error(fault, operation, is_xml=is_xml)
        case "empty" if is_xml:
            result = f"<{operation}Result/>"
            body = f'<{operation}Response xmlns="{STS_NAMESPACE}">{result}</{operation}Response>'
            return Answer(200, body.encode(), "text/xml")
        case "empty":
            return json_answer({})
        case "html":
            return html_answer("Welcome to the hotel. Please accept the terms to go on.")
        case "redirect":
            return Answer(302, headers=(("Location", "/practice/captive-portal"),))
        case "time-out":
            return Answer(504, delivery="silence", pause=min(fault.seconds or LONGEST_HOLD, LONGEST_HOLD))
        case _:
            return Answer(500, delivery="reset")


def _spoilt(fault: Fault, answer: Answer) -> Answer:
    match fault.kind:
        case "lost":
            return replace(answer, delivery="reset")
        case "truncated":
            return replace(answer, delivery="truncated")
        case "slow-drip":
            return replace(answer, delivery="drip", pause=min(fault.seconds or LONGEST_HOLD, LONGEST_HOLD))
        case "wrong-types":
            return replace(answer, body=_with_wrong_types(answer))
        case _:
            return replace(answer, pause=fault.seconds or 1.0)


def _error(fault: Fault, operation: str, *, is_xml: bool) -> Answer:
    if fault.code is None and fault.status in GATEWAY_STATUSES:
        answer = html_answer("Bad gateway", fault.status)
    elif is_xml:
        code = fault.code or XML_CODES.get(fault.status, "ServiceUnavailable")
        answer = xml_refusal(Refusal(fault.status, code, fault.message))
    else:
        code = fault.code or JSON_CODES.get(fault.status, "ServiceUnavailableException")
        oauth_error = OAUTH_ERRORS.get(code) if operation in SIGN_IN_OPERATIONS.values() else None
        answer = json_refusal(Refusal(fault.status, code, fault.message, oauth_error=oauth_error))
    if fault.retry_after is None:
        return answer
    return replace(answer, headers=(*answer.headers, ("Retry-After", str(fault.retry_after))))


def _with_wrong_types(answer: Answer) -> bytes:
    if answer.content_type == "text/xml":
        text = re.sub(rb"<(\w+)>[^<]+</\1>", rb"<\1><member>7</member></\1>", answer.body)
        return re.sub(rb"<Expiration>.*?</Expiration>", b"<Expiration>soon</Expiration>", text)
    return json.dumps(_twisted(json.loads(answer.body or b"{}"))).encode()


def _twisted(value: object) -> object:
    match value:
        case dict():
            return {name: _twisted(each) for name, each in value.items()}
        case str():
            return [value]
        case list():
            return {"first": value[:1]}
        case _:
            return "soon"
