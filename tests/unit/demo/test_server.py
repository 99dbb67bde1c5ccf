import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from stage import at_most

from awsenv.demo.faults import Fault
from awsenv.demo.server import LONGEST_BODY, PracticeServer
from awsenv.demo.story import UNICORN
from awsenv.demo.wire import Answer, Request

CREDENTIALS = f"/federation/credentials?role_name=Developer&account_id={UNICORN}"


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Give a started server, and demand that nothing failed inside it."""
    with PracticeServer() as server:
        yield server
    assert server.failures == []


@contextlib.contextmanager
def _connected(practice: PracticeServer, timeout: float = 10) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", practice.port, timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()


def _get(practice: PracticeServer, path: str = CREDENTIALS, timeout: float = 10) -> tuple[int, bytes]:
    access_token = practice.grants.issue("company", "client").access_token
    with _connected(practice, timeout) as connection:
        connection.request("GET", path, headers={"x-amz-sso_bearer_token": access_token})
        response = connection.getresponse()
        return response.status, response.read()


def _raw(practice: PracticeServer, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", practice.port), timeout=10) as connection:
        connection.sendall(text)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_answers_over_http(practice: PracticeServer) -> None:
    """A started server answers under its url and knows whom the keys belong to."""
    status, body = _get(practice)
    identity = practice.identity_of(json.loads(body)["roleCredentials"]["accessKeyId"])

    assert status == 200
    assert identity is not None
    assert identity.account_id == UNICORN
    assert practice.identity_of("ASIANOBODY") is None
    assert practice.url == f"http://127.0.0.1:{practice.port}"


def test_connection_is_kept(practice: PracticeServer) -> None:
    """One connection carries any number of calls."""
    with _connected(practice) as connection:
        for _ in range(5):
            connection.request("GET", "/assignment/accounts")
            assert connection.getresponse().read()
        connection.request("HEAD", "/practice/captive-portal")
        assert connection.getresponse().read() == b""


def test_secrets_include_all_kinds(practice: PracticeServer) -> None:
    """The list of secrets has keys, tokens and web identity tokens."""
    body = json.loads(_get(practice)[1])["roleCredentials"]

    assert {body["secretAccessKey"], body["sessionToken"]} <= practice.secrets()
    assert set(practice.world.web_identity_tokens) <= practice.secrets()
    assert practice.world.users[0].secret_access_key in practice.secrets()


def test_stopped_server() -> None:
    """A server that is stopped, or was never started, has no port, and stopping twice is no error."""
    practice = PracticeServer()
    practice.start()
    practice.stop()
    practice.stop()

    with pytest.raises(RuntimeError):
        assert practice.port


def test_stop_does_not_wait_for_anybody() -> None:
    """A stop ends connections that idle, that wait for silence and that are dripped to."""
    practice = PracticeServer()
    practice.start()
    practice.faults.set("ListAccounts", "time-out")
    practice.faults.set("ListAccountRoles", "slow-drip")
    paths = (b"/assignment/accounts", b"/assignment/roles", b"/practice/journal")
    connections = [socket.create_connection(("127.0.0.1", practice.port), timeout=10) for _ in paths]
    for connection, path in zip(connections, paths, strict=True):
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    _wait_until(lambda: practice.journal.count() == 2)
    began = time.monotonic()
    practice.stop()

    assert time.monotonic() - began < at_most(3.0)
    for connection in connections:
        connection.close()


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_reset(practice: PracticeServer) -> None:
    """A reset breaks the connection with RST, once for each call it was set for."""
    practice.faults.set("GetRoleCredentials", "reset", times=2)

    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            _get(practice)
    assert _get(practice)[0] == 200


def test_time_out(practice: PracticeServer) -> None:
    """A time-out sends not one byte until the client leaves."""
    practice.faults.set("GetRoleCredentials", "time-out", times=1)

    with pytest.raises(TimeoutError):
        _get(practice, timeout=0.3)
    assert _get(practice)[0] == 200


def test_time_out_has_an_end(practice: PracticeServer) -> None:
    """A silent connection is closed without an answer when its time is over."""
    practice.faults.set("GetRoleCredentials", Fault("time-out", seconds=0.1))

    with pytest.raises(http.client.RemoteDisconnected):
        _get(practice)


def test_silence_is_not_broken_by_words(practice: PracticeServer) -> None:
    """Whatever a client sends into the silence, it gets no answer."""
    practice.faults.set("ListAccounts", Fault("time-out", seconds=0.3))
    with socket.create_connection(("127.0.0.1", practice.port), timeout=10) as connection:
        connection.sendall(b"GET /assignment/accounts HTTP/1.1\r\n\r\n")
        _wait_until(lambda: practice.journal.count() == 1)
        connection.sendall(b"GET /assignment/roles HTTP/1.1\r\n\r\n")

        assert connection.recv(1) == b""
    assert practice.journal.count() == 1


def test_truncated(practice: PracticeServer) -> None:
    """A truncated answer announces more than it sends."""
    practice.faults.set("GetRoleCredentials", "truncated")

    with pytest.raises(http.client.IncompleteRead):
        _get(practice)


def test_slow_drip(practice: PracticeServer) -> None:
    """A dripping answer comes byte by byte and stops at its time."""
    practice.faults.set("GetRoleCredentials", Fault("slow-drip", seconds=0.2))

    with pytest.raises(http.client.IncompleteRead) as caught:
        _get(practice)
    assert len(caught.value.partial) == 4


def test_delay(practice: PracticeServer) -> None:
    """A delayed answer is the real one, so much later."""
    practice.faults.set("GetRoleCredentials", Fault("delay", seconds=0.2))
    began = time.monotonic()

    assert _get(practice)[0] == 200
    assert time.monotonic() - began >= 0.2


def test_redirect(practice: PracticeServer) -> None:
    """A redirect leads to a page of this very server, never off the machine."""
    practice.faults.set("GetRoleCredentials", "redirect")
    with _connected(practice) as connection:
        connection.request("GET", CREDENTIALS)
        response = connection.getresponse()
        response.read()

    assert (response.status, response.getheader("Location")) == (302, "/practice/captive-portal")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (f"Content-Length: {LONGEST_BODY + 1}", 413),
        ("Content-Length: " + "9" * 5000, 413),
        ("Content-Length: -1", 411),
        ("Transfer-Encoding: chunked", 411),
        ("\r\n".join(f"X-{number}: {'x' * 2000}" for number in range(50)), 431),
        ("\r\n".join(f"X-{number}: x" for number in range(500)), 431),
    ],
)
def test_requests_out_of_bounds(practice: PracticeServer, headers: str, status: int) -> None:
    """A request that is too long, or does not say how long it is, is refused before it is read."""
    answer = _raw(practice, f"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n\r\n".encode())

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert practice.journal.count() == 0


def test_a_client_that_leaves_half_way(practice: PracticeServer) -> None:
    """A request that never became whole is not acted on, and is no failure of the server."""
    with socket.create_connection(("127.0.0.1", practice.port), timeout=10) as connection:
        connection.sendall(b"POST /token HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
    assert _get(practice)[0] == 200
    assert practice.journal.count("CreateToken") == 0


def test_many_at_once(practice: PracticeServer) -> None:
    """64 simultaneous connections are all answered."""
    barrier, statuses = threading.Barrier(64), list[int]()

    def get() -> None:
        barrier.wait()
        statuses.append(_get(practice, timeout=60)[0])

    threads = [threading.Thread(target=get) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 64


def test_a_bug_is_not_hidden() -> None:
    """An exception inside the server is answered with 500 and kept for the test to see."""

    class Broken(PracticeServer):
        def answer(self, request: Request) -> Answer:
            raise LookupError(request.path)

    with Broken() as practice:
        assert _get(practice)[0] == 500
    assert [type(failure) for failure in practice.failures] == [LookupError]
