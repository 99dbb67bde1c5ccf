import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from unit.demo.callers import FORM, Caller, Clock, parsed

from awsenv.demo.center import Center
from awsenv.demo.keyring import Bearer
from awsenv.demo.wire import Answer, Request
from awsenv.model import Credentials, Identity
from awsenv.values import replace

CONSOLE = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"
ARN = "arn:aws:sts::222233334444:assumed-role/Deploy/me"
ROLE = Bearer(Identity("222233334444", ARN, "AROA:me"), "arn:aws:iam::222233334444:role/Deploy")


def session_of(keys: Credentials) -> dict[str, object]:
    """Return the session that is handed over."""
    return {
        "sessionId": keys.access_key_id,
        "sessionKey": keys.secret_access_key,
        "sessionToken": keys.session_token,
    }


def ask(caller: Caller, session: object, method: str = "POST", **more: str) -> Answer:
    """Ask for a sign-in token; a session that is a text is sent as it is."""
    text = session if isinstance(session, str) else json.dumps(session)
    query = urlencode({"Action": "getSigninToken", "Session": text, **more})
    if method == "GET":
        return caller.get("/federation", **{"Action": "getSigninToken", "Session": text, **more})
    return caller.center.answer(Request(method, "/federation", "", {"content-type": FORM}, query.encode()))


def log_in(caller: Caller, sign_in_token: str, destination: str = CONSOLE) -> Answer:
    """Open the page as a browser does."""
    return caller.get("/federation", Action="login", SigninToken=sign_in_token, Destination=destination, Issuer="x")


@pytest.fixture
def keys(center: Center) -> Credentials:
    """Give an hour's keys of a role."""
    return center.keyring.issue(ROLE, timedelta(hours=1))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_keys_become_one_sign_in(caller: Caller, center: Center, keys: Credentials, method: str) -> None:
    """The keys of a role give a token, which opens the console as that role, once."""
    token = parsed(ask(caller, session_of(keys), method))["SigninToken"]
    page = log_in(caller, token)

    assert (page.status, ARN in page.body.decode(), CONSOLE in page.body.decode()) == (200, True, True)
    assert log_in(caller, token).status == 400
    assert token in center.federation.secrets()
    assert [call.caller for call in center.journal.calls()] == [ARN, ARN, None]
    assert not any(token in str(call) or keys.secret_access_key in str(call) for call in center.journal.calls())


def test_a_token_is_good_for_a_quarter_of_an_hour(caller: Caller, clock: Clock, keys: Credentials) -> None:
    """After 15 minutes nobody is let in."""
    first, second = (parsed(ask(caller, session_of(keys)))["SigninToken"] for _ in range(2))
    clock.move(minutes=14, seconds=59)
    assert log_in(caller, first).status == 200
    clock.move(seconds=1)
    assert log_in(caller, second).status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sessionId", "ASIANOBODY"),
        ("sessionKey", "guess"),
        ("sessionToken", "guess"),
        ("sessionToken", None),
        ("sessionId", ["x"]),
    ],
)
def test_keys_must_be_whole(caller: Caller, center: Center, keys: Credentials, field: str, value: object) -> None:
    """Three parts that were given out together, or no token; the refusal is a page, as AWS's is."""
    answer = ask(caller, session_of(keys) | {field: value})

    assert (answer.status, answer.content_type.startswith("text/html")) == (400, True)
    assert center.journal.calls()[0].code == "InvalidCredentials"


@pytest.mark.parametrize("session", ["", "{", "[]", "5", '"x"', "[" * 100_000, '{"sessionId": "x"}'])
def test_a_session_must_be_one(caller: Caller, session: str) -> None:
    """Whatever is no JSON object of three texts is refused."""
    assert ask(caller, session).status == 400


def test_keys_that_are_over(caller: Caller, clock: Clock, keys: Credentials) -> None:
    """Expired keys open nothing."""
    clock.move(hours=1)
    assert ask(caller, session_of(keys)).status == 400


def test_keys_of_a_user(caller: Caller, center: Center) -> None:
    """Neither a user's own keys nor those of GetSessionToken open the console."""
    user = center.world.users[0]
    assert ask(caller, session_of(Credentials(user.access_key_id, user.secret_access_key))).status == 400
    made = center.keyring.issue(replace(ROLE, is_user=True), timedelta(hours=1))
    assert ask(caller, session_of(made)).status == 400
    assert center.journal.calls()[1].code == "NoFederation"


@pytest.mark.parametrize(
    ("seconds", "status"),
    [("899", 400), ("900", 200), ("43200", 200), ("43201", 400), ("1h", 400), ("9" * 5000, 400), ("٩٩٩", 400)],
)
def test_duration(caller: Caller, keys: Credentials, seconds: str, status: int) -> None:
    """A console stays open for 15 minutes at least and 12 hours at most."""
    assert ask(caller, session_of(keys), SessionDuration=seconds).status == status


def test_duration_of_a_chained_role(caller: Caller, center: Center) -> None:
    """Of a role that a role has assumed no duration is taken, and without one it is let in."""
    chained = session_of(center.keyring.issue(replace(ROLE, is_chained=True), timedelta(hours=1)))

    assert ask(caller, chained, SessionDuration="3600").status == 400
    assert ask(caller, chained).status == 200


@pytest.mark.parametrize(
    "destination",
    ["", "http://console.aws.amazon.com/", "https://evil.example/", "https://xconsole.aws.amazon.com/", "https://[x"],
)
def test_a_destination_is_a_page_of_the_console(caller: Caller, keys: Credentials, destination: str) -> None:
    """A browser is sent to the console and nowhere else."""
    token = parsed(ask(caller, session_of(keys)))["SigninToken"]

    assert log_in(caller, token, destination).status == 400


def test_other_requests(caller: Caller, center: Center) -> None:
    """An unknown action is refused; the start page of the portal is there."""
    assert caller.get("/federation", Action="logout").status == 400
    assert caller.get("/start").status == 200
    assert [call.operation for call in center.journal.calls()] == ["MissingAction", "AccessPortal"]
