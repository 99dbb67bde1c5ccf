import pytest

from awsenv.demo.wire import Request


@pytest.mark.parametrize("body", [b"[1]", b"{", b"{" * 100_000, b'\xff"'])
def test_a_body_that_is_no_object_is_empty(body: bytes) -> None:
    """Whatever a caller sends in place of a JSON object, it is an empty one."""
    assert Request("POST", "/", body=body).json() == {}


def test_parameters_of_every_kind() -> None:
    """Query, form and JSON texts are all parameters; what is no text in JSON is left out."""
    headers = {"content-type": "application/json"}

    assert Request("GET", "/", "a=1&b=").parameters() == {"a": "1", "b": ""}
    assert Request("POST", "/", "a=1", {}, b"c=%2F").parameters() == {"a": "1", "c": "/"}
    assert Request("POST", "/", "", headers, b'{"d": "e", "f": [1]}').parameters() == {"d": "e"}


def test_requests_show_no_secret() -> None:
    """The repr of a request shows neither query nor headers nor body."""
    request = Request("POST", "/", "q=s3cret", {"x": "s3cret"}, b"s3cret")

    assert "s3cret" not in repr(request)
