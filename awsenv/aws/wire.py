"""One answer of HTTP/1.1, read to its end and no further than one of AWS's goes. Knows no sockets."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

# The largest answer is some 2 KB; beyond, it is not AWS's.
_LONGEST_BODY = 1_000_000
_LONGEST_LINE, _LONGEST_HEAD = 65_536, 262_144
# Of headers, as Python's own client has it.
_MOST_LINES = 100
_MOST_CHUNKS = 10_000
_INTERIM, _SWITCHED, _OK, _NO_CONTENT, _NOT_MODIFIED = 100, 101, 200, 204, 304


class Closed(Exception):
    """A connection that ended, or said something else than HTTP."""


class TooLong(Exception):
    """A body beyond any of AWS's."""


def read_answer(file: BinaryIO) -> tuple[int, dict[str, str], bytes]:
    """Return the status, the headers by their names in lower case, and the body.

    Raises:
        Closed, TooLong: no such answer came.
    """
    status = _INTERIM
    # Interim answers come before the one that counts.
    for _ in range(_MOST_LINES):
        status = _parse_status(file.readline(_LONGEST_LINE))
        headers = _read_headers(file)
        if status >= _OK:
            break
        if status == _SWITCHED:
            # To another protocol, which nobody asked for.
            raise Closed
    return status, headers, b"" if status in (_NO_CONTENT, _NOT_MODIFIED) else _read_body(file, headers)


def _parse_status(line: bytes) -> int:
    version, _, rest = line.rstrip(b"\r\n").partition(b" ")
    number = rest.lstrip()[:4].rstrip()
    if version not in (b"HTTP/1.0", b"HTTP/1.1") or len(number) != len("200") or not number.isdigit():
        raise Closed
    return int(number)


def _read_headers(file: BinaryIO) -> dict[str, str]:
    found: dict[str, str] = {}
    left = _LONGEST_HEAD
    for _ in range(_MOST_LINES + 1):
        line = file.readline(_LONGEST_LINE)
        left -= len(line)
        if left < 0 or not line.endswith(b"\n"):
            raise Closed
        if line in (b"\r\n", b"\n"):
            return found
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    raise Closed


def _read_body(file: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(_chunks(file))
    else:
        given = _length(headers)
        body = file.read(_LONGEST_BODY + 1 if given is None else min(given, _LONGEST_BODY + 1))
        if given is not None and len(body) < min(given, _LONGEST_BODY):
            raise Closed
    if len(body) > _LONGEST_BODY:
        raise TooLong
    return body


def _length(headers: Mapping[str, str]) -> int | None:
    lengths = {text.strip() for text in headers.get("content-length", "").split(",")}
    if len(lengths) > 1:
        # Nobody knows where such an answer ends.
        raise Closed
    length = lengths.pop()
    if not length.isascii() or not length.isdigit():
        return None
    if len(length) > len(str(_LONGEST_BODY)):
        raise TooLong
    return int(length)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    left = _LONGEST_BODY
    for _ in range(_MOST_CHUNKS):
        size = file.readline(_LONGEST_LINE).partition(b";")[0].strip()
        if not size or len(size.lstrip(b"0")) > len("ffffff") or size.strip(b"0123456789abcdefABCDEF"):
            raise Closed
        length = int(size, 16)
        if length == 0:
            return
        content = file.read(min(length, left + 1))
        left -= len(content)
        yield content
        if left < 0:
            return
        if len(content) != length or file.read(2) != b"\r\n":
            raise Closed
    raise Closed
