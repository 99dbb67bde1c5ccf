import hashlib
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.files.fakes import NOW

from awsenv.files.registrations import find_registration, registration_path, remove_registration, write_registration
from awsenv.model import Notice, Registration, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1", ("sso:account:access",))
GRANTS = ("authorization_code", "refresh_token")
MADE = Registration("id", "secret", NOW + timedelta(days=90), ("sso:account:access",), GRANTS)


def _put(runtime: Runtime, content: Any) -> Path:
    path = Path(registration_path(runtime, ACME))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_file_has_the_aws_clis_name(runtime: Runtime) -> None:
    """The name hangs on region, scopes, session name and start URL, and null stands for what is not there."""
    names = {
        Path(registration_path(runtime, each)).name
        for each in (
            ACME,
            replace(ACME, scopes=()),
            replace(ACME, name=None),
            replace(ACME, region="us-east-1"),
            replace(ACME, start_url="https://acme.awsapps.com/start/"),
        )
    }
    assert len(names) == 5
    key = json.dumps(
        {"region": "eu-west-1", "scopes": None, "session_name": None, "startUrl": ACME.start_url, "tool": "botocore"}
    )
    bare = replace(ACME, scopes=(), name=None)
    assert Path(registration_path(runtime, bare)).stem == hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()


def test_a_registration_comes_back_as_it_was_filed(runtime: Runtime) -> None:
    """What was written is found by the flow it is for, and by no other; the file is the user's alone."""
    assert write_registration(runtime, ACME, MADE) is None
    assert find_registration(runtime, ACME, for_browser=True) == MADE
    assert find_registration(runtime, ACME, for_browser=False) is None
    assert stat.S_IMODE(Path(registration_path(runtime, ACME)).stat().st_mode) == 0o600
    for_device = Registration("id", "secret", MADE.expires_at)
    write_registration(runtime, ACME, for_device)
    assert find_registration(runtime, ACME, for_browser=False) == for_device
    assert "grantTypes" not in Path(registration_path(runtime, ACME)).read_text()
    assert (remove_registration(runtime, ACME), remove_registration(runtime, ACME)) == (True, False)
    assert find_registration(runtime, ACME, for_browser=False) is None


@pytest.mark.parametrize(("left", "expected"), [(timedelta(minutes=15), True), (timedelta(seconds=899), False)])
def test_the_last_quarter_of_an_hour_is_none(runtime: Runtime, left: timedelta, *, expected: bool) -> None:
    """With less than fifteen minutes left it is made anew, as by the AWS CLI."""
    write_registration(runtime, ACME, replace(MADE, expires_at=NOW + left))
    assert (find_registration(runtime, ACME, for_browser=True) is not None) is expected


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        {},
        {"clientId": 1, "clientSecret": "s", "expiresAt": "2027-01-01T00:00:00Z"},
        {"clientId": "i", "clientSecret": ["s"], "expiresAt": "2027-01-01T00:00:00Z"},
        {"clientId": "i", "clientSecret": "s", "expiresAt": 1},
        {"clientId": "i", "clientSecret": "s", "expiresAt": "soon"},
        {"clientId": "i\n", "clientSecret": "s", "expiresAt": "2027-01-01T00:00:00Z"},
        {"clientId": "i", "clientSecret": "s"},
    ],
)
def test_what_is_no_registration_counts_as_absent(runtime: Runtime, heard: list[Notice], content: Any) -> None:
    """Damaged or incomplete: none, so that one is made."""
    _put(runtime, content)
    assert find_registration(runtime, ACME, for_browser=False, notify=heard.append) is None


def test_odd_lists_are_read_as_far_as_they_are_texts(runtime: Runtime) -> None:
    """What other tools write into the lists does not make it unreadable."""
    fields = {"clientId": "i", "clientSecret": "s", "expiresAt": "2027-01-01T00:00:00UTC"}
    _put(runtime, fields | {"scopes": "x", "grantTypes": [1, None, "authorization_code"]})
    found = find_registration(runtime, ACME, for_browser=True)
    assert found is not None
    assert (found.scopes, found.grant_types) == ((), ("authorization_code",))
