"""The readers of the formats of `export`: their own where they can be had, else by the rules of their sources."""

import io
import json
import re
import subprocess
from collections.abc import Callable

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
