"""What exists in the practice world: companies, accounts, roles, users. Frozen; knows no requests and no story."""

import hashlib
from collections.abc import Mapping

from awsenv.values import EMPTY, Value


class Account(Value):
    """An AWS account, and the roles that Identity Center gives the person in it."""

    account_id: str
    name: str
    email: str
    role_names: tuple[str, ...]


class Company(Value):
    """One Identity Center: its sso-session name, where to sign in, and what it gives."""

    sso_session_name: str
    start_url: str
    sso_region: str
    accounts: tuple[Account, ...]

    def account(self, account_id: str) -> Account | None:
        """Return the account, if this company has it."""
        return next((account for account in self.accounts if account.account_id == account_id), None)

    def principal(self, account_id: str, role_name: str) -> str:
        """Return the ARN of the IAM role that stands behind a role of Identity Center."""
        path = f"aws-reserved/sso.amazonaws.com/{self.sso_region}"
        return f"arn:aws:iam::{account_id}:role/{path}/{reserved_role_name(account_id, role_name)}"


class Role(Value):
    """An IAM role and its trust: which principals, and what they must bring."""

    role_arn: str
    trusted: tuple[str, ...]
    external_id: str | None = None
    requires_mfa: bool = False
    max_duration: int = 3600


class User(Value, hidden=("secret_access_key",)):
    """An IAM user with long-lived keys, and an MFA device or none."""

    name: str
    account_id: str
    access_key_id: str
    secret_access_key: str
    mfa_serial: str | None = None

    @property
    def arn(self) -> str:
        """The user's ARN, which is also what roles trust."""
        return f"arn:aws:iam::{self.account_id}:user/{self.name}"


class World(Value, hidden=("web_identity_tokens",)):
    """Everything that exists before anybody signs in.

    `person` is who signs in; `web_identity_tokens` maps each known web identity token to its subject, which roles
    trust by that name; `process_roles` maps the name of a `credential_process` to the role whose keys it prints.
    """

    companies: tuple[Company, ...]
    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    web_identity_tokens: Mapping[str, str] = EMPTY
    process_roles: Mapping[str, str] = EMPTY
    person: str = "erika@example.com"

    def company(self, sso_session_name: str) -> Company:
        """Return the company of an sso-session; KeyError where there is none."""
        return {company.sso_session_name: company for company in self.companies}[sso_session_name]

    def company_at(self, start_url: str) -> Company | None:
        """Return the company that signs in at `start_url`, with or without its last slash."""
        wanted = start_url.rstrip("/#")
        return next((company for company in self.companies if company.start_url.rstrip("/#") == wanted), None)

    def role(self, role_arn: str) -> Role | None:
        """Return the role, if it exists."""
        return next((role for role in self.roles if role.role_arn == role_arn), None)


def reserved_role_name(account_id: str, role_name: str) -> str:
    """Return the name that Identity Center gives the role it makes in an account."""
    return f"AWSReservedSSO_{role_name}_{hashlib.sha256(f'{account_id}/{role_name}'.encode()).hexdigest()[:16]}"
