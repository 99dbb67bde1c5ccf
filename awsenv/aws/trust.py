"""TLS by the roots of a file, of which only those are parsed that the server's chain leads to.

All of them would take longer than the rest of the command. The chain is looked for by name as it arrives, before it is
verified; what is loaded then are roots of the file, so that nothing else is ever trusted, whatever a server sends. What
is broken inside a certificate that nothing leads to goes unnoticed.
"""

import ssl
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from pathlib import Path

_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
_WIDTH = 64
_LARGEST = 5_000_000
_READ, _HANDSHAKE, _CERTIFICATE = "read", 22, 11
_EXPLICIT_VERSION = 0xA0
# What stands before the subject of a certificate: its number, algorithm, issuer and validity.
_BEFORE_SUBJECT = 4


class UnknownBundle(Exception):
    """A file of certificates that this module has no rules for."""


def trusting_context(path: str) -> ssl.SSLContext:
    """Return what a TLS client needs to trust the roots in a PEM file, set up as botocore does it.

    Raises:
        UnknownBundle: the file cannot be read, or holds other things than certificates.
    """
    roots = list(_roots(_read(path)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    context.post_handshake_auth = True
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])

    def choose(_connection: object, direction: str, _version: int, kind: int, message: int, content: bytes) -> None:
        if direction == _READ and kind == _HANDSHAKE and message == _CERTIFICATE:
            for root in _leading_to(content, roots):
                context.load_verify_locations(cadata=root)

    # Not among what is documented for programs: without it no root is loaded, and botocore has a look.
    context._msg_callback = choose  # type: ignore[attr-defined]  # noqa: SLF001
    return context


def _read(path: str) -> bytes:
    file = Path(path)
    try:
        if not file.is_file():
            raise UnknownBundle
        with file.open("rb") as opened:
            content = opened.read(_LARGEST)
    except (OSError, ValueError) as error:
        raise UnknownBundle from error
    return content


def _roots(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    # Only the form that OpenSSL writes, and so takes for certain: it is choosy in ways of its own with all others, and
    # lists of revoked certificates, and those that are trusted for some uses only, are for it to read.
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    before, *blocks = (b"\n" + content).split(_BEGIN)
    if not blocks or content.count(b"-----BEGIN ") != len(blocks):
        raise UnknownBundle
    for block in blocks:
        text, end, after = block.partition(_END)
        if not before.endswith(b"\n") or not end or (after and not after.startswith(b"\n")):
            raise UnknownBundle
        before = after
        try:
            root = _decoded(text)
            yield _subject(root), root
        except (ValueError, IndexError) as error:
            raise UnknownBundle from error


def _decoded(text: bytes) -> bytes:
    letters, breaks = text.replace(b"\n", b""), text[:: _WIDTH + 1]
    certificate = a2b_base64(letters)
    # A break before each line, of which all are full but the last, and one at the end; and only letters that
    # count.
    is_even = breaks == b"\n" * len(breaks) and text.endswith(b"\n")
    is_whole = len(text) - len(letters) == -(-len(letters) // _WIDTH) + 1
    if not is_even or not is_whole or b2a_base64(certificate, newline=False) != letters:
        raise ValueError
    return certificate


def _leading_to(content: bytes, roots: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    # A root of the file may have been issued by another one there.
    unseen, waiting = roots, [content]
    while waiting:
        message = waiting.pop()
        found = [pair for pair in unseen if pair[0] in message]
        unseen = [pair for pair in unseen if pair[0] not in message]
        for _, root in found:
            yield root
            waiting.append(root)


def _subject(certificate: bytes) -> bytes:
    at, _ = _element(certificate, _element(certificate, 0)[0])
    if certificate[at] == _EXPLICIT_VERSION:
        _, at = _element(certificate, at)
    for _ in range(_BEFORE_SUBJECT):
        _, at = _element(certificate, at)
    start, end = _element(certificate, at)
    if end > len(certificate) or start == end:
        raise ValueError
    return certificate[start:end]


def _element(text: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the DER element at `at` begins and ends."""
    length, at = text[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        length, at = int.from_bytes(text[at : at + octets], "big"), at + octets
    return at, at + length
