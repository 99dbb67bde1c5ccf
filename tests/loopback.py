"""A server on loopback that remembers every byte it gets, and answers as it is told to, over TLS or not."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

_PATIENCE = 30.0
KEYS = {
    "accessKeyId": "ASIAPRACTICEKEY00001",
    "secretAccessKey": "practice-secret-access-key-0123456789ABC",
    "sessionToken": "practice-session-token",
    "expiration": 4_000_000_000_000,
}
# Of the stopped clock of the unit tests.
DATE = "Mon, 23 Nov 2026 09:00:00 GMT"
Play = Callable[[socket.socket], None]


def answer(
    body: bytes | None = None, status: str = "200 OK", headers: Mapping[str, str] | None = None, *, version: str = "1.1"
) -> bytes:
    """Return an answer of HTTP as bytes; the keys of a role without a body."""
    text = json.dumps({"roleCredentials": KEYS}).encode() if body is None else body
    given = {"Date": DATE, "Content-Type": "application/json", "Content-Length": str(len(text))} | dict(headers or {})
    lines = (f"HTTP/{version} {status}", *(f"{name}: {value}" for name, value in given.items() if value), "", "")
    return "\r\n".join(lines).encode("latin-1") + text


def saying(content: bytes) -> Play:
    """Return a play that reads a request and says this."""
    return lambda connection: connection.sendall(content)


class Loopback:
    """Listens on a free port while it is entered. `play` is given each connection once its request has arrived.

    `context` is for TLS: what arrives is then remembered as it was before it was encrypted. `strays` is what arrived
    and was no whole request. Without `reads_requests`, `play` is given each connection as it comes.
    """

    reads_requests = True

    def __init__(
        self, play: Play | None = None, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.play = play or saying(answer())
        self.context = context
        self.requests: list[bytes] = []
        self.strays = b""
        self.connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, 0), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._ended = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._listen, daemon=True)]

    def url(self, host: str = "127.0.0.1") -> str:
        """Return the endpoint under a name for this machine."""
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def __enter__(self) -> "Loopback":  # noqa: PYI034 - Self is newer than Python 3.10
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for each in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def asked_by(self) -> list[str]:
        """Return who made each request, as far as the slash: awsenv itself, or botocore's client for it."""
        return [f"{fields(request)['user-agent'].partition('/')[0]}/" for request in self.requests]

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(_PATIENCE)
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # Whoever breaks off is no failure of the server's.
        with contextlib.suppress(OSError), connection:
            if self.context is not None:
                connection = self._secured(self.context, connection)
            with connection:
                request = b""
                while self.reads_requests and b"\r\n\r\n" not in request:
                    part = connection.recv(65536)
                    if not part:
                        self.strays += request
                        return
                    request += part
                self.requests.append(request)
                self.play(connection)

    def _secured(self, context: ssl.SSLContext, connection: socket.socket) -> socket.socket:
        secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.append(secured)
        try:
            secured.do_handshake()
        except OSError:
            # Closed with something unread, it would take back the alert that says why.
            with contextlib.suppress(OSError), secured:
                while socket.socket.recv(secured, 65536):
                    pass
            raise
        return secured


def fields(request: bytes) -> dict[str, Any]:
    """Return the first line of a request and its headers, whose names are in lower case."""
    first, *lines = request.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
    return {"": first} | {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def asked_by(user: int, host: str, port: int, request: str) -> bytes:
    """Return the answer that a user of this machine gets."""
    script = 'exec 3<>"/dev/tcp/$0/$1"; printf %s "$2" >&3; cat <&3'
    command = ["/bin/bash", "-c", script, host, str(port), request]
    return subprocess.run(
        command, user=user, cwd="/", env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=30, check=False
    ).stdout
