"""The federation endpoint: a sign-in token for keys, with which the web console opens."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from awsenv import __version__
from awsenv.aws import retries
from awsenv.aws.answers import parse_token
from awsenv.aws.clients import Clients
from awsenv.aws.translation import Operation, Refused
from awsenv.errors import AccessRefused, AwsenvError
from awsenv.model import Credentials

# Address and body of a POST to the status, the headers in lower case and the body of the answer.
Send = Callable[[str, bytes], tuple[int, Mapping[str, str], bytes]]

_FORM = "application/x-www-form-urlencoded"
_SEVERAL = 300


def fetch_sign_in_token(
    clients: Clients, credentials: Credentials, *, endpoint: str, duration: timedelta | None, send: Send
) -> str:
    """Return a token for one sign-in with the rights of these temporary credentials, good for 15 minutes.

    `duration` is how long the console stays open; None for as long as the credentials. `endpoint` has no path.

    Raises:
        AccessRefused: these are no keys of a role, or not for so long.
        AwsUnreachable: no usable answer.
    """
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    fields = {"Action": "getSigninToken", "Session": json.dumps(session)}
    if duration is not None:
        fields["SessionDuration"] = str(int(duration.total_seconds()))
    # AWS's documentation has both methods; in an address keys would stand in the logs of proxies.
    body = urlencode(fields).encode()

    def refused(message: str) -> AwsenvError:
        hint = "try it without --duration" if duration is not None else "awsenv whoami --verify"
        return AccessRefused(f"AWS does not open the console with these keys ({message})", hint=hint)

    def request() -> str:
        status, headers, answer = send(f"{endpoint}/federation", body)
        if status >= _SEVERAL:
            raise _refusal(status, headers)
        return parse_token(json.loads(answer.decode())["SigninToken"])

    return clients.call(Operation("GetSigninToken", {HTTPStatus.BAD_REQUEST: refused, "*": refused}), request)


def sender(environment: Mapping[str, str], ca_bundle: str | None, *, is_loopback: bool) -> Send:
    """Return what asks the network, by the proxies and certificates that AWS's requests go by."""
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies

    def send(url: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        session = URLLib3Session(
            verify=environment.get("AWS_CA_BUNDLE") or ca_bundle or True,
            # A proxy has no part in what is for this machine alone.
            proxies={} if is_loopback else get_environ_proxies(url),
            timeout=(retries.CONNECT_TIMEOUT, retries.READ_TIMEOUT),
        )
        headers = {"Content-Type": _FORM, "User-Agent": f"awsenv/{__version__}"}
        try:
            answer = session.send(AWSRequest("POST", url, headers, body).prepare())
            return (
                int(answer.status_code),
                {name.lower(): text for name, text in answer.headers.items()},
                answer.content,
            )
        finally:
            session.close()

    return send


def _refusal(status: int, headers: Mapping[str, str]) -> Refused:
    # The endpoint refuses keys with a page for people, of which nothing is told: it may say again what was sent.
    kept = {name: text for name, text in headers.items() if name != "content-type" or status != HTTPStatus.BAD_REQUEST}
    details = {"Code": f"HTTP {status}", "Message": ""}
    return Refused({"Error": details, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": kept}})
