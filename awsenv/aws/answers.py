"""What is taken from AWS's answers. What raises TypeError or ValueError here counts as no usable answer."""

import contextlib
import json
import math
import re
from typing import Any

from awsenv.aws.clients import Clients
from awsenv.aws.retries import READ_TIMEOUT

_TIMES = ("interval", "expiresIn")
_PLAIN = re.compile(r"[!-~]{1,65536}")


def oidc_client(clients: Clients, region: str, read_timeout: float = READ_TIMEOUT) -> Any:
    """Return a client of the sign-in service whose answers keep their times as they were written."""
    client = clients.client("sso_oidc", region, read_timeout=read_timeout)
    client.meta.events.register("before-parse.sso-oidc", _keep_times)
    return client


def _keep_times(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    # botocore takes the fraction off a number, which would be to poll too early, and gives up at a text.
    with contextlib.suppress(ValueError, RecursionError):
        answer = json.loads(response_dict["body"])
        odd = [name for name in _TIMES if isinstance(answer, dict) and not isinstance(answer.get(name, 0), int)]
        for name in odd:
            customized_response_dict[name] = answer.pop(name)
        if odd:
            response_dict["body"] = json.dumps(answer).encode()


def parse_text(value: object) -> str:
    """Return a text that is not empty; anything else is no answer of AWS's."""
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def parse_token(value: object) -> str:
    """Return a token that can stand in a header and in a line of a file."""
    # What stands in a header and in a line of a file; anything else would end there and not here.
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        raise TypeError
    return value


def parse_number(value: object) -> float:
    """Return a number, or what a text says is one."""
    # Services have answered 1.9, "600" and "600.0". One that is none, or infinite, is raised where it is rounded.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    return float(value)


def parse_lifetime(value: object) -> int:
    """Return whole seconds, at least one; a life that is over already is no answer."""
    seconds = parse_number(value)
    if seconds <= 0:
        raise ValueError
    return max(math.floor(seconds), 1)
