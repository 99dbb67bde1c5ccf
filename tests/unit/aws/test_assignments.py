from collections.abc import Callable, Mapping
from typing import Any

import pytest
from unit.aws.fakes import MORNING, StoppedClock

from awsenv.aws.assignments import Portal
from awsenv.aws.pacing import Pace
from awsenv.errors import AwsUnreachable
from awsenv.model import AccessToken, SsoSession

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
TOKEN = AccessToken(None, None, MORNING, "a token")


class Answering:
    """A portal that gives the same answer to everybody, and the door to it."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        """Take the answer."""
        self._answer = answer
        self.asked: list[dict[str, Any]] = []

    def client(self, *_: Any) -> Any:
        """Return itself, as the client."""
        return self

    def call(self, _operation: object, request: Callable[[], Any], *, once: bool) -> Any:
        """Ask."""
        assert once
        return request()

    def list_accounts(self, **arguments: Any) -> Mapping[str, Any]:
        """Answer."""
        self.asked.append(arguments)
        return self._answer

    list_account_roles = list_accounts


def portal(answer: Mapping[str, Any]) -> tuple[Portal, Answering]:
    """Return the portal and who answers behind it."""
    clock = StoppedClock()
    answering = Answering(answer)
    clients: Any = answering
    return Portal(clients, ACME, TOKEN, Pace(clock.monotonic, clock.sleep)), answering


def test_a_name_may_be_missing() -> None:
    """An account without a name has an empty one, and as many are asked for as a page may hold."""
    asked, answering = portal({"accountList": [{"accountId": "123456789012"}]})

    assert list(asked.fetch_accounts()) == [{"123456789012": ""}]
    assert answering.asked == [{"accessToken": "a token", "maxResults": 100}]


def test_a_list_that_does_not_end_is_left() -> None:
    """A portal that leads from page to page in a circle is not followed for ever."""
    asked, answering = portal({"roleList": [{"roleName": "Admin"}], "nextToken": "again"})
    with pytest.raises(AwsUnreachable, match="ListAccountRoles: the list does not end"):
        asked.fetch_roles("123456789012")
    assert len(answering.asked) == 2


@pytest.mark.parametrize("account_id", ["", "12\n34", "١٢٣", None, 12])
def test_an_odd_account_is_no_answer(account_id: object) -> None:
    """What is no account id goes into no file; the caller takes it for no answer of AWS's."""
    asked, _ = portal({"accountList": [{"accountId": account_id}]})
    with pytest.raises((TypeError, ValueError)):
        list(asked.fetch_accounts())
