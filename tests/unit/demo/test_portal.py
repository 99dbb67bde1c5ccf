from datetime import timedelta

import pytest
from unit.demo.callers import Caller, Clock, parsed

from awsenv.demo.center import Center
from awsenv.demo.portal import Throttle
from awsenv.demo.story import PARTNER, UNICORN

PLACE = {"role_name": "Developer", "account_id": UNICORN}


@pytest.fixture
def access_token(center: Center) -> str:
    """Give the access token of somebody who signed in at the company."""
    return center.grants.issue("company", "client").access_token


def test_role_credentials(caller: Caller, center: Center, access_token: str) -> None:
    """A role that is assigned gives keys of exactly that account and role, with an expiry in milliseconds."""
    credentials = parsed(caller.get("/federation/credentials", access_token, **PLACE))["roleCredentials"]
    key = center.keyring.find(credentials["accessKeyId"])

    assert key is not None
    assert key.bearer.identity.account_id == UNICORN
    assert "AWSReservedSSO_Developer_" in key.bearer.identity.arn
    assert credentials["expiration"] == (center.now() + timedelta(hours=1)).timestamp() * 1000


@pytest.mark.parametrize(
    "place", [PLACE | {"role_name": "Admin"}, PLACE | {"account_id": PARTNER}, PLACE | {"account_id": "1"}]
)
def test_role_that_is_not_assigned(caller: Caller, access_token: str, place: dict[str, str]) -> None:
    """A role or account that the person does not have is refused as the portal does it: 403, No access."""
    answer = caller.get("/federation/credentials", access_token, **place)

    assert (answer.status, parsed(answer)["message"]) == (403, "No access")
    assert dict(answer.headers)["x-amzn-ErrorType"] == "ForbiddenException"


def test_missing_parameters(caller: Caller, access_token: str) -> None:
    """A request without role or account is invalid, not forbidden."""
    assert caller.get("/federation/credentials", access_token, role_name="Developer").status == 400


@pytest.mark.parametrize("path", ["/federation/credentials", "/assignment/accounts", "/assignment/roles"])
def test_unknown_access_token(caller: Caller, center: Center, path: str) -> None:
    """An access token that is unknown is refused with 401, and the journal says so."""
    answer = caller.get(path, "nobody's", **PLACE)
    call = center.journal.calls()[0]

    assert (answer.status, dict(answer.headers)["x-amzn-ErrorType"]) == (401, "UnauthorizedException")
    assert (call.status, call.code, call.caller) == (401, "UnauthorizedException", None)


def test_expired_access_token(caller: Caller, clock: Clock, access_token: str) -> None:
    """An access token past its expiry is as good as unknown."""
    clock.move(hours=1)

    assert caller.get("/assignment/accounts", access_token).status == 401


def test_accounts_are_paged(caller: Caller, center: Center, access_token: str) -> None:
    """Page by page every account comes once, and the last page names no next one."""
    found, token = list[str](), "0"
    while token is not None:
        page = parsed(caller.get("/assignment/accounts", access_token, max_result="50", next_token=token))
        found += [account["accountId"] for account in page["accountList"]]
        token = page["nextToken"]

    assert found == [account.account_id for account in center.world.companies[0].accounts]


@pytest.mark.parametrize("size", ["0", "101", "many"])
def test_page_of_an_impossible_size(caller: Caller, access_token: str, size: str) -> None:
    """The portal gives from 1 to 100 rows a page and refuses any other number."""
    assert caller.get("/assignment/accounts", access_token, max_result=size).status == 400


def test_roles_of_an_account(caller: Caller, access_token: str) -> None:
    """The roles of an account are those that are assigned in it."""
    roles = parsed(caller.get("/assignment/roles", access_token, account_id=UNICORN))["roleList"]

    assert [role["roleName"] for role in roles] == ["Developer", "ReadOnly"]


def test_roles_of_a_strangers_account(caller: Caller, access_token: str) -> None:
    """Another company's account has no roles to show."""
    assert caller.get("/assignment/roles", access_token, account_id=PARTNER).status == 403


def test_logout(caller: Caller, center: Center, access_token: str) -> None:
    """After a logout the access token is worth nothing."""
    headers = {"x-amz-sso_bearer_token": access_token}
    request = type(caller).request("POST", "/logout", headers)

    assert center.answer(request).status == 200
    assert caller.get("/assignment/accounts", access_token).status == 401


def test_throttle(caller: Caller, center: Center, access_token: str) -> None:
    """With a limit, calls beyond it within a second are refused with 429."""
    center.rules.calls_per_second = 2
    statuses = [caller.get("/assignment/accounts", access_token).status for _ in range(4)]

    assert statuses == [200, 200, 429, 429]


def test_throttle_lets_go() -> None:
    """A second later as many calls pass again."""
    seconds = iter([0.0, 0.5, 1.0])
    throttle = Throttle(lambda: next(seconds))

    assert [throttle.admits(1) for _ in range(3)] == [True, False, True]


def test_a_burst_is_refused_too() -> None:
    """Within a twentieth of a second no more than the burst pass, whatever the second has left."""
    seconds = iter([0.0, 0.01, 0.02, 0.06])
    throttle = Throttle(lambda: next(seconds))

    assert [throttle.admits(20, 2) for _ in range(4)] == [True, True, False, True]


def test_a_refusal_may_name_a_time(caller: Caller, center: Center, access_token: str) -> None:
    """A refusal for haste says when to come again, if it is to."""
    center.rules.calls_per_second = 0
    assert "Retry-After" not in dict(caller.get("/assignment/accounts", access_token).headers)
    center.rules.retry_after = 3

    assert dict(caller.get("/assignment/accounts", access_token).headers)["Retry-After"] == "3"


def test_a_withdrawn_account_is_as_if_there_were_none(caller: Caller, center: Center, access_token: str) -> None:
    """An account that is taken away is neither listed nor told the roles of, and gives no keys."""
    center.rules.withdrawn_accounts = frozenset({UNICORN})
    listed = parsed(caller.get("/assignment/accounts", access_token))["accountList"]

    assert UNICORN not in {account["accountId"] for account in listed}
    assert caller.get("/assignment/roles", access_token, account_id=UNICORN).status == 403
    assert caller.get("/federation/credentials", access_token, **PLACE).status == 403
