import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.tokens import access_token_for, is_refreshable
from awsenv.errors import AwsUnreachable, LocalFileError, TokenExpired, TokenMissing
from awsenv.files import locks, tokens
from awsenv.model import AccessToken, Notice, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

COMPANY = SsoSession("company", "https://practice.awsapps.com/start", "eu-west-1")
LEGACY = SsoSession(None, "https://practice.awsapps.com/start", "eu-west-1")


def _unexpected(_: AccessToken) -> AccessToken:
    raise AssertionError("nobody should have refreshed")


@dataclass
class Stage:
    """A temporary home at a fixed time, an access token in it, and what was refreshed and noticed."""

    clock: StoppedClock
    runtime: Runtime
    refreshed: list[AccessToken] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def put(self, minutes: float, *, text: str = "old", age: float = 3600.0, session: SsoSession = COMPANY) -> None:
        """File a token that has so many minutes left and was written so many seconds ago."""
        access_token = AccessToken(
            start_url=COMPANY.start_url,
            region=COMPANY.region,
            expires_at=self.clock.now() + timedelta(minutes=minutes),
            access_token=text,
            refresh_token=f"refresh-{text}",
            client_id="client",
            client_secret="secret",
            registration_expires_at=self.clock.now() + timedelta(days=1),
        )
        tokens.write_token(self.runtime, session, access_token)
        moment = (self.clock.now() - timedelta(seconds=age)).timestamp()
        os.utime(tokens.token_path(self.runtime, session), (moment, moment))

    def filed(self) -> str | None:
        """Return the access token in the file."""
        found = tokens.find_token(self.runtime, COMPANY)
        return found.access_token if found else None

    def refresh(self, access_token: AccessToken) -> AccessToken:
        """Give a new token, as AWS does."""
        self.refreshed.append(access_token)
        return replace(access_token, access_token="new", expires_at=self.clock.now() + timedelta(hours=1))

    def ask(self, refresh: Callable[[AccessToken], AccessToken] | None = None, session: SsoSession = COMPANY) -> str:
        """Return the access token that a command gets."""
        refresh = refresh or self.refresh
        found = access_token_for(session, refresh=refresh, runtime=self.runtime, notify=self.notices.append)
        return found.access_token


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Set the stage at nine o'clock."""
    clock = StoppedClock()
    return Stage(clock, runtime_of(clock, tmp_path))


def _refused(_: AccessToken) -> AccessToken:
    raise TokenExpired("invalid_grant")


def _unreachable(_: AccessToken) -> AccessToken:
    raise AwsUnreachable("no network")


@pytest.mark.parametrize(
    ("minutes", "age", "expected"),
    [
        (60, 3600, "old"),
        (16.1, 3600, "old"),
        (16, 3600, "new"),
        (5, 3600, "new"),
        (5, 61, "new"),
        (5, 59, "old"),
        (5, 0, "old"),
        (5, -30, "new"),
        (0.5, 10, "new"),
        (0, 10, "new"),
        (-600, 10, "new"),
    ],
)
def test_when_a_token_is_refreshed(stage: Stage, minutes: float, age: float, expected: str) -> None:
    """From sixteen minutes before its end, once a minute at most unless it is useless; a future mtime is no reason."""
    stage.put(minutes, age=age)
    assert stage.ask() == expected
    assert stage.filed() == expected
    assert len(stage.refreshed) == (expected == "new")
    assert stage.notices == []


def test_a_refresh_answer_is_filed_before_it_is_used(stage: Stage) -> None:
    """The next command finds the new token and asks nobody."""
    stage.put(-1)
    assert (stage.ask(), stage.ask(_unexpected)) == ("new", "new")


def test_without_a_token_there_is_no_refresh(stage: Stage) -> None:
    """No file, or one of another start URL, region or shape, means that nobody signed in."""
    with pytest.raises(TokenMissing, match="company"):
        stage.ask(_unexpected)
    stage.put(60)
    path = Path(tokens.token_path(stage.runtime, COMPANY))
    fields = json.loads(path.read_text())
    for spoilt in (
        {"startUrl": "https://evil.example"},
        {"region": "us-east-1"},
        {"accessToken": 7},
        {"expiresAt": ""},
    ):
        path.write_text(json.dumps(fields | spoilt))
        with pytest.raises(TokenMissing):
            stage.ask(_unexpected)
    path.write_text("{")
    with pytest.raises(TokenMissing):
        stage.ask(_unexpected)


def test_a_token_that_cannot_be_refreshed_is_used_to_its_end(stage: Stage) -> None:
    """A legacy token serves to the last second, and then asks for a login."""
    stage.put(0.1, session=LEGACY)
    assert stage.ask(_unexpected, LEGACY) == "old"
    stage.clock.seconds = 6.0
    with pytest.raises(TokenExpired, match="practice"):
        stage.ask(_unexpected, LEGACY)


def test_what_a_refresh_needs(stage: Stage) -> None:
    """An sso-session's name, a refresh token, a client, and a registration that is not over or not known."""
    stage.put(5)
    whole = tokens.find_token(stage.runtime, COMPANY)
    assert whole is not None
    over = stage.clock.now()
    assert is_refreshable(whole, COMPANY, stage.runtime)
    assert is_refreshable(replace(whole, registration_expires_at=None), COMPANY, stage.runtime)
    assert not is_refreshable(whole, LEGACY, stage.runtime)
    for lacking in (
        replace(whole, refresh_token=None),
        replace(whole, client_id=None),
        replace(whole, client_secret=None),
        replace(whole, registration_expires_at=over),
    ):
        assert not is_refreshable(lacking, COMPANY, stage.runtime)


def test_a_refusal_is_believed_after_a_second_look(stage: Stage) -> None:
    """Refused with a dead token, awsenv looks for three seconds whether another tool wrote a new one."""
    stage.put(-1)
    with pytest.raises(TokenExpired, match="cannot be renewed"):
        stage.ask(_refused)
    assert sum(stage.clock.sleeps) == pytest.approx(3.0, abs=0.2)
    assert stage.filed() == "old"


def test_a_second_look_finds_what_others_wrote(stage: Stage) -> None:
    """What another tool writes within these seconds is taken, unless it is as dead as the one before."""
    stage.put(-1)
    pauses = iter(((-1.0, "dead"), (60.0, "theirs")))

    def sleep(seconds: float) -> None:
        stage.clock.sleep(seconds)
        minutes, text = next(pauses)
        stage.put(minutes, text=text)

    stage.runtime = replace(stage.runtime, sleep=sleep)
    assert stage.ask(_refused) == "theirs"


def test_a_second_look_holds_no_lock(stage: Stage) -> None:
    """Others need not wait while one command looks again."""
    stage.put(-1)
    was_free = []

    def sleep(seconds: float) -> None:
        stage.clock.sleep(seconds)
        with locks.locked(stage.runtime, f"token {COMPANY.token_key}", 0.0) as held:
            was_free.append(held)

    stage.runtime = replace(stage.runtime, sleep=sleep)
    with pytest.raises(TokenExpired):
        stage.ask(_refused)
    assert set(was_free) == {True}


@pytest.mark.parametrize("refresh", [_refused, _unreachable])
def test_a_failed_refresh_is_nothing_while_the_token_is_good(
    stage: Stage, refresh: Callable[[AccessToken], AccessToken]
) -> None:
    """With minutes left, the old token is used at once and stays in its file."""
    stage.put(5)
    assert (stage.ask(refresh), stage.filed(), stage.clock.sleeps) == ("old", "old", [])


def test_a_renewal_without_an_answer_is_told(stage: Stage) -> None:
    """While the token is good, a refresh that AWS did not answer is a notice that says until when, and no silence."""
    stage.put(5.5)
    stage.ask(_unreachable)
    expected = "could not renew the sign-in: no network; it is good for 5 more minutes"
    assert [notice.text for notice in stage.notices] == [expected]


def test_a_renewal_without_an_answer_takes_what_others_wrote(stage: Stage) -> None:
    """Where another tool renewed the sign-in while AWS did not answer this one, its token is used."""
    stage.put(-1)

    def overtaken(access_token: AccessToken) -> AccessToken:
        stage.put(60, text="theirs")
        return _unreachable(access_token)

    assert (stage.ask(overtaken), stage.notices) == ("theirs", [])


def test_an_unreachable_service_is_no_expired_login(stage: Stage) -> None:
    """With a dead token and no answer, the network is blamed and not the sign-in."""
    stage.put(-1)
    with pytest.raises(AwsUnreachable, match="no network"):
        stage.ask(_unreachable)


def test_who_waited_for_the_lock_takes_what_its_holder_wrote(stage: Stage) -> None:
    """A token that was refreshed while this command waited is not refreshed again."""
    stage.put(-1)

    def sleep(seconds: float) -> None:
        stage.clock.sleep(seconds)
        stage.put(60, text="theirs")
        holder.close()

    holder = _Holder(stage.runtime)
    stage.runtime = replace(stage.runtime, sleep=sleep)
    assert stage.ask(_unexpected) == "theirs"


class _Holder:
    """Holds the lock until it is closed."""

    def __init__(self, runtime: Runtime) -> None:
        self._context = locks.locked(runtime, f"token {COMPANY.token_key}", 0.0)
        self._context.__enter__()
        self._is_open = True

    def close(self) -> None:
        """Let go, once."""
        if self._is_open:
            self._is_open = False
            self._context.__exit__(None, None, None)


def test_without_the_lock_nothing_is_refreshed(stage: Stage) -> None:
    """Where another process never lets go, a good token is used, and a dead one says whose lock it is."""
    holder = _Holder(stage.runtime)
    try:
        stage.put(5)
        assert stage.ask(_unexpected) == "old"
        stage.put(-1)
        with pytest.raises(AwsUnreachable, match=f"process {os.getpid()} holds the lock"):
            stage.ask(_unexpected)
    finally:
        holder.close()
    assert sum(stage.clock.sleeps) == pytest.approx(1.0 + 20.0, abs=0.5)


def test_without_a_place_for_locks_nothing_is_refreshed(stage: Stage) -> None:
    """Where the lock's folder cannot be, a refresh token is not risked."""
    (stage.runtime.home / ".aws").mkdir()
    (stage.runtime.home / ".aws" / "awsenv").write_text("a file where a folder should be")
    stage.put(5)
    assert stage.ask(_unexpected) == "old"
    stage.put(-1)
    with pytest.raises(LocalFileError):
        stage.ask(_unexpected)


def test_a_token_that_cannot_be_filed_serves_this_command(stage: Stage) -> None:
    """Where the refreshed token cannot be written, it is used all the same, and the person is told."""
    stage.put(-1)

    def refresh_into_nowhere(access_token: AccessToken) -> AccessToken:
        path = Path(tokens.token_path(stage.runtime, COMPANY))
        path.unlink()
        path.mkdir()
        return stage.refresh(access_token)

    assert stage.ask(refresh_into_nowhere) == "new"
    assert ["could not be kept" in notice.text for notice in stage.notices] == [True]
