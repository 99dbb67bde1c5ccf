"""What the portal is asked: one line, the same resource as botocore's, and the token in its header alone."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from certificates import Authority
from loopback import KEYS, Loopback, fields
from unit.aws.both_portals import CANARY, PROFILE, ROLE, TOKEN, ask, ask_botocore

from awsenv.aws import plain, portal, retries
from awsenv.errors import ExitCode
from awsenv.values import replace

ODD = (
    *("a b", "a/b", "../x", "a?b", "a#b", "a%b", "%2e%2e", "a&role_name=c", "a=b", "a+b", "a;b", "a,b", "a@b", "a:b"),
    *("a*b", "a'b", 'a"b', "a~b", "a!b", "a(b)", "a\\b", "[x]", "{x}", "a|b", "^", "`", "<>", "$x", "-", "_", ".", ""),
    *("a\r\nX-Injected: y", "a\r\n\r\nGET /evil HTTP/1.1\r\n", "a\nb", "a\rb", "\0", "\x7f", "a\tb", "\u2028", "\x85"),
    *("é", "日本", "\U0001f600", "x" * 70_000, "\ud800"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    """Start a server for all cases."""
    with Loopback() as started:
        yield started


@pytest.fixture(scope="module")
def cache() -> dict[str, Any]:
    """Keep botocore's client for all cases."""
    return {}


@pytest.mark.parametrize("text", ODD, ids=ascii)
@pytest.mark.parametrize("name", ["account_id", "role_name"])
def test_odd_names_ask_for_what_botocore_asks_for(
    server: Loopback, cache: dict[str, Any], name: str, text: str
) -> None:
    """Whatever stands in an account id or a role's name stays in its parameter, byte for byte as botocore has it."""
    server.requests.clear()
    role = replace(ROLE, account_id=text) if name == "account_id" else replace(ROLE, role_name=text)
    environment = {"AWS_ENDPOINT_URL_SSO": server.url()}
    ours = ask(environment, role=role)
    assert ours.said == ask_botocore(environment, role=role, cache=cache).said
    if text == "\ud800":
        assert server.requests == []
        return
    mine, botocores = (fields(request) for request in server.requests)
    assert mine[""] == botocores[""]
    same = ("host", "accept-encoding", "x-amz-sso_bearer_token")
    assert [mine[each] for each in same] == [botocores[each] for each in same]
    assert mine[""].split(" ")[0::2] == ["GET", "HTTP/1.1"]
    assert len(mine) == 1 + 5
    assert server.requests[0].endswith(b"\r\n\r\n")


@pytest.mark.parametrize("text", ["\r\nX: y", "\n", " ", "é", "\0", "\x7f", "\ud800"], ids=ascii)
def test_a_token_that_is_more_than_a_header_is_not_sent(server: Loopback, text: str) -> None:
    """A token with what would end its line is sent nowhere and quoted nowhere; a new login is asked for."""
    server.requests.clear()
    error = ask({"AWS_ENDPOINT_URL_SSO": server.url()}, token=replace(TOKEN, access_token=f"{CANARY}{text}")).error
    assert error is not None
    assert (error.exit_code, server.requests) == (ExitCode.LOGIN_REQUIRED, [])
    assert CANARY not in f"{error.problem}{error.hint}"


def test_the_token_stands_in_its_header_alone(server: Loopback) -> None:
    """The token is no part of the address, and the header is of the name that the portal knows."""
    server.requests.clear()
    ask({"AWS_ENDPOINT_URL_SSO": server.url()})
    (request,) = server.requests
    assert request.count(CANARY.encode()) == 1
    assert fields(request)["x-amz-sso_bearer_token"] == CANARY


@pytest.mark.parametrize("is_secure", [True, False])
@pytest.mark.parametrize(("host", "header"), [("::1", "[::1]"), ("localhost", "localhost")])
def test_the_host_is_named_as_botocore_names_it(
    authority: Authority, host: str, header: str, *, is_secure: bool
) -> None:
    """An address of IPv6 stands in brackets, and a port that is not the scheme's own behind it."""
    context = authority.issue("x", "IP:::1", "DNS:localhost").server_context() if is_secure else None
    with Loopback(context=context, host="::1" if host == "::1" else "127.0.0.1") as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url(host), "AWS_CA_BUNDLE": str(authority.bundle)}
        assert ask(environment).said == ask_botocore(environment).said
        hosts = [fields(request)["host"] for request in server.requests]
        assert hosts == [f"{header}:{server.port}"] * 2


def test_the_port_of_the_scheme_is_not_named() -> None:
    """The host's header has no port where the scheme has it already."""
    for scheme, roots in (("http", None), ("https", "roots.pem")):
        port = plain.find_door("eu-west-1", f"{scheme}://127.0.0.1", replace(PROFILE, ca_bundle=roots), {})
        assert port is not None
        assert port.host_header == "127.0.0.1"


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_second_address_of_a_host_is_tried(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, *, is_secure: bool
) -> None:
    """Where nobody listens at the first address, the next one is asked, and no try is lost."""
    context = authority.issue("x", "DNS:localhost").server_context() if is_secure else None
    look_up = socket.getaddrinfo

    def both(_: str, port: int, *__: object, **___: object) -> object:
        return [*look_up("::1", port, type=socket.SOCK_STREAM), *look_up("127.0.0.1", port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with Loopback(context=context) as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url("localhost"), "AWS_CA_BUNDLE": str(authority.bundle)}
        outcome = ask(environment)
    assert (outcome.said[0], outcome.sleeps) == (KEYS["accessKeyId"], 0)


@pytest.mark.parametrize("fails", ["refused", "unknown"])
def test_a_host_that_is_not_there_is_worth_a_retry(monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    """A name that is not found, or a port that nobody listens at, is tried again, in botocore's words."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://localhost:{closed.getsockname()[1]}"
    if fails == "unknown":

        def unknown(*_: object, **__: object) -> object:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    environment = {"AWS_ENDPOINT_URL_SSO": url}
    ours = ask(environment)
    assert ours.said == ask_botocore(environment).said
    assert (type(ours.error), ours.sleeps) == (retries.Transient, retries.MOST_TRIES - 1)


def test_nothing_of_the_portal_shows_a_secret() -> None:
    """Neither a door nor a portal has the token in what it says of itself."""
    door = plain.find_door("eu-west-1", None, PROFILE, {})
    assert door is not None
    assert CANARY not in repr((door, vars(portal.Portal(door, lambda _: None, lambda: None))))
