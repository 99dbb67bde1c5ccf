"""What a review found in `use` and `exec`, held from then on."""

import signal
import sys

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
from awsenv.cli import app

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
