"""IAM Identity Center: role credentials, refreshed access tokens, account names."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from awsenv.aws.answers import oidc_client, parse_lifetime, parse_text, parse_token
from awsenv.aws.clients import Clients
from awsenv.aws.pacing import Pace
from awsenv.aws.retries import LISTING_BUDGET, ONLY_ANSWER, OPTIONAL_BUDGET
from awsenv.aws.rhythm import call_in_rhythm
from awsenv.aws.translation import Operation
from awsenv.errors import AwsenvError, AwsUnreachable, RoleNotAssigned, TokenExpired
from awsenv.model import AccessToken, Credentials, SsoRole, SsoSession

_PAGE = 100


def fetch_role_credentials(
    clients: Clients, role: SsoRole, access_token: AccessToken, pace: Pace | None = None
) -> Credentials:
    """Return the keys of a role of an account; `pace` is for who asks for many.

    Raises:
        TokenExpired: the access token was withdrawn or never good.
        RoleNotAssigned: this user does not have this role in this account.
        AwsUnreachable: no usable answer.
    """

    def not_assigned(message: str) -> AwsenvError:
        return RoleNotAssigned(
            f"Identity Center does not give you the role {role.role_name} in account {role.account_id} ({message})",
            hint="check sso_account_id and sso_role_name of the profile",
        )

    portal = clients.portal(role.sso_session.region)
    operation = Operation(
        "GetRoleCredentials", {401: _withdrawn(role.sso_session), 403: not_assigned, 404: not_assigned}
    )

    def request() -> Credentials:
        answer = portal.get_role_credentials(
            roleName=role.role_name, accountId=role.account_id, accessToken=access_token.access_token
        )["roleCredentials"]
        return Credentials(
            access_key_id=parse_text(answer["accessKeyId"]),
            secret_access_key=parse_text(answer["secretAccessKey"]),
            session_token=parse_text(answer["sessionToken"]),
            # Milliseconds, unlike any other expiry of AWS.
            expires_at=datetime.fromtimestamp(int(answer["expiration"]) // 1000, timezone.utc),
            account_id=role.account_id,
        )

    if pace is not None:
        return call_in_rhythm(clients, pace, operation, request)
    return clients.call(operation, request)


def refresh_access_token(
    clients: Clients, sso_session: SsoSession, access_token: AccessToken, *, now: datetime
) -> AccessToken:
    """Return a new access token for a refreshable one.

    A refresh token is good once: to ask again while AWS is still at it would end the sign-in.

    Raises:
        TokenExpired: the sign-in cannot be renewed any more.
        AwsUnreachable: no usable answer; the old token is as good as it was.
    """

    def over(message: str) -> AwsenvError:
        return TokenExpired(f"the sign-in to {sso_session.token_key} cannot be renewed ({message})")

    client = oidc_client(clients, sso_session.region, read_timeout=ONLY_ANSWER)
    operation = Operation("CreateToken", {"*": over})

    def request() -> AccessToken:
        answer = client.create_token(
            grantType="refresh_token",
            clientId=access_token.client_id,
            clientSecret=access_token.client_secret,
            refreshToken=access_token.refresh_token,
        )
        return AccessToken(
            start_url=sso_session.start_url,
            region=sso_session.region,
            access_token=parse_token(answer["accessToken"]),
            expires_at=now + timedelta(seconds=parse_lifetime(answer["expiresIn"])),
            # RFC 6749 section 6: an answer without one means that the old one stays good.
            refresh_token=parse_token(answer.get("refreshToken") or access_token.refresh_token),
            client_id=access_token.client_id,
            client_secret=access_token.client_secret,
            registration_expires_at=access_token.registration_expires_at,
        )

    return clients.call(operation, request, spends=ONLY_ANSWER)


def fetch_accounts(
    clients: Clients, sso_session: SsoSession, access_token: AccessToken, *, budget: float = LISTING_BUDGET
) -> dict[str, str]:
    """Return account id → name for every account that this sign-in reaches; the name is empty where there is none.

    `budget` is in seconds, for all pages together.

    Raises:
        TokenExpired: the access token was withdrawn.
        AwsUnreachable: no usable answer, or not all of it in time.
    """
    client = clients.client("sso", sso_session.region)
    operation = Operation("ListAccounts", {401: _withdrawn(sso_session)})
    deadline = clients.monotonic() + budget
    found: dict[str, str] = {}
    seen: set[str] = set()
    next_token: str | None = ""
    while next_token is not None:
        if next_token in seen or clients.monotonic() >= deadline:
            raise AwsUnreachable("ListAccounts: the list of accounts does not end", hint="try again in a moment")
        seen.add(next_token)
        page = {"nextToken": next_token} if next_token else {}

        def request(page: dict[str, str] = page) -> tuple[dict[str, str], str | None]:
            answer = client.list_accounts(accessToken=access_token.access_token, maxResults=_PAGE, **page)
            accounts = {account["accountId"]: account.get("accountName") or "" for account in answer["accountList"]}
            return accounts, answer.get("nextToken") or None

        left = deadline - clients.monotonic()
        accounts, next_token = clients.call(operation, request, budget=left)
        found |= accounts
    return found


def compare_clocks(clients: Clients, sso_session: SsoSession) -> None:
    """Have Identity Center answer, with a refusal: `clients` hears the time there, and tells of a clock that is off.

    Raises:
        AwsUnreachable: it did not answer.
    """
    portal = clients.portal(sso_session.region)

    def request() -> None:
        portal.get_role_credentials(roleName="none", accountId="000000000000", accessToken="none")

    try:
        clients.call(Operation("GetRoleCredentials"), request, budget=OPTIONAL_BUDGET)
    except AwsUnreachable:
        raise
    except AwsenvError:
        # Refused, as it should be.
        return


def sign_out(clients: Clients, sso_session: SsoSession, access_token: AccessToken) -> bool:
    """Tell Identity Center that a sign-in is over; return False where it does not take the access token for good.

    Raises:
        AccessRefused, AwsUnreachable: it was not told.
    """
    client = clients.client("sso", sso_session.region)

    def request() -> bool:
        client.logout(accessToken=access_token.access_token)
        return True

    try:
        return clients.call(Operation("Logout", {401: _withdrawn(sso_session)}), request, budget=OPTIONAL_BUDGET)
    except TokenExpired:
        return False


def _withdrawn(sso_session: SsoSession) -> Callable[[str], AwsenvError]:
    def withdrawn(message: str) -> AwsenvError:
        return TokenExpired(f"Identity Center no longer accepts the sign-in to {sso_session.token_key} ({message})")

    return withdrawn
