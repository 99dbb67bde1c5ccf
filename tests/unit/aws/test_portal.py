"""A plain request to the portal is what botocore's client would have made of it: the same bytes and answers."""

import gzip
import json
import random
import socket
import time
from collections.abc import Mapping
from typing import Any

import pytest
from stage import SOAK, at_most
from unit.aws.portals import BODY, GOOD, KEYS, NAMES, PROFILE, answer, both, clients_for, outcome, runtime_of
from unit.aws.wire import Reply, wire

from awsenv.aws import portal, retries
from awsenv.aws.clients import Clients
from awsenv.aws.plain import Door, find_door
from awsenv.errors import LoginRequired
from awsenv.model import Profile
from awsenv.values import replace

ROUNDS = 2_000 if SOAK else 60


def chunked(body: bytes, size: int, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return an answer in chunks of `size`."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n" + trailer + b"\r\n"


def refusal(status: str, body: object, *headers: str) -> bytes:
    """Return a refusal as the portal words it."""
    return answer(status, json.dumps(body).encode(), *headers)


ANSWERS: dict[str, bytes] = {
    "plain": GOOD,
    "no length": b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
    "http 1.0": GOOD.replace(b"1.1", b"1.0"),
    "more behind the body": GOOD + b"HTTP/1.1 500 No\r\n\r\n",
    "interim first": b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD,
    "small chunks": chunked(BODY, 7),
    "one chunk": chunked(BODY, 10_000),
    "chunk extensions": chunked(BODY, 50, b";a=b"),
    "trailers": chunked(BODY, 50, b"", b"X-Trailer: x\r\n"),
    "header case and blanks": answer("200 OK", BODY, "CONTENT-type:application/json", "X-Odd:  a  "),
    "latin-1 header": answer("200 OK", BODY, "X-Odd: \xe9"),
    "no phrase": answer("200", BODY),
    "203": answer("203 Other", BODY),
    "gzip unasked": answer("200 OK", gzip.compress(BODY), "Content-Encoding: gzip"),
    "identity": answer("200 OK", BODY, "Content-Encoding: identity"),
    "utf-8 text": answer("200 OK", BODY.replace(b"ASIA", "\u00e4".encode())),
    "lone surrogate": answer("200 OK", BODY.replace(b"ASIA", b"\\ud800")),
    "duplicate keys": answer("200 OK", BODY.replace(b"{", b'{"roleCredentials": {}, ', 1)),
    "byte order mark": answer("200 OK", b"\xef\xbb\xbf" + BODY),
    "latin-1 body": answer("200 OK", BODY.replace(b"ASIA", b"\xe9")),
    "empty object": answer("200 OK", b"{}"),
    "empty": answer("200 OK", b""),
    "array": answer("200 OK", b"[1]"),
    "null": answer("200 OK", b"null"),
    "text": answer("200 OK", b"hello"),
    "html": answer("200 OK", b"<html>hello</html>"),
    "deep": answer("200 OK", b"[" * 50_000),
    "cut json": answer("200 OK", BODY[:-20]),
    "cut chunk": chunked(BODY, 50)[:-40],
    "204": answer("204 No Content", b""),
    "401": refusal("401 Unauthorized", {"message": "Session token not found or invalid"}),
    "403": refusal("403 Forbidden", {"message": "No access"}, "x-amzn-ErrorType: ForbiddenException"),
    "type with a namespace": refusal("403 F", {"__type": "com.amazonaws#ForbiddenException:http://x", "Message": "m"}),
    "404": refusal("404 Not Found", {"message": "No such role", "code": "ResourceNotFoundException"}),
    "400": refusal("400 Bad Request", {"message": None, "__type": "InvalidRequestException"}),
    "429": refusal("429 Too Many Requests", {"message": "slow"}, "x-amzn-ErrorType: TooManyRequestsException"),
    "429 later": refusal("429 Too Many Requests", {"message": "slow"}, "Retry-After: 3"),
    "500": refusal("500 Oops", {"message": "oops"}),
    "503 empty": answer("503 Service Unavailable", b""),
    "502 html": answer("502 Bad Gateway", b"<html>no</html>"),
    "an odd status": answer("599 What", b""),
    "301": answer("301 Moved", b"", "Location: http://127.0.0.1:9/"),
    "302 with a body": answer("302 Found", b"{}", "Location: http://127.0.0.1:9/"),
    "307": answer("307 Temporary", b"", "Location: http://127.0.0.1:9/"),
    "401 text": answer("401 Unauthorized", b"go away"),
    "401 html": answer("401 Unauthorized", b"<html>go away</html>"),
    "401 array": answer("401 Unauthorized", b"[]"),
}
# What urllib3 and http.client make of these is their own; here it is no answer, or the error of a request gone wrong.
NO_ANSWERS: dict[str, bytes] = {
    "nothing": b"",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "http 0.9": BODY,
    "http 2": GOOD.replace(b"HTTP/1.1", b"HTTP/2"),
    "a cut head": GOOD[:30],
    "a word for status": b"HTTP/1.1 two OK\r\n\r\n",
    "a status of four figures": b"HTTP/1.1 2000 OK\r\n\r\n",
    "only interims": b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
    "a flood of headers": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n" + BODY,
    "a header without end": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000,
    "a cut body": answer("200 OK", BODY[:-20], length=len(BODY)),
    "a negative chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
    "a chunk of no number": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a huge chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\nabc",
    "a chunk without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef",
}


def drip(connection: socket.socket) -> None:
    """Send an answer a byte every half second."""
    for byte in GOOD[:20]:
        connection.sendall(bytes([byte]))
        time.sleep(0.5)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_means_what_it_means_to_botocore(name: str) -> None:
    """Keys, refusals and failures: the same credentials, or the same error in the same words."""
    with wire(ANSWERS[name]) as server:
        mine, botocores = both(f"http://127.0.0.1:{server.port}")

    assert mine == botocores


def test_early_hints_are_passed_over() -> None:
    """Every interim answer comes before the one that counts, the new ones as well, at which http.client gives up."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    with wire(early * 3 + GOOD) as server:
        clients = clients_for(f"http://127.0.0.1:{server.port}")

        assert outcome(clients, clients.portal("eu-west-1")) == KEYS["roleCredentials"]


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_is_told_as_such(name: str) -> None:
    """Whatever else a server says, the request counts as unanswered, within bounds of time and memory."""
    with wire(NO_ANSWERS[name]) as server:
        clients = clients_for(f"http://127.0.0.1:{server.port}")
        started = time.monotonic()
        found = outcome(clients, clients.portal("eu-west-1"))

    assert isinstance(found, tuple)
    assert found[0] == "Unanswered"
    assert found[1].startswith("GetRoleCredentials: ")
    assert time.monotonic() - started < at_most(retries.READ_TIMEOUT + 1)


def test_an_answer_without_end_is_given_up() -> None:
    """Of an answer that never stops, no more is taken than AWS could have meant."""
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1600):
            connection.sendall(b" " * 65_536)
            sent += 65_536

    with wire(flood) as server:
        clients = clients_for(f"http://127.0.0.1:{server.port}")
        found = outcome(clients, clients.portal("eu-west-1"))

    assert isinstance(found, tuple)
    assert found[0] == "Unanswered"
    assert sent < 20_000_000


def test_generated_answers_mean_the_same() -> None:
    """Answers put together by chance are read as botocore reads them."""
    statuses = [
        "200 OK",
        "201 Made",
        "400 Bad",
        "401 No",
        "403 No",
        "404 No",
        "409 No",
        "418 Tea",
        "429 Slow",
        "500 Oops",
        "503 No",
    ]
    bodies = [
        BODY,
        b"{}",
        b"",
        b"x",
        b'{"message": "m"}',
        b'{"__type": "a#b", "message": 1}',
        b'{"Message": "M", "code": 5}',
    ]
    for seed in range(ROUNDS):
        chance = random.Random(seed)  # noqa: S311 - test data
        body = chance.choice(bodies)
        headers = chance.sample(["x-amzn-ErrorType: E:http", "Retry-After: 2", "X-A: b", "Content-Type: text/plain"], 2)
        raw = answer(chance.choice(statuses), body, *headers)
        with wire(raw) as server:
            mine, botocores = both(f"http://127.0.0.1:{server.port}")

        assert mine == botocores, raw


ODD = [
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "a%2Fb",
    "a&b=c",
    "a+b",
    "\u00e4\u6f22",
    "..",
    "a\r\nHost: evil",
    "a\tb",
    "~._-",
    "\U0001f600",
    "a;b",
    "=",
    "[x]",
]


@pytest.mark.parametrize("odd", ODD)
def test_the_request_asks_for_the_same_thing(odd: str) -> None:
    """Whatever stands in a name, the request is one line, for what botocore would have asked for."""
    for name in ("roleName", "accountId"):
        names = {**NAMES, name: odd}
        with wire(GOOD) as server:
            both(f"http://127.0.0.1:{server.port}", names)

        lines = [head.split(b"\r\n", 1)[0] for head in server.heads]
        assert len(set(lines)) == 1
        assert len(lines) == 2
        assert all(head.count(b"\r\n\r\n") == 1 and b"\r\nHost: evil" not in head for head in server.heads)


def test_the_token_goes_as_botocore_sends_it() -> None:
    """The same header with the same token, the same host, and nothing asked for that is not understood."""
    with wire(GOOD) as server:
        both(f"http://127.0.0.1:{server.port}")

    mine, botocores = (
        {name.lower(): value for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))}
        for head in server.heads
    )
    for name in ("host", "x-amz-sso_bearer_token", "accept-encoding"):
        assert mine[name] == botocores[name]


@pytest.mark.parametrize("token", ["a\r\nX-Evil: b", " a", "a\n", "\u00e4", "a\0b"])
def test_a_token_that_is_none_is_sent_to_nobody(token: str) -> None:
    """What cannot stand in a header is put there by nobody, and stands in no message either."""
    asked: list[object] = []
    door = Door("http://127.0.0.1:9", "127.0.0.1", 9, None)
    made = portal.Portal(door, lambda _: None, lambda: asked.append(None))
    with pytest.raises(LoginRequired) as raised:
        made.get_role_credentials(**{**NAMES, "accessToken": token})

    assert not asked
    assert raised.value.problem == "the access token cannot stand in a request"


def test_every_family_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host by its IPv6 address, and one of whose addresses the first refuses."""
    with wire(GOOD, family=socket.AF_INET6) as server:
        mine, botocores = both(f"http://[::1]:{server.port}")
        assert mine == botocores == KEYS["roleCredentials"]
        assert f"Host: [::1]:{server.port}\r\n".encode() in server.heads[0]
    with wire(GOOD) as server:
        resolve = socket.getaddrinfo

        def two(_host: str, port: int, *rest: Any, **more: Any) -> Any:
            return [*resolve("127.0.0.2", port, *rest, **more), *resolve("127.0.0.1", port, *rest, **more)]

        monkeypatch.setattr(socket, "getaddrinfo", two)
        mine, botocores = both(f"http://localhost:{server.port}")
    assert mine == botocores == KEYS["roleCredentials"]


@pytest.mark.parametrize(
    "name",
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "Https_Proxy", "foo_proxy"],
)
def test_a_proxy_is_left_to_botocore(name: str) -> None:
    """With any variable that may name a proxy, botocore makes the request; not on this machine, where none is used."""
    assert find_door("eu-west-1", None, PROFILE, {name: "http://user:pass@127.0.0.1:9"}) is None
    assert find_door("eu-west-1", "http://127.0.0.1:80", PROFILE, {name: "http://127.0.0.1:9"}) is not None
    assert find_door("eu-west-1", None, PROFILE, {"NO_PROXY": "*", "no_proxy": "*"}) is not None


@pytest.mark.parametrize(
    ("environment", "profile"),
    [
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, PROFILE),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, PROFILE),
        ({"AWS_USE_FIPS_ENDPOINT": "maybe"}, PROFILE),
        ({"AWS_DEFAULTS_MODE": "standard"}, PROFILE),
        ({"SSLKEYLOGFILE": "/tmp/keys"}, PROFILE),
        ({}, replace(PROFILE, endpoint_variants=frozenset({"fips"}))),
    ],
)
def test_what_changes_the_request_is_left_to_botocore(environment: Mapping[str, str], profile: Profile) -> None:
    """Other endpoints of AWS's, and whatever else is read of the environment, are botocore's to know."""
    assert find_door("eu-west-1", None, profile, environment) is None


@pytest.mark.parametrize(
    "region", ["us-gov-west-1", "eusc-de-east-1", "us-iso-east-1", "nowhere", "", "eu-west-1.evil.com/", "eu-west-1\n"]
)
def test_only_certain_hosts_are_asked_plainly(region: str) -> None:
    """A region whose host name is not beyond doubt is botocore's to know."""
    assert find_door(region, None, PROFILE, {}) is None


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-2", "ap-southeast-3", "cn-north-1", "me-central-1"])
def test_the_host_is_the_one_that_botocore_asks(region: str) -> None:
    """AWS's own host for the region, port 443."""
    door = find_door(region, None, PROFILE, {})
    client = Clients(runtime_of({}), PROFILE).client("sso", region)

    assert door is not None
    assert (door.origin, door.port, door.host_header) == (client.meta.endpoint_url, 443, door.host)


@pytest.mark.parametrize(
    "override",
    [
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?x=y",
        "http://u:p@127.0.0.1:80",
        "http://127.0.0.1:80#f",
        "http://localhost.:80",
        "ftp://127.0.0.1",
    ],
)
def test_an_odd_endpoint_is_left_to_botocore(override: str) -> None:
    """Whatever stands in an endpoint beside scheme, host and port is joined by rules that are not ours."""
    assert find_door("eu-west-1", override, PROFILE, {}) is None


def test_a_refusing_port_is_told_at_once() -> None:
    """Where nobody listens, the error is botocore's, and comes without waiting."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        mine, botocores = both(origin)

    assert mine == botocores
    assert isinstance(mine, tuple)
    assert mine[0] == "Transient"


@pytest.mark.parametrize("reply", [lambda _: time.sleep(retries.READ_TIMEOUT + 2), drip], ids=["silent", "drip"])
def test_silence_ends(reply: Reply) -> None:
    """A server that says nothing, or a byte a second, is waited for within the bounds of one try."""
    with wire(reply) as server:
        clients = clients_for(f"http://127.0.0.1:{server.port}")
        started = time.monotonic()
        found = outcome(clients, clients.portal("eu-west-1"))
        took = time.monotonic() - started

    assert isinstance(found, tuple)
    assert found[0] == "Unanswered"
    assert took < at_most(retries.ATTEMPT + 1)
