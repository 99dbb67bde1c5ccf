"""Answers that another Identity Center, a proxy or a hotel's sign-in page may give, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from unit.actions.fakes import ACME
from unit.aws.fakes import MORNING, StoppedClock, runtime_of

from awsenv.aws import identity_center, retries, sign_in
from awsenv.aws.clients import Clients
from awsenv.errors import AwsenvError, AwsUnreachable, LoginDeclined, LoginTimedOut, TokenExpired
from awsenv.model import AccessToken, NoSource, Place, Profile, Registration

REGISTRATION = Registration("id", "secret", MORNING + timedelta(days=90))
TOKEN = AccessToken(ACME.start_url, ACME.region, MORNING, "access", "refresh", "id", "secret", REGISTRATION.expires_at)
DEVICE = sign_in.DeviceCode("u", "CODE", 600, 5, "device")
PAGE = "<html><title>Welcome</title>" + "please sign in " * 10_000 + "</html>"
ECHO = "code-" + "x" * 40


@pytest.fixture
def answers() -> list[tuple[int, str, str]]:
    """Return the answers to come: status, content type and body; the last one is given for good."""
    return []


@pytest.fixture
def clients(tmp_path: Path, answers: list[tuple[int, str, str]]) -> Iterator[Clients]:
    """Return clients whose every request goes to a server that says what `answers` has."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST  # noqa: N815 - named by http.server

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    profile = Profile("acme", NoSource("is none"), Place("config"), endpoints={"*": url})
    yield Clients(runtime_of(StoppedClock(), tmp_path), profile)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 451])
def test_a_page_of_a_proxy_refuses_nothing(clients: Clients, answers: list[tuple[int, str, str]], status: int) -> None:
    """A page in place of AWS's answer, whatever its status: AWS was not reached, and the page is not quoted."""
    answers.append((status, "text/html; charset=utf-8", PAGE))
    for ask in (
        lambda: identity_center.refresh_access_token(clients, ACME, TOKEN, now=MORNING),
        lambda: identity_center.fetch_accounts(clients, ACME, TOKEN),
        lambda: identity_center.sign_out(clients, ACME, TOKEN),
        lambda: sign_in.redeem_device_code(clients, ACME, REGISTRATION, DEVICE, now=MORNING),
    ):
        with pytest.raises(AwsUnreachable) as caught:
            ask()
        assert len(caught.value.problem) < 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("authorization_pending", sign_in.NotYet),
        ("slow_down", sign_in.NotYet),
        ("access_denied", LoginDeclined),
        ("expired_token", LoginTimedOut),
        ("invalid_grant", LoginDeclined),
        ("invalid_client", sign_in.ClientUnknown),
    ],
)
def test_oauths_own_names_are_understood(
    clients: Clients, answers: list[tuple[int, str, str]], name: str, expected: type[AwsenvError]
) -> None:
    """A server that gives RFC 6749's name of an error, and not AWS's beside it, is understood."""
    answers.append((400, "application/json", json.dumps({"error": name, "error_description": "no"})))
    with pytest.raises(expected):
        sign_in.redeem_device_code(clients, ACME, REGISTRATION, DEVICE, now=MORNING)


def test_a_refresh_that_oauth_refuses_is_refused(clients: Clients, answers: list[tuple[int, str, str]]) -> None:
    """invalid_grant by OAuth's name alone ends the sign-in as AWS's own does."""
    answers.append((400, "application/json", '{"error": "invalid_grant"}'))
    with pytest.raises(TokenExpired):
        identity_center.refresh_access_token(clients, ACME, TOKEN, now=MORNING)


def test_what_a_server_says_again_is_not_told(clients: Clients, answers: list[tuple[int, str, str]]) -> None:
    """A description that repeats the code, and one without an end, are cut."""
    answers.append((400, "application/json", json.dumps({"error": "x", "message": f"bad {ECHO} {'long ' * 500}"})))
    with pytest.raises(AwsenvError) as caught:
        sign_in.redeem_device_code(clients, ACME, REGISTRATION, DEVICE, now=MORNING)
    assert ECHO not in caught.value.problem
    assert len(caught.value.problem) < 600


def test_a_list_of_accounts_without_an_end_is_given_up(clients: Clients, answers: list[tuple[int, str, str]]) -> None:
    """A server that always names the same next page is asked for it once."""
    page = {"accountList": [{"accountId": "111122223333"}], "nextToken": "again"}
    answers.append((200, "application/json", json.dumps(page)))
    with pytest.raises(AwsUnreachable, match="does not end"):
        identity_center.fetch_accounts(clients, ACME, TOKEN)


def test_an_account_without_a_name_is_an_account(clients: Clients, answers: list[tuple[int, str, str]]) -> None:
    """Names may be missing; the account counts all the same."""
    accounts = [{"accountId": "111122223333"}, {"accountId": "222233334444", "accountName": "Team"}]
    answers.append((200, "application/json", json.dumps({"accountList": accounts})))
    assert identity_center.fetch_accounts(clients, ACME, TOKEN) == {"111122223333": "", "222233334444": "Team"}


def test_what_was_lost_before_does_not_shorten_what_is_had_once(tmp_path: Path) -> None:
    """After failures that used the time up, an answer that is given once is waited for as long as ever."""
    clock = StoppedClock()
    patience = retries.Patience(runtime_of(clock, tmp_path))

    def fail() -> None:
        clock.seconds += 4.0
        raise retries.Transient("busy")

    with pytest.raises(AwsUnreachable):
        patience.call(fail, name="Register")
    tries = []

    def slow() -> str:
        clock.seconds += 7.0
        tries.append(clock.seconds)
        if len(tries) == 1:
            raise retries.Transient("busy")
        return "a token"

    assert patience.call(slow, name="CreateToken", spends=7.5, budget=12.0) == "a token"


def test_who_has_answered_has_the_whole_time_again(tmp_path: Path) -> None:
    """Failures before a question take nothing from the requests that come after its answer."""
    clock = StoppedClock()
    patience = retries.Patience(runtime_of(clock, tmp_path))

    def fail() -> None:
        clock.seconds += 4.0
        raise retries.Transient("busy")

    def spent() -> float:
        before = clock.seconds
        with pytest.raises(AwsUnreachable):
            patience.call(fail, name="Register")
        return clock.seconds - before

    whole = spent()
    assert spent() < whole
    patience.start_anew()
    assert spent() > retries.ATTEMPT


@pytest.mark.parametrize("life", [3600.9, "3600", "3600.0"])
def test_a_refresh_may_bring_its_life_as_a_fraction_or_a_text(
    clients: Clients, answers: list[tuple[int, str, str]], life: object
) -> None:
    """However the seconds are written, the answer that is given once is taken."""
    answers.append((200, "application/json", json.dumps({"accessToken": "a", "expiresIn": life, "refreshToken": "r"})))
    fresh = identity_center.refresh_access_token(clients, ACME, TOKEN, now=MORNING)
    assert fresh.expires_at == MORNING + timedelta(seconds=3600)
