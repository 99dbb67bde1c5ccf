"""Sign-ins that a real Chromium finishes, by a click on what the page offers."""

import json
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from aws import chromium
from cli.real_shells import wait_until
from stage import AWSENV, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer

FLOWS = {"pkce": (), "device-code": ("--device-code",)}


@dataclass(frozen=True)
class Desk:
    """A home where nobody has signed in, and a Chromium whose person has decided; `folder` is what it leaves."""

    household: Household
    folder: Path

    def login(self, *arguments: str) -> tuple[int, list[str]]:
        """Sign in with Chromium as the browser; return the status and what was said."""
        program = Path(chromium.__file__ or "")
        browser = shlex.join([sys.executable, str(program), str(self.folder), "%s"])
        command = [AWSENV, "login", "--browser", browser, *arguments, "unicorn"]
        finished = run(command, environment_of(self.household))
        return finished.returncode, finished.stderr.decode().splitlines()

    def seen(self) -> dict[str, str]:
        """Return what the person saw, once the browser is closed."""
        seen, failed = self.folder / "seen", self.folder / "failed"
        wait_until(lambda: seen.exists() or failed.exists(), "Chromium to close")
        assert not failed.exists(), failed.read_text()
        return dict(json.loads(seen.read_text()))


@pytest.fixture
def desk(tmp_path: Path, practice: PracticeServer) -> Desk:
    """Set up a desk; a Chromium that is not installed fails the test, never skips it."""
    for program in ("chromium", "chromedriver"):
        assert shutil.which(program), f"{program} is not installed: sh .ci/tools"
    folder = tmp_path / "person"
    folder.mkdir()
    return Desk(furnish(tmp_path / "home", practice, SignedIn(sso_sessions=(), legacy=False)), folder)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_click_on_allow_signs_in(flow: str, desk: Desk, practice: PracticeServer) -> None:
    """Allowed in Chromium, the login is done, the page says so, and the code on it is the one in the terminal."""
    (desk.folder / "decision").write_text("allow")

    status, said = desk.login(*FLOWS[flow])

    assert (status, said[-1].partition(",")[0]) == (0, "awsenv: signed in to company")
    seen = desk.seen()
    if flow == "pkce":
        assert seen["asked"] == "Practice sign-in: botocore-client-company asks for access"
        assert seen["after"] == "Approved"
        assert practice.journal.count("StartDeviceAuthorization") == 0
    else:
        assert f"awsenv: it must show this code: {seen['code']}" in said
        assert seen["after"] == "Done. You may close this page."
        assert practice.journal.count("Authorize") == 0
    fields = json.loads(desk.household.token_path("company").read_text())
    assert practice.grants.sso_session_of(fields["accessToken"]) == "company"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_click_on_deny_ends_the_login(flow: str, desk: Desk, practice: PracticeServer) -> None:
    """Denied in Chromium, the login ends with status 4 and one line that says so, and no token is given or filed."""
    (desk.folder / "decision").write_text("deny")

    status, said = desk.login(*FLOWS[flow])

    assert status == 4
    assert said[-1].startswith("awsenv: the sign-in to company was declined (")
    assert desk.seen()["after"] == ("Not signed in" if flow == "pkce" else "Done. You may close this page.")
    assert [call.status for call in practice.journal.calls("CreateToken") if call.status == 200] == []
    assert not desk.household.token_path("company").exists()
