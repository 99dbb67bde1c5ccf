"""The listener that a browser sign-in comes back to: loopback only, one answer, everything else is turned away."""

import hmac
import queue
import socket
import socketserver
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from awsenv.aws.sign_in import CALLBACK_PATH

LONGEST_REQUEST = 8 * 1024
REQUEST_SECONDS = 5.0
# Connections served at a time; a flood beyond them waits in the backlog and cannot take the machine down.
MOST_CONNECTIONS = 64

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>awsenv</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color:#222}}
h1{{font-size:1.4rem}}@media(prefers-color-scheme:dark){{body{{background:#111;color:#ddd}}}}</style>
<h1>{title}</h1><p>{text}</p></html>"""


@dataclass(frozen=True, slots=True)
class Callback:
    """What the browser brought back: a code, or the error that the service names."""

    code: str | None = field(default=None, repr=False)
    error: str | None = None


class CallbackListener:
    """Listens on a free port of 127.0.0.1 from its making until `close`; `expect` says which state is ours."""

    def __init__(self) -> None:
        self._state: str | None = None
        self._lock = threading.Lock()
        self._answers: queue.SimpleQueue[Callback] = queue.SimpleQueue()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port, known before the browser is."""
        return int(self._server.server_address[1])

    def expect(self, state: str) -> None:
        """Take the one request that carries this state, once."""
        with self._lock:
            self._state = state

    def wait(self, seconds: float) -> Callback | None:
        """Return what came back, or None after `seconds` without it."""
        try:
            return self._answers.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def close(self) -> None:
        """Close the port; a second call does nothing."""
        self._server.shutdown()
        self._server.server_close()

    def respond(self, request: bytes) -> bytes:
        """Return the HTTP answer to one request, and keep its callback if it is the one that is waited for."""
        method, target, host = _parse(request)
        if host != f"127.0.0.1:{self.port}":
            return _answer("400 Bad Request", "Not here", "This address is awsenv's, and only for a moment.")
        parts = urlsplit(target)
        if parts.path != CALLBACK_PATH:
            return _answer("404 Not Found", "Nothing here", "awsenv waits for a sign-in, at another page.")
        if method != "GET":
            return _answer("405 Method Not Allowed", "Not like this", "awsenv waits for a sign-in.")
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items() if len(values) == 1}
        if not self._take(parameters.get("state", ""), parameters):
            return _answer("400 Bad Request", "Not this sign-in", "It belongs to another attempt. awsenv still waits.")
        if "code" in parameters:
            return _answer("200 OK", "You are signed in", "You can close this page and go back to the terminal.")
        return _answer("200 OK", "Not signed in", "You can close this page; the terminal says more.")

    def _take(self, state: str, parameters: dict[str, str]) -> bool:
        with self._lock:
            expected = self._state
            is_ours = expected is not None and hmac.compare_digest(state.encode(), expected.encode())
            if not is_ours or not ({"code", "error"} & parameters.keys()):
                return False
            self._state = None
        self._answers.put(Callback(parameters.get("code"), parameters.get("error")))
        return True


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = False

    def __init__(self, listener: CallbackListener) -> None:
        self.listener = listener
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(timeout=REQUEST_SECONDS):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever broke off a connection is not awsenv's concern."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Read one request within its limits, answer it, and hang up."""
        connection: socket.socket = self.request
        request = _read_request(connection)
        if request is not None:
            connection.sendall(self.server.listener.respond(request))


def _read_request(connection: socket.socket) -> bytes | None:
    # One limit for the whole: a byte every four seconds would pass a limit per read.
    deadline = time.monotonic() + REQUEST_SECONDS
    request = b""
    while b"\r\n\r\n" not in request:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            chunk = connection.recv(2048)
        except OSError:
            return None
        request += chunk
        if not chunk or len(request) > LONGEST_REQUEST:
            return None
    return request


def _parse(request: bytes) -> tuple[str, str, str]:
    head = request.partition(b"\r\n\r\n")[0].decode("latin-1")
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    hosts = [value.strip() for name, _, value in (line.partition(":") for line in lines) if name.lower() == "host"]
    is_plain = len(words) == 3 and words[1].startswith("/") and words[2].startswith("HTTP/1.")  # noqa: PLR2004
    return (words[0], words[1], hosts[0]) if is_plain and len(hosts) == 1 else ("", "", "")


def _answer(status: str, title: str, text: str) -> bytes:
    body = _PAGE.format(title=title, text=text).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
