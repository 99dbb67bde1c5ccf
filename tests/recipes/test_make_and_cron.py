"""make and cron: jobs that nobody types, in an account that does not hang on the shell."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from recipes.page import block
from stage import AWSENV, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import MARKETING, UNICORN

# What Debian's cron gives to a job, beyond what the crontab itself sets.
CRON = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "erika"}
REPORT = f"""#!{sys.executable}
import boto3, json
print(json.dumps(boto3.client("sts").get_caller_identity()["Account"]))
"""


@pytest.fixture
def project(household: Household) -> Path:
    """Return a folder with the Makefile of the page."""
    folder = household.home / "project"
    folder.mkdir()
    (folder / "Makefile").write_text(block("Makefile", "make"))
    return folder


def make(household: Household, project: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run make in a shell that is in another account."""
    elsewhere = {"AWS_PROFILE": "devops", "AWS_DEFAULT_PROFILE": "devops", "AWS_ACCESS_KEY_ID": "AKIASTALE"}
    return run(["make", *words], environment_of(household, elsewhere), cwd=project)


def test_make_is_in_its_own_account(household: Household, project: Path) -> None:
    """A line is in the account of the Makefile, or of the command line, whatever the shell is in."""
    assert make(household, project, "whoami").stdout.decode() == f"{UNICORN}\n"
    assert make(household, project, "whoami", "PROFILE=marketing").stdout.decode() == f"{MARKETING}\n"


def test_make_switches_once_for_many(household: Household, project: Path) -> None:
    """The makes below share the switch and the jobs; -n goes through to them and runs nothing."""
    finished = make(household, project, "-j2", "release")
    assert sorted(finished.stdout.decode().splitlines()) == [f"build in {UNICORN}", f"upload in {UNICORN}"]
    assert finished.stderr == b""
    assert household.practice.journal.count("GetRoleCredentials") == 1
    told = make(household, project, "-n", "release").stdout.decode()

    assert 'echo "build in $AWSENV_ACCOUNT_ID"' in told
    assert f"build in {UNICORN}" not in told


def test_make_stops_where_there_are_no_keys(household: Household, project: Path) -> None:
    """Nothing runs without keys: make fails with the status of awsenv, and the next step is told."""
    finished = make(household, project, "release", "PROFILE=nobody")

    assert (finished.returncode, finished.stdout) == (2, b"")
    assert b'awsenv: profile "nobody" not found' in finished.stderr
    assert b"Error 125" in finished.stderr


def scheduled(household: Household) -> "subprocess.CompletedProcess[bytes]":
    """Run the crontab's job as cron does: its variables, no terminal, a line that ends at a bare percent sign."""
    variables = {**CRON, "HOME": str(household.home)} | household.practice.environment()
    command = ""
    for line in block("cron", "cron").splitlines():
        if setting := re.fullmatch(r"(\w+)=(.*)", line):
            variables[setting[1]] = setting[2]
        else:
            *_, command = line.split(maxsplit=5)
    line, *stdin = re.split(r"(?<!\\)%", command)
    line = line.replace(r"\%", "%")
    return run([CRON["SHELL"], "-c", line], variables, cwd=household.home, stdin="\n".join(stdin).encode())


@pytest.fixture
def job(household: Household) -> Household:
    """Put awsenv and a job where the crontab has them."""
    for folder, name in ((".local/bin", "awsenv"), ("bin", "report")):
        (household.home / folder).mkdir(parents=True)
        program = household.home / folder / name
        if name == "awsenv":
            program.symlink_to(AWSENV)
        else:
            program.write_text(REPORT)
            program.chmod(0o700)
    return household


def test_cron_runs_the_job_in_its_account(job: Household) -> None:
    """The job has keys of the profile with the time asked for, and nothing is left for a mail."""
    job.practice.rules.role_lifetime = timedelta(minutes=29)
    assert scheduled(job).returncode == 0
    job.practice.rules.role_lifetime = timedelta(hours=1)
    finished = scheduled(job)
    [report] = job.home.glob("report-2???-??-??.txt")

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, b"", b"")
    assert json.loads(report.read_text()) == UNICORN
    assert job.practice.journal.count("GetRoleCredentials") == 2


def test_cron_mails_the_login_to_type(job: Household) -> None:
    """Where the sign-in is over the job does not run: status 125, and the mail is the problem and the login to type."""
    furnish(job.home, job.practice, SignedIn(access_lifetime=timedelta(hours=-1), has_refresh_token=False))
    finished = scheduled(job)
    problem, hint = finished.stderr.decode().splitlines()

    assert (finished.returncode, finished.stdout) == (125, b"")
    assert problem == "awsenv: the sign-in to company has expired"
    assert hint == "hint: awsenv login --sso-session company"
    assert [path.read_text() for path in job.home.glob("report-*")] == [""]
