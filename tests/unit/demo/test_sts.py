import re
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from unit.demo.callers import FORM, Caller, Clock

from awsenv.demo.center import Center
from awsenv.demo.story import DEVOPS, EXTERNAL_ID, MARKETING, MFA_SERIAL, UNICORN
from awsenv.demo.wire import Answer
from awsenv.model import Credentials

BUILD, VENDOR, SENSITIVE = (
    f"arn:aws:iam::{account}:role/{name}"
    for account, name in ((DEVOPS, "Build"), (UNICORN, "Vendor"), (DEVOPS, "Sensitive"))
)
DEPLOY, AUDIT = f"arn:aws:iam::{MARKETING}:role/Deploy", f"arn:aws:iam::{DEVOPS}:role/Audit"
WEB = f"arn:aws:iam::{MARKETING}:role/WebDeploy"


@pytest.fixture(autouse=True)
def _real_time(clock: Clock) -> None:
    # botocore signs with this machine's time.
    clock.moment = datetime.now(timezone.utc).replace(microsecond=0)


@pytest.fixture
def robot(center: Center) -> Credentials:
    """Give the robot user's own keys."""
    user = center.world.users[0]
    return Credentials(user.access_key_id, user.secret_access_key)


@pytest.fixture
def developer(center: Center) -> Credentials:
    """Give the keys of a developer in Team_Unicorn, signed in through Identity Center."""
    bearer = center.portal.role_bearer(center.world.companies[0], UNICORN, "Developer")
    return center.keyring.issue(bearer, timedelta(hours=1))


def _signed(caller: Caller, keys: Credentials, **fields: str) -> Answer:
    body = urlencode(fields)
    request = AWSRequest("POST", "http://127.0.0.1:1/", {"Content-Type": FORM}, body)
    own = BotocoreCredentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(own, "sts", "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return caller.sts({"host": "127.0.0.1:1", **headers}, **fields)


def _assume(caller: Caller, keys: Credentials, role_arn: str, **more: str) -> Answer:
    return _signed(caller, keys, Action="AssumeRole", RoleArn=role_arn, RoleSessionName="me", **more)


def _element(answer: Answer, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", answer.body.decode())
    return found[1] if found else ""


def _keys(answer: Answer) -> Credentials:
    access_key_id, secret_access_key = _element(answer, "AccessKeyId"), _element(answer, "SecretAccessKey")
    return Credentials(access_key_id, secret_access_key, _element(answer, "SessionToken"))


def test_caller_identity(caller: Caller, center: Center, developer: Credentials) -> None:
    """A signed request is answered with whose key signed it, and the journal names the caller."""
    answer = _signed(caller, developer, Action="GetCallerIdentity")

    assert (answer.status, _element(answer, "Account")) == (200, UNICORN)
    assert center.journal.calls()[0].caller == _element(answer, "Arn")


def test_unsigned_request(caller: Caller) -> None:
    """A request without a signature is refused."""
    answer = caller.sts(Action="GetCallerIdentity")

    assert (answer.status, _element(answer, "Code")) == (403, "MissingAuthenticationToken")


def test_broken_signature_header(caller: Caller) -> None:
    """Half a signature is not taken for one."""
    answer = caller.sts({"authorization": "AWS4-HMAC-SHA256 Credential=AKIA/2026"}, Action="GetCallerIdentity")

    assert (answer.status, _element(answer, "Code")) == (400, "IncompleteSignature")


def test_unknown_key(caller: Caller) -> None:
    """A key that was never given out is refused."""
    answer = _signed(caller, Credentials("AKIANOBODY", "guess"), Action="GetCallerIdentity")

    assert (answer.status, _element(answer, "Code")) == (403, "InvalidClientTokenId")


def test_session_token_of_another_key(caller: Caller, robot: Credentials, developer: Credentials) -> None:
    """Keys of one identity with a session token left over from another are refused."""
    mixed = Credentials(robot.access_key_id, robot.secret_access_key, developer.session_token)

    assert _element(_signed(caller, mixed, Action="GetCallerIdentity"), "Code") == "InvalidClientTokenId"


def test_wrong_secret(caller: Caller, robot: Credentials) -> None:
    """A signature by another secret is refused."""
    answer = _signed(caller, Credentials(robot.access_key_id, "guess"), Action="GetCallerIdentity")

    assert (answer.status, _element(answer, "Code")) == (403, "SignatureDoesNotMatch")


def test_clock_that_is_off(caller: Caller, center: Center, robot: Credentials) -> None:
    """A signature more than 15 minutes from AWS's time is refused."""
    center.rules.clock_offset = timedelta(minutes=16)
    answer = _signed(caller, robot, Action="GetCallerIdentity")

    assert _element(answer, "Message").startswith("Signature expired")


def test_expired_key(caller: Caller, center: Center, developer: Credentials) -> None:
    """Keys past their end are refused as expired, not as unknown."""
    center.keyring.expire(developer.access_key_id)
    answer = _signed(caller, developer, Action="GetCallerIdentity")

    assert (answer.status, _element(answer, "Code")) == (403, "ExpiredToken")


@pytest.mark.parametrize(("action", "code"), [("GetFederationToken", "InvalidAction"), ("", "InvalidAction")])
def test_unknown_action(caller: Caller, robot: Credentials, action: str, code: str) -> None:
    """An operation that is not here is refused by name."""
    answer = _signed(caller, robot, Action=action)

    assert (answer.status, _element(answer, "Code")) == (400, code)


def test_chain_of_two_roles(caller: Caller, developer: Credentials) -> None:
    """A role of Identity Center may become Deploy, Deploy may become Audit, and nobody may jump."""
    deploy = _assume(caller, developer, DEPLOY)
    audit = _assume(caller, _keys(deploy), AUDIT)

    assert _element(audit, "Arn") == f"arn:aws:sts::{DEVOPS}:assumed-role/Audit/me"
    assert _element(_assume(caller, developer, AUDIT), "Code") == "AccessDenied"


def test_a_role_assumed_by_a_role_is_chained(
    caller: Caller, center: Center, robot: Credentials, developer: Credentials
) -> None:
    """The console's federation endpoint has to know who assumed a role: a user, or another role."""
    for keys, role_arn, is_chained in ((robot, BUILD, False), (developer, DEPLOY, True)):
        issued = center.keyring.find(_keys(_assume(caller, keys, role_arn)).access_key_id)
        assert issued is not None
        assert issued.bearer.is_chained is is_chained


def test_role_that_does_not_exist(caller: Caller, robot: Credentials) -> None:
    """A role that is not there looks like one that may not be assumed."""
    answer = _assume(caller, robot, f"arn:aws:iam::{DEVOPS}:role/Typo")

    assert (answer.status, _element(answer, "Code")) == (403, "AccessDenied")
    assert "is not authorized to perform: sts:AssumeRole on resource:" in _element(answer, "Message")


@pytest.mark.parametrize(
    ("more", "status"), [({}, 403), ({"ExternalId": "x"}, 403), ({"ExternalId": EXTERNAL_ID}, 200)]
)
def test_external_id(caller: Caller, robot: Credentials, more: dict[str, str], status: int) -> None:
    """A role that wants an external id is given to nobody without exactly that one."""
    assert _assume(caller, robot, VENDOR, **more).status == status


def test_mfa(caller: Caller, center: Center, robot: Credentials) -> None:
    """A role that wants MFA is given for a fresh code, and neither without one nor for a used one."""
    code = center.keyring.mfa_code(MFA_SERIAL)

    assert _element(_assume(caller, robot, SENSITIVE), "Code") == "AccessDenied"
    assert _assume(caller, robot, SENSITIVE, SerialNumber=MFA_SERIAL, TokenCode=code).status == 200
    again = _assume(caller, robot, SENSITIVE, SerialNumber=MFA_SERIAL, TokenCode=code)
    assert _element(again, "Message").startswith("MultiFactorAuthentication failed")


def test_session_with_mfa(caller: Caller, center: Center, robot: Credentials) -> None:
    """A session made with a code opens roles that want MFA, and cannot make another session."""
    code = center.keyring.mfa_code(MFA_SERIAL)
    session = _keys(_signed(caller, robot, Action="GetSessionToken", SerialNumber=MFA_SERIAL, TokenCode=code))

    assert _assume(caller, session, SENSITIVE).status == 200
    assert _element(_signed(caller, session, Action="GetSessionToken"), "Code") == "AccessDenied"


@pytest.mark.parametrize(
    ("seconds", "status"),
    [("899", 400), ("soon", 400), ("900", 200), ("7200", 200), ("7201", 400), ("43201", 400)],
)
def test_duration(caller: Caller, robot: Credentials, seconds: str, status: int) -> None:
    """A duration under 15 minutes, over the role's own limit or over 12 hours is a ValidationError."""
    answer = _assume(caller, robot, BUILD, DurationSeconds=seconds)

    assert (answer.status, _element(answer, "Code")) == (status, "" if status == 200 else "ValidationError")


def test_duration_of_a_chained_role(caller: Caller, developer: Credentials) -> None:
    """A role assumed from a role lasts an hour at most, whatever the role would allow."""
    answer = _assume(caller, developer, DEPLOY, DurationSeconds="3601")

    assert "role chaining" in _element(answer, "Message")


@pytest.mark.parametrize("name", ["", "x", "with space", "é" * 3, "a" * 65])
def test_session_name(caller: Caller, robot: Credentials, name: str) -> None:
    """A session name outside AWS's alphabet or length is a ValidationError."""
    answer = _signed(caller, robot, Action="AssumeRole", RoleArn=BUILD, RoleSessionName=name)

    assert _element(answer, "Code") == "ValidationError"


def _web_identity(caller: Caller, token: str, role_arn: str = WEB) -> Answer:
    return caller.sts(
        Action="AssumeRoleWithWebIdentity", RoleArn=role_arn, RoleSessionName="me", WebIdentityToken=token
    )


def test_web_identity(caller: Caller, center: Center) -> None:
    """A known web identity token gives its role without any signature, and no other role."""
    token = next(iter(center.world.web_identity_tokens))

    assert _element(_web_identity(caller, token), "Arn").endswith("assumed-role/WebDeploy/me")
    assert _element(_web_identity(caller, token, BUILD), "Code") == "AccessDenied"
    assert _element(_web_identity(caller, "forged"), "Code") == "InvalidIdentityToken"
