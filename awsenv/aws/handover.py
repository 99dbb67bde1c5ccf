"""Hands a secret address to the browser over loopback, once, so that it stands on no command line."""

import contextlib
import os
import re
import secrets
import socket
import sys
from pathlib import Path

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

    def hears(self, caller: tuple[str, int]) -> bool:
        """Tell whether it is this user's connection, or root's, where the system tells whose it is.

        All users can read the address on the browser's command line, and one could be quicker than the browser. Root is
        what a browser outside of WSL comes as.
        """
        return _user_of(caller, self.port) in {None, 0, os.getuid()}

    def respond(self, request: bytes) -> tuple[bytes, Callback | None]:
        """Return the HTTP answer to one request, and a callback, which says nothing, where the address went with it."""
        head = request.partition(b"\r\n\r\n")[0]
        hosts = re.findall(rb"\r\nhost:[ \t]*([!-~]*)[ \t]*(?=\r\n|\Z)", head, re.IGNORECASE)
        # Under another name of this machine, it is the page of another site that asks.
        is_ours = head.startswith(f"GET {self._path} HTTP/1.".encode()) and hosts == [f"127.0.0.1:{self.port}".encode()]
        if not is_ours:
            return _answer("404 Not Found", _NOTHING), None
        with self._lock:
            url, self._url = self._url, None
        if url is None:
            return _answer("410 Gone", _GONE), None
        return _answer("302 Found", b"", f"Location: {url}\r\n"), Callback()


def _user_of(caller: tuple[str, int], port: int) -> int | None:
    # From address and port to another, as Linux lists them; a socket of IPv6 may speak IPv4.
    host, mapped = (int.from_bytes(part, sys.byteorder) for part in (socket.inet_aton(caller[0]), b"\0\0\xff\xff"))
    for table, prefix in (("tcp", ""), ("tcp6", f"{0:016X}{mapped:08X}")):
        ends = [f"{prefix}{host:08X}:{each:04X}" for each in (caller[1], port)]
        with contextlib.suppress(OSError):
            for line in Path("/proc/net", table).read_text("ascii").splitlines():
                fields = line.split()
                if fields[1:3] == ends:
                    return int(fields[7])
    return None


def _answer(status: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\n{more}Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
