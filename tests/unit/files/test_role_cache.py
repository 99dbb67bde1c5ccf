import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.files.fakes import NOW

from awsenv.files.role_cache import (
    CachedSource,
    credentials_path,
    find_credentials,
    remove_credentials,
    write_credentials,
)
from awsenv.model import AssumedRole, Credentials, Notice, SsoRole, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

SSO = SsoRole(SsoSession("acme", "https://a", "eu-west-1"), "000000000042", "Admin")
ROLE = AssumedRole("arn:aws:iam::123456789012:role/r", "base")
GOOD = Credentials("ASIA", "secret", "session", NOW + timedelta(hours=1), "000000000042")


def put(runtime: Runtime, source: CachedSource, content: bytes | dict[str, Any]) -> Path:
    """Put an entry there as some other tool would."""
    path = Path(credentials_path(runtime, source))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_sso_credentials_are_filed_in_the_aws_clis_form(runtime: Runtime) -> None:
    """The entry of an SSO role is the one that the AWS CLI would have written, the account in it even if not given."""
    write_credentials(runtime, SSO, replace(GOOD, account_id=None))

    assert Path(credentials_path(runtime, SSO)).read_text() == (
        '{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", '
        '"SessionToken": "session", "Expiration": "2026-07-14T13:00:00Z", "AccountId": "000000000042"}}'
    )
    assert find_credentials(runtime, SSO) == GOOD


def test_credentials_of_an_assumed_role_are_filed_as_the_answer_of_sts(runtime: Runtime) -> None:
    """The entry of an assumed role has what STS answered, and no provider type."""
    write_credentials(runtime, ROLE, replace(GOOD, account_id="123456789012"), assumed_role_user=("AROA:s", "arn"))
    entry = json.loads(Path(credentials_path(runtime, ROLE)).read_text())

    assert list(entry) == ["Credentials", "AssumedRoleUser", "ResponseMetadata"]
    assert entry["AssumedRoleUser"] == {"AssumedRoleId": "AROA:s", "Arn": "arn"}
    assert find_credentials(runtime, ROLE) == replace(GOOD, account_id="123456789012")


def test_credentials_without_an_expiry_are_not_filed(runtime: Runtime) -> None:
    """An entry that would never end is not written."""
    assert write_credentials(runtime, SSO, replace(GOOD, expires_at=None)) is None
    assert find_credentials(runtime, SSO) is None


def test_expired_credentials_are_as_good_as_none(runtime: Runtime, heard: list[Notice]) -> None:
    """At the moment of expiry an entry is over, which is nobody's fault and no notice."""
    write_credentials(runtime, SSO, replace(GOOD, expires_at=NOW))

    assert (find_credentials(runtime, SSO, heard.append), heard) == (None, [])
    write_credentials(runtime, SSO, replace(GOOD, expires_at=NOW + timedelta(seconds=1)))
    assert find_credentials(runtime, SSO) is not None


FIELDS = {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "2026-07-14T13:00:00Z"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"Credentials": []}',
        b"\xff\x00",
        b'{"Credentials":' * 50_000,
        {"Credentials": {**FIELDS, "AccessKeyId": 1}},
        {"Credentials": {**FIELDS, "SecretAccessKey": ""}},
        {"Credentials": {**FIELDS, "Expiration": None}},
        {"Credentials": {**FIELDS, "Expiration": "soon"}},
        {"Credentials": {**FIELDS, "AccountId": "999999999999"}},
    ],
)
def test_an_entry_that_is_damaged_or_of_another_account_counts_as_absent(
    runtime: Runtime, heard: list[Notice], content: bytes | dict[str, Any]
) -> None:
    """What is not credentials of this very account is not handed out, and the file is named."""
    path = put(runtime, SSO, content)

    assert find_credentials(runtime, SSO, heard.append) is None
    assert [notice.place.path for notice in heard if notice.place] == [str(path)]


def test_an_entry_that_cannot_be_opened_counts_as_absent(runtime: Runtime, heard: list[Notice]) -> None:
    """Role credentials can be fetched again, so that nothing stops for a file."""
    path = put(runtime, SSO, b"")
    path.unlink()
    path.symlink_to(path.name)

    assert find_credentials(runtime, SSO, heard.append) is None
    assert len(heard) == 1


def test_the_aws_clis_other_files_do_not_matter(runtime: Runtime) -> None:
    """The folder also holds a database of the AWS CLI's, which is neither read nor touched."""
    write_credentials(runtime, SSO, GOOD)
    database = Path(credentials_path(runtime, SSO)).with_name("session.db")
    connection = sqlite3.connect(database)
    connection.execute("create table session (id text)")
    connection.close()
    before = database.read_bytes()
    write_credentials(runtime, SSO, GOOD)

    assert find_credentials(runtime, SSO) == GOOD
    assert database.read_bytes() == before
    assert remove_credentials(runtime, SSO) is True
    assert remove_credentials(runtime, SSO) is False
