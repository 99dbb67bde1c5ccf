"""credential-process, and the profiles that call it: what SDKs make of both, whatever the names are."""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pexpect
import pytest
from botocore.compat import compat_shell_split
from botocore.configloader import load_config
from cli.companies import FIRST, account, bare_household, world_of
from stage import AWS_V1, AWS_V2, AWSENV, SOAK, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import AWESOME, QUOTED_NAME, UNICORN
from awsenv.files.processes import asked_profile, process_command

HOSTILE = (
    QUOTED_NAME,
    *("a b", "$(touch x)", "`touch x`", "a;b #c", "x ;y", "back\\slash", "'", "\\'", '"', "tab\there", "~", "*", "-x"),
    *("é 日本", "a\\", "%d%(x)s", "${HOME}", "!1", "a=b", "a: b", "&& touch x", "\u2028"),
)
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"


def answer(home: Household, name: str, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what `credential-process` prints where it has nothing to complain of."""
    finished = run([AWSENV, "credential-process", "--", name], environment_of(home, more))
    assert (finished.returncode, finished.stderr) == (0, b"")
    printed: dict[str, Any] = json.loads(finished.stdout)
    return printed


def told(finished: subprocess.CompletedProcess[bytes], status: int = 0) -> list[str]:
    """Check the status, and return the lines of stderr."""
    assert finished.returncode == status, finished.stderr.decode()
    return finished.stderr.decode().splitlines()


def account_of(home: Household, name: str) -> str:
    """Return the account that the AWS CLI is in with this profile."""
    command = [AWS_V1, "sts", "get-caller-identity", "--query", "Account", "--output", "text", "--profile", name]
    return run(command, environment_of(home)).stdout.decode().strip()


def test_the_protocol(household: Household) -> None:
    """Version 1, the keys and their end as a time; keys without an end have none."""
    printed = answer(household, "unicorn")
    assert printed.keys() == {*("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId")}
    assert (printed["Version"], printed["AccountId"]) == (1, UNICORN)
    assert printed["Expiration"].endswith("Z")
    assert answer(household, "unicorn") == printed
    assert household.practice.journal.count("GetRoleCredentials") == 1

    assert answer(household, "robot").keys() == {"Version", "AccessKeyId", "SecretAccessKey"}


def test_a_failure_is_one_line(tmp_path: Path, practice: PracticeServer) -> None:
    """Nothing on stdout; the reason and the next command on one line, which SDKs show; the house's status."""
    home = furnish(tmp_path / "home", practice, SignedIn([], legacy=False))
    for name, status, line in (
        ("unicorn", 4, "awsenv: not signed in to company (hint: awsenv login --sso-session company)"),
        ("nobody", 3, f'awsenv: profile "nobody" not found in {home.config_path} (hint: awsenv list)'),
    ):
        finished = run([AWSENV, "credential-process", name], environment_of(home))
        assert told(finished, status) == [line]
        assert finished.stdout == b""


@pytest.mark.parametrize("name", ["unicorn", "mfa"])
def test_it_never_asks(tmp_path: Path, practice: PracticeServer, name: str) -> None:
    """Even on a terminal, with a sign-in that is over or a code that is needed, it ends at once."""
    home = furnish(tmp_path / "home", practice, SignedIn([], legacy=False))
    screen = pexpect.spawn(AWSENV, ["credential-process", name], env=environment_of(home), timeout=TIME_LIMIT)
    screen.expect(pexpect.EOF)
    screen.close()

    assert screen.exitstatus == 4
    assert b"?" not in screen.before


def test_it_says_nothing_beside(household: Household) -> None:
    """What is odd in the shared files, or in the shell that an SDK runs in, is not told to the SDK."""
    with household.config_path.open("a") as file:
        file.write("\n[odd]\nregion = x\n[profile unicorn]\n")
    answer(household, "unicorn", {"AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": "stale", "AWSENV_DEBUG": ""})


def test_a_profile_that_asks_awsenv_for_itself(household: Household) -> None:
    """A ring of processes ends at once, with the name and the place, however long the ring is."""
    with household.config_path.open("a") as file:
        file.write(f"\n[profile self]\ncredential_process = {process_command([AWSENV], 'self')}\n")
        for name, asked in (("one", "two"), ("two", "three"), ("three", "one")):
            file.write(f"\n[profile {name}]\ncredential_process = {process_command([AWSENV], asked)}\n")
        file.write(f"\n[profile relay]\ncredential_process = {process_command([AWSENV], 'unicorn')}\n")
        file.write(f"\n[profile role]\nrole_arn = arn:aws:iam::{UNICORN}:role/x\nsource_profile = root\n")
        file.write(f"\n[profile root]\ncredential_process = {process_command([AWSENV], 'role')}\n")
    assert answer(household, "relay")["AccountId"] == UNICORN
    # Found before anybody waits for a lock whose holder waits for the answer.
    for name, whose in (
        ("self", 'the credential_process of profile "self"'),
        ("one", 'the credential_process of profile "one"'),
        ("role", 'a credential_process behind profile "role"'),
        ("root", 'the credential_process of profile "root"'),
    ):
        (line,) = told(run([AWSENV, "credential-process", name], environment_of(household)), 7)
        assert f"{whose} asks awsenv for that very profile" in line


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("program", ["/opt/aws env/bin/awsenv", "/opt/it's #1; $x/awsenv"])
def test_all_readers_split_the_line_alike(tmp_path: Path, program: str, name: str) -> None:
    """Botocore's own split and sh make the same words of it; no SDK's parser finds a comment in it."""
    line = process_command([program], name)
    dashes = ["--"] if name.startswith("-") else []
    words = [program, "credential-process", *dashes, name]
    shown = run(["sh", "-c", f"printf '%s\\0' {line}"], {"PATH": "/usr/bin:/bin"}, cwd=tmp_path).stdout
    path = tmp_path / "config"
    path.write_text(f"[profile x]\ncredential_process = {line}\n")

    assert compat_shell_split(line) == words
    assert shown.decode().split("\0")[:-1] == words
    assert load_config(str(path))["profiles"]["x"]["credential_process"] == line
    assert not [sign for sign in (" #", " ;", "\t#", "\t;") if sign in line]
    assert asked_profile({"credential_process": line}) == name
    assert list(tmp_path.iterdir()) == [path]


def test_sync_process_writes_profiles_of_their_own(household: Household) -> None:
    """Each profile gets one beside it, never keys of its own; no key is written and nobody is asked."""
    before, keys = household.config_path.read_bytes(), household.credentials_path.read_bytes()
    asked = household.practice.journal.count()
    lines = told(run([AWSENV, "sync", "--process", "unicorn", QUOTED_NAME], environment_of(household)))
    assert lines[0] == "awsenv: 2 profiles in the config file: 2 added"
    content = household.config_path.read_bytes()
    assert content.startswith(before)
    assert (household.credentials_path.read_bytes(), household.practice.journal.count()) == (keys, asked)
    found = load_config(str(household.config_path))["profiles"]

    assert found["unicorn-process"] == {
        "credential_process": f"{AWSENV} credential-process 'unicorn'",
        "region": "eu-west-1",
    }
    assert account_of(household, "unicorn-process") == UNICORN
    assert account_of(household, f"{QUOTED_NAME}-process") == UNICORN
    again = told(run([AWSENV, "sync", "--process", "unicorn"], environment_of(household)))
    assert again == ["awsenv: 1 profile in the config file: 1 unchanged"]
    told(run([AWSENV, "sync", "--clean", "--process"], environment_of(household)))
    assert household.config_path.read_bytes() == before


def test_real_readers_of_hostile_names(household: Household) -> None:
    """boto3 and the AWS CLI get the very account, whatever the name is; nothing in it is run."""
    # In a header, SDKs take what is behind these for a comment: no profile of that name is written.
    names = [name for name in HOSTILE if name.isprintable() and not set(name) & set("#;")][: None if SOAK else 4]
    with household.config_path.open("a") as file:
        for name in names[1:]:
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            file.write(f'\n[profile "{quoted}"]\nsso_session = company\nsso_account_id = {UNICORN}\n')
            file.write("sso_role_name = Developer\nregion = eu-west-1\n")
    words = ["sync", "--process", "--process-name", "of {profile}", "--", *names]
    told(run([AWSENV, *words], environment_of(household)))
    folder = household.home / "work"
    folder.mkdir()
    script = (
        "import boto3, sys\n"
        "for name in sys.argv[1:]:\n"
        "    print(boto3.Session(profile_name=name).client('sts').get_caller_identity()['Account'])\n"
    )
    wanted = [f"of {name}" for name in names]
    finished = run([sys.executable, "-c", script, *wanted], environment_of(household), cwd=folder)

    assert finished.stdout.decode().split() == [UNICORN] * len(names), finished.stderr.decode()
    for name in wanted if SOAK else wanted[:1]:
        assert account_of(household, name) == UNICORN
        # That of the system cannot be sent to the practice STS, but tells the keys that it would take.
        command = [AWS_V2, "configure", "export-credentials", "--profile", name]
        keys = json.loads(run(command, environment_of(household)).stdout)
        assert keys["AccessKeyId"] == answer(household, name.removeprefix("of "))["AccessKeyId"]
    assert list(folder.iterdir()) == []


def test_foreign_profiles_keep_their_names(household: Household) -> None:
    """A section that is not awsenv's, keys of that name, or a profile that populate wrote, is never written over."""
    with household.config_path.open("a") as file:
        file.write("\n[profile unicorn-process]\nregion = mars\n")
    household.credentials_path.write_text("[devops-process]\naws_access_key_id = AKIA\n")
    before = household.config_path.read_bytes()
    finished = run([AWSENV, "sync", "--process", "unicorn", "devops", "process"], environment_of(household))
    lines = told(finished, 7)

    assert lines[0] == "awsenv: 0 profiles in the config file: none written"
    assert f'"devops-process" stands in {household.credentials_path} already' in " ".join(lines)
    assert f'"unicorn-process" stands in {household.config_path}:' in " ".join(lines)
    assert household.config_path.read_bytes() == before
    alone = told(run([AWSENV, "sync", "--process", "process"], environment_of(household)), 3)
    assert alone[-1] == 'awsenv: "process" has a credential_process of its own'


def test_a_process_never_stands_beside_sso_keys(household: Household) -> None:
    """Where somebody has put such keys into a profile of awsenv's, it is theirs: SDKs would disagree about it."""
    command = [AWSENV, "sync", "--process", "unicorn"]
    told(run(command, environment_of(household)))
    with household.config_path.open("a") as file:
        file.write("sso_session = company\n")
    told(run(command, environment_of(household)), 7)


def test_populate_writes_them_beside(tmp_path: Path) -> None:
    """Every profile gets one that asks awsenv; a second run changes nothing, and --prune takes both."""
    with PracticeServer(world_of([account(number, roles=("Admin",)) for number in range(2)])) as center:
        home = bare_household(tmp_path / "home", center)
        command = [AWSENV, "populate", "--sso-session", "company", "--credential-process"]
        lines = told(run(command, environment_of(home)))
        assert lines[:2] == [
            "awsenv: 2 profiles: 2 added",
            "awsenv: 2 profiles that ask awsenv for the keys: 2 new or changed",
        ]
        names = ["Team-000-Admin", "Team-001-Admin"]
        beside = [f"{name}-process" for name in names]
        found = load_config(str(home.config_path))["profiles"]
        assert list(found) == ["default", *names, *beside]
        assert not any("sso_session" in found[name] for name in beside)
        assert account_of(home, "Team-001-Admin-process") == str(FIRST + 1)
        written = home.config_path.read_bytes()
        told(run(command, environment_of(home)))
        assert home.config_path.read_bytes() == written
        printed = json.loads(run([*command, "--json"], environment_of(home)).stdout)
        assert [each["name"] for each in printed["credential_process"]] == beside
        center.rules.withdrawn_accounts = frozenset({str(FIRST)})
        told(run([*command, "--prune", "--yes"], environment_of(home)))

        assert list(load_config(str(home.config_path))["profiles"]) == ["default", names[1], beside[1]]


def test_the_program_is_named_whole(household: Household, tmp_path: Path) -> None:
    """By a relative path, by a link, by PATH or as a module: the profile calls an absolute path that works anywhere."""
    link = tmp_path / "bin" / "awsenv"
    link.parent.mkdir()
    link.symlink_to(AWSENV)
    environment = environment_of(household)
    for program, more, expected in (
        (["bin/awsenv"], {}, str(link)),
        (["awsenv"], {"PATH": f"{link.parent}:{environment['PATH']}"}, str(link)),
        ([sys.executable, "-m", "awsenv"], {}, AWSENV),
    ):
        finished = subprocess.run(
            [*program, "sync", "--process", "awesome"],
            env=environment | more,
            cwd=tmp_path,
            check=False,
            capture_output=True,
        )
        assert finished.returncode == 0, finished.stderr
        line = load_config(str(household.config_path))["profiles"]["awesome-process"]["credential_process"]
        assert shlex.split(line)[0] == expected
    assert account_of(household, "awesome-process") == AWESOME
