"""Which certificates are trusted: those of the file that botocore's client would take, and no others."""

import os
import ssl
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import pytest
from certificates import Authority
from loopback import Loopback
from unit.aws.both_portals import PROFILE, ask, ask_botocore
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.aws.clients import Clients
from awsenv.aws.trust import UnknownBundle, trusting_context
from awsenv.errors import ConfigError, ExitCode
from awsenv.values import replace

HERE = "IP:127.0.0.1"
# What each of the three places says: nothing, the right file, a wrong one, or an empty text.
UNSET, RIGHT, WRONG, EMPTY = "unset", "right", "wrong", ""
ORDERS = (
    # AWS_CA_BUNDLE, ca_bundle of the profile, REQUESTS_CA_BUNDLE, and whether the server is trusted
    (RIGHT, UNSET, UNSET, True),
    (UNSET, RIGHT, UNSET, True),
    (UNSET, UNSET, RIGHT, True),
    (UNSET, UNSET, UNSET, False),
    (RIGHT, WRONG, WRONG, True),
    (WRONG, RIGHT, RIGHT, False),
    (UNSET, RIGHT, WRONG, True),
    (UNSET, WRONG, RIGHT, False),
    (EMPTY, RIGHT, WRONG, True),
    (EMPTY, WRONG, RIGHT, False),
)


@pytest.mark.parametrize(("aws", "profiles", "requests", "is_trusted"), ORDERS)
def test_the_order_of_bundles_is_botocores(
    authority: Authority, stranger: Authority, aws: str, profiles: str, requests: str, *, is_trusted: bool
) -> None:
    """AWS_CA_BUNDLE comes first, then the profile's ca_bundle, REQUESTS_CA_BUNDLE, and what botocore ships."""
    texts = {RIGHT: str(authority.bundle), WRONG: str(stranger.bundle), EMPTY: ""}
    named = {"AWS_CA_BUNDLE": aws, "REQUESTS_CA_BUNDLE": requests}
    environment = {name: texts[each] for name, each in named.items() if each in texts}
    profile = replace(PROFILE, ca_bundle=texts.get(profiles))
    with Loopback(context=authority.issue("x", HERE).server_context()) as server:
        environment["AWS_ENDPOINT_URL_SSO"] = server.url()
        ours = ask(environment, profile=profile)
        by_itself = [who == "awsenv/" for who in server.asked_by()]
        theirs = ask_botocore(environment, profile=profile)
    assert ours.said == theirs.said
    assert (ours.error is None, by_itself) == (is_trusted, [True] if is_trusted else [])


@pytest.mark.soak
@pytest.mark.parametrize("said", list(product((UNSET, RIGHT, WRONG, EMPTY), repeat=3)))
def test_every_order_of_bundles_is_botocores(
    authority: Authority, stranger: Authority, said: tuple[str, str, str]
) -> None:
    """Whatever the three places say, both trust a server or neither does, for the same reason."""
    texts = {RIGHT: str(authority.bundle), WRONG: str(stranger.bundle), EMPTY: ""}
    named = {"AWS_CA_BUNDLE": said[0], "REQUESTS_CA_BUNDLE": said[2]}
    environment = {name: texts[each] for name, each in named.items() if each in texts}
    profile = replace(PROFILE, ca_bundle=texts.get(said[1]))
    with Loopback(context=authority.issue("x", HERE).server_context()) as server:
        environment["AWS_ENDPOINT_URL_SSO"] = server.url()
        outcomes = [ask(environment, profile=profile), ask_botocore(environment, profile=profile)]
    assert type(outcomes[0].error) is type(outcomes[1].error)


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle"])
def test_an_empty_name_of_a_bundle_is_no_leave_to_trust_anybody(stranger: Authority, name: str, text: str) -> None:
    """An empty name is an error of the configuration, that says where it stands.

    Older botocores take it for the wish not to verify.
    """
    profile = replace(PROFILE, ca_bundle=text) if name == "ca_bundle" else PROFILE
    environment = {} if name == "ca_bundle" else {name: text}
    with Loopback(context=stranger.issue("x", HERE).server_context()) as server:
        error = ask(environment | {"AWS_ENDPOINT_URL_SSO": server.url()}, profile=profile).error
    assert error is not None
    assert (error.exit_code, server.connections) == (ExitCode.CONFIG, 0)
    assert name in error.problem


@pytest.mark.parametrize("service", ["sso", "sso_oidc", "sts"])
def test_no_client_of_botocores_gets_an_empty_name(tmp_path: Path, service: str) -> None:
    """What goes through botocore, a refresh token for instance, is under the same rule, whatever its version does."""
    named: dict[str, str] = {"AWS_CA_BUNDLE": ""}
    cases = ((named, PROFILE), (dict[str, str](), replace(PROFILE, ca_bundle=" ")))
    for environment, profile in cases:
        with pytest.raises(ConfigError, match="is empty"):
            Clients(runtime_of(StoppedClock(), tmp_path, environment), profile).client(service, "eu-west-1")


def _block(kind: str, text: bytes) -> bytes:
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (kind.encode(), text, kind.encode())


def _spoilt(pem: bytes) -> bytes:
    # The version of the certificate becomes a text.
    inside = ssl.PEM_cert_to_DER_cert(pem.decode()).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x04\x01\x02", 1)
    return ssl.DER_cert_to_PEM_cert(inside).encode()


Bundle = Callable[[bytes], bytes]
BUNDLES: Mapping[str, Bundle] = {
    "nothing": lambda _: b"",
    "words": lambda _: b"no certificates here\n",
    "noise": lambda _: bytes(range(256)) * 100,
    "in DER": lambda pem: b"0\x82" + pem,
    "a good one among words": lambda pem: b"# ours\n\xff\xfe\n" + pem + b"the end",
    "a good one after a mark": lambda pem: b"\xef\xbb\xbf" + pem,
    "lines of Windows": lambda pem: pem.replace(b"\n", b"\r\n"),
    "lines of an old Mac": lambda pem: pem.replace(b"\n", b"\r"),
    "twice the same": lambda pem: pem + pem,
    "thrice without an empty line": lambda pem: pem.rstrip() + b"\n" + pem.rstrip() + b"\n" + pem,
    "two in one line": lambda pem: pem.rstrip() + pem,
    "an empty line before the end": lambda pem: pem.replace(b"\n-----END", b"\n\n-----END"),
    "an empty line inside": lambda pem: pem.replace(b"\nMI", b"\n\nMI"),
    "a line too short": lambda pem: pem[:100] + b"\n" + pem[100:],
    "not ended": lambda pem: pem.replace(b"-----END CERTIFICATE-----", b""),
    "one broken before": lambda pem: _block("CERTIFICATE", b"AAAA") + pem,
    "one broken after": lambda pem: pem + _block("CERTIFICATE", b"AAAA"),
    "no base64": lambda pem: pem + _block("CERTIFICATE", b"!!!!"),
    "an empty one": lambda pem: pem + _block("CERTIFICATE", b""),
    "cut": lambda pem: pem + pem[: len(pem) // 2],
    "cut inside": lambda pem: pem.replace(pem[80:120], b"") + pem,
    "beside a key": lambda pem: _block("PRIVATE KEY", b"AAAA") + pem,
    "beside a list of revoked ones": lambda pem: pem + _block("X509 CRL", b"AAAA"),
    "marked as trusted": lambda pem: pem.replace(b" CERTIFICATE-", b" TRUSTED CERTIFICATE-"),
    "of an older kind": lambda pem: pem.replace(b" CERTIFICATE-", b" X509 CERTIFICATE-"),
    "headers inside": lambda pem: pem.replace(b"CERTIFICATE-----\n", b"CERTIFICATE-----\nProc-Type: 4\n\n", 1),
    "indented": lambda pem: pem.replace(b"\n", b"\n  "),
    "one line": lambda pem: pem.replace(b"\n", b"").replace(b"-----MII", b"-----\nMII"),
    "blanks at the ends": lambda pem: pem.replace(b"\n", b"  \n"),
    "broken inside": _spoilt,
    "an odd letter": lambda pem: pem.replace(b"\n-----END", b"!\n-----END"),
    "bytes behind": lambda pem: ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(pem.decode()) + bytes(9)).encode(),
    "more behind the certificate": lambda pem: (
        pem[: pem.index(b"-----END")] + b"AAAA\n" + pem[pem.index(b"-----END") :]
    ),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_whatever_a_bundle_holds_the_answer_is_botocores(authority: Authority, tmp_path: Path, name: str) -> None:
    """A server is trusted by an odd file exactly where botocore's client trusts it, and with the same words."""
    path = tmp_path / "bundle.pem"
    path.write_bytes(BUNDLES[name](authority.bundle.read_bytes()))
    with Loopback(context=authority.issue("x", HERE).server_context()) as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url(), "AWS_CA_BUNDLE": str(path)}
        assert ask(environment).said == ask_botocore(environment).said


def _folder(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize("make", [lambda _: None, _folder, _loop, _pipe, _endless, _huge])
def test_a_bundle_that_is_no_file_is_left_to_botocore(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """What is no file, or cannot be read, is trusted by nobody; nothing hangs, and nothing is read without end."""
    make(tmp_path / "bundle.pem")
    for name in ("bundle.pem", "bundle.pem\0"):
        with pytest.raises(UnknownBundle):
            trusting_context(str(tmp_path / name))


_NUMBER, _EMPTY, _SUBJECT = b"\x02\x01\x01", b"\x30\x00", b"\x30\x02\x05\x00"


@pytest.mark.parametrize(
    ("content", "is_known"),
    [
        # The oldest roots have no version.
        (_NUMBER + _EMPTY * 3 + _SUBJECT, True),
        (b"\xa0\x03\x02\x01\x02" + _NUMBER + _EMPTY * 3 + _SUBJECT, True),
        # An empty name would be found in any chain.
        (_NUMBER + _EMPTY * 4, False),
        (_NUMBER + _EMPTY * 3, False),
        (_NUMBER + _EMPTY * 3 + b"\x30\x09\x05\x00", False),
        (_NUMBER + _EMPTY * 3 + b"\x30\xff", False),
    ],
)
def test_a_root_needs_a_name(tmp_path: Path, content: bytes, *, is_known: bool) -> None:
    """A certificate is looked for by its subject: one that has none, or none that ends, is left to botocore."""
    inner = b"\x30" + bytes([len(content)]) + content
    path = tmp_path / "bundle.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(b"\x30" + bytes([len(inner)]) + inner))
    with nullcontext() if is_known else pytest.raises(UnknownBundle):
        trusting_context(str(path))
