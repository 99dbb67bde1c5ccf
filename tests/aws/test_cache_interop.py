import hashlib
import json
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from stage import AWS_V1, AWS_V2, AWSENV, clean_environment, environment_of, furnish, miss, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import MARKETING, UNICORN, expected_identity

ASSUMED = ("deploy", "build", "vendor")
ROLE_CALLS = ("GetRoleCredentials", "AssumeRole", "AssumeRoleWithWebIdentity")
EXPIRED = SignedIn(access_lifetime=timedelta(hours=-1))
WHO_BY_BOTO3 = """
import sys
import boto3
print(boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()["Account"])
"""


def _keys(name: str, household: Household) -> dict[str, str]:
    finished = run([AWSENV, "use", "--json", name], environment_of(household))
    assert (finished.returncode, finished.stderr) == (0, b"")
    answer = json.loads(finished.stdout)
    assert isinstance(answer["set"], dict)
    return answer["set"]


def _answered(command: Sequence[str], household: Household) -> bytes:
    finished = run(command, environment_of(household))
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def _by_aws(name: str, household: Household) -> dict[str, str]:
    answer = json.loads(_answered([AWS_V1, "sts", "get-caller-identity", "--profile", name], household))
    assert isinstance(answer, dict)
    return answer


def _by_boto3(name: str, household: Household) -> str:
    return _answered([sys.executable, "-c", WHO_BY_BOTO3, name], household).decode().strip()


def _role_calls(practice: PracticeServer) -> list[str]:
    return [call.operation for call in practice.journal.calls() if call.operation in ROLE_CALLS]


def _cache(household: Household) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in (household.home / ".aws/cli/cache").glob("*.json")}


@pytest.mark.parametrize("name", [*ASSUMED, "web"])
def test_the_aws_cli_uses_a_role_that_awsenv_fetched(name: str, household: Household, practice: PracticeServer) -> None:
    """After `use`, the AWS CLI is that role by the entry that awsenv wrote, and asks nobody for credentials."""
    keys = _keys(name, household)
    practice.journal.clear()
    account_id, _ = expected_identity(name) or ("", "")
    assert _by_aws(name, household)["Account"] == account_id
    assert [call.operation for call in practice.journal.calls()] == ["GetCallerIdentity"]
    caller = practice.journal.calls()[0].caller
    identity = practice.identity_of(keys["AWS_ACCESS_KEY_ID"])
    assert identity is not None
    assert caller == identity.arn


@pytest.mark.parametrize("name", [*ASSUMED, "web"])
def test_awsenv_uses_a_role_that_the_aws_cli_fetched(name: str, household: Household, practice: PracticeServer) -> None:
    """After the AWS CLI's own call, `use` takes the entry that it wrote, and makes no request at all."""
    arn = _by_aws(name, household)["Arn"]
    practice.journal.clear()
    before = _cache(household)
    identity = practice.identity_of(_keys(name, household)["AWS_ACCESS_KEY_ID"])
    assert identity is not None
    assert identity.arn == arn
    assert practice.journal.count() == 0
    assert _cache(household) == before


def test_both_write_the_same_entries(tmp_path: Path, practice: PracticeServer) -> None:
    """For each kind of role, awsenv files under the names of the AWS CLI and with its fields."""
    ours, theirs = furnish(tmp_path / "ours", practice), furnish(tmp_path / "theirs", practice)
    for name in ASSUMED:
        _keys(name, ours)
        _by_aws(name, theirs)
    own, cli = _cache(ours), _cache(theirs)
    # What a chain goes through awsenv files too, as if it were asked for by itself; the AWS CLI does only in version 2.
    assert cli.keys() < own.keys()
    for name, entry in cli.items():
        assert own[name].keys() == entry.keys()
        for part in ("Credentials", "AssumedRoleUser"):
            assert own[name][part].keys() == entry[part].keys()
        assert own[name]["Credentials"]["Expiration"][-1] == entry["Credentials"]["Expiration"][-1] == "Z"


@pytest.mark.parametrize("their_program", ["aws", "boto3"])
def test_others_use_a_token_that_awsenv_refreshed(their_program: str, tmp_path: Path, practice: PracticeServer) -> None:
    """An expired access token that awsenv refreshed serves the AWS CLI and boto3 without another refresh."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    _keys("unicorn", household)
    assert practice.journal.count("CreateToken") == 1
    if their_program == "aws":
        account_id = _by_aws("marketing", household)["Account"]
    else:
        account_id = _by_boto3("marketing", household)
    assert (account_id, practice.journal.count("CreateToken")) == (MARKETING, 1)


@pytest.mark.parametrize("their_program", ["aws", "boto3"])
def test_awsenv_uses_a_token_that_others_refreshed(
    their_program: str, tmp_path: Path, practice: PracticeServer
) -> None:
    """An expired access token that the AWS CLI or boto3 refreshed serves awsenv without another refresh."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    if their_program == "aws":
        _by_aws("marketing", household)
    else:
        _by_boto3("marketing", household)
    assert practice.journal.count("CreateToken") == 1
    assert _keys("unicorn", household)["AWSENV_ACCOUNT_ID"] == UNICORN
    assert practice.journal.count("CreateToken") == 1


def test_refreshes_go_from_hand_to_hand(tmp_path: Path, practice: PracticeServer) -> None:
    """awsenv, boto3 and the AWS CLI refresh one file in turn, each with the refresh token that the one before left."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    path = household.token_path("company")

    def expire() -> None:
        over = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        path.write_text(json.dumps(json.loads(path.read_text()) | {"expiresAt": over}))

    # A profile each, so that no cached role spares anybody the token.
    _keys("unicorn", household)
    expire()
    _by_boto3("unicorn", household)
    expire()
    _keys("awesome", household)
    expire()
    _by_aws("unicorn", household)
    expire()
    _keys("marketing", household)
    calls = practice.journal.calls("CreateToken")
    assert [(call.status, call.caller) for call in calls] == [(200, "company")] * 5


@pytest.fixture
def stopped(household: Household, practice: PracticeServer) -> Iterator[dict[str, dict[str, str]]]:
    """Give the keys of three profiles that awsenv fetched before the practice server went away."""
    keys = {name: _keys(name, household) for name in ("unicorn", "legacy", "partner")}
    practice.stop()
    yield keys
    assert set(_role_calls(practice)) == {"GetRoleCredentials"}


def _needs_v2() -> None:
    if not Path(AWS_V2).exists():
        reason = f"no {AWS_V2} here: apt-get install awscli"
        miss(reason)


def test_version_2_reads_an_entry_that_awsenv_wrote(household: Household, stopped: dict[str, dict[str, str]]) -> None:
    """Without any network, `aws configure export-credentials` of version 2 prints the very keys that `use` set."""
    _needs_v2()
    # Version 2 reads no endpoint here: the practice variables say nothing to it, and nobody is there to answer.
    environment = clean_environment({"HOME": str(household.home), "AWS_EC2_METADATA_DISABLED": "true"})
    for name, keys in stopped.items():
        command = [AWS_V2, "configure", "export-credentials", "--profile", name, "--format", "process"]
        finished = run(command, environment)
        assert finished.returncode == 0, finished.stderr
        printed = json.loads(finished.stdout)
        assert printed["AccessKeyId"] == keys["AWS_ACCESS_KEY_ID"]
        assert printed["SecretAccessKey"] == keys["AWS_SECRET_ACCESS_KEY"]
        assert printed["SessionToken"] == keys["AWS_SESSION_TOKEN"]
        until = datetime.fromisoformat(printed["Expiration"].replace("Z", "+00:00"))
        assert until == datetime.fromisoformat(keys["AWS_CREDENTIAL_EXPIRATION"].replace("Z", "+00:00"))


def test_version_2_lists_the_same_profiles(household: Household) -> None:
    """`awsenv list` has the names of `aws configure list-profiles`, in its order."""
    _needs_v2()
    theirs = _answered([AWS_V2, "configure", "list-profiles"], household).decode().splitlines()
    ours = [profile["name"] for profile in json.loads(_answered([AWSENV, "list", "--json"], household))]
    assert ours == theirs


def test_what_awsenv_writes_is_private(tmp_path: Path, practice: PracticeServer) -> None:
    """Under any umask, every file that awsenv makes is 0600 and every folder 0700, and it makes them only in .aws."""
    for mask in (0o000, 0o022, 0o077, 0o177):
        household = furnish(tmp_path / f"home{mask:03o}", practice, EXPIRED)
        before = set(household.home.rglob("*"))
        token = household.token_path("company")
        inode = token.stat().st_ino
        finished = subprocess.run(
            [AWSENV, "use", "--json", "deploy"],
            env=environment_of(household),
            capture_output=True,
            umask=mask,
            check=False,
        )
        assert (finished.returncode, finished.stderr) == (0, b"")
        made = set(household.home.rglob("*")) - before
        assert {path.relative_to(household.home).parts[0] for path in made} == {".aws"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o700}
        assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}
        assert {path.parent.name for path in made if path.suffix == ".json"} == {"cache"}
        assert (token.stat().st_ino != inode, stat.S_IMODE(token.stat().st_mode)) == (True, 0o600)


def test_an_entry_of_another_account_is_not_used(household: Household, practice: PracticeServer) -> None:
    """An entry that says it is of another account than the role's is fetched anew, with a warning."""
    _keys("unicorn", household)
    path = next((household.home / ".aws/cli/cache").glob("*.json"))
    entry = json.loads(path.read_text())
    path.write_text(json.dumps(entry | {"Credentials": entry["Credentials"] | {"AccountId": MARKETING}}))
    finished = run([AWSENV, "use", "--json", "unicorn"], environment_of(household))
    assert (finished.returncode, practice.journal.count("GetRoleCredentials")) == (0, 2)
    assert b"counts as absent" in finished.stderr
    assert json.loads(path.read_text())["Credentials"]["AccountId"] == UNICORN


def test_an_sso_entry_has_the_name_that_the_aws_cli_gives_it(household: Household) -> None:
    """An SSO role is filed under the SHA-1 of its minified, sorted JSON, by session name or by start URL."""
    _keys("unicorn", household)
    key = {"accountId": UNICORN, "roleName": "Developer", "sessionName": "company"}
    text = json.dumps(key, sort_keys=True, separators=(",", ":"))
    name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    entry = _cache(household)[f"{name}.json"]
    assert (entry["ProviderType"], entry["Credentials"]["AccountId"]) == ("sso", UNICORN)
