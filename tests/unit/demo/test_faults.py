import json

import pytest

from awsenv.demo.faults import KINDS, Fault, Faults, as_fault, spoil
from awsenv.demo.wire import Answer, Delivery, json_answer, xml_answer, xml_element


def _work() -> Answer:
    return json_answer({"accessKeyId": "ASIA", "expiration": 5, "list": ["a", "b"], "next": None})


def _refuse_to_work() -> Answer:
    raise AssertionError("a fault that prevents the call must not do its work")


def test_fault_for_the_next_calls_only() -> None:
    """A fault with a count goes away by itself once so many calls have met it."""
    faults = Faults()
    faults.set("Logout", 503, times=2)

    assert [bool(faults.take("Logout")) for _ in range(3)] == [True, True, False]


def test_fault_for_good() -> None:
    """A fault without a count stays until it is cleared, and leaves other operations alone."""
    faults = Faults()
    faults.set("Logout", "reset")

    assert [faults.take("Logout") for _ in range(3)] == [Fault("reset")] * 3
    assert faults.take("AssumeRole") is None
    faults.clear("Logout")
    assert faults.take("Logout") is None


def test_fault_of_every_operation() -> None:
    """A star is every operation that has no fault of its own."""
    faults = Faults()
    faults.set("*", "html")
    faults.set("Logout", "reset", times=1)

    assert faults.take("Logout") == Fault("reset")
    assert faults.take("Logout") == Fault("html")
    faults.clear()
    assert faults.take("Logout") is None


def test_no_times_at_all() -> None:
    """Zero calls are none."""
    faults = Faults()
    faults.set("Logout", "html", times=0)

    assert faults.take("Logout") is None


def test_unknown_kind_is_refused() -> None:
    """A fault that does not exist is an error that names those that do, not a fault that never comes."""
    with pytest.raises(ValueError, match="slow-drip"):
        as_fault("sneeze")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("truncated", "wrong-types", "delay", "lost")])
def test_faults_that_prevent_the_call(kind: str) -> None:
    """A call that meets an error, silence, a reset or a stranger's page has no effect at AWS."""
    if kind == "slow-drip":
        return
    spoil(as_fault(kind), "CreateToken", _refuse_to_work, is_xml=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "delivery"),
    [
        ("lost", "reset"),
        ("reset", "reset"),
        ("truncated", "truncated"),
        ("slow-drip", "drip"),
        ("time-out", "silence"),
        ("delay", "whole"),
    ],
)
def test_faults_of_the_way(kind: str, delivery: Delivery) -> None:
    """Faults of the network say how the answer travels."""
    answer = spoil(as_fault(kind), "CreateToken", _work, is_xml=False)  # type: ignore[arg-type]

    assert answer.delivery == delivery


def test_silence_has_an_end() -> None:
    """No fault holds a connection for more than a minute."""
    assert spoil(Fault("time-out", seconds=3600), "Logout", _work, is_xml=False).pause == 60


def test_delay_holds_the_real_answer() -> None:
    """A delayed answer is the real one."""
    answer = spoil(Fault("delay", seconds=0.2), "Logout", _work, is_xml=False)

    assert (answer.body, answer.pause) == (_work().body, 0.2)


@pytest.mark.parametrize(
    ("status", "code"), [(400, "InvalidRequestException"), (401, "UnauthorizedException"), (418, "ServiceUnavailable")]
)
def test_error_in_the_form_of_the_portal(status: int, code: str) -> None:
    """An error of the portal has its code in the header and its message in JSON."""
    answer = spoil(as_fault(status), "ListAccounts", _refuse_to_work, is_xml=False)

    assert answer.status == status
    assert dict(answer.headers)["x-amzn-ErrorType"].startswith(code)
    assert json.loads(answer.body)["message"] == "A practice fault"


def test_error_in_the_form_of_the_sign_in_service() -> None:
    """An error of the sign-in service also has the names that OAuth gives."""
    answer = spoil(Fault("error", 400, "InvalidGrantException"), "CreateToken", _refuse_to_work, is_xml=False)

    assert json.loads(answer.body) == {"error": "invalid_grant", "error_description": "A practice fault"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("error", 403), (b"<Code>AccessDenied</Code>", b"<Type>Sender</Type>")),
        (Fault("error", 500), (b"<Code>InternalFailure</Code>", b"<Type>Receiver</Type>")),
        (Fault("error", 503), (b"<Code>ServiceUnavailable</Code>",)),
        (Fault("error", 400, "ExpiredTokenException"), (b"<Code>ExpiredTokenException</Code>",)),
    ],
)
def test_error_in_the_form_of_sts(fault: Fault, words: tuple[bytes, ...]) -> None:
    """An error of STS is XML with its code and whose fault it is."""
    answer = spoil(fault, "AssumeRole", _refuse_to_work, is_xml=True)

    assert all(word in answer.body for word in words)


@pytest.mark.parametrize("status", [502, 504])
def test_gateway_errors_are_pages(status: int) -> None:
    """A gateway in front of AWS answers with a page for people, not with AWS's error form."""
    answer = spoil(as_fault(status), "AssumeRole", _refuse_to_work, is_xml=True)

    assert (answer.status, answer.content_type) == (status, "text/html; charset=utf-8")


def test_retry_after() -> None:
    """A throttling answer says how long to wait if the fault says so, and nothing otherwise."""
    told = spoil(Fault("error", 429, retry_after=7), "ListAccounts", _work, is_xml=False)
    untold = spoil(as_fault(429), "ListAccounts", _work, is_xml=False)

    assert ("Retry-After", "7") in told.headers
    assert "Retry-After" not in dict(untold.headers)


def test_empty_answers() -> None:
    """An empty answer is well-formed in its protocol and says nothing."""
    assert spoil(Fault("empty"), "Logout", _work, is_xml=False).body == b"{}"
    assert b"<AssumeRoleResult/>" in spoil(Fault("empty"), "AssumeRole", _work, is_xml=True).body


def test_wrong_types_in_json() -> None:
    """Texts, numbers and lists all turn into something else, whatever is inside."""
    answer = spoil(Fault("wrong-types"), "GetRoleCredentials", _work, is_xml=False)

    assert json.loads(answer.body) == {
        "accessKeyId": ["ASIA"],
        "expiration": "soon",
        "list": {"first": ["a"]},
        "next": "soon",
    }


def test_wrong_types_in_xml() -> None:
    """Texts turn into elements and dates into no dates."""
    real = xml_answer("AssumeRole", xml_element("AccessKeyId", "ASIA") + xml_element("Expiration", "2026"))
    answer = spoil(Fault("wrong-types"), "AssumeRole", lambda: real, is_xml=True)

    assert b"<AccessKeyId><member>7</member></AccessKeyId>" in answer.body
    assert b"<Expiration>soon</Expiration>" in answer.body
