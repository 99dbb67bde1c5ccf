import json
from datetime import timedelta
from pathlib import Path

import pytest
from unit.files.fakes import NOW, make_runtime

from awsenv.files.login_cache import find_login_credentials, login_path
from awsenv.model import Credentials, Notice
from awsenv.runtime import Runtime

ARN = "arn:aws:sts::123456789012:assumed-role/x/y"
ENTRY = {
    "accessKeyId": "ASIA",
    "secretAccessKey": "secret",
    "sessionToken": "session",
    "accountId": "123456789012",
    "expiresAt": "2026-07-14T12:10:00Z",
}


def put(path: str, content: object) -> None:
    """Put an entry at the path."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content))


def test_the_cache_can_be_elsewhere(home: Path) -> None:
    """`AWS_LOGIN_CACHE_DIRECTORY` moves the cache; an empty value does not mean the folder one stands in."""
    moved = make_runtime(home, {"AWS_LOGIN_CACHE_DIRECTORY": "~/x"})
    put(login_path(moved, ARN), {"accessToken": ENTRY})

    assert Path(login_path(moved, ARN)).parent == home / "x"
    assert Path(login_path(make_runtime(home, {"AWS_LOGIN_CACHE_DIRECTORY": ""}), ARN)).parent == (
        home / ".aws/login/cache"
    )
    assert find_login_credentials(moved, ARN) == Credentials(
        "ASIA", "secret", "session", NOW + timedelta(minutes=10), "123456789012"
    )


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (ENTRY | {"expiresAt": "2026-07-14T12:00:00Z"}, 0),
        (ENTRY | {"expiresAt": 5}, 1),
        (ENTRY | {"sessionToken": None}, 1),
        ([], 0),
    ],
)
def test_only_complete_and_unexpired_credentials_are_found(
    runtime: Runtime, heard: list[Notice], entry: object, told: int
) -> None:
    """Anything else is left to the AWS CLI, which alone can renew them."""
    put(login_path(runtime, ARN), {"accessToken": entry})

    assert find_login_credentials(runtime, ARN, heard.append) is None
    assert len(heard) == told


def test_a_missing_or_unreadable_entry_is_none(runtime: Runtime, heard: list[Notice]) -> None:
    """No file is nothing to tell; one that cannot be opened is."""
    assert find_login_credentials(runtime, ARN, heard.append) is None
    path = Path(login_path(runtime, ARN))
    path.parent.mkdir(parents=True)
    path.symlink_to(path.name)
    assert find_login_credentials(runtime, ARN, heard.append) is None
    assert len(heard) == 1
