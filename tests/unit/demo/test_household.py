import configparser
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from awsenv.demo.household import Household, SignedIn, write_household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import COMPANY_URL, PROFILES


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Give a started server, since the household names its port."""
    with PracticeServer() as server:
        yield server


@pytest.fixture
def household(practice: PracticeServer, tmp_path: Path) -> Household:
    """Give a household in a folder whose name needs quoting."""
    return write_household(tmp_path / "it's a home", practice)


def _token(household: Household, key: str) -> dict[str, str]:
    token = json.loads(household.token_path(key).read_text())
    assert isinstance(token, dict)
    return token


def test_everything_is_private(household: Household) -> None:
    """No file or folder of the household can be read by anybody else."""
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in household.home.rglob("*")}

    assert modes == {(True, 0o700), (False, 0o600)}
    assert household.home.stat().st_mode & 0o777 == 0o700


def test_every_profile_has_its_section(household: Household) -> None:
    """The shared config file has a section for each profile, the quoted name in the form that botocore reads."""
    config = configparser.RawConfigParser(default_section="no such section")
    config.read(household.config_path)

    assert {"default", "sso-session company", "sso-session partner"} <= set(config.sections())
    assert 'profile "it\'s a \\"quoted\\" name"' in config.sections()
    assert len([name for name in config.sections() if name.startswith("profile ")]) == len(PROFILES) - 1


def test_token_files_are_the_command_lines(household: Household) -> None:
    """A token file has the AWS CLI's fields; a legacy one has no refresh token and is named by its start URL."""
    fields = ["startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt"]

    assert list(_token(household, "company")) == [*fields, "refreshToken"]
    assert list(_token(household, COMPANY_URL)) == fields
    assert len(list((household.home / ".aws/sso/cache").iterdir())) == 5


def test_the_server_knows_the_tokens(household: Household, practice: PracticeServer) -> None:
    """The tokens in the files are good at the server, each for its own company."""
    known = [practice.grants.sso_session_of(_token(household, key)["accessToken"]) for key in ("company", "partner")]

    assert known == ["company", "partner"]


def test_states_of_signing_in(practice: PracticeServer, tmp_path: Path) -> None:
    """A household can be signed in to some sessions only, with expired tokens that nothing renews."""
    state = SignedIn(
        sso_sessions=["company"], legacy=False, access_lifetime=timedelta(minutes=-5), has_refresh_token=False
    )
    household = write_household(tmp_path, practice, state)
    token = _token(household, "company")

    assert datetime.fromisoformat(token["expiresAt"].replace("Z", "+00:00")) < datetime.now(timezone.utc)
    assert "refreshToken" not in token
    assert not household.token_path("partner").exists()
    assert not household.token_path(COMPANY_URL).exists()
    assert practice.grants.sso_session_of(token["accessToken"]) is None


def test_rewriting_replaces(household: Household, practice: PracticeServer) -> None:
    """Writing into the same folder again brings new tokens and leaves private files."""
    before = _token(household, "company")["accessToken"]
    write_household(household.home, practice)

    assert _token(household, "company")["accessToken"] != before
    test_everything_is_private(household)


def test_environment_points_at_home_and_server(household: Household, practice: PracticeServer) -> None:
    """A program with these variables lives in the household and calls the practice server."""
    environment = household.environment()

    assert environment["HOME"] == str(household.home)
    assert {environment[f"AWS_ENDPOINT_URL_{each}"] for each in ("SSO", "SSO_OIDC", "STS")} == {practice.url}


def test_server_in_a_process_of_its_own(tmp_path: Path) -> None:
    """`python -m awsenv.demo HOME` prints where it listens, writes the household and ends with its stdin."""
    command = [sys.executable, "-m", "awsenv.demo", str(tmp_path / "home")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        described = json.loads(process.stdout.readline())
        process.communicate(timeout=20)

    assert process.returncode == 0
    assert described["environment"]["AWS_ENDPOINT_URL_STS"] == described["url"]
    assert (tmp_path / "home" / ".aws" / "config").exists()
