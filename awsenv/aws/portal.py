"""GetRoleCredentials as one plain GET: botocore's client of it, without the seconds that botocore takes to load.

What it raises, and what it says, is what botocore's client would come to. TLS that fails is left to that.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, BinaryIO
from urllib.parse import quote

from awsenv import __version__
from awsenv.aws import retries
from awsenv.aws.plain import Door
from awsenv.aws.translation import NETWORK_HINT, Refused, name_oauth_error
from awsenv.errors import LoginRequired

_NAME = "GetRoleCredentials"
# The largest answer is some 2 KB; beyond, it is not AWS's.
_LONGEST_BODY = 1_000_000
_LONGEST_LINE, _LONGEST_HEAD = 65_536, 262_144
# Of headers, as Python's own client has it.
_MOST_LINES = 100
_MOST_CHUNKS = 10_000
_INTERIM, _SWITCHED, _OK, _NO_CONTENT, _REDIRECTED, _NOT_MODIFIED, _FAILED = 100, 101, 200, 204, 300, 304, 500


class _HandedOver(Exception):
    """What this module cannot do, and botocore may."""


class _Closed(Exception):
    """A connection that ended, or said something else than HTTP."""


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
        query = f"role_name={_quoted(roleName)}&account_id={_quoted(accountId)}"
        if not accessToken.isascii() or not accessToken.isprintable() or accessToken != accessToken.strip():
            # botocore would quote it in what it says of it.
            raise LoginRequired("the access token cannot stand in a request", hint="awsenv login")
        try:
            status, headers, body = self._ask(f"/federation/credentials?{query}", accessToken)
        except _HandedOver:
            return self._botocores().get_role_credentials(
                roleName=roleName, accountId=accountId, accessToken=accessToken
            )
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
                    return _read_answer(file)
        except TimeoutError as error:
            raise _failure(retries.Unanswered, f'Read timeout on endpoint URL: "{url}"') from error
        except (_Closed, OSError) as error:
            if self._door.roots is not None and _is_of_tls(error):
                raise _HandedOver from error
            text = f'Connection was closed before we received a valid response from endpoint URL: "{url}".'
            raise _failure(retries.Unanswered, text) from error

    def _connect(self, url: str) -> socket.socket:
        door = self._door
        try:
            # Before anybody is asked, as what takes long here should not be taken for a slow network.
            context = _context(door.roots) if door.roots is not None else None
            # As a text it would be encoded by a library for names in other scripts, which takes its time to load.
            host: Any = door.host.encode("ascii")
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
        raise (_HandedOver if _is_of_tls(error) else _Closed) from error
    return secured


def _is_of_tls(error: Exception) -> bool:
    import ssl

    return isinstance(error, ssl.SSLError | ValueError)


def _read_answer(file: BinaryIO) -> tuple[int, dict[str, str], bytes]:
    status = _INTERIM
    # Interim answers come before the one that counts.
    for _ in range(_MOST_LINES):
        status = _parse_status(file.readline(_LONGEST_LINE))
        headers = _read_headers(file)
        if status >= _OK:
            break
        if status == _SWITCHED:
            # To another protocol, which nobody asked for.
            raise _Closed
    return status, headers, b"" if status in (_NO_CONTENT, _NOT_MODIFIED) else _read_body(file, headers)


def _parse_status(line: bytes) -> int:
    version, _, rest = line.rstrip(b"\r\n").partition(b" ")
    number = rest.lstrip()[:4].rstrip()
    if version not in (b"HTTP/1.0", b"HTTP/1.1") or len(number) != len("200") or not number.isdigit():
        raise _Closed
    return int(number)


def _read_headers(file: BinaryIO) -> dict[str, str]:
    found: dict[str, str] = {}
    left = _LONGEST_HEAD
    for _ in range(_MOST_LINES + 1):
        line = file.readline(_LONGEST_LINE)
        left -= len(line)
        if left < 0 or not line.endswith(b"\n"):
            raise _Closed
        if line in (b"\r\n", b"\n"):
            return found
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    raise _Closed


def _read_body(file: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(_chunks(file))
    else:
        given = _length(headers)
        body = file.read(_LONGEST_BODY + 1 if given is None else min(given, _LONGEST_BODY + 1))
    if len(body) > _LONGEST_BODY:
        raise _failure(retries.Unanswered, "the answer is not one of AWS's")
    return body


def _length(headers: Mapping[str, str]) -> int | None:
    lengths = {text.strip() for text in headers.get("content-length", "").split(",")}
    if len(lengths) > 1:
        # Nobody knows where such an answer ends.
        raise _Closed
    length = lengths.pop()
    return int(length) if length.isascii() and length.isdigit() and len(length) <= len(str(_LONGEST_BODY)) else None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    left = _LONGEST_BODY
    for _ in range(_MOST_CHUNKS):
        size = file.readline(_LONGEST_LINE).partition(b";")[0].strip()
        if not size or len(size.lstrip(b"0")) > len("ffffff") or size.strip(b"0123456789abcdefABCDEF"):
            raise _Closed
        length = int(size, 16)
        if length == 0:
            return
        content = file.read(min(length, left + 1))
        left -= len(content)
        yield content
        if left < 0:
            return
        if len(content) != length or file.read(2) != b"\r\n":
            raise _Closed
    raise _Closed


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
