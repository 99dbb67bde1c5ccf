"""Both ways to ask the portal, and what each comes to."""

import json
import time
import traceback
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from unit.aws.fakes import Person, StoppedClock

from awsenv.aws import portal
from awsenv.aws.clients import Clients
from awsenv.aws.translation import Operation
from awsenv.errors import AwsenvError
from awsenv.model import NoSource, Place, Profile
from awsenv.runtime import Runtime

TOKEN = "canary-token-5f3a9c"
SECRET = "canary-secret-77e1"
KEYS = {
    "roleCredentials": {
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "secretAccessKey": SECRET,
        "sessionToken": "canary-session-1d",
        "expiration": 1_900_000_000_000,
    }
}
BODY = json.dumps(KEYS).encode()
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
PROFILE = Profile("unicorn", NoSource("is no profile"), Place("config"))
NAMES = {"roleName": "Admin", "accountId": "123456789012", "accessToken": TOKEN}
OPERATION = Operation("GetRoleCredentials")


def runtime_of(environment: Mapping[str, str], home: Path = Path("/nonexistent")) -> Runtime:
    """Return a runtime on the machine's clock."""
    clock = StoppedClock()
    return Runtime(
        environment=environment,
        home=home,
        now=lambda: datetime.now(timezone.utc),
        monotonic=time.monotonic,
        sleep=clock.sleep,
        terminal=Person(),
    )


def clients_for(origin: str, environment: Mapping[str, str] | None = None, profile: Profile = PROFILE) -> Clients:
    """Return clients whose portal is at `origin`."""
    variables = {"AWS_ENDPOINT_URL_SSO": origin, **(environment or {})}
    return Clients(runtime_of(variables), profile)


def outcome(clients: Clients, client: Any, names: Mapping[str, str] = NAMES) -> object:
    """Return the credentials of an answer, or the kind and words of the error, which hold no secret."""
    try:
        answer = clients.call(OPERATION, lambda: client.get_role_credentials(**names)["roleCredentials"], once=True)
    except AwsenvError as error:
        told = "".join(traceback.format_exception(error)) + repr(error)
        assert TOKEN not in told
        assert SECRET not in told
        return type(error).__name__, str(error.problem), error.hint
    return {name: answer[name] for name in KEYS["roleCredentials"]}


def both(origin: str, names: Mapping[str, str] = NAMES) -> tuple[object, object]:
    """Return what the plain request comes to, and what botocore's client does."""
    clients = clients_for(origin)
    made = clients.portal("eu-west-1")
    assert isinstance(made, portal.Portal)
    return outcome(clients, made, names), outcome(clients, clients.client("sso", "eu-west-1"), names)


def answer(status: str = "200 OK", body: bytes = BODY, *headers: str, length: int | None = None) -> bytes:
    """Return an answer of HTTP."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
