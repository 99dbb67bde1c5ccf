"""Nothing is sent to the portal before its certificate is found good, by the very roots that botocore trusts."""

import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme
from unit.aws.portals import GOOD, KEYS, NAMES, PROFILE, clients_for, outcome
from unit.aws.wire import wire

from awsenv.aws import plain, portal
from awsenv.aws.plain import Door, find_door
from awsenv.errors import AwsenvError, ConfigError
from awsenv.model import Profile
from awsenv.values import replace


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return an authority that is trusted where a test says so."""
    return trustme.CA()


class Tls:
    """A portal behind TLS, and the bundle of roots to be trusted."""

    def __init__(self, authority: trustme.CA, folder: Path) -> None:
        self.authority = authority
        self.bundle = folder / "roots.pem"
        authority.cert_pem.write_to_path(self.bundle)

    def context(self, certificate: trustme.LeafCert) -> ssl.SSLContext:
        """Return what a server needs to show this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


@pytest.fixture
def tls(authority: trustme.CA, tmp_path: Path) -> Tls:
    """Return the portal's certificates."""
    return Tls(authority, tmp_path)


@pytest.fixture
def led_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every host be this machine."""
    connect = socket.create_connection

    def here(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        return connect(("127.0.0.1", address[1]), *rest, **more)

    monkeypatch.setattr(socket, "create_connection", here)


def plainly(host: str, port: int, roots: Path) -> tuple[object, bool]:
    """Return what a plain request by this host's name comes to, and whether it was left to botocore."""
    handed: list[bool] = []

    class Botocores:
        def get_role_credentials(self, **_: str) -> dict[str, object]:
            handed.append(True)
            return {}

    made = portal.Portal(Door(f"https://{host}:{port}", host, port, str(roots)), lambda _: None, Botocores)
    return made.get_role_credentials(**NAMES), bool(handed)


NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("portal.sso.eu-west-1.amazonaws.com", ["portal.sso.eu-west-1.amazonaws.com"]),
        ("a.example.com", ["*.example.com"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("::1", ["::1"]),
        ("A.Example.Com", ["a.example.com"]),
    ],
)
@pytest.mark.usefixtures("led_here")
def test_a_good_certificate_is_taken(tls: Tls, host: str, names: list[str]) -> None:
    """The certificate is for this very host, by name, one wildcard or address, and its root is in the bundle."""
    with wire(GOOD, tls.context(tls.authority.issue_cert(*names))) as server:
        found, is_handed = plainly(host, server.port, tls.bundle)

    assert (found, is_handed) == (KEYS, False)


@pytest.mark.usefixtures("led_here")
def test_a_chain_over_an_intermediate_is_followed(tls: Tls) -> None:
    """A root that signs no server itself is found by the chain, and without the link in it nothing is trusted."""
    middle = tls.authority.create_child_ca()
    leaf = middle.issue_cert("a.example.com")
    with wire(GOOD, tls.context(leaf)) as server:
        assert plainly("a.example.com", server.port, tls.bundle) == (KEYS, False)
    lonely = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with leaf.cert_chain_pems[0].tempfile() as certificate, leaf.private_key_pem.tempfile() as key:
        lonely.load_cert_chain(certificate, key)
    with wire(GOOD, lonely) as server:
        assert plainly("a.example.com", server.port, tls.bundle) == ({}, True)
        assert server.heads == []


def bad_certificates(authority: trustme.CA) -> dict[str, tuple[str, trustme.LeafCert]]:
    """Return certificates that are not to be trusted, with the host that shows them."""
    other = trustme.CA()
    return {
        "another name": ("a.example.com", authority.issue_cert("b.example.com")),
        "two labels for one star": ("a.b.example.com", authority.issue_cert("*.example.com")),
        "the star's own domain": ("example.com", authority.issue_cert("*.example.com")),
        "only a common name": ("a.example.com", authority.issue_cert("erika@example.com", common_name="a.example.com")),
        "another address": ("127.0.0.1", authority.issue_cert("127.0.0.2")),
        "an address as a name": ("127.0.0.1", authority.issue_cert("localhost")),
        "over": ("a.example.com", authority.issue_cert("a.example.com", not_before=NOW - 9 * DAY, not_after=NOW - DAY)),
        "not yet": ("a.example.com", authority.issue_cert("a.example.com", not_before=NOW + DAY)),
        "an unknown root": ("a.example.com", other.issue_cert("a.example.com")),
        "a root of the same name": ("a.example.com", trustme.CA().issue_cert("a.example.com")),
    }


@pytest.mark.parametrize("name", bad_certificates(trustme.CA()))
@pytest.mark.usefixtures("led_here")
def test_nothing_is_sent_to_a_bad_certificate(tls: Tls, name: str) -> None:
    """Before the certificate is found good, no byte of the request leaves; botocore has the last word."""
    host, certificate = bad_certificates(tls.authority)[name]
    with wire(GOOD, tls.context(certificate)) as server:
        found = plainly(host, server.port, tls.bundle)

    assert found == ({}, True)
    assert server.heads == []


@pytest.mark.usefixtures("led_here")
def test_a_certificate_that_signs_itself_is_not_its_own_root(tls: Tls) -> None:
    """Whatever roots a server sends along, only those of the bundle count."""
    other = trustme.CA()
    leaf = other.issue_cert("a.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = b"".join([*(pem.bytes() for pem in leaf.cert_chain_pems), other.cert_pem.bytes(), tls.bundle.read_bytes()])
    path = tls.bundle.parent / "chain.pem"
    path.write_bytes(chain)
    with leaf.private_key_pem.tempfile() as key:
        context.load_cert_chain(path, key)
    with wire(GOOD, context) as server:
        assert plainly("a.example.com", server.port, tls.bundle) == ({}, True)
        assert server.heads == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_protocols_are_refused(tls: Tls) -> None:
    """A server that has nothing newer than TLS 1.1 is left to botocore, which refuses it as well."""
    context = tls.context(tls.authority.issue_cert("127.0.0.1"))
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with wire(GOOD, context) as server:
        assert plainly("127.0.0.1", server.port, tls.bundle) == ({}, True)
        assert server.heads == []


BUNDLES: dict[str, Callable[[Path, Path], str]] = {
    "good": lambda good, _: str(good),
    "among 140 others": lambda good, folder: written(folder, _many() + good.read_bytes()),
    "without the root": lambda _, folder: written(folder, _many()),
    "missing": lambda _, folder: str(folder / "nowhere.pem"),
    "empty name": lambda *_: "",
    "blank name": lambda *_: " ",
    "empty": lambda _, folder: written(folder, b""),
    "junk": lambda _, folder: written(folder, b"junk"),
    "broken base64": lambda good, folder: written(folder, good.read_bytes().replace(b"A", b"!")),
    "cut": lambda good, folder: written(folder, good.read_bytes()[:-60]),
    "a folder": lambda _, folder: str(folder),
    "with text around": lambda good, folder: written(folder, b"# Mine\n" + good.read_bytes() + b"\n# end\n"),
    "crlf": lambda good, folder: written(folder, good.read_bytes().replace(b"\n", b"\r\n")),
    "twice": lambda good, folder: written(folder, good.read_bytes() * 2),
    "with a list of the revoked": lambda good, folder: written(
        folder, good.read_bytes() + b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"
    ),
    "der": lambda good, folder: written(folder, ssl.PEM_cert_to_DER_cert(good.read_text())),
}


def _many() -> bytes:
    return (Path(plain._default_roots() or "")).read_bytes()  # noqa: SLF001 - what a test compares with


def written(folder: Path, content: bytes) -> str:
    """Write a bundle and return its path."""
    path = folder / "bundle.pem"
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("place", ["AWS_CA_BUNDLE", "ca_bundle", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("name", BUNDLES)
def test_the_same_roots_are_trusted(tls: Tls, name: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the bundle is named and whatever it is like, what botocore trusts is trusted, and nothing else."""
    folder = tls.bundle.parent / "bundles"
    folder.mkdir()
    bundle = BUNDLES[name](tls.bundle, folder)
    profile = replace(PROFILE, ca_bundle=bundle or None) if place == "ca_bundle" else PROFILE
    environment = {} if place == "ca_bundle" else {place: bundle}
    for variable, value in environment.items():
        # botocore reads this one of the process.
        monkeypatch.setenv(variable, value)
    with wire(GOOD, tls.context(tls.authority.issue_cert("127.0.0.1"))) as server:
        origin = f"https://127.0.0.1:{server.port}"
        found: list[object] = []
        for kind in ("portal", "client"):
            clients = clients_for(origin, environment, profile)
            try:
                made = clients.portal("eu-west-1") if kind == "portal" else clients.client("sso", "eu-west-1")
            except AwsenvError as error:
                found.append((type(error).__name__, str(error.problem), error.hint))
            else:
                found.append(outcome(clients, made))

    # An empty name is refused in words of awsenv's own, since older botocores take it for leave to trust anybody.
    is_named = bool(bundle.strip()) or found[0] == found[1]
    assert found[0] == found[1] if is_named else all("ConfigError" in str(each) for each in found)


def test_the_order_of_bundles_is_botocores() -> None:
    """AWS_CA_BUNDLE before the profile's, the profile's before REQUESTS_CA_BUNDLE, an empty one for none."""
    a, b, c = "/a.pem", "/b.pem", "/c.pem"
    with_own = replace(PROFILE, ca_bundle=b)
    all_three = {"AWS_CA_BUNDLE": a, "REQUESTS_CA_BUNDLE": c}

    def roots(profile: Profile, environment: Mapping[str, str]) -> str | None:
        door = find_door("eu-west-1", None, profile, environment)
        return door.roots if door else None

    assert roots(with_own, all_three) == a
    assert roots(with_own, {"REQUESTS_CA_BUNDLE": c}) == b
    assert roots(PROFILE, {"REQUESTS_CA_BUNDLE": c}) == c
    own = roots(PROFILE, {})
    assert own is not None
    assert own.endswith("cacert.pem")
    with pytest.raises(ConfigError, match="AWS_CA_BUNDLE is empty"):
        roots(PROFILE, {"AWS_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": c})
