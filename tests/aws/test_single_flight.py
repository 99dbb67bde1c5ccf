import json
import subprocess
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from stage import AWSENV, SOAK, TIME_LIMIT, at_most, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import expected_identity
from awsenv.values import replace

AT_ONCE = 64
ROUNDS = 20 if SOAK else 2
EXPIRED = SignedIn(access_lifetime=timedelta(hours=-1))
OF_THE_COMPANY = ("awesome", "unicorn", "marketing", "devops")


def _exec(name: str) -> list[str]:
    return [AWSENV, "exec", name, "--", "/bin/sh", "-c", 'printf %s "$AWS_ACCESS_KEY_ID"']


def _use(name: str) -> list[str]:
    return [AWSENV, "use", "--shell", "sh", name]


def _all_at_once(commands: Sequence[list[str]], household: Household) -> list[tuple[int, bytes, bytes]]:
    environment = environment_of(household)
    started = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        for command in commands
    ]
    finished = []
    for process in started:
        out, err = process.communicate(timeout=TIME_LIMIT)
        finished.append((process.returncode, out, err))
    return finished


def _token(household: Household, key: str = "company") -> dict[str, Any]:
    fields = json.loads(household.token_path(key).read_text())
    assert isinstance(fields, dict)
    return fields


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_one_refresh_however_many_ask(round_number: int, tmp_path: Path) -> None:
    """64 processes with an expired access token and a refresh token that works once: one call, 64 successes."""
    with PracticeServer(seed=f"round {round_number}") as practice:
        household = furnish(tmp_path / "home", practice, EXPIRED)
        names = [OF_THE_COMPANY[number % len(OF_THE_COMPANY)] for number in range(AT_ONCE)]
        finished = _all_at_once([_exec(name) for name in names], household)
        assert [(code, err) for code, _, err in finished if (code, err) != (0, b"")] == []
        assert practice.journal.count("CreateToken") == 1
        calls = Counter(call.parameters["account_id"] for call in practice.journal.calls("GetRoleCredentials"))
        assert sorted(calls.values()) == [1] * len(OF_THE_COMPANY)
        for name, (_, key_id, _) in zip(names, finished, strict=True):
            identity = practice.identity_of(key_id.decode())
            assert identity is not None, name
            assert (identity.account_id,) == (expected_identity(name) or ())[:1]
        assert practice.failures == []


def test_one_request_for_a_role_however_many_ask(tmp_path: Path, practice: PracticeServer) -> None:
    """64 processes without a cached entry, and a good access token: the role is asked for once, and all have it."""
    household = furnish(tmp_path / "home", practice)
    finished = _all_at_once([_exec("unicorn")] * AT_ONCE, household)
    assert {code for code, _, _ in finished} == {0}
    assert len({key_id for _, key_id, _ in finished}) == 1
    assert [call.operation for call in practice.journal.calls()] == ["GetRoleCredentials"]


def test_a_dead_sign_in_says_so_in_every_terminal(tmp_path: Path, practice: PracticeServer) -> None:
    """However many ask at once after the sign-in is over, each is told to sign in, and none that a lock is held."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    practice.grants.withdraw("company")
    environment = environment_of(household)
    command = [AWSENV, "use", "--shell", "sh"]
    started = [
        subprocess.Popen(
            [*command, OF_THE_COMPANY[number % 4]], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for number in range(16)
    ]
    said = {(process.communicate(timeout=TIME_LIMIT)[1], process.returncode) for process in started}
    problem = b"awsenv: the sign-in to company is over and cannot be renewed\n"
    assert said == {(problem + b"hint: awsenv login --sso-session company\n", 4)}


@pytest.mark.parametrize(("operation", "signed_in"), [("GetRoleCredentials", SignedIn()), ("CreateToken", EXPIRED)])
@pytest.mark.parametrize("names", [("unicorn",) * 4, OF_THE_COMPANY])
def test_who_waits_behind_a_silent_aws_waits_no_longer(
    tmp_path: Path, practice: PracticeServer, operation: str, signed_in: SignedIn, names: Sequence[str]
) -> None:
    """Of four at once, with one role or several, each gives up fifteen seconds after the first request at most."""
    household = furnish(tmp_path / "home", practice, signed_in)
    practice.faults.set(operation, "time-out")
    finished = _all_at_once([_use(name) for name in names], household)
    seconds = (practice.now() - practice.journal.calls()[0].at).total_seconds()
    assert {code for code, _, _ in finished} == {6}
    assert all(b"\nhint: " in err for _, _, err in finished)
    assert seconds <= at_most(15.0)
    if operation == "CreateToken":
        assert practice.journal.count("CreateToken") == 1


def test_an_answer_without_a_refresh_token_keeps_the_old_one(tmp_path: Path, practice: PracticeServer) -> None:
    """Where AWS gives no new refresh token, the one in the file stays there and is used again."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    practice.rules.rotates_refresh_tokens = False
    practice.rules.returns_refresh_token = False
    before = _token(household)
    assert run(_exec("unicorn"), environment_of(household)).returncode == 0
    after = _token(household)
    assert after["accessToken"] != before["accessToken"]
    assert after["refreshToken"] == before["refreshToken"]
    after["expiresAt"] = before["expiresAt"]
    household.token_path("company").write_text(json.dumps(after))
    assert run(_exec("marketing"), environment_of(household)).returncode == 0
    assert practice.journal.count("CreateToken") == 2


def test_what_others_put_into_the_token_file_stays(tmp_path: Path, practice: PracticeServer) -> None:
    """A refresh keeps the fields of other tools and changes only the AWS CLI's own."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    before = _token(household)
    household.token_path("company").write_text(json.dumps(before | {"theirs": {"kept": [1, 2]}}))
    assert run(_exec("unicorn"), environment_of(household)).returncode == 0
    after = _token(household)
    assert after["theirs"] == {"kept": [1, 2]}
    kept = ("startUrl", "region", "clientId", "clientSecret", "registrationExpiresAt")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert list(after)[: len(before)] == list(before)


def test_a_legacy_token_is_never_refreshed(tmp_path: Path, practice: PracticeServer) -> None:
    """A token filed under a start URL asks for a login once it is over, even with all that a refresh needs."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    start_url = practice.world.companies[0].start_url
    household.token_path(start_url).write_text(json.dumps(_token(household)))
    finished = run([AWSENV, "use", "--shell", "sh", "legacy"], environment_of(household))
    assert finished.returncode == 4
    assert b"hint: awsenv login legacy" in finished.stderr
    assert practice.journal.count() == 0


def test_a_token_that_others_refreshed_meanwhile_is_found(tmp_path: Path, practice: PracticeServer) -> None:
    """Refused because another tool spent the refresh token first, awsenv waits for what that tool writes."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    fields = _token(household)
    theirs = practice.grants.refresh(fields["clientId"], fields["refreshToken"])
    assert theirs is not None
    fields |= {"accessToken": theirs.access_token, "refreshToken": theirs.refresh_token}
    fields["expiresAt"] = theirs.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    was_refused, stop = threading.Event(), threading.Event()

    def write_once_refused() -> None:
        while not stop.wait(0.01):
            if any(call.code == "InvalidGrantException" for call in practice.journal.calls("CreateToken")):
                was_refused.set()
                household.token_path("company").write_text(json.dumps(fields))
                return

    other_tool = threading.Thread(target=write_once_refused)
    other_tool.start()
    try:
        finished = run(_exec("unicorn"), environment_of(household))
    finally:
        stop.set()
        other_tool.join()
    assert (finished.returncode, finished.stderr, was_refused.is_set()) == (0, b"", True)
    assert _token(household) == fields


def test_a_token_refreshed_this_minute_is_not_refreshed_again(tmp_path: Path, practice: PracticeServer) -> None:
    """Where AWS gives short tokens, each is refreshed once a minute at most, as botocore does."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    practice.rules.access_token_lifetime = timedelta(minutes=5)
    for name in OF_THE_COMPANY:
        assert run(_exec(name), environment_of(household)).returncode == 0
    assert practice.journal.count("CreateToken") == 1


def test_a_refresh_is_refused_locally_once_the_registration_is_over(tmp_path: Path, practice: PracticeServer) -> None:
    """With the client's registration over, no refresh is tried and the login is asked for at once."""
    signed_in = replace(EXPIRED, registration_lifetime=timedelta(days=-1))
    household = furnish(tmp_path / "home", practice, signed_in)
    finished = run([AWSENV, "use", "--shell", "sh", "unicorn"], environment_of(household))
    assert (finished.returncode, practice.journal.count()) == (4, 0)
    assert datetime.now(timezone.utc).isoformat() > _token(household)["expiresAt"]
