"""No bytes in any file of AWS's or ours lead to anything but a value or an error of our own."""

import os
import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.files.fakes import make_runtime
from unit.files.test_tokens import DAMAGED

from awsenv.errors import AwsenvError
from awsenv.files.account_names import account_names_path, load_account_names
from awsenv.files.ini import parse_ini
from awsenv.files.login_cache import find_login_credentials, login_path
from awsenv.files.lossless import parse_shared
from awsenv.files.owned import SectionId
from awsenv.files.paths import as_path
from awsenv.files.profiles import Profiles
from awsenv.files.role_cache import credentials_path, find_credentials
from awsenv.files.settings import load_settings, settings_path
from awsenv.files.tokens import find_token, token_path
from awsenv.model import SsoRole, SsoSession
from awsenv.runtime import Runtime

EXAMPLES = 20_000 if os.environ.get("AWSENV_SOAK") else 1_000

SESSION = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
ROLE = SsoRole(SESSION, "123456789012", "Admin")

CONFIG = b"""# comment
[default]
region = eu-west-1
[profile "x y"]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Admin
services = local
s3 =
  addressing_style = path
[profile role]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = default
duration_seconds = 900
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
[services local]
sts =
  endpoint_url = http://127.0.0.1:1
"""
TOKEN = (
    b'{"startUrl": "https://acme.awsapps.com/start", "region": "eu-west-1", "accessToken": "t", '
    b'"expiresAt": "2026-07-14T12:00:00Z", "registrationExpiresAt": "2026-07-14T12:00:00Z", '
    b'"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", '
    b'"Expiration": "2027-07-14T12:00:00Z"}, "000000000001": "name"}'
)
SETTINGS = b'export = "all"\nallowed_endpoints = ["a", "b"]\n[aliases]\na = "b"\n'
SPICE = [b"\0", b"\xff", b"\xef\xbb\xbf", b"[", b"]", b"=", b":", b"\n", b"\r", b"\t ", b'"', b"'", b"\\", b"{", b"}"]

HOSTILE = {
    **DAMAGED,
    "byte order mark": b"\xef\xbb\xbf" + CONFIG,
    "utf-16": CONFIG.decode().encode("utf-16"),
    "utf-16 without a mark": CONFIG.decode().encode("utf-16-le"),
    "utf-32": CONFIG.decode().encode("utf-32"),
    "carriage returns only": CONFIG.replace(b"\n", b"\r"),
    "nul bytes": CONFIG.replace(b"e", b"\0"),
    "latin-1": CONFIG.replace(b"a", b"\xe9"),
    "everything twice": CONFIG * 2,
    "a million brackets": b"[" * 1_000_000,
    "twenty thousand sections": b"".join(b"[profile p%d]\n" % number for number in range(20_000)),
    "one section a hundred thousand times": b"[profile x]\n" * 100_000,
    "one value of many lines": b"[profile x]\nregion =\n" + b"  a = b\n" * 100_000,
    "one long line": b"[profile x]\nregion = " + b"x" * 5_000_000,
    "quotes without end": b"[profile 'x]\n[profile \"y]\n[profile z\\]\n" * 1000,
    "numbers without end": b"[profile x]\nrole_arn=a\nsource_profile=b\nduration_seconds=" + b"9" * 10_000,
}


def read_all(runtime: Runtime, content: bytes) -> None:
    """Read the content as each of the files that awsenv reads."""
    profiles = Profiles(parse_ini(content, "config"), parse_ini(content, "credentials"))
    assert len(list(profiles)) == len(profiles.names)
    assert len(profiles.sso_sessions) <= len(content)
    assert all(str(notice) for notice in profiles.notices)
    readers: tuple[tuple[str, Callable[[], object]], ...] = (
        (token_path(runtime, SESSION), lambda: find_token(runtime, SESSION)),
        (credentials_path(runtime, ROLE), lambda: find_credentials(runtime, ROLE)),
        (login_path(runtime, "arn"), lambda: find_login_credentials(runtime, "arn")),
        (account_names_path(runtime), lambda: load_account_names(runtime)),
        (settings_path(runtime), lambda: load_settings(runtime)),
    )
    for path, read in readers:
        as_path(path).parent.mkdir(parents=True, exist_ok=True)
        as_path(path).write_bytes(content)
        try:
            read()
        except AwsenvError as error:
            assert "\n" not in error.problem  # noqa: PT017 - an error is one of the two good ends


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_read_or_refused_in_one_line(runtime: Runtime, content: bytes) -> None:
    """Whatever stands in a file, there is no traceback."""
    read_all(runtime, content)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(original=st.sampled_from([CONFIG, TOKEN, SETTINGS]), seed=st.integers(0, 2**32))
def test_a_mutated_file_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, original: bytes, seed: int
) -> None:
    """Bytes cut, doubled, swapped or strewn in at random lead to no traceback either."""
    home = tmp_path_factory.getbasetemp() / "mutated"
    home.mkdir(exist_ok=True)
    read_all(make_runtime(home), mutated(original, random.Random(seed)))  # noqa: S311 - test data


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return the content after one to eight small accidents."""
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.randrange(1, 40))
        match chance.randrange(4):
            case 0:
                content = content[:start] + content[end:]
            case 1:
                content = content[:end] + content[start:]
            case 2:
                content = content[:start] + chance.choice(SPICE) * chance.randint(1, 3) + content[start:]
            case _:
                content = content[:start] + chance.randbytes(end - start) + content[end:]
    return content


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_edited_without_a_trace_or_refused(content: bytes) -> None:
    """Whatever stands in a file, a section comes and goes and leaves every byte, or the file is refused in one line."""
    check_edit(content)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_mutated_file_is_edited_without_a_trace_or_refused(seed: int) -> None:
    """The same after small accidents."""
    check_edit(mutated(CONFIG, random.Random(seed)))  # noqa: S311 - test data


def check_edit(content: bytes) -> None:
    """Add a section to the content, change it, and take it away."""
    section_id = SectionId("profile", "awsenvs-own")
    try:
        text = parse_shared(content, "config", is_config=True)
        text.put(section_id, {"region": "eu-west-1"})
        added = text.content()
        text = parse_shared(added, "config", is_config=True)
        assert text.is_owned(section_id)
        text.put(section_id, {"region": "eu-west-2"})
        changed = text.content()
        assert changed == b"eu-west-2".join(added.rsplit(b"eu-west-1", 1))
        text = parse_shared(changed, "config", is_config=True)
        text.remove(section_id)
    except AwsenvError as error:
        assert "\n" not in error.problem  # noqa: PT017 - an error is one of the two good ends
    else:
        assert text.content() == content
