"""Who is let in at the credentials endpoint: SDKs that were told of it, and nobody else."""

import asyncio
import errno
import json
import random
import socket
import time
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from threading import Thread
from typing import Any

import pytest
from cli.real_shells import wait_until
from stage import SOAK, at_most

from awsenv.aws import container
from awsenv.aws.container import Answer, Endpoint, Gate, given, listen, unavailable
from awsenv.model import Credentials

FUZZED = 100_000 if SOAK else 2_000
GATE = Gate(4242, "/the-path", "the-token")
KEYS = Credentials("ASIACANARY", "canary-secret", "canary-session", datetime(2100, 1, 1, tzinfo=timezone.utc))


def request(
    *, line: str = "GET /the-path HTTP/1.1", host: str = "127.0.0.1:4242", word: str = "the-token", more: str = ""
) -> bytes:
    """Return a request as boto3 makes it, changed in one place."""
    headers = f"Host: {host}\r\nAccept-Encoding: identity\r\nAccept: application/json\r\nUser-Agent: Boto3\r\n"
    return f"{line}\r\n{headers}Authorization: {word}\r\n{more}\r\n".encode("latin-1")


def of(gate: Gate, whole: bytes) -> bytes:
    """Return a request for `GATE` as one for this gate."""
    return (
        whole.replace(b"4242", b"%d" % gate.port)
        .replace(b"/the-path", gate.path.encode())
        .replace(b"the-token", gate.token.encode())
    )


async def _keys() -> Answer:
    return given(KEYS, "")


@contextmanager
def endpoint(
    answer: Callable[[], Awaitable[Answer]] = _keys, listener: tuple[socket.socket, Gate] | None = None
) -> Iterator[Gate]:
    """Serve on a thread of its own."""
    opened, gate = listener or listen()
    loop = asyncio.new_event_loop()
    served = Endpoint(opened, gate, answer)
    loop.run_until_complete(served.start())
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield gate
    finally:
        loop.call_soon_threadsafe(served.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def ask(gate: Gate, whole: bytes) -> bytes:
    """Return all that comes back."""
    with socket.create_connection(("127.0.0.1", gate.port), timeout=30) as connection:
        try:
            connection.sendall(whole)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65_536):
                answer += chunk
        except OSError:
            # What it does not read to its end it resets, which may end the connection while more of it is written.
            return b""
        return answer


HOSTS = (
    *("", "4242", ":4242", "127.0.0.1", "localhost", "127.0.0.1:80", "127.0.0.1:42420", "127.0.0.1:04242"),
    *("0.0.0.0:4242", "127.1:4242", "127.0.0.2:4242", "2130706433:4242", "[::1]:4242", "evil.example:4242"),
    *("localhost.evil.example:4242", "127.0.0.1.evil.example:4242", "127.0.0.1:4242.evil.example", "LOCALHOST:4242"),
    *("a@127.0.0.1:4242", "127.0.0.1:4242, evil.example", "evil.example\r\nHost: 127.0.0.1:4242", "169.254.170.2"),
)
FOREIGN = (
    *("Origin: https://evil.example", "Origin: null", "Referer: http://127.0.0.1:4242/", "Cookie: a=b", "cookie: a=b"),
    *("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script", "Sec-CH-UA: x"),
    *("Access-Control-Request-Method: GET", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: 127.0.0.1:4242"),
    *("Forwarded: for=1.2.3.4", "Via: 1.1 proxy", "Upgrade: websocket", "Content-Length: 4", "Content-Length: +0"),
    *("Transfer-Encoding: chunked", "Authorization: the-token", "Host: 127.0.0.1:4242", "X: a\r\n folded"),
    *(
        "No colon",
        "Space : x",
        ": x",
        "X: a\x00b",
        "X: a\nY: b",
        *["\r\n".join(f"X{number}: x" for number in range(60))],
    ),
)
LINES = (
    *("POST /the-path HTTP/1.1", "HEAD /the-path HTTP/1.1", "OPTIONS /the-path HTTP/1.1", "PUT /the-path HTTP/1.1"),
    *(
        "get /the-path HTTP/1.1",
        "GET /the-path",
        "GET /the-path HTTP/2",
        "GET /the-path HTTP/1.1 x",
        "GET  /the-path HTTP/1.1",
    ),
    *("GET / HTTP/1.1", "GET /the-path/ HTTP/1.1", "GET /the-path?a HTTP/1.1", "GET //the-path HTTP/1.1"),
    *("GET http://127.0.0.1:4242/the-path HTTP/1.1", "GET /the-pat%68 HTTP/1.1", "GET /x/../the-path HTTP/1.1"),
)
TOKENS = ("", "the-toke", "the-tokenx", "THE-TOKEN", "Bearer the-token", "the-token,the-token", "x" * 4000, "\xff\xfe")


def refused() -> list[bytes]:
    """Return requests that differ from an admitted one in one thing."""
    return [
        *(request(host=host) for host in HOSTS),
        *(request(more=f"{header}\r\n") for header in FOREIGN),
        *(request(line=line) for line in LINES),
        *(request(word=word) for word in TOKENS),
        request() + b"GET",
        request()[:-2],
        request().replace(b"\r\n", b"\n"),
        request().replace(b"Authorization: the-token\r\n", b""),
        request().replace(b"Host: 127.0.0.1:4242\r\n", b""),
    ]


@pytest.mark.parametrize(
    "whole",
    [
        request(),
        request(line="GET /the-path HTTP/1.0"),
        request(host="localhost:4242"),
        request(more="Content-Length: 0\r\n"),
        request(more="Connection: keep-alive\r\n"),
        request().replace(b"Authorization", b"authorization").replace(b"Host", b"HOST"),
    ],
)
def test_an_sdk_is_let_in(whole: bytes) -> None:
    """Whoever was told of the endpoint gets the keys, in the form that SDKs read."""
    assert GATE.admits(whole)
    with endpoint() as gate:
        head, _, body = ask(gate, of(gate, whole)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nCache-Control: no-store\r\n" in head
    assert json.loads(body) == {
        "AccessKeyId": "ASIACANARY",
        "SecretAccessKey": "canary-secret",
        "Token": "canary-session",
        "Expiration": "2100-01-01T00:00:00Z",
    }


def test_forged_hosts_and_browsers_are_refused() -> None:
    """A forged Host, what a browser or proxy adds, another method, path or token: no byte of the keys, one refusal."""
    with endpoint() as gate:
        answers = {whole: ask(gate, of(gate, whole)) for whole in refused()}
    assert [whole for whole in refused() if GATE.admits(whole)] == []
    assert [whole for whole, answer in answers.items() if b"canary" in answer] == []
    # Nothing tells a wrong path from a wrong token; what never ends as a request should gets no answer.
    kinds = set(answers.values()) - {b""}
    assert len(kinds) == 1
    assert kinds.pop().startswith(b"HTTP/1.1 403 Forbidden\r\n")


def fuzzed(random_: random.Random) -> bytes:
    """Return an admitted request with bytes, lines and headers changed, and never with the right token."""
    whole = bytearray(random_.choice(refused() if random_.random() < 0.2 else [request()]))
    for _ in range(random_.randrange(1, 8)):
        place = random_.randrange(len(whole) + 1)
        match random_.randrange(5):
            case 0:
                whole[place:place] = random_.randbytes(random_.randrange(1, 20))
            case 1:
                del whole[place : place + random_.randrange(1, 20)]
            case 2:
                whole[place:place] = random_.choice(
                    [b"\r\n", b"\n", b"\0", b": ", b"\r\n\r\n", b"Host: a\r\n", b"\xff"]
                )
            case 3:
                whole[place : place + 1] = random_.randbytes(1)
            case _:
                whole[place:place] = whole[max(place - 30, 0) : place]
    return bytes(whole).replace(b"the-token", b"the-tokeN")


def test_no_byte_of_keys_without_the_token() -> None:
    """Fuzzed requests without the token are refused, however they look, and the next SDK is served."""
    seed = time.time_ns()
    random_ = random.Random(seed)  # noqa: S311 - no secret is made of it
    requests = [fuzzed(random_) for _ in range(FUZZED)]
    assert [whole for whole in requests if GATE.admits(whole)] == [], seed
    with endpoint() as gate:
        for whole in requests:
            answer = ask(gate, whole.replace(b"4242", b"%d" % gate.port).replace(b"/the-path", gate.path.encode()))
            assert b"canary" not in answer, (seed, whole)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 403 "), (seed, whole)
        assert b"canary" in ask(gate, of(gate, request()))


def _end_of(connection: socket.socket) -> bytes:
    with connection:
        try:
            return connection.recv(10)
        except ConnectionResetError:
            return b""


def test_the_many_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of connections that say nothing, or not all, the oldest gives way: who has something to say is heard."""
    monkeypatch.setattr(container, "MOST_CONNECTIONS", 50)
    monkeypatch.setattr(container, "REQUEST_SECONDS", 60.0)
    with endpoint() as gate:
        slow = [socket.create_connection(("127.0.0.1", gate.port), timeout=30) for _ in range(200)]
        began = time.monotonic()
        for connection in slow[-20:]:
            connection.sendall(b"GET ")
        assert b"canary" in ask(gate, of(gate, request()))
        assert [_end_of(connection) for connection in slow[:150]] == [b""] * 150
        assert time.monotonic() - began < at_most(1.0)
        for connection in slow[150:]:
            connection.close()


def test_who_comes_in_a_crowd_need_not_come_again() -> None:
    """Whoever comes while the endpoint is busy waits at the door: turned away, a second would pass before the next try.

    Nobody is let in here until all have come.
    """
    listener, gate = listen()
    loop = asyncio.new_event_loop()
    served = Endpoint(listener, gate, _keys)
    loop.run_until_complete(served.start())
    crowd = [socket.create_connection(("127.0.0.1", gate.port), timeout=30) for _ in range(500)]
    for connection in crowd:
        connection.sendall(of(gate, request()))
    loop.call_later(0.2, loop.stop)
    loop.run_forever()
    answers = [connection.recv(65_536) for connection in crowd]
    assert [answer for answer in answers if b"canary" not in answer] == []
    for connection in crowd:
        connection.close()
    loop.call_soon(served.close)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


class Exhausted(socket.socket):
    """A listener for whose connections there are now and then no files left."""

    tries = 0
    fails_at: Container[int] = ()

    def accept(self) -> tuple[socket.socket, Any]:
        """Fail when it is to."""
        self.tries += 1
        if self.tries in self.fails_at:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


@pytest.mark.parametrize("held", [0, 1])
def test_without_files_the_oldest_gives_way(held: int) -> None:
    """Where no file is left for who comes, the oldest silent one gives way; without one the door is tried again.

    It is not tried without a pause: that would take the whole processor.
    """
    plain, gate = listen()
    listener = Exhausted(fileno=plain.detach())
    with endpoint(listener=(listener, gate)) as gate:
        silent = [socket.create_connection(("127.0.0.1", gate.port), timeout=30) for _ in range(held)]
        wait_until(lambda: listener.tries >= 2 * held, "the silent one to be let in")
        began, listener.fails_at = listener.tries, range(listener.tries + 1, listener.tries + (2 if held else 4))
        assert b"canary" in ask(gate, of(gate, request()))
        assert listener.tries - began <= 5
        assert [_end_of(connection) for connection in silent] == [b""] * held


def test_the_slow_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request has so long to be there, as a whole: a byte now and then does not buy more."""
    monkeypatch.setattr(container, "REQUEST_SECONDS", 0.5)
    with endpoint() as gate:
        connection = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"G")
                time.sleep(0.1)
            pytest.fail("after ten seconds it was still listened to")
        connection.close()


def test_a_request_has_a_largest_size() -> None:
    """Headers without end are not read to their end."""
    with endpoint() as gate:
        assert ask(gate, of(gate, request(more="X: " + "x" * 20_000 + "\r\n"))) == b""
        assert ask(gate, b"x" * 100_000) == b""


def test_a_failure_is_told_as_sdks_read_it() -> None:
    """Without credentials to give, the answer is 503, with a code and a message."""

    async def none() -> Answer:
        return unavailable("LoginRequired", "awsenv login")

    with endpoint(none) as gate:
        head, _, body = ask(gate, of(gate, request())).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert json.loads(body) == {"code": "LoginRequired", "message": "awsenv login"}


def test_path_and_token_are_new_each_time() -> None:
    """Each run has a path and 256 bits of token of its own, which no repr shows, on 127.0.0.1 alone."""
    made = [listen() for _ in range(20)]
    assert len({gate.token for _, gate in made}) == len({gate.path for _, gate in made}) == 20
    for listener, gate in made:
        assert listener.getsockname() == ("127.0.0.1", gate.port)
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 0
        assert len(gate.token) >= 43
        assert gate.token not in repr(gate)
        assert gate.path not in repr(gate)
        listener.close()
    assert "canary" not in repr(given(KEYS, ""))
