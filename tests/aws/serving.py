"""An `awsenv serve` that runs, and what its callers do: ask it, all at once if need be, and see whether it is there."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.real_shells import wait_until
from stage import AWSENV, TIME_LIMIT

URI, TOKEN = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"


@dataclass(frozen=True)
class Served:
    """What leads to an endpoint."""

    url: str
    token: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0

    def request(self) -> bytes:
        """Return the request of an SDK."""
        parts = urlsplit(self.url)
        return f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {self.token}\r\n\r\n".encode()

    def ask(self) -> tuple[int, dict[str, Any]]:
        """Return the status and the fields that an SDK gets."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(self.request())
            answer = b""
            while chunk := connection.recv(65_536):
                answer += chunk
        return _parsed(answer)

    def ask_together(self, count: int) -> list[tuple[int, dict[str, Any]]]:
        """Return what so many get who all ask before the first has its answer."""
        return asyncio.run(self._ask_together(count))

    async def _ask_together(self, count: int) -> list[tuple[int, dict[str, Any]]]:
        connections = [await asyncio.open_connection("127.0.0.1", self.port) for _ in range(count)]
        for _, writer in connections:
            writer.write(self.request())
        answers = [await reader.read() for reader, _ in connections]
        for _, writer in connections:
            writer.close()
        return [_parsed(answer) for answer in answers]

    def is_open(self) -> bool:
        """Tell whether anybody listens there."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=30).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return False
        return True

    def wait_for_end(self) -> None:
        """Wait until nobody listens there."""
        wait_until(lambda: not self.is_open(), "the end of the server")


def served_by(variables: Mapping[str, str]) -> Served:
    """Return where the variables lead."""
    return Served(variables[URI], variables[TOKEN])


@contextmanager
def serving(
    environment: Mapping[str, str], *options: str, profile: str = "unicorn", command: Sequence[str] = ()
) -> Iterator[tuple[Served, "subprocess.Popen[bytes]"]]:
    """Run `awsenv serve`, or a command that becomes it, in the foreground for the block."""
    command = command or [AWSENV, "serve", "--json", *options, profile]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=dict(environment), stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout is not None
            # To the end: once it has told, it lets go of stdout.
            told = process.stdout.read()
            if not told:
                process.kill()
                raise AssertionError(process.communicate()[1])
            yield served_by(json.loads(told)["set"]), process
        finally:
            process.kill()
            process.wait(TIME_LIMIT)


def servers_of(words: Sequence[str]) -> list[int]:
    """Return the processes with this command line that init, or whoever takes in orphans, has adopted."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes().split(b"\0")[:-1]
            except OSError:
                continue
            if [word.decode("latin-1") for word in line[-len(words) :]] == list(words):
                found.append(int(folder.name))
    return found


def is_running(process_id: int) -> bool:
    """Tell whether a process runs; one that has ended may wait long for whoever adopted it to notice."""
    try:
        return Path(f"/proc/{process_id}/stat").read_bytes().rpartition(b") ")[2][:1] != b"Z"
    except OSError:
        return False


def _parsed(answer: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = json.loads(body)
    assert isinstance(fields, dict)
    return int(head.split()[1]), fields
