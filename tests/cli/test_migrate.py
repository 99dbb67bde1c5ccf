"""migrate: the older configuration of the story becomes SSO profiles of the same names and accounts."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from cli.older import CONFIG, TEAM, Runner, accounts_of, boto3_accounts, older_household, older_world
from stage import AWS_V1, at_most

from awsenv.actions.migrate_text import load_both
from awsenv.demo.faults import Fault
from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import DEVOPS, MARKETING, PARTNER, UNICORN
from awsenv.demo.world import Role
from awsenv.files.editor import credentials_file, edit_shared
from awsenv.files.owned import SectionId
from awsenv.files.profiles import load_profiles
from awsenv.files.reading import ignore
from awsenv.model import SsoRole
from awsenv.runtime import Runtime, from_process

CLI = (AWS_V1, "sts", "get-caller-identity", "--query", "Account", "--profile", "{}")
MIGRATED = (
    CONFIG.replace(f"role_arn = arn:aws:iam::{UNICORN}:role/Developer\nsource_profile = default\n", "")
    .replace(
        "external_id = canary-external\nduration_seconds = 900\n",
        f"sso_session = company\nsso_account_id = {UNICORN}\nsso_role_name = Developer\n",
    )
    .replace(f"role_arn = arn:aws:iam::{MARKETING}:role/ReadOnly\nsource_profile = default\n", "")
    .replace(
        "cli_pager =\n",
        f"cli_pager =\nsso_session = company\nsso_account_id = {MARKETING}\nsso_role_name = ReadOnly\n",
    )
)
OLD_ROLE = f"role_arn = arn:aws:iam::{UNICORN}:role/Developer\nsource_profile = default\n"
DEPLOY = f"\n[profile deploy]\nrole_arn = arn:aws:iam::{MARKETING}:role/Deploy\nsource_profile = unicorn\n"


@pytest.fixture
def center() -> Iterator[PracticeServer]:
    """Start the world in which the robot's keys open every team's account."""
    with PracticeServer(older_world()) as server:
        yield server
    assert server.failures == []


@pytest.fixture
def home(tmp_path: Path, center: PracticeServer) -> Household:
    """Write the older configuration."""
    return older_household(tmp_path / "home", center)


@pytest.fixture
def runtime_here(home: Household, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Live in that household."""
    monkeypatch.setenv("HOME", str(home.home))
    return from_process()


@pytest.fixture
def awsenv(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run the command line."""
    return Runner(capfd, monkeypatch)


def append(home: Household, text: str) -> None:
    """Add lines to the config file."""
    home.config_path.write_text(home.config_path.read_text() + text)


def keys_of(home: Household, name: str = "default") -> str:
    """Return a section of the credentials file with the robot's keys."""
    robot = home.practice.world.users[0]
    return f"[{name}]\naws_access_key_id = {robot.access_key_id}\naws_secret_access_key = {robot.secret_access_key}\n"


def test_the_older_configuration_keeps_names_and_accounts(home: Household, awsenv: Runner) -> None:
    """default, unicorn and marketing are of the same accounts before and after, for boto3 and the AWS CLI."""
    assert boto3_accounts(home, list(TEAM)) == accounts_of(home, CLI, list(TEAM)) == TEAM
    awsenv(home, "migrate", "--yes", "--retire-keys", "--map", "default=DevOps/Developer")
    for cached in (home.home / ".aws" / "cli" / "cache").iterdir():
        cached.unlink()

    assert boto3_accounts(home, list(TEAM)) == accounts_of(home, CLI, list(TEAM)) == TEAM
    assert home.credentials_path.read_text() == "# long-lived\n"


def test_only_what_says_where_credentials_come_from_changes(home: Household, awsenv: Runner) -> None:
    """Comments, order, spaces and other keys stay to the byte, in files with other line ends, too; a copy is kept."""
    for eol in ("\n", "\r\n"):
        home.config_path.write_bytes(CONFIG.replace("\n", eol).encode())
        ended = awsenv(home, "migrate", "--yes")

        assert home.config_path.read_bytes() == MIGRATED.replace("\n", eol).encode()
        assert "awsenv: 2 profiles: migrated" in ended.told
    backup = home.config_path.with_name("config.before-awsenv")
    assert backup.read_text() == CONFIG
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_second_run_has_nothing_to_do(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """Once all is migrated, the files stay the very same, and AWS is not asked anything."""
    awsenv(home, "migrate", "--yes", "--retire-keys", "--map", "default=DevOps/Developer")
    before = home.config_path.stat().st_mtime_ns
    center.journal.clear()
    ended = awsenv(home, "migrate")

    assert (ended.out, ended.told) == ("", ["awsenv: nothing to migrate"])
    assert (home.config_path.stat().st_mtime_ns, center.journal.count()) == (before, 0)


def test_a_dry_run_shows_plan_and_patch(home: Household, awsenv: Runner, tmp_path: Path) -> None:
    """The plan is a table; the difference is a patch of the very change, and nothing is written."""
    shown = awsenv(home, "migrate", "--dry-run")
    assert home.config_path.read_text() == CONFIG
    assert [line.split() for line in shown.out.splitlines()[2:4]] == [
        ["unicorn", "role", "of", "default", UNICORN, "Team_Unicorn", "Developer", "Developer", "to", "SSO"],
        ["marketing", "role", "of", "default", MARKETING, "Devs4Marketing", "ReadOnly", "ReadOnly", "to", "SSO"],
    ]
    assert "-external_id = …" in shown.out
    assert "canary" not in shown.out
    copy = tmp_path / "copy"
    copy.write_text(CONFIG)
    patch = shown.out[shown.out.index("---") :].replace("…", "canary-external")
    assert subprocess.run(["patch", "-s", str(copy)], input=patch, text=True, check=False).returncode == 0

    assert copy.read_text() == MIGRATED


def test_keys_wait_until_somebody_says_so(home: Household, awsenv: Runner) -> None:
    """A profile with keys of its own is not touched without --retire-keys, whatever else it says, and that is said."""
    home.credentials_path.write_text(keys_of(home) + keys_of(home, "unicorn"))
    before = home.credentials_path.read_text()
    ended = awsenv(home, "migrate", "--yes")

    assert f"awsenv: unicorn waits: keys of its own stand in {home.credentials_path}:4, and some tools would go on" in (
        ended.err
    )
    assert ended.told[-1] == "hint: awsenv migrate --retire-keys"
    assert home.credentials_path.read_text() == before
    assert home.config_path.read_text().count("sso_account_id") == 1
    assert "awsenv: nothing was migrated" in awsenv(home, "migrate", "unicorn", status=3).told
    assert awsenv(home, "migrate", "unicorn", status=3).told[-1] == (
        'awsenv: asked for by name, and not migrated: "unicorn"'
    )


def test_retired_keys_are_kept_beside_the_file(home: Household, awsenv: Runner) -> None:
    """The file with the keys is copied, 0600, under a name that no earlier copy has; the key is named by its end."""
    old = home.credentials_path.read_text()
    first = home.credentials_path.with_name("credentials.before-awsenv")
    first.write_text("of another day")
    home.credentials_path.with_name("credentials.before-awsenv-2").write_text("of yet another")
    ended = awsenv(home, "migrate", "--yes", "--retire-keys", "--map", f"default={DEVOPS}/Admin")
    copy = home.credentials_path.with_name("credentials.before-awsenv-3")
    key_id = home.practice.world.users[0].access_key_id

    assert (first.read_text(), copy.read_text(), copy.stat().st_mode & 0o777) == ("of another day", old, 0o600)
    assert f"awsenv: the file as it was before is {copy}" in ended.told
    assert (
        f"awsenv: the key …{key_id[-4:]} of account {DEVOPS} works until somebody deactivates it in IAM" in ended.told
    )
    assert key_id not in ended.out + ended.err


def test_keys_that_others_draw_on_are_not_retired(home: Household, awsenv: Runner) -> None:
    """A profile that stays with these keys as its source keeps them, and is named."""
    append(home, f"\n[profile build]\nrole_arn = arn:aws:iam::{PARTNER}:role/Build\nsource_profile = default\n")
    before = home.credentials_path.read_text()
    ended = awsenv(home, "migrate", "--yes", "--retire-keys", "--map", f"default={DEVOPS}/Admin", status=3)

    assert f"awsenv: build stays: company gives you no role in account {PARTNER}" in ended.told
    assert ended.told[-2] == (
        'awsenv: the keys of profile "default" are not retired: its keys are still the source of "build"'
    )
    assert home.credentials_path.read_text() == before
    assert home.config_path.read_text().count("sso_account_id") == 2


def test_keys_of_profiles_that_nobody_asked_about_count(home: Household, awsenv: Runner) -> None:
    """Who migrates [default] alone keeps its keys, for all that draw on them; a --map without a use is told of."""
    wanted = ("--map", f"default={DEVOPS}/Admin", "--map", f"unicorn={UNICORN}/Developer")
    ended = awsenv(home, "migrate", "default", "--yes", "--retire-keys", *wanted, status=3)

    assert ended.told[0] == 'awsenv: warning: --map for "unicorn" changes nothing: there is nothing to be matched'
    assert ended.told[-2].endswith('are not retired: its keys are still the source of "unicorn", "marketing"')
    assert home.config_path.read_text() == CONFIG


def test_what_sync_has_written_is_in_nobodys_way(home: Household, awsenv: Runner, runtime_here: Runtime) -> None:
    """Temporary keys in a section of awsenv's own are renewed by it, and neither waited for nor retired."""
    keys = {"aws_access_key_id": "ASIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x", "aws_session_token": "y"}
    section_id = SectionId("credentials", "unicorn")
    edit_shared(
        credentials_file(runtime_here), lambda text: text.put(section_id, keys), runtime=runtime_here, notify=ignore
    )
    before = home.credentials_path.read_text()

    assert awsenv(home, "migrate", "--yes", "--json", "--offline").states["unicorn"] == "migrated"
    assert awsenv(home, "migrate", "--yes", "--json", "--retire-keys", "--offline").states["unicorn"] == "unchanged"
    assert home.credentials_path.read_text() == before


def test_a_half_state_is_named_and_gone_on_from(home: Household, awsenv: Runner) -> None:
    """Where the credentials file cannot be written, the next command is told, and that one does the rest."""
    target = home.credentials_path.with_name("elsewhere")
    content = home.credentials_path.read_text()
    home.credentials_path.unlink()
    home.credentials_path.symlink_to(target)
    target.write_text(content)
    folder = home.credentials_path.with_name("credentials.before-awsenv")
    folder.mkdir()
    ended = awsenv(home, "migrate", "--yes", "--retire-keys", "--map", f"default={DEVOPS}/Admin", status=7)
    assert ended.told[-2].startswith("awsenv: the profiles are migrated, but their old keys still stand there: ")
    assert ended.told[-1] == "hint: awsenv migrate --retire-keys"
    assert target.read_text() == content
    folder.rmdir()

    assert awsenv(home, "migrate", "--json", "--dry-run").states["default"] == "waits"
    awsenv(home, "migrate", "--yes", "--retire-keys")
    assert (home.credentials_path.is_symlink(), target.read_text()) == (True, "# long-lived\n")


def test_keys_of_another_account_beside_sso_stay(home: Household, awsenv: Runner) -> None:
    """Old keys beside a profile that is SSO already go only if they are of the same account."""
    awsenv(home, "migrate", "--yes")
    home.credentials_path.write_text(keys_of(home, "unicorn"))
    before = home.credentials_path.read_text()
    ended = awsenv(home, "migrate", "--yes", "--retire-keys", "unicorn", status=3)

    assert f"awsenv: unicorn stays: the keys beside it are of account {DEVOPS}: some tools take those" in ended.told
    assert awsenv(home, "migrate", "--retire-keys", "--yes", "--offline", "--json").states["unicorn"] == "stays"
    assert home.credentials_path.read_text() == before


def test_dead_keys_beside_sso_can_go(home: Household, awsenv: Runner) -> None:
    """Keys that AWS refuses lead nobody anywhere: beside SSO they are retired when somebody says so."""
    awsenv(home, "migrate", "--yes")
    home.credentials_path.write_text("[unicorn]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")

    assert awsenv(home, "migrate", "--yes", "--retire-keys", "--json").states["unicorn"] == "migrated"
    assert home.credentials_path.read_text() == ""


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (["unicorn"], 2, "awsenv: --map 'unicorn' is not of the form profile=account/role"),
        (["unicron=x/y"], 2, 'awsenv: --map names a profile "unicron" that is not there'),
        (
            ["unicorn=Team_Unicorn/Developr"],
            5,
            'awsenv: company gives you no role "Developr" in account "Team_Unicorn"',
        ),
        (["unicorn=Team_Unicron/Developer"], 5, 'awsenv: company gives you no account "Team_Unicron"'),
        (
            [f"unicorn={DEVOPS}/Developer"],
            2,
            f'awsenv: profile "unicorn" is of account {UNICORN}, and migrate leads none to another, as {DEVOPS}',
        ),
    ],
)
def test_a_wrong_map_changes_nothing(
    home: Household, awsenv: Runner, options: list[str], status: int, told: str
) -> None:
    """What --map says has to exist, and to be in the very account of the profile."""
    ended = awsenv(home, "migrate", "--yes", "--map", *options, status=status)

    assert ended.told[0] == told
    assert ended.told[1].startswith("hint: ")
    assert home.config_path.read_text() == CONFIG


def test_a_map_decides(home: Household, awsenv: Runner) -> None:
    """What --map says counts before all likeness, and the account may be named by its name in any case."""
    awsenv(home, "migrate", "unicorn", "--yes", "--map", "unicorn=team_unicorn/ReadOnly")

    assert f"sso_account_id = {UNICORN}\nsso_role_name = ReadOnly\n" in home.config_path.read_text()
    assert home.config_path.read_text().count("sso_account_id") == 1


def test_what_is_not_clear_is_left_open(home: Household, awsenv: Runner) -> None:
    """Without a person, a role that could be several is left as it is, with the option to type."""
    home.config_path.write_text(CONFIG.replace("role/Developer", "role/Engineers"))
    ended = awsenv(home, "migrate", "--yes")

    assert "awsenv: unicorn is open: which role is Engineers is not clear" in ended.told
    assert ended.told[-3:-1] == [
        f"hint: awsenv migrate --map unicorn={UNICORN}/ROLE",
        "hint: the roles of unicorn: Developer, ReadOnly",
    ]
    assert home.config_path.read_text().count("sso_account_id") == 1


def test_what_is_not_given_stays(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """No access, another partition, another Identity Center and other kinds of profile: each stays, with the reason."""
    append(
        home,
        "\n[profile cn]\nrole_arn = arn:aws-cn:iam::222233334444:role/Developer\nsource_profile = default\n"
        "[profile other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n"
        f"sso_account_id = {UNICORN}\nsso_role_name = Developer\n"
        f"[profile gone]\nsso_start_url = https://practice.awsapps.com/start\nsso_region = eu-west-1\n"
        f"sso_account_id = {UNICORN}\nsso_role_name = Gone\n"
        "[profile process]\ncredential_process = vault\n"
        "[profile odd]\nrole_arn = nonsense\nsource_profile = default\n"
        "[profile half]\nrole_arn = arn:aws:iam::222233334444:role/Developer\n"
        "[profile web]\nrole_arn = arn:aws:iam::222233334444:role/Developer\nweb_identity_token_file = /t\n"
        "[profile temporary]\naws_access_key_id = a\naws_secret_access_key = b\naws_session_token = c\n",
    )
    center.rules.withdrawn_accounts = frozenset({MARKETING})
    ended = awsenv(home, "migrate", "--yes")

    assert [line for line in ended.told if " stays: " in line] == [
        f"awsenv: marketing stays: company gives you no role in account {MARKETING}",
        "awsenv: cn stays: it is of the partition aws-cn, and company of aws",
        "awsenv: other stays: it is of another Identity Center: https://other.awsapps.com/start",
        "awsenv: gone stays: company does not give you Gone there any more",
        "awsenv: process stays: its keys come from a credential_process",
        "awsenv: odd stays: its role_arn is no role's: nonsense",
        "awsenv: half stays: it has a role_arn but neither a source_profile nor a credential_source",
        "awsenv: web stays: it is a program's, which signs in by a web identity token",
        "awsenv: temporary stays: its keys are temporary, and go by themselves",
    ]
    assert home.config_path.read_text().count("sso_session = company") == 1


def test_start_urls_become_sso_sessions(home: Household, awsenv: Runner) -> None:
    """A legacy profile of the same Identity Center gets the sso-session, so that its sign-in can be renewed."""
    append(
        home,
        "\n[profile legacy]\nsso_start_url = https://practice.awsapps.com/start/#\nsso_region = eu-west-1\n"
        f"sso_account_id = {UNICORN}\nsso_role_name = ReadOnly\nregion = eu-west-1\n",
    )
    awsenv(home, "migrate", "legacy", "--yes")

    assert home.config_path.read_text() == (
        f"{CONFIG}\n[profile legacy]\nsso_account_id = {UNICORN}\nsso_role_name = ReadOnly\nregion = eu-west-1\n"
        "sso_session = company\n"
    )


def test_what_cannot_be_proven_is_left_as_it_was(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """A profile whose credentials AWS refuses is named and not written; the others are, and the status is 5."""
    center.faults.set("GetRoleCredentials", Fault("error", status=403), times=1)
    ended = awsenv(home, "migrate", "--yes", status=5)

    assert ended.told[-1].startswith('awsenv: profile "unicorn" is left as it was, since it could not be proven: ')
    assert f"[profile unicorn]\nrole_arn = arn:aws:iam::{UNICORN}:role/Developer\n" in home.config_path.read_text()
    assert home.config_path.read_text().count("sso_account_id") == 1


@pytest.mark.soak
def test_without_an_answer_nothing_is_written(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """Where AWS does not answer during the proof, both files stay as they are, and the status is 6."""
    center.faults.set("GetRoleCredentials", Fault("error", status=500))
    awsenv(home, "migrate", "--yes", status=6)

    assert home.config_path.read_text() == CONFIG
    assert center.journal.count("GetRoleCredentials") > 0


def test_the_proof_can_be_left_out(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """With --no-verify nobody asks for credentials, and what Identity Center lists is believed."""
    center.faults.set("GetRoleCredentials", Fault("error", status=403))
    assert "awsenv: 2 profiles: migrated" in awsenv(home, "migrate", "--yes", "--no-verify", "--offline").told
    assert center.journal.count("GetRoleCredentials") == center.journal.count("GetCallerIdentity") == 0


def test_credentials_that_sts_refuses_are_no_proof(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """To have got credentials is not enough: where STS does not take them, nothing is migrated."""
    center.faults.set("GetCallerIdentity", Fault("error", status=403))
    ended = awsenv(home, "migrate", "--yes", "--offline", status=5)

    assert sum("could not be proven" in line for line in ended.told) == 2
    assert home.config_path.read_text() == CONFIG


def test_keys_are_not_retired_without_proof(home: Household, awsenv: Runner) -> None:
    """--retire-keys and --no-verify are not for one run."""
    assert awsenv(home, "migrate", "--retire-keys", "--no-verify", status=2).told[0] == (
        "awsenv: keys are retired only where SSO is proven"
    )


@pytest.mark.parametrize("trusts_sso", [False, True])
def test_a_role_behind_a_role_goes_on_working(tmp_path: Path, awsenv: Runner, *, trusts_sso: bool) -> None:
    """A profile that draws on a migrated one is tried: where its role does not trust SSO's, the source stays."""
    world = older_world()
    principal = world.companies[0].principal(UNICORN, "Developer")
    trusted = (f"arn:aws:iam::{UNICORN}:role/Developer", *((principal,) if trusts_sso else ()))
    deploy = Role(f"arn:aws:iam::{PARTNER}:role/Deploy", trusted)
    with PracticeServer(older_world(deploy)) as center:
        home = older_household(tmp_path / "home", center)
        append(home, DEPLOY.replace(MARKETING, PARTNER))
        states = awsenv(home, "migrate", "--yes", "--json").states

    assert states["unicorn"] == ("migrated" if trusts_sso else "stays")
    assert states["deploy"] == "stays"
    assert states["marketing"] == "migrated"


def test_a_role_that_wants_a_code_keeps_its_source(home: Household, awsenv: Runner) -> None:
    """What cannot be tried without an MFA code is not put at risk."""
    append(home, DEPLOY.replace(MARKETING, PARTNER) + f"mfa_serial = arn:aws:iam::{DEVOPS}:mfa/robot\n")
    ended = awsenv(home, "migrate", "--yes")

    assert (
        'awsenv: unicorn stays: profile "deploy" draws on it, and needs an MFA code, so that it could not be tried'
        in ended.told
    )
    assert home.config_path.read_text().count("sso_account_id") == 1


def test_what_did_not_work_before_holds_nothing_back(home: Household, awsenv: Runner) -> None:
    """A profile that draws on a migrated one and was refused already is no reason to leave that one."""
    append(home, DEPLOY.replace(MARKETING, PARTNER))

    assert awsenv(home, "migrate", "--yes", "--json").states["unicorn"] == "migrated"


def test_a_profile_of_the_credentials_file_alone_moves(home: Household, awsenv: Runner) -> None:
    """Keys without a section in the config file get one, which is the person's and not awsenv's; the diff shows it."""
    home.credentials_path.write_text(keys_of(home, "robot") + "region = eu-west-1\n")
    home.config_path.write_text(CONFIG.replace("source_profile = default", "source_profile = robot").rstrip("\n"))
    ended = awsenv(
        home, "migrate", "robot", "unicorn", "marketing", "--yes", "--retire-keys", "--map", "robot=DevOps/Admin"
    )
    section = f"[profile robot]\nsso_session = company\nsso_account_id = {DEVOPS}\nsso_role_name = Admin\n"

    assert home.config_path.read_text().endswith(f"sso:account:access\n\n{section}")
    assert "\n".join(f"+{line}" for line in ("", *section.splitlines())) in ended.out
    assert home.credentials_path.read_text() == "[robot]\nregion = eu-west-1\n"


def test_hostile_files_are_no_trap(home: Household, awsenv: Runner) -> None:
    """Odd names, sections that stand twice and values over several lines: the change is right."""
    name = 'it\'s a \\"quoted\\" = name'
    role = f"role_arn = arn:aws:iam::{UNICORN}:role/Developer\nsource_profile = default\n"
    append(
        home,
        f'\n[profile "{name}"]\n{role}[profile twice]\n{role}[profile twice]\nregion = a\nexternal_id = canary\n'
        "[profile longkeys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
        f"aws_secret_access_key =\n  canary\n\n  canary\n{role}",
    )
    shown = awsenv(
        home, "migrate", "--yes", "--retire-keys", "--json", "--map", 'it\'s a "quoted" = name=Team_Unicorn/ReadOnly'
    )
    text = home.config_path.read_text()

    assert shown.states == {
        "default": "open",
        "unicorn": "migrated",
        "marketing": "migrated",
        'it\'s a "quoted" = name': "migrated",
        "twice": "migrated",
        "longkeys": "migrated",
    }
    assert f'[profile "{name}"]\nsso_session = company\nsso_account_id = {UNICORN}\nsso_role_name = ReadOnly\n' in text
    assert text.count("[profile twice]\n") == 2
    assert text.partition("[profile twice]\n[profile twice]\n")[2].startswith("region = a\nsso_session = company\n")
    assert "canary" not in text.partition("[profile longkeys]")[2]


def test_a_diff_shows_no_secret(home: Household, awsenv: Runner) -> None:
    """Keys of the config file go with --retire-keys, and no line of their values gets onto the screen."""
    append(
        home,
        "\n[profile longkeys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
        "aws_secret_access_key =\n  canary\n\n# canary\n  canary\n"
        f"role_arn = arn:aws:iam::{UNICORN}:role/Developer\nsource_profile = default\n"
        "credential_process = tool --password canary\n",
    )
    home.config_path.with_name("config.before-awsenv").write_text("of another day")
    shown = awsenv(home, "migrate", "--yes", "--retire-keys", "longkeys")

    assert "canary" not in shown.out + shown.err
    assert "-aws_secret_access_key =…" in shown.out
    assert "canary" in home.config_path.with_name("config.before-awsenv-2").read_text()


def test_what_all_sections_share_is_in_the_way(home: Household, awsenv: Runner) -> None:
    """A key of [DEFAULT] that would count before SSO cannot be taken from one profile alone."""
    home.config_path.write_text("[DEFAULT]\nexternal_id = canary-external\n" + CONFIG)

    assert awsenv(home, "migrate", "--yes", "--json").states["marketing"] == "stays"
    assert "sso_account_id" not in home.config_path.read_text()


def test_names_are_checked(home: Household, awsenv: Runner) -> None:
    """An unknown profile or sso-session is named with the nearest, and of several sso-sessions one is to be chosen."""
    assert awsenv(home, "migrate", "unicron", status=3).told == [
        f'awsenv: profile "unicron" not found in {home.config_path}',
        'hint: did you mean "unicorn"? all are in: awsenv list',
    ]
    append(home, "\n[sso-session partner]\nsso_start_url = https://partner.awsapps.com/start\nsso_region = eu-west-1\n")
    assert awsenv(home, "migrate", status=2).told[1] == "hint: awsenv migrate --sso-session NAME"
    assert awsenv(home, "migrate", "--sso-session", "company", "unicorn", "--dry-run").status == 0


def test_nobody_agrees_for_somebody(home: Household, awsenv: Runner) -> None:
    """Without a terminal and --yes nothing is written, and a sign-in that is over is not offered."""
    assert awsenv(home, "migrate", status=2).told[-1] == "hint: awsenv migrate --yes"
    for token in (home.home / ".aws" / "sso" / "cache").iterdir():
        token.unlink()

    assert awsenv(home, "migrate", "--yes", status=4).told[-1] == "hint: awsenv login --sso-session company"
    assert home.config_path.read_text() == CONFIG


def test_offline_says_what_is_not_known(home: Household, awsenv: Runner, center: PracticeServer) -> None:
    """Without STS the account of keys is whatever --map says, and else the profile is left open."""
    ended = awsenv(home, "migrate", "--offline", "--retire-keys", "--dry-run", "default")

    assert "awsenv: default is open: whose its keys are was not asked" in ended.told
    assert "hint: awsenv migrate --retire-keys --map default=ACCOUNT/ROLE" in ended.told
    assert center.journal.count("GetCallerIdentity") == 0
    mapped = awsenv(
        home, "migrate", "--offline", "--dry-run", "--json", "--retire-keys", "--map", "default=DevOps/Admin"
    )
    profile = json.loads(mapped.out)["profiles"][0]
    assert (profile["state"], profile["account_id"], profile["keys_retired"]) == ("migrated", DEVOPS, True)
    assert re.fullmatch("keys ….{4}", profile["source"])


def test_the_file_of_just_before_is_always_kept(home: Household, awsenv: Runner) -> None:
    """A copy that was there already is of another day: the file as it was before this change is kept beside it."""
    first = home.config_path.with_name("config.before-awsenv")
    first.write_text("of another day")
    ended = awsenv(home, "migrate", "--yes")
    copy = home.config_path.with_name("config.before-awsenv-2")

    assert (first.read_text(), copy.read_text()) == ("of another day", CONFIG)
    assert f"awsenv: the file as it was before is {copy}" in ended.told


def test_without_an_sso_session_setup_is_named(home: Household, awsenv: Runner) -> None:
    """Who has nothing but the older configuration is shown the way to an sso-session."""
    home.config_path.write_text(CONFIG.partition("# The way in")[0])

    assert awsenv(home, "migrate", status=3).told[1] == "hint: awsenv setup"


def test_many_profiles_are_changed_at_once(home: Household, runtime_here: Runtime) -> None:
    """The files are not parsed anew for each profile, which would take minutes where this takes a moment."""
    role = SsoRole(load_profiles(runtime_here).sso_sessions["company"], UNICORN, "Developer")
    names = [f"p{number}" for number in range(1500)]
    home.config_path.write_text("".join(f"[profile {name}]\n{OLD_ROLE}\n" for name in names))
    home.credentials_path.write_text("".join(keys_of(home, name) for name in names))
    began = process_time()
    shared = load_both(runtime_here)
    shared.change(dict.fromkeys(names, role), names)

    assert process_time() - began < at_most(2.0)
    assert shared.credentials.content() == b""
    assert shared.config.content().count(b"sso_role_name = Developer\n") == len(names)


def test_no_other_section_is_drawn_in(home: Household, awsenv: Runner) -> None:
    """Where an indented header would become a value once a section is gone, nothing is written, and that is said."""
    home.credentials_path.write_text(
        "[b]\nregion = c\n" + keys_of(home).replace("\n", "\n  ") + "[other]\n  region = d\n"
    )
    before = home.credentials_path.read_text()
    ended = awsenv(
        home, "migrate", "--yes", "--retire-keys", "--map", f"default={DEVOPS}/Admin", "--no-login", status=3
    )

    assert ended.told[-1] == "hint: put the headers of all sections at the margin"
    assert "[b] would change with another" in ended.told[-2]
    assert (home.credentials_path.read_text(), home.config_path.read_text()) == (before, CONFIG)
