"""The sign-in service's console pages: a sign-in token for the keys of a role, and what the browser gets for it."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from awsenv.demo.journal import Call
from awsenv.demo.keyring import IssuedKey, Keyring
from awsenv.demo.mint import Mint
from awsenv.demo.wire import Answer, Request, html_answer, json_answer, page_answer
from awsenv.values import Value

PATHS = frozenset({"/federation", "/start", "/start/"})
# What `Action` says, and what the journal calls it.
_OPERATIONS = {"getSigninToken": "GetSigninToken", "login": "ConsoleLogin"}
SHORTEST, LONGEST = 900, 43_200
TOKEN_LIFETIME = timedelta(minutes=15)
_CONSOLES = ("console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com")


class _SignIn(Value):
    arn: str
    ends_at: datetime


class Federation:
    """Answers the federation endpoint, and the start page of the access portal. Refusals are pages, as AWS's are."""

    def __init__(self, keyring: Keyring, mint: Mint) -> None:
        self._keyring = keyring
        self._mint = mint
        self._lock = threading.Lock()
        self._sign_ins: dict[str, _SignIn] = {}
        self._given: set[str] = set()

    @staticmethod
    def operation(request: Request) -> str:
        """Return what the journal calls a request for one of the `PATHS`."""
        if request.path != "/federation":
            return "AccessPortal"
        return _OPERATIONS.get(request.parameters().get("Action", ""), "MissingAction")

    def answer(self, call: Call, request: Request) -> Answer:
        """Answer one call."""
        parameters = request.parameters()
        match call.operation:
            case "GetSigninToken":
                return self._sign_in_token(call, parameters)
            case "ConsoleLogin":
                return self._login(call, parameters)
            case "AccessPortal":
                # What comes after the # does not leave the browser.
                return page_answer("Practice access portal", "<p>The real one opens the console of the role here.</p>")
            case _:
                return _refused(call, "InvalidAction")

    def secrets(self) -> set[str]:
        """Return every sign-in token given out so far."""
        with self._lock:
            return set(self._given)

    def _sign_in_token(self, call: Call, parameters: Mapping[str, str]) -> Answer:
        key = self._key(parameters.get("Session", ""))
        if key is None or key.credentials.expires_at is None or key.credentials.expires_at <= self._keyring.now():
            return _refused(call, "InvalidCredentials")
        call.caller = key.bearer.identity.arn
        if key.bearer.is_user:
            return _refused(call, "NoFederation")
        seconds = parameters.get("SessionDuration")
        if seconds is not None and (key.bearer.is_chained or not _is_duration(seconds)):
            return _refused(call, "InvalidSessionDuration")
        token = self._mint.opaque("VCQgs5qZZt3", 400)
        with self._lock:
            self._given.add(token)
            self._sign_ins[token] = _SignIn(key.bearer.identity.arn, self._keyring.now() + TOKEN_LIFETIME)
        return json_answer({"SigninToken": token})

    def _key(self, session: str) -> IssuedKey | None:
        try:
            fields = json.loads(session)
            given = fields["sessionId"], fields["sessionKey"], fields["sessionToken"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
        key = self._keyring.find(given[0]) if isinstance(given[0], str) else None
        keys = key.credentials if key else None
        is_whole = keys and given == (keys.access_key_id, keys.secret_access_key, keys.session_token)
        return key if is_whole else None

    def _login(self, call: Call, parameters: Mapping[str, str]) -> Answer:
        destination = parameters.get("Destination", "")
        with self._lock:
            sign_in = self._sign_ins.pop(parameters.get("SigninToken", ""), None)
        if sign_in is None or sign_in.ends_at <= self._keyring.now():
            return _refused(call, "InvalidSigninToken")
        call.caller = sign_in.arn
        if not _is_console(destination):
            return _refused(call, "InvalidDestination")
        body = f"<p id='who'>{escape(sign_in.arn)}</p><p id='where'>{escape(destination)}</p>"
        return page_answer("Practice console", body)


def _refused(call: Call, code: str) -> Answer:
    call.code = code
    return html_answer("Invalid credentials parameter", 400)


def _is_duration(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < len("100000") and SHORTEST <= int(text) <= LONGEST


def _is_console(destination: str) -> bool:
    try:
        parts = urlsplit(destination)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and any(host == each or host.endswith(f".{each}") for each in _CONSOLES)
