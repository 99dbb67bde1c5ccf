"""A request to the access portal that waits for its moment, and is tried again in the rhythm of all others."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from awsenv.aws.clients import Clients
from awsenv.aws.pacing import Pace
from awsenv.aws.retries import MOST_TRIES, Transient
from awsenv.aws.translation import Operation
from awsenv.errors import AwsenvError

_FIRST_DELAY = 0.5
_THROTTLED = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
_TOO_MANY_REQUESTS = 429

T = TypeVar("T")


def call_in_rhythm(clients: Clients, pace: Pace, operation: Operation, request: Callable[[], T]) -> T:
    """Return what `request` makes of AWS's answer; each try waits for its moment.

    Raises:
        AwsUnreachable: no usable answer after all tries.
        AwsenvError: as `Clients.call`.
    """
    failures = 0
    while True:
        pace.wait()
        try:
            answer = clients.call(operation, request, once=True)
        except Transient as error:
            if _is_throttled(error):
                goes_on = pace.throttled(error.retry_after)
            else:
                failures += 1
                delay = max(error.retry_after, _FIRST_DELAY * 2 ** (failures - 1))
                goes_on = failures < MOST_TRIES and pace.failed(delay)
            if not goes_on:
                raise
        except AwsenvError:
            pace.answered()
            raise
        else:
            pace.answered()
            return answer


def _is_throttled(error: Transient) -> bool:
    # botocore's refusal, or that of the plain request.
    response = getattr(error.__cause__, "response", None) or getattr(error.__cause__, "answer", None)
    if not isinstance(response, Mapping):
        return False
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == _TOO_MANY_REQUESTS or response.get("Error", {}).get("Code") in _THROTTLED
