"""What a second hostile review of the sign-in found, held from then on."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pexpect
import pytest
from aws.person import Person, seat
from cli.real_shells import wait_until
from stage import AWSENV, TIME_LIMIT, at_most, environment_of, furnish, run

from awsenv.demo.faults import Fault
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer

NOBODY = SignedIn(sso_sessions=(), legacy=False)
EXPIRED = SignedIn(access_lifetime=timedelta(hours=-1))
USE = ("use", "--shell", "sh", "unicorn")


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Seat a person who allows what is asked."""
    return seat(tmp_path / "person")


def awsenv(household: Household, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run awsenv without a terminal."""
    return run([AWSENV, *arguments], environment_of(household, more))


@contextmanager
def running(household: Household, *arguments: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run awsenv beside the test; at the end of the block it is over."""
    with subprocess.Popen(
        [AWSENV, *arguments],
        env=environment_of(household, more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ending(folder: Path, practice: PracticeServer) -> Household:
    """Return a home whose sign-in is to be renewed: written a while ago, with ten minutes left."""
    household = furnish(folder / "home", practice, SignedIn(access_lifetime=timedelta(minutes=10)))
    before = time.time() - 300
    os.utime(household.token_path("company"), (before, before))
    return household


def until_asked(household: Household, operation: str) -> None:
    """Wait until the practice server has been asked for something."""
    wait_until(lambda: household.practice.journal.count(operation), operation)


def access_token_of(household: Household) -> str:
    """Return the company's access token as it stands in its file."""
    return str(json.loads(household.token_path("company").read_text())["accessToken"])


def test_a_chain_over_a_profile_that_holds_keys_too_is_signed_out_of(household: Household) -> None:
    """Where keys stand beside the SSO of a source profile, SSO is the source, and its logout ends the chain."""
    with household.credentials_path.open("a") as credentials:
        credentials.write("[unicorn]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n")
    assert awsenv(household, "exec", "deploy", "--", "true").returncode == 0
    assert awsenv(household, "status", "deploy").returncode == 0

    assert awsenv(household, "logout", "--sso-session", "company").returncode == 0

    assert awsenv(household, "use", "--shell", "sh", "deploy").returncode == 4
    assert list((household.home / ".aws" / "cli" / "cache").glob("*.json")) == []


def test_a_stopped_renewal_holds_nobody_up_and_brings_nothing_back(
    tmp_path: Path, practice: PracticeServer, person: Person
) -> None:
    """Beside a renewal put aside with Ctrl-Z all commands work soon; when it goes on, what was ended stays so."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    practice.faults.set("CreateToken", Fault("delay", seconds=2.0), times=1)
    with running(household, *USE) as stopped:
        until_asked(household, "CreateToken")
        stopped.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        assert awsenv(household, *USE).returncode == 4
        assert awsenv(household, "login", "unicorn", BROWSER=person.browser).returncode == 0
        assert awsenv(household, "logout", "unicorn").returncode == 0
        assert time.monotonic() - started < at_most(15.0)
        stopped.send_signal(signal.SIGCONT)
        _, said = stopped.communicate(timeout=TIME_LIMIT)
    assert stopped.returncode == 4, said
    assert b"signed out of company a moment ago" in said
    assert not household.token_path("company").exists()
    # The sign-in of the login, and what the renewal brought after its logout.
    assert practice.journal.count("Logout") == 2


def test_a_renewal_under_way_does_not_undo_a_login(tmp_path: Path, practice: PracticeServer, person: Person) -> None:
    """Who signs in anew, perhaps as somebody else, stays so when an older renewal comes in."""
    household = ending(tmp_path, practice)
    practice.faults.set("CreateToken", Fault("delay", seconds=3.0), times=1)
    with running(household, *USE) as renewing:
        until_asked(household, "CreateToken")
        renewing.send_signal(signal.SIGSTOP)
        assert awsenv(household, "login", "--force", "unicorn", BROWSER=person.browser).returncode == 0
        new = access_token_of(household)
        renewing.send_signal(signal.SIGCONT)
        renewing.communicate(timeout=TIME_LIMIT)
    assert renewing.returncode == 0
    assert access_token_of(household) == new


def test_a_token_that_could_not_be_kept_is_not_renewed(tmp_path: Path, practice: PracticeServer) -> None:
    """What renews a sign-in is good once: it is not spent where the answer cannot be filed."""
    household = ending(tmp_path, practice)
    folder = household.token_path("company").parent
    # A folder that everybody may change is refused, whoever asks.
    folder.chmod(0o777)
    assert awsenv(household, *USE).returncode == 0
    assert practice.journal.count("CreateToken") == 0
    folder.chmod(0o700)
    before = access_token_of(household)
    assert awsenv(household, "exec", "marketing", "--", "true").returncode == 0
    assert access_token_of(household) != before


def test_a_sign_in_that_cannot_be_kept_serves_its_command(
    tmp_path: Path, practice: PracticeServer, person: Person
) -> None:
    """`login` refuses before anybody approves; `exec`, with somebody to ask, goes on with what is not kept."""
    household = furnish(tmp_path / "home", practice, NOBODY)
    household.token_path("company").parent.chmod(0o777)
    refused = awsenv(household, "login", "unicorn", BROWSER=person.browser)
    assert (refused.returncode, person.opened()) == (7, [])
    environment = environment_of(household, {"BROWSER": person.browser, "TERM": "dumb"})
    screen = pexpect.spawn(
        AWSENV,
        ["exec", "unicorn", "--", "sh", "-c", "echo key $AWS_ACCESS_KEY_ID"],
        env=environment,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        dimensions=(50, 300),
    )
    screen.expect_exact("[Y/n]")
    screen.send("\r")
    screen.expect_exact("this sign-in serves this one command")
    screen.expect(r"key (ASIA\w+)")
    assert practice.identity_of(str(screen.match[1])) is not None
    screen.expect(pexpect.EOF)
    assert not household.token_path("company").exists()


def test_a_token_that_only_the_server_calls_dead_leads_to_a_login(
    tmp_path: Path, practice: PracticeServer, person: Person
) -> None:
    """An access token that was renewed a moment ago and is refused all the same is no sign-in."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    practice.faults.set("ListAccounts", 401, times=1)
    finished = awsenv(household, "login", "unicorn", BROWSER=person.browser)
    assert finished.returncode == 0, finished.stderr
    assert len(person.opened()) == 1
    assert b"awsenv: signed in to company" in finished.stderr


def test_a_refused_endpoint_is_told_where_nothing_else_is_asked(household: Household) -> None:
    """A sign-in that looks good does not hide that its portal would be somebody else's."""
    refused = awsenv(household, "login", "unicorn", AWS_ENDPOINT_URL_SSO="http://evil.example")
    assert refused.returncode == 3
    assert b"points neither at AWS nor at this machine" in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_renewal_is_filed(tmp_path: Path, practice: PracticeServer, number: signal.Signals) -> None:
    """A Ctrl-C between AWS's answer and the file would cost the sign-in: it is heard a moment later."""
    household = ending(tmp_path, practice)
    before = access_token_of(household)
    practice.faults.set("CreateToken", Fault("delay", seconds=1.0))
    with running(household, *USE) as renewing:
        until_asked(household, "CreateToken")
        renewing.send_signal(number)
        _, said = renewing.communicate(timeout=TIME_LIMIT)
    assert (renewing.returncode, said) == (128 + number, b"awsenv: interrupted\n")
    assert access_token_of(household) != before
    practice.faults.clear()
    assert awsenv(household, *USE).returncode == 0
    assert practice.journal.count("CreateToken") == 1


@pytest.mark.parametrize("presses", [1, 2])
def test_a_renewal_without_an_answer_can_be_interrupted(tmp_path: Path, practice: PracticeServer, presses: int) -> None:
    """Where AWS is silent a Ctrl-C counts after two seconds, and a second one at once."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    practice.faults.set("CreateToken", "time-out")
    with running(household, *USE) as renewing:
        until_asked(household, "CreateToken")
        started = time.monotonic()
        for press in range(presses):
            time.sleep(0.2 * press)
            renewing.send_signal(signal.SIGINT)
        renewing.communicate(timeout=TIME_LIMIT)
        took = time.monotonic() - started
    assert renewing.returncode == 130
    assert took < at_most(5.0 if presses == 1 else 1.8)


def test_who_waited_for_a_login_that_was_killed_takes_over(
    tmp_path: Path, practice: PracticeServer, person: Person
) -> None:
    """A login whose process is gone has declined nothing: the next in line opens its own page."""
    household = furnish(tmp_path / "home", practice, NOBODY)
    person.will("nothing")
    with running(household, "login", "unicorn", BROWSER=person.browser) as killed:
        wait_until(person.opened, "the browser")
        with running(household, "login", "unicorn", BROWSER=person.browser) as waiting:
            assert waiting.stderr is not None
            assert b"waiting for that sign-in" in waiting.stderr.readline()
            person.will("allow")
            killed.kill()
            _, said = waiting.communicate(timeout=TIME_LIMIT)
    assert waiting.returncode == 0, said
    assert b"signed in to company" in said
    assert len(person.opened()) == 2


def test_a_login_stopped_while_another_waits_is_passed_by(
    tmp_path: Path, practice: PracticeServer, person: Person
) -> None:
    """Ctrl-Z in the login that is waited for sets the one that waits free."""
    household = furnish(tmp_path / "home", practice, NOBODY)
    person.will("nothing")
    with running(household, "login", "unicorn", BROWSER=person.browser) as stopped:
        wait_until(person.opened, "the browser")
        with running(household, "login", "unicorn", BROWSER=person.browser) as waiting:
            assert waiting.stderr is not None
            waiting.stderr.readline()
            person.will("allow")
            os.kill(stopped.pid, signal.SIGSTOP)
            _, said = waiting.communicate(timeout=TIME_LIMIT)
    assert waiting.returncode == 0, said


def test_a_session_that_a_profile_completes_is_whole(household: Household) -> None:
    """Start URL and region may stand in the profile: then the section alone is no reason to complain."""
    text = household.config_path.read_text()
    text += (
        "\n[sso-session half]\nsso_start_url = https://practice.awsapps.com/start\n"
        "[profile other-half]\nsso_session = half\nsso_region = eu-west-1\nsso_account_id = 222233334444\n"
        "sso_role_name = Developer\n"
    )
    household.config_path.write_text(text)
    household.token_path("half").write_text(household.token_path("company").read_text())
    checked = awsenv(household, "status", "--check")
    assert checked.returncode == 0, checked.stderr
    assert awsenv(household, "status", "--check", "--sso-session", "half").returncode == 0


def test_an_empty_name_is_nobodys_session(household: Household) -> None:
    """`logout ""`, as a script with an unset variable writes it, signs nobody out."""
    refused = awsenv(household, "logout", "", AWS_PROFILE="unicorn")
    assert refused.returncode == 3
    assert household.token_path("company").exists()
