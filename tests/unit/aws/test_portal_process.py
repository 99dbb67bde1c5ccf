"""A cold `use` as a process, by TLS: what it leaves when it is interrupted, and that it tells no secret."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import Authority
from loopback import KEYS, Loopback, answer, saying
from stage import AWSENV, TIME_LIMIT, environment_of, run

from awsenv.demo.household import Household
from awsenv.errors import ExitCode
from awsenv.shells.rendering import render_status

USE = (AWSENV, "use", "--shell", "sh", "unicorn")
HERE = "IP:127.0.0.1"
SYN_SENT = "02"


def _environment(household: Household, authority: Authority, url: str, **more: str) -> dict[str, str]:
    named = {"AWS_ENDPOINT_URL_SSO": url, "AWS_CA_BUNDLE": str(authority.bundle)}
    return environment_of(household, named | more)


def _access_token(household: Household) -> str:
    return str(json.loads(household.token_path("company").read_text())["accessToken"])


def _files(household: Household) -> dict[str, bytes]:
    # A lock's file stays behind, free.
    paths = (path for path in household.home.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path): path.read_bytes() for path in paths}


def _wait(is_reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIME_LIMIT
    while not is_reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def _at_connect(_: Authority) -> Iterator[tuple[str, Callable[[], bool]]]:
    # With the one place of the queue taken, a connection is not refused and not accepted.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, socket.socket() as first:
        first.connect(listening.getsockname())
        port = listening.getsockname()[1]

        def is_reached() -> bool:
            lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
            return any(line.split()[2:4] == [f"0100007F:{port:04X}", SYN_SENT] for line in lines)

        yield f"https://127.0.0.1:{port}", is_reached


@contextmanager
def _at_handshake(_: Authority) -> Iterator[tuple[str, Callable[[], bool]]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        connections = []

        def is_reached() -> bool:
            connections.append(listening.accept()[0])
            return bool(connections[0].recv(1))

        yield f"https://127.0.0.1:{listening.getsockname()[1]}", is_reached
        for connection in connections:
            connection.close()


def _at(said: bytes) -> Callable[[Authority], object]:
    @contextmanager
    def place(authority: Authority) -> Iterator[tuple[str, Callable[[], bool]]]:
        told = []

        def play(connection: socket.socket) -> None:
            connection.sendall(said)
            told.append(True)
            connection.recv(1)

        with Loopback(play, authority.issue("x", HERE).server_context()) as server:
            yield server.url(), lambda: bool(told)

    return place


PLACES: Mapping[str, object] = {
    "connecting": _at_connect,
    "shaking hands": _at_handshake,
    "before the answer": _at(b""),
    "in the headers": _at(answer()[:30]),
    "in the body": _at(answer()[:-30]),
}


@pytest.mark.parametrize(
    ("place", "number"),
    [
        *((place, signal.SIGINT) for place in PLACES),
        *((place, signal.SIGTERM) for place in ("connecting", "in the body")),
    ],
)
def test_an_interrupted_request_leaves_nothing(
    household: Household, authority: Authority, place: str, number: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM end a cold `use` at once wherever it is: with their status, one line, and no file written."""
    arrange = PLACES[place]
    assert callable(arrange)
    before = _files(household)
    with arrange(authority) as (url, is_reached):
        process = subprocess.Popen(
            USE,
            env=_environment(household, authority, url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        _wait(is_reached)
        process.send_signal(number)
        out, err = process.communicate(timeout=TIME_LIMIT)
    expected = 128 + number
    assert (process.returncode, err) == (expected, b"awsenv: interrupted\n")
    assert out == render_status(expected, "sh")
    assert _files(household) == before


def _seen_command_lines(seen: set[bytes]) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    seen.add((entry / "cmdline").read_bytes())
                except OSError:
                    continue
        connection.sendall(answer())

    return play


def test_a_cold_use_tells_its_token_to_the_portal_alone(household: Household, authority: Authority) -> None:
    """The access token stands on no command line and in no output, and botocore is not needed."""
    token, seen = _access_token(household), set[bytes]()
    with Loopback(_seen_command_lines(seen), authority.issue("x", HERE).server_context()) as server:
        environment = _environment(household, authority, server.url(), AWSENV_DEBUG="1")
        finished = run(USE, environment)
        assert server.asked_by() == ["awsenv/"]
    assert finished.returncode == ExitCode.DONE, finished.stderr
    assert str(KEYS["secretAccessKey"]).encode() in finished.stdout
    assert token.encode() not in b"".join((finished.stdout, finished.stderr, *seen))
    assert any(b"unicorn" in line for line in seen)


def _echoing(token: str, status: str) -> bytes:
    return answer(json.dumps({"message": f"no such token: {token}", "__type": "X"}).encode(), status)


@pytest.mark.parametrize("trouble", ["a stranger", "400 X", "401 X", "500 X", "a half answer", "no keys"])
def test_no_trouble_shows_a_secret(
    household: Household, authority: Authority, stranger: Authority, trouble: str
) -> None:
    """Whatever goes wrong, neither the error nor its traceback has the token or the keys in it."""
    token = _access_token(household)
    plays = {
        "a half answer": answer()[:-20],
        "no keys": answer(json.dumps({"roleCredentials": KEYS | {"sessionToken": 7}}).encode()),
    }
    said = plays.get(trouble, _echoing(token, trouble))
    issuer = stranger if trouble == "a stranger" else authority
    with Loopback(saying(said), issuer.issue("x", HERE).server_context()) as server:
        environment = _environment(household, authority, server.url(), AWSENV_DEBUG="1")
        finished = run(USE, environment)
    told = finished.stdout + finished.stderr
    assert finished.returncode in {ExitCode.AWS_REFUSED, ExitCode.AWS_UNREACHABLE, ExitCode.LOGIN_REQUIRED}
    assert b"Traceback" in finished.stderr
    secrets = (token, str(KEYS["secretAccessKey"]), str(KEYS["accessKeyId"]))
    assert [secret for secret in secrets if secret.encode() in told] == []
