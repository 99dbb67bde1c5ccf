"""The practice Identity Center behind its socket: finds the operation, meets the fault, keeps the journal."""

from collections.abc import Callable
from datetime import datetime, timezone

from awsenv.demo import federation, oidc, portal
from awsenv.demo.control import Control
from awsenv.demo.faults import Faults, spoil
from awsenv.demo.federation import Federation
from awsenv.demo.grants import Grants
from awsenv.demo.journal import Call, Journal
from awsenv.demo.keyring import Keyring
from awsenv.demo.mint import Mint
from awsenv.demo.oidc import Oidc
from awsenv.demo.portal import Portal
from awsenv.demo.rules import Rules
from awsenv.demo.sts import Sts
from awsenv.demo.wire import Answer, Refusal, Request, json_refusal, xml_refusal
from awsenv.demo.world import World

FORM = "application/x-www-form-urlencoded"


class Center:
    """All services over one world. Answers requests from any number of threads."""

    def __init__(self, world: World, rules: Rules, mint: Mint, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.world = world
        self.rules = rules
        self.journal = Journal()
        self.faults = Faults()
        self.keyring = Keyring(world, mint, self.now)
        self.grants = Grants(rules, mint, self.now)
        self.portal = Portal(world, rules, self.keyring, self.grants)
        self._oidc = Oidc(world, rules, self.grants)
        self._sts = Sts(world, rules, self.keyring)
        self.federation = Federation(self.keyring, mint)
        self._control = Control(world, rules, self.keyring, self.grants)

    def now(self) -> datetime:
        """Return the time by AWS's clock, which may be off this machine's."""
        return self._clock() + self.rules.clock_offset

    def answer(self, request: Request) -> Answer:
        """Answer one request, whatever it is."""
        if request.path.startswith("/practice/"):
            return self._control.answer(request, self.journal, self.faults)
        operation, service = self._route(request)
        call = self.journal.open(operation, request.parameters(), self.now())
        is_xml = service == self._sts.answer
        fault = self.faults.take(operation)
        if fault is None:
            answer = _answered(service, call, request, is_xml=is_xml)
        else:
            call.fault = fault.kind
            answer = spoil(fault, operation, lambda: _answered(service, call, request, is_xml=is_xml), is_xml=is_xml)
        call.status = answer.status if answer.delivery not in ("silence", "reset") else None
        return answer

    def _route(self, request: Request) -> tuple[str, Callable[[Call, Request], Answer]]:
        place = (request.method, request.path)
        if place in portal.OPERATIONS:
            return portal.OPERATIONS[place], self.portal.answer
        if place in oidc.OPERATIONS:
            return oidc.OPERATIONS[place], self._oidc.answer
        if place == ("POST", "/") and FORM in request.headers.get("content-type", ""):
            return request.parameters().get("Action", "MissingAction"), self._sts.answer
        if request.path in federation.PATHS:
            return self.federation.operation(request), self.federation.answer
        return f"{request.method} {request.path}", _unknown


def utc_now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(timezone.utc)


def _answered(service: Callable[[Call, Request], Answer], call: Call, request: Request, *, is_xml: bool) -> Answer:
    try:
        return service(call, request)
    except Refusal as refusal:
        call.code = refusal.code
        return xml_refusal(refusal) if is_xml else json_refusal(refusal)


def _unknown(_call: Call, _request: Request) -> Answer:
    raise Refusal(404, "UnknownOperationException", "No such operation here")
