"""The container-credentials endpoint: what an SDK asks of it on loopback, and who is turned away. Knows no profiles.

No server library: all that is served is one answer to one shape of request, and whatever else can be parsed is refused.
"""

import asyncio
import contextlib
import hmac
import json
import re
import resource
import secrets
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from awsenv.model import Credentials
from awsenv.runtime import moment_text
from awsenv.values import Value

LONGEST_REQUEST = 8 * 1024
MOST_HEADERS = 40
REQUEST_SECONDS = 5.0
# Connections held at a time; the next one takes the place of the oldest that has not said what it wants.
MOST_CONNECTIONS = 2048
_FEWEST_CONNECTIONS = 8
_SPARE_FILES = 64
# Who finds more waiting comes again a second later.
_AT_THE_DOOR = 4096
_AT_ONCE = 64
_PAUSE = 0.05

_REQUEST_LINE = re.compile(rb"GET (/[!-~]*) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*)")
# What an SDK never sends: it is a browser, or somebody's proxy, that asks.
_FOREIGN = re.compile(
    rb"origin|referer|cookie2?|forwarded|via|transfer-encoding|upgrade|(?:sec-|x-forwarded-|access-control-).*"
)


class Gate(Value, hidden=("path", "token")):
    """Who is let in: on this port of 127.0.0.1, whoever knows the path and the token."""

    port: int
    path: str
    token: str

    @property
    def url(self) -> str:
        """What SDKs are to ask."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def admits(self, request: bytes) -> bool:
        """Tell whether a whole request, to its empty line, is an SDK's that was told of this endpoint."""
        head, end, rest = request.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        line = _REQUEST_LINE.fullmatch(first)
        headers = [_HEADER.fullmatch(each) for each in lines]
        if line is None or not end or rest or len(headers) > MOST_HEADERS:
            return False
        named: dict[bytes, bytes] = {}
        for header in headers:
            # What parsers could read in two ways, a name that stands twice for instance, is nobody's SDK.
            if header is None or header[1].lower() in named:
                return False
            named[header[1].lower()] = header[2].rstrip(b" \t")
        if any(_FOREIGN.fullmatch(name) for name in named) or named.get(b"content-length", b"0") != b"0":
            return False
        # A page of another site that was given the address of 127.0.0.1 asks under its own name.
        hosts = (b"127.0.0.1:%d" % self.port, b"localhost:%d" % self.port)
        is_right_path = hmac.compare_digest(line[1], self.path.encode())
        is_right_token = hmac.compare_digest(named.get(b"authorization", b""), self.token.encode())
        return named.get(b"host") in hosts and is_right_path and is_right_token


class Answer(Value, hidden=("body",)):
    """What is said to somebody let in."""

    status: int
    body: bytes


_REFUSAL = Answer(403, b'{"code":"AccessDenied","message":"not for you"}')


def listen() -> tuple[socket.socket, Gate]:
    """Return a socket that listens on a free port of 127.0.0.1, and the gate before it.

    Raises:
        OSError: there is no port to be had.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Without SO_REUSEADDR: nobody else may have had the port a moment ago.
        listener.bind(("127.0.0.1", 0))
        listener.listen(_AT_THE_DOOR)
    except OSError:
        listener.close()
        raise
    return listener, Gate(listener.getsockname()[1], f"/{secrets.token_urlsafe(24)}", secrets.token_urlsafe(32))


def given(credentials: Credentials, until: str) -> Answer:
    """Return the answer with credentials; `until` is what stands for an end where they have none."""
    fields = {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        # SDKs demand both of the next, of keys that have neither, too.
        "Token": credentials.session_token or "",
        "Expiration": moment_text(credentials.expires_at) if credentials.expires_at else until,
    }
    if credentials.account_id:
        fields["AccountId"] = credentials.account_id
    return Answer(200, json.dumps(fields).encode())


def unavailable(code: str, message: str) -> Answer:
    """Return the answer that makes an SDK try again, or tell the person why not."""
    return Answer(503, json.dumps({"code": code, "message": message}).encode())


class _Caller:
    """What somebody has said so far, and when it is hung up on."""

    def __init__(self, end: asyncio.TimerHandle) -> None:
        self.request = b""
        self.end = end


class Endpoint:
    """Serves on a listening socket from `start` to `close`, in the running loop. Nothing asked is kept or told.

    On bare sockets: asyncio's streams cost 1,000 callers at once a quarter of a second, and its servers have no more
    than 100 of them wait, of which the others hear a second later.
    """

    def __init__(self, listener: socket.socket, gate: Gate, answer: Callable[[], Awaitable[Answer]]) -> None:
        self._listener = listener
        self._gate = gate
        self._answer = answer
        self._silent: dict[socket.socket, _Caller] = {}
        self._replies: set[asyncio.Task[None]] = set()
        self._most = MOST_CONNECTIONS

    async def start(self) -> None:
        """Begin to serve."""
        self._most = max(min(MOST_CONNECTIONS, _make_room_for_files() - _SPARE_FILES), _FEWEST_CONNECTIONS)
        self._listener.settimeout(0)
        self._open(asyncio.get_running_loop())

    def close(self) -> None:
        """Close the port, and break off whoever has not said what it wants."""
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        for connection in list(self._silent):
            self._hang_up(connection)

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._listener.fileno() >= 0:
            loop.add_reader(self._listener, self._let_in, loop)

    def _let_in(self, loop: asyncio.AbstractEventLoop) -> None:
        # Not all that wait in one go: in between, those that are in are heard.
        for _ in range(_AT_ONCE):
            try:
                connection, _address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:
                # No file is to be had.
                if self._silent:
                    self._hang_up_on_oldest()
                    continue
                # The listener would call again at once, and for ever.
                loop.remove_reader(self._listener)
                loop.call_later(_PAUSE, self._open, loop)
                return
            connection.settimeout(0)
            # One limit for the whole: a byte every four seconds would pass a limit for each.
            caller = _Caller(loop.call_later(REQUEST_SECONDS, self._hang_up, connection))
            self._silent[connection] = caller
            self._hear(connection, caller)
            if connection in self._silent:
                loop.add_reader(connection, self._hear, connection, caller)
            if len(self._silent) > self._most:
                self._hang_up_on_oldest()

    def _hear(self, connection: socket.socket, caller: _Caller) -> None:
        try:
            chunk = connection.recv(LONGEST_REQUEST)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        caller.request += chunk
        if not chunk or len(caller.request) > LONGEST_REQUEST:
            self._hang_up(connection)
        elif b"\r\n\r\n" in caller.request:
            self._let_go(connection)
            reply = asyncio.ensure_future(self._reply(connection, caller.request))
            self._replies.add(reply)
            reply.add_done_callback(self._replies.discard)

    async def _reply(self, connection: socket.socket, request: bytes) -> None:
        with connection, contextlib.suppress(OSError):
            answer = await self._answer() if self._gate.admits(request) else _REFUSAL
            # It has room for far more than an answer, so that what is not taken at once never will be.
            connection.send(_rendered(answer))

    def _hang_up_on_oldest(self) -> None:
        self._hang_up(next(iter(self._silent)))

    def _hang_up(self, connection: socket.socket) -> None:
        self._let_go(connection)
        connection.close()

    def _let_go(self, connection: socket.socket) -> None:
        self._silent.pop(connection).end.cancel()
        asyncio.get_running_loop().remove_reader(connection)


def _rendered(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + answer.body


def _make_room_for_files() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if limit == resource.RLIM_INFINITY else limit
