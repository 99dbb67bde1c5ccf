import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from unit.files.fakes import NOW

from awsenv.errors import CacheUnreadable
from awsenv.files.tokens import find_token, remove_token, token_path, write_token
from awsenv.model import AccessToken, Notice, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
TOKEN = AccessToken(ACME.start_url, ACME.region, NOW, "token", "refresh", "id", "secret", NOW + timedelta(days=90))


def put(runtime: Runtime, content: bytes | dict[str, Any], sso_session: SsoSession = ACME) -> Path:
    """Put a token file there as some other tool would."""
    path = Path(token_path(runtime, sso_session))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_the_file_has_the_aws_clis_name(runtime: Runtime) -> None:
    """The name is the SHA-1 of the session's name, or of the start URL for a legacy profile."""
    folder = f"{runtime.home}/.aws/sso/cache"
    legacy = SsoSession(None, ACME.start_url, ACME.region)

    assert token_path(runtime, ACME) == f"{folder}/293abb6b76d7791c0732cc517d38c4b5c734b87f.json"
    assert token_path(runtime, legacy) == f"{folder}/40169cea58ca6cbf23fb27b2542923fb5f524af0.json"


def test_a_token_is_filed_in_the_aws_clis_order_and_form(runtime: Runtime) -> None:
    """The text is the one that the AWS CLI would have written."""
    write_token(runtime, ACME, TOKEN)

    assert Path(token_path(runtime, ACME)).read_text() == (
        '{"startUrl": "https://acme.awsapps.com/start", "region": "eu-west-1", "accessToken": "token", '
        '"expiresAt": "2026-07-14T12:00:00Z", "clientId": "id", "clientSecret": "secret", '
        '"registrationExpiresAt": "2026-10-12T12:00:00Z", "refreshToken": "refresh"}'
    )


def test_a_token_comes_back_as_it_was_filed(runtime: Runtime) -> None:
    """What was written is found, with the time of its writing."""
    write_token(runtime, ACME, TOKEN)
    found = find_token(runtime, ACME)

    assert found is not None
    assert replace(found, written_at=None) == TOKEN
    assert found.written_at is not None
    assert remove_token(runtime, ACME) is True
    assert find_token(runtime, ACME) is None


def test_what_others_put_beside_a_token_is_kept(runtime: Runtime) -> None:
    """Unknown fields survive a write; known ones that the new token lacks do not."""
    put(runtime, {"accessToken": "old", "refreshToken": "old", "other": {"a": 1}})
    write_token(runtime, ACME, AccessToken(None, None, NOW, "new"))

    assert json.loads(Path(token_path(runtime, ACME)).read_text()) == {
        "startUrl": ACME.start_url,
        "region": ACME.region,
        "accessToken": "new",
        "expiresAt": "2026-07-14T12:00:00Z",
        "other": {"a": 1},
    }


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-14T12:00:00Z",
        "2026-07-14T12:00:00.000Z",
        "2026-07-14T12:00:00UTC",
        "2026-07-14T12:00:00+00:00",
        "2026-07-14T14:00:00+02:00",
        "2026-07-14T12:00:00",
        "2026-07-14 12:00:00",
    ],
)
def test_all_forms_of_time_are_read(runtime: Runtime, text: str) -> None:
    """Whichever tool wrote it, an expiry is the same moment, in UTC."""
    put(runtime, {"accessToken": "t", "expiresAt": text})
    found = find_token(runtime, ACME)

    assert found is not None
    assert found.expires_at == datetime(2026, 7, 14, 12, tzinfo=timezone.utc)


DAMAGED = {
    "empty": b"",
    "truncated": b'{"accessToken": "t", "expi',
    "int": b"1",
    "null": b"null",
    "string": b'"accessToken expiresAt"',
    "list": b"[]",
    "binary": bytes(range(256)),
    "deep": b'{"a":' * 100_000,
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "huge number": b"9" * 10_000,
    "surrogate": b'{"accessToken": "\\ud800", "expiresAt": "2026-07-14T12:00:00Z"}',
    "line end in the token": b'{"accessToken": "a\\nb", "expiresAt": "2026-07-14T12:00:00Z"}',
    "numeric date": b'{"accessToken": "t", "expiresAt": 1784030400}',
    "bad date": b'{"accessToken": "t", "expiresAt": "tomorrow"}',
    "last year of all": b'{"accessToken": "t", "expiresAt": "9999-12-31T23:59:59-12:00"}',
    "no token": b'{"expiresAt": "2026-07-14T12:00:00Z"}',
    "no expiry": b'{"accessToken": "t"}',
    "token is a number": b'{"accessToken": 1, "expiresAt": "2026-07-14T12:00:00Z"}',
    "client registration": b'{"clientId": "i", "clientSecret": "s", "expiresAt": "2026-07-14T12:00:00Z"}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_counts_as_absent_and_is_named(runtime: Runtime, heard: list[Notice], content: bytes) -> None:
    """Garbage in a token file is no token and no traceback, but one notice with the path; the next login mends it."""
    path = put(runtime, content)

    assert find_token(runtime, ACME, heard.append) is None
    assert [notice.place.path for notice in heard if notice.place] == [str(path)]
    write_token(runtime, ACME, TOKEN)
    assert find_token(runtime, ACME) is not None


def test_a_huge_file_counts_as_absent(runtime: Runtime, heard: list[Notice]) -> None:
    """A hundred megabytes are not read."""
    with put(runtime, b"").open("wb") as file:
        file.truncate(100_000_000)

    assert find_token(runtime, ACME, heard.append) is None
    assert len(heard) == 1


@pytest.mark.parametrize("end", ["", "/", "#", "/#/", "/#"])
def test_the_end_of_a_start_url_does_not_matter(runtime: Runtime, end: str) -> None:
    """Browsers put things behind a start URL that lead to the same place, and a host has no case."""
    put(
        runtime,
        {"accessToken": "t", "expiresAt": "2026-07-14T12:00:00Z", "startUrl": f"https://ACME.awsapps.com/start{end}"},
    )

    assert find_token(runtime, ACME) is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("startUrl", "https://evil.awsapps.com/start"),
        ("startUrl", "https://acme.awsapps.com/other"),
        ("startUrl", 7),
        ("region", "us-east-1"),
        ("region", ["eu-west-1"]),
    ],
)
def test_a_token_of_another_place_is_never_handed_out(
    runtime: Runtime, heard: list[Notice], field: str, value: object
) -> None:
    """A token belongs to a start URL and a region; filed under the same session name by another, it is absent."""
    put(runtime, {"accessToken": "t", "expiresAt": "2026-07-14T12:00:00Z", field: value})

    assert find_token(runtime, ACME, heard.append) is None
    assert len(heard) == 1


def test_a_token_without_start_url_and_region_is_taken(runtime: Runtime) -> None:
    """The SDKs ask for two fields only, and so a file written by hand may have only those."""
    put(runtime, {"accessToken": "t", "expiresAt": "2026-07-14T12:00:00Z", "refreshToken": "", "clientId": 5})
    found = find_token(runtime, ACME)

    assert found is not None
    assert (found.start_url, found.region, found.refresh_token, found.client_id) == (None, None, None, None)


def test_a_file_that_cannot_be_opened_is_an_error(runtime: Runtime) -> None:
    """A login would not help where the file cannot even be read: say so before a browser opens."""
    path = put(runtime, b"")
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(CacheUnreadable, match=path.name):
        find_token(runtime, ACME)


def test_a_loose_token_file_is_told_at_the_next_write(runtime: Runtime) -> None:
    """A token that others could read is tightened, and a person hears of it."""
    put(runtime, b"{}").chmod(0o644)

    assert isinstance(write_token(runtime, ACME, TOKEN), Notice)
