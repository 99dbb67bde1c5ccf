import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stage import AWSENV, SOAK, TIME_LIMIT, environment_of, furnish

from awsenv.demo.household import SignedIn
from awsenv.demo.server import PracticeServer

OURS, THEIRS = (48, 16) if SOAK else (12, 4)
ROUNDS = 5 if SOAK else 1
EXPIRED = SignedIn(access_lifetime=-1 * SignedIn().access_lifetime)
# As any program with boto3 in it: no lock, and its own idea of when to refresh.
PLAIN = """
import sys
from botocore.session import Session
session = Session(profile=sys.argv[1])
print(session.get_credentials().get_frozen_credentials().access_key)
"""
NAMES = ("awesome", "unicorn", "marketing", "devops")


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_awsenv_fails_beside_tools_without_a_lock(round_number: int, tmp_path: Path) -> None:
    """Many awsenv and plain botocore refresh one session whose refresh token works once: no awsenv fails."""
    with PracticeServer(seed=f"beside {round_number}") as practice:
        household = furnish(tmp_path / "home", practice, EXPIRED)
        os.utime(household.token_path("company"), (time.time() - 600,) * 2)
        environment = environment_of(household)
        started = []
        for number in range(OURS + THEIRS):
            name = NAMES[number % len(NAMES)]
            is_plain = number % (OURS // THEIRS + 1) == 0
            command = (
                [sys.executable, "-c", PLAIN, name]
                if is_plain
                else [AWSENV, "exec", "--no-login", name, "--", "/bin/sh", "-c", 'printf %s "$AWS_ACCESS_KEY_ID"']
            )
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            started.append((is_plain, process))
        failed, plain_failures = [], 0
        for is_plain, process in started:
            out, err = process.communicate(timeout=TIME_LIMIT)
            identity = practice.identity_of(out.decode().strip()) if process.returncode == 0 else None
            if is_plain:
                plain_failures += process.returncode != 0
            elif identity is None:
                failed.append((process.returncode, err.decode()))
        refused = sum(call.code is not None for call in practice.journal.calls("CreateToken"))
        assert failed == [], (plain_failures, refused)
        # What is left on disk is whole and good.
        fields = json.loads(household.token_path("company").read_text())
        assert practice.grants.sso_session_of(fields["accessToken"]) == "company"
        assert practice.failures == []
