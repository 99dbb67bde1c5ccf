"""What a server may answer, as bytes: odd HTTP, odd JSON, odd refusals."""

import gzip
import json
import math
import zlib
from collections.abc import Iterator
from typing import Any

from loopback import KEYS, answer

BODY = json.dumps({"roleCredentials": KEYS}).encode()
NO = b'{"message":"no"}'


def _head(*lines: str, first: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join((first, *lines, "", "")).encode("latin-1")


def _chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


_CHUNKED = _head("Transfer-Encoding: chunked")
_LENGTH = f"Content-Length: {len(BODY)}"

# How an answer travels.
WIRE = {
    "whole": answer(),
    "chunked": _CHUNKED + _chunks(BODY),
    "a byte a chunk": _CHUNKED + _chunks(*(BODY[at : at + 1] for at in range(len(BODY)))),
    "chunks with extensions": _CHUNKED + b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    "chunks with trailers": _CHUNKED + _chunks(BODY, end=b"0\r\nX: y\r\n\r\n"),
    "chunks in capitals": _head("Transfer-Encoding: Chunked") + _chunks(BODY),
    "chunks of many digits": _CHUNKED + b"00000000%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    "chunks without an end": _CHUNKED + _chunks(BODY, end=b""),
    "chunks that are cut": _CHUNKED + b"%x\r\n%s" % (len(BODY), BODY[:-5]),
    "chunks of no size": _CHUNKED + b"zz\r\n" + BODY,
    "chunks longer than told": _CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) + 10, BODY),
    "chunks and a length": _head("Transfer-Encoding: chunked", "Content-Length: 5") + _chunks(BODY),
    "gzip within chunks": _head("Transfer-Encoding: gzip, chunked") + _chunks(gzip.compress(BODY)),
    "gzip, unasked": answer(gzip.compress(BODY), headers={"Content-Encoding": "gzip"}),
    "gzip, untold": answer(gzip.compress(BODY)),
    "gzip that is none": answer(headers={"Content-Encoding": "gzip"}),
    "gzip, cut": answer(gzip.compress(BODY)[:-12], headers={"Content-Encoding": "gzip"}),
    "deflate": answer(zlib.compress(BODY), headers={"Content-Encoding": "deflate"}),
    "an encoding that is none": answer(headers={"Content-Encoding": "identity"}),
    "no length": answer(headers={"Content-Length": ""}),
    "a length too short": answer(headers={"Content-Length": "20"}),
    "a length below nothing": answer(headers={"Content-Length": "-5"}),
    "a length of words": answer(headers={"Content-Length": "abc"}),
    "a length of nothing": answer(headers={"Content-Length": "0"}),
    "the length twice": _head(_LENGTH, _LENGTH) + BODY,
    "two lengths, the second short": _head(_LENGTH, "Content-Length: 5") + BODY,
    "two lengths, the first short": _head("Content-Length: 5", _LENGTH) + BODY,
    "cut in the body": answer()[:-20],
    "cut in the headers": answer()[:40],
    "cut in the status": b"HTTP/1.1 20",
    "nothing": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a line without an end": b"x" * 100_000,
    "an interim answer before": _head(first="HTTP/1.1 100 Continue") + answer(),
    "two interim answers before": _head(first="HTTP/1.1 100 Continue") * 2 + answer(),
    "an interim answer alone": _head(first="HTTP/1.1 100 Continue"),
    "another protocol from now on": _head(first="HTTP/1.1 101 Switching Protocols") + answer(),
    "HTTP/1.0": answer(version="1.0"),
    "HTTP/1.0 without a length": answer(version="1.0", headers={"Content-Length": ""}),
    "HTTP/2.0": answer(version="2.0"),
    "HTTP of capitals": answer().replace(b"HTTP", b"http", 1),
    "HTTP/0.9": BODY,
    "more behind it": answer(headers={"Connection": "keep-alive"}) + answer(b"{}"),
    "no reason": answer(status="200"),
    "a reason of odd bytes": _head(_LENGTH, first="HTTP/1.1 200 \xff\xfe") + BODY,
    "a status of two digits": answer(status="20 OK"),
    "a status of four digits": answer(status="2000 OK"),
    "a status of words": answer(status="fine OK"),
    "lines of Unix": answer().replace(b"\r\n", b"\n"),
    "an empty line before": b"\r\n" + answer(),
    "99 headers": _head(*(f"X-{number}: y" for number in range(99))) + BODY,
    "101 headers": _head(*(f"X-{number}: y" for number in range(101))) + BODY,
    "a header of 65,000 letters": _head("X: " + "y" * 65_000) + BODY,
    "a header of 70,000 letters": _head("X: " + "y" * 70_000) + BODY,
    "a header without a colon": _head("nonsense", _LENGTH) + BODY,
    "a header in two lines": _head("X: a", " b", _LENGTH) + BODY,
    "a line of a blank": _head(_LENGTH, " ", "X: y") + BODY,
    "a header of NUL": _head("X: \0", _LENGTH) + BODY,
    "the date twice": _head("Date: Mon, 23 Nov 2026 09:00:00 GMT", "Date: Mon, 23 Nov 2026 12:00:00 GMT") + BODY,
    **{f"{status} and keys": answer(status=f"{status} X") for status in (201, 204, 205, 206, 299, 300, 304)},
    **{
        f"{status} to elsewhere": answer(b"", f"{status} X", {"Location": "http://127.0.0.1:9/"})
        for status in (301, 302, 303, 307, 308)
    },
}

# What is not taken although botocore takes it, or taken though botocore does not; the latter as the RFC has it.
STRICTER = {
    "a length of forty digits": answer(headers={"Content-Length": "9" * 40}),
    "a length too long": answer(headers={"Content-Length": str(len(BODY) + 10)}),
    "a chunk's size with a sign": _CHUNKED + b"+%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    "a chunk's size with a prefix": _CHUNKED + b"0x%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    "HTTP/1.2": answer(version="1.2"),
    "interim answers without end": _head(first="HTTP/1.1 100 Continue") * 300 + answer(),
}
LAXER = {"hints before": _head("Link: x", first="HTTP/1.1 103 Early Hints") + answer()}


def _with(**members: object) -> bytes:
    return json.dumps({"roleCredentials": KEYS | members}).encode()


def _wrong_members() -> Iterator[tuple[str, bytes]]:
    for name in ("accessKeyId", "secretAccessKey", "sessionToken"):
        odd: tuple[Any, ...] = (None, 5, "", ["x"], {}, True)
        for value in odd:
            yield f"{name} is {value!r}", _with(**{name: value})
        kept = {key: value for key, value in KEYS.items() if key != name}
        yield f"{name} is missing", json.dumps({"roleCredentials": kept}).encode()
    for value in (4e12, math.nan, math.inf, -5, "4000000000000", "soon", None, 10**30, True, [1], 1.5, 1e308):
        yield f"expiration is {value!r}", _with(expiration=value)


# What an answer says. Deep nesting is apart, as botocore's own parser ends the thread with it.
JSON = {
    **dict(_wrong_members()),
    **{
        f"the text {text.decode()!r}": text
        for text in (b"[]", b"null", b'"x"', b"1", b"NaN", b"true", b"", b"  ", b"{", b"<html>hi</html>")
    },
    **{
        f"roleCredentials is {text.decode()}": b'{"roleCredentials":%s}' % text
        for text in (b"null", b"[]", b'"x"', b"{}", b"9" * 5000)
    },
    "nesting": b"[" * 100_000,
    "nesting of objects": b'{"roleCredentials":' * 5000 + b"1" + b"}" * 5000,
    "the last of two names": b'{"roleCredentials":1,"roleCredentials":%s}' % json.dumps(KEYS).encode(),
    "null for the second name": b'{"roleCredentials":%s,"roleCredentials":null}' % json.dumps(KEYS).encode(),
    "a mark of the byte order": b"\xef\xbb\xbf" + BODY,
    "UTF-16": BODY.decode().encode("utf-16"),
    "UTF-16 without a mark": BODY.decode().encode("utf-16-le"),
    "Latin-1": BODY.replace(b"practice-session", b"\xe9"),
    "half a character": BODY.replace(b"practice-session", b"\\ud800"),
    "NUL in a key": BODY.replace(b"practice-session", b"\\u0000"),
    "a line break in a key": BODY.replace(b"practice-session", b"a\\nb"),
    "more behind": BODY + b"x",
    "lines behind": BODY + b"\r\n\r\n",
    "other capitals": BODY.replace(b"roleCredentials", b"RoleCredentials"),
}

_ERRORS = {
    "a type": b'{"__type":"a.b#XException:http://x","message":"m"}',
    "a code": b'{"code":"C","message":"m"}',
    "Code": b'{"Code":"C","Message":"m"}',
    "numbers": b'{"code":5,"message":5}',
    "nulls": b'{"code":null,"message":null}',
    "lists": b'{"code":["a"],"message":["x"]}',
    "a list": b'["x"]',
    "a number": b"5",
    "no JSON": b"oops",
    "nesting": b"[" * 100_000,
    "odd bytes": b"\xff\xfe",
    "OAuth": b'{"error":"slow_down","error_description":"d"}',
    "a page": b"<html>x</html>",
    "nothing": b"",
}
_STATUSES = (400, 401, 403, 404, 408, 409, 418, 429, 431, 500, 502, 503, 504, 511, 521)
REFUSALS = {
    **{f"{status}": answer(NO, f"{status} X") for status in _STATUSES},
    **{
        f"{status} and {name}": answer(body, f"{status} X")
        for status in (400, 401, 500)
        for name, body in _ERRORS.items()
    },
    **{
        f"429, retry after {text!r}": answer(NO, "429 X", {"Retry-After": text})
        for text in ("1", "0", "-5", "3600", "abc", "1.5", "inf", "1e3", " 2 ", "Fri, 27 Nov 2026 00:00:00 GMT")
    },
    "429, retry after twice": _head("Retry-After: 1", "Retry-After: 2", first="HTTP/1.1 429 X") + NO,
    "400 and the type as a header": answer(NO, "400 X", {"x-amzn-ErrorType": "a#ThrottlingException:http://x"}),
    "400 and an empty type": answer(b'{"code":"C"}', "400 X", {"x-amzn-ErrorType": ""}).replace(
        b"\r\n\r\n", b"\r\nx-amzn-errortype: \r\n\r\n", 1
    ),
    "500 and a page": answer(b"<!DOCTYPE html>", "500 X", {"Content-Type": "text/html"}),
}
