"""The older configuration of the story: keys in [default], and a role for each team that is assumed from there."""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from stage import environment_of, furnish, run

from awsenv.cli.running import run as run_app
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import DEVOPS, MARKETING, UNICORN, story
from awsenv.demo.world import Role, World
from awsenv.values import replace

CONFIG = f"""\
# What the whole team has
[default]
region = eu-west-1 
output = json
s3 =
    addressing_style = path

; Unicorns
[profile unicorn]
role_arn = arn:aws:iam::{UNICORN}:role/Developer
source_profile = default
# stays
region: us-east-1
external_id = canary-external
duration_seconds = 900

[profile marketing]
region = eu-west-1
role_arn = arn:aws:iam::{MARKETING}:role/ReadOnly
source_profile = default
cli_pager =

# The way in
[sso-session company]
sso_start_url = https://practice.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""  # noqa: W291 - the space at the end is one of the bytes that have to stay


def older_world(*roles: Role) -> World:
    """Return the story's world in which the robot's keys may assume a role of each team, and these beside."""
    world = story()
    robot = world.users[0].arn
    teams = (
        Role(f"arn:aws:iam::{UNICORN}:role/Developer", (robot,), external_id="canary-external"),
        Role(f"arn:aws:iam::{MARKETING}:role/ReadOnly", (robot,)),
    )
    return replace(world, roles=(*world.roles, *teams, *roles))


def older_household(home: Path, practice: PracticeServer, signed_in: SignedIn | None = None) -> Household:
    """Write the household of somebody who still has that, and is signed in unless it says otherwise."""
    household = furnish(home, practice, signed_in)
    robot = practice.world.users[0]
    household.config_path.write_text(CONFIG)
    household.credentials_path.write_text(
        f"# long-lived\n[default]\naws_access_key_id = {robot.access_key_id}\n"
        f"aws_secret_access_key = {robot.secret_access_key}\n"
    )
    return household


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> list[str]:
        """What people were told."""
        return self.err.splitlines()

    @property
    def states(self) -> dict[str, str]:
        """What became of each profile, of an answer in JSON."""
        answer: Any = json.loads(self.out)
        return {each["name"]: each["state"] for each in answer["profiles"]}


class Runner:
    """Runs the command line in this very process, in a household."""

    def __init__(self, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._monkeypatch = monkeypatch

    def __call__(self, home: Household, *arguments: str, status: int = 0) -> Ended:
        """Run awsenv and check its status; no secret of the practice world may be in what it printed."""
        for name, value in environment_of(home).items():
            self._monkeypatch.setenv(name, value)
        self._capture.readouterr()
        ended = Ended(run_app(arguments), *self._capture.readouterr())
        assert ended.status == status, ended.err
        assert not [secret for secret in home.practice.secrets() if secret in ended.out + ended.err]
        return ended


def accounts_of(home: Household, command: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return the account that a tool is in for each profile; `{}` in the command is the name."""
    accounts = {}
    for name in names:
        finished = run([word.replace("{}", name) for word in command], environment_of(home))
        assert finished.returncode == 0, finished.stderr.decode()
        accounts[name] = finished.stdout.decode().strip().strip('"')
    return accounts


def boto3_accounts(home: Household, names: Sequence[str]) -> dict[str, str]:
    """Return the account that boto3 is in for each profile."""
    script = (
        "import boto3, json, sys\n"
        "who = lambda name: boto3.Session(profile_name=name).client('sts').get_caller_identity()['Account']\n"
        "print(json.dumps({name: who(name) for name in sys.argv[1:]}))\n"
    )
    finished = run([sys.executable, "-c", script, *names], environment_of(home))
    assert finished.returncode == 0, finished.stderr.decode()
    accounts: dict[str, str] = json.loads(finished.stdout)
    return accounts


TEAM: Mapping[str, str] = {"default": DEVOPS, "unicorn": UNICORN, "marketing": MARKETING}
