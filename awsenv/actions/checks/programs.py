"""Programs on the PATH that are asked for their version, all at once and for two seconds at most; and their checks."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, checks_of, warning
from awsenv.model import Place
from awsenv.runtime import Runtime, decoded, encoded
from awsenv.values import Value

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

TIME_LIMIT = 2.0
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
# The first that read [sso-session] sections.
_AWS_V2, _AWS_V1, _TERRAFORM = (2, 9), (1, 29), (1, 6)
_QUIET = {"CHECKPOINT_DISABLE": "1", "AWS_PAGER": ""}
_LONGEST_HEAD = 512


class Program(Value):
    """A program by its name: where it was found, and its version where it told one in time."""

    name: str
    path: str
    version: tuple[int, ...] | None = None


class Skew(Value):
    """What an sso-session's endpoint said of the clock: `text` where it differs, `problem` where nobody answered."""

    sso_session: str
    text: str | None = None
    problem: str | None = None


Programs = Callable[[], Sequence[Program]]


def no_programs() -> Sequence[Program]:
    """Return none, where nobody wants to know."""
    return ()


def no_skews() -> Sequence[Skew]:
    """Return none, where nobody wants to know."""
    return ()


def ask_versions(runtime: Runtime, names: Sequence[str]) -> Programs:
    """Start asking these programs for their versions; what is returned waits for the answers."""
    path = runtime.environment.get("PATH")
    environment = {encoded(name): encoded(value) for name, value in (dict(runtime.environment) | _QUIET).items()}
    started = [
        (name, found, _start(found, environment))
        for name in names
        if (found := shutil.which(name, path=path)) is not None
    ]
    deadline = time.monotonic() + TIME_LIMIT
    answered = list[Program]()

    def answers() -> Sequence[Program]:
        if not answered:
            answered.extend(
                Program(name, decoded(found), _version_from(process, deadline)) for name, found, process in started
            )
        return answered

    return answers


def aws_version(around: "Surroundings") -> Findings:
    """Find an AWS CLI that is too old for the sso-sessions in the config file."""
    for program in around.programs():
        version = program.version
        if program.name != "aws" or version is None or not around.sections.sso_sessions:
            continue
        wanted = _AWS_V1 if version[0] < _AWS_V2[0] else _AWS_V2
        if version < wanted:
            text = f"AWS CLI {_text(version)} does not read [sso-session] sections; {_text(wanted)} and later do"
            yield warning(
                Place(program.path), text, "install version 2 of the AWS CLI; until then: awsenv exec PROFILE"
            )


def terraform_version(around: "Surroundings") -> Findings:
    """Find a Terraform whose S3 backend is too old for the sso-sessions in the config file."""
    for program in around.programs():
        version = program.version
        if program.name == "terraform" and version and version < _TERRAFORM and around.sections.sso_sessions:
            text = f"the S3 backend of Terraform {_text(version)} does not read [sso-session] sections; 1.6 does"
            yield warning(Place(program.path), text, "install a newer Terraform; until then: awsenv exec PROFILE")


def interpreter_of(path: str) -> str | None:
    """Return the Python that a script runs by, as its first lines say; None for any other program."""
    try:
        with Path(path).open("rb") as file:
            head = decoded(file.read(_LONGEST_HEAD))
    except OSError:
        return None
    # Where the path is too long for the kernel, the first line is of sh, and the second says it.
    found = re.match(r"#!(/[^\s]*python[^\s/]*)\s|#!/bin/sh\n'''exec' \"?(/[^\"\n]*python[^\"\s/]*)", head)
    return (found[1] or found[2]) if found else None


def _start(path: str, environment: Mapping[bytes, bytes]) -> "subprocess.Popen[bytes] | None":
    with contextlib.suppress(OSError, ValueError):
        return subprocess.Popen(
            [path, "--version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Older AWS CLIs print it here.
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return None


def _version_from(process: "subprocess.Popen[bytes] | None", deadline: float) -> tuple[int, ...] | None:
    if process is None:
        return None
    with process:
        try:
            text, _ = process.communicate(timeout=max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            # What it has started itself goes, too: the group is its own.
            with contextlib.suppress(OSError):
                os.killpg(process.pid, 9)
            return None
    found = _VERSION.search(decoded(text))
    return tuple(int(part) for part in found.groups() if part is not None) if found else None


def _text(version: Sequence[int]) -> str:
    return ".".join(map(str, version))


CHECKS = checks_of(aws_version, terraform_version)
