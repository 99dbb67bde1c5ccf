"""Whom the portal's token is told: nobody but a server with a good certificate."""

import os
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.httpsession import create_urllib3_context
from certificates import Authority, Certificate
from loopback import KEYS, Loopback, answer
from unit.aws.both_portals import CANARY, Outcome, ask, ask_botocore

from awsenv.aws.retries import MOST_TRIES
from awsenv.aws.trust import trusting_context
from awsenv.errors import ExitCode

_DAY = timedelta(days=1)
HERE = "IP:127.0.0.1"
HINT = "the certificate was not trusted; a company's own is named by AWS_CA_BUNDLE"
# Who asks: awsenv itself, botocore on its behalf since OpenSSL refused, or nobody.
OURS, THEIRS, NOBODY = "awsenv/", "Botocore/", ""

Issue = Callable[[Authority, Path], Certificate]
BAD: Mapping[str, tuple[Issue, str]] = {
    "another address": (lambda root, _: root.issue("x", "IP:127.0.0.2"), "'127.0.0.1' doesn't match"),
    "a name that looks like the address": (
        lambda root, _: root.issue("x", "DNS:127.0.0.1"),
        "'127.0.0.1' doesn't match",
    ),
    "a common name alone": (lambda root, _: root.issue("127.0.0.1"), "no appropriate subjectAltName"),
    "expired": (lambda root, _: root.issue("x", HERE, begins=-2 * _DAY, ends=-_DAY), "certificate has expired"),
    "not yet valid": (lambda root, _: root.issue("x", HERE, begins=_DAY, ends=2 * _DAY), "not yet valid"),
    "for clients alone": (lambda root, _: root.issue("x", HERE, is_for_clients=True), "certificate purpose"),
    "self-signed": (lambda _, folder: Authority(folder, "Self").own, "self-signed certificate"),
    "of an unknown authority": (lambda _, folder: Authority(folder, "Stranger").issue("x", HERE), "local issuer"),
    "of a namesake": (lambda _, folder: Authority(folder).issue("x", HERE), "verify failed"),
    "of somebody not entitled": (
        lambda root, folder: Authority(folder, "Leaf", above=root, is_entitled=False).issue("x", HERE),
        "invalid CA certificate",
    ),
}


def _demand_untold(server: Loopback, outcome: Outcome, reason: str) -> None:
    error = outcome.error
    assert error is not None
    assert (error.exit_code, error.hint) == (ExitCode.AWS_UNREACHABLE, HINT)
    assert server.url() in error.problem
    assert reason in error.problem
    assert CANARY not in error.problem
    # Not one byte was sent that only the holder of the key could read.
    assert (server.requests, server.strays, outcome.sleeps) == ([], b"", 0)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_certificate_is_told_nothing(authority: Authority, tmp_path: Path, name: str) -> None:
    """Before a server's certificate is good, nothing is sent; the error names server and reason and is not retried."""
    issue, reason = BAD[name]
    with Loopback(context=issue(authority, tmp_path).server_context()) as server:
        outcome = ask({"AWS_ENDPOINT_URL_SSO": server.url(), "AWS_CA_BUNDLE": str(authority.bundle)})
        assert server.connections >= 1
    _demand_untold(server, outcome, reason)


def test_a_chain_without_its_middle_is_told_nothing(authority: Authority, tmp_path: Path) -> None:
    """A server that does not send the intermediate certificate is not trusted; with it, it is."""
    certificate = Authority(tmp_path, "Between", above=authority).issue("x", HERE)
    environment = {"AWS_CA_BUNDLE": str(authority.bundle)}
    with Loopback(context=certificate.server_context(is_whole=False)) as server:
        _demand_untold(server, ask(environment | {"AWS_ENDPOINT_URL_SSO": server.url()}), "local issuer")
    with Loopback(context=certificate.server_context()) as server:
        outcome = ask(environment | {"AWS_ENDPOINT_URL_SSO": server.url()})
        assert (outcome.said[0], server.asked_by()) == (KEYS["accessKeyId"], [OURS])


@pytest.mark.parametrize(
    ("host", "listens", "subject", "asked_by"),
    [
        ("127.0.0.1", "127.0.0.1", "IP:127.0.0.1", OURS),
        ("::1", "::1", "IP:::1", OURS),
        ("::1", "::1", "IP:::2", NOBODY),
        ("0:0:0:0:0:0:0:1", "::1", "IP:::1", OURS),
        ("localhost", "127.0.0.1", "DNS:localhost", OURS),
        ("localhost", "127.0.0.1", "DNS:LOCALHOST", OURS),
        ("localhost", "127.0.0.1", "IP:127.0.0.1", NOBODY),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:portal.sso.eu-west-1.amazonaws.com", OURS),
        ("PORTAL.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:portal.sso.eu-west-1.amazonaws.com", OURS),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:*.sso.eu-west-1.amazonaws.com", OURS),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:*.eu-west-1.amazonaws.com", NOBODY),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:portal.*.eu-west-1.amazonaws.com", NOBODY),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:port*.sso.eu-west-1.amazonaws.com", THEIRS),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:sso.eu-west-1.amazonaws.com", NOBODY),
        ("portal.sso.eu-west-1.amazonaws.com", "127.0.0.1", "DNS:evil.example", NOBODY),
    ],
)
def test_a_certificate_is_for_the_host_that_was_meant(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, host: str, listens: str, subject: str, asked_by: str
) -> None:
    """Names and addresses are compared as botocore's client does; a wildcard stands for one label at most."""
    look_up = socket.getaddrinfo
    # AWS's names lead here, as a name server that lies would have it.
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **options: look_up(listens, *more, **options))
    with Loopback(context=authority.issue("x", subject).server_context(), host=listens) as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url(host), "AWS_CA_BUNDLE": str(authority.bundle)}
        outcome = ask(environment)
        seen = server.asked_by()
        theirs = ask_botocore(environment)
    assert outcome.said == theirs.said
    assert seen == ([asked_by] if asked_by else [])
    assert (theirs.error is None, server.strays) == (bool(asked_by), b"")


def _reset(connection: socket.socket) -> None:
    connection.recv(5)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _answering(content: bytes) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        connection.recv(5000)
        connection.sendall(content)

    return play


HANDSHAKES = {
    "no TLS": _answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "nothing": _answering(b""),
    "a reset": _reset,
    "an alert": _answering(b"\x15\x03\x03\x00\x02\x02\x28"),
    "an alert about the name": _answering(b"\x15\x03\x03\x00\x02\x02\x70"),
    "noise": _answering(b"\x16\x03\x03\x40\x00" + b"x" * 16384),
}


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_handshake_that_fails_says_what_botocore_says(authority: Authority, name: str) -> None:
    """Who does not speak TLS, or breaks off, is told nothing, and the error is botocore's."""
    with Loopback(HANDSHAKES[name]) as server:
        server.reads_requests = False
        url = server.url().replace("http", "https")
        environment = {"AWS_ENDPOINT_URL_SSO": url, "AWS_CA_BUNDLE": str(authority.bundle)}
        ours, theirs = ask(environment), ask_botocore(environment)
    assert ours.said == theirs.said
    assert ours.error is not None
    assert ours.error.exit_code == ExitCode.AWS_UNREACHABLE


def test_a_connection_that_breaks_is_nothing_to_ask_botocore_about(authority: Authority) -> None:
    """Only what TLS refuses is tried by botocore as well: a broken connection is tried as often as any other."""
    with Loopback(_reset) as server:
        server.reads_requests = False
        url = server.url().replace("http", "https")
        ask({"AWS_ENDPOINT_URL_SSO": url, "AWS_CA_BUNDLE": str(authority.bundle)})
        assert server.connections == MOST_TRIES


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_certificate_of_ours_says_so(authority: Authority, version: ssl.TLSVersion) -> None:
    """Before or after the handshake is over, what ends the connection is told, and not taken for a bad network."""
    context = authority.issue("x", HERE).server_context()
    context.maximum_version, context.verify_mode = version, ssl.CERT_REQUIRED
    context.load_verify_locations(authority.bundle)
    with Loopback(context=context) as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url(), "AWS_CA_BUNDLE": str(authority.bundle)}
        ours, theirs = ask(environment), ask_botocore(environment)
    assert ours.said == theirs.said
    assert "alert" in str(ours.error)


def test_a_record_that_is_damaged_on_its_way_is_no_answer(authority: Authority) -> None:
    """Half an answer and a record of noise come to what botocore makes of them."""

    def play(connection: socket.socket) -> None:
        connection.sendall(answer()[:50])
        os.write(connection.fileno(), b"\x17\x03\x03\x00\x20" + b"x" * 32)

    with Loopback(play, authority.issue("x", HERE).server_context()) as server:
        environment = {"AWS_ENDPOINT_URL_SSO": server.url(), "AWS_CA_BUNDLE": str(authority.bundle)}
        assert ask(environment).said == ask_botocore(environment).said


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_tls_do(authority: Authority, version: ssl.TLSVersion) -> None:
    """The roots are chosen from the chain, which either version shows."""
    context = authority.issue("x", HERE).server_context()
    context.minimum_version = context.maximum_version = version
    with Loopback(context=context) as server:
        ask({"AWS_ENDPOINT_URL_SSO": server.url(), "AWS_CA_BUNDLE": str(authority.bundle)})
        assert server.asked_by() == [OURS]


def test_a_python_that_does_not_show_the_chain_leaves_it_to_botocore(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that, no root is loaded and nobody trusted: it costs time, and no safety."""
    monkeypatch.setattr(ssl.SSLContext, "_msg_callback", None)
    with Loopback(context=authority.issue("x", HERE).server_context()) as server:
        outcome = ask({"AWS_ENDPOINT_URL_SSO": server.url(), "AWS_CA_BUNDLE": str(authority.bundle)})
        assert (outcome.said[0], server.asked_by()) == (KEYS["accessKeyId"], [THEIRS])


def test_trust_is_set_up_as_botocore_sets_it_up(authority: Authority) -> None:
    """Versions, options, checks and ciphers of a connection are those of botocore's client, and the checks are on."""
    ours: Any = trusting_context(str(authority.bundle))
    theirs: Any = create_urllib3_context()
    names = ("options", "verify_mode", "verify_flags", "minimum_version", "maximum_version", "post_handshake_auth")
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
    assert ours.get_ciphers() == theirs.get_ciphers()
    # urllib3 sets this one and that one as it connects.
    assert (ours.check_hostname, ours.hostname_checks_common_name) == (True, False)
    assert (ours.verify_mode, ours.minimum_version) == (ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_2)
