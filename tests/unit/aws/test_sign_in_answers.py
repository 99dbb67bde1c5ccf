"""Answers of a sign-in that are nearly right, and those that are not usable."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from unit.actions.fakes import ACME, PAGE, FakeClients
from unit.aws.fakes import MORNING, StoppedClock, runtime_of

from awsenv.aws import sign_in
from awsenv.aws.clients import Clients
from awsenv.errors import AwsUnreachable
from awsenv.model import AccessToken, NoSource, Place, Profile, Registration

MADE = Registration("id", "secret", MORNING + timedelta(days=90))
CODE = sign_in.DeviceCode(PAGE, "u", 60, 5, "d")
REQUEST = sign_in.BrowserRequest("u", "r", "s", "v")
LONGEST = 64 * 1024


class Service:
    """Gives the same answer always."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def _answer(self, **_: Any) -> Any:
        return self.answer

    start_device_authorization = create_token = _answer


def _by_code(clients: FakeClients) -> AccessToken:
    return sign_in.redeem_device_code(clients, ACME, MADE, CODE, now=MORNING)


def _by_browser(clients: FakeClients) -> AccessToken:
    return sign_in.redeem_browser_code(clients, ACME, MADE, REQUEST, "c", now=MORNING)


@pytest.fixture(params=[_by_code, _by_browser])
def redeem(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Any], AccessToken]:
    """Return what redeems a code, in either way, for the answer that it is given."""

    def given(answer: Any) -> AccessToken:
        found = request.param(FakeClients(runtime_of(StoppedClock(), tmp_path), Service(answer)))
        assert isinstance(found, AccessToken)
        return found

    return given


@pytest.mark.parametrize(
    ("interval", "expires_in", "waits"),
    [
        (1.9, 59.9, (2, 59)),
        ("2.5", "600.0", (3, 600)),
        ("2", "600", (2, 600)),
        (0.2, 0.2, (1, 1)),
        ("0", "-1", (5, 1)),
        ("", "60", (5, 60)),
    ],
)
def test_times_may_be_fractions_and_texts(tmp_path: Path, interval: Any, expires_in: Any, waits: Any) -> None:
    """Nobody is polled sooner than asked, nor for longer: an interval is rounded up, an end down, to one at least."""
    answer = {"deviceCode": "d", "userCode": "u", "verificationUri": PAGE, "interval": interval}
    clients = FakeClients(runtime_of(StoppedClock(), tmp_path), Service(answer | {"expiresIn": expires_in}))
    found = sign_in.start_device_authorization(clients, ACME, MADE)
    assert (found.interval, found.expires_in) == waits


@pytest.mark.parametrize("expires_in", ["soon", "nan", "inf", float("inf"), True, [600], None])
def test_what_is_no_time_is_no_answer(tmp_path: Path, expires_in: Any) -> None:
    """A code whose end is not told is not shown to anybody."""
    answer = {"deviceCode": "d", "userCode": "u", "verificationUri": PAGE, "expiresIn": expires_in}
    clients = FakeClients(runtime_of(StoppedClock(), tmp_path), Service(answer))
    with pytest.raises(AwsUnreachable, match="not one of AWS's"):
        sign_in.start_device_authorization(clients, ACME, MADE)


@pytest.mark.parametrize(("expires_in", "seconds"), [(3600, 3600), ("600.0", 600), (60.9, 60), (0.5, 1)])
def test_a_lifetime_may_be_a_fraction_or_a_text(
    redeem: Callable[[Any], AccessToken], expires_in: Any, seconds: int
) -> None:
    """An approved code is not lost for the form of a number."""
    found = redeem({"accessToken": "a", "expiresIn": expires_in})
    assert found.expires_at == MORNING + timedelta(seconds=seconds)


@pytest.mark.parametrize("expires_in", [0, -1, "0", "-3600", -0.5, 10**18, "nan", False])
def test_a_token_that_is_over_is_no_answer(redeem: Callable[[Any], AccessToken], expires_in: Any) -> None:
    """A lifetime of nothing, or of more than the calendar has, counts as unanswered."""
    with pytest.raises(AwsUnreachable, match="not one of AWS's"):
        redeem({"accessToken": "a", "expiresIn": expires_in})


@pytest.mark.parametrize("name", ["accessToken", "refreshToken"])
@pytest.mark.parametrize(
    "token", ["a b", "a\n", "a\r\nx: y", "\x1b[2J", "é", "\udce9", "a\0", "x" * (LONGEST + 1), 5, ["a"]]
)
def test_a_token_that_no_header_can_carry_is_no_answer(
    redeem: Callable[[Any], AccessToken], name: str, token: Any
) -> None:
    """Tokens are plain printable ASCII of at most 64 KB; anything else counts as unanswered and is filed nowhere."""
    with pytest.raises(AwsUnreachable, match="not one of AWS's"):
        redeem({"accessToken": "a", "refreshToken": "r", "expiresIn": 60} | {name: token})


@pytest.mark.parametrize("refresh_token", [None, ""])
def test_a_refresh_token_may_be_missing(redeem: Callable[[Any], AccessToken], refresh_token: Any) -> None:
    """An answer without one is a sign-in that cannot be renewed; the longest access token is taken whole."""
    found = redeem({"accessToken": "x" * LONGEST, "refreshToken": refresh_token, "expiresIn": 60})
    assert (found.access_token, found.refresh_token) == ("x" * LONGEST, None)


class _Speaker(BaseHTTPRequestHandler):
    answer: bytes

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Callable[[bytes], Clients]]:
    """Return what makes botocore's own clients, of a service that answers these bytes."""

    class Speaker(_Speaker):
        pass

    with HTTPServer(("127.0.0.1", 0), Speaker) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()

        def speaking(answer: bytes) -> Clients:
            Speaker.answer = answer
            endpoints = {"*": f"http://127.0.0.1:{server.server_port}"}
            profile = Profile("acme", NoSource("is none"), Place("config"), endpoints=endpoints)
            return Clients(runtime_of(StoppedClock(), tmp_path), profile)

        yield speaking
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("interval", "expires_in", "waits"),
    [(1.9, 59.9, (2, 59)), ("2.5", "600.0", (3, 600)), (2, 600, (2, 600)), ("2", "600", (2, 600))],
)
def test_botocore_takes_no_fraction_away(
    spoken: Callable[[bytes], Clients], interval: Any, expires_in: Any, waits: Any
) -> None:
    """Times come as the service wrote them, not as botocore would round or refuse them, beside all the rest."""
    answer = {"deviceCode": "d", "userCode": "u", "verificationUri": PAGE, "interval": interval}
    clients = spoken(json.dumps(answer | {"expiresIn": expires_in}).encode())
    found = sign_in.start_device_authorization(clients, ACME, MADE)
    assert (found.interval, found.expires_in) == waits
    assert (found.user_code, found.device_code, found.complete_url) == ("u", "d", PAGE)
    clients = spoken(json.dumps({"accessToken": "a", "refreshToken": "r", "expiresIn": expires_in}).encode())
    token = sign_in.redeem_device_code(clients, ACME, MADE, CODE, now=MORNING)
    assert token.expires_at == MORNING + timedelta(seconds=waits[1])
    assert (token.access_token, token.refresh_token) == ("a", "r")


@pytest.mark.parametrize(
    "answer", [b"[]", b"5", b"{", b"<html>", b"", b"\xff", b'{"accessToken": "a", "expiresIn": []}']
)
def test_an_answer_of_another_shape_is_no_answer(spoken: Callable[[bytes], Clients], answer: bytes) -> None:
    """A page, a list or half an object counts as unanswered, as before."""
    with pytest.raises(AwsUnreachable):
        sign_in.redeem_device_code(spoken(answer), ACME, MADE, CODE, now=MORNING)
