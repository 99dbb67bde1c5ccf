"""Which requests awsenv makes by itself, and that botocore would make the same ones."""

import base64
import random
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore import httpsession
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.session import Session
from loopback import Loopback, fields, saying
from unit.aws.both_portals import CANARY, PROFILE, ask, ask_botocore
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.aws.clients import Clients
from awsenv.aws.plain import Door, find_door
from awsenv.errors import ConfigError, ExitCode
from awsenv.values import replace

AWS = "https://portal.sso.eu-west-1.amazonaws.com"
NAMES = {
    name
    for _, names, _, _ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
    for name in ([names] if isinstance(names, str) else names or [])
}
# Read by botocore where it has no table of them.
MORE_NAMES = {
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "BOTOCORE_EXPERIMENTAL__PLUGINS",
    "BOTO_DISABLE_CRT",
    "BOTO_EXPERIMENTAL__ADD_PROXY_HOST_HEADER",
    "REQUESTS_CA_BUNDLE",
    "_X_AMZN_TRACE_ID",
}


def _door(environment: Mapping[str, str], region: str = "eu-west-1", override: str | None = None) -> Door | None:
    return find_door(region, override, PROFILE, environment)


@pytest.mark.parametrize("name", sorted(NAMES | MORE_NAMES))
def test_no_variable_makes_a_difference_to_botocores_answer(name: str) -> None:
    """Whatever variable botocore reads, with a value that nobody foresaw: the same comes of it, for a newer one too."""
    with Loopback() as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url(), name: "nonsense"}
        ours = ask(environment)
        assert ours.said == ask_botocore(environment).said
        first, *others = server.requests or [b"", b""]
    assert [fields(request)[""] for request in others] == [fields(first)[""]] * len(others)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "Https_Proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", ["http://127.0.0.1:9", "", "*"])
def test_a_proxy_is_left_to_botocore(name: str, value: str) -> None:
    """With anything that looks like a proxy, botocore asks, except of this very machine."""
    assert _door({name: value}) is None
    assert _door({name: value, "NO_PROXY": "*"}) is None
    assert _door({name: value}, override=f"{AWS}:8443") is None
    assert _door({name: value}, override="https://127.0.0.1:8443") is not None


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy", "No_Proxy", "PROXY", "MY_PROXY_URL"])
def test_an_exception_from_no_proxy_is_none(name: str) -> None:
    """A list of exceptions alone changes nothing."""
    assert _door({name: "*"}) is not None


@pytest.mark.parametrize(("proxies", "is_plain"), [({}, True), ({"https": "http://proxy:1"}, False), (None, False)])
def test_the_proxies_of_a_mac_count(
    monkeypatch: pytest.MonkeyPatch, proxies: dict[str, str] | None, *, is_plain: bool
) -> None:
    """On a Mac the system's settings may name a proxy without a variable; not to know is to have one."""
    module = None if proxies is None else SimpleNamespace(_get_proxies=lambda: proxies)
    monkeypatch.setitem(sys.modules, "_scproxy", module)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (_door({}) is not None) == is_plain


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_hears_no_token_and_nobody_hears_its_password(name: str) -> None:
    """The request goes by way of the proxy, as botocore's does; its password is for it, and stands in no message."""
    with Loopback(saying(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")) as proxy:
        environment = {name: f"http://somebody:open-sesame@127.0.0.1:{proxy.port}"}
        ours, theirs = ask(environment), ask_botocore(environment)
    assert ours.said == theirs.said
    assert ours.error is not None
    assert ours.error.exit_code == ExitCode.AWS_UNREACHABLE
    assert "open-sesame" not in f"{ours.error.problem}{ours.error.hint}"
    assert len(proxy.requests) == 2 * (ours.sleeps + 1)
    login = base64.b64encode(b"somebody:open-sesame").decode()
    for request in proxy.requests:
        heard = fields(request)
        assert heard[""].startswith("CONNECT portal.sso.eu-west-1.amazonaws.com:443 ")
        assert heard["proxy-authorization"] == f"Basic {login}"
        assert CANARY.encode() not in request


def test_no_proxy_is_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that NO_PROXY excepts is asked directly, although a proxy is named."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def remembering(host: str, *_: object, **__: object) -> object:
        asked.append(host)
        return look_up("127.0.0.1", 9, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", remembering)
    outcome = ask({"https_proxy": "http://proxy.example:1", "no_proxy": ".amazonaws.com"})
    assert set(asked) == {"portal.sso.eu-west-1.amazonaws.com"}
    assert outcome.error is not None


@pytest.mark.parametrize(
    ("name", "value", "is_plain"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "true", False),
        ("AWS_USE_FIPS_ENDPOINT", "TRUE", False),
        ("AWS_USE_FIPS_ENDPOINT", "false", True),
        ("AWS_USE_FIPS_ENDPOINT", "no", False),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true", False),
        ("AWS_USE_DUALSTACK_ENDPOINT", "", False),
        ("AWS_DEFAULTS_MODE", "legacy", True),
        ("AWS_DEFAULTS_MODE", "auto", False),
        ("AWS_STS_REGIONAL_ENDPOINTS", "regional", True),
        ("AWS_STS_REGIONAL_ENDPOINTS", "Regional", False),
        ("SSLKEYLOGFILE", "/tmp/keys", False),
        ("BOTOCORE_EXPERIMENTAL__PLUGINS", "x=y", False),
    ],
)
def test_what_changes_a_request_is_left_to_botocore(name: str, value: str, *, is_plain: bool) -> None:
    """Other endpoints than the common ones, and what botocore might refuse, are for it to find."""
    assert (_door({name: value}) is not None) == is_plain


@pytest.mark.parametrize("override", [f"{AWS}.", f"{AWS}/p", f"{AWS}?", "ftp://127.0.0.1", "https://"])
def test_an_endpoint_that_is_more_than_an_origin_is_left_to_botocore(override: str) -> None:
    """Botocore has rules of its own for what stands behind a host, and for a host with a dot at its end."""
    assert _door({}, override=override) is None


@pytest.mark.parametrize("variant", ["fips", "dualstack"])
def test_a_profile_that_wants_other_endpoints_is_left_to_botocore(variant: str) -> None:
    """So are the endpoints that the profile asks for."""
    assert find_door("eu-west-1", None, replace(PROFILE, endpoint_variants=frozenset({variant})), {}) is None


@pytest.mark.parametrize("text", ["", " "])
def test_nobody_is_asked_by_way_of_an_empty_bundle(text: str) -> None:
    """An empty name of a file of certificates is an error also where botocore would be asked."""
    for more in ({}, {"https_proxy": "http://127.0.0.1:9"}, {"AWS_USE_FIPS_ENDPOINT": "true"}):
        with pytest.raises(ConfigError):
            _door({"AWS_CA_BUNDLE": text, **more})


def test_the_roots_are_those_that_botocore_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a name of a file they are certifi's where that is installed, else those that come with botocore."""
    certifi = sys.modules.pop("certifi", None)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not Path(path, "certifi").exists()])
    door = _door({})
    assert door is not None
    assert door.roots == httpsession.DEFAULT_CA_BUNDLE
    (tmp_path / "certifi.py").write_text("def where(): return '/etc/roots.pem'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        door = _door({})
    finally:
        sys.modules.pop("certifi", None)
        sys.modules.update({"certifi": certifi} if certifi else {})
    assert door is not None
    assert door.roots == "/etc/roots.pem"


def _regions() -> list[str]:
    session = Session()
    known = [region for name in session.get_available_partitions() for region in _of(session, name)]
    spread = random.Random(5)  # noqa: S311 - no secret
    parts = (
        ("us", "eu", "cn", "us-gov", "x", "mx", "US", ""),
        ("east", "west", "a_b", "-", "é"),
        ("1", "9", "12", "x"),
    )
    invented = ["-".join(spread.choice(each) for each in parts) for _ in range(40)]
    return [*known, *invented, "global", "eu-west-1\n", "eu-west-1.evil.example", "eu-west-1/", "eu-west-1#"]


def _of(session: Session, partition: str) -> list[str]:
    return list(session.get_available_regions("sts", partition))


def test_every_region_has_botocores_endpoint(tmp_path: Path) -> None:
    """Where awsenv asks by itself, it asks whom botocore would; regions that it does not know are left to botocore."""
    clients = Clients(runtime_of(StoppedClock(), tmp_path), PROFILE)
    found = {region: door.origin for region in _regions() if (door := _door({}, region))}
    assert len(found) > 30
    assert {region: clients.client("sso", region).meta.endpoint_url for region in found} == found


# {0} is the server's own URL, {1} its port.
URLS = (
    *("{0}", "{0}/", "{0}/p", "{0}/p/", "{0}//", "{0}?x=y", "{0}/?x=y", "{0}#f", "{0}/a%20b", "{0}/a%2fb"),
    *("HTTP://127.0.0.1:{1}", "http://localhost:{1}", "http://LOCALHOST:{1}", "http://localhost.:{1}"),
    *("http://127.0.0.1:0{1}", "http://127.0.0.1:99999", "http://127.0.0.1:x", "http://x@127.0.0.1:{1}"),
    *("http://127.1:{1}", "http://127.0.0.1:{1}\\@evil.example", "http://127.0.0.1:{1}\n", "//127.0.0.1:{1}"),
    *("ftp://127.0.0.1:{1}", "http://[::1", "http://", "http://127.0.0.1:{1} /", "http://0:{1}"),
)


@pytest.mark.parametrize("url", URLS)
def test_an_override_leads_to_botocores_resource(url: str) -> None:
    """However an endpoint is written, the same resource of the same host is asked, or nothing by either."""
    with Loopback() as server:
        environment = {"AWS_ENDPOINT_URL_SSO": url.format(server.url(), server.port)}
        outcomes = [ask(environment).said, ask_botocore(environment).said]
        seen = [(fields(request)[""], fields(request)["host"]) for request in server.requests]
    assert outcomes[0] == outcomes[1]
    assert len(set(seen)) <= 1
    assert len(seen) in (0, 2)
