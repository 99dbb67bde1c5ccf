"""The sign-in by the browser and by device code, against an Identity Center that is invented."""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from unit.actions.fakes import ACME, Meta, Recorder, finder_over
from unit.aws.fakes import StoppedClock

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.flows import BROWSER_SECONDS, LoginWish, counting, fetch_sign_in
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, ConfigError, LoginDeclined, LoginTimedOut
from awsenv.files import registrations
from awsenv.files.registrations import registration_path
from awsenv.model import Registration
from awsenv.values import replace

BY_BROWSER = LoginWish("pkce", browser="true")


@dataclass
class Center(Meta):
    """An Identity Center that knows the clients of `known`, and what its page is at."""

    endpoint_url: str = "https://oidc.eu-west-1.amazonaws.com"
    authorization: dict[str, Any] = field(default_factory=dict)
    registered: int = 0
    redeemed: list[str] = field(default_factory=list)

    @property
    def meta(self) -> "Center":
        """Where botocore's clients have their endpoint."""
        return self

    def register_client(self, **_: Any) -> Any:
        """Register."""
        self.registered += 1
        return {"clientId": f"new-{self.registered}", "clientSecret": "s", "clientSecretExpiresAt": 2**31}

    def start_device_authorization(self, **_: Any) -> Any:
        """Give a code."""
        return {"deviceCode": "d", "userCode": "U", "expiresIn": 600, "interval": 1} | self.authorization

    def create_token(self, **arguments: Any) -> Any:
        """Give tokens."""
        self.redeemed.append(arguments["clientId"])
        return {"accessToken": "access", "refreshToken": "refresh", "expiresIn": 3600}


def browser(*answers: Mapping[str, str]) -> tuple[Callable[[Sequence[str]], None], list[str]]:
    """Return a browser that brings back one answer after the other, and the client that each page was for."""
    left, clients = list(answers), []

    def start(command: Sequence[str]) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(command[-1]).query).items()}
        clients.append(query["client_id"])
        host = urlsplit(query["redirect_uri"]).netloc
        answer = urlencode(dict(left.pop(0)) | {"state": query["state"]})
        with socket.create_connection((host.partition(":")[0], int(host.partition(":")[2]))) as connection:
            connection.sendall(f"GET /oauth/callback?{answer} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            connection.recv(1024)

    return start, clients


def known(finder: CredentialFinder) -> Path:
    """File a registration for the browser and return its path."""
    made = Registration(
        "old",
        "s",
        finder.runtime.now().replace(year=2030),
        ACME.scopes,
        ("authorization_code", "refresh_token"),
    )
    registrations.write_registration(finder.runtime, ACME, made)
    return Path(registration_path(finder.runtime, ACME))


def client_in(path: Path) -> str:
    """Return the client id of a registration file."""
    return str(json.loads(path.read_text())["clientId"])


def test_a_forced_login_registers_anew(tmp_path: Path) -> None:
    """`--force` trusts nothing that is filed, the registration included."""
    start, clients = browser({"code": "c"}, {"code": "c"})
    center = Center()
    finder, _ = finder_over(center, tmp_path, start=start)
    path = known(finder)
    fetch_sign_in(ACME, BY_BROWSER, finder, Recorder())
    fetch_sign_in(ACME, replace(BY_BROWSER, is_forced=True), finder, Recorder())
    assert clients == center.redeemed == ["old", "new-1"]
    assert client_in(path) == "new-1"


def test_a_browser_that_never_comes_back_takes_its_registration_along(tmp_path: Path) -> None:
    """A page of Identity Center's that shows an error comes back to nobody: the next login registers anew."""
    clock = StoppedClock()

    class Impatient(Recorder):
        def wait(self, seconds_left: float) -> None:
            clock.seconds += seconds_left

    finder, _ = finder_over(Center(), tmp_path, clock=clock, start=lambda _: None)
    path = known(finder)
    with pytest.raises(LoginTimedOut):
        fetch_sign_in(ACME, BY_BROWSER, finder, Impatient())
    assert not path.exists()


def test_a_registration_that_cannot_be_removed_hides_no_time_out(tmp_path: Path) -> None:
    """What the person is told is that nobody finished the sign-in."""
    clock = StoppedClock()

    class Impatient(Recorder):
        def wait(self, seconds_left: float) -> None:
            path.unlink(missing_ok=True)
            path.mkdir()
            clock.seconds += seconds_left

    finder, _ = finder_over(Center(), tmp_path, clock=clock, start=lambda _: None)
    path = known(finder)
    with pytest.raises(LoginTimedOut):
        fetch_sign_in(ACME, BY_BROWSER, finder, Impatient())


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_a_client_that_the_page_does_not_know_is_registered_anew(tmp_path: Path, error: str) -> None:
    """Where the browser brings back that the client is unknown, the login tries once more with a new one."""
    start, clients = browser({"error": error}, {"code": "c"})
    center = Center()
    finder, _ = finder_over(center, tmp_path, start=start)
    path = known(finder)
    fetch_sign_in(ACME, BY_BROWSER, finder, Recorder())
    assert clients == ["old", "new-1"]
    assert center.redeemed == ["new-1"]
    assert client_in(path) == "new-1"


def test_a_client_that_stays_unknown_ends_the_login(tmp_path: Path) -> None:
    """A second refusal of the client is the end: nobody wants a browser tab after the other."""
    start, clients = browser({"error": "invalid_client"}, {"error": "invalid_client"})
    finder, _ = finder_over(Center(), tmp_path, start=start)
    with pytest.raises(AccessRefused):
        fetch_sign_in(ACME, BY_BROWSER, finder, Recorder())
    assert clients == ["new-1", "new-2"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("access_denied", LoginDeclined),
        ("invalid_scope", LoginDeclined),
        ("server_error", AwsUnreachable),
        ("temporarily_unavailable", AwsUnreachable),
    ],
)
def test_a_service_that_fails_has_declined_nothing(tmp_path: Path, error: str, kind: type[AwsenvError]) -> None:
    """What the browser brings back is told apart: a no of the person, and a service that is not able to answer."""
    start, _ = browser({"error": error})
    finder, _ = finder_over(Center(), tmp_path, start=start)
    with pytest.raises(kind, match=error):
        fetch_sign_in(ACME, BY_BROWSER, finder, Recorder())


@pytest.mark.parametrize("host", ["identity.acme.example", "IDENTITY.acme.example"])
def test_a_host_that_the_settings_allow_may_show_the_page(tmp_path: Path, host: str) -> None:
    """A host that may get the access token may be signed in at, too, and no other may."""
    start, clients = browser({"code": "c"})
    center = Center(endpoint_url="http://identity.acme.example:8080")
    finder, _ = finder_over(center, tmp_path, start=start)
    with pytest.raises(ConfigError):
        fetch_sign_in(ACME, BY_BROWSER, finder, Recorder())
    finder.allowed_endpoints = (host,)
    fetch_sign_in(ACME, BY_BROWSER, finder, Recorder())
    assert len(clients) == 1


def test_a_host_that_the_settings_allow_may_show_the_code(tmp_path: Path) -> None:
    """By device code the same holds, and the person is told that the page is open."""
    center = Center(authorization={"verificationUri": "http://identity.acme.example:8080/device"})
    finder, _ = finder_over(center, tmp_path, start=lambda _: None)
    progress = Recorder()
    wish = LoginWish("device-code", browser="true")
    with pytest.raises(ConfigError):
        fetch_sign_in(ACME, wish, finder, progress)
    finder.allowed_endpoints = ("identity.acme.example",)
    fetch_sign_in(ACME, wish, finder, progress)
    assert progress.told == ["http://identity.acme.example:8080/device U False", "opened"]


@pytest.mark.parametrize("page", ["file:///etc/passwd", "ftp://identity.acme.example/", "-x", "http:///x", "http://"])
def test_an_allowed_host_allows_no_other_page(tmp_path: Path, page: str) -> None:
    """An empty host among the allowed ones allows nothing, and only http and https are pages."""
    finder, _ = finder_over(Center(authorization={"verificationUri": page}), tmp_path, start=lambda _: None)
    finder.allowed_endpoints = ("identity.acme.example", "")
    with pytest.raises(ConfigError):
        fetch_sign_in(ACME, LoginWish("device-code", browser="true"), finder, Recorder())


def test_who_waits_for_another_sign_in_sees_the_time_left(tmp_path: Path) -> None:
    """Each sleep of the wait tells what is left of the time that a browser gets."""
    finder, _ = finder_over(Center(), tmp_path)
    progress = Recorder()
    runtime = counting(finder.runtime, progress)
    runtime.sleep(1)
    runtime.sleep(2)
    runtime.sleep(0)
    assert progress.left == [BROWSER_SECONDS, BROWSER_SECONDS - 1, BROWSER_SECONDS - 3]
