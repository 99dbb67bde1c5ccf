from datetime import timedelta

import pytest

from awsenv.demo.center import Center
from awsenv.demo.story import MFA_SERIAL
from awsenv.demo.sts import role_session

ROLE = "arn:aws:iam::111122223333:role/Tester"


def test_every_issued_key_knows_its_bearer(center: Center) -> None:
    """A key that was given out leads back to the account and ARN it acts as."""
    credentials = center.keyring.issue(role_session(ROLE, "me"), timedelta(hours=1))
    key = center.keyring.find(credentials.access_key_id)

    assert key is not None
    assert key.bearer.identity.arn == "arn:aws:sts::111122223333:assumed-role/Tester/me"
    assert key.bearer.principal == ROLE
    assert credentials.account_id == "111122223333"


def test_unknown_key_has_no_bearer(center: Center) -> None:
    """A key that was never given out belongs to nobody."""
    assert center.keyring.find("ASIANOBODY") is None


def test_users_keys_are_known(center: Center) -> None:
    """The users' long-lived keys are there from the start."""
    robot = center.world.users[0]
    key = center.keyring.find(robot.access_key_id)

    assert key is not None
    assert key.bearer.is_user
    assert key.credentials.session_token is None


def test_expire_ends_a_key(center: Center) -> None:
    """A key can be ended before the expiry that its holder was told."""
    credentials = center.keyring.issue(role_session(ROLE, "me"), timedelta(hours=1))
    center.keyring.expire(credentials.access_key_id)
    key = center.keyring.find(credentials.access_key_id)

    assert key is not None
    assert key.credentials.expires_at == center.now()


def test_mfa_code_is_taken_once(center: Center) -> None:
    """A one-time code works once, for the device's owner only, and a made-up one never."""
    robot = center.keyring.find(center.world.users[0].access_key_id)
    assert robot is not None
    stranger = role_session(ROLE, "me")
    code = center.keyring.mfa_code(MFA_SERIAL)

    assert not center.keyring.redeem_mfa_code(stranger, MFA_SERIAL, code)
    assert center.keyring.redeem_mfa_code(robot.bearer, MFA_SERIAL, code)
    assert not center.keyring.redeem_mfa_code(robot.bearer, MFA_SERIAL, code)


def test_unknown_mfa_device(center: Center) -> None:
    """There are no codes of a device that does not exist."""
    with pytest.raises(KeyError):
        center.keyring.mfa_code("arn:aws:iam::111122223333:mfa/nobody")


def test_secrets_of_keys(center: Center) -> None:
    """Every secret access key and session token is listed for those who look for leaks, and no repr shows one."""
    credentials = center.keyring.issue(role_session(ROLE, "me"), timedelta(hours=1))
    key = center.keyring.find(credentials.access_key_id)

    assert {credentials.secret_access_key, credentials.session_token} <= center.keyring.secrets()
    assert not any(secret in repr((key, center.world)) for secret in center.keyring.secrets())
