"""What stands for S3 and CloudFormation: refuses keys that are over, as AWS does, and notes who signed each request.

Objects are kept, so that Terraform has a place for its state. A change set is being made for a while, and then fails.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from awsenv.demo.server import PracticeServer

_SIGNED = re.compile(r"Credential=(\w+)/\d+/[\w-]+/(\w+)/aws4_request")
_LIST = "<ListBucketResult><Name>states</Name><IsTruncated>false</IsTruncated></ListBucketResult>"
_ERROR = "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
_S3_ERROR = "<Error><Code>{code}</Code><Message>{message}</Message></Error>"
_CHANGE_SET = "arn:aws:cloudformation:eu-west-1:222233334444:changeSet/shop/1"
_STACK = "arn:aws:cloudformation:eu-west-1:222233334444:stack/shop/1"
FAILED = "the practice change set has failed"


@dataclass(frozen=True)
class Call:
    """A request: the service, what it asks for, and the key that it was signed with."""

    service: str
    deed: str
    key_id: str
    is_over: bool


class Services:
    """S3 and CloudFormation on loopback; `seconds` is how long a change set is being made."""

    def __init__(self, practice: PracticeServer, seconds: float) -> None:
        self.calls: list[Call] = []
        self.objects: dict[str, bytes] = {}
        self._practice, self._seconds, self._began = practice, seconds, 0.0
        services = self

        class Handler(_Handler):
            """The handler of these services."""

            of = services

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take requests for the block."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()

    def environment(self) -> dict[str, str]:
        """Return the variables that lead SDKs here."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {"AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_CLOUDFORMATION": url}

    def note(self, service: str, deed: str, key_id: str) -> bool:
        """Note a request, and return whether its keys are over."""
        key = self._practice.keyring.find(key_id)
        ends = key and key.credentials.expires_at
        is_over = not ends or ends <= self._practice.keyring.now()
        self.calls.append(Call(service, deed, key_id, is_over))
        return is_over

    def answer(self, deed: str) -> tuple[int, str]:
        """Return CloudFormation's answer to a request."""
        if deed == "CreateChangeSet":
            self._began = time.monotonic()
            return 200, _result(deed, f"<Id>{_CHANGE_SET}</Id><StackId>{_STACK}</StackId>")
        if deed == "DescribeChangeSet":
            is_made = time.monotonic() > self._began + self._seconds
            status = (
                f"FAILED</Status><StatusReason>{FAILED}</StatusReason>" if is_made else "CREATE_IN_PROGRESS</Status>"
            )
            names = (
                f"<ChangeSetId>{_CHANGE_SET}</ChangeSetId><ChangeSetName>1</ChangeSetName><StackName>shop</StackName>"
            )
            return 200, _result(deed, f"{names}<Changes/><Status>{status}")
        if deed == "DescribeStacks":
            return 400, _ERROR.format(code="ValidationError", message="Stack with id shop does not exist")
        return 200, _result(deed, "")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: Services

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._take
        raise AttributeError(name)

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = _SIGNED.search(self.headers.get("Authorization", ""))
        key_id, service = signed.groups() if signed else ("", "")
        if service == "s3":
            self._store(body, key_id)
            return
        deed = parse_qs(body.decode()).get("Action", [self.path])[0]
        if self.of.note(service, deed, key_id):
            self._answer(403, _ERROR.format(code="ExpiredToken", message="The security token is expired").encode())
        else:
            status, text = self.of.answer(deed)
            self._answer(status, text.encode())

    def _store(self, body: bytes, key_id: str) -> None:
        parts, objects = urlsplit(self.path), self.of.objects
        if self.of.note("s3", f"{self.command} {parts.path}", key_id):
            self._answer(400, _S3_ERROR.format(code="ExpiredToken", message="The provided token has expired").encode())
        elif self.command == "PUT":
            objects[parts.path] = body
            self._answer(200, b"")
        elif "list-type" in parts.query:
            self._answer(200, _LIST.encode())
        elif parts.path in objects:
            self._answer(200, objects[parts.path])
        else:
            self._answer(404, _S3_ERROR.format(code="NoSuchKey", message="there is none").encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _result(deed: str, inside: str) -> str:
    return f"<{deed}Response><{deed}Result>{inside}</{deed}Result></{deed}Response>"
