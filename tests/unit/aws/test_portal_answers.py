"""Whatever a server answers, the plain request comes to what botocore would, in bounded time and space."""

import socket
import struct
import time
import traceback
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from certificates import Authority
from loopback import KEYS, Loopback, answer, saying
from stage import at_most
from unit.aws.both_portals import CANARY, Outcome, ask, ask_botocore
from unit.aws.odd_answers import JSON, LAXER, REFUSALS, STRICTER, WIRE

from awsenv.aws import retries
from awsenv.errors import AccessRefused, AwsUnreachable, ExitCode, LoginRequired

CASES = WIRE | {name: answer(body) for name, body in JSON.items()} | REFUSALS
SECRETS = (CANARY, str(KEYS["secretAccessKey"]), str(KEYS["sessionToken"]))
MOST_BYTES = 20_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    """Start a server for all cases."""
    with Loopback() as started:
        yield started


@pytest.fixture(scope="module")
def cache() -> dict[str, Any]:
    """Keep botocore's client for all cases, which all have the same endpoint."""
    return {}


def _demand_discretion(outcome: Outcome) -> None:
    error = outcome.error
    if error is None:
        return
    assert isinstance(error, AwsUnreachable | AccessRefused | LoginRequired)
    assert error.hint or not isinstance(error, AwsUnreachable)
    told = "".join(traceback.format_exception(error))
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize("name", CASES)
def test_an_odd_answer_comes_to_what_it_comes_to_with_botocore(
    server: Loopback, cache: dict[str, Any], name: str
) -> None:
    """Keys or error, exit code, tries and pauses are the same, and no secret stands in a message or a traceback."""
    server.play = saying(CASES[name])
    environment = {"AWS_ENDPOINT_URL_SSO": server.url()}
    ours, theirs = ask(environment), ask_botocore(environment, cache=cache)
    _demand_discretion(ours)
    kinds = [
        (type(each.error), each.sleeps, getattr(each.error, "retry_after", 0.0)) if each.error else each.said
        for each in (ours, theirs)
    ]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("name", [*STRICTER, *LAXER])
def test_where_botocore_bends_the_rfc_awsenv_does_not(server: Loopback, name: str) -> None:
    """An answer that is not quite HTTP/1.1 is none; one that is, is one."""
    server.play = saying((STRICTER | LAXER)[name])
    outcome = ask({"AWS_ENDPOINT_URL_SSO": server.url()})
    _demand_discretion(outcome)
    assert isinstance(outcome.error, retries.Unanswered) == (name in STRICTER)


def test_a_redirect_is_not_followed() -> None:
    """A token is not taken to where a redirect points: 3xx is an error, tried again at the same place alone."""
    with Loopback() as elsewhere, Loopback() as server:
        server.play = saying(answer(b"", "307 X", {"Location": f"{elsewhere.url()}/federation/credentials"}))
        outcome = ask({"AWS_ENDPOINT_URL_SSO": server.url()})
        assert elsewhere.connections == 0
    assert outcome.error is not None
    assert outcome.error.exit_code == ExitCode.AWS_UNREACHABLE
    assert len(server.requests) == retries.MOST_TRIES


def _endless(head: bytes, part: bytes) -> Any:
    def play(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(part)

    return play


ENDLESS = {
    "a body": (answer(b"", headers={"Content-Length": ""}), b" " * 65_536),
    "a body of 100 MB": (answer(b"", headers={"Content-Length": "104857600"}), b" " * 65_536),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n"),
    "one chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n", b" " * 65_536),
    "chunks of a byte": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 10_000),
    "a chunk's size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 65_536),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 60_000 + b"\r\n"),
    "a header": (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65_536),
    "a status": (b"", b"y" * 65_536),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_without_end_has_one(server: Loopback, name: str) -> None:
    """A flood ends in an error, soon, and takes some megabytes at most."""
    server.play = _endless(*ENDLESS[name])
    tracemalloc.start()
    started = time.monotonic()
    try:
        outcome = ask({"AWS_ENDPOINT_URL_SSO": server.url()})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(outcome.error, retries.Unanswered)
    assert most < MOST_BYTES
    assert time.monotonic() - started < at_most(15)


def _silent(_: socket.socket) -> None:
    time.sleep(0.3)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_connection_that_breaks_is_tried_again(server: Loopback, cache: dict[str, Any]) -> None:
    """A reset before the answer is worth a retry, as often and in the same words as botocore's client has it."""
    server.play = _reset
    environment = {"AWS_ENDPOINT_URL_SSO": server.url()}
    ours = ask(environment)
    assert ours.said == ask_botocore(environment, cache=cache).said
    assert (type(ours.error), ours.sleeps) == (retries.Unanswered, retries.MOST_TRIES - 1)


def test_silence_is_tried_again(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the request and says nothing is given up at the limit, and asked again."""
    monkeypatch.setattr(retries, "READ_TIMEOUT", 0.05)
    server.play = _silent
    outcome = ask({"AWS_ENDPOINT_URL_SSO": server.url()})
    assert (type(outcome.error), outcome.sleeps) == (retries.Unanswered, retries.MOST_TRIES - 1)
    assert "Read timeout" in str(outcome.error)


DRIPS = {
    "the status": (b"", b"H"),
    "the headers": (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("name", DRIPS)
def test_a_drip_does_not_outlast_a_try(authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A server that says a little before each limit is left all the same, at the end of the time for one try."""
    monkeypatch.setattr(retries, "ATTEMPT", 0.3)
    head, drop = DRIPS[name]

    def play(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    started = time.monotonic()
    with Loopback(play, authority.issue("x", "IP:127.0.0.1").server_context()) as dripping:
        outcome = ask({"AWS_ENDPOINT_URL_SSO": dripping.url(), "AWS_CA_BUNDLE": str(authority.bundle)})
        assert (type(outcome.error), outcome.sleeps) == (retries.Unanswered, retries.MOST_TRIES - 1)
        assert time.monotonic() - started < at_most(5)
    assert "in time" in str(outcome.error)


def test_a_handshake_that_never_ends_is_a_connection_that_was_not_made(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who accepts and then says nothing of TLS is left at the limit for connecting; nothing was sent there."""
    monkeypatch.setattr(retries, "CONNECT_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        error = ask({"AWS_ENDPOINT_URL_SSO": url, "AWS_CA_BUNDLE": str(authority.bundle)}).error
    assert type(error) is retries.Transient
    assert error.problem.startswith("GetRoleCredentials: Connect timeout on endpoint URL: ")
