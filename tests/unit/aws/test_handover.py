import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from loopback import asked_by

from awsenv.aws.handover import Handover

SECRET = "https://signin.aws.amazon.com/federation?Action=login&SigninToken=canary"


@pytest.fixture
def handover() -> Iterator[Handover]:
    """Return a handover of `SECRET`."""
    with closing(Handover(SECRET)) as made:
        yield made


def sent(port: int, request: str) -> str:
    """Return the answer to a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode("latin-1"))
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer.decode()


def request_for(handover: Handover, *, method: str = "GET", path: str | None = None, hosts: str | None = None) -> str:
    """Return a browser's request, or one that differs from it."""
    own = urlsplit(handover.address)
    lines = (f"{method} {own.path if path is None else path} HTTP/1.1", hosts or f"Host: {own.netloc}", "Accept: */*")
    return "\r\n".join((*lines, "", ""))


def test_the_address_itself_tells_nothing(handover: Handover) -> None:
    """What the browser is started with is on this machine, and nobody can guess it."""
    with closing(Handover(SECRET)) as other:
        assert urlsplit(other.address).path != urlsplit(handover.address).path
    assert handover.address.startswith("http://127.0.0.1:")
    assert len(urlsplit(handover.address).path) > 40
    assert "canary" not in handover.address


def test_it_is_handed_out_once(handover: Handover) -> None:
    """The first who asks is sent on, and nothing keeps a copy; the second is told that there was a first."""
    assert handover.wait(0) is None
    answer = sent(handover.port, request_for(handover))
    assert answer.startswith("HTTP/1.1 302 Found\r\n")
    assert f"\r\nLocation: {SECRET}\r\n" in answer
    assert "\r\nCache-Control: no-store\r\n" in answer
    assert "\r\nReferrer-Policy: no-referrer\r\n" in answer
    assert handover.wait(5) is not None

    answer = sent(handover.port, request_for(handover))
    assert answer.startswith("HTTP/1.1 410 Gone\r\n")
    assert "canary" not in answer
    assert handover.wait(0) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"path": "/"},
        {"path": "/favicon.ico"},
        {"hosts": "Host: localhost"},
        {"hosts": "Host: evil.example"},
        {"hosts": "X: y"},
        {"hosts": "Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT"},
        {"hosts": "Host: 127.0.0.1:PORT\r\nHost: evil.example"},
    ],
)
def test_everybody_else_gets_nothing(handover: Handover, changes: dict[str, str]) -> None:
    """Another path, method or name of this machine: nothing is there, and the one who is meant still gets it."""
    changes = {name: text.replace("PORT", str(handover.port)) for name, text in changes.items()}
    answer = sent(handover.port, request_for(handover, **changes))

    assert answer.startswith("HTTP/1.1 404 Not Found\r\n")
    assert "canary" not in answer
    assert sent(handover.port, request_for(handover)).startswith("HTTP/1.1 302 ")


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="nobody else can be played here")
@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_another_user_is_not_heard(handover: Handover, host: str) -> None:
    """Whoever reads the address on the browser's command line is not quicker than the browser, but turned away."""
    assert asked_by(54_321, host, handover.port, request_for(handover)).startswith(b"HTTP/1.1 404 ")
    assert b"canary" in asked_by(0, host, handover.port, request_for(handover))


def test_of_many_at_once_one_gets_it(handover: Handover) -> None:
    """However many ask in the same moment."""
    answers: list[str] = []
    request = request_for(handover)
    threads = [
        threading.Thread(target=lambda: answers.append(sent(handover.port, request)), daemon=True) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(answer.split(" ")[1] for answer in answers) == ["302", *["410"] * 15]
