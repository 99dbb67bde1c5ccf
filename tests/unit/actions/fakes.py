"""A person, an Identity Center and a clock that move only when a test says so."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.exceptions as failures
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.flows import Login
from awsenv.aws.clients import Clients
from awsenv.files.profiles import load_profiles
from awsenv.model import NoSource, Notice, Place, Profile, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1", ("sso:account:access",))
LEGACY = SsoSession(None, "https://acme.awsapps.com/start", "eu-west-1")
PAGE = "https://device.sso.eu-west-1.amazonaws.com/"


@dataclass
class Recorder:
    """Progress that remembers what it was told."""

    told: list[str] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    def show_page(self, url: str, user_code: str | None, *, is_opened: bool, otherwise: str | None = None) -> None:
        """Remember the page."""
        self.told.append(f"{url} {user_code} {is_opened}")
        assert (otherwise is None) == (user_code is not None)

    def show_opened(self) -> None:
        """Remember it."""
        self.told.append("opened")

    def wait(self, seconds_left: float) -> None:
        """Remember the time left."""
        self.left.append(seconds_left)

    def wait_for_other(self, sentence: str) -> None:
        """Remember it."""
        self.told.append(sentence)

    def finish(self, login: Login) -> None:
        """Remember it."""
        self.told.append(str(login))


class Meta:
    """What botocore's clients have beside their operations; hears of no event."""

    endpoint_url = "https://oidc.eu-west-1.amazonaws.com"

    @property
    def events(self) -> "Meta":
        """Where handlers are registered."""
        return self

    def register(self, *_: Any) -> None:
        """Forget the handler."""


class FakeClients(Clients):
    """The real patience and the real table of errors over an invented service."""

    def __init__(self, runtime: Runtime, service: Any) -> None:
        super().__init__(runtime, Profile("acme", NoSource("is none"), Place("config")))
        self._service = service

    def client(self, *_: Any, **__: Any) -> Any:
        """Return the invented service, whatever is asked for."""
        if not hasattr(self._service, "meta"):
            self._service.meta = Meta()
        return self._service


def refusal(code: str, status: int = 400, headers: Mapping[str, str] | None = None) -> failures.ClientError:
    """Return what botocore raises for a refusal."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": dict(headers or {})}
    return failures.ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}, "CreateToken")


def finder_over(
    service: object,
    home: Path,
    *,
    clock: StoppedClock | None = None,
    environment: dict[str, str] | None = None,
    start: Callable[[Any], None] | None = None,
) -> tuple[CredentialFinder, list[Notice]]:
    """Return a finder whose AWS is `service`, and what it will have said."""
    runtime = runtime_of(clock or StoppedClock(), home, environment)
    runtime = replace(runtime, start=start) if start else runtime
    notices: list[Notice] = []
    profile = Profile("acme", NoSource("is none"), Place("config"))
    finder = CredentialFinder(profile, load_profiles(runtime), runtime, notices.append)
    finder.__dict__["clients"] = FakeClients(runtime, service)
    return finder, notices


@dataclass
class DeviceServer:
    """A sign-in service with moods. It remembers every poll, and the interval that was due before it.

    `mood` gives each poll its answer: a botocore error to raise, or an answer.
    """

    clock: StoppedClock
    chance: random.Random
    authorization: dict[str, Any]
    mood: Callable[["DeviceServer"], Any]
    interval: float = 5.0
    polls: list[tuple[float, float]] = field(default_factory=list)
    registered: int = 0
    began: float = 0.0

    def register_client(self, **_: Any) -> Any:
        """Register."""
        self.registered += 1
        return {"clientId": f"client-{self.registered}", "clientSecret": "secret", "clientSecretExpiresAt": 2**31}

    def start_device_authorization(self, **_: Any) -> Any:
        """Give a code; the clock of its rules begins."""
        self.began = self.clock.seconds
        return self.authorization

    def create_token(self, **_: Any) -> Any:
        """Answer a poll by mood; takes its time."""
        before = self.polls[-1][0] if self.polls else self.began
        self.polls.append((self.clock.seconds, self.clock.seconds - before - self.interval))
        self.clock.seconds += self.chance.choice([0.0, 0.05, 1.0, 4.0])
        answer = self.mood(self)
        if isinstance(answer, Exception):
            if isinstance(answer, failures.ClientError) and answer.response["Error"]["Code"] == "SlowDownException":
                self.interval += 5
            raise answer
        return answer

    def list_accounts(self, **_: Any) -> Any:
        """Have none."""
        return {"accountList": []}
