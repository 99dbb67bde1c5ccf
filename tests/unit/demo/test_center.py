from unit.demo.callers import Caller, parsed

from awsenv.demo.center import Center


def test_unknown_path(caller: Caller, center: Center) -> None:
    """A path that no service has is 404, and the journal has it under its own name."""
    answer = caller.get("/nowhere")

    assert (answer.status, parsed(answer)["__type"]) == (404, "UnknownOperationException")
    assert center.journal.calls()[0].operation == "GET /nowhere"


def test_fault_is_in_the_journal(caller: Caller, center: Center) -> None:
    """The journal says which fault a call met; where no answer comes it has no status."""
    center.faults.set("ListAccounts", "reset", times=1)
    caller.get("/assignment/accounts", "nobody's")
    caller.get("/assignment/accounts", "nobody's")

    assert [(call.fault, call.status) for call in center.journal.calls()] == [("reset", None), (None, 401)]


def test_lost_answer_was_work_done(caller: Caller, center: Center) -> None:
    """A refresh whose answer is lost has used up the refresh token."""
    client = center.grants.register("test", None, (), ())
    tokens = center.grants.issue("company", client.client_id)
    center.faults.set("CreateToken", "lost", times=1)
    fields = {"clientId": client.client_id, "clientSecret": client.client_secret, "grantType": "refresh_token"}
    lost = caller.post("/token", **fields, refreshToken=tokens.refresh_token)

    assert lost.delivery == "reset"
    assert caller.post("/token", **fields, refreshToken=tokens.refresh_token).status == 400


def test_operation_without_an_action(caller: Caller, center: Center) -> None:
    """An STS request that names no action is refused in STS's own form."""
    answer = caller.sts(Version="2011-06-15")

    assert b"<Code>InvalidAction</Code>" in answer.body
    assert center.journal.calls()[0].operation == "MissingAction"
