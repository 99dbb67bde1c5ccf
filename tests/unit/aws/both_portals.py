"""Ask the portal twice: as awsenv does, and by botocore's client alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache as remembered
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from unit.aws.fakes import MORNING, StoppedClock, runtime_of

from awsenv.aws.clients import Clients
from awsenv.aws.identity_center import fetch_role_credentials
from awsenv.aws.retries import Transient
from awsenv.errors import AwsenvError
from awsenv.model import AccessToken, Credentials, NoSource, Place, Profile, SsoRole, SsoSession

CANARY = "practice-access-token-0123456789"
TOKEN = AccessToken("https://company.awsapps.com/start", "eu-west-1", MORNING + timedelta(hours=1), CANARY)
PROFILE = Profile("unicorn", NoSource("it is of no matter here"), Place("config", 1))
ROLE = SsoRole(SsoSession("company", "https://company.awsapps.com/start", "eu-west-1"), "012345678901", "Developer")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Keys, or the error as a person gets it: its exit code, problem and hint."""

    credentials: Credentials | None = None
    error: AwsenvError | None = None
    sleeps: int = 0

    @property
    def said(self) -> tuple[object, ...]:
        """What two outcomes that are the same have in common."""
        error = self.error
        if error is None:
            credentials = self.credentials
            assert credentials is not None
            return credentials.access_key_id, credentials.secret_access_key, credentials.session_token
        retry_after = error.retry_after if isinstance(error, Transient) else 0.0
        return type(error), error.exit_code, error.problem, error.hint, retry_after, self.sleeps


class _Botocores(Clients):
    def __init__(self, *arguments: Any, cache: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._cache = {} if cache is None else cache

    def portal(self, region: str) -> Any:
        if region not in self._cache:
            client = self._cache[region] = self.client("sso", region)
            # As if it had just been made: a connection that is kept may be one that the server is about to close.
            client.meta.events.register("before-send", lambda **_: client._endpoint.http_session.close())  # noqa: SLF001
        return self._cache[region]


def ask(
    environment: Mapping[str, str], *, profile: Profile = PROFILE, role: SsoRole = ROLE, token: AccessToken = TOKEN
) -> Outcome:
    """Return what comes of asking as awsenv does."""
    return _asked(Clients, environment, profile, role, token)


def ask_botocore(
    environment: Mapping[str, str],
    *,
    profile: Profile = PROFILE,
    role: SsoRole = ROLE,
    token: AccessToken = TOKEN,
    cache: dict[str, Any] | None = None,
) -> Outcome:
    """Return what comes of asking by botocore's client, which `cache` keeps for the next time."""

    def clients(*arguments: Any) -> Clients:
        return _Botocores(*arguments, cache=cache)

    return _asked(clients, environment, profile, role, token)


@remembered
def _loaded(path: str) -> Any:
    return JSONFileLoader().load_file(path)


class _Remembering(JSONFileLoader):  # type: ignore[misc]
    def load_file(self, file_path: str) -> Any:
        return _loaded(file_path)


def _asked(kind: Any, environment: Mapping[str, str], profile: Profile, role: SsoRole, token: AccessToken) -> Outcome:
    clock = StoppedClock()
    with pytest.MonkeyPatch.context() as patch:
        # To parse botocore's models is nearly all of what a client of it takes.
        patch.setattr(Loader, "FILE_LOADER_CLASS", _Remembering)
        # botocore looks there, whatever it is told.
        for name, value in environment.items():
            patch.setenv(name, value)
        runtime = runtime_of(clock, Path(os.environ["HOME"]), dict(environment))
        try:
            return Outcome(fetch_role_credentials(kind(runtime, profile), role, token), None, len(clock.sleeps))
        except AwsenvError as error:
            return Outcome(None, error, len(clock.sleeps))
