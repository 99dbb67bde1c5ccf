"""Write a private home folder for the story: shared files, token files, and what its profiles point at.

File names, fields and modes are the AWS CLI's, so that every SDK takes the folder for one of a person at work.
"""

import hashlib
import json
import os
import shlex
import sys
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from awsenv.demo.grants import Client, Tokens
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import PROFILES
from awsenv.demo.world import Company
from awsenv.values import Value

SCOPE = "sso:account:access"
PROCESS = '''"""The story's credential_process: asks the practice server for keys, since it is nobody's real vault."""

import sys
import urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(sys.argv[1], timeout=10) as answer:
    sys.stdout.write(answer.read().decode())
'''


class SignedIn(Value):
    """In which state the household's sign-ins are.

    `access_lifetime` is what is left of the access tokens, below zero for expired ones; `has_refresh_token` says
    whether they can be renewed; `registration_lifetime` is what is left of the client registration.
    """

    sso_sessions: Collection[str] = ("company", "partner")
    legacy: bool = True
    access_lifetime: timedelta = timedelta(hours=1)
    has_refresh_token: bool = True
    registration_lifetime: timedelta = timedelta(days=90)


class Household(Value):
    """A written home folder."""

    home: Path
    practice: PracticeServer

    @property
    def config_path(self) -> Path:
        """The shared config file."""
        return self.home / ".aws" / "config"

    @property
    def credentials_path(self) -> Path:
        """The shared credentials file."""
        return self.home / ".aws" / "credentials"

    def token_path(self, key: str) -> Path:
        """Return the token file of an sso-session name, or of a legacy start URL."""
        return self.home / ".aws" / "sso" / "cache" / f"{_sha1(key)}.json"

    def environment(self) -> dict[str, str]:
        """Return the variables a program needs to live here; whoever runs one drops every other AWS variable."""
        own = {"HOME": str(self.home), "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1"}
        return own | self.practice.environment()


def write_household(home: Path, practice: PracticeServer, signed_in: SignedIn | None = None) -> Household:
    """Write the story's home folder for a started practice server; private files, existing ones replaced."""
    household = Household(home, practice)
    folder = home / ".aws"
    for each in (home, folder, folder / "sso", folder / "sso" / "cache"):
        each.mkdir(mode=0o700, exist_ok=True)
    _write(household.config_path, _config(household))
    _write(household.credentials_path, _credentials(practice))
    _write(folder / "practice-process.py", PROCESS)
    _write(folder / "practice-web-identity-token", next(iter(practice.world.web_identity_tokens)))
    _sign_in(household, signed_in or SignedIn())
    return household


def _config(household: Household) -> str:
    script = household.home / ".aws" / "practice-process.py"
    command = [sys.executable, "-I", "-S", str(script), f"{household.practice.url}/practice/process?name=process"]
    places = {"{home}": str(household.home), "{process}": shlex.join(command)}
    lines = ["# The practice household. Nothing in here is real.", ""]
    for company in household.practice.world.companies:
        lines += [f"[sso-session {company.sso_session_name}]", f"sso_start_url = {company.start_url}"]
        lines += [f"sso_region = {company.sso_region}", f"sso_registration_scopes = {SCOPE}", ""]
    for profile in PROFILES:
        lines.append(_header(profile.name))
        for name, value in profile.settings:
            for mark, text in places.items():
                value = value.replace(mark, text)  # noqa: PLW2901 - two marks, never both in one value
            lines.append(f"{name} = {value}")
        lines.append("")
    return "\n".join(lines)


def _header(profile_name: str) -> str:
    if profile_name == "default":
        return "[default]"
    if profile_name.replace("-", "").isalnum():
        return f"[profile {profile_name}]"
    quoted = profile_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'[profile "{quoted}"]'


def _credentials(practice: PracticeServer) -> str:
    lines = []
    for user in practice.world.users:
        lines += [f"[{user.name}]", f"aws_access_key_id = {user.access_key_id}"]
        lines += [f"aws_secret_access_key = {user.secret_access_key}", ""]
    return "\n".join(lines)


def _sign_in(household: Household, state: SignedIn) -> None:
    for company in household.practice.world.companies:
        if company.sso_session_name in state.sso_sessions:
            _write_token(household, company, company.sso_session_name, state)
    company = household.practice.world.companies[0]
    if state.legacy:
        _write_token(household, company, company.start_url, state)


def _write_token(household: Household, company: Company, key: str, state: SignedIn) -> None:
    is_legacy = key == company.start_url
    grants = household.practice.grants
    client = grants.enroll(f"botocore-client-{key}", company.sso_session_name, state.registration_lifetime)
    tokens = grants.seed(company.sso_session_name, client.client_id, state.access_lifetime)
    fields = _token_fields(company, client, tokens)
    # A legacy token is never refreshed, and the AWS CLI gets no refresh token with it.
    if is_legacy or not state.has_refresh_token:
        fields["refreshToken"] = None
    _write(household.token_path(key), json.dumps({name: text for name, text in fields.items() if text is not None}))
    if not is_legacy:
        _write(_registration_path(household, company), json.dumps(_registration_fields(client)))


def _token_fields(company: Company, client: Client, tokens: Tokens) -> dict[str, str | None]:
    return {
        "startUrl": company.start_url,
        "region": company.sso_region,
        "accessToken": tokens.access_token,
        "expiresAt": _text(tokens.expires_at),
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        "registrationExpiresAt": _text(client.expires_at),
        "refreshToken": tokens.refresh_token,
    }


def _registration_fields(client: Client) -> dict[str, object]:
    return {
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        "expiresAt": _text(client.expires_at),
        "scopes": list(client.scopes),
        "grantTypes": list(client.grant_types),
    }


def _registration_path(household: Household, company: Company) -> Path:
    key = {
        "region": company.sso_region,
        "scopes": [SCOPE],
        "session_name": company.sso_session_name,
        "startUrl": company.start_url,
        "tool": "botocore",
    }
    return household.token_path(json.dumps(key, sort_keys=True))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
