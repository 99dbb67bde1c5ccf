"""VS Code and JetBrains: programs that an editor starts, with no shell's variables or with those of another account."""

import json
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import dotenv
import pytest
from aws.person import seat
from cli.real_shells import wait_until
from recipes.page import block
from stage import AWS_V1, AWSENV, BIN, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import UNICORN

PROGRAM = 'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])'
OVER = SignedIn(access_lifetime=timedelta(hours=-1), has_refresh_token=False)
# The program's folder is not the one that awsenv is in, and an editor from the dock has no other either.
DOCK = {"PATH": "/usr/bin:/bin"}
STALE = {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "stale", "AWS_DEFAULT_PROFILE": "devops"}
# As the real one: without --wait it hands over to the window and ends, with it when the window is closed.
CODE = f"""#!/bin/sh
window() {{
    while [ ! -e "$HOME/open" ]; do sleep 0.05; done
    {AWS_V1} sts get-caller-identity --query Account --output text >"$HOME/window" 2>&1
    mv "$HOME/window" "$HOME/closed"
}}
[ "$*" = "--wait ." ] && {{ window; exit; }}
(exec </dev/null >/dev/null 2>&1; window) &
"""


def shell(household: Household, line: str, more: Mapping[str, str] | None = None) -> str:
    """Run a line of the page in a shell, check that it succeeds, and return what it printed."""
    finished = run(["sh", "-c", line], environment_of(household, more), cwd=household.home)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.decode()


def account_of(household: Household, variables: Mapping[str, str], editor: Mapping[str, str]) -> str:
    """Return the account of a program that an editor starts with these variables beside its own."""
    environment = environment_of(household, {**editor, **variables})
    return run([sys.executable, "-c", PROGRAM], environment).stdout.decode().strip()


def launched() -> tuple[dict[str, Any], str]:
    """Return the launch configuration of the page, and the command line of the task that it names."""
    [configuration] = json.loads(block("VS Code", "json", 0))["configurations"]
    [task] = json.loads(block("VS Code", "json", 1))["tasks"]
    assert (task["label"], task["type"]) == (configuration["preLaunchTask"], "shell")
    return configuration, task["command"]


def typed() -> dict[str, str]:
    """Return what the field of a run configuration makes of the page's line: names and values between semicolons."""
    pairs = (pair.partition("=") for pair in block("JetBrains", "text").strip().split(";"))
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("editor", [DOCK, DOCK | STALE], ids=["from the dock", "from another account's shell"])
def test_vs_code_starts_a_program(household: Household, editor: Mapping[str, str]) -> None:
    """The program is in the profile, whatever VS Code itself was started with, and no key is in a file."""
    shell(household, block("VS Code", "sh", 0))
    configuration, task = launched()
    shell(household, task)

    assert account_of(household, configuration["env"], editor) == UNICORN
    assert "ASIA" not in household.credentials_path.read_text() + household.config_path.read_text()


def test_vs_code_signs_in_before_the_program(household: Household, tmp_path: Path) -> None:
    """Where the sign-in is over, the task opens the browser once, without a terminal, and then the program runs."""
    shell(household, block("VS Code", "sh", 0))
    config = household.config_path.read_bytes()
    furnish(household.home, household.practice, OVER)
    household.config_path.write_bytes(config)
    configuration, task = launched()
    assert account_of(household, configuration["env"], DOCK) == ""
    person = seat(tmp_path / "person")
    shell(household, task, {"BROWSER": person.browser})
    shell(household, task, {"BROWSER": person.browser})

    assert account_of(household, configuration["env"], DOCK) == UNICORN
    assert len(person.opened()) == 1


def test_a_window_of_vs_code(household: Household) -> None:
    """What a window does is in the profile until it is closed; without --wait the server ends before the window."""
    (household.home / "bin").mkdir()
    (household.home / "bin" / "code").write_text(CODE)
    (household.home / "bin" / "code").chmod(0o700)
    path = {"PATH": f"{household.home / 'bin'}:{environment_of(household)['PATH']}"}
    line = block("VS Code", "sh", 1)
    (household.home / "open").touch()
    shell(household, line, path)
    assert (household.home / "closed").read_text() == f"{UNICORN}\n"
    (household.home / "closed").unlink()
    (household.home / "open").unlink()
    shell(household, line.replace("--wait ", ""), path)
    (household.home / "open").touch()

    wait_until((household.home / "closed").exists, "the window without --wait")
    assert UNICORN not in (household.home / "closed").read_text()


@pytest.mark.parametrize("editor", [DOCK, DOCK | STALE], ids=["from the dock", "from another account's shell"])
def test_jetbrains_starts_a_program(household: Household, editor: Mapping[str, str]) -> None:
    """The program is in the profile by the line of the run configuration."""
    shell(household, block("JetBrains", "sh", 0))

    assert account_of(household, typed(), editor) == UNICORN


def test_jetbrains_starts_a_program_that_knows_no_process(household: Household) -> None:
    """The copy is fresh before each launch, and is all that an SDK has to read."""
    line = block("JetBrains", "sh", 1)
    household.practice.rules.role_lifetime = timedelta(minutes=5)
    shell(household, line)
    first = household.credentials_path.read_text()
    shell(household, line)
    empty = household.home / "empty"
    empty.touch()
    variables = {"AWS_PROFILE": "unicorn-keys", "AWS_CONFIG_FILE": str(empty), "AWS_DEFAULT_REGION": "eu-west-1"}

    assert household.credentials_path.read_text() != first
    assert account_of(household, variables, DOCK) == UNICORN


def test_the_tool_before_launch_needs_no_path(household: Household) -> None:
    """By its whole path awsenv says in the IDE's window what is wrong, and that fails the launch."""
    external = environment_of(household, DOCK)
    assert run([AWSENV, "login", "unicorn"], external).returncode == 0
    finished = run([AWSENV, "login", "nobody"], external)

    assert (finished.returncode, finished.stdout) == (3, b"")
    assert str(BIN) in AWSENV


def test_readers_of_env_files_agree(household: Household) -> None:
    """In a .env with real keys no value needs a quote, so that the plain readers of editors read what dotenv reads."""
    text = shell(household, "awsenv export unicorn --format dotenv")
    (household.home / ".env").write_text(text)
    # What the readers of VS Code's debuggers and of the EnvFile plug-in have in common.
    lines = [re.fullmatch(r"([A-Z_]+)=([^'\"\\$#\s]+)", line) for line in text.splitlines()]
    plain = {line[1]: line[2] for line in lines if line}

    assert plain == dotenv.dotenv_values(household.home / ".env")
    assert account_of(household, plain, DOCK) == UNICORN
