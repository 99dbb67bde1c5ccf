"""What a review found in `use` and `exec`, held from then on."""

import json
import os
import shlex
import signal
import sys

import pexpect
import pytest
from stage import AWSENV, environment_of, run

from awsenv.demo.household import Household

MIXED = (
    "[profile mixed]\nsso_session = company\nsso_account_id = 222233334444\nsso_role_name = Developer\n"
    "aws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n"
)


def append(household: Household, text: str) -> None:
    """Add to the config file."""
    with household.config_path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}")


def test_keys_beside_another_source_are_told(household: Household) -> None:
    """A profile that SDKs read differently is switched to with a warning that names it."""
    append(household, MIXED)

    switched = run([AWSENV, "use", "--shell", "sh", "mixed"], environment_of(household))

    assert switched.returncode == 0
    assert b'profile "mixed" holds keys beside another source' in switched.stderr


@pytest.mark.parametrize("words", [["unicron"], [""]])
def test_a_profile_without_a_name_is_nobodys(household: Household, words: list[str]) -> None:
    """An unknown name does not lead to a profile without a name, and that one is not exported."""
    append(household, '[profile ""]\nregion = eu-west-1\n')

    refused = run([AWSENV, "use", "--only", "profile", "--shell", "sh", *words], environment_of(household))

    assert refused.returncode == 3
    assert b"AWS_PROFILE=" not in refused.stdout


def test_a_source_that_the_switch_takes_away_is_refused(household: Household) -> None:
    """`--only profile` does not unset the very keys that the profile draws on."""
    append(
        household, "[profile drawn]\nrole_arn = arn:aws:iam::444455556666:role/Build\ncredential_source = Environment\n"
    )

    refused = run([AWSENV, "use", "--only", "profile", "--shell", "sh", "drawn"], environment_of(household))

    assert refused.returncode == 3
    assert b"credential_source = Environment" in refused.stderr


def test_an_option_after_the_profile_is_no_command(household: Household) -> None:
    """What looks like an option of exec behind the name is told, before anything is fetched."""
    refused = run([AWSENV, "exec", "unicorn", "--only", "keys", "--", "true"], environment_of(household))

    assert refused.returncode == 125
    assert household.practice.journal.count("GetRoleCredentials") == 0


LATE = """
import os, signal, sys, threading
from awsenv.cli import running as app

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        for _ in range(1000):
            pass

def invoke(arguments, runtime):
    made = Finalized()
    del made
    threading.Event().wait(10)

app._invoke = invoke
sys.exit(app.run(["whoami"], signal_mask=()))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_python_would_lose_still_counts(household: Household, name: str) -> None:
    """A signal in the moment in which Python tidies up an object ends the command too, in one line."""
    ended = run([sys.executable, "-c", LATE.replace("{name}", name)], environment_of(household))

    assert ended.returncode == 128 + signal.Signals[name]
    assert ended.stderr == b"awsenv: interrupted\n"


def test_a_helper_that_does_not_end_is_ended(household: Household) -> None:
    """A credential_process that floods its output is an error that names the profile, not all of the memory."""
    append(household, "[profile flood]\ncredential_process = yes\n")

    refused = run([AWSENV, "use", "--shell", "sh", "flood"], environment_of(household))

    assert refused.returncode == 7
    assert b'profile "flood": credential_process printed over 10,000,000 bytes' in refused.stderr


def test_a_helper_does_not_eat_what_is_for_the_command(household: Household) -> None:
    """What is piped into `exec` is for its command, also where a credential_process would read it."""
    answer = '{"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "s", "AccountId": 12345678901}'
    helper = household.home / "helper"
    helper.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{answer}'\n")
    helper.chmod(0o700)
    append(household, f"[profile greedy]\ncredential_process = {helper}\n")

    done = run([AWSENV, "exec", "greedy", "--", "cat"], environment_of(household), stdin=b"a\nb\n")

    assert (done.returncode, done.stdout) == (0, b"a\nb\n")


@pytest.mark.parametrize("kind", ["fifo", "device", "nothing"])
def test_a_web_identity_token_is_read_with_care(household: Household, kind: str) -> None:
    """A token file that never ends, or never begins, is told of; nothing hangs."""
    path = household.home / "token"
    if kind == "fifo":
        os.mkfifo(path)
    if kind == "device":
        path.symlink_to("/dev/zero")
    append(
        household,
        f"[profile odd]\nrole_arn = arn:aws:iam::012345678901:role/WebDeploy\nweb_identity_token_file = {path}\n",
    )

    refused = run([AWSENV, "use", "--shell", "sh", "odd"], environment_of(household))

    assert refused.returncode == 7
    assert b'the web_identity_token_file of profile "odd" cannot be read' in refused.stderr


def test_an_entry_of_a_role_without_a_session_token_is_none(household: Household) -> None:
    """Keys of a role without their third part never work: they are fetched anew."""
    environment = environment_of(household)
    assert run([AWSENV, "exec", "unicorn", "--", "true"], environment).returncode == 0
    (entry,) = (household.home / ".aws" / "cli" / "cache").glob("*.json")
    fields = json.loads(entry.read_text())
    fields["Credentials"]["SessionToken"] = "C\0"
    entry.write_text(json.dumps(fields))

    switched = run([AWSENV, "use", "--shell", "sh", "unicorn"], environment)

    assert switched.returncode == 0
    assert household.practice.journal.count("GetRoleCredentials") == 2


def test_what_botocore_says_is_told_whole(household: Household) -> None:
    """An error of several lines stands in one, reason included."""
    append(household, "[profile odd]\nrole_arn = notanarn\nsource_profile = robot\n")

    refused = run([AWSENV, "use", "--shell", "sh", "odd"], environment_of(household))

    assert refused.returncode == 3
    assert b"Parameter validation failed: Invalid length for parameter RoleArn" in refused.stderr


def test_no_profiles_are_told(household: Household) -> None:
    """An empty list says so, and an empty AWS_CONFIG_FILE is named where a profile is not found in it."""
    nothing = {"AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}

    listed = run([AWSENV, "list"], environment_of(household, nothing))
    refused = run([AWSENV, "use", "--shell", "sh", "x"], environment_of(household, nothing))

    assert (listed.returncode, listed.stdout) == (0, b"")
    assert b"there is no profile in the shared files" in listed.stderr
    assert b'profile "x" not found in AWS_CONFIG_FILE, which is empty' in refused.stderr


@pytest.mark.parametrize("words", [["use", "--json", "unicorn"], ["off", "--json"]])
def test_json_may_be_read_on_a_terminal(household: Household, words: list[str]) -> None:
    """Who asks for JSON gets it, on a terminal too."""
    said = pexpect.run(shlex.join([AWSENV, *words]), env=environment_of(household), withexitstatus=True)

    assert said[1] == 0
    assert b'"unset": [' in said[0]


@pytest.mark.parametrize("words", [["login", "--all"], ["logout", "--all"], ["status"]])
def test_no_sessions_are_told(household: Household, words: list[str]) -> None:
    """Where there is nothing to sign in to or out of, that is said, and is no failure."""
    nothing = {"AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}

    said = run([AWSENV, *words], environment_of(household, nothing))

    assert (said.returncode, said.stdout) == (0, b"")
    assert said.stderr == b"awsenv: there is no sso-session in the shared files\nhint: awsenv setup\n"
