import json
import random
from pathlib import Path
from typing import Any

import botocore.exceptions as failures
import pytest
from stage import SOAK
from unit.actions.fakes import ACME, LEGACY, PAGE, DeviceServer, Recorder, finder_over, refusal
from unit.aws.fakes import StoppedClock

from awsenv.actions.flows import LoginWish
from awsenv.actions.login import sign_in
from awsenv.errors import AwsenvError, AwsUnreachable, ConfigError, LoginDeclined, LoginTimedOut
from awsenv.files.registrations import registration_path
from awsenv.files.tokens import find_token, token_path
from awsenv.values import replace

SERVERS = 1_000 if SOAK else 200
TOKEN = {"accessToken": "access", "refreshToken": "refresh", "expiresIn": 3600}
PENDING, SLOW, EXPIRED = "AuthorizationPendingException", "SlowDownException", "ExpiredTokenException"
BY_CODE = LoginWish("device-code", opens_browser=False)
# A request may be on its way when the code ends.
ONE_REQUEST = 11.0


def _authorization(**more: Any) -> dict[str, Any]:
    given = {"deviceCode": "d", "userCode": "ABCD-EFGH", "verificationUri": PAGE, "expiresIn": 600, "interval": 5}
    return {name: value for name, value in (given | more).items() if value is not None}


def _server(clock: StoppedClock, *answers: Any, **authorization: Any) -> DeviceServer:
    left = list(answers)
    server = DeviceServer(clock, random.Random(1), _authorization(**authorization), lambda _: left.pop(0))  # noqa: S311
    server.interval = float(authorization.get("interval") or 5)
    return server


def _wandering(seed: int, clock: StoppedClock) -> DeviceServer:
    """Return a server that is pending, busy, broken or gone as it likes, until it decides or never does."""
    chance = random.Random(seed)  # noqa: S311 - moods need no secrecy
    interval = chance.choice([None, 0, 1, 2, 5, 5, 10, 30, 90, 200, 10**6])
    expires_in = chance.choice([1, 20, 60, 300, 600, 600, 3600, 10**9])
    decided_at = chance.choice([0.0, chance.uniform(0, min(expires_in, 4000)), float("inf")])
    decision: Any = chance.choice(
        [TOKEN, TOKEN, TOKEN, refusal("AccessDeniedException"), refusal("InvalidGrantException")]
    )
    weather = chance.choice([0.0, 0.2, 0.9, 1.0])
    slowness = chance.choice([0.0, 0.1, 0.8])

    def mood(server: DeviceServer) -> Any:
        since = server.clock.seconds - server.began
        if chance.random() < weather:
            return chance.choice(
                [
                    failures.EndpointConnectionError(endpoint_url="x"),
                    failures.ConnectTimeoutError(endpoint_url="x"),
                    failures.ReadTimeoutError(endpoint_url="x"),
                    failures.ConnectionClosedError(endpoint_url="x"),
                    refusal("InternalServerException", 500),
                    refusal("TooManyRequestsException", 429, {"retry-after": "1"}),
                    refusal("", 502),
                    {},
                    TOKEN | {"expiresIn": "soon"},
                ]
            )
        if since > expires_in:
            return refusal(EXPIRED)
        if since >= decided_at:
            return decision
        return refusal(SLOW if chance.random() < slowness else PENDING)

    server = DeviceServer(clock, chance, _authorization(interval=interval, expiresIn=expires_in), mood)
    server.interval = float(interval or 5)
    return server


def test_no_server_is_polled_too_early_or_for_ever(tmp_path: Path) -> None:
    """Whatever a server does, each poll keeps the interval, five seconds more for good after each `slow_down`."""
    outcomes: dict[str, int] = {}
    for seed in range(SERVERS):
        clock = StoppedClock()
        server = _wandering(seed, clock)
        finder, _ = finder_over(server, tmp_path / str(seed), clock=clock)
        try:
            sign_in(ACME, BY_CODE, finder=finder, progress=Recorder())
            outcome = "signed in"
        except (LoginDeclined, LoginTimedOut, AwsUnreachable) as error:
            outcome = type(error).__name__
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        early = [(at, by) for at, by in server.polls if by < -1e-6]
        assert early == [], (seed, early)
        longest = min(server.authorization["expiresIn"], 3600)
        last = server.polls[-1][0] if server.polls else clock.seconds
        assert last - server.began <= longest, seed
        assert clock.seconds - server.began <= longest + ONE_REQUEST + 16, seed
        if outcome == "signed in":
            assert find_token(finder.runtime, ACME) is not None
        else:
            assert not Path(token_path(finder.runtime, ACME)).exists(), seed
    # All ends were met, or the servers are too tame.
    assert set(outcomes) >= {"signed in", "LoginDeclined", "LoginTimedOut"}, outcomes


@pytest.mark.parametrize("interval", [0, None, -3])
def test_no_interval_means_five_seconds(tmp_path: Path, interval: int | None) -> None:
    """An interval of zero, or none at all, is RFC 8628's five seconds."""
    clock = StoppedClock()
    server = _server(clock, *[refusal(PENDING)] * 3, TOKEN, interval=interval)
    server.interval = 5.0
    finder, _ = finder_over(server, tmp_path, clock=clock)
    sign_in(ACME, BY_CODE, finder=finder, progress=Recorder())
    assert len(server.polls) == 4
    assert min(by for _, by in server.polls) >= 0


def test_a_slow_server_is_not_polled_faster_after_an_error(tmp_path: Path) -> None:
    """An interval of two minutes stays two minutes when the network fails."""
    clock = StoppedClock()
    gone = failures.EndpointConnectionError(endpoint_url="x")
    server = _server(clock, gone, gone, refusal(PENDING), TOKEN, interval=120)
    finder, _ = finder_over(server, tmp_path, clock=clock)
    sign_in(ACME, BY_CODE, finder=finder, progress=Recorder())
    assert [by >= 0 for _, by in server.polls] == [True] * 4


def test_a_network_that_is_gone_is_not_the_persons_fault(tmp_path: Path) -> None:
    """Where the last answer was none, the end of the code says that AWS was not reached."""
    clock = StoppedClock()
    server = _server(clock, *[failures.EndpointConnectionError(endpoint_url="x")] * 1000, expiresIn=60)
    finder, _ = finder_over(server, tmp_path, clock=clock)
    with pytest.raises(AwsUnreachable):
        sign_in(ACME, BY_CODE, finder=finder, progress=Recorder())
    assert clock.seconds <= 60 + ONE_REQUEST + 1


def test_the_code_is_on_the_screen_before_the_browser_is(tmp_path: Path) -> None:
    """A person can compare: page and code are shown, and only then is a browser started."""
    progress = Recorder()
    clock = StoppedClock()
    shown: list[list[str]] = []
    started: list[Any] = []

    def start(command: Any) -> None:
        shown.append(list(progress.told))
        started.append(command)

    complete = f"{PAGE}?user_code=ABCD-EFGH"
    server = _server(clock, TOKEN, verificationUriComplete=complete)
    finder, _ = finder_over(server, tmp_path, clock=clock, start=start)
    sign_in(ACME, LoginWish("device-code", browser="true"), finder=finder, progress=progress)
    assert started == [["true", complete]]
    assert "ABCD-EFGH" in shown[0][0]


@pytest.mark.parametrize("field", ["verificationUri", "verificationUriComplete"])
@pytest.mark.parametrize(
    "page", ["https://evil.example/", "http://device.sso.eu-west-1.amazonaws.com/", "-x", "file:///"]
)
def test_a_page_that_is_not_awss_is_not_even_shown(tmp_path: Path, field: str, page: str) -> None:
    """A hostile answer shows nobody a page, opens none, and polls nobody."""
    clock, progress = StoppedClock(), Recorder()
    server = _server(clock, **{field: page})
    finder, _ = finder_over(server, tmp_path, clock=clock)
    with pytest.raises(ConfigError):
        sign_in(ACME, LoginWish("device-code", browser="true"), finder=finder, progress=progress)
    assert (progress.told, server.polls) == ([], [])


@pytest.mark.parametrize("is_cached", [True, False])
def test_a_registration_that_is_unknown_is_made_anew(tmp_path: Path, *, is_cached: bool) -> None:
    """Where Identity Center forgot the registration of the file, the login registers again, once."""
    clock = StoppedClock()
    unknown = refusal("InvalidClientException", 401)
    answers = (unknown, TOKEN) if is_cached else (unknown,) * 2
    server = _server(clock, *answers)
    finder, _ = finder_over(server, tmp_path, clock=clock)
    path = Path(registration_path(finder.runtime, ACME))
    if is_cached:
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"clientId": "old", "clientSecret": "s", "expiresAt": "2027-01-01T00:00:00Z"}))
        sign_in(ACME, BY_CODE, finder=finder, progress=Recorder())
        assert json.loads(path.read_text())["clientId"] == "client-1"
    else:
        with pytest.raises(AwsenvError):
            sign_in(ACME, BY_CODE, finder=finder, progress=Recorder())
    assert server.registered == (1 if is_cached else 2)


@pytest.mark.parametrize("sso_session", [ACME, LEGACY])
def test_a_browser_that_does_not_start_is_a_notice(tmp_path: Path, sso_session: Any) -> None:
    """The page is on the screen all the same, so the login goes on."""

    def start(_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    clock = StoppedClock()
    finder, notices = finder_over(_server(clock, TOKEN), tmp_path, clock=clock, start=start)
    sign_in(sso_session, LoginWish("device-code", browser="true"), finder=finder, progress=Recorder())
    assert [str(notice) for notice in notices] == ["the browser true did not start: Permission denied"]


def test_a_start_url_that_is_not_awss_signs_in_to_nothing(tmp_path: Path) -> None:
    """A start URL without https, or on a host that answers nobody's redirect, ends before any request is made."""
    clock = StoppedClock()
    for start_url in (
        "http://acme.awsapps.com/start",
        "https://10.0.0.1/start",
        "https://acme.awsapps.com@evil.example/",
    ):
        server = _server(clock)
        finder, _ = finder_over(server, tmp_path, clock=clock)
        with pytest.raises(ConfigError):
            sign_in(replace(ACME, start_url=start_url), BY_CODE, finder=finder, progress=Recorder())
        assert server.registered == 0
