import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from unit.demo.callers import Caller, Clock, parsed

from awsenv.demo.center import Center
from awsenv.demo.oidc import DEVICE_CODE_GRANT
from awsenv.demo.story import COMPANY_URL

BACK = "http://127.0.0.1:5/oauth/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def _register(caller: Caller) -> dict[str, str]:
    answer = parsed(caller.post("/client/register", clientName="test", clientType="public", issuerUrl=COMPANY_URL))
    return {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}


def _start_device(caller: Caller, client: dict[str, str]) -> dict[str, str]:
    return parsed(caller.post("/device_authorization", **client, startUrl=COMPANY_URL))


def _poll(caller: Caller, client: dict[str, str], device: dict[str, str]) -> tuple[int, str]:
    answer = caller.post("/token", **client, grantType=DEVICE_CODE_GRANT, deviceCode=device["deviceCode"])
    return answer.status, parsed(answer).get("error", "")


def test_registration_needs_a_name_and_a_type(caller: Caller) -> None:
    """A client without a name, or that is not public, is refused."""
    answer = caller.post("/client/register", clientName="test", clientType="confidential")

    assert (answer.status, parsed(answer)["error"]) == (400, "invalid_request")


def test_registration_lives_for_its_time(caller: Caller, center: Center) -> None:
    """The answer says when the registration began and when it will end, in epoch seconds."""
    answer = parsed(caller.post("/client/register", clientName="test", clientType="public"))
    lifetime = answer["clientSecretExpiresAt"] - answer["clientIdIssuedAt"]

    assert timedelta(seconds=lifetime) == center.rules.registration_lifetime


def test_device_code_waits_for_the_person(caller: Caller, center: Center, clock: Clock) -> None:
    """A device code is pending until the person approves it, and then gives tokens once."""
    client = _register(caller)
    device = _start_device(caller, client)
    assert _poll(caller, client, device) == (400, "authorization_pending")
    clock.move(seconds=1)
    assert center.grants.decide("approved", device["userCode"]) == 1

    assert _poll(caller, client, device) == (200, "")
    assert _poll(caller, client, device) == (400, "invalid_grant")


def test_device_code_denied(caller: Caller, center: Center) -> None:
    """A person who says no ends the sign-in."""
    client = _register(caller)
    device = _start_device(caller, client)
    center.grants.decide("denied")

    assert _poll(caller, client, device) == (400, "access_denied")


def test_device_code_expires(caller: Caller, clock: Clock) -> None:
    """A device code that nobody approved in time is over."""
    client = _register(caller)
    device = _start_device(caller, client)
    clock.move(minutes=10)

    assert _poll(caller, client, device) == (400, "expired_token")


def test_device_code_polled_too_fast(caller: Caller) -> None:
    """Whoever polls without the interval between is told to slow down."""
    client = _register(caller)
    device = _start_device(caller, client)
    _poll(caller, client, device)

    assert _poll(caller, client, device) == (400, "slow_down")


def test_device_code_approved_at_once(caller: Caller, center: Center) -> None:
    """For a demonstration nobody has to press a button."""
    center.rules.approves_by_itself = True
    client = _register(caller)

    assert _poll(caller, client, _start_device(caller, client)) == (200, "")


def test_unknown_start_url(caller: Caller) -> None:
    """A start URL that is no company's is refused."""
    answer = caller.post("/device_authorization", **_register(caller), startUrl="https://nobody.awsapps.com/start")

    assert (answer.status, parsed(answer)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("wrong", [{"clientSecret": "guess"}, {"clientId": "guess"}])
def test_unknown_client(caller: Caller, wrong: dict[str, str]) -> None:
    """A client that was not registered, or does not know its secret, gets nothing."""
    answer = caller.post("/token", **(_register(caller) | wrong), grantType="refresh_token", refreshToken="x")

    assert (answer.status, parsed(answer)["error"]) == (401, "invalid_client")


def test_expired_client(caller: Caller, clock: Clock) -> None:
    """A registration past its end gets nothing."""
    client = _register(caller)
    clock.move(days=90)
    answer = caller.post("/token", **client, grantType="refresh_token", refreshToken="x")

    assert (answer.status, parsed(answer)["error"]) == (401, "invalid_client")


def test_unknown_grant_type(caller: Caller) -> None:
    """A way of signing in that does not exist is refused."""
    answer = caller.post("/token", **_register(caller), grantType="password")

    assert parsed(answer)["error"] == "unsupported_grant_type"


def test_refresh_with_strict_rotation(caller: Caller, center: Center) -> None:
    """A refresh gives both tokens anew, and the used refresh token is refused from then on."""
    client = _register(caller)
    tokens = center.grants.issue("company", client["clientId"])
    fields = {**client, "grantType": "refresh_token", "refreshToken": tokens.refresh_token}
    renewed = parsed(caller.post("/token", **fields))
    again = caller.post("/token", **fields)

    assert renewed["refreshToken"] != tokens.refresh_token
    assert renewed["expiresIn"] in range(3599, 3602)
    assert (again.status, parsed(again)["error"]) == (400, "invalid_grant")
    assert dict(again.headers)["x-amzn-ErrorType"] == "InvalidGrantException"
    assert [call.status for call in center.journal.calls("CreateToken")] == [200, 400]


def test_refresh_answer_without_refresh_token(caller: Caller, center: Center) -> None:
    """A service that keeps its refresh tokens to itself leaves the field out."""
    client = _register(caller)
    tokens = center.grants.issue("company", client["clientId"])
    center.rules.returns_refresh_token = False
    answer = parsed(caller.post("/token", **client, grantType="refresh_token", refreshToken=tokens.refresh_token))

    assert "refreshToken" not in answer


def _authorize(caller: Caller, client: dict[str, str], **more: str) -> dict[str, list[str]]:
    parameters = {"client_id": client["clientId"], "redirect_uri": BACK, "state": "s", "code_challenge": CHALLENGE}
    location = dict(caller.get("/authorize", **(parameters | more)).headers)["Location"]
    assert location.startswith(BACK)
    return parse_qs(urlsplit(location).query)


def _exchange(caller: Caller, client: dict[str, str], code: str, verifier: str = VERIFIER) -> tuple[int, str]:
    fields = {"grantType": "authorization_code", "code": code, "redirectUri": BACK, "codeVerifier": verifier}
    answer = caller.post("/token", **client, **fields)
    return answer.status, parsed(answer).get("error", "")


def test_browser_flow(caller: Caller) -> None:
    """A code from the browser gives tokens once, to whoever holds the verifier."""
    client = _register(caller)
    query = _authorize(caller, client, decision="allow")

    assert query["state"] == ["s"]
    assert _exchange(caller, client, query["code"][0]) == (200, "")
    assert _exchange(caller, client, query["code"][0]) == (400, "invalid_grant")


def test_browser_flow_with_the_wrong_verifier(caller: Caller) -> None:
    """A stolen code is of no use without the verifier."""
    client = _register(caller)
    code = _authorize(caller, client, decision="allow")["code"][0]

    assert _exchange(caller, client, code, "w" * 64) == (400, "invalid_grant")


def test_browser_flow_denied(caller: Caller) -> None:
    """A person who says no in the browser sends an error back, with the state."""
    assert _authorize(caller, _register(caller), decision="deny") == {"error": ["access_denied"], "state": ["s"]}


def test_browser_flow_asks_first(caller: Caller, center: Center) -> None:
    """The browser shows a page with both answers, unless everything is approved by itself."""
    client = _register(caller)
    parameters = {"client_id": client["clientId"], "redirect_uri": BACK, "state": "s", "code_challenge": CHALLENGE}
    page = caller.get("/authorize", **parameters)
    center.rules.approves_by_itself = True

    assert (page.status, page.body.count(b'<a id="')) == (200, 2)
    assert "code" in _authorize(caller, client)


@pytest.mark.parametrize("back", ["https://evil.example/", "http://127.0.0.1.evil.example/", "file:///etc"])
def test_browser_flow_stays_on_this_machine(caller: Caller, back: str) -> None:
    """A sign-in request that would send the browser elsewhere is refused."""
    answer = caller.get("/authorize", client_id=_register(caller)["clientId"], redirect_uri=back, decision="allow")

    assert (answer.status, answer.headers) == (400, ())
