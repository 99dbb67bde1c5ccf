"""What must not happen: another account in the end, or another change than the one that was agreed to."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pexpect
import pytest
from aws.person import seat
from cli.older import CONFIG, older_household, older_world
from stage import AWSENV, TIME_LIMIT, environment_of
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.assignments import Listing
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.migrate import Move, plan, retired_by, roles_of, settle
from awsenv.actions.migrate_proof import Proof
from awsenv.actions.migrate_survey import survey
from awsenv.actions.migrate_text import Shared, load_both
from awsenv.actions.sessions import find_sso_session
from awsenv.aws.clients import Clients
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import DEVOPS, MARKETING, UNICORN
from awsenv.errors import AwsUnreachable, LocalFileError
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.reading import ignore
from awsenv.model import Credentials, Profile, SsoRole
from awsenv.runtime import Runtime, from_process


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """Write the older configuration."""
    with PracticeServer(older_world()) as center:
        yield older_household(tmp_path / "home", center)


@pytest.fixture
def runtime(home: Household, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Live in that household."""
    for name, value in environment_of(home).items():
        monkeypatch.setenv(name, value)
    return from_process()


class Elsewhere(CredentialFinder):
    """Finds keys of the robot, whose account is another, for whatever profile."""

    def find(self) -> Credentials:
        """Return the robot's keys."""
        keys = self.profiles.find("default")
        assert keys is not None
        assert keys.static_keys is not None
        return Credentials(keys.static_keys.access_key_id, keys.static_keys.secret_access_key)


class Silent(CredentialFinder):
    """Finds that AWS does not answer."""

    def find(self) -> Credentials:
        """Raise that."""
        raise AwsUnreachable("nobody answers")

    @property
    def clients(self) -> Clients:
        """Raise that."""
        raise AwsUnreachable("nobody answers")


ROLES: Mapping[str, tuple[str, ...]] = {UNICORN: ("Developer",), MARKETING: ("ReadOnly",)}


def planned(runtime: Runtime, roles: Mapping[str, tuple[str, ...]] = ROLES) -> tuple[list[Move], Shared]:
    """Return the plan for the older configuration, where Identity Center gives the two accounts and these roles."""
    known = load_profiles(runtime)
    listing = Listing(find_sso_session("company", known), dict.fromkeys(ROLES, ""), roles)
    chosen = [each for each in known if each.name != "default"]
    olds = survey(chosen, load_both(runtime), lambda each: Elsewhere(each, known, runtime, ignore), asks_sts=True)
    return settle(plan(olds, listing, {}, retires=False), runtime)


def test_another_account_is_no_proof(runtime: Runtime) -> None:
    """A profile whose credentials are of another account than before is left as it was, and the account named."""

    def finder_for(profile: Profile, profiles: Profiles) -> CredentialFinder:
        return Elsewhere(profile, profiles, runtime, ignore)

    moves, shared = Proof(load_profiles(runtime), finder_for, runtime).proven(*planned(runtime))

    assert [(move.state, move.reason) for move in moves] == [
        ("refused", f"it turned out to be of account {DEVOPS}, not of {UNICORN}"),
        ("refused", f"it turned out to be of account {DEVOPS}, not of {MARKETING}"),
    ]
    assert shared.config.content().decode() == CONFIG


def test_what_nobody_answers_is_no_refusal(runtime: Runtime) -> None:
    """Without an answer from AWS nothing is decided: neither whose keys there are, nor whether anything works."""
    known = load_profiles(runtime)
    silent = partial(Silent, runtime=runtime, notify=ignore)
    with pytest.raises(AwsUnreachable) as raised:
        list(survey(known, load_both(runtime), lambda each: silent(each, known), asks_sts=True))
    assert raised.value.problem == 'whose keys profile "default" has could not be asked: nobody answers'
    assert raised.value.hint == "try again, or --offline to leave that out"
    with pytest.raises(AwsUnreachable):
        Proof(known, silent, runtime).proven(*planned(runtime))


def test_a_dependent_that_nobody_answers_for_is_no_loss_yet(home: Household, runtime: Runtime) -> None:
    """Where AWS does not answer for a profile that draws on a migrated one, nothing is decided either."""
    behind = f"[profile deploy]\nrole_arn = arn:aws:iam::{DEVOPS}:role/Deploy\nsource_profile = unicorn\n"
    home.config_path.write_text(CONFIG + behind)

    def finder_for(profile: Profile, profiles: Profiles) -> CredentialFinder:
        kind = Silent if profile.name == "deploy" else CredentialFinder
        return kind(profile, profiles, runtime, ignore)

    with pytest.raises(AwsUnreachable):
        Proof(load_profiles(runtime), finder_for, runtime).proven(*planned(runtime))


def test_an_account_that_could_not_be_listed_stays(runtime: Runtime) -> None:
    """Where Identity Center names the account and no role in it, the profile stays as it is."""
    moves, _ = planned(runtime, {MARKETING: ("ReadOnly",)})

    assert [(move.state, move.reason) for move in moves] == [
        ("stays", f"company tells of no role in account {UNICORN}"),
        ("migrated", None),
    ]


def test_an_sso_session_that_is_not_whole_makes_no_profile(home: Household, runtime: Runtime) -> None:
    """A section that only one profile completes is no sso-session for any other: nothing is led there."""
    complete = f"[profile whole]\nsso_session = company\nsso_region = eu-west-1\nsso_account_id = {UNICORN}\n"
    config = CONFIG.replace("sso_region = eu-west-1\n", "") + complete + "sso_role_name = Developer\n"
    home.config_path.write_text(config)
    moves, shared = planned(runtime)

    assert [move.reason for move in moves if move.state == "stays"] == ["it uses SSO but lacks sso_region"] * 2
    assert shared.config.content().decode() == config


def test_what_is_kept_already_is_not_kept_twice(home: Household, runtime: Runtime) -> None:
    """Where a copy with the very content is there, no other is made."""
    backup = home.credentials_path.with_name("credentials.before-awsenv")
    backup.write_bytes(home.credentials_path.read_bytes())
    shared = load_both(runtime)
    role = SsoRole(load_profiles(runtime).sso_sessions["company"], DEVOPS, "Admin")
    shared.change({"default": role}, ["default"])

    assert shared.write({"default": role}, ["default"], runtime=runtime, notify=ignore) == [
        f"{home.config_path}.before-awsenv",
        str(backup),
    ]


def test_what_somebody_else_changes_meanwhile_is_not_overwritten(home: Household, runtime: Runtime) -> None:
    """Where a profile is another by the time it is written than when it was shown, nothing is."""
    moves, shared = planned(runtime)
    changed = CONFIG.replace("role/ReadOnly", "role/Billing")
    home.config_path.write_text(changed)

    with pytest.raises(LocalFileError, match="was changed by another program meanwhile"):
        shared.write(roles_of(moves), retired_by(moves), runtime=runtime, notify=ignore)
    assert home.config_path.read_text() == changed


def test_what_cannot_be_written_down_stays(tmp_path: Path) -> None:
    """A profile whose name no config file can hold as awsenv writes it is left alone, and the others are not."""
    runtime = runtime_of(StoppedClock(), tmp_path)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG.replace("[profile unicorn]", '[profile "\x01"]'))
    moves, _ = planned(runtime)

    assert [move.state for move in moves] == ["stays", "migrated"]


def screen_of(home: Household, more: dict[str, str], *options: str) -> "pexpect.spawn[str]":
    """Start migrate on a terminal."""
    return pexpect.spawn(
        AWSENV,
        ["migrate", *options],
        env=environment_of(home, {"TERM": "dumb", **more}),
        timeout=TIME_LIMIT,
        encoding="utf-8",
    )


def test_a_person_signs_in_chooses_and_agrees(tmp_path: Path) -> None:
    """On a terminal a sign-in is offered, a role that is not clear is asked for, and the change is agreed to."""
    with PracticeServer(older_world()) as center:
        home = older_household(tmp_path / "home", center, SignedIn(sso_sessions=()))
        home.config_path.write_text(CONFIG.replace("role/Developer", "role/Engineers"))
        person = seat(tmp_path / "person")
        screen = screen_of(home, {"BROWSER": person.browser, "DISPLAY": ":0"})
        screen.expect_exact("Sign in to company now? [Y/n] ")
        screen.sendline("y")
        screen.expect_exact("awsenv: unicorn (222233334444 Team_Unicorn): which role is Engineers is not clear")
        screen.expect_exact("  2  ReadOnly")
        for answer in ("7", "2"):
            screen.expect_exact("awsenv: which one? A number, or Enter to leave it as it is: ")
            screen.sendline(answer)
        screen.expect_exact("awsenv: change these 2 profiles? [y/N] ")
        screen.sendline("y")
        screen.expect_exact("awsenv: 2 profiles: migrated")
        screen.expect(pexpect.EOF)
        screen.close()

    assert screen.exitstatus == 0
    assert f"sso_account_id = {UNICORN}\nsso_role_name = ReadOnly\n" in home.config_path.read_text()


@pytest.mark.parametrize(("answer", "status"), [("\r", 0), ("\x03", 130)])
def test_who_does_not_agree_keeps_everything(home: Household, answer: str, status: int) -> None:
    """Enter and Ctrl-C at the question write nothing."""
    screen = screen_of(home, {})
    screen.expect_exact("awsenv: change these 2 profiles? [y/N] ")
    screen.send(answer)
    screen.expect(pexpect.EOF)
    screen.close()

    assert (screen.exitstatus, home.config_path.read_text()) == (status, CONFIG)
    assert sorted(path.name for path in home.config_path.parent.glob("c*")) == ["config", "credentials"]
