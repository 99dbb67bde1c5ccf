"""Which roles in which accounts Identity Center gives the person: one page or account a call, in one rhythm."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from awsenv.aws.answers import parse_text
from awsenv.aws.clients import Clients
from awsenv.aws.pacing import Pace
from awsenv.aws.rhythm import call_in_rhythm
from awsenv.aws.translation import Operation
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, TokenExpired
from awsenv.model import AccessToken, SsoSession

_PAGE = 100

T = TypeVar("T")


class Portal:
    """The access portal of one sso-session. Safe to share between threads."""

    def __init__(self, clients: Clients, sso_session: SsoSession, access_token: AccessToken, pace: Pace) -> None:
        self._clients = clients
        self._access_token = access_token.access_token
        self._pace = pace
        self._client = clients.client("sso", sso_session.region)
        self._refusals: Mapping[int | str, Callable[[str], AwsenvError]] = {401: _withdrawn(sso_session)}

    def fetch_accounts(self) -> Iterator[Mapping[str, str]]:
        """Yield one page after another of account id → name; the name is empty where there is none.

        Raises:
            TokenExpired: the access token was withdrawn.
            AccessRefused, AwsUnreachable: no usable answer.
        """
        operation = Operation("ListAccounts", self._refusals)

        def of(answer: Mapping[str, Any]) -> dict[str, str]:
            accounts = answer["accountList"]
            return {_account_id(each["accountId"]): str(each.get("accountName") or "") for each in accounts}

        return self._pages(operation, self._client.list_accounts, of, {})

    def fetch_roles(self, account_id: str) -> tuple[str, ...]:
        """Return the names of the roles in an account, in the portal's order.

        Raises:
            TokenExpired: the access token was withdrawn.
            AccessRefused: the account is not, or no longer, the person's.
            AwsUnreachable: no usable answer.
        """

        def gone(message: str) -> AwsenvError:
            return AccessRefused(f"Identity Center does not tell the roles in account {account_id} ({message})")

        operation = Operation("ListAccountRoles", {**self._refusals, 403: gone, 404: gone})

        def of(answer: Mapping[str, Any]) -> tuple[str, ...]:
            return tuple(parse_text(each["roleName"]) for each in answer["roleList"])

        pages = self._pages(operation, self._client.list_account_roles, of, {"accountId": account_id})
        return tuple(name for page in pages for name in page)

    def _pages(
        self,
        operation: Operation,
        method: Callable[..., Mapping[str, Any]],
        of: Callable[[Mapping[str, Any]], T],
        arguments: Mapping[str, str],
    ) -> Iterator[T]:
        seen: set[str] = set()
        next_token: str | None = ""
        while next_token is not None:
            if next_token in seen:
                raise AwsUnreachable(f"{operation.name}: the list does not end", hint="try again in a moment")
            seen.add(next_token)
            page = {**arguments, **({"nextToken": next_token} if next_token else {})}

            def request(page: Mapping[str, str] = page) -> tuple[T, str | None]:
                answer = method(accessToken=self._access_token, maxResults=_PAGE, **page)
                return of(answer), answer.get("nextToken") or None

            rows, next_token = call_in_rhythm(self._clients, self._pace, operation, request)
            yield rows


def _account_id(value: object) -> str:
    text = parse_text(value)
    # It goes into a file and, as a part of names, to the screen.
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return text


def _withdrawn(sso_session: SsoSession) -> Callable[[str], AwsenvError]:
    def withdrawn(message: str) -> AwsenvError:
        return TokenExpired(f"Identity Center no longer accepts the sign-in to {sso_session.token_key} ({message})")

    return withdrawn
