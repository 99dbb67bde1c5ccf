"""populate: from an sso-session to profiles, against the practice Identity Center."""

import configparser
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pexpect
import pytest
from aws.person import seat
from botocore.configloader import load_config
from cli.companies import FIRST, ROLES, account, bare_household, world_of
from stage import AWS_V1, AWS_V2, AWSENV, SOAK, TIME_LIMIT, at_most, environment_of, furnish, run

from awsenv.demo.faults import KINDS, Fault, Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer

ACCOUNTS = 500 if SOAK else 30
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"


@pytest.fixture
def center() -> Iterator[PracticeServer]:
    """Start a practice Identity Center with a company of three accounts."""
    with PracticeServer(world_of([account(number) for number in range(3)])) as server:
        yield server
    assert server.failures == []


@pytest.fixture
def home(tmp_path: Path, center: PracticeServer) -> Household:
    """Write the household of somebody who has nothing but sso-sessions."""
    return bare_household(tmp_path / "home", center)


def populate(
    home: Household, *options: str, status: int = 0, session: str = "company"
) -> subprocess.CompletedProcess[bytes]:
    """Run populate for the company and check its status."""
    chosen = ["--sso-session", session] if session else []
    finished = run([AWSENV, "populate", *chosen, *options], environment_of(home))
    assert finished.returncode == status, finished.stderr.decode()
    return finished


def told(finished: subprocess.CompletedProcess[bytes]) -> list[str]:
    """Return what people were told."""
    return finished.stderr.decode().splitlines()


def states(home: Household, *options: str, status: int = 0) -> dict[str, str]:
    """Return what becomes of each profile by its name."""
    answer: Any = json.loads(populate(home, "--json", *options, status=status).stdout)
    return {each["name"]: each["state"] for each in answer["profiles"]}


def version_of(home: Household) -> tuple[int, int]:
    """Return what is another after every writing of the config file."""
    status = home.config_path.stat()
    return status.st_ino, status.st_mtime_ns


def set_settings(home: Household, text: str) -> None:
    """Write the settings file."""
    path = home.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def profiles_in(home: Household) -> list[str]:
    """Return the profiles that botocore reads, in the order of the file."""
    return list(load_config(str(home.config_path))["profiles"])


def test_every_account_and_role_becomes_a_profile(home: Household) -> None:
    """All accounts and roles are written behind what was there, which stays to the byte; a copy of it is kept."""
    before = home.config_path.read_bytes()
    finished = populate(home)
    names = [f"Team-{number:03}-{role}" for number in range(3) for role in ROLES]

    assert finished.stdout == b""
    assert told(finished) == [
        "awsenv: 12 profiles: 12 added",
        f"awsenv: the file as it was before is {home.config_path}.before-awsenv",
    ]
    assert home.config_path.read_bytes().startswith(before)
    assert home.config_path.with_name("config.before-awsenv").read_bytes() == before
    assert profiles_in(home) == ["default", *names]
    assert home.config_path.read_text().partition("[profile Team-002-ReadOnly]")[2].splitlines()[2:] == [
        "sso_session = company",
        f"sso_account_id = {FIRST + 2}",
        "sso_role_name = ReadOnly",
        "region = eu-west-1",
    ]


def test_aws_tools_list_and_use_the_profiles(home: Household) -> None:
    """The AWS CLI lists them, and both of its versions, boto3 and awsenv get the very account that the name says."""
    populate(home)
    environment = environment_of(home)
    # The first version of the AWS CLI has no such command.
    assert run([AWS_V2, "configure", "list-profiles"], environment).stdout.decode().split() == profiles_in(home)
    name, expected = "Team-001-Developer", str(FIRST + 1)
    boto3 = run([sys.executable, "-c", WHO], environment | {"AWS_PROFILE": name})
    by_awsenv = run([AWSENV, "exec", name, "--", sys.executable, "-c", WHO], environment)
    identity = run([AWS_V1, "sts", "get-caller-identity", "--query", "Account", "--profile", name], environment)

    warm = run([AWS_V2, "configure", "export-credentials", "--profile", name], environment)

    assert warm.returncode == 0, warm.stderr
    assert [one.stdout.strip().strip(b'"').decode() for one in (boto3, by_awsenv, identity)] == [expected] * 3
    listed = run([AWSENV, "list"], environment)
    assert f"{expected} Team 001" in listed.stdout.decode()


def test_a_second_run_changes_nothing(home: Household) -> None:
    """Run again, the file stays the very same."""
    populate(home)
    before = version_of(home)
    finished = populate(home)

    assert told(finished) == ["awsenv: 12 profiles: nothing to change"]
    assert version_of(home) == before
    assert set(states(home).values()) == {"unchanged"}


@pytest.mark.parametrize("aws", [AWS_V1, AWS_V2])
def test_the_mark_survives_the_aws_cli(home: Household, center: PracticeServer, aws: str) -> None:
    """What the AWS CLI writes into a section of awsenv's stays there, and the section is awsenv's still."""
    populate(home)
    environment = environment_of(home)
    for key, value in (("output", "text"), ("region", "us-east-1"), ("s3.addressing_style", "path")):
        for name in ("Team-000-Admin", "Team-002-ReadOnly"):
            assert run([aws, "configure", "set", key, value, "--profile", name], environment).returncode == 0
    assert set(states(home).values()) == {"unchanged"}
    written = load_config(str(home.config_path))["profiles"]["Team-002-ReadOnly"]
    assert (written["output"], written["region"], written["s3"]) == ("text", "us-east-1", {"addressing_style": "path"})
    center.rules.withdrawn_accounts = frozenset({str(FIRST), str(FIRST + 2)})
    populate(home, "--prune", "--yes")

    assert profiles_in(home) == ["default", *(f"Team-001-{role}" for role in ROLES)]


def test_who_loses_the_marks_owns_the_sections(home: Household, center: PracticeServer) -> None:
    """A file that another program has written anew, without comments, is that program's: nothing in it is touched."""
    populate(home)
    parser = configparser.RawConfigParser()
    parser.read(home.config_path)
    with home.config_path.open("w") as file:
        parser.write(file)
    before = home.config_path.read_bytes()
    center.rules.withdrawn_accounts = frozenset({str(FIRST)})

    assert set(states(home, "--prune", "--yes").values()) == {"yours"}
    assert home.config_path.read_bytes() == before


def test_vanished_profiles_are_pruned_when_told_to(home: Household, center: PracticeServer) -> None:
    """What is no longer given is told of, listed, and removed only with --prune and an answer; nothing else goes."""
    before = home.config_path.read_bytes()
    populate(home)
    mine = home.config_path.read_bytes().replace(b"Team-001-Admin", b"my-own") + b"\n# the end\n"
    mine = mine.replace(b"[profile Team-001-Billing]\n", b"[profile Team-001-Billing]\noutput = json\n")
    home.config_path.write_bytes(mine)
    center.rules.withdrawn_accounts = frozenset({str(FIRST + 1), str(FIRST + 2)})
    assert told(populate(home)) == [
        "awsenv: 4 profiles: nothing to change",
        "awsenv: 7 profiles no longer given; --prune removes them",
    ]
    unasked = populate(home, "--prune", status=2)
    center.journal.clear()
    assert home.config_path.read_bytes() == mine
    assert told(unasked)[:1] == [
        f"awsenv: Team-001-Billing ({FIRST + 1}, Billing) is no longer given; of yours, output would go with it"
    ]
    assert told(unasked)[7:] == [
        "awsenv: nobody is here to agree that these 7 profiles go",
        "hint: awsenv populate --prune --yes",
    ]
    assert "removed" in states(home, "--prune", "--dry-run").values()
    assert home.config_path.read_bytes() == mine

    # What was listed for the question that nobody answered is still at hand.
    assert center.journal.count("ListAccountRoles") == 0
    assert told(populate(home, "--prune", "--yes"))[-1] == "awsenv: 4 profiles: 7 removed"
    left = home.config_path.read_bytes()
    assert re.findall(rb"\[profile (.*)\]", left) == [*(f"Team-000-{role}".encode() for role in ROLES), b"my-own"]
    assert left.startswith(before)
    assert left.endswith(b"\n# the end\n")


def test_every_page_is_read(home: Household, center: PracticeServer) -> None:
    """Accounts and roles that come a page at a time all come."""
    center.rules.page_size = 1
    assert told(populate(home))[0] == "awsenv: 12 profiles: 12 added"
    assert (center.journal.count("ListAccounts"), center.journal.count("ListAccountRoles")) == (3, 12)


def test_filters_narrow_and_prune_knows_it(home: Household, center: PracticeServer) -> None:
    """Globs choose accounts and roles; a narrower run asks for no more, and prunes nothing that it did not ask for."""
    populate(home)
    center.journal.clear()
    chosen = states(home, "--account", "team 00[12]", "--account", "!*2", "--role", "!Bill*", "--prune", "--yes")

    assert chosen == {f"Team-001-{role}": "unchanged" for role in ("Admin", "Developer", "ReadOnly")}
    assert center.journal.count("ListAccountRoles") == 1
    assert len(profiles_in(home)) == 13
    assert states(home, "--account", str(FIRST), "--role", "Admin") == {"Team-000-Admin": "unchanged"}


def test_filters_that_nothing_passes_are_told_of(home: Household) -> None:
    """A filter that was mistyped is not taken for one that has nothing to change."""
    told_of = told(populate(home, "--role", "Admn"))

    assert told_of[0] == "awsenv: warning: no account with such a role passes the filters of accounts and roles"


def test_settings_say_names_filters_and_keys(home: Household) -> None:
    """Template, globs, regions and any other key come from the settings; --template and --region win over them."""
    set_settings(
        home,
        """
        [populate]
        template = "{session}/{account|slug|lower}.{role|upper}"
        accounts = ["!*000"]
        roles = ["Admin"]
        [[populate.keys]]
        match = "*"
        output = "json"
        [[populate.keys]]
        match = "*002*"
        region = "us-east-1"
        cli_pager = "less"
        """,
    )
    populate(home)
    text = home.config_path.read_text()

    assert re.findall(r"\[profile (.*)\]", text) == ["company/team-001.ADMIN", "company/team-002.ADMIN"]
    assert text.endswith("region = us-east-1\noutput = json\ncli_pager = less\n")
    assert "region = eu-west-1\noutput = json\n\n" in text
    assert states(home, "--template", "{role}-{account_id}", "--region", "sa-east-1", "--prune", "--yes") == {
        f"Admin-{FIRST + 1}": "added",
        f"Admin-{FIRST + 2}": "added",
        "company/team-001.ADMIN": "removed",
        "company/team-002.ADMIN": "removed",
    }
    # What one run said of the region is not taken back by the next, which says nothing.
    assert set(states(home, "--template", "{role}-{account_id}", "--account", "*001").values()) == {"unchanged"}
    assert home.config_path.read_text().count("region = sa-east-1") == 2
    # Nor by one that gives the profile another name.
    assert states(home, "--template", "{account_id}.{role}", "--account", "*001") == {
        f"{FIRST + 1}.Admin": "added",
        f"Admin-{FIRST + 1}": "renamed",
    }
    assert home.config_path.read_text().count("region = sa-east-1") == 3


def test_foreign_sections_are_named_and_left_alone(home: Household) -> None:
    """A profile that is not awsenv's keeps its name and bytes; all others are written, and the status says so."""
    foreign = (
        b'\n[profile "Team-000-Admin"]\nregion = mars\n'
        b"\n[profile Team-001-Admin]\nsso_session = company\n"
        b"sso_account_id = %d\nsso_role_name = Admin\nregion = sa-east-1\n" % (FIRST + 1)
    )
    with home.config_path.open("ab") as file:
        file.write(foreign)
    home.credentials_path.write_bytes(b"[Team-002-Admin]\naws_access_key_id = AKIA\n")
    finished = populate(home, status=7)
    line = home.config_path.read_text().splitlines().index('[profile "Team-000-Admin"]') + 1

    named = f'"Team-000-Admin" ({home.config_path}:{line}), "Team-002-Admin" ({home.credentials_path})'

    assert told(finished)[0] == "awsenv: 10 profiles: 9 added, 1 yours already"
    assert told(finished)[-2:] == [
        f"awsenv: not written, since a profile that is not awsenv's has the name: {named}",
        "hint: rename that section, or choose other names with --template",
    ]
    assert foreign in home.config_path.read_bytes()
    assert len(profiles_in(home)) == 12
    assert states(home, status=7)["Team-001-Admin"] == "yours"


def test_a_dry_run_shows_a_diff_and_writes_nothing(home: Household, tmp_path: Path) -> None:
    """What is shown is a patch that makes of the old file the very one that is then written."""
    populate(home)
    changed = home.config_path.read_text().replace("Team-000-Billing", "mine").replace("sso_role_name = Admin\n", "")
    home.config_path.write_text(changed)
    before = version_of(home)
    shown = populate(home, "--region", "us-west-2", "--dry-run")
    assert version_of(home) == before
    copy = tmp_path / "copy"
    copy.write_text(changed)
    patched = subprocess.run(["patch", "-s", str(copy)], input=shown.stdout, check=False, capture_output=True)
    assert (patched.returncode, patched.stdout) == (0, b"")
    assert told(shown)[0] == "awsenv: 12 profiles: would be 1 added, 11 changed"
    populate(home, "--region", "us-west-2")

    assert copy.read_bytes() == home.config_path.read_bytes()
    assert populate(home, "--dry-run").stdout == b""


def test_a_diff_shows_no_secret(home: Household) -> None:
    """Neither a line that stays nor a key that somebody wrote into a section of awsenv's gets onto the screen."""
    populate(home, "--account", "*000", "--role", "Admin")
    with home.config_path.open("a") as file:
        file.write("aws_secret_access_key = canary\n[profile x]\naws_secret_access_key = canary\n")
    populate(home, "--account", "*000", "--role", "Admin", "--template", "{role}")
    shown = populate(home, "--dry-run", "--prune", "--template", "{role}")

    assert "-aws_secret_access_key = …" in shown.stdout.decode()
    assert b"canary" not in shown.stdout + shown.stderr


@pytest.mark.parametrize("no_colour", [False, True])
def test_a_diff_has_colours_on_a_terminal(home: Household, *, no_colour: bool) -> None:
    """Added lines are green where stdout is a terminal and NO_COLOR is not set; a bar shows how far it is."""
    more = {"TERM": "xterm"} | ({"NO_COLOR": "1"} if no_colour else {})
    screen = pexpect.spawn(
        AWSENV,
        ["populate", "--sso-session", "company", "--dry-run"],
        env=environment_of(home, more),
        dimensions=(50, 100),
        timeout=TIME_LIMIT,
        encoding="utf-8",
    )
    screen.expect(pexpect.EOF)
    text = screen.before
    screen.close()

    assert ("\x1b[32m+[profile Team-000-Admin]" in text) == (not no_colour)
    assert re.search(r"\r\x1b\[Kawsenv: accounts \[#{30}\] 3/3, 0:00 left\r\x1b\[K", text)


def test_prune_asks_a_person(home: Household, center: PracticeServer) -> None:
    """Anything but yes keeps them, and what is new is written all the same."""
    populate(home)
    center.rules.withdrawn_accounts = frozenset({str(FIRST + 1)})
    for answer, ending, left in (("", "; --prune removes them", 13), ("y", "8 profiles: 4 removed", 9)):
        screen = pexpect.spawn(
            AWSENV,
            ["populate", "--sso-session", "company", "--prune"],
            env=environment_of(home, {"TERM": "dumb"}),
            timeout=TIME_LIMIT,
            encoding="utf-8",
        )
        screen.expect_exact("awsenv: remove these 4 profiles? [y/N] ")
        screen.sendline(answer)
        screen.expect_exact(ending)
        screen.expect(pexpect.EOF)
        screen.close()
        assert (screen.exitstatus, len(profiles_in(home))) == (0, left)


def test_names_are_readable_unique_and_stay(tmp_path: Path) -> None:
    """Accounts of one name get their ids, odd names become plain ones, and whoever has a name keeps it."""
    odd = [
        account(0, "Sandbox", ["Admin"]),
        account(1, "Sandbox", ["Admin", "Power User"]),
        account(2, "Société / Générale (prod)", ["Admin"]),
        account(3, "", ["Admin"]),
        account(4, "日本", ["Admin"]),
        account(5, "$(touch pwned)\n[default]", ["Admin"]),
        account(6, "default", ["Admin"]),
    ]
    with PracticeServer(world_of(odd)) as center:
        home = bare_household(tmp_path / "home", center)
        center.rules.withdrawn_accounts = frozenset({str(FIRST)})
        populate(home)
        first = profiles_in(home)[1:]
        center.rules.withdrawn_accounts = frozenset()
        populate(home)
        second = profiles_in(home)[1:]
        by_account = states(home, "--template", "{account}", "--dry-run")

    assert sorted(first) == [
        f"{FIRST + 3}-Admin",
        f"{FIRST + 4}-Admin",
        "Sandbox-Admin",
        "Sandbox-Power-User",
        "Societe-Generale-prod-Admin",
        "default-Admin",
        "touch-pwned-default-Admin",
    ]
    assert second == [*first, f"Sandbox-Admin-{FIRST}"]
    assert f"default-{FIRST + 6}" in by_account
    assert "default" not in by_account


def test_a_throttled_portal_loses_nothing(tmp_path: Path) -> None:
    """With a portal that takes twenty calls a second, all profiles come, and as fast as it lets them."""
    with PracticeServer(world_of([account(number) for number in range(ACCOUNTS)])) as center:
        center.rules.calls_per_second, center.rules.burst = 20, 4
        home = bare_household(tmp_path / "home", center)
        began = time.monotonic()
        populate(home)
        seconds = time.monotonic() - began
        calls, refused = center.journal.count(), sum(call.status == 429 for call in center.journal.calls())
        assert len(profiles_in(home)) == 4 * ACCOUNTS + 1
        assert calls - refused == ACCOUNTS + -(-ACCOUNTS // 100)
        if SOAK:
            assert seconds <= 1.06 * calls / 20
            assert told(populate(home)) == [f"awsenv: {4 * ACCOUNTS} profiles: nothing to change"]
            center.rules.withdrawn_accounts = frozenset(str(FIRST + number) for number in range(0, 300, 10))
            assert told(populate(home, "--prune", "--yes"))[-1] == "awsenv: 1880 profiles: 120 removed"
            assert len(profiles_in(home)) == 1881


def test_a_refusal_names_the_time_to_wait(home: Household, center: PracticeServer) -> None:
    """A 429 with Retry-After holds all requests back for so long, and costs nothing but that."""
    center.faults.set("ListAccountRoles", Fault("error", status=429, retry_after=1), times=2)
    populate(home)
    moments = [call.at for call in center.journal.calls("ListAccountRoles")]

    assert len(moments) == 5
    # The first two may be under way together; nobody comes within the second that was named.
    assert any((later - earlier).total_seconds() > 0.9 for earlier, later in pairwise(moments))


def test_many_refusals_for_haste_are_no_failure(home: Household, center: PracticeServer) -> None:
    """A call that is refused for haste more often than any other failure is tried comes through."""
    center.faults.set("ListAccountRoles", Fault("error", status=429), times=4)

    assert told(populate(home, "--account", "*000"))[0] == "awsenv: 4 profiles: 4 added"
    assert center.journal.count("ListAccountRoles") == 5


def test_two_at_once_share_what_the_portal_takes(tmp_path: Path) -> None:
    """Two processes together are too fast for the portal: both slow down, and neither loses a profile."""
    with PracticeServer(world_of([account(number) for number in range(25)])) as center:
        center.rules.calls_per_second = 20
        home = bare_household(tmp_path / "home", center)
        command = [AWSENV, "populate", "--sso-session", "company"]
        both = [
            subprocess.Popen([*command, *options], env=environment_of(home), stderr=subprocess.PIPE)
            for options in ([], ["--template", "{account_id}/{role}"])
        ]
        said = [each.communicate(timeout=TIME_LIMIT)[1] for each in both]
        assert [each.returncode for each in both] == [0, 0], said
        assert any(call.status == 429 for call in center.journal.calls())
        assert len(profiles_in(home)) == 201


def test_a_failure_is_gone_on_from(tmp_path: Path) -> None:
    """A portal that fails half-way costs nothing that was fetched: the next run asks only for the rest."""
    with PracticeServer(world_of([account(number) for number in range(20)])) as center:
        home = bare_household(tmp_path / "home", center)
        before = home.config_path.read_bytes()
        command = subprocess.Popen(
            [AWSENV, "populate", "--sso-session", "company"], env=environment_of(home), stderr=subprocess.PIPE
        )
        wait_for_calls(center, 10)
        center.faults.set("ListAccountRoles", "reset")
        _, said = command.communicate(timeout=TIME_LIMIT)
        assert command.returncode == 6, said
        assert home.config_path.read_bytes() == before
        got = sum(call.status == 200 for call in center.journal.calls("ListAccountRoles"))
        center.faults.clear()
        center.journal.clear()
        populate(home)

        assert center.journal.count("ListAccountRoles") == 20 - got < 12
        assert len(profiles_in(home)) == 81
        # The list was whole: nothing is left to go on from, and what is new is seen the next time.
        assert list((home.home / ".cache" / "awsenv" / "assignments").iterdir()) == []


def test_ctrl_c_keeps_what_was_fetched(tmp_path: Path) -> None:
    """Interrupted, it ends with 130 in one line, writes no profile, and goes on from there."""
    with PracticeServer(world_of([account(number) for number in range(40)])) as center:
        home = bare_household(tmp_path / "home", center)
        before = home.config_path.read_bytes()
        command = subprocess.Popen(
            [AWSENV, "populate", "--sso-session", "company"], env=environment_of(home), stderr=subprocess.PIPE
        )
        wait_for_calls(center, 10)
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=TIME_LIMIT)
        assert (command.returncode, said) == (130, b"awsenv: interrupted\n")
        assert home.config_path.read_bytes() == before
        center.journal.clear()
        populate(home)

        assert center.journal.count("ListAccountRoles") < 33


def wait_for_calls(center: PracticeServer, count: int) -> None:
    """Wait until so many accounts were asked for."""
    deadline = time.monotonic() + TIME_LIMIT
    while center.journal.count("ListAccountRoles") < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


# These hold a request for seconds.
SLOW = {"time-out", "slow-drip"}


@pytest.mark.parametrize("operation", ["ListAccounts", "ListAccountRoles"])
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.soak] if kind in SLOW else []) for kind in KINDS if kind != "delay"]
)
def test_a_portal_that_fails_is_told_of_in_time(
    home: Household, center: PracticeServer, kind: Kind, operation: str
) -> None:
    """However the portal fails: status 6, in two lines what failed and what to do, within fifteen seconds."""
    before = version_of(home)
    center.faults.set(operation, kind)
    began = time.monotonic()
    finished = populate(home, status=6)

    assert time.monotonic() - began < at_most(15.0)
    assert len(told(finished)) == 2
    assert told(finished)[0].startswith(f"awsenv: {operation}: ")
    assert told(finished)[1].startswith("hint: ")
    assert version_of(home) == before


def test_one_account_that_is_refused_hides_no_other(home: Household, center: PracticeServer) -> None:
    """An account that is gone since the list was made is told of; its profiles stay, and all others come."""
    populate(home)
    center.faults.set("ListAccountRoles", Fault("error", status=403), times=1)
    finished = populate(home, "--prune", "--yes")

    assert re.fullmatch(
        rf"awsenv: warning: Identity Center does not tell the roles in account {FIRST // 10}\d "
        r"\(ForbiddenException A practice fault\); its profiles stay as they are",
        told(finished)[0],
    )
    assert len(profiles_in(home)) == 13


def test_without_a_sign_in_the_login_is_told_of(tmp_path: Path, center: PracticeServer) -> None:
    """Without a terminal it is status 4 and the command to type; other sso-sessions are written all the same."""
    home = furnish(tmp_path / "home", center, SignedIn(sso_sessions=("partner",)))
    finished = populate(home, "--all", session="", status=4)

    assert told(finished)[0] == "awsenv: 1 profile: 1 added"
    assert told(finished)[-2:] == [
        "awsenv: not signed in to company",
        "hint: awsenv login --sso-session company",
    ]
    assert "Partner-Guest" in profiles_in(home)


@pytest.mark.parametrize("ending", ["expired", "withdrawn half-way"])
def test_a_login_is_offered_where_a_person_is(tmp_path: Path, center: PracticeServer, ending: str) -> None:
    """A sign-in that is over, or ends while the roles are listed, is made anew when the person says so."""
    signed_in = SignedIn(sso_sessions=("partner",)) if ending == "expired" else SignedIn(has_refresh_token=False)
    home = furnish(tmp_path / "home", center, signed_in)
    if ending != "expired":
        center.faults.set("ListAccountRoles", Fault("error", status=401), times=1)
    person = seat(tmp_path / "person")
    screen = pexpect.spawn(
        AWSENV,
        ["populate", "--sso-session", "company"],
        env=environment_of(home, {"TERM": "dumb", "BROWSER": person.browser}),
        dimensions=(50, 300),
        timeout=TIME_LIMIT,
        encoding="utf-8",
    )
    screen.expect_exact("Sign in to company now? [Y/n] ")
    screen.sendline("y")
    screen.expect_exact("awsenv: signed in to company, 3 accounts, until ")
    screen.expect_exact("awsenv: 12 profiles: 12 added")
    screen.expect(pexpect.EOF)
    screen.close()

    assert screen.exitstatus == 0
    assert len(person.opened()) == 1


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        ([], 2, "which sso-session? There are: company, partner"),
        (["--all", "--sso-session", "company"], 2, "name sso-sessions, or all, and not both"),
        (["--sso-session", "compny"], 3, 'sso-session "compny" not found in'),
        (["--sso-session", "company", "--template", "{acount}"], 2, "--template has no field {acount}"),
        (["--sso-session", "company", "--template", "x"], 2, "--template must have a field"),
        (["--sso-session", "company", "--template", "{role|loud}"], 2, '--template has no filter "loud"'),
        (["--sso-session", "company", "--template", "{role"], 2, "--template has a brace that is no part of a field"),
        (["--sso-session", "company", "--region", "no region"], 2, "'no region' is no region"),
    ],
)
def test_usage(home: Household, options: list[str], status: int, problem: str) -> None:
    """What makes no sense is told, before anybody is asked for anything."""
    assert problem in told(populate(home, *options, session="", status=status))[0]


def test_without_any_sso_session(home: Household) -> None:
    """There is nothing to populate from, and the next command is named."""
    home.config_path.write_text("[default]\nregion = eu-west-1\n")
    assert told(populate(home, session="", status=3))[1] == "hint: awsenv setup"
    home.config_path.write_text("[sso-session company]\nsso_region = eu-west-1\n")
    assert told(populate(home, session="", status=3))[-2].startswith('awsenv: sso-session "company" lacks')


def test_a_config_file_that_cannot_be_written(home: Household) -> None:
    """UTF-16 is refused by name before anything is written."""
    home.config_path.write_text(home.config_path.read_text(), encoding="utf-16")
    assert "is written in UTF-16" in told(populate(home, status=3))[-2]
