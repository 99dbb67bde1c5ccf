import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from loopback import Loopback, answer, saying
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.aws.clients import Clients
from awsenv.aws.federation import fetch_sign_in_token, sender
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable
from awsenv.model import Credentials, NoSource, Place, Profile

KEYS = Credentials("ASIAEXAMPLE", "canary-secret/+=", "canary-token/+=")
ENDPOINT = "https://signin.aws.amazon.com"
GOOD = b'{"SigninToken": "canary-sign-in"}'
Reply = tuple[int, Mapping[str, str], bytes]


@dataclass
class Wire:
    """Answers each request with the next reply, the last one for good, and remembers what was sent."""

    replies: list[Reply]
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes) -> Reply:
        """Take a request."""
        self.sent.append((url, body))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def ask(tmp_path: Path, *replies: Reply, duration: timedelta | None = None) -> tuple[str | AwsenvError, Wire]:
    """Return the token, or the error, and what was sent."""
    profile = Profile("acme", NoSource("is none"), Place("config"))
    clients, wired = Clients(runtime_of(StoppedClock(), tmp_path), profile), Wire(list(replies))
    try:
        return fetch_sign_in_token(clients, KEYS, endpoint=ENDPOINT, duration=duration, send=wired), wired
    except AwsenvError as error:
        return error, wired


@pytest.mark.parametrize(("duration", "asked"), [(None, None), (timedelta(hours=2), ["7200"])])
def test_keys_travel_in_the_body(tmp_path: Path, duration: timedelta | None, asked: list[str] | None) -> None:
    """Proxies write down addresses: nothing of the keys is in one. A duration is named only where one is wished."""
    token, wired = ask(tmp_path, (200, {}, GOOD), duration=duration)
    (url, body) = wired.sent[0]
    fields = parse_qs(body.decode(), strict_parsing=True)

    assert (token, url) == ("canary-sign-in", f"{ENDPOINT}/federation")
    assert fields.get("SessionDuration") == asked
    assert fields["Action"] == ["getSigninToken"]
    assert json.loads(fields["Session"][0]) == {
        "sessionId": KEYS.access_key_id,
        "sessionKey": KEYS.secret_access_key,
        "sessionToken": KEYS.session_token,
    }


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "text/html"), (400, "application/json"), (403, "application/json"), (401, "")]
)
def test_a_refusal_is_aws_s_and_quotes_nothing(tmp_path: Path, status: int, kind: str) -> None:
    """AWS refuses with a page, once; of what is in it, which may be what was sent, nothing is told."""
    page = b"<html>" + KEYS.secret_access_key.encode()
    error, wired = ask(tmp_path, (status, {"content-type": kind}, page))

    assert isinstance(error, AccessRefused)
    assert len(wired.sent) == 1
    assert str(status) in error.problem
    assert "canary" not in f"{error.problem}{error.hint}"


def test_a_refusal_of_a_duration_says_what_to_try(tmp_path: Path) -> None:
    """Whoever asked for a duration is told that it may be the reason."""
    error, _ = ask(tmp_path, (400, {}, b""), duration=timedelta(hours=2))

    assert isinstance(error, AccessRefused)
    assert error.hint == "try it without --duration"


@pytest.mark.parametrize(
    "reply",
    [
        (200, {}, b"<html>hotel</html>"),
        (200, {}, b""),
        (200, {}, b"\xff"),
        (200, {}, b"[]"),
        (200, {}, b"{}"),
        (200, {}, b'{"SigninToken": 5}'),
        (200, {}, b'{"SigninToken": ""}'),
        (200, {}, b'{"SigninToken": "a b"}'),
        (200, {}, b"[" * 100_000),
        (302, {"location": "https://evil.example"}, b""),
        (403, {"content-type": "text/html"}, b"<html>proxy</html>"),
        (429, {}, b""),
        (503, {}, b""),
    ],
)
def test_what_is_no_answer_of_aws_s_is_asked_for_again(tmp_path: Path, reply: Reply) -> None:
    """A hotel's page, a gateway, a broken or strange answer: tried again, and then said."""
    token, _ = ask(tmp_path, reply, (200, {}, GOOD))
    error, wired = ask(tmp_path, reply)

    assert token == "canary-sign-in"
    assert isinstance(error, AwsUnreachable)
    assert len(wired.sent) > 1
    assert "canary" not in f"{error.problem}{error.hint}"


def test_the_request_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one POST of a form; on this machine no proxy has a part in it, and a redirect is not followed."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    reply = answer(b"no", "302 Found", {"Location": "http://127.0.0.1:1/", "X-Odd": "1"})
    with Loopback(saying(reply)) as server:
        send = sender({}, None, is_loopback=True)
        status, headers, body = send(f"http://127.0.0.1:{server.port}/federation", b"a=b")
    head = server.requests[0]

    assert (status, headers["x-odd"], body) == (302, "1", b"no")
    assert head.startswith(b"POST /federation HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\n" in head
    assert b"\r\nUser-Agent: awsenv/" in head
    assert len(server.requests) == 1


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    """The bundle that the user names is the one that counts, also where it is missing."""
    profile = Profile("acme", NoSource("is none"), Place("config"))
    clients = Clients(runtime_of(StoppedClock(), tmp_path), profile)
    send = sender({"AWS_CA_BUNDLE": str(tmp_path / "none.pem")}, None, is_loopback=True)

    with pytest.raises(AwsUnreachable):
        fetch_sign_in_token(clients, KEYS, endpoint="https://127.0.0.1:1", duration=None, send=send)
