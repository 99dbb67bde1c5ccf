"""GetRoleCredentials as one plain GET: botocore's client of it, without the seconds that botocore takes to load.

What it raises, and what it says, is what botocore's client would come to. TLS that fails is left to that.
"""

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

from awsenv import __version__
from awsenv.aws import retries
from awsenv.aws.plain import Door
from awsenv.aws.translation import NETWORK_HINT, Refused, name_oauth_error
from awsenv.aws.wire import Closed, TooLong, read_answer
from awsenv.errors import LoginRequired

_NAME = "GetRoleCredentials"
_REDIRECTED, _FAILED = 300, 500


class _HandedOver(Exception):
    """What this module cannot do, and botocore may."""


class Portal:
    """Stands for botocore's client of the portal. `hear` is told the headers of every answer."""

    def __init__(self, door: Door, hear: Callable[[Mapping[str, str]], None], botocores: Callable[[], Any]) -> None:
        self._door = door
        self._hear = hear
        self._botocores = botocores

    # The names are botocore's.
    def get_role_credentials(self, *, roleName: str, accountId: str, accessToken: str) -> Any:  # noqa: N803
        """Return AWS's answer.

        Raises:
            LoginRequired: no request can carry this access token.
            Refused: AWS has refused.
            Transient: no usable answer; `Unanswered` where the request may have arrived.
        """
        names = {"roleName": roleName, "accountId": accountId, "accessToken": accessToken}
        query = f"role_name={_quoted(roleName)}&account_id={_quoted(accountId)}"
        if not accessToken.isascii() or not accessToken.isprintable() or accessToken != accessToken.strip():
            # botocore would quote it in what it says of it.
            raise LoginRequired("the access token cannot stand in a request", hint="awsenv login")
        try:
            status, headers, body = self._ask(f"/federation/credentials?{query}", accessToken)
        except _HandedOver:
            return self._botocores().get_role_credentials(**names)
        if headers.get("content-encoding", "identity") != "identity":
            # Nobody has asked for it; to ask again costs nothing but time.
            return self._botocores().get_role_credentials(**names)
        self._hear(headers)
        if status >= _REDIRECTED:
            raise _refused(status, headers, body)
        answer = _parsed(body)
        if not isinstance(answer, dict):
            raise TypeError
        return answer

    def _ask(self, target: str, access_token: str) -> tuple[int, dict[str, str], bytes]:
        url = f"{self._door.origin}{target}"
        lines = (
            f"GET {target} HTTP/1.1",
            f"Host: {self._door.host_header}",
            "Accept-Encoding: identity",
            f"User-Agent: awsenv/{__version__}",
            f"x-amz-sso_bearer_token: {access_token}",
            "Connection: close",
        )
        try:
            with closing(self._connect(url)) as connection:
                connection.sendall("\r\n".join((*lines, "", "")).encode())
                with connection.makefile("rb") as file:
                    return read_answer(file)
        except TimeoutError as error:
            raise _failure(retries.Unanswered, f'Read timeout on endpoint URL: "{url}"') from error
        except (Closed, OSError) as error:
            if self._door.roots is not None and _is_of_tls(error):
                raise _HandedOver from error
            text = f'Connection was closed before we received a valid response from endpoint URL: "{url}".'
            raise _failure(retries.Unanswered, text) from error
        except TooLong:
            raise _failure(retries.Unanswered, "the answer is not one of AWS's") from None

    def _connect(self, url: str) -> socket.socket:
        door = self._door
        # As bytes: of text, Python would ask the rules for all languages' names first.
        host: Any = door.host.encode()
        try:
            # Before anybody is asked, as what takes long here should not be taken for a slow network.
            context = _context(door.roots) if door.roots is not None else None
            connection = socket.create_connection((host, door.port), retries.CONNECT_TIMEOUT)
            if context is not None:
                connection = _secured(connection, context, host)
        except TimeoutError as error:
            raise _failure(retries.Transient, f'Connect timeout on endpoint URL: "{url}"') from error
        except (OSError, UnicodeError) as error:
            raise _failure(retries.Transient, f'Could not connect to the endpoint URL: "{url}"') from error
        connection.settimeout(retries.READ_TIMEOUT)
        return connection


def _context(roots: str) -> Any:
    from awsenv.aws.trust import UnknownBundle, trusting_context

    try:
        return trusting_context(roots)
    except UnknownBundle as error:
        raise _HandedOver from error


def _secured(connection: socket.socket, context: Any, host: bytes) -> socket.socket:
    try:
        secured: socket.socket = context.wrap_socket(connection, server_hostname=host)
    except TimeoutError:
        connection.close()
        raise
    except (OSError, ValueError) as error:
        connection.close()
        # What is no error of TLS is a connection that was there and broke.
        raise (_HandedOver if _is_of_tls(error) else Closed) from error
    return secured


def _is_of_tls(error: Exception) -> bool:
    import ssl

    return isinstance(error, ssl.SSLError | ValueError)


def _refused(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
    # As botocore's parser of this protocol reads it.
    text = body.strip()
    if status >= _FAILED and (not text or text.startswith(b"<html>")):
        name, said = str(status), _phrase(status)
    else:
        fields = _parsed(body, text) if text else {}
        code = headers.get("x-amzn-errortype", fields.get("code", fields.get("Code")))
        if isinstance(code, list | dict):
            raise TypeError
        name = str(fields.get("__type", status) if code is None else code).split(":", 1)[0].rsplit("#", 1)[-1]
        said = fields.get("message", fields.get("Message", ""))
    answer: dict[str, Any] = {
        "Error": {"Code": name, "Message": said},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    name_oauth_error(answer, body)
    return Refused(answer)


def _parsed(body: bytes, instead: bytes | None = None) -> Any:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        if instead is None or isinstance(error, UnicodeDecodeError | RecursionError):
            # Not the cause: its text, like the body, may hold keys.
            raise _failure(retries.Unanswered, "the answer is not one of AWS's") from None
        return {"message": instead.decode()}


def _phrase(status: int) -> str:
    from http import HTTPStatus

    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _failure(kind: type[retries.Transient], text: str) -> retries.Transient:
    return kind(f"{_NAME}: {text}", hint=NETWORK_HINT)


def _quoted(text: str) -> str:
    # botocore leaves these as they are, and nothing else.
    return quote(text, safe="-._~")
