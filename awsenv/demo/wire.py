"""Requests and answers as values. Knows HTTP's parts and AWS's two error forms; no sockets."""

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from awsenv.values import EMPTY, Value

STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

Delivery = Literal["whole", "silence", "reset", "truncated", "drip"]


class Request(Value, hidden=("query", "headers", "body")):
    """One HTTP request as it was received; header names are in lower case. The parts may hold secrets: no repr."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = EMPTY
    body: bytes = b""

    def parameters(self) -> dict[str, str]:
        """Return the query and, where the body is a form or a JSON object of texts, the fields of the body."""
        found = dict(parse_qsl(self.query, keep_blank_values=True))
        if "json" in self.headers.get("content-type", "") or self.body.startswith(b"{"):
            return found | {name: value for name, value in self.json().items() if isinstance(value, str)}
        return found | dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; anything else is an empty one."""
        try:
            parsed = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}


class Answer(Value, hidden=("body",)):
    """What goes back; `delivery` says how badly it travels, `pause` for how many seconds it is held or dripped."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery = "whole"
    pause: float = 0.0


class Refusal(Exception):
    """A service says no, with the status and error code that the real one uses.

    `oauth_error` is the `error` field of sign-in answers, `retry_after` in seconds.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        oauth_error: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.oauth_error = oauth_error
        self.retry_after = retry_after


def json_answer(value: object, status: int = 200) -> Answer:
    """Return a JSON answer."""
    return Answer(status, json.dumps(value).encode())


def html_answer(text: str, status: int = 200) -> Answer:
    """Return a page for people, which is what a captive portal or a gateway puts in AWS's place."""
    return page_answer(text, "", status)


def page_answer(title: str, body: str, status: int = 200) -> Answer:
    """Return a page of a title, which is text, and a body, which is HTML already."""
    page = f"<!DOCTYPE html><html><body><h1>{escape(title)}</h1>{body}</body></html>"
    return Answer(status, page.encode(), "text/html; charset=utf-8")


def json_refusal(refusal: Refusal) -> Answer:
    """Return an error as the portal and the sign-in service write it."""
    body: dict[str, str] = {"message": refusal.message, "__type": refusal.code}
    if refusal.oauth_error is not None:
        body = {"error": refusal.oauth_error, "error_description": refusal.message}
    answer = json_answer(body, refusal.status)
    headers: tuple[tuple[str, str], ...] = (("x-amzn-ErrorType", refusal.code),)
    if refusal.retry_after is not None:
        headers += (("Retry-After", str(refusal.retry_after)),)
    return Answer(answer.status, answer.body, headers=headers)


def xml_answer(operation: str, result: str) -> Answer:
    """Return an STS answer around `result`, which is XML already."""
    body = (
        f'<{operation}Response xmlns="{STS_NAMESPACE}"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )
    return Answer(200, body.encode(), "text/xml")


def xml_refusal(refusal: Refusal) -> Answer:
    """Return an error as STS writes it."""
    blame = "Sender" if refusal.status < 500 else "Receiver"  # noqa: PLR2004 - HTTP's own boundary
    body = (
        f'<ErrorResponse xmlns="{STS_NAMESPACE}"><Error><Type>{blame}</Type><Code>{escape(refusal.code)}</Code>'
        f"<Message>{escape(refusal.message)}</Message></Error>"
        f"<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    )
    return Answer(refusal.status, body.encode(), "text/xml")


def xml_element(name: str, value: str | int) -> str:
    """Return one XML element with its text escaped."""
    return f"<{name}>{escape(str(value))}</{name}>"
