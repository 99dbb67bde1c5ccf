"""Callers of the practice server who mean no good, or cannot write."""

import json
from typing import Any

import pytest
from unit.demo.callers import Caller, parsed

from awsenv.demo.center import Center
from awsenv.demo.story import COMPANY_URL
from awsenv.demo.wire import Request

BACK = "http://127.0.0.1:5/oauth/callback"
WRONG: tuple[Any, ...] = (
    5,
    1.5,
    True,
    None,
    "",
    "x",
    [],
    [5],
    ["x", None],
    {},
    {"a": 1},
    "\ud800",
    ["\ud800"],
    "a\r\nb: c",
)
FIELDS = {
    "/client/register": ("clientName", "clientType", "scopes", "grantTypes", "redirectUris", "issuerUrl"),
    "/device_authorization": ("clientId", "clientSecret", "startUrl"),
    "/token": (
        *("clientId", "clientSecret", "grantType", "refreshToken", "deviceCode"),
        *("code", "redirectUri", "codeVerifier"),
    ),
    "/practice/faults": (
        *("operation", "kind", "times", "status", "code", "message", "retry_after", "seconds", "colour"),
    ),
    "/practice/device": ("user_code", "decision"),
    "/practice/withdraw": ("sso_session_name",),
    "/logout": ("x",),
}


def _client(caller: Caller) -> dict[str, str]:
    made = parsed(caller.post("/client/register", clientName="t", clientType="public", issuerUrl=COMPANY_URL))
    return {"clientId": made["clientId"], "clientSecret": made["clientSecret"]}


def _well_formed(path: str, caller: Caller) -> list[dict[str, Any]]:
    match path:
        case "/client/register":
            return [{"clientName": "t", "clientType": "public", "issuerUrl": COMPANY_URL}]
        case "/device_authorization":
            return [{**_client(caller), "startUrl": COMPANY_URL}]
        case "/token":
            code = {"code": "c", "redirectUri": BACK, "codeVerifier": "v"}
            return [
                {**_client(caller), "grantType": "refresh_token", "refreshToken": "r"},
                {**_client(caller), "grantType": "authorization_code", **code},
                {**_client(caller), "grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": "d"},
            ]
        case "/practice/faults":
            return [{"operation": "Logout"}]
        case "/practice/withdraw":
            return [{"sso_session_name": "company"}]
        case _:
            return [{}]


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in FIELDS.items() for name in names])
def test_no_field_of_any_type_breaks_the_server(caller: Caller, center: Center, path: str, name: str) -> None:
    """A field of the wrong type is the caller's mistake: whatever it is, the server answers, and goes on."""
    for fields in _well_formed(path, caller):
        for wrong in WRONG:
            answer = caller.post(path, **(fields | {name: wrong}))
            assert answer.status < 500, (wrong, answer.body)
            center.faults.clear()


@pytest.mark.parametrize(
    "fields",
    [
        {"scopes": 5},
        {"scopes": "sso:account:access"},
        {"scopes": [5]},
        {"grantTypes": {"a": 1}},
        {"redirectUris": 5},
        {"issuerUrl": 5},
        {"clientName": ["t"]},
        {"clientName": "\ud800"},
    ],
)
def test_a_registration_of_wrong_types_is_refused(caller: Caller, fields: dict[str, Any]) -> None:
    """What the real service would not parse is a 400, in its own words."""
    answer = caller.post("/client/register", **({"clientName": "t", "clientType": "public"} | fields))
    assert (answer.status, parsed(answer)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "500"},
        {"status": 999},
        {"times": "x"},
        {"kind": 500},
        {"kind": ["error"]},
        {"seconds": "1"},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"seconds": 1e9},
        {"retry_after": "x\r\ny: z"},
        {"code": "x\r\ny: z"},
        {"operation": 5},
    ],
)
def test_a_fault_of_wrong_types_is_refused(caller: Caller, center: Center, fields: dict[str, Any]) -> None:
    """A fault that could not be played is told of when it is switched on, and switches nothing."""
    assert caller.post("/practice/faults", **({"operation": "Logout"} | fields)).status == 400
    assert center.faults.take("Logout") is None


@pytest.mark.parametrize(
    "back",
    [
        "",
        "http://127.0.0.1/oauth/callback",
        "http://127.0.0.1:5/",
        "http://127.0.0.1:5/oauth/callback/",
        "http://127.0.0.1:5/oauth/callback?x=y",
        "http://127.0.0.1:5/oauth/callback#x",
        "http://127.0.0.1:5/oauth/callback\r\nSet-Cookie: x=y",
        "http://127.0.0.1:5/oauth/callback\n",
        "http://x@127.0.0.1:5/oauth/callback",
        "http://127.0.0.1:x/oauth/callback",
        "http://localhost:5/oauth/callback",
        "https://127.0.0.1:5/oauth/callback",
        "javascript://127.0.0.1:5/oauth/callback",
    ],
)
def test_a_browser_is_sent_to_a_listener_and_nowhere_else(caller: Caller, center: Center, back: str) -> None:
    """The redirect is this machine's callback to the letter: no other path, no other name, no header of one's own."""
    center.rules.approves_by_itself = True
    parameters = {"client_id": _client(caller)["clientId"], "state": "s", "code_challenge": "c", "redirect_uri": back}
    answer = caller.get("/authorize", **parameters)
    assert (answer.status, answer.headers) == (400, ())


def test_a_state_stays_in_its_place(caller: Caller, center: Center) -> None:
    """No line end of a caller's gets into a header."""
    center.rules.approves_by_itself = True
    parameters = {"client_id": _client(caller)["clientId"], "redirect_uri": BACK, "code_challenge": "c"}
    answer = caller.get("/authorize", **parameters, state="s\r\nSet-Cookie: x=y")
    assert answer.status == 302
    assert not set("\r\n") & set(dict(answer.headers)["Location"])


@pytest.mark.parametrize(
    "proof", [{}, {"code_challenge": ""}, {"code_challenge": "c", "code_challenge_method": "plain"}]
)
def test_a_sign_in_without_its_proof_is_refused(caller: Caller, center: Center, proof: dict[str, str]) -> None:
    """A browser's sign-in needs a challenge by S256, or a stolen code would be good for the thief."""
    center.rules.approves_by_itself = True
    parameters = {"client_id": _client(caller)["clientId"], "redirect_uri": BACK, "state": "s"}
    assert caller.get("/authorize", **parameters, **proof).status == 400


def test_only_a_code_that_waits_can_be_approved(caller: Caller, center: Center) -> None:
    """The page shows no code and no button for what nobody asked for; without a code it asks for one."""
    assert caller.get("/practice/device", user_code="ABCD-EFGH").status == 404
    asking = caller.get("/practice/device")
    assert (asking.status, b"<button" in asking.body, b"<input" in asking.body) == (200, False, True)
    device = parsed(caller.post("/device_authorization", **_client(caller), startUrl=COMPANY_URL))
    page = caller.get("/practice/device", user_code=device["userCode"])
    assert (page.status, page.body.count(b"<button")) == (200, 2)
    center.grants.decide("approved", device["userCode"])
    assert caller.get("/practice/device", user_code=device["userCode"]).status == 404


def test_a_body_that_is_no_object_is_an_empty_one(center: Center) -> None:
    """A list, a number or broken JSON for a body is refused like a missing field."""
    for body in (b"[]", b"5", b'"x"', b"{", b"\xff", json.dumps({"clientName": "t"}).encode("utf-16")):
        answer = center.answer(Request("POST", "/client/register", "", {"content-type": "application/json"}, body))
        assert answer.status == 400
