"""The values that cross the middle of the house. Frozen; secrets have no repr; nothing here reads or writes.

Text is decoded as UTF-8 with surrogate escapes: every byte survives the way from a file to a shell variable.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from awsenv.values import EMPTY, Value

Dialect = Literal["bash", "zsh", "fish", "sh"]
Export = Literal["all", "profile", "keys"]
Flow = Literal["auto", "pkce", "device-code"]
Mode = Literal["ask", "auto", "warn", "off"]
# How `expiration` stands in the credentials file. Prompts (starship) read a time of RFC 3339 and nothing else, the
# older helper `ssocred` its own milliseconds and nothing else, and both look at this one key.
ExpirationForm = Literal["iso", "milliseconds"]


class Place(Value):
    """A line of a file, for messages; `line` counts from 1, 0 is the file as a whole."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        """Read as editors and compilers write it."""
        return f"{self.path}:{self.line}" if self.line else self.path


class Notice(Value):
    """Something a person should know that stops nothing."""

    text: str
    place: Place | None = None

    def __str__(self) -> str:
        """Put the place first, where there is one."""
        return f"{self.place}: {self.text}" if self.place else self.text


class SsoSession(Value):
    """Where to sign in.

    `name` is None for a legacy profile, filed under its start URL. `region` is Identity Center's, not the work's.
    """

    name: str | None
    start_url: str
    region: str
    scopes: tuple[str, ...] = ()

    @property
    def token_key(self) -> str:
        """The text whose SHA-1 names the token file: the name, or the start URL (facts of the AWS CLI)."""
        return self.name if self.name is not None else self.start_url


class SsoRole(Value):
    """A role of an account, given by IAM Identity Center."""

    sso_session: SsoSession
    account_id: str
    role_name: str


class Assignment(Value):
    """A role that IAM Identity Center gives the person, with what it calls the account, if it calls it anything."""

    role: SsoRole
    account_name: str | None = None


class AssumedRole(Value):
    """A role assumed through STS from a source profile or a named source (`credential_source`), never both."""

    role_arn: str
    source_profile: str | None = None
    credential_source: str | None = None
    external_id: str | None = None
    mfa_serial: str | None = None
    role_session_name: str | None = None
    duration_seconds: int | None = None


class WebIdentity(Value):
    """A role assumed with a token that somebody else keeps fresh in a file."""

    role_arn: str
    token_file: str
    role_session_name: str | None = None


class StaticKeys(Value, hidden=("secret_access_key", "session_token")):
    """Keys written down in a shared file. They have no known expiry."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Process(Value):
    """A command that prints credentials (`credential_process`)."""

    command: str


class LoginSession(Value):
    """Console credentials of `aws login`; `arn` is the value of `login_session`."""

    arn: str


class NoSource(Value):
    """A profile that cannot give credentials, and why; `problem` reads on from the profile's name.

    `is_bare` where it does not even try, as a section with nothing but a region: SDKs then look elsewhere.
    `unknown_sso_session` is the name of one that it names and that does not exist.
    """

    problem: str
    is_bare: bool = False
    unknown_sso_session: str | None = None


Source = SsoRole | AssumedRole | WebIdentity | StaticKeys | Process | LoginSession | NoSource


class Profile(Value):
    """A named section of the shared files.

    `source` is what awsenv, like botocore, takes first; `static_keys` is set beside it when the section also holds
    keys, since a role that names its own profile as its source means those. `endpoints` are the overrides that
    this profile's configuration makes, by service id (`sso`, `sso_oidc`, `sts`, or `*` for all). `endpoint_variants`
    are those of AWS's own endpoints that it asks for: `fips`, `dualstack`.
    """

    name: str
    source: Source
    place: Place
    region: str | None = None
    account_name: str | None = None
    account_id_hint: str | None = None
    ca_bundle: str | None = None
    static_keys: StaticKeys | None = None
    endpoints: Mapping[str, str] = EMPTY
    endpoint_variants: frozenset[str] = frozenset()

    @property
    def account_id(self) -> str | None:
        """The account as far as the configuration tells; 12 digits, as text."""
        match self.source:
            case SsoRole(account_id=account_id):
                return account_id
            case AssumedRole(role_arn=role_arn) | WebIdentity(role_arn=role_arn) | LoginSession(arn=role_arn):
                return account_of(role_arn) or self.account_id_hint
            case _:
                return self.account_id_hint

    @property
    def role(self) -> str | None:
        """The role's name without path, or None for keys that belong to no role known here."""
        match self.source:
            case SsoRole(role_name=role_name):
                return role_name
            case AssumedRole(role_arn=role_arn) | WebIdentity(role_arn=role_arn):
                return role_arn.rpartition("/")[2] if ":role/" in role_arn else None
            case _:
                return None

    @property
    def sso_session(self) -> SsoSession | None:
        """The sso-session behind this very profile, not behind its source profile."""
        return self.source.sso_session if isinstance(self.source, SsoRole) else None


class AccessToken(Value, hidden=("access_token", "refresh_token", "client_secret")):
    """What a sign-in left: the access token and what is needed to refresh it. Moments are aware UTC.

    `written_at` is when its file was last written, as far as the file tells.
    """

    start_url: str | None
    region: str | None
    expires_at: datetime
    access_token: str
    refresh_token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    registration_expires_at: datetime | None = None
    written_at: datetime | None = None


class Registration(Value, hidden=("client_secret",)):
    """A registration of this tool with Identity Center; `grant_types` is empty for that of the device flow."""

    client_id: str
    client_secret: str
    expires_at: datetime
    scopes: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()


class Credentials(Value, hidden=("secret_access_key", "session_token")):
    """Access key id, secret access key, session token and expiry as one value.

    `expires_at` is aware UTC, or None for keys without a known end. `account_id` is what the source of the
    credentials said, where it said so.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expires_at: datetime | None = None
    account_id: str | None = None


class Identity(Value):
    """Who STS says the bearer of credentials is."""

    account_id: str
    arn: str
    user_id: str


class EnvChange(Value, hidden=("variables",)):
    """What must become of variables: a value to set, or None to unset. Order is the order of printing.

    Secrets travel here, so there is no repr of the values.
    """

    variables: Mapping[str, str | None]

    def apply(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return `environment` after the change."""
        kept = {name: value for name, value in environment.items() if name not in self.variables}
        return kept | {name: value for name, value in self.variables.items() if value is not None}


def account_of(arn: str) -> str | None:
    """Return the account id of an ARN, or None where it has none."""
    match arn.split(":", 5):
        case ["arn", _, _, _, account_id, _] if account_id.isdigit():
            return account_id
        case _:
            return None
