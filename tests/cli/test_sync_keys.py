"""Which keys sync copies and which it takes away again: temporary ones, its own, wherever they are."""

import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from cli.syncs import FOREIGN, add_vault, age, copies, states, sync, told
from stage import AWS_V1, AWSENV, environment_of, run

from awsenv.demo.household import Household


def test_keys_that_others_put_in_place_of_a_copy_are_theirs(household: Household) -> None:
    """What `aws configure` writes over a copy is never written over, nor taken out, and is what awsenv itself reads."""
    sync(household, "unicorn")
    for name, value in (("aws_access_key_id", "AKIAIOSFODNN7EXAMPLE"), ("aws_secret_access_key", "theirs")):
        words = [AWS_V1, "configure", "set", name, value, "--profile", "unicorn"]
        told(run(words, environment_of(household)))
    before = household.credentials_path.read_bytes()
    age(household, "unicorn", datetime.now(timezone.utc) - timedelta(seconds=1))
    aged = household.credentials_path.read_bytes()

    assert states(household, "unicorn", status=7) == {"unicorn": "taken"}
    assert states(household, "--clean") == {}
    told(run([AWSENV, "logout", "--all"], environment_of(household)))
    told(run([AWSENV, "use", "robot", "--shell", "sh"], environment_of(household)))
    assert household.credentials_path.read_bytes() == aged != before
    household.config_path.write_text("[default]\nregion = eu-west-1\n")
    switch = run([AWSENV, "use", "unicorn", "--json", "--shell", "sh"], environment_of(household))
    assert json.loads(switch.stdout)["set"]["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE"


def test_keys_without_an_end_are_not_copied(household: Household) -> None:
    """What neither its end nor a logout would take away again is refused, and is not written."""
    add_vault(household, {"AccessKeyId": "AKIA", "SecretAccessKey": "s"})
    lines = sync(household, "vault", "unicorn", status=3)

    assert lines[0] == "awsenv: 1 profile in the credentials file: 1 added"
    assert lines[1] == (
        'awsenv: "vault" not synced: the keys do not say when they are over, so that a copy would stay for ever'
    )
    assert set(copies(household)) == {"robot", "unicorn"}


def test_a_profile_that_is_written_after_a_copy_of_its_name(household: Household) -> None:
    """It is what the config file says, and the copy of another's keys under its name is made no more, but taken out."""
    sync(household, "devops", "--as", "vault")
    keys = {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"}
    add_vault(household, keys)
    listed = json.loads(run([AWSENV, "list", "--json"], environment_of(household)).stdout)
    assert {each["name"]: each["source"] for each in listed}["vault"] == "process"
    lines = sync(household, status=7)

    assert f'"vault" stands in {household.config_path}:' in lines[1]
    assert set(copies(household)) == {"robot"}
    sync(household, "vault")
    assert copies(household)["vault"]["aws_access_key_id"] == "ASIA"


def test_who_asks_awsenv_needs_no_copy(household: Household) -> None:
    """A profile whose keys awsenv renews is not given dead ones instead: not by --all, and not by its name."""
    sync(household, "--process", "unicorn")

    assert "unicorn-process" not in states(household, "--all", "--dry-run")
    line, hint = sync(household, "unicorn-process", status=3)
    assert line.startswith('awsenv: profile "unicorn-process" asks awsenv for the keys of "unicorn" as often as ')
    assert hint == "hint: awsenv sync unicorn"


def test_logout_finds_copies_of_other_terminals(household: Household) -> None:
    """Copies in a file that some terminal has named go with a logout of any other, and dead ones with its sync."""
    other, more = household.home / "work" / "keys", {"AWS_SHARED_CREDENTIALS_FILE": "work/keys"}
    other.parent.mkdir()
    other.write_bytes(FOREIGN)
    command = [AWSENV, "sync", "unicorn", "partner"]
    told(run(command, environment_of(household, more), cwd=household.home))
    assert other.read_bytes() != FOREIGN
    told(run([AWSENV, "logout", "--sso-session", "company"], environment_of(household)))
    text = other.read_bytes()
    assert b"[unicorn]" not in text
    assert b"[partner]" in text
    other.write_bytes(re.sub(rb"(?m)^(x_security_token_expires = )\S+", rb"\g<1>2020-01-01T00:00:00Z", text))
    told(run([AWSENV, "sync", "awesome", "--dry-run"], environment_of(household)))
    assert b"[partner]" in other.read_bytes()
    told(run([AWSENV, "sync", "partner"], environment_of(household)))

    assert other.read_bytes() == FOREIGN


def test_the_list_of_such_files_is_no_burden(household: Household) -> None:
    """A file that is gone, or a list that is damaged, keeps no logout from its work."""
    more = {"AWS_SHARED_CREDENTIALS_FILE": str(household.home / "gone")}
    sync(household, "unicorn", more=more)
    (household.home / "gone").unlink()
    noted = household.home / ".aws" / "awsenv" / "copies.json"
    assert list(json.loads(noted.read_bytes())) == [more["AWS_SHARED_CREDENTIALS_FILE"]]
    assert noted.stat().st_mode & 0o777 == 0o600
    sync(household, "unicorn")
    told(run([AWSENV, "logout", "unicorn"], environment_of(household)))
    noted.write_text('{"x": 1, "/y": "never", "/z": [')
    told(run([AWSENV, "logout", "--all"], environment_of(household)))

    assert set(copies(household)) == {"robot"}


@pytest.mark.parametrize("key", ["SecretAccessKey", "SessionToken"])
def test_a_key_that_cannot_be_written_is_not_shown(household: Household, key: str) -> None:
    """What a process brings may have a sign that no line can hold: it is named, and stays secret."""
    keys = {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "SessionToken": "token"}
    add_vault(household, keys | {"Expiration": "2099-01-01T00:00:00Z", key: "canary\x7f"})
    _, line = sync(household, "vault", status=3)

    name = "aws_secret_access_key" if key == "SecretAccessKey" else "aws_session_token"
    assert line.startswith(f'awsenv: "vault" not synced: the {name} of [vault] ')
    assert "canary" not in line


def test_a_logout_takes_what_a_killed_writer_left(household: Household) -> None:
    """Keys that were on their way into the file when their writer was killed go too, where the file has none."""
    left = household.credentials_path.with_name(".awsenv-4194305-00000000.tmp")
    left.write_text("[unicorn]\naws_secret_access_key = s\n")
    told(run([AWSENV, "logout", "--all"], environment_of(household)))

    assert not left.exists()
