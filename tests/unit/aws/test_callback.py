import os
import random
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote

import pytest
from loopback import asked_by
from stage import SOAK, at_most

from awsenv.aws.callback import LONGEST_REQUEST, MOST_CONNECTIONS, Callback, CallbackListener
from awsenv.aws.sign_in import CALLBACK_PATH

STATE = "s3cr3t-state_of-this-attempt"
CODE = "the-code"
FORGED = 10_000 if SOAK else 1_000
IDLE = 50
AT_ONCE = 8
# A person notices a second; a loaded machine takes some of it.
PROMPTLY = at_most(3.0)
MARK = "zzMARKzz"


@pytest.fixture
def listener() -> Iterator[CallbackListener]:
    """Return a listener that waits for `STATE`."""
    with closing(CallbackListener()) as made:
        made.expect(STATE)
        yield made


def _sent(port: int, request: bytes, patience: float = 10.0) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        answer = b""
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            raise
        except OSError:
            # Hung up on in the middle: an answer too.
            pass
        return answer


def _get(port: int, target: str, *, host: str | None = None, more: str = "", method: str = "GET") -> bytes:
    host = f"127.0.0.1:{port}" if host is None else host
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode("latin-1", "replace")


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="nobody else can be played here")
def test_another_user_brings_no_sign_in(listener: CallbackListener) -> None:
    """Whoever reads the state on the browser's command line cannot bring a code of their own with it."""
    request = _get(listener.port, f"{CALLBACK_PATH}?code=theirs&state={quote(STATE)}").decode()

    assert asked_by(54_321, "127.0.0.1", listener.port, request).startswith(b"HTTP/1.1 400 ")
    assert listener.wait(0.2) is None
    assert b" 200 OK" in asked_by(0, "127.0.0.1", listener.port, request)
    assert listener.wait(5) == Callback("theirs")


def _true(port: int, code: str = CODE) -> bytes:
    more = "User-Agent: Mozilla/5.0 (X11; Linux) \xe9\r\nAccept: */*\r\nSec-Fetch-Mode: navigate\r\n"
    return _get(port, f"{CALLBACK_PATH}?code={code}&state={quote(STATE)}", more=more)


def _forged(port: int, chance: random.Random) -> bytes:
    """Return a request that is none of ours; all but the first three kinds know the state."""
    right = f"{CALLBACK_PATH}?code={MARK}&state={STATE}"
    wrong = chance.choice([STATE[:-1], STATE + "x", STATE.upper(), "", "%00", quote(STATE) + "%00", "\xff", "é", "0"])
    path = chance.choice(
        [
            "/",
            "/oauth",
            "/oauth/callback/",
            "//oauth/callback",
            "/./oauth/callback",
            "/x/../oauth/callback",
            "/oauth%2Fcallback",
            "/%6Fauth/callback",
            "/OAUTH/callback",
            "/oauth/callback;x",
            "/oauth/callback%00",
            "//127.0.0.1/oauth/callback",
            "//evil.example/oauth/callback",
            "/oauth\\callback",
            "/oauth/callback#",
        ]
    )
    elsewhere = chance.choice(
        [
            f"localhost:{port}",
            "127.0.0.1",
            f"127.0.0.1:{port + 1}",
            f"evil.example:{port}",
            f"127.0.0.1:{port}.evil",
            f"127.0.0.1:0{port}",
            f"0.0.0.0:{port}",
            f"[::1]:{port}",
            f"user@127.0.0.1:{port}",
            "",
            f"127.1:{port}",
            f"127.0.0.1:{port}, evil.example",
            f"127.0.0.1:{port}\x00",
            f"2130706433:{port}",
        ]
    )
    host = f"Host: 127.0.0.1:{port}\r\n"
    kinds: list[Callable[[], bytes]] = [
        lambda: _get(port, f"{CALLBACK_PATH}?code={MARK}&state={wrong}"),
        lambda: _get(port, f"{CALLBACK_PATH}?error={MARK}&state={wrong}"),
        lambda: _get(port, f"{CALLBACK_PATH}?state={wrong}&code={MARK}&state={wrong}"),
        lambda: _get(port, f"{CALLBACK_PATH}?code={MARK}&state={STATE}&state={chance.choice(['', 'x', STATE])}"),
        lambda: _get(port, f"{CALLBACK_PATH}?code=&code={MARK}&state={STATE}"),
        lambda: _get(port, f"{CALLBACK_PATH}?code={MARK}&error=x&state={STATE}"),
        lambda: _get(port, f"{CALLBACK_PATH}?state={STATE}"),
        lambda: _get(port, f"{CALLBACK_PATH}?code=&state={STATE}"),
        lambda: _get(port, f"{path}?code={MARK}&state={STATE}"),
        lambda: _get(port, right, host=elsewhere),
        lambda: _get(port, right, more=f"Host: {elsewhere}\r\n"),
        lambda: _get(port, right, more=f"hOST : {elsewhere}\r\n"),
        lambda: _get(port, right, more=" folded: line\r\n"),
        lambda: _get(port, right, more=f"X: y\nHost: evil.example{MARK}\r\n"),
        lambda: _get(port, right, more="X: \x01\r\n"),
        lambda: _get(
            port, right, method=chance.choice(["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "get", "G ET", ""])
        ),
        lambda: _get(port, f"http://127.0.0.1:{port}{right}"),
        lambda: _get(port, f"http://evil.example{right}"),
        lambda: _get(port, right.replace("?", chance.choice(["%3F", "#", ";", "&"]))),
        lambda: _get(port, right.replace("state", chance.choice(["State", "%73tat", "state%00", "stat", "state[]"]))),
        lambda: _get(port, right, more=f"X: {'y' * chance.choice([LONGEST_REQUEST, 100_000, 1 << 20])}\r\n"),
        lambda: _get(port, f"{right}&x={'y' * LONGEST_REQUEST}"),
        f"GET {right} HTTP/1.1\r\n{host}".encode,
        f"GET {right} HTTP/1.1\n{host.rstrip()}\n\n".encode,
        f"GET {right}\r\n\r\n".encode,
        f"GET {right} HTTP/0.9\r\n{host}\r\n".encode,
        f"GET {right} HTTP/2.0\r\n{host}\r\n".encode,
        f"GET  {right} HTTP/1.1\r\n{host}\r\n".encode,
        f"GET\t{right}\tHTTP/1.1\r\n{host}\r\n".encode,
        f"\r\nGET {right} HTTP/1.1\r\n{host}\r\n".encode,
        f"GET {right} HTTP/1.1\r\n\r\n".encode,
        lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + chance.randbytes(200),
        lambda: chance.randbytes(chance.randrange(1, 300)),
        # Pipelined: what stands behind the first request is never read as one.
        lambda: _get(port, "/") + _true(port, MARK),
        lambda: _get(port, "/", more="Content-Length: 5\r\n", method="POST") + b"12345" + _true(port, MARK),
    ]
    return chance.choice(kinds)()


def test_no_forged_request_is_accepted_and_none_is_in_the_way(listener: CallbackListener) -> None:
    """However many forged requests and idle connections come first, the true callback is the one that counts."""
    refused = []

    def forge(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - forging needs no secrecy
        for _ in range(FORGED // AT_ONCE):
            request = _forged(listener.port, chance)
            answer = _sent(listener.port, request)
            if (answer and not re.match(rb"HTTP/1\.1 4\d\d ", answer)) or MARK.encode() in answer:
                refused.append((request[:300], answer[:80]))

    with ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(("127.0.0.1", listener.port)))
        forgers = [threading.Thread(target=forge, args=(seed,)) for seed in range(AT_ONCE)]
        for forger in forgers:
            forger.start()
        for forger in forgers:
            forger.join()
        assert refused == []
        assert listener.wait(0) is None
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(("127.0.0.1", listener.port))).sendall(b"GET /oauth")
        started = time.monotonic()
        answer = _sent(listener.port, _true(listener.port))
        assert listener.wait(PROMPTLY) == Callback(CODE)
        assert time.monotonic() - started < PROMPTLY
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_flood_of_silent_connections_makes_room(listener: CallbackListener) -> None:
    """Four times as many connections as are held, all silent: the next one is heard at once."""
    with ExitStack() as stack:
        for _ in range(4 * MOST_CONNECTIONS):
            stack.enter_context(socket.create_connection(("127.0.0.1", listener.port)))
        started = time.monotonic()
        _sent(listener.port, _true(listener.port))
        assert listener.wait(PROMPTLY) == Callback(CODE)
        assert time.monotonic() - started < PROMPTLY


def test_only_loopback_listens_and_nothing_after_the_end(listener: CallbackListener) -> None:
    """The kernel's own table shows 127.0.0.1 and no other address; once closed, the port is free and refuses."""
    port = f"{listener.port:04X}"

    def addresses() -> set[str]:
        tables = [Path("/proc/net/tcp").read_text(), Path("/proc/net/tcp6").read_text()]
        rows = [line.split() for table in tables for line in table.splitlines()[1:]]
        return {row[1] for row in rows if row[1].endswith(":" + port) and row[3] == "0A"}

    assert addresses() == {f"0100007F:{port}"}
    listener.close()
    listener.close()
    assert addresses() == set()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listener.port))


def test_a_state_is_good_once(listener: CallbackListener) -> None:
    """What was taken once is refused the second time, and a later attempt knows only its own state."""
    assert _sent(listener.port, _true(listener.port)).startswith(b"HTTP/1.1 200 ")
    assert _sent(listener.port, _true(listener.port, "another")).startswith(b"HTTP/1.1 400 ")
    assert (listener.wait(1), listener.wait(0)) == (Callback(CODE), None)


def test_nothing_is_taken_before_it_is_expected() -> None:
    """Until it is told what to expect, a listener takes no state, an empty one least of all."""
    with closing(CallbackListener()) as early:
        for state in ("", "x", "None"):
            answer = _sent(early.port, _get(early.port, f"{CALLBACK_PATH}?code=x&state={state}"))
            assert answer.startswith(b"HTTP/1.1 400 ")
        assert early.wait(0) is None


def test_a_refusal_comes_back_too(listener: CallbackListener) -> None:
    """The error that the service names reaches the terminal; the page does not repeat it."""
    answer = _sent(listener.port, _get(listener.port, f"{CALLBACK_PATH}?error=access_{MARK}&state={STATE}"))
    assert (listener.wait(1), MARK.encode() in answer) == (Callback(None, f"access_{MARK}"), False)


def test_every_answer_is_private_and_the_last(listener: CallbackListener) -> None:
    """No page is kept, sends its address on, runs anything, or repeats what was sent."""
    for target in (f"{CALLBACK_PATH}?code={MARK}&state=x", f"/{MARK}", f"{CALLBACK_PATH}?code={MARK}&state={STATE}"):
        head, _, body = _sent(listener.port, _get(listener.port, target)).partition(b"\r\n\r\n")
        for header in (b"Cache-Control: no-store", b"Referrer-Policy: no-referrer", b"Connection: close"):
            assert header in head
        assert b"default-src 'none'" in head
        assert b"Access-Control" not in head
        assert MARK.encode() not in head + body
        assert b"Content-Length: %d\r\n" % len(body) in head + b"\r\n"


def test_an_answer_at_once_is_not_lost() -> None:
    """A browser that is back before anybody waits finds the door open, a hundred times in a hundred."""
    for number in range(100):
        with closing(CallbackListener()) as quick:
            quick.expect(STATE)
            answer = _sent(quick.port, _true(quick.port, f"code-{number}"))
            assert quick.wait(1) == Callback(f"code-{number}")
            assert answer.endswith(b"</html>")


def test_the_page_is_whole_though_the_wait_is_over() -> None:
    """Closing as soon as the callback is there does not cut the browser's page."""
    for _ in range(20):
        made = CallbackListener()
        made.expect(STATE)
        with socket.create_connection(("127.0.0.1", made.port), timeout=5) as connection:
            connection.sendall(_true(made.port))
            assert made.wait(PROMPTLY) == Callback(CODE)
            made.close()
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert answer.endswith(b"</html>")


def test_a_drip_ends_on_time(listener: CallbackListener, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte every so often does not hold a connection beyond the limit for the whole request."""
    monkeypatch.setattr("awsenv.aws.callback.REQUEST_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as connection:
        started = time.monotonic()
        for byte in _true(listener.port):
            try:
                connection.sendall(bytes([byte]))
                connection.settimeout(0.05)
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - started < at_most(3.0)
    assert listener.wait(0) is None


def test_no_repr_shows_the_code() -> None:
    """A callback's code stays out of its repr."""
    assert CODE not in repr(Callback(CODE))
