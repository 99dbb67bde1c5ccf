"""What another process may ask of the practice server, under /practice/: journal, faults, the person's decisions."""

import re
from dataclasses import asdict
from http import HTTPStatus
from types import NoneType, UnionType
from typing import Any
from xml.sax.saxutils import escape

from awsenv.demo.faults import LONGEST_HOLD, Fault, Faults, as_fault
from awsenv.demo.grants import Grants
from awsenv.demo.journal import Call, Journal
from awsenv.demo.keyring import Keyring
from awsenv.demo.rules import Rules
from awsenv.demo.sts import role_session
from awsenv.demo.wire import Answer, Request, html_answer, json_answer, page_answer
from awsenv.demo.world import World

_CODE = re.compile(r"[A-Za-z0-9.]+")


class Control:
    """Answers the practice server's own requests; only `CredentialProcess` is entered in the journal."""

    def __init__(self, world: World, rules: Rules, keyring: Keyring, grants: Grants) -> None:
        self._world = world
        self._rules = rules
        self._keyring = keyring
        self._grants = grants

    def answer(self, request: Request, journal: Journal, faults: Faults) -> Answer:
        """Answer one request; 400 for one that makes no sense, 404 for one that does not exist."""
        parameters = request.parameters()
        try:
            match request.method, request.path.removeprefix("/practice/"):
                case "GET", "journal":
                    return json_answer({"calls": [_row(call) for call in journal.calls(parameters.get("operation"))]})
                case "DELETE", "journal":
                    journal.clear()
                case "POST", "faults":
                    _set_fault(faults, request.json())
                case "DELETE", "faults":
                    faults.clear(parameters.get("operation"))
                case _:
                    return self._of_the_person(request, parameters, journal)
        except (KeyError, ValueError, TypeError) as error:
            return json_answer({"error": str(error)}, 400)
        return json_answer({})

    def _of_the_person(self, request: Request, parameters: dict[str, str], journal: Journal) -> Answer:  # noqa: PLR0911 - one a page
        match request.method, request.path.removeprefix("/practice/"):
            case "GET", "mfa":
                return json_answer({"code": self._keyring.mfa_code(parameters["serial"])})
            case "GET", "process":
                return self._process(parameters["name"], journal)
            case "GET", "device":
                return self._device_page(parameters.get("user_code"))
            case "POST", "device":
                return self._decide(parameters)
            case "POST", "withdraw":
                self._grants.withdraw(parameters["sso_session_name"])
                return json_answer({})
            case "GET", "captive-portal":
                return html_answer("Welcome to the hotel. Please accept the terms to go on.")
            case _:
                return json_answer({"error": "no such page"}, 404)

    def _process(self, name: str, journal: Journal) -> Answer:
        call = journal.open("CredentialProcess", {}, self._keyring.now())
        bearer = role_session(self._world.process_roles[name], name)
        credentials = self._keyring.issue(bearer, self._rules.role_lifetime)
        assert credentials.expires_at is not None  # noqa: S101 - issue() always sets it
        call.caller, call.status = bearer.identity.arn, 200
        return json_answer(
            {
                "Version": 1,
                "AccessKeyId": credentials.access_key_id,
                "SecretAccessKey": credentials.secret_access_key,
                "SessionToken": credentials.session_token,
                "Expiration": credentials.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )

    def _device_page(self, user_code: str | None) -> Answer:
        if user_code is None:
            return page_answer("Practice sign-in", '<form>The code: <input name="user_code"></form>')
        if not self._grants.is_waiting(user_code):
            return html_answer("No such code", 404)
        # The form goes back to this page's own address, user code included.
        buttons = " ".join(
            f'<button id="{each}" name="decision" value="{each}">{each}</button>' for each in ("allow", "deny")
        )
        code = f'<p>The code: <strong id="code">{escape(user_code)}</strong></p>'
        return page_answer(
            "Practice sign-in: does your terminal show this code?", f'{code}<form method="post">{buttons}</form>'
        )

    def _decide(self, parameters: dict[str, str]) -> Answer:
        decided = self._grants.decide(
            "denied" if parameters.get("decision") == "deny" else "approved", parameters.get("user_code")
        )
        return html_answer("Done. You may close this page." if decided else "No such code", 200 if decided else 404)


def _set_fault(faults: Faults, wanted: dict[str, Any]) -> None:
    kinds: dict[str, type | UnionType] = {
        "operation": str,
        "times": int | NoneType,
        "kind": str,
        "status": int,
        "code": str | NoneType,
        "message": str,
        "retry_after": int | NoneType,
        "seconds": int | float | NoneType,
    }
    for name, value in wanted.items():
        if not isinstance(value, kinds.get(name, object)):
            raise TypeError(f"{name} is of the wrong type")
    operation, times = wanted.pop("operation"), wanted.pop("times", None)
    kind = as_fault(wanted.pop("kind", "error"))
    known = set(Fault.__match_args__)
    if unknown := wanted.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    # A status that nobody has heard of has no words, and a code stands in a header.
    HTTPStatus(wanted.get("status", kind.status))
    if not _CODE.fullmatch(wanted.get("code") or "None") or not 0 <= (wanted.get("seconds") or 0) <= LONGEST_HOLD:
        raise ValueError("no such code, or longer than anybody waits")
    faults.set(operation, Fault(kind.kind, **wanted), times)


def _row(call: Call) -> dict[str, Any]:
    return asdict(call) | {"at": call.at.isoformat()}
