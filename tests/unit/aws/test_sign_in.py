import base64
import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from unit.actions.fakes import ACME, LEGACY, PAGE, FakeClients, Meta, refusal
from unit.aws.fakes import MORNING, StoppedClock, runtime_of

from awsenv.aws import sign_in
from awsenv.errors import AwsUnreachable, LoginDeclined
from awsenv.model import Registration

MADE = Registration("id", "secret", MORNING + timedelta(days=90))


class Service(Meta):
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.meta = self
        self.endpoint_url = "https://oidc.eu-west-1.amazonaws.com/"

    def _answer(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    register_client = start_device_authorization = create_token = _answer


def _clients(tmp_path: Path, service: Service) -> FakeClients:
    return FakeClients(runtime_of(StoppedClock(), tmp_path), service)


def test_a_registration_is_asked_for_as_the_aws_cli_does(tmp_path: Path) -> None:
    """The browser flow names grants, the bare redirect and the issuer; the device flow of a legacy URL nothing."""
    answer = {"clientId": "i", "clientSecret": "s", "clientSecretExpiresAt": 1795000000}
    service = Service(answer, answer)
    clients = _clients(tmp_path, service)
    assert sign_in.register_client(clients, ACME, for_browser=True).grant_types == (
        "authorization_code",
        "refresh_token",
    )
    assert service.asked[0] == {
        "clientName": "botocore-client-acme",
        "clientType": "public",
        "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"],
        "issuerUrl": ACME.start_url,
    }
    sign_in.register_client(clients, LEGACY, for_browser=False)
    assert sorted(service.asked[1]) == ["clientName", "clientType"]


def test_a_page_to_sign_in_at_is_bound_to_this_attempt(tmp_path: Path) -> None:
    """State and verifier are new each time, the challenge is the verifier's S256, and no secret is in the address."""
    clients = _clients(tmp_path, Service())
    made = [sign_in.browser_request(clients, ACME, MADE, port=4711) for _ in range(50)]
    assert len({each.state for each in made} | {each.verifier for each in made}) == 100
    for each in made:
        query = {name: values[0] for name, values in parse_qs(urlsplit(each.url).query).items()}
        digest = hashlib.sha256(each.verifier.encode()).digest()
        assert query["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
        assert query["redirect_uri"] == each.redirect_uri == "http://127.0.0.1:4711/oauth/callback"
        assert query["scopes"] == "sso:account:access"
        assert each.verifier not in each.url
        assert MADE.client_secret not in each.url
        assert 43 <= len(each.verifier) <= 128
        assert each.verifier not in repr(each)


@pytest.mark.parametrize(
    ("given", "interval", "expires_in"),
    [
        ({"interval": 7, "expiresIn": 60}, 7, 60),
        ({"interval": 0, "expiresIn": 60}, 5, 60),
        ({"expiresIn": 0}, 5, 1),
        ({"interval": -1, "expiresIn": -1}, 5, 1),
        ({"interval": None, "expiresIn": 10**12}, 5, 3600),
    ],
)
def test_a_device_codes_times_are_sane(tmp_path: Path, given: dict[str, Any], interval: int, expires_in: int) -> None:
    """Whatever the service says, an interval is at least a second and a wait at most an hour."""
    answer = {"deviceCode": "d", "userCode": "u", "verificationUri": PAGE} | given
    found = sign_in.start_device_authorization(_clients(tmp_path, Service(answer)), ACME, MADE)
    assert (found.interval, found.expires_in, found.complete_url) == (interval, expires_in, PAGE)
    assert "deviceCode" not in repr(found)


def test_a_poll_is_one_request(tmp_path: Path) -> None:
    """A failed poll is left to who keeps the interval; another request is tried again by itself."""
    busy, good = refusal("InternalServerException", 500), {"accessToken": "a", "expiresIn": 60}
    device_code = sign_in.DeviceCode(PAGE, "u", 60, 5, "d")
    service = Service(busy, good)
    with pytest.raises(AwsUnreachable):
        sign_in.redeem_device_code(_clients(tmp_path, service), ACME, MADE, device_code, now=MORNING)
    assert len(service.asked) == 1
    service = Service(busy, good)
    request = sign_in.BrowserRequest("u", "r", "s", "v")
    found = sign_in.redeem_browser_code(_clients(tmp_path, service), ACME, MADE, request, "c", now=MORNING)
    assert (len(service.asked), found.expires_at, found.refresh_token) == (2, MORNING + timedelta(minutes=1), None)


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("AuthorizationPendingException", sign_in.NotYet, 400),
        ("SlowDownException", sign_in.NotYet, 400),
        ("AccessDeniedException", LoginDeclined, 400),
        ("InvalidGrantException", LoginDeclined, 400),
        ("InvalidClientException", sign_in.ClientUnknown, 401),
        ("", AwsUnreachable, 503),
    ],
)
def test_each_refusal_means_one_thing(tmp_path: Path, code: str, kind: type[Exception], status: int) -> None:
    """Pending, too fast, declined, unknown and busy are told apart."""
    device_code = sign_in.DeviceCode(PAGE, "u", 60, 5, "d")
    clients = _clients(tmp_path, Service(refusal(code, status)))
    with pytest.raises(kind) as raised:
        sign_in.redeem_device_code(clients, ACME, MADE, device_code, now=MORNING)
    if isinstance(raised.value, sign_in.NotYet):
        assert raised.value.is_too_fast is (code == "SlowDownException")
    assert threading.active_count() < 20
