"""What is told of a sign-in, on a stderr that is a terminal or none."""

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from unit.actions.fakes import ACME
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.flows import Login
from awsenv.cli.progress import TerminalProgress

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)


@pytest.fixture
def east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where the day begins first."""
    with monkeypatch.context() as here:
        here.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("east")
def test_a_sign_in_without_an_end_is_no_bug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An expiry on the last day that Python knows is told in UTC where the local clock has no such day."""
    TerminalProgress(runtime_of(StoppedClock(), tmp_path)).finish(Login(ACME, LAST, None, is_new=True))
    assert capsys.readouterr().err == "awsenv: signed in to acme, until 9999-12-31 23:59 UTC\n"
