"""credential_process: a command that prints credentials, run as botocore runs it. Imports no botocore."""

import json
import os
import re
import selectors
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from awsenv.errors import ProcessFailed
from awsenv.model import Credentials
from awsenv.runtime import Runtime, encoded, moment_text, parse_moment

# Longer than any sensible helper, shorter than anybody's patience; the Go SDK's limit as well.
TIME_LIMIT = 60.0
# A helper may leave a daemon behind (an agent, a browser) that holds its pipes open for hours.
_LINGER = 1.0
_LOOK_EVERY = 0.05
# More than any helper prints. Of a complaint the end says most.
_LONGEST_ANSWER = 10_000_000
_LONGEST_COMPLAINT = 500


def fetch_process_credentials(command: str, *, environment: Mapping[str, str], runtime: Runtime) -> Credentials:
    """Run `command` without a shell and return the credentials that it prints.

    Raises:
        ProcessFailed: it did not start, failed, took over a minute, or printed something else. What it printed on
            stdout is never quoted, since it may be a secret.
    """
    try:
        arguments = shlex.split(command)
        finished = _run(
            [encoded(argument) for argument in arguments],
            {encoded(name): encoded(value) for name, value in environment.items()},
        )
    except subprocess.TimeoutExpired as error:
        raise ProcessFailed(f"credential_process gave no answer in {TIME_LIMIT:.0f} seconds", hint=command) from error
    except IndexError as error:
        raise ProcessFailed("credential_process cannot be started: it is empty", hint="awsenv list") from error
    except (OSError, ValueError) as error:
        # The text of an OSError would end in the program's name as Python writes bytes.
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ProcessFailed(f"credential_process cannot be started: {reason}", hint=command) from error
    if finished.returncode != 0:
        said = finished.stderr.decode("utf-8", "replace").strip()[-_LONGEST_COMPLAINT:] or "it said nothing"
        raise ProcessFailed(f"credential_process failed with status {finished.returncode}: {said}", hint=command)
    credentials = _parse(finished.stdout, command)
    if credentials.expires_at and credentials.expires_at <= runtime.now():
        raise ProcessFailed(
            f"credential_process printed credentials that ended at {moment_text(credentials.expires_at)}", hint=command
        )
    return credentials


def _run(arguments: list[bytes], environment: dict[bytes, bytes]) -> subprocess.CompletedProcess[bytes]:
    with subprocess.Popen(
        arguments,
        # A helper may ask the person; what is piped into awsenv is for the command that `exec` becomes.
        stdin=None if sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        said: dict[Any, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
        try:
            deadline = _read(process, said)
            status = process.wait(max(deadline - time.monotonic(), 0.0))
        except BaseException:
            process.kill()
            raise
    out, err = said.values()
    return subprocess.CompletedProcess(arguments, status, bytes(out), bytes(err))


def _read(process: subprocess.Popen[bytes], said: dict[Any, bytearray]) -> float:
    deadline, has_ended = time.monotonic() + TIME_LIMIT, False
    with selectors.DefaultSelector() as selector:
        for pipe in said:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < deadline:
            if not has_ended and process.poll() is not None:
                deadline, has_ended = min(deadline, time.monotonic() + _LINGER), True
            for key, _ in selector.select(_LOOK_EVERY):
                chunk = os.read(key.fd, 1 << 16)
                said[key.fileobj] += chunk
                if len(said[key.fileobj]) > _LONGEST_ANSWER:
                    raise ProcessFailed(f"credential_process printed over {_LONGEST_ANSWER:,} bytes")
                if not chunk:
                    selector.unregister(key.fileobj)
    return deadline


def _parse(printed: bytes, command: str) -> Credentials:
    try:
        answer = json.loads(printed)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or answer.get("Version") != 1:
        raise ProcessFailed("credential_process printed something that is not its protocol's version 1", hint=command)
    expiration = answer.get("Expiration")
    expires_at = parse_moment(expiration) if isinstance(expiration, str) else None
    if expiration and expires_at is None:
        raise ProcessFailed("credential_process printed an Expiration that is not a time", hint=command)
    return Credentials(
        access_key_id=_text(answer, "AccessKeyId", command) or "",
        secret_access_key=_text(answer, "SecretAccessKey", command) or "",
        session_token=_text(answer, "SessionToken", command, required=False),
        expires_at=expires_at,
        account_id=_account_id(answer.get("AccountId")),
    )


def _account_id(value: object) -> str | None:
    # Only for show: SDKs do not mind what stands there.
    text = f"{value:012}" if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and re.fullmatch("[0-9]{12}", text) else None


def _text(answer: dict[str, Any], name: str, command: str, *, required: bool = True) -> str | None:
    value = answer.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        raise ProcessFailed(f"credential_process printed no usable {name}", hint=command)
    return value or None
