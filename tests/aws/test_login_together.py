"""Many who find one dead session at the same time: one browser, and all of them end well."""

import contextlib
from datetime import timedelta
from pathlib import Path

import pexpect
import pytest
from aws.person import Person, seat
from cli.real_shells import wait_until
from stage import AWSENV, SOAK, TIME_LIMIT, environment_of, furnish

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import expected_identity

AT_ONCE = 64 if SOAK else 16
ROUNDS = 20 if SOAK else 3
PATIENCE = TIME_LIMIT * 4 if SOAK else TIME_LIMIT
OF_THE_COMPANY = ("awesome", "unicorn", "marketing", "devops")
QUESTION = "Sign in to company now? [Y/n] "
DEAD = {
    "nobody ever signed in": SignedIn(sso_sessions=(), legacy=False),
    "the refresh token is refused": SignedIn(access_lifetime=timedelta(hours=-1)),
}


def start(words: list[str], household: Household, person: Person) -> "pexpect.spawn[str]":
    """Start a program in a pseudo-terminal of its own."""
    return pexpect.spawn(
        words[0],
        words[1:],
        env=environment_of(household, {"BROWSER": person.browser, "TERM": "dumb"}),
        timeout=PATIENCE,
        encoding="utf-8",
        dimensions=(50, 500),
    )


def line_for(name: str, number: int) -> list[str]:
    """Return what a terminal runs: `use` and `exec` in turn, both printing the key that they end with."""
    shown = 'echo "key $AWS_ACCESS_KEY_ID"'
    if number % 2:
        return [AWSENV, "exec", name, "--", "/bin/sh", "-c", shown]
    return ["/bin/sh", "-c", f'eval "$(awsenv use --shell sh {name})" && {shown}']


@pytest.mark.parametrize("dead", DEAD)
def test_one_browser_however_many_say_yes(dead: str, tmp_path: Path, practice: PracticeServer) -> None:
    """Terminals that all find the session dead and all answer yes: one browser start, and each has its account."""
    household, person = furnish(tmp_path / "home", practice, DEAD[dead]), seat(tmp_path / "person")
    practice.grants.withdraw("company")
    names = [OF_THE_COMPANY[number % 4] for number in range(AT_ONCE)]
    with contextlib.ExitStack() as stack:
        screens = []
        for number, name in enumerate(names):
            screens.append(start(line_for(name, number // 4), household, person))
            stack.callback(screens[-1].close, force=True)
        for screen in screens:
            screen.expect_exact(QUESTION)
        for screen in screens:
            screen.send("\r")
        ended = []
        for screen in screens:
            screen.expect(pexpect.EOF)
            screen.wait()
            ended.append((screen.exitstatus, screen.before))

    assert [text for status, text in ended if status != 0] == []
    assert len(person.opened()) == 1
    assert practice.journal.count("RegisterClient") <= 1
    for name, (_, text) in zip(names, ended, strict=True):
        key_id = text.rpartition("key ")[2].strip()
        identity = practice.identity_of(key_id)
        assert identity is not None, text
        assert (identity.account_id,) == (expected_identity(name) or ())[:1]


@pytest.mark.parametrize("arguments", [(), ("--force",), ("--device-code",)], ids=" ".join)
def test_two_logins_at_once_open_one_tab(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Two logins started together open one tab between them, and both end well, round after round."""
    for round_number in range(ROUNDS):
        with PracticeServer() as practice:
            folder = tmp_path / str(round_number)
            folder.mkdir()
            household, person = furnish(folder / "home", practice, DEAD["nobody ever signed in"]), seat(folder / "p")
            person.will("nothing")
            words = [AWSENV, "login", *arguments, "unicorn"]
            both = [start(words, household, person), start(words, household, person)]
            first = [screen.expect(["waiting for the browser", "; waiting for that sign-in"]) for screen in both]
            assert sorted(first) == [0, 1]
            (page,) = wait_until(person.opened, "the browser")
            person.will("allow")
            pexpect.run(f"{person.browser} {page}", env=environment_of(household))
            for screen in both:
                screen.expect(r"signed in to company")
                screen.expect(pexpect.EOF)
                screen.wait()

            assert [screen.exitstatus for screen in both] == [0, 0]
            # The second line is the person's own, who opened the page again to decide.
            assert person.opened() == [page, page]
            assert practice.failures == []


def test_who_waited_for_a_login_that_was_declined_is_not_asked_again(tmp_path: Path, practice: PracticeServer) -> None:
    """Declined in one terminal, the login that the others waited for opens no tab for each of them in turn."""
    household, person = furnish(tmp_path / "home", practice, DEAD["nobody ever signed in"]), seat(tmp_path / "person")
    person.will("nothing")
    words = [AWSENV, "login", "unicorn"]
    screens = [start(words, household, person) for _ in range(4)]
    told = [screen.expect(["waiting for the browser", "; waiting for that sign-in"]) for screen in screens]
    assert sorted(told) == [0, 1, 1, 1]
    screens[told.index(0)].sendintr()
    for screen in screens:
        screen.expect(pexpect.EOF)
        screen.wait()

    assert sorted(screen.exitstatus for screen in screens) == [4, 4, 4, 130]
    assert len(person.opened()) == 1
    waiting = next(screen.before for screen in screens if screen.exitstatus == 4)
    assert "began was not finished" in waiting
    assert "hint: awsenv login --sso-session company" in waiting


def test_a_login_can_follow_one_whose_terminal_was_closed(tmp_path: Path, practice: PracticeServer) -> None:
    """A terminal closed in the middle of a login holds no lock and no port: the next login opens its own tab."""
    household, person = furnish(tmp_path / "home", practice, DEAD["nobody ever signed in"]), seat(tmp_path / "person")
    person.will("nothing")
    closed = start([AWSENV, "login", "unicorn"], household, person)
    closed.expect_exact("waiting for the browser")
    closed.close(force=True)
    person.will("allow")

    screen = start([AWSENV, "login", "unicorn"], household, person)
    screen.expect(pexpect.EOF)
    screen.wait()

    assert screen.exitstatus == 0
    assert len(person.opened()) == 2
