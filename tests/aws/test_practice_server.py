"""The practice Identity Center against its judges: boto3 and the AWS CLI, each in a process of its own."""

import fnmatch
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from awsenv.demo.faults import Fault, Kind
from awsenv.demo.household import Household, SignedIn, write_household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import COMPANY_URL, MFA_SERIAL, PROFILES, UNICORN, expected_identity, story

AWS = str(Path(sys.executable).with_name("aws"))
NAMES = [profile.name for profile in PROFILES if profile.account_id is not None]
BOTO3 = """
import json, os, boto3, botocore.session
session = botocore.session.Session(profile=os.environ["PROFILE"])
provider = session.get_component("credential_provider").get_provider("assume-role")
provider._prompter = lambda question: os.environ["MFA_CODE"]
identity = boto3.Session(botocore_session=session).client("sts").get_caller_identity()
print(json.dumps([identity["Account"], identity["Arn"]]))
"""


@pytest.fixture(autouse=True)
def _nobodys_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # boto3 also runs inside this process, where the developer's own settings would take part.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Give a started server, and demand that nothing failed inside it."""
    with PracticeServer(story(more_accounts=250)) as server:
        yield server
    assert server.failures == []


@pytest.fixture
def household(practice: PracticeServer, tmp_path: Path) -> Household:
    """Give the home folder of somebody who is signed in everywhere."""
    return write_household(tmp_path / "home", practice)


def _environment(household: Household, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS", "PYTHON"))}
    return inherited | household.environment() | more


def _run(command: list[str], environment: dict[str, str], answers: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: PLW1510 - each test says which exit code it expects
        command, env=environment, input=answers, capture_output=True, text=True, timeout=120
    )


def _aws(household: Household, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return _run([AWS, *arguments], _environment(household), answers)


def _client(practice: PracticeServer, service: str) -> Any:
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, read_timeout=5)
    return boto3.Session().client(service, region_name="eu-west-1", endpoint_url=practice.url, config=config)


def _is_expected(profile_name: str, account_id: str, arn: str) -> bool:
    expected = expected_identity(profile_name)
    return expected is not None and account_id == expected[0] and fnmatch.fnmatchcase(arn, expected[1])


@pytest.mark.parametrize("profile_name", NAMES)
def test_boto3_is_who_the_story_says(household: Household, profile_name: str) -> None:
    """With each profile of the story boto3 is the identity that the story says, and the server saw that call."""
    practice = household.practice
    code = practice.keyring.mfa_code(MFA_SERIAL)
    answer = _run([sys.executable, "-c", BOTO3], _environment(household, PROFILE=profile_name, MFA_CODE=code))

    assert answer.returncode == 0, answer.stderr
    account_id, arn = json.loads(answer.stdout)
    assert _is_expected(profile_name, account_id, arn)
    assert [call.caller for call in practice.journal.calls("GetCallerIdentity")] == [arn]


@pytest.mark.parametrize("profile_name", NAMES)
def test_the_aws_cli_is_who_the_story_says(household: Household, profile_name: str) -> None:
    """With each profile of the story the AWS CLI is the identity that the story says; its MFA prompt is answered."""
    code = household.practice.keyring.mfa_code(MFA_SERIAL)
    answer = _aws(household, "--profile", profile_name, "sts", "get-caller-identity", answers=f"{code}\n")

    assert answer.returncode == 0, answer.stderr
    identity = json.loads(answer.stdout[answer.stdout.index("{") :])
    assert _is_expected(profile_name, identity["Account"], identity["Arn"])


def test_default_profile_is_nobody(household: Household) -> None:
    """The story's `[default]` gives no credentials, so that nothing works by accident."""
    assert _aws(household, "sts", "get-caller-identity").returncode != 0
    assert household.practice.journal.count() == 0


def test_chain_over_two_roles(household: Household) -> None:
    """The two-step chain asks the portal once and STS twice, each time as the one before."""
    _aws(household, "--profile", "audit", "sts", "get-caller-identity")
    calls = household.practice.journal.calls()

    assert [call.operation for call in calls] == ["GetRoleCredentials", "AssumeRole", "AssumeRole", "GetCallerIdentity"]
    assert "/AWSReservedSSO_Developer_" in str(calls[1].caller)
    assert ":assumed-role/Deploy/" in str(calls[2].caller)


def test_journal_holds_no_secret(household: Household) -> None:
    """Nothing secret that the server ever gave out stands in its journal."""
    for name in ("audit", "web", "partner"):
        _aws(household, "--profile", name, "sts", "get-caller-identity")
    journal = repr(household.practice.journal.calls())

    assert not [secret for secret in household.practice.secrets() if secret in journal]


def test_boto3_renews_an_expired_token(practice: PracticeServer, tmp_path: Path) -> None:
    """An expired access token with a refresh token is renewed by boto3, and the new one is in the file."""
    household = write_household(tmp_path, practice, SignedIn(access_lifetime=timedelta(minutes=-5)))
    before = household.token_path("company").read_text()
    answer = _run([sys.executable, "-c", BOTO3], _environment(household, PROFILE="awesome", MFA_CODE=""))

    assert answer.returncode == 0, answer.stderr
    assert [call.status for call in practice.journal.calls("CreateToken")] == [200]
    assert household.token_path("company").read_text() != before


@pytest.mark.parametrize("legacy", [True, False])
def test_dead_tokens_are_dead(practice: PracticeServer, tmp_path: Path, legacy: bool) -> None:  # noqa: FBT001 - a case
    """An expired access token that nothing renews stops the AWS CLI, for an sso-session as for a legacy profile."""
    state = SignedIn(access_lifetime=timedelta(minutes=-5), has_refresh_token=False)
    household = write_household(tmp_path, practice, state)
    answer = _aws(household, "--profile", "legacy" if legacy else "awesome", "sts", "get-caller-identity")

    assert answer.returncode != 0
    assert practice.journal.count("GetRoleCredentials") == 0


def test_withdrawn_token(household: Household) -> None:
    """A token that an administrator ended is refused, although its file says that it is good."""
    household.practice.grants.withdraw("company")
    answer = _aws(household, "--profile", "awesome", "sts", "get-caller-identity")

    assert answer.returncode != 0
    assert [call.status for call in household.practice.journal.calls()] == [401]


def test_strict_rotation_under_16_threads(practice: PracticeServer) -> None:
    """Of 16 simultaneous refreshes with one refresh token one is answered and 15 are refused."""
    oidc = _client(practice, "sso-oidc")
    client = oidc.register_client(clientName="test", clientType="public")
    tokens = practice.grants.issue("company", client["clientId"])
    practice.faults.set("CreateToken", Fault("delay", seconds=0.05))

    def refresh(_: int) -> str:
        try:
            oidc.create_token(
                clientId=client["clientId"],
                clientSecret=client["clientSecret"],
                grantType="refresh_token",
                refreshToken=tokens.refresh_token,
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "renewed"

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(refresh, range(16)))

    assert answers == ["InvalidGrantException"] * 15 + ["renewed"]
    assert practice.journal.count("CreateToken") == 16


def test_device_flow(practice: PracticeServer) -> None:
    """boto3 signs in by device code: pending, approved, and a token that the portal takes."""
    oidc = _client(practice, "sso-oidc")
    client = oidc.register_client(clientName="test", clientType="public", scopes=["sso:account:access"])
    own = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
    device = oidc.start_device_authorization(**own, startUrl=COMPANY_URL)
    grant = {"grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": device["deviceCode"]}

    with pytest.raises(oidc.exceptions.AuthorizationPendingException):
        oidc.create_token(**own, **grant)
    practice.grants.decide("approved")
    access_token = oidc.create_token(**own, **grant)["accessToken"]
    credentials = _client(practice, "sso").get_role_credentials(
        roleName="ReadOnly", accountId=UNICORN, accessToken=access_token
    )

    assert practice.identity_of(credentials["roleCredentials"]["accessKeyId"])


def test_accounts_by_paginator(practice: PracticeServer) -> None:
    """boto3's paginator finds every account once."""
    access_token = practice.grants.issue("company", "client").access_token
    pages = _client(practice, "sso").get_paginator("list_accounts").paginate(accessToken=access_token)
    found = [account["accountId"] for page in pages for account in page["accountList"]]

    assert found == [account.account_id for account in practice.world.companies[0].accounts]
    assert practice.journal.count("ListAccounts") == 3


def test_logout(practice: PracticeServer) -> None:
    """After boto3's logout the access token is refused."""
    sso = _client(practice, "sso")
    access_token = practice.grants.issue("company", "client").access_token
    sso.logout(accessToken=access_token)

    with pytest.raises(sso.exceptions.UnauthorizedException):
        sso.list_account_roles(accessToken=access_token, accountId=UNICORN)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (401, "UnauthorizedException"),
        (403, "ClientError"),
        (404, "ResourceNotFoundException"),
        (429, "TooManyRequestsException"),
        (500, "ClientError"),
        (502, "ClientError"),
        (503, "ClientError"),
        (504, "ClientError"),
        ("reset", "ConnectionClosedError"),
        ("lost", "ConnectionClosedError"),
        ("time-out", "ReadTimeoutError"),
        ("redirect", "ClientError"),
        ("wrong-types", "AttributeError"),
    ],
)
def test_faults_as_boto3_sees_them(practice: PracticeServer, fault: Kind | int, name: str) -> None:
    """Each fault of the portal reaches boto3 as the error that the real trouble would be."""
    practice.faults.set("ListAccounts", fault)
    access_token = practice.grants.issue("company", "client").access_token

    with pytest.raises(Exception, match=r".+") as caught:
        _client(practice, "sso").list_accounts(accessToken=access_token)
    assert type(caught.value).__name__ == name
    assert [call.fault for call in practice.journal.calls()] == [fault if isinstance(fault, str) else "error"]


@pytest.mark.parametrize("fault", ["empty", "html", "truncated"])
def test_faults_that_boto3_swallows(practice: PracticeServer, fault: Kind) -> None:
    """A page, or half an answer, reaches boto3 as an answer without content: whoever reads it must look first."""
    practice.faults.set("ListAccounts", fault)
    access_token = practice.grants.issue("company", "client").access_token

    assert "accountList" not in _client(practice, "sso").list_accounts(accessToken=access_token)
