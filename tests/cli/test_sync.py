"""sync: copies of temporary keys, and what becomes of them, against the practice Identity Center."""

import json
import signal
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pexpect
import pytest
from aws.person import seat
from cli.companies import FIRST, account, bare_household, world_of
from cli.syncs import FOREIGN, age, copies, rows, set_settings, states, sync, told
from stage import AWSENV, TIME_LIMIT, at_most, environment_of, furnish, run

from awsenv.actions.together import WORKERS
from awsenv.demo.faults import Fault
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import AWESOME, DEVOPS, UNICORN

MANY = 50


@pytest.fixture
def large(tmp_path: Path) -> Any:
    """Start a company of many accounts, and write a household with a profile for each."""
    with PracticeServer(world_of([account(number, roles=("Admin",)) for number in range(MANY)])) as server:
        home = bare_household(tmp_path / "home", server)
        with home.config_path.open("a") as file:
            for number in range(MANY):
                file.write(f"\n[profile team-{number}]\nsso_session = company\n")
                file.write(f"sso_account_id = {FIRST + number}\nsso_role_name = Admin\nregion = eu-west-1\n")
        yield home
    assert server.failures == []


def test_a_copy_has_the_keys_and_their_end(household: Household) -> None:
    """The keys stand under the profile's name, with the end as a time; the file is private and others stay."""
    household.credentials_path.write_bytes(FOREIGN)
    warning, done = sync(household, "unicorn")
    assert f"{household.credentials_path}:4: a byte here is not UTF-8" in warning
    assert done == "awsenv: 1 profile in the credentials file: 1 added"
    content = household.credentials_path.read_bytes()
    assert content.startswith(FOREIGN)
    assert household.credentials_path.stat().st_mode & 0o777 == 0o600
    assert not household.credentials_path.with_name("credentials.before-awsenv").exists()
    household.credentials_path.write_bytes(content[len(FOREIGN) :])
    copy = copies(household)["unicorn"]
    ends = datetime.strptime(copy["expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)

    assert timedelta(minutes=55) < ends - datetime.now(timezone.utc) < timedelta(hours=1)
    assert copy["x_security_token_expires"] == copy["expiration"]
    assert copy.keys() == {
        *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "expiration", "x_security_token_expires"),
        *("x_awsenv_profile", "x_awsenv_sign_in", "x_awsenv_digest"),
    }


def test_milliseconds_for_the_older_helper(household: Household) -> None:
    """By the settings the end is the number that ssocred compares with the clock; the time stands beside it."""
    set_settings(household, '[sync]\nexpiration = "milliseconds"\n')
    sync(household, "unicorn")
    copy = copies(household)["unicorn"]
    ends = datetime.fromtimestamp(int(copy["expiration"]) / 1000, timezone.utc)

    assert ends.strftime("%Y-%m-%dT%H:%M:%SZ") == copy["x_security_token_expires"]


def test_again_nothing_changes(household: Household) -> None:
    """Without a name what is there is brought up to date, which writes nothing while the keys are good."""
    sync(household, "unicorn", "deploy")
    before = household.credentials_path.stat()
    assert states(household) == {"unicorn": "unchanged", "deploy": "unchanged"}
    assert household.credentials_path.stat().st_mtime_ns == before.st_mtime_ns


def test_other_names(household: Household) -> None:
    """--as and --default name the copy, with the profile's region; `sync NAME` then means whose copy it is."""
    assert rows(household, "devops", "--as", "ops tool")[0]["section"] == "ops tool"
    sync(household, "unicorn", "--default")
    found = copies(household)

    assert (found["ops tool"]["region"], found["ops tool"]["x_awsenv_profile"]) == ("eu-central-1", "devops")
    assert found["default"]["x_awsenv_profile"] == "unicorn"
    assert [(row["profile"], row["section"], row["state"]) for row in rows(household, "ops tool")] == [
        ("devops", "ops tool", "unchanged")
    ]
    assert set(states(household)) == {"ops tool", "default"}
    # A copy is nobody of whom a copy could be made.
    assert "ops tool" not in states(household, "--all", "--dry-run")


@pytest.mark.parametrize("padding", [0, 1500])
def test_awsenv_itself_asks_where_the_keys_come_from(household: Household, padding: int) -> None:
    """A copy shadows nothing: list, use, exec and whoami go by the profile, even with dead keys in the copy."""
    with household.config_path.open("a") as file:
        file.write("".join(f"\n[profile pad-{number}]\nregion = eu-west-1\n" for number in range(padding)))
    with household.credentials_path.open("a") as file:
        file.write("".join(f"\n[pad-{number}]\nregion = eu-west-1\n" for number in range(padding)))
    sync(household, "unicorn", "process")
    sync(household, "devops", "--as", "tool")
    sync(household, "unicorn", "--default")
    text = household.credentials_path.read_text()
    for name in ("unicorn", "process", "tool", "default"):
        text = text.replace(copies(household)[name]["aws_secret_access_key"], "dead")
    household.credentials_path.write_text(text)
    environment = environment_of(household)
    listed = {each["name"]: each for each in json.loads(run([AWSENV, "list", "--json"], environment).stdout)}
    expected = {"unicorn": UNICORN, "tool": DEVOPS, "default": UNICORN}

    assert {name: listed[name]["account_id"] for name in expected} == expected
    assert {listed[name]["source"] for name in expected} == {"sso-session"}
    assert listed["process"]["source"] == "process"
    for name, account_id in {"tool": DEVOPS, "process": AWESOME}.items():
        finished = run([AWSENV, "whoami", "--verify"], environment | {"AWS_PROFILE": name})
        assert account_id in finished.stdout.decode(), finished.stderr
        switch = run([AWSENV, "use", name, "--json", "--shell", "bash"], environment)
        assert json.loads(switch.stdout)["set"]["AWS_SECRET_ACCESS_KEY"] != "dead"


def test_a_copy_of_nobody(household: Household) -> None:
    """Where the profile is gone, so is the copy as far as awsenv is concerned, and it says so."""
    sync(household, "unicorn", "--as", "tool")
    household.config_path.write_text(household.config_path.read_text().replace("[profile unicorn]", "[profile x]"))
    finished = run([AWSENV, "use", "tool", "--shell", "sh"], environment_of(household))

    assert told(finished, 3) == [
        'awsenv: profile "tool" is a copy of the keys of profile "unicorn", which is gone: awsenv sync --clean',
        f"hint: look at {household.credentials_path}:5",
    ]
    assert told(run([AWSENV, "sync", "--clean"], environment_of(household)))[-1].endswith("file: tool")


def test_foreign_sections_are_named_and_left_alone(household: Household) -> None:
    """Keys that awsenv did not write stay; all others are written, and the status says so."""
    foreign = b"[unicorn]\naws_access_key_id = AKIA\n[awesome]\n# awsenv 0 wrote x\nregion = mars\n"
    household.credentials_path.write_bytes(foreign)
    lines = sync(household, "unicorn", "awesome", "devops", status=7)

    where = f"stands in {household.credentials_path}"
    hint = "hint: rename or remove that section, or choose another name: awsenv sync PROFILE --as NAME"
    assert lines == [
        "awsenv: 1 profile in the credentials file: 1 added",
        f'awsenv: "awesome" not synced: "awesome" {where}:3 and was not written by awsenv',
        hint,
        f'awsenv: "unicorn" not synced: "unicorn" {where}:1 and was not written by awsenv',
        hint,
    ]
    assert household.credentials_path.read_bytes().startswith(foreign)
    assert {row["section"]: row["expires_at"] for row in rows(household, "awesome", status=7)} == {"awesome": None}
    # Nor is a profile of the config file taken, which some tools would go by and others not.
    assert states(household, "devops", "--as", "marketing", status=7) == {"marketing": "taken"}


def test_who_takes_the_mark_away_owns_the_section(household: Household) -> None:
    """Without the comment the keys are somebody's own: never written, never removed."""
    sync(household, "unicorn")
    lines = household.credentials_path.read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if "# awsenv" not in line)
    household.credentials_path.write_text(text)

    assert states(household, "unicorn", status=7) == {"unicorn": "taken"}
    assert sync(household, "--clean") == ["awsenv: nothing that sync wrote is in the credentials file"]
    run([AWSENV, "logout", "--all"], environment_of(household))
    assert household.credentials_path.read_text() == text


def test_what_others_put_into_a_copy_stays(household: Household) -> None:
    """A key that somebody adds to a section of awsenv's outlives the keys, and the next copy keeps it."""
    sync(household, "unicorn")
    with household.credentials_path.open("a") as file:
        file.write("output = text\n")
    sync(household, "--clean")
    assert copies(household)["unicorn"] == {"output": "text"}
    sync(household, "unicorn")

    assert copies(household)["unicorn"]["output"] == "text"
    assert copies(household)["unicorn"]["aws_access_key_id"]


def test_logout_takes_exactly_its_copies(household: Household) -> None:
    """The copies that hang on that sign-in go, chained ones too; all else stays as it is, to the byte."""
    household.credentials_path.write_bytes(FOREIGN.replace(b"\xe9", b"e") + b"\r\n")
    before = household.credentials_path.read_bytes()
    sync(household, "partner")
    rest = household.credentials_path.read_bytes()
    sync(household, "unicorn", "deploy")
    sync(household, "devops", "--as", "tool")
    # By what the copy says, whatever became of the profile.
    household.config_path.write_text(household.config_path.read_text().replace("[profile devops]", "[profile x]"))
    lines = told(run([AWSENV, "logout", "--sso-session", "company"], environment_of(household)))

    assert "awsenv: 3 sections that sync wrote removed from the credentials file" in lines
    assert household.credentials_path.read_bytes() == rest
    told(run([AWSENV, "logout", "--all"], environment_of(household)))
    assert household.credentials_path.read_bytes() == before


@pytest.mark.parametrize("command", [["use", "awesome", "--shell", "sh"], ["login", "awesome"], ["sync", "awesome"]])
def test_dead_copies_go(household: Household, command: list[str]) -> None:
    """A copy that is over goes with the next use, login or sync; one that is not, and foreign sections, stay."""
    sync(household, "unicorn", "devops")
    age(household, "unicorn", datetime.now(timezone.utc) - timedelta(seconds=1))
    before = copies(household)
    told(run([AWSENV, *command], environment_of(household)))
    after = copies(household)
    after.pop("awesome", None)
    del before["unicorn"]

    assert after == before


def test_clean_takes_what_is_named(household: Household) -> None:
    """By the name of the profile or of the section; a dry run only tells."""
    sync(household, "unicorn", "devops")
    sync(household, "unicorn", "--as", "tool")
    before = household.credentials_path.read_bytes()
    lines = ["awsenv: would be removed from the credentials file: unicorn, tool"]
    assert sync(household, "--clean", "--dry-run", "unicorn") == lines
    assert household.credentials_path.read_bytes() == before

    assert states(household, "--clean", "tool") == {"tool": "removed"}
    assert set(copies(household)) == {"robot", "unicorn", "devops"}


def test_five_of_many_refused(large: Household) -> None:
    """Those that are refused are named and stay as they were; the others are written, all at once."""
    refused = range(0, MANY, MANY // 5)
    large.practice.rules.withdrawn_accounts = frozenset(str(FIRST + number) for number in refused)
    lines = sync(large, "team-*", status=5)

    assert lines[0] == f"awsenv: {MANY - 5} profiles in the credentials file: {MANY - 5} added"
    named = [line.split('"')[1] for line in lines if " not synced: " in line]
    assert sorted(named) == sorted(f"team-{number}" for number in refused)
    assert set(copies(large)) == {f"team-{number}" for number in range(MANY)} - set(named)
    found = {row["section"]: (row["account_id"], row["state"]) for row in rows(large, "--all", status=5)}
    assert found["team-0"] == (str(FIRST), "failed")
    assert found["team-1"] == (str(FIRST + 1), "unchanged")


def test_a_dry_run_asks_nobody(household: Household, practice: PracticeServer) -> None:
    """It tells what would become of each, and neither fetches keys nor writes."""
    sync(household, "unicorn", "awesome")
    age(household, "awesome", datetime.now(timezone.utc) + timedelta(minutes=10))
    before, asked = household.credentials_path.read_bytes(), practice.journal.count("GetRoleCredentials")

    assert states(household, "unicorn", "awesome", "devops", "--dry-run") == {
        "unicorn": "unchanged",
        "awesome": "renewed",
        "devops": "added",
    }
    assert household.credentials_path.read_bytes() == before
    assert practice.journal.count("GetRoleCredentials") == asked


def test_a_dead_sign_in_is_told_once(tmp_path: Path, practice: PracticeServer) -> None:
    """Nobody is there to be asked: all that hang on it are named in one line, and the others are written."""
    home = furnish(tmp_path / "home", practice, SignedIn(["partner"], legacy=False))
    lines = sync(home, "unicorn", "devops", "deploy", "partner", status=4)

    assert lines[0] == "awsenv: 1 profile in the credentials file: 1 added"
    assert lines[1].startswith('awsenv: "unicorn", "devops", "deploy" not synced: ')
    assert lines[2:] == ["hint: awsenv login --sso-session company"]


def test_a_dead_network_is_found_out_together(large: Household) -> None:
    """Where nobody answers, not each of many finds that out for itself, and the file stays."""
    with large.config_path.open("a") as file:
        for number in range(20):
            file.write(f"\n[profile more-{number}]\nsso_session = company\nsso_account_id = {FIRST}\n")
            file.write(f"sso_role_name = Role{number}\nregion = eu-west-1\n")
    large.practice.faults.set("GetRoleCredentials", Fault("error", status=500))
    lines = sync(large, "--all", status=6)

    assert lines[0].endswith("none written")
    assert len([line for line in lines if " not synced: " in line]) == 1
    assert large.practice.journal.count("GetRoleCredentials") < 6 * WORKERS
    assert not large.credentials_path.exists()


def test_a_throttled_portal_loses_nobody(household: Household) -> None:
    """Who is refused for haste waits, and is not given up after a few tries as a failing service is."""
    household.practice.faults.set("GetRoleCredentials", Fault("error", status=429), times=4)

    assert states(household, "unicorn") == {"unicorn": "added"}


def test_a_person_is_asked_once(tmp_path: Path, practice: PracticeServer) -> None:
    """For all that hang on a sign-in that is over there is one question, and after it all are there."""
    home = furnish(tmp_path / "home", practice, SignedIn([], legacy=False))
    person = seat(tmp_path / "person")
    screen = pexpect.spawn(
        AWSENV,
        ["sync", "unicorn", "devops", "deploy"],
        env=environment_of(home, {"TERM": "xterm", "BROWSER": person.browser}),
        dimensions=(50, 300),
        timeout=TIME_LIMIT,
        encoding="utf-8",
    )
    screen.expect_exact("Sign in to company now? [Y/n] ")
    screen.sendline("y")
    screen.expect_exact("awsenv: 3 profiles in the credentials file: 3 added")
    screen.expect(pexpect.EOF)
    screen.close()

    assert screen.exitstatus == 0
    assert set(copies(home)) == {"robot", "unicorn", "devops", "deploy"}
    assert len(person.opened()) == 1


def test_many_at_once_lose_nothing(household: Household) -> None:
    """Each of several commands that write at the same time has its copy in the file, and foreign sections stay."""
    names = ["unicorn", "awesome", "marketing", "devops", "deploy", "partner"]
    environment = environment_of(household)
    running = [subprocess.Popen([AWSENV, "sync", name], env=environment, stderr=subprocess.DEVNULL) for name in names]

    assert [process.wait(TIME_LIMIT) for process in running] == [0] * len(names)
    assert set(copies(household)) == {"robot", *names}


def test_no_key_is_ever_shown(household: Household) -> None:
    """Neither text nor JSON nor a trace has a secret in it, or an access key id."""
    shown = b""
    for words in (["unicorn"], ["unicorn", "--json"], ["--dry-run"], ["nobody"], ["--clean", "--json"]):
        finished = run([AWSENV, "sync", *words], environment_of(household, {"AWSENV_DEBUG": "1"}))
        shown += finished.stdout + finished.stderr
        if words == ["unicorn"]:
            copy = copies(household)["unicorn"]

    for key in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"):
        assert copy[key].encode() not in shown


def test_ctrl_c_writes_nothing(large: Household) -> None:
    """Given up while keys are fetched, the file stays as it was, and the status says so."""
    large.credentials_path.write_bytes(FOREIGN)
    large.practice.faults.set("GetRoleCredentials", "time-out")
    with subprocess.Popen([AWSENV, "sync", "--all"], env=environment_of(large), stderr=subprocess.PIPE) as process:
        while not large.practice.journal.count("GetRoleCredentials"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=at_most(5))

    assert process.returncode == 130
    assert large.credentials_path.read_bytes() == FOREIGN


def test_login_syncs_what_the_settings_name(tmp_path: Path, practice: PracticeServer) -> None:
    """After each login the copies are there; a name that is none, or keys that AWS refuses, are warnings only."""
    home = furnish(tmp_path / "home", practice, SignedIn([], legacy=False))
    practice.rules.approves_by_itself = True
    practice.faults.set("GetRoleCredentials", Fault("error", status=403), times=1)
    set_settings(home, '[sso-session.company]\nsync = ["uni*", "deploy", "partner", "robot", "nobody"]\n')
    command = [AWSENV, "login", "--sso-session", "company", "--device-code", "--no-browser"]
    lines = told(run(command, environment_of(home)))

    warnings = [line for line in lines if "warning" in line]
    assert [line.partition("the settings sync ")[2] for line in warnings[:3]] == [
        '"partner" after a login to company, on which nothing of that name hangs',
        '"robot" after a login to company, and it has no temporary keys',
        '"nobody" after a login to company, and there is no such profile',
    ]
    assert " not synced: " in warnings[3]
    assert len(warnings) == 4
    # The one that was refused, and the one that hangs on another sign-in, are not there.
    assert len({"unicorn", "deploy"} & set(copies(home))) == 1
    told(run([*command, "--force"], environment_of(home)))
    assert {"unicorn", "deploy"} <= set(copies(home))
    assert "partner" not in copies(home)


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        ([], 2, "which profiles? None is in the credentials file yet"),
        (["unicorn", "--all"], 2, "name profiles, or all, and not both"),
        (["u*", "devops", "--as", "x"], 2, "only one profile can be under another name"),
        (["unicorn", "--default", "--as", "x"], 2, "--default and --as name two sections, and there is one"),
        (["unicorn", "--clean", "--as", "x"], 2, "--clean goes with names of profiles alone"),
        (["unicorn", "--watch", "--json"], 2, "--watch goes on for ever: neither --dry-run nor --json goes with it"),
        (["unicorn", "--watch", "--process"], 2, "--process writes no keys that --watch could keep fresh"),
        (["--process"], 2, "which profiles?"),
        (["unicorn", "--process", "--process-name", "x"], 2, "'x' must have {profile} in it once"),
        (["unicron"], 3, 'profile "unicron" not found in'),
        (["z*"], 3, 'no profile with temporary keys fits "z*"'),
        (["robot"], 3, 'profile "robot" has keys of its own, which do not expire'),
        (["unicorn", "--as", "a]b"], 3, "'a]b' cannot be the name of a section"),
        (["unicorn", "--as", "a\nb"], 3, "cannot be the name of a section"),
        (["unicorn", "--as", " a"], 3, "' a' cannot be the name of a section"),
        (["unicorn", "--as", "a #b"], 3, "'a #b' cannot be the name of a section: some SDKs read another name there"),
    ],
)
def test_usage(household: Household, words: list[str], status: int, problem: str) -> None:
    """What makes no sense is told before anything is written."""
    before = household.credentials_path.read_bytes()

    assert any(problem in line for line in sync(household, *words, status=status))
    assert household.credentials_path.read_bytes() == before
