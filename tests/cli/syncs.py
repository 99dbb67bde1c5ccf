"""What the tests of sync have in common: how it is run, and how the file is read that it writes."""

import json
import subprocess
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.configloader import raw_config_parse
from stage import AWSENV, environment_of, run

from awsenv.demo.household import Household

FOREIGN = b"# mine\r\n[other]\r\naws_access_key_id=AKIA0000\r\naws_secret_access_key = s\xe9cret\r\n\r\n# the end"


def sync(home: Household, *words: str, status: int = 0, more: Mapping[str, str] | None = None) -> list[str]:
    """Run sync, check its status, and return what people were told."""
    return told(run([AWSENV, "sync", *words], environment_of(home, more)), status)


def told(finished: subprocess.CompletedProcess[bytes], status: int = 0) -> list[str]:
    """Check the status, and return the lines of stderr."""
    assert finished.returncode == status, finished.stderr.decode()
    return finished.stderr.decode().splitlines()


def rows(home: Household, *words: str, status: int = 0) -> list[Any]:
    """Return what `--json` says."""
    finished = run([AWSENV, "sync", "--json", *words], environment_of(home))
    told(finished, status)
    answer: list[Any] = json.loads(finished.stdout)
    return answer


def states(home: Household, *words: str, status: int = 0) -> dict[str, str]:
    """Return the state of each section."""
    return {row["section"]: row["state"] for row in rows(home, *words, status=status)}


def copies(home: Household) -> dict[str, dict[str, str]]:
    """Return the sections of the credentials file as botocore reads them."""
    found: dict[str, dict[str, str]] = raw_config_parse(str(home.credentials_path), parse_subsections=False)
    return found


def age(home: Household, name: str, moment: datetime) -> None:
    """Let the copy `name` be one that ends at `moment`."""
    text = home.credentials_path.read_text()
    before, _, section = text.partition(f"[{name}]")
    body, bracket, after = section.partition("\n[")
    ends = copies(home)[name]["x_security_token_expires"]
    body = body.replace(ends, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    home.credentials_path.write_text(f"{before}[{name}]{body}{bracket}{after}")


def set_settings(home: Household, text: str) -> None:
    """Write the settings file."""
    path = home.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def add_vault(home: Household, keys: Mapping[str, str]) -> None:
    """Add a profile whose process prints these keys."""
    answer = home.home / "answer"
    answer.write_text(json.dumps({"Version": 1} | dict(keys)))
    with home.config_path.open("a") as file:
        file.write(f"\n[profile vault]\ncredential_process = cat {answer}\n")
