"""The access portal: accounts, roles and role credentials for the bearer of an access token."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from awsenv.demo.grants import Grants
from awsenv.demo.journal import Call
from awsenv.demo.keyring import Bearer, Keyring
from awsenv.demo.rules import Rules
from awsenv.demo.wire import Answer, Refusal, Request, json_answer
from awsenv.demo.world import Account, Company, World, reserved_role_name
from awsenv.model import Identity

OPERATIONS = {
    ("GET", "/federation/credentials"): "GetRoleCredentials",
    ("GET", "/assignment/accounts"): "ListAccounts",
    ("GET", "/assignment/roles"): "ListAccountRoles",
    ("POST", "/logout"): "Logout",
}
TOKEN_HEADER = "x-amz-sso_bearer_token"  # noqa: S105 - the header's name, not a token
LARGEST_PAGE = 100
BURST_SECONDS = 0.05


class Portal:
    """Answers the four operations of the portal."""

    def __init__(self, world: World, rules: Rules, keyring: Keyring, grants: Grants) -> None:
        self._world = world
        self._rules = rules
        self._keyring = keyring
        self._grants = grants
        self._throttle = Throttle(time.monotonic)

    def answer(self, call: Call, request: Request) -> Answer:
        """Answer one call, or raise the Refusal that the real portal would."""
        if not self._throttle.admits(self._rules.calls_per_second, self._rules.burst):
            after = self._rules.retry_after
            raise Refusal(429, "TooManyRequestsException", "HTTP 429 Unknown Code", retry_after=after)
        access_token = request.headers.get(TOKEN_HEADER, "")
        company = self._company(access_token)
        call.caller = company.sso_session_name
        match call.operation:
            case "Logout":
                self._grants.withdraw_access_token(access_token)
                return Answer(200)
            case "GetRoleCredentials":
                return self._role_credentials(company, request)
            case "ListAccounts":
                return self._accounts(company, request)
            case _:
                return self._roles(company, request)

    def role_bearer(self, company: Company, account_id: str, role_name: str) -> Bearer:
        """Return who the person is in a role of Identity Center."""
        role = reserved_role_name(account_id, role_name)
        arn = f"arn:aws:sts::{account_id}:assumed-role/{role}/{self._world.person}"
        identity = Identity(account_id, arn, f"AROA{role[-16:].upper()}:{self._world.person}")
        return Bearer(identity, company.principal(account_id, role_name))

    def _company(self, access_token: str) -> Company:
        name = self._grants.sso_session_of(access_token)
        if name is None:
            raise Refusal(401, "UnauthorizedException", "Session token not found or invalid")
        return self._world.company(name)

    def _role_credentials(self, company: Company, request: Request) -> Answer:
        parameters = request.parameters()
        account_id, role_name = parameters.get("account_id", ""), parameters.get("role_name", "")
        if not (account_id and role_name):
            raise Refusal(400, "InvalidRequestException", "Missing role_name or account_id")
        account = self._account(company, account_id)
        if account is None or role_name not in account.role_names:
            raise Refusal(403, "ForbiddenException", "No access")
        bearer = self.role_bearer(company, account_id, role_name)
        credentials = self._keyring.issue(bearer, self._rules.role_lifetime)
        assert credentials.expires_at is not None  # noqa: S101 - issue() always sets it
        return json_answer(
            {
                "roleCredentials": {
                    "accessKeyId": credentials.access_key_id,
                    "secretAccessKey": credentials.secret_access_key,
                    "sessionToken": credentials.session_token,
                    "expiration": int(credentials.expires_at.timestamp()) * 1000,
                }
            }
        )

    def _accounts(self, company: Company, request: Request) -> Answer:
        accounts = [
            {"accountId": account.account_id, "accountName": account.name, "emailAddress": account.email}
            for account in company.accounts
            if account.account_id not in self._rules.withdrawn_accounts
        ]
        return self._page("accountList", accounts, request)

    def _account(self, company: Company, account_id: str) -> Account | None:
        return None if account_id in self._rules.withdrawn_accounts else company.account(account_id)

    def _roles(self, company: Company, request: Request) -> Answer:
        account = self._account(company, request.parameters().get("account_id", ""))
        if account is None:
            raise Refusal(403, "ForbiddenException", "No access")
        roles = [{"roleName": name, "accountId": account.account_id} for name in account.role_names]
        return self._page("roleList", roles, request)

    def _page(self, name: str, rows: Sequence[object], request: Request) -> Answer:
        parameters = request.parameters()
        size, start = parameters.get("max_result", str(self._rules.page_size)), parameters.get("next_token", "0")
        if not (size.isdecimal() and 1 <= int(size) <= LARGEST_PAGE and start.isdecimal()):
            raise Refusal(400, "InvalidRequestException", "Invalid max_result or next_token")
        end = int(start) + min(int(size), self._rules.page_size)
        return json_answer({name: rows[int(start) : end], "nextToken": str(end) if end < len(rows) else None})


class Throttle:
    """Admits so many calls in any second, by a clock that is never set."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._admitted: deque[float] = deque()

    def admits(self, calls_per_second: int | None, burst: int | None = None) -> bool:
        """Tell whether this call may pass; None is no limit. `burst` is for a twentieth of a second."""
        if calls_per_second is None:
            return True
        with self._lock:
            now = self._monotonic()
            while self._admitted and now - self._admitted[0] >= 1:
                self._admitted.popleft()
            is_burst = burst is not None and sum(now - each < BURST_SECONDS for each in self._admitted) >= burst
            if len(self._admitted) >= calls_per_second or is_burst:
                return False
            self._admitted.append(now)
            return True
