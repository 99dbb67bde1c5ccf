"""Callers of a practice center without sockets, and a clock that the test moves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from awsenv.demo.center import Center
from awsenv.demo.wire import Answer, Request

FORM = "application/x-www-form-urlencoded"


@dataclass
class Clock:
    """A time that stands still until it is moved."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc))

    def __call__(self) -> datetime:
        """Return the time."""
        return self.moment

    def move(self, **units: float) -> None:
        """Go forward."""
        self.moment += timedelta(**units)


class Caller:
    """Calls a center as a program would, without a socket between them."""

    def __init__(self, center: Center) -> None:
        self.center = center

    @staticmethod
    def request(method: str, path: str, headers: Mapping[str, str]) -> Request:
        """Return a request without parameters."""
        return Request(method, path, "", headers)

    def get(self, path: str, access_token: str = "", **parameters: str) -> Answer:
        """Call the portal, or ask for a page."""
        headers = {"x-amz-sso_bearer_token": access_token}
        return self.center.answer(Request("GET", path, urlencode(parameters), headers))

    def post(self, path: str, **fields: object) -> Answer:
        """Call the sign-in service, or a page that takes JSON."""
        headers = {"content-type": "application/json", "host": "127.0.0.1:1"}
        return self.center.answer(Request("POST", path, "", headers, json.dumps(fields).encode()))

    def sts(self, headers: Mapping[str, str] | None = None, **fields: str) -> Answer:
        """Call STS, unsigned unless `headers` hold a signature."""
        body = urlencode(fields).encode()
        return self.center.answer(Request("POST", "/", "", {"content-type": FORM, **(headers or {})}, body))


def parsed(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    value = json.loads(answer.body)
    assert isinstance(value, dict)
    return value
