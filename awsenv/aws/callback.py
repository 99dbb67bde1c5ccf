"""The listener that a browser sign-in comes back to: loopback only, one answer, everything else is turned away."""

import contextlib
import hmac
import os
import queue
import re
import socket
import socketserver
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from awsenv.aws.sign_in import CALLBACK_PATH
from awsenv.values import Value

# Cookies of everything else on 127.0.0.1 come along, since they know no ports.
LONGEST_REQUEST = 64 * 1024
REQUEST_SECONDS = 5.0
# Connections held at a time; the next one takes the place of the oldest, since whoever has nothing to say is old.
MOST_CONNECTIONS = 64
# How long `close` waits for the browser to get its page.
_LAST_WORDS = 1.0
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*)")

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>awsenv</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color:#222}}
h1{{font-size:1.4rem}}@media(prefers-color-scheme:dark){{body{{background:#111;color:#ddd}}}}</style>
<h1>{title}</h1><p>{text}</p></html>"""


class Callback(Value, hidden=("code",)):
    """What the browser brought back: a code, or the error that the service names."""

    code: str | None = None
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
        self._server.let_go()

    def is_own(self, caller: tuple[str, int]) -> bool:
        """Tell whether it is this user's connection, or root's, where the system tells whose it is.

        All users can read on the browser's command line what it is to bring, and one could be quicker. Root is what a
        browser outside of WSL comes as. It takes its time: asked last.
        """
        return _user_of(caller, self.port) in {None, 0, os.getuid()}

    def respond(self, request: bytes, caller: tuple[str, int]) -> tuple[bytes, Callback | None]:
        """Return the HTTP answer to one request, and its callback if it is the one that is waited for."""
        method, target, host = _parse(request)
        if host != f"127.0.0.1:{self.port}":
            return _answer("400 Bad Request", "Not here", "This address is awsenv's, and only for a moment."), None
        # Not urlsplit: it takes //elsewhere/oauth/callback for a host, and tabs for nothing.
        path, _, query = target.partition("?")
        if path != CALLBACK_PATH:
            return _answer("404 Not Found", "Nothing here", "awsenv waits for a sign-in, at another page."), None
        if method != "GET":
            return _answer("405 Method Not Allowed", "Not like this", "awsenv waits for a sign-in."), None
        callback = self._take(query, caller)
        if callback is None:
            text = "It belongs to another attempt. awsenv still waits."
            return _answer("400 Bad Request", "Not this sign-in", text), None
        if callback.code is None:
            return _answer("200 OK", "Not signed in", "You can close this page; the terminal says more."), callback
        # Not more than that: the terminal has yet to redeem the code.
        return _answer("200 OK", "Approved", "You can close this page and go back to the terminal."), callback

    def keep(self, callback: Callback) -> None:
        """Hand a callback to who waits."""
        self._answers.put(callback)

    def _take(self, query: str, caller: tuple[str, int]) -> Callback | None:
        parameters = parse_qs(query, keep_blank_values=True)
        if any(len(values) != 1 for values in parameters.values()):
            return None
        state, code, error = (parameters.get(name, [""])[0] for name in ("state", "code", "error"))
        with self._lock:
            expected = self._state
            is_ours = expected is not None and hmac.compare_digest(state.encode(), expected.encode())
            # One of the two: a page that brings both, or neither, is no answer.
            if not is_ours or bool(code) is bool(error) or not self.is_own(caller):
                return None
            self._state = None
        return Callback(code or None, error or None)


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = False

    def __init__(self, listener: CallbackListener) -> None:
        self.listener = listener
        self._held: deque[tuple[socket.socket, threading.Thread]] = deque()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._held = deque((each, its_thread) for each, its_thread in self._held if its_thread.is_alive())
        while len(self._held) >= MOST_CONNECTIONS:
            _break_off(self._held.popleft()[0])
        # Started first: one that has not begun would count as over.
        thread.start()
        self._held.append((request, thread))

    def let_go(self) -> None:
        """End every connection that is left, the one that still gets its page last."""
        deadline = time.monotonic() + _LAST_WORDS
        for connection, thread in self._held:
            _break_off(connection)
            thread.join(max(deadline - time.monotonic(), 0.0))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever broke off a connection is not awsenv's concern."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Read one request within its limits, answer it, and hang up."""
        connection: socket.socket = self.request
        request = _read_request(connection)
        if request is None:
            return
        answer, callback = self.server.listener.respond(request, self.client_address)
        try:
            # The page first: whoever waits may end the process.
            connection.sendall(answer)
        finally:
            if callback is not None:
                self.server.listener.keep(callback)


def _break_off(connection: socket.socket) -> None:
    # Only the reading half: an answer that is on its way arrives.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


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


def _user_of(caller: tuple[str, int], port: int) -> int | None:
    # From address and port to another, as Linux lists them; a socket of IPv6 may speak IPv4.
    host, mapped = (int.from_bytes(part, sys.byteorder) for part in (socket.inet_aton(caller[0]), b"\0\0\xff\xff"))
    for table, prefix in (("tcp", ""), ("tcp6", f"{0:016X}{mapped:08X}")):
        ends = " ".join(f"{prefix}{host:08X}:{each:04X}" for each in (caller[1], port))
        with contextlib.suppress(OSError):
            # There may be thousands of them: behind the two ends come four columns, and then the user.
            _, found, rest = Path("/proc/net", table).read_text("ascii").partition(f": {ends} ")
            if found:
                return int(rest.split(maxsplit=5)[4])
    return None


def _parse(request: bytes) -> tuple[str, str, str]:
    head = request.partition(b"\r\n\r\n")[0].decode("latin-1")
    first, *lines = head.split("\r\n")
    line = re.fullmatch(r"([A-Z]+) (/[!-~]*) HTTP/1\.[01]", first)
    headers = [_HEADER.fullmatch(each) for each in lines]
    hosts = [header[2].rstrip(" \t") for header in headers if header and header[1].lower() == "host"]
    # What parsers could read in two ways is nobody's browser.
    if line is None or None in headers or len(hosts) != 1:
        return "", "", ""
    return line[1], line[2], hosts[0]


def _answer(status: str, title: str, text: str) -> bytes:
    body = _PAGE.format(title=title, text=text).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
