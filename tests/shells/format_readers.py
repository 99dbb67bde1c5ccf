"""The readers of the formats of `export`: their own where they can be had, else by the rules of their sources."""

import http.server
import io
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import dotenv

from awsenv.shells.formats import Format

Variables = dict[str, str]


def read_dotenv(text: bytes) -> Variables:
    """Return what python-dotenv reads, as by default: with variables put in."""
    found = dotenv.dotenv_values(stream=io.StringIO(text.decode()))
    return {name: value or "" for name, value in found.items()}


def read_jq(text: bytes) -> Variables:
    """Return what jq reads, names and values in turn, each ended by a NUL byte."""
    words = ["jq", "-j", 'to_entries[] | .key, "\\u0000", .value, "\\u0000"']
    done = subprocess.run(words, input=text, capture_output=True, check=True)
    pairs = iter(done.stdout.decode().split("\0")[:-1])
    return dict(zip(pairs, pairs, strict=True))


def read_docker(text: bytes) -> Variables:
    """Return what docker's client makes of an --env-file: a line each, as it stands behind the first equals sign."""
    found = {}
    for line in (each.removesuffix("\r").lstrip(" \t") for each in text.decode().split("\n")):
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            assert not set(name) & set(" \t"), name
            found[name] = value
    return found


class Daemon(http.server.BaseHTTPRequestHandler):
    """Takes what docker's client asks for, tells the variables of the container, and has none."""

    asked: list[list[str]]

    def answer(self) -> None:
        """Say yes to a ping, and no to all else."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/containers/create"):
            self.asked.append(json.loads(body)["Env"])
        is_ping = self.path.endswith("/_ping")
        self.send_response(200 if is_ping else 500)
        self.send_header("API-Version", "1.45")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET = do_POST = answer  # noqa: N815 - the names that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def read_by_docker(texts: Iterable[bytes], folder: Path) -> list[Variables]:
    """Return what docker's client itself would give a container for each --env-file; `folder` is its home."""
    asked: list[list[str]] = []
    handler = type("Handler", (Daemon,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as daemon:
        threading.Thread(target=daemon.serve_forever, daemon=True).start()
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        environment["DOCKER_HOST"] = f"tcp://127.0.0.1:{daemon.server_port}"
        path = folder / "keys.env"
        for text in texts:
            path.write_bytes(text)
            command = ["docker", "create", "--env-file", str(path), "image"]
            subprocess.run(command, env=environment, timeout=60, check=False, capture_output=True)
        daemon.shutdown()
    return [dict(variable.split("=", 1) for variable in variables) for variables in asked]


def read_github(text: bytes) -> Variables:
    """Return what GitHub's runner reads from $GITHUB_ENV: NAME<<END, lines, END."""
    found: Variables = {}
    lines = iter(re.split(r"(?<=\n)", text.decode()))
    for line in lines:
        if not line:
            continue
        name, _, end = line.removesuffix("\n").partition("<<")
        value = ""
        for part in lines:
            if part.removesuffix("\n") == end:
                break
            value += part
        found[name] = value.removesuffix("\n")
    return found


def read_powershell(text: bytes) -> Variables:
    """Return what PowerShell's tokenizer reads: in single quotes only a single quote ends, and two are one."""
    found, rest = {}, text.decode()
    quotes = "'\u2018\u2019\u201a\u201b"
    while rest:
        head = re.match(r"\$Env:(\w+) = '", rest)
        assert head, rest[:80]
        value, position = "", head.end()
        while rest[position] not in quotes or rest[position + 1 : position + 2] in [*quotes]:
            value += rest[position]
            position += 2 if rest[position] in quotes else 1
        assert rest[position + 1] == "\n"
        found[head[1]] = value
        rest = rest[position + 2 :]
    return found


READERS: dict[Format, Callable[[bytes], Variables]] = {
    "dotenv": read_dotenv,
    "json": json.loads,
    "docker": read_docker,
    "github": read_github,
    "powershell": read_powershell,
}
