import json
import os
import socket
import stat
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from stage import AWS_V1, AWSENV, at_most, environment_of, furnish, run

from awsenv.demo.faults import Fault
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import AWESOME, COMPANY_URL, MARKETING, REGION

OF_THE_COMPANY = ("awesome", "unicorn", "deploy", "audit")
ELSEWHERE = ("partner", "legacy", "again", "third", "build", "again-chained")
ONE_WAIT = at_most(15.0)

# Beside the story's company, partner and legacy start URL: two sessions more, one of them with the company's own
# start URL, and a chain of roles that hangs on it.
MORE = f"""
[sso-session again]
sso_start_url = {COMPANY_URL}
sso_region = {REGION}
sso_registration_scopes = sso:account:access

[sso-session third]
sso_start_url = {COMPANY_URL}
sso_region = {REGION}

[profile again]
sso_session = again
sso_account_id = {AWESOME}
sso_role_name = Developer
region = {REGION}

[profile again-chained]
role_arn = arn:aws:iam::{MARKETING}:role/Deploy
source_profile = again-unicorn
duration_seconds = 3600
region = {REGION}

[profile again-unicorn]
sso_session = again
sso_account_id = 222233334444
sso_role_name = Developer

[profile third]
sso_session = third
sso_account_id = {AWESOME}
sso_role_name = ReadOnly
region = {REGION}
"""


@pytest.fixture
def five(household: Household) -> Household:
    """Return a household with five sign-ins."""
    with household.config_path.open("a") as config:
        config.write(MORE)
    for name in ("again", "third"):
        _sign_in(household, name)
    return household


@pytest.fixture
def five_used(five: Household) -> Household:
    """Return a household with five sign-ins, and cached credentials of every profile that hangs on one."""
    for name in (*OF_THE_COMPANY, *ELSEWHERE):
        assert _awsenv(five, "exec", name, "--", "true").returncode == 0, name
    five.practice.journal.clear()
    return five


def _sign_in(household: Household, name: str, lifetime: timedelta = timedelta(hours=1)) -> str:
    grants = household.practice.grants
    client = grants.enroll(name, "company", timedelta(days=90))
    found = grants.seed("company", client.client_id, lifetime)
    fields = {
        "startUrl": COMPANY_URL,
        "region": REGION,
        "accessToken": found.access_token,
        "expiresAt": found.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        "registrationExpiresAt": client.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "refreshToken": found.refresh_token,
    }
    household.token_path(name).write_text(json.dumps(fields))
    return found.access_token


def _awsenv(household: Household, *arguments: str, **more: str) -> Any:
    return run([AWSENV, *arguments], environment_of(household, more))


def _files(household: Household) -> dict[Path, bytes]:
    folders = (household.home / ".aws" / each / "cache" for each in ("sso", "cli"))
    return {path: path.read_bytes() for folder in folders for path in folder.glob("*.json")}


def _access_token(household: Household, key: str) -> str:
    return str(json.loads(household.token_path(key).read_text())["accessToken"])


def test_logout_of_one_of_five_leaves_four(five_used: Household) -> None:
    """What belongs to the named session goes, its chained roles included; all else is the same to the byte."""
    before, dead = _files(five_used), _access_token(five_used, "company")

    finished = _awsenv(five_used, "logout", "--sso-session", "company")

    after = _files(five_used)
    assert (finished.returncode, finished.stdout) == (0, b"")
    gone = set(before) - set(after)
    assert five_used.token_path("company") in gone
    # Its token, and an entry for each of its four profiles.
    assert len(gone) == 1 + len(OF_THE_COMPANY)
    assert {path: content for path, content in before.items() if path not in gone} == after
    assert [call.operation for call in five_used.practice.journal.calls()] == ["Logout"]
    grants = five_used.practice.grants
    assert grants.sso_session_of(dead) is None
    assert grants.sso_session_of(_access_token(five_used, "again")) == "company"
    said = finished.stderr.decode().splitlines()
    assert said == [
        "awsenv: signed out of company; cached credentials of 4 roles removed",
        "awsenv: keys already handed out to shells and programs live until they expire",
    ]
    for name in OF_THE_COMPANY:
        assert _awsenv(five_used, "exec", "--no-login", name, "--", "true").returncode == 125, name
        refused = _awsenv(five_used, "use", "--shell", "sh", name)
        assert (refused.returncode, b"AWS_" in refused.stdout) == (4, False), name
        assert b"hint: awsenv login --sso-session company" in refused.stderr
    five_used.practice.journal.clear()
    for name in ELSEWHERE:
        assert _awsenv(five_used, "exec", name, "--", "true").returncode == 0, name
    assert five_used.practice.journal.count() == 0


def test_a_chained_entry_of_the_aws_cli_goes_too(household: Household) -> None:
    """What the AWS CLI itself cached for a chained role works for nobody after the logout."""
    environment = environment_of(household)
    for name in ("deploy", "audit", "unicorn"):
        assert run([AWS_V1, "sts", "get-caller-identity", "--profile", name], environment).returncode == 0
    entries = list((household.home / ".aws/cli/cache").glob("*.json"))
    assert len(entries) == 2

    assert _awsenv(household, "logout", "audit").returncode == 0

    assert list((household.home / ".aws/cli/cache").glob("*.json")) == []
    household.practice.journal.clear()
    for name in ("deploy", "audit", "unicorn"):
        assert run([AWS_V1, "sts", "get-caller-identity", "--profile", name], environment).returncode != 0
        assert _awsenv(household, "use", "--shell", "sh", name).returncode == 4
    assert household.practice.journal.count() == 0


def test_all_is_every_session_and_only_by_name(five_used: Household) -> None:
    """`--all` leaves no token and no entry that hangs on one; without it and without a name nothing is guessed."""
    before = _files(five_used)
    unclear = _awsenv(five_used, "logout")
    assert (unclear.returncode, _files(five_used)) == (2, before)
    assert b"company" in unclear.stderr

    assert _awsenv(five_used, "logout", "--all").returncode == 0

    left = _files(five_used)
    assert not any(b"accessToken" in content for content in left.values())
    assert [path.name for path in left if path.parts[-3] == "cli"] == [
        path.name for path in before if path.parts[-3] == "cli" and b"AROA" in before[path] and b"Build" in before[path]
    ]
    assert five_used.practice.journal.count("Logout") == 5
    again = _awsenv(five_used, "logout", "--all")
    assert again.returncode == 0
    assert again.stderr.decode().splitlines() == [
        f"awsenv: not signed in to {name}" for name in ("company", "partner", "again", "third", COMPANY_URL)
    ]
    assert five_used.practice.journal.count("Logout") == 5


def test_a_legacy_start_url_is_its_own_session(five_used: Household) -> None:
    """The sign-in under a start URL goes by its profile, and that of a named session at the same URL stays."""
    before = _files(five_used)
    assert _awsenv(five_used, "logout", "legacy").returncode == 0
    gone = set(before) - set(_files(five_used))
    assert five_used.token_path(COMPANY_URL) in gone
    assert len(gone) == 2
    assert _awsenv(five_used, "exec", "again", "--", "true").returncode == 0


def test_a_dead_network_keeps_no_file(five: Household) -> None:
    """Where Identity Center cannot be told, the files go all the same, and a warning says what is not known there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    finished = _awsenv(five, "logout", "unicorn", AWS_ENDPOINT_URL_SSO=nowhere)
    assert finished.returncode == 0
    assert b"Identity Center was not told that company is over" in finished.stderr
    assert not five.token_path("company").exists()
    assert five.practice.journal.count() == 0


def test_a_black_hole_costs_one_wait_however_many_sessions(five: Household) -> None:
    """Five sessions and a server that never answers: they are told at once, and the wait is that for one."""
    five.practice.faults.set("Logout", "time-out")
    started = time.monotonic()
    finished = _awsenv(five, "logout", "--all")
    assert time.monotonic() - started < ONE_WAIT
    assert (finished.returncode, finished.stderr.count(b"was not told")) == (0, 5)
    assert not any(b"accessToken" in content for content in _files(five).values())


def test_a_sign_in_that_is_over_at_the_server_is_no_failure(household: Household) -> None:
    """What an administrator has ended already needs no words: the access token is not taken, nor what renews it."""
    household.practice.grants.withdraw("company")
    finished = _awsenv(household, "logout", "unicorn")
    assert (finished.returncode, b"warning" in finished.stderr) == (0, False)
    assert [call.operation for call in household.practice.journal.calls()] == ["Logout", "CreateToken"]


@pytest.mark.parametrize("fault", [400, 403, 404, 500, Fault("error", status=400, code="InvalidRequestException")])
def test_a_server_that_refuses_is_told_of(household: Household, fault: Any) -> None:
    """Whatever else the server says than that the sign-in is over, it may live on there, and a warning says so."""
    household.practice.faults.set("Logout", fault)
    finished = _awsenv(household, "logout", "unicorn")
    assert finished.returncode == 0
    assert b"Identity Center was not told that company is over" in finished.stderr
    assert not household.token_path("company").exists()


def test_an_access_token_that_only_the_server_calls_over_is_renewed_first(household: Household) -> None:
    """A server whose clock is ahead takes the access token for over; what renews the sign-in is ended all the same."""
    fields = json.loads(household.token_path("company").read_text())
    household.practice.faults.set("Logout", 401, times=1)
    assert _awsenv(household, "logout", "unicorn").returncode == 0
    assert [call.operation for call in household.practice.journal.calls()] == ["Logout", "CreateToken", "Logout"]
    assert household.practice.grants.refresh(fields["clientId"], fields["refreshToken"]) is None


@pytest.mark.parametrize(
    ("lifetime", "refreshable", "told"),
    [(timedelta(hours=1), True, 1), (timedelta(hours=-1), True, 1), (timedelta(hours=-1), False, 0)],
)
def test_the_server_is_told_of_what_lives_there(
    tmp_path: Path, practice: PracticeServer, lifetime: timedelta, *, refreshable: bool, told: int
) -> None:
    """A sign-in that can still be renewed is ended there too; one that is over needs no request."""
    state = SignedIn(access_lifetime=lifetime, has_refresh_token=refreshable)
    household = furnish(tmp_path / "home", practice, state)
    client_id, refresh = (
        json.loads(household.token_path("company").read_text()).get(n) for n in ("clientId", "refreshToken")
    )
    assert _awsenv(household, "logout", "unicorn").returncode == 0
    assert practice.journal.count("Logout") == told
    assert not household.token_path("company").exists()
    if refreshable:
        assert practice.grants.refresh(client_id, refresh) is None
        # An access token that is over ends nothing by itself.
        renewed = practice.journal.count("CreateToken")
        assert renewed == (1 if lifetime < timedelta() else 0)


def test_a_file_that_cannot_go_is_an_error_and_the_server_knows(household: Household) -> None:
    """Where a token's place is not to be removed, the exit code says so, and the sign-in is over at the server."""
    path = household.token_path("company")
    content = path.read_text()
    access_token = json.loads(content)["accessToken"]
    folder = household.home / "elsewhere"
    folder.mkdir()
    path.unlink()
    path.symlink_to(folder / "gone" / "token.json")
    finished = _awsenv(household, "logout", "unicorn")
    assert finished.returncode in (0, 7)
    path.unlink(missing_ok=True)
    path.write_text(content)
    assert _awsenv(household, "logout", "unicorn").returncode == 0
    assert household.practice.grants.sso_session_of(access_token) is None


def _status(household: Household, *arguments: str) -> list[dict[str, Any]]:
    finished = _awsenv(household, "status", "--json", *arguments)
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    assert isinstance(found, list)
    return found


def test_status_tells_every_session(five: Household) -> None:
    """Named sessions in the order of the file, then legacy start URLs: URL, region, state and expiry of each."""
    _sign_in(five, "again", timedelta(hours=-1))
    five.token_path("third").unlink()
    found = {entry["name"]: entry for entry in _status(five)}
    assert list(found) == ["company", "partner", "again", "third", None]
    assert {name: entry["state"] for name, entry in found.items()} == {
        "company": "valid",
        "partner": "valid",
        "again": "renewable",
        "third": "dead",
        None: "valid",
    }
    assert list(found["company"]) == ["name", "start_url", "region", "state", "expires_at"]
    assert (found[None]["start_url"], found[None]["region"]) == (COMPANY_URL, REGION)
    expires_at = datetime.fromisoformat(found["company"]["expires_at"].replace("Z", "+00:00"))
    assert timedelta(minutes=50) < expires_at - datetime.now(timezone.utc) <= timedelta(hours=1)
    assert found["third"]["expires_at"] is None
    table = _awsenv(five, "status").stdout.decode().splitlines()
    assert table[0].split() == ["SSO-SESSION", "START", "URL", "REGION", "STATE", "LEFT"]
    assert [line.split()[0] for line in table[1:]] == ["company", "partner", "again", "third", "(legacy)"]
    assert five.practice.journal.count() == 0


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("third",), "awsenv login --sso-session third"),
        (("--sso-session", "third"), "awsenv login --sso-session third"),
        (("legacy",), "awsenv login legacy"),
        ((), "awsenv login --all"),
    ],
)
def test_check_ends_4_and_says_which_login(five: Household, arguments: tuple[str, ...], hint: str) -> None:
    """`--check` is silent and 0 while no login is needed, and else 4 with the very command to type."""
    assert _awsenv(five, "status", "--check", *arguments).returncode == 0
    five.token_path("third").unlink()
    five.token_path(COMPANY_URL).unlink()
    finished = _awsenv(five, "status", "--check", *arguments)
    assert finished.returncode == 4
    assert finished.stderr.decode().splitlines()[-1] == f"hint: {hint}"
    # A renewable one needs nobody.
    assert _awsenv(five, "status", "--check", "unicorn").returncode == 0


def test_a_sign_in_that_only_looks_refreshable_is_dead(tmp_path: Path, practice: PracticeServer) -> None:
    """Without a refresh token, with its registration over, or as a legacy one: an expired token needs a login."""
    state = SignedIn(access_lifetime=timedelta(hours=-1), registration_lifetime=timedelta(days=-1))
    household = furnish(tmp_path / "home", practice, state)
    assert {entry["state"] for entry in _status(household)} == {"dead"}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"accessToken": "x"}', "\x00", '{"expiresAt": 1, "accessToken": 2}']
)
def test_a_damaged_token_is_dead_and_goes(household: Household, content: str) -> None:
    """A file that holds no token is told of, counts as no sign-in, and is removed by a logout."""
    household.token_path("company").write_text(content)
    finished = _awsenv(household, "status", "--json")
    assert finished.returncode == 0
    assert json.loads(finished.stdout)[0]["state"] == "dead"
    assert b"counts as absent" in finished.stderr
    assert _awsenv(household, "logout", "unicorn").returncode == 0
    assert not household.token_path("company").exists()
    assert household.practice.journal.count() == 0


def test_a_token_of_another_start_url_is_not_sent_to_this_one(household: Household) -> None:
    """A file under this session's name that was issued for another company: absent, and never shown to anybody."""
    path = household.token_path("company")
    fields = json.loads(path.read_text()) | {"startUrl": "https://other.awsapps.com/start"}
    path.write_text(json.dumps(fields))
    assert _status(household, "unicorn")[0]["state"] == "dead"
    assert _awsenv(household, "use", "--shell", "sh", "unicorn").returncode == 4
    assert _awsenv(household, "logout", "unicorn").returncode == 0
    assert household.practice.journal.count() == 0


def test_nothing_in_the_cache_is_loosened(household: Household) -> None:
    """After use and logout every file and folder of the caches is the user's alone."""
    assert _awsenv(household, "exec", "unicorn", "--", "true").returncode == 0
    assert _awsenv(household, "logout", "partner").returncode == 0
    for root, folders, files in os.walk(household.home / ".aws"):
        for name in (*folders, *files):
            assert stat.S_IMODE((Path(root) / name).lstat().st_mode) & 0o077 == 0, name


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("logout", "--sso-session", "compny"), 3, 'did you mean "company"?'),
        (("status", "--sso-session", "nothing"), 3, "awsenv status"),
        (("logout", "unicorm"), 3, "unicorn"),
        (("logout", "robot"), 3, "has no sso-session behind it"),
        (("status", "--check", "build"), 3, "has no sso-session behind it"),
        (("logout", "--all", "unicorn"), 2, "only one of these"),
        (("logout", "--sso-session", "company", "unicorn"), 2, "only one of these"),
    ],
)
def test_a_wrong_name_removes_nothing(household: Household, arguments: tuple[str, ...], code: int, words: str) -> None:
    """A name that does not exist, or that is not one way of naming, is an error and no logout."""
    before = _files(household)
    finished = _awsenv(household, *arguments)
    assert (finished.returncode, words in finished.stderr.decode(), _files(household)) == (code, True, before)


def test_this_shells_profile_is_the_default(household: Household) -> None:
    """Without a name, the session behind the profile that this shell is in is meant."""
    assert _awsenv(household, "logout", AWSENV_PROFILE="audit").returncode == 0
    assert not household.token_path("company").exists()
    assert household.token_path("partner").exists()
