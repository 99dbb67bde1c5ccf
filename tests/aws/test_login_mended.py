"""What hostile reviews found in login, logout and status, held from then on."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pexpect
import pytest
from aws.keyboard import sit_down
from aws.person import Person, seat
from cli.real_shells import wait_until
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.faults import Fault
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer

NOBODY = SignedIn(sso_sessions=(), legacy=False)
INCOMPLETE = "\n[sso-session half]\nsso_start_url = https://practice.awsapps.com/start\n"


@pytest.fixture
def stranger(tmp_path: Path, practice: PracticeServer) -> Household:
    """Return a home in which nobody is signed in."""
    return furnish(tmp_path / "home", practice, NOBODY)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Seat a person who allows what is asked."""
    return seat(tmp_path / "person")


def awsenv(household: Household, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run awsenv without a terminal."""
    return run([AWSENV, *arguments], environment_of(household, more))


@pytest.mark.parametrize(("flow", "seconds"), [("--force", 6.0), ("--device-code", 8.0)])
def test_a_slow_answer_loses_no_approved_login(
    stranger: Household, person: Person, practice: PracticeServer, flow: str, seconds: float
) -> None:
    """The code that the person approved is good once: an answer that takes long is waited for, not asked for again."""
    practice.rules.approves_by_itself = True
    practice.faults.set("CreateToken", Fault("delay", seconds=seconds))
    finished = awsenv(stranger, "login", flow, "unicorn", BROWSER=person.browser)
    assert finished.returncode == 0, finished.stderr
    assert practice.journal.count("CreateToken") == 1
    assert stranger.token_path("company").exists()


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_session_by_its_name_goes_where_its_profiles_go(
    tmp_path: Path, practice: PracticeServer, person: Person, command: str
) -> None:
    """[default] may be set to somebody else, a local stack for instance: it gets no token of a session not its own."""
    with PracticeServer(rules=Rules(approves_by_itself=True)) as somebody:
        household = furnish(tmp_path / "home", practice)
        practice.rules.approves_by_itself = True
        text = household.config_path.read_text()
        text = text.replace("[default]\n", f"[default]\nendpoint_url = {somebody.url}\n")
        text = text.replace("[profile awesome]\n", f"[profile awesome]\nendpoint_url = {practice.url}\n")
        household.config_path.write_text(text)
        kept = environment_of(household, {"BROWSER": person.browser})
        environment = {name: value for name, value in kept.items() if not name.startswith("AWS_ENDPOINT_URL")}
        finished = run([AWSENV, command, "--sso-session", "company"], environment)
        assert finished.returncode == 0, finished.stderr
        assert practice.journal.count() > 0
        assert somebody.journal.count() == 0


def test_a_login_that_was_stopped_holds_nobody_up(stranger: Household, person: Person) -> None:
    """A login put aside with Ctrl-Z is not waited for by the next one."""
    person.will("nothing")
    stopped = subprocess.Popen(
        [AWSENV, "login", "unicorn"],
        env=environment_of(stranger, {"BROWSER": person.browser}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(person.opened, "the browser")
        os.kill(stopped.pid, signal.SIGSTOP)
        person.will("allow")
        finished = awsenv(stranger, "login", "unicorn", BROWSER=person.browser)
        assert finished.returncode == 0, finished.stderr
        assert b"signed in to company" in finished.stderr
    finally:
        stopped.kill()
        stopped.wait()


def test_a_token_that_could_not_be_filed_is_not_asked_for(stranger: Household, person: Person) -> None:
    """That the place for the token cannot be written is told before the person approves, not after."""
    stranger.token_path("company").mkdir(parents=True)
    finished = awsenv(stranger, "login", "unicorn", BROWSER=person.browser)
    assert finished.returncode == 7
    assert b"is not a regular file" in finished.stderr
    assert person.opened() == []


def test_all_goes_on_after_one_that_failed(stranger: Household, person: Person) -> None:
    """`login --all` signs in to whatever it can; every failure is told, and the first gives the status."""
    with stranger.config_path.open("a") as config:
        config.write(INCOMPLETE)
    stranger.token_path("company").mkdir(parents=True)
    finished = awsenv(stranger, "login", "--all", BROWSER=person.browser)
    assert finished.returncode == 7
    assert b"signed in to partner" in finished.stderr
    assert b'awsenv: sso-session "half" lacks sso_start_url or sso_region' in finished.stderr
    assert stranger.token_path("partner").exists()
    assert len(person.opened()) == 2


def test_an_incomplete_session_is_no_secret(household: Household) -> None:
    """A section that nobody could sign in to is told of with its line, and `--check` does not call all well."""
    assert awsenv(household, "status", "--check").returncode == 0
    with household.config_path.open("a") as config:
        config.write(INCOMPLETE)
    listed = awsenv(household, "status")
    assert listed.returncode == 0
    assert b'the sso-session "half" lacks sso_start_url or sso_region' in listed.stderr
    assert awsenv(household, "status", "--check").returncode == 3
    assert awsenv(household, "status", "--check", "unicorn").returncode == 0
    named = awsenv(household, "login", "--sso-session", "half")
    assert (named.returncode, b"lacks sso_start_url or sso_region" in named.stderr) == (3, True)


@pytest.mark.parametrize("command", ["login", "logout", "status"])
def test_what_is_wrong_with_the_files_is_told(household: Household, command: str) -> None:
    """A byte that makes AWS's own tools refuse the file is told of by the commands of a sign-in too."""
    content = household.config_path.read_bytes()
    household.config_path.write_bytes(content + b"\n# caf\xe9\n")
    finished = awsenv(household, command, "unicorn")
    assert finished.returncode == 0, finished.stderr
    assert b"a byte here is not UTF-8" in finished.stderr


@pytest.mark.parametrize(("name", "code"), [("nobody", 3), ("unicorn", 0)])
def test_a_full_stderr_changes_no_status(household: Household, name: str, code: int) -> None:
    """Words that cannot be written are lost; the status still says what happened."""
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [AWSENV, "logout", name],
            env=environment_of(household),
            stdin=subprocess.DEVNULL,
            stderr=full,
            timeout=TIME_LIMIT,
            check=False,
        )
    assert finished.returncode == code


def test_a_name_like_an_option_is_told_so_that_it_can_be_pasted(stranger: Household) -> None:
    """The hint for a session or profile that begins with a dash leads to that one, and not to a usage error."""
    with stranger.config_path.open("a") as config:
        config.write(
            "\n[sso-session -x]\nsso_start_url = https://practice.awsapps.com/start\nsso_region = eu-west-1\n"
            "[profile -p]\nsso_session = -x\nsso_account_id = 222233334444\nsso_role_name = Developer\n"
        )
    refused = awsenv(stranger, "use", "--shell", "sh", "--", "-p")
    assert refused.returncode == 4
    hint = refused.stderr.decode().splitlines()[-1].removeprefix("hint: ")
    assert hint == "awsenv login --sso-session=-x"
    known = awsenv(stranger, "status", "--json", "--sso-session=-x")
    assert [each["name"] for each in json.loads(known.stdout)] == ["-x"]


def test_a_browser_that_fails_at_once_is_not_called_open(stranger: Household, person: Person, tmp_path: Path) -> None:
    """The page is then for the person to open, and the login waits for that."""
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\nexit 3\n")
    failing.chmod(0o700)
    environment = environment_of(stranger, {"BROWSER": str(failing)})
    with sit_down("bash", environment, tmp_path / "desk") as keyboard:
        keyboard.type(f"{AWSENV} login unicorn")
        keyboard.sees("did not start: it ended at once, with status 3")
        keyboard.sees("sign in at this page:")
        page = keyboard.reads(r"(http://127\.0\.0\.1:\d+/authorize\S+)")
        pexpect.run(f"{person.browser} {page}", env=environment_of(stranger))
        keyboard.sees("signed in to company")
        assert keyboard.status() == 0


def test_a_browser_that_blocks_is_not_waited_for(stranger: Household, person: Person) -> None:
    """A browser that runs in the foreground has the login done while it still runs."""
    (person.folder / "stays").touch()
    started = time.monotonic()
    finished = awsenv(stranger, "login", "unicorn", BROWSER=person.browser)
    (person.folder / "stays").unlink()
    assert finished.returncode == 0, finished.stderr
    assert time.monotonic() - started < TIME_LIMIT / 2
