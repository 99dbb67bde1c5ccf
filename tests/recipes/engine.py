"""What stands for docker's engine: takes what the real client sends, and runs the image's program with those variables.

It shuts no network off: every container reaches the practice world on this machine, as a real one reaches AWS.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stage import AWS_V1, TIME_LIMIT

VERSION = "1.43"
IMAGES = {"amazon/aws-cli": [AWS_V1]}


@dataclass
class Container:
    """What the client asked for."""

    command: Sequence[str]
    variables: Mapping[str, str]
    network: str
    is_attached: threading.Event = field(default_factory=threading.Event)
    is_started: threading.Event = field(default_factory=threading.Event)
    has_ended: threading.Event = field(default_factory=threading.Event)
    status: int = 0


class PracticeEngine:
    """An engine on loopback; `variables` are what its containers have beside those of the client."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.containers: list[Container] = []
        engine = self

        class Handler(_Handler):
            """The handler of this engine."""

            of = engine

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        """What DOCKER_HOST names."""
        return f"tcp://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take requests for the block."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: PracticeEngine

    def do_HEAD(self) -> None:
        self._answer(200)

    def do_GET(self) -> None:
        self._answer(200 if self.path.endswith("/_ping") else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        deed = self.path.partition("?")[0].rpartition("/")[2]
        if deed == "create":
            self._create(json.loads(body))
        elif deed == "attach":
            self._attach(self.of.containers[-1])
        elif deed == "wait":
            self._wait(self.of.containers[-1])
        else:
            self.of.containers[-1].is_started.set()
            self._answer(204)

    def _create(self, wanted: Mapping[str, Any]) -> None:
        program = IMAGES[wanted["Image"]]
        variables = dict(entry.split("=", 1) for entry in wanted["Env"] or () if "=" in entry)
        network = wanted["HostConfig"]["NetworkMode"]
        self.of.containers.append(Container([*program, *wanted["Cmd"]], variables, network))
        self._answer(201, {"Id": "c0ffee", "Warnings": []})

    def _attach(self, container: Container) -> None:
        self.send_response(101)
        for name, value in (
            ("Content-Type", "application/vnd.docker.multiplexed-stream"),
            ("Connection", "Upgrade"),
            ("Upgrade", "tcp"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        container.is_started.wait(TIME_LIMIT)
        environment = {"PATH": os.defpath, **self.of.variables, **container.variables}
        finished = subprocess.run(container.command, env=environment, capture_output=True, check=False)
        for number, output in ((1, finished.stdout), (2, finished.stderr)):
            self.wfile.write(bytes([number, 0, 0, 0]) + len(output).to_bytes(4, "big") + output)
        self.close_connection = True
        container.status = finished.returncode
        container.has_ended.set()

    def _wait(self, container: Container) -> None:
        # The client starts the container only once it has the head of this answer.
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        container.has_ended.wait(TIME_LIMIT)
        self.wfile.write(json.dumps({"StatusCode": container.status}).encode())
        self.close_connection = True

    def _answer(self, status: int, fields: Mapping[str, Any] | None = None) -> None:
        body = b"" if fields is None else json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Api-Version", VERSION)
        self.send_header("Ostype", "linux")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
