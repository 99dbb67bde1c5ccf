"""The main job: after `eval "$(awsenv use NAME)"`, tools that know nothing of awsenv act as that profile."""

import contextlib
import fnmatch
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest
from cli.real_shells import SHELLS, command_of, run_script
from stage import TIME_LIMIT, environment_of

from awsenv.demo.household import Household
from awsenv.demo.story import MFA_SERIAL, QUOTED_NAME, expected_identity
from awsenv.model import Dialect
from awsenv.shells.quoting import quote

KINDS = {
    "sso-session": "unicorn",
    "legacy": "legacy",
    "chained role over SSO": "deploy",
    "two-step chain": "audit",
    "role over static keys": "build",
    "MFA role": "mfa",
    "credential_process": "process",
    "static keys": "robot",
    "web identity": "web",
    "quoted name": QUOTED_NAME,
}
MODES = {"everything": "", "only profile": "--only profile", "only keys": "--only keys"}
BOTO3 = """
import boto3
identity = boto3.client("sts").get_caller_identity()
print(identity["Account"], identity["Arn"])
"""
# boto3 has no cache of roles and asks by itself, which no program without a terminal can answer.
UNSUPPORTED = {("MFA role", "only profile", "boto3")}


@dataclass(frozen=True)
class Answers:
    """What the two tools printed about who they are."""

    boto3: str
    aws_cli: str


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Make a folder with the script that says no --profile, and for the answers."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "who.py").write_text(BOTO3)
    return folder


def script_for(shell: str, profile_name: str, mode: str) -> str:
    """Return what a person types: the switch, then two tools that cannot ask; each tool's answer goes to a file."""
    dialect: Dialect = {"bash": "bash", "zsh": "zsh", "fish": "fish"}[shell]  # type: ignore[assignment]
    return (
        f'eval "$(awsenv use {MODES[mode]} {quote(profile_name, dialect)})"\n'
        "setsid -w python who.py >boto3 2>&1 </dev/null\n"
        "setsid -w aws sts get-caller-identity --query '[Account, Arn]' --output json >aws 2>&1 </dev/null\n"
    )


def answers_in(tools: Path) -> Answers:
    """Return both answers in one form, or the error text in place of one."""
    printed = (tools / "aws").read_text()
    with contextlib.suppress(ValueError):
        printed = " ".join(json.loads(printed))
    return Answers((tools / "boto3").read_text().strip(), printed)


def judge(household: Household, kind: str, mode: str, answers: Answers) -> None:
    """Demand of both tools the account and ARN of the story, and that the practice STS named the same."""
    account_id, arn = expected_identity(KINDS[kind]) or ("", "")
    callers = [call.caller for call in household.practice.journal.calls("GetCallerIdentity")]
    told = {"boto3": answers.boto3, "aws": answers.aws_cli}
    for tool, answer in told.items():
        if (kind, mode, tool) in UNSUPPORTED:
            assert "EOF" in answer
        else:
            assert fnmatch.fnmatchcase(answer, f"{account_id} {arn}"), f"{tool}: {answer}"
            assert answer.partition(" ")[2] in callers


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "MFA role"])
def test_tools_started_in_the_shell_are_that_identity(
    household: Household, tools: Path, kind: str, shell: str, mode: str
) -> None:
    """boto3 and the AWS CLI, told nothing, are the account and role of the profile that the shell was switched to."""
    script = script_for(shell, KINDS[kind], mode)

    finished = run_script(shell, script, environment_of(household), cwd=tools)

    assert (finished.stdout, finished.stderr) == (b"", b"")
    judge(household, kind, mode, answers_in(tools))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shell", SHELLS)
def test_tools_of_an_mfa_role_after_its_question_was_answered(
    household: Household, tools: Path, shell: str, mode: str
) -> None:
    """`use` of an MFA role asks on the terminal without echo; then both tools are that role and ask nothing."""
    code = household.practice.keyring.mfa_code(MFA_SERIAL)
    program, *arguments = command_of(shell, script_for(shell, "mfa", mode))
    path = shutil.which(program)
    assert path is not None
    screen = pexpect.spawn(path, arguments, env=environment_of(household), cwd=str(tools), timeout=TIME_LIMIT)

    screen.expect_exact("MFA code of arn:aws:iam::444455556666:mfa/robot: ")
    screen.sendline(code)
    screen.expect(pexpect.EOF)
    screen.wait()
    seen = screen.before.decode()

    assert "awsenv: mfa · 444455556666" in seen
    assert code not in seen
    judge(household, "MFA role", mode, answers_in(tools))
    assert household.practice.journal.count("AssumeRole") == 1
