import threading
from datetime import timedelta

from unit.demo.callers import Clock

from awsenv.demo.center import Center
from awsenv.demo.grants import Grants, Tokens


def _signed_in(grants: Grants) -> Tokens:
    client = grants.enroll("test", "company", timedelta(days=1))
    return grants.issue("company", client.client_id)


def test_refresh_token_is_taken_once(center: Center) -> None:
    """Under strict rotation a refresh token that was used is refused, and its successor works."""
    first = _signed_in(center.grants)
    second = center.grants.refresh(first.client_id, first.refresh_token or "")

    assert second is not None
    assert center.grants.refresh(first.client_id, first.refresh_token or "") is None
    assert center.grants.refresh(first.client_id, second.refresh_token or "") is not None


def test_refresh_token_is_taken_once_among_threads(center: Center) -> None:
    """Of 16 simultaneous users of one refresh token exactly one gets new tokens."""
    first = _signed_in(center.grants)
    barrier, answers = threading.Barrier(16), list[Tokens | None]()

    def refresh() -> None:
        barrier.wait()
        answers.append(center.grants.refresh(first.client_id, first.refresh_token or ""))

    threads = [threading.Thread(target=refresh) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer is not None for answer in answers) == [False] * 15 + [True]


def test_rotation_can_be_switched_off(center: Center) -> None:
    """Without rotation a refresh token works again and again."""
    center.rules.rotates_refresh_tokens = False
    first = _signed_in(center.grants)

    assert all(center.grants.refresh(first.client_id, first.refresh_token or "") for _ in range(3))


def test_answers_without_refresh_token(center: Center) -> None:
    """A service that gives no refresh token gives an access token all the same."""
    center.rules.returns_refresh_token = False
    tokens = _signed_in(center.grants)

    assert tokens.refresh_token is None
    assert center.grants.sso_session_of(tokens.access_token) == "company"


def test_refresh_token_belongs_to_its_client(center: Center) -> None:
    """Another client's refresh token is refused and stays good for its own."""
    tokens = _signed_in(center.grants)

    assert center.grants.refresh("somebody-else", tokens.refresh_token or "") is None
    assert center.grants.refresh(tokens.client_id, tokens.refresh_token or "") is not None


def test_sign_in_ends(center: Center, clock: Clock) -> None:
    """A refresh does not lengthen the sign-in: past its end nothing renews it."""
    first = _signed_in(center.grants)
    clock.move(hours=7)
    second = center.grants.refresh(first.client_id, first.refresh_token or "")
    assert second is not None
    clock.move(hours=1)

    assert center.grants.refresh(first.client_id, second.refresh_token or "") is None


def test_access_token_expires(center: Center, clock: Clock) -> None:
    """An access token is good until its expiry and unknown from then on."""
    tokens = _signed_in(center.grants)
    clock.move(minutes=59)
    assert center.grants.sso_session_of(tokens.access_token) == "company"
    clock.move(minutes=1)

    assert center.grants.sso_session_of(tokens.access_token) is None


def test_logout_ends_one_sign_in(center: Center) -> None:
    """A logout ends all tokens of its own sign-in and those of no other."""
    mine, others = _signed_in(center.grants), _signed_in(center.grants)
    renewed = center.grants.refresh(mine.client_id, mine.refresh_token or "")
    assert renewed is not None
    center.grants.withdraw_access_token(mine.access_token)

    assert center.grants.sso_session_of(renewed.access_token) is None
    assert center.grants.refresh(renewed.client_id, renewed.refresh_token or "") is None
    assert center.grants.sso_session_of(others.access_token) == "company"


def test_withdrawal_ends_an_sso_session(center: Center) -> None:
    """An administrator ends every sign-in of an sso-session at once."""
    first, second = _signed_in(center.grants), _signed_in(center.grants)
    center.grants.withdraw("company")

    assert [center.grants.sso_session_of(tokens.access_token) for tokens in (first, second)] == [None, None]


def test_unknown_logout_is_no_error(center: Center) -> None:
    """To end a sign-in that is not there is to do nothing."""
    center.grants.withdraw_access_token("nobody's")


def test_secrets_are_known(center: Center) -> None:
    """Every token and client secret is listed for those who look for leaks, and no repr shows one."""
    tokens = _signed_in(center.grants)

    assert {tokens.access_token, tokens.refresh_token} <= center.grants.secrets()
    assert not any(
        secret in repr((tokens, center.grants.client(tokens.client_id))) for secret in center.grants.secrets()
    )
