import threading
from datetime import timedelta
from pathlib import Path

import pytest
from unit.actions.fakes import ACME, LEGACY, finder_over
from unit.aws.fakes import MORNING, StoppedClock, runtime_of

from awsenv.actions.logout import sign_out
from awsenv.actions.sessions import login_hint, sso_sessions_of, status_of
from awsenv.actions.tokens import access_token_for, lock_name
from awsenv.errors import LocalFileError, TokenMissing
from awsenv.files import locks
from awsenv.files.profiles import load_profiles
from awsenv.files.tokens import find_token, token_path, write_token
from awsenv.model import AccessToken, SsoSession

TOKEN = AccessToken(ACME.start_url, ACME.region, MORNING + timedelta(hours=1), "access", "refresh", "id", "secret")


class Portal:
    """Takes logouts."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def logout(self, **arguments: str) -> None:
        """Take one."""
        self.told.append(arguments["accessToken"])


def test_a_refresh_that_waits_does_not_bring_a_sign_in_back(tmp_path: Path) -> None:
    """Who waits for the lock while a logout holds it finds no token, and refreshes none."""
    clock = StoppedClock()
    runtime = runtime_of(clock, tmp_path)
    write_token(runtime, ACME, AccessToken(None, None, MORNING, "old", "refresh", "id", "secret"))
    refreshed: list[AccessToken] = []

    def refresh(before: AccessToken) -> AccessToken:
        refreshed.append(before)
        return TOKEN

    def sleep_until_removed(seconds: float) -> None:
        clock.seconds += seconds
        if Path(token_path(runtime, ACME)).exists():
            Path(token_path(runtime, ACME)).unlink()
            released.set()
            done.wait(5)

    released, done, held = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with locks.locked(runtime_of(StoppedClock(), tmp_path), lock_name(ACME), 0):
            held.set()
            released.wait(5)
        done.set()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(5)
    waiting = runtime_of(clock, tmp_path)
    object.__setattr__(waiting, "sleep", sleep_until_removed)
    with pytest.raises(TokenMissing, match="signed out of acme a moment ago"):
        access_token_for(ACME, refresh=refresh, runtime=waiting, notify=lambda _: None)
    other.join()
    assert refreshed == []
    assert not Path(token_path(runtime, ACME)).exists()


def test_a_file_in_the_middle_of_a_write_is_waited_for(tmp_path: Path) -> None:
    """The AWS CLI empties the file before it fills it: an empty one is looked at again, for a moment."""
    clock = StoppedClock()
    runtime = runtime_of(clock, tmp_path)
    write_token(runtime, ACME, TOKEN)
    path = Path(token_path(runtime, ACME))
    content = path.read_bytes()
    path.write_bytes(b"")

    def sleep(seconds: float) -> None:
        clock.seconds += seconds
        if clock.seconds > 0.1:
            path.write_bytes(content)

    object.__setattr__(runtime, "sleep", sleep)
    found = access_token_for(ACME, refresh=lambda token: token, runtime=runtime, notify=lambda _: None)
    assert found.access_token == "access"
    path.write_bytes(b"")
    object.__setattr__(runtime, "sleep", clock.sleep)
    with pytest.raises(TokenMissing):
        access_token_for(ACME, refresh=lambda token: token, runtime=runtime, notify=lambda _: None)
    assert clock.seconds < 1


def test_a_sign_in_that_is_not_there_waits_for_nobody(tmp_path: Path) -> None:
    """Without a file there is nothing to wait for."""
    clock = StoppedClock()
    with pytest.raises(TokenMissing):
        access_token_for(ACME, refresh=lambda t: t, runtime=runtime_of(clock, tmp_path), notify=lambda _: None)
    assert clock.seconds == 0


def test_a_token_that_cannot_be_removed_is_told_to_the_server(tmp_path: Path) -> None:
    """The file stays and the error says so; at Identity Center the sign-in is over all the same."""
    portal = Portal()
    finder, _ = finder_over(portal, tmp_path)
    write_token(finder.runtime, ACME, TOKEN)
    path = Path(token_path(finder.runtime, ACME))
    content = path.read_bytes()
    path.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "token").write_bytes(content)
    (elsewhere / "token").rename(path)
    path.parent.chmod(0o500)
    try:
        sign_out([(ACME, finder)])
    except LocalFileError:
        assert path.exists()
    finally:
        path.parent.chmod(0o700)
    assert portal.told == ["access"]


def test_no_sessions_are_no_work(tmp_path: Path) -> None:
    """A home without any sso-session signs out of nothing."""
    assert sign_out([]) == []
    assert sso_sessions_of(load_profiles(runtime_of(StoppedClock(), tmp_path))) == []


def test_states_follow_from_the_file(tmp_path: Path) -> None:
    """Good now is valid; over, and renewable by all that it takes, is renewable; everything else is dead."""
    clock = StoppedClock()
    runtime = runtime_of(clock, tmp_path)
    over = MORNING + timedelta(days=1)

    def state(sso_session: SsoSession = ACME) -> str:
        return status_of(sso_session, runtime, lambda _: None).state

    assert state() == "dead"
    write_token(runtime, ACME, TOKEN)
    assert state() == "valid"
    clock.seconds = 3599
    assert state() == "valid"
    clock.seconds = 3600
    assert state() == "renewable"
    for lacking in (
        AccessToken(None, None, MORNING, "a", None, "id", "secret", over),
        AccessToken(None, None, MORNING, "a", "r", None, "secret", over),
        AccessToken(None, None, MORNING, "a", "r", "id", None, over),
        AccessToken(None, None, MORNING, "a", "r", "id", "secret", MORNING),
    ):
        write_token(runtime, ACME, lacking)
        assert state() == "dead"
    write_token(runtime, LEGACY, AccessToken(None, None, MORNING, "a", "r", "id", "secret", over))
    assert state(LEGACY) == "dead"
    assert find_token(runtime, LEGACY) is not None


def test_the_hint_names_the_one_or_all(tmp_path: Path) -> None:
    """One dead session is named, quoted where a shell needs it; more are all."""
    profiles = load_profiles(runtime_of(StoppedClock(), tmp_path))
    spaced = SsoSession("my company", ACME.start_url, ACME.region)
    assert login_hint([ACME], profiles) == "awsenv login --sso-session acme"
    assert login_hint([spaced], profiles) == "awsenv login --sso-session 'my company'"
    assert login_hint([ACME, spaced], profiles) == "awsenv login --all"
