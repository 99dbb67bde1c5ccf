from datetime import datetime

import pytest
from unit.demo.callers import Caller, parsed

from awsenv.demo.center import Center
from awsenv.demo.faults import Fault
from awsenv.demo.story import AWESOME, COMPANY_URL, MFA_SERIAL
from awsenv.demo.wire import Request


def _ask(center: Center, method: str, path: str, query: str = "") -> int:
    return center.answer(Request(method, f"/practice/{path}", query)).status


def test_journal_can_be_read_from_outside(caller: Caller, center: Center) -> None:
    """Another process reads the journal, of one operation or whole, and clears it."""
    caller.get("/assignment/accounts", "nobody's")
    caller.get("/somewhere")
    rows = parsed(caller.get("/practice/journal", operation="ListAccounts"))["calls"]

    assert [(row["operation"], row["status"]) for row in rows] == [("ListAccounts", 401)]
    assert datetime.fromisoformat(rows[0]["at"]) == center.now()
    assert len(parsed(caller.get("/practice/journal"))["calls"]) == 2
    assert _ask(center, "DELETE", "journal") == 200
    assert center.journal.count() == 0


def test_faults_can_be_switched_from_outside(caller: Caller, center: Center) -> None:
    """Another process switches a fault on, with its particulars, and off."""
    caller.post("/practice/faults", operation="Logout", status=429, retry_after=3, times=1)
    caller.post("/practice/faults", operation="CreateToken", kind="reset")

    assert center.faults.take("Logout") == Fault("error", 429, retry_after=3)
    assert _ask(center, "DELETE", "faults", "operation=CreateToken") == 200
    assert center.faults.take("CreateToken") is None


@pytest.mark.parametrize(
    "fields", [{}, {"operation": "Logout", "kind": "sneeze"}, {"operation": "Logout", "colour": "red"}]
)
def test_senseless_fault(caller: Caller, fields: dict[str, str]) -> None:
    """A fault without an operation, of no kind, or with an unknown word is an error and switches nothing."""
    assert caller.post("/practice/faults", **fields).status == 400


def test_mfa_code_from_outside(caller: Caller) -> None:
    """Another process reads the next code of a device."""
    assert len(parsed(caller.get("/practice/mfa", serial=MFA_SERIAL))["code"]) == 6
    assert caller.get("/practice/mfa", serial="nobody's").status == 400


def test_process_keys(caller: Caller, center: Center) -> None:
    """The story's credential_process gets fresh keys each time, and the journal counts how often it ran."""
    first, second = (parsed(caller.get("/practice/process", name="process")) for _ in range(2))
    key = center.keyring.find(first["AccessKeyId"])

    assert key is not None
    assert key.bearer.identity.account_id == AWESOME
    assert first["Version"] == 1
    assert first["AccessKeyId"] != second["AccessKeyId"]
    assert center.journal.count("CredentialProcess") == 2


def test_device_page(caller: Caller, center: Center) -> None:
    """The device page shows the code and both answers; pressing one decides, once."""
    client = center.grants.register("test", None, (), ())
    fields = {"clientId": client.client_id, "clientSecret": client.client_secret}
    device = parsed(caller.post("/device_authorization", **fields, startUrl=COMPANY_URL))
    page = caller.get("/practice/device", user_code=device["userCode"])

    assert device["userCode"].encode() in page.body
    assert caller.post("/practice/device", user_code=device["userCode"], decision="deny").status == 200
    known = center.grants.device(device["deviceCode"])
    assert known is not None
    assert known.decision == "denied"
    assert caller.post("/practice/device", user_code=device["userCode"]).status == 404


def test_withdrawal_from_outside(caller: Caller, center: Center) -> None:
    """Another process ends an sso-session as an administrator would."""
    tokens = center.grants.issue("company", "client")
    caller.post("/practice/withdraw", sso_session_name="company")

    assert center.grants.sso_session_of(tokens.access_token) is None


def test_other_pages(caller: Caller, center: Center) -> None:
    """The captive portal is a page; anything else under /practice/ is not there."""
    assert caller.get("/practice/captive-portal").content_type.startswith("text/html")
    assert _ask(center, "GET", "nothing") == 404
