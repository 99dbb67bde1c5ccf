"""Hands a secret address to the browser over loopback, once, so that it stands on no command line."""

import re
import secrets

from awsenv.aws.callback import Callback, CallbackListener

_GONE = (
    b"<!doctype html><title>awsenv</title><p>This page has been handed out already. If that was not to this browser: "
)
_GONE += b"somebody on this machine has the console open in your name, until its keys end.</p>"
_NOTHING = b"<!doctype html><title>awsenv</title><p>Nothing here.</p>"


class Handover(CallbackListener):
    """Listens on a free port of 127.0.0.1 from its making until `close`; who asks at `address` is sent to `url`."""

    def __init__(self, url: str) -> None:
        self._url: str | None = url
        self._path = f"/{secrets.token_urlsafe(32)}"
        super().__init__()

    @property
    def address(self) -> str:
        """What the browser is started with."""
        return f"http://127.0.0.1:{self.port}{self._path}"

    def respond(self, request: bytes, caller: tuple[str, int]) -> tuple[bytes, Callback | None]:
        """Return the HTTP answer to one request, and a callback, which says nothing, where the address went with it."""
        head = request.partition(b"\r\n\r\n")[0]
        hosts = re.findall(rb"\r\nhost:[ \t]*([!-~]*)[ \t]*(?=\r\n|\Z)", head, re.IGNORECASE)
        # Under another name of this machine, it is the page of another site that asks.
        is_ours = head.startswith(f"GET {self._path} HTTP/1.".encode()) and hosts == [f"127.0.0.1:{self.port}".encode()]
        if not is_ours or not self.is_own(caller):
            return _answer("404 Not Found", _NOTHING), None
        with self._lock:
            url, self._url = self._url, None
        if url is None:
            return _answer("410 Gone", _GONE), None
        return _answer("302 Found", b"", f"Location: {url}\r\n"), Callback()


def _answer(status: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\n{more}Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
