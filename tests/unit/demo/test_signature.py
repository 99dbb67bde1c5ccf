from datetime import datetime, timezone

import pytest

from awsenv.demo.signature import is_signed_by, is_timely, parse_authorization
from awsenv.demo.wire import Request

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HEADER = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature="
)
VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
ORDERED_QUERY = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
HEADERS = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}


@pytest.mark.parametrize(("query", "signature"), [("", VANILLA), ("Param2=value2&Param1=value1", ORDERED_QUERY)])
def test_published_signatures(query: str, signature: str) -> None:
    """AWS's own published examples are verified, with and without a query."""
    authorization = parse_authorization(HEADER + signature)

    assert authorization is not None
    assert is_signed_by(Request("GET", "/", query, HEADERS), authorization, SECRET)


@pytest.mark.parametrize(
    "changed",
    [
        Request("POST", "/", "", HEADERS),
        Request("GET", "/other", "", HEADERS),
        Request("GET", "/", "a=b", HEADERS),
        Request("GET", "/", "", HEADERS | {"host": "evil.example"}),
        Request("GET", "/", "", HEADERS, b"body"),
    ],
)
def test_any_change_breaks_the_signature(changed: Request) -> None:
    """Whatever is changed after signing, the signature no longer holds."""
    authorization = parse_authorization(HEADER + VANILLA)

    assert authorization is not None
    assert not is_signed_by(changed, authorization, SECRET)


@pytest.mark.parametrize("header", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/b/c/d/e", HEADER])
def test_half_a_signature_is_none(header: str) -> None:
    """A header that lacks a part is no signature."""
    assert parse_authorization(header) is None


def test_request_without_a_date_is_not_timely() -> None:
    """A request that does not say when it was signed is refused."""
    assert not is_timely(Request("GET", "/"), datetime.now(timezone.utc))
