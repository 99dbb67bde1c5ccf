"""credential_process: a command that prints credentials, run as botocore runs it. Imports no botocore."""

import json
import shlex
import subprocess
from collections.abc import Mapping
from typing import Any

from awsenv.errors import ProcessFailed
from awsenv.model import Credentials
from awsenv.runtime import Runtime, encoded, moment_text, parse_moment

# Longer than any sensible helper, shorter than anybody's patience; the Go SDK's limit as well.
TIME_LIMIT = 60.0
# The end of a complaint says most.
_LONGEST_COMPLAINT = 500


def fetch_process_credentials(command: str, *, environment: Mapping[str, str], runtime: Runtime) -> Credentials:
    """Run `command` without a shell and return the credentials that it prints.

    Raises:
        ProcessFailed: it did not start, failed, took over a minute, or printed something else. What it printed on
            stdout is never quoted, since it may be a secret.
    """
    try:
        arguments = shlex.split(command)
        finished = subprocess.run(
            [encoded(argument) for argument in arguments],
            capture_output=True,
            env={encoded(name): encoded(value) for name, value in environment.items()},
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProcessFailed(f"credential_process gave no answer in {TIME_LIMIT:.0f} seconds: {command}") from error
    except (OSError, ValueError, IndexError) as error:
        raise ProcessFailed(f"credential_process cannot be started: {command} ({error})") from error
    if finished.returncode != 0:
        said = finished.stderr.decode("utf-8", "replace").strip()[-_LONGEST_COMPLAINT:] or "it said nothing"
        raise ProcessFailed(f"credential_process failed with status {finished.returncode}: {said}", hint=command)
    credentials = _parse(finished.stdout, command)
    if credentials.expires_at and credentials.expires_at <= runtime.now():
        raise ProcessFailed(
            f"credential_process printed credentials that ended at {moment_text(credentials.expires_at)}", hint=command
        )
    return credentials


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
        account_id=_text(answer, "AccountId", command, required=False),
    )


def _text(answer: dict[str, Any], name: str, command: str, *, required: bool = True) -> str | None:
    value = answer.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        raise ProcessFailed(f"credential_process printed no usable {name}", hint=command)
    return value or None
