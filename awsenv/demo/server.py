"""The practice Identity Center on a loopback port: sockets, limits, and answers that travel badly on purpose."""

import contextlib
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from awsenv.demo.center import Center, utc_now
from awsenv.demo.mint import Mint
from awsenv.demo.rules import Rules
from awsenv.demo.story import story
from awsenv.demo.wire import Answer, Request, json_answer
from awsenv.demo.world import World
from awsenv.model import Identity

LONGEST_BODY = 1 << 20
LONGEST_HEADERS = 64 << 10
DRIP_SECONDS = 0.05
JOIN_SECONDS = 5.0


class PracticeServer(Center):
    """The practice Identity Center, reachable at `url` between `start()` and `stop()`, or in a `with` block.

    The same `seed` gives the same keys and tokens in the same order; without one they are random. `failures` holds
    exceptions that a request met inside the server: a test can demand that there are none.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        seed: str | None = None,
        rules: Rules | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(world or story(seed=seed), rules or Rules(), Mint(seed), clock)
        self.failures: list[BaseException] = []
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen on a free loopback port."""
        self._listener = _Listener(self)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and end every thread; a second call does nothing."""
        listener, self._listener = self._listener, None
        if listener is None or self._thread is None:
            return
        listener.shutdown()
        self._thread.join(JOIN_SECONDS)
        listener.close_connections()
        listener.server_close()

    def __enter__(self) -> "PracticeServer":  # noqa: PYI034 - Self is newer than Python 3.10
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on; RuntimeError while it does not."""
        if self._listener is None:
            raise RuntimeError("the practice server is not started")
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        """The endpoint of all its services."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables that point SDKs and the AWS CLI here."""
        return {f"AWS_ENDPOINT_URL_{service}": self.url for service in ("SSO", "SSO_OIDC", "STS", "SIGNIN")}

    def identity_of(self, access_key_id: str) -> Identity | None:
        """Return whom a key belongs to, or None for one that was never given out."""
        key = self.keyring.find(access_key_id)
        return key.bearer.identity if key else None

    def secrets(self) -> set[str]:
        """Return every secret given out so far; no output, log or argument list may hold one."""
        given = self.keyring.secrets() | self.grants.secrets() | self.federation.secrets()
        return given | set(self.world.web_identity_tokens)


class _Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    request_queue_size = 256
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, center: PracticeServer) -> None:
        self.center = center
        self.is_stopping = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        # Noted here and not in the new thread, so that after shutdown() no connection is unknown.
        self._open = {thread: each for thread, each in self._open.copy().items() if thread.is_alive()}
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        thread.start()
        self._open[thread] = request

    def close_connections(self) -> None:
        self.is_stopping.set()
        for connection in self._open.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._open:
            thread.join(JOIN_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.center.failures.append(error)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 65

    def do_GET(self) -> None:
        request = self._received()
        if isinstance(request, Answer):
            self.close_connection = True
            self._deliver(request)
            return
        try:
            answer = self.server.center.answer(request)
        except Exception:
            self.close_connection = True
            self._deliver(json_answer({"message": "a bug in the practice server"}, 500))
            raise
        self._deliver(answer)

    do_POST = do_DELETE = do_PUT = do_HEAD = do_GET  # noqa: N815 - named by http.server

    def log_message(self, *_: Any) -> None:
        """Print nothing: the journal has it."""

    def _received(self) -> Request | Answer:
        if sum(len(name) + len(value) for name, value in self.headers.items()) > LONGEST_HEADERS:
            return json_answer({"message": "headers too long"}, 431)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            return json_answer({"message": "a plain Content-Length is needed"}, 411)
        if len(length) > 9 or int(length) > LONGEST_BODY:  # noqa: PLR2004 - more digits than any body here
            return json_answer({"message": "body too long"}, 413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionAbortedError("the client left before its request was whole")
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, parts.path, parts.query, headers, body)

    def _deliver(self, answer: Answer) -> None:
        match answer.delivery:
            case "silence":
                self._wait_for_departure(answer.pause)
            case "reset":
                self._reset()
            case "truncated":
                self.wfile.write(self._head(answer) + answer.body[: len(answer.body) // 2])
            case "drip":
                self._drip(answer)
            case _:
                self.server.is_stopping.wait(answer.pause)
                body = b"" if self.command == "HEAD" else answer.body
                self.wfile.write(self._head(answer) + body)
        if answer.delivery != "whole":
            self.close_connection = True

    def _head(self, answer: Answer) -> bytes:
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            f"Date: {self.date_time_string(self._now())}",
        ]
        lines += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += ["Connection: close"] if self.close_connection else []
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _now(self) -> float:
        return self.server.center.now().timestamp()

    def _wait_for_departure(self, seconds: float) -> None:
        self.connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            while self.connection.recv(1024):
                pass

    def _reset(self) -> None:
        # With a linger time of zero, close() sends RST in place of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _drip(self, answer: Answer) -> None:
        self.wfile.write(self._head(answer))
        steps = int(answer.pause / DRIP_SECONDS)
        for position in range(min(steps, len(answer.body))):
            self.wfile.write(answer.body[position : position + 1])
            self.server.is_stopping.wait(DRIP_SECONDS)
