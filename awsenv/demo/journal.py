"""The record of every call, without secrets. Safe to share between threads."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

# Only these reach the journal: a parameter that is not known to be harmless is a secret.
HARMLESS_PARAMETERS = frozenset(
    {
        "role_name",
        "account_id",
        "max_result",
        "grantType",
        "clientName",
        "clientType",
        "startUrl",
        "issuerUrl",
        "redirectUri",
        "redirect_uri",
        "scopes",
        "Action",
        "RoleArn",
        "RoleSessionName",
        "DurationSeconds",
        "ExternalId",
        "SerialNumber",
        "SessionDuration",
        "Destination",
        "Issuer",
    }
)


@dataclass(slots=True)
class Call:
    """One call.

    `caller` is an ARN or the name of an sso-session, once it is known. `status` is None while no answer is on its
    way, and stays so where a fault gives none. `code` is the AWS error code of a refusal.
    """

    number: int
    operation: str
    at: datetime
    parameters: Mapping[str, str]
    caller: str | None = None
    status: int | None = None
    code: str | None = None
    fault: str | None = None


class Journal:
    """Every call in the order of arrival."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._opened = 0
        self._lock = threading.Lock()

    def open(self, operation: str, parameters: Mapping[str, str], at: datetime) -> Call:
        """Enter a call and return the entry, to be completed before its answer leaves."""
        harmless = {name: value for name, value in parameters.items() if name in HARMLESS_PARAMETERS}
        with self._lock:
            self._opened += 1
            call = Call(self._opened, operation, at, harmless)
            self._calls.append(call)
        return call

    def calls(self, operation: str | None = None) -> list[Call]:
        """Return copies of the entries, of one operation or of all."""
        with self._lock:
            return [replace(call) for call in self._calls if operation in (None, call.operation)]

    def count(self, operation: str | None = None) -> int:
        """Return how many calls there were."""
        return len(self.calls(operation))

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._calls.clear()
