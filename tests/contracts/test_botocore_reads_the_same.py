"""What botocore reads in the shared files and caches, and what it would do with it, is what awsenv reads and does."""

import json
import os
import random
import string
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import botocore.configloader
import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.utils
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.files.fakes import NOW, make_runtime

from awsenv.files import login_cache, role_cache, tokens
from awsenv.files.ini import IniFile, parse_ini, parse_nested
from awsenv.files.profiles import Profiles
from awsenv.files.scanner import REFUSED
from awsenv.files.sections import sort_config
from awsenv.model import (
    AccessToken,
    AssumedRole,
    Credentials,
    LoginSession,
    NoSource,
    Process,
    SsoRole,
    SsoSession,
    StaticKeys,
    WebIdentity,
)

EXAMPLES = 20_000 if os.environ.get("AWSENV_SOAK") else 500
TOKENS = 1_000

thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

names = st.text(alphabet="abAB -_.é'\"\\\x0b#;=:\x1b", max_size=6)
headers = st.builds("[{}{}]".format, st.sampled_from(["profile ", "profile\t", "sso-session ", "", "services "]), names)
keys = st.sampled_from(["region", "Output", "role_arn", "sso_region", "a", "b", "c", "s3", "É"])
delimiters = st.sampled_from(["=", " = ", ":", "\t:", " =:", "  "])
texts = st.text(alphabet="ab =:#;[]\\'\"é€\x0b\x0c\x1c\x85\xa0\u2028\0", max_size=10)
options = st.builds("{}{}{}".format, keys, delimiters, texts)
lines = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", " ", "\t", "    ", "\xa0"]),
    st.one_of(headers, options, options, texts, st.sampled_from(["", "# c", "; c", "[DEFAULT]", "[default]", "x ="])),
    st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]),
)
beginnings = st.sampled_from(["[profile top]\n", "[default]\r\n", "# c\n[sso-session s]\n", "[DEFAULT]\n", ""])
files = st.builds("{}{}".format, beginnings, st.lists(lines, max_size=14).map("".join))


@pytest.fixture(scope="module", autouse=True)
def clean_environment() -> Iterator[None]:
    """Take everything of AWS out of the environment that botocore reads."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("AWS_"):
                patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the files of all examples."""
    return tmp_path_factory.mktemp("shared")


def as_botocore_has_it(values: dict[str, str]) -> dict[str, Any]:
    """Return the values with nested keys as dictionaries."""
    return {key: parse_nested(value) if value.startswith("\n") else value for key, value in values.items()}


def refusals(parsed: IniFile) -> list[str]:
    """Return the notices that say AWS tools refuse the file."""
    return [str(notice) for notice in parsed.notices if REFUSED in notice.text]


@thorough
@given(content=files)
def test_a_file_is_read_as_botocore_reads_it_or_told_to_be_refused(folder: Path, content: str) -> None:
    """Accepted files give the very same sections and values; for all others, and only those, a notice says so."""
    path = folder / "config"
    path.write_bytes(content.encode())
    parsed = parse_ini(content.encode(), str(path))
    try:
        expected = botocore.configloader.load_config(str(path))
    except botocore.exceptions.ConfigParseError:
        assert refusals(parsed) != []
        return
    found = sort_config(parsed)

    assert refusals(parsed) == []
    for kind, sections in (
        ("profiles", found.profiles),
        ("sso_sessions", found.sso_sessions),
        ("services", found.services),
    ):
        ours = {name: as_botocore_has_it(section.values()) for name, section in sections.items()}
        assert list(ours.items()) == list(expected[kind].items())


@thorough
@given(config=files, credentials=files)
def test_profiles_have_the_names_and_the_order_of_botocore(folder: Path, config: str, credentials: str) -> None:
    """`names` is what a botocore session lists as available profiles."""
    for name, content in (("config", config), ("credentials", credentials)):
        (folder / name).write_bytes(content.encode())
    try:
        expected = botocore_session(folder).available_profiles
    except botocore.exceptions.ConfigParseError:
        return

    assert list(our_profiles(folder).names) == expected


ROLE = "arn:aws:iam::123456789012:role/r"
SETTINGS = {
    "role_arn": [ROLE],
    "source_profile": ["base", "x"],
    "credential_source": ["Environment", "Moon"],
    "web_identity_token_file": ["/nowhere"],
    "sso_account_id": ["000000000001"],
    "sso_role_name": ["Admin"],
    "sso_session": ["acme", "half", "gone"],
    "sso_start_url": ["https://a", "https://b"],
    "sso_region": ["eu-west-1"],
    "login_session": ["arn:aws:sts::1:x"],
    "credential_process": ["/bin/false"],
    "aws_access_key_id": ["AKIA"],
    "aws_secret_access_key": ["secret"],
    "aws_session_token": ["session"],
}
FIXED = """
[profile base]
aws_access_key_id = BASE
aws_secret_access_key = secret
[sso-session acme]
sso_start_url = https://a
sso_region = eu-west-1
[sso-session half]
sso_region = eu-west-1
"""
sections = st.fixed_dictionaries({}, optional={key: st.sampled_from(pool) for key, pool in SETTINGS.items()})
METHODS = {
    "assume-role": AssumedRole,
    "assume-role-with-web-identity": WebIdentity,
    "sso": SsoRole,
    "shared-credentials-file": StaticKeys,
    "login": LoginSession,
    "custom-process": Process,
    "config-file": StaticKeys,
}


@thorough
@given(in_config=sections, in_credentials=sections)
def test_a_profile_gets_its_credentials_from_where_botocore_gets_them(
    folder: Path, in_config: dict[str, str], in_credentials: dict[str, str]
) -> None:
    """The chosen source is the first provider of botocore's chain that answers, or none where that one complains."""
    (folder / "config").write_text(f"{FIXED}[profile x]\n" + "".join(f"{k} = {v}\n" for k, v in in_config.items()))
    (folder / "credentials").write_text("[x]\n" + "".join(f"{k} = {v}\n" for k, v in in_credentials.items()))
    profile = our_profiles(folder).find("x")
    assert profile is not None

    assert type(profile.source) is source_of_botocore(botocore_session(folder), profile.source)


def source_of_botocore(session: Any, ours: object) -> type:
    """Return the class of source that botocore's chain comes to for the profile `x`."""
    for provider in botocore.credentials.create_credential_resolver(session).providers:
        source = METHODS.get(provider.METHOD)
        if source is None:
            continue
        try:
            credentials = provider.load()
        except (botocore.exceptions.InfiniteLoopConfigError, botocore.exceptions.CredentialRetrievalError):
            # Where the chain leads is found out when it is walked, not when the profile is read.
            return source
        except botocore.exceptions.MissingDependencyException:
            return LoginSession if source is not AssumedRole else AssumedRole
        except (botocore.exceptions.InvalidConfigError, botocore.exceptions.PartialCredentialsError):
            is_walked = source is AssumedRole and isinstance(ours, AssumedRole) and ours.source_profile == "x"
            return AssumedRole if is_walked else NoSource
        if credentials is not None:
            return source
    return NoSource


def botocore_session(folder: Path) -> Any:
    """Return a botocore session for the profile `x` of the folder's two files."""
    session = botocore.session.Session(profile="x")
    session.set_config_variable("config_file", str(folder / "config"))
    session.set_config_variable("credentials_file", str(folder / "credentials"))
    return session


def our_profiles(folder: Path) -> Profiles:
    """Return awsenv's reading of the folder's two files."""
    paths = (folder / "config", folder / "credentials")
    return Profiles(*(parse_ini(path.read_bytes(), str(path)) for path in paths))


some_text = st.text(min_size=1, max_size=30)
maybe_text = st.none() | some_text


@given(account_id=some_text, role_name=some_text, start_url=some_text, name=maybe_text)
def test_sso_roles_are_filed_under_botocores_name(
    account_id: str, role_name: str, start_url: str, name: str | None
) -> None:
    """For any arguments the name of the entry is the one that botocore's own fetcher makes."""
    theirs = botocore.credentials.SSOCredentialFetcher(
        start_url, "eu-west-1", role_name, account_id, None, sso_session_name=name
    )
    ours = SsoRole(SsoSession(name, start_url, "eu-west-1"), account_id, role_name)

    assert role_cache.key_of(ours) == theirs._create_cache_key()  # noqa: SLF001 - the contract


@given(
    role_arn=some_text,
    external_id=maybe_text | st.just(""),
    mfa_serial=maybe_text,
    role_session_name=maybe_text | st.just(""),
    duration_seconds=st.none() | st.integers(),
)
def test_assumed_roles_are_filed_under_botocores_name(
    role_arn: str,
    external_id: str | None,
    mfa_serial: str | None,
    role_session_name: str | None,
    duration_seconds: int | None,
) -> None:
    """For any arguments the name of the entry is the one that botocore's own fetcher makes."""
    given_arguments = {
        "ExternalId": external_id,
        "SerialNumber": mfa_serial,
        "RoleSessionName": role_session_name,
        "DurationSeconds": duration_seconds,
    }
    arguments = {key: value for key, value in given_arguments.items() if value is not None}
    theirs = botocore.credentials.AssumeRoleCredentialFetcher(None, None, role_arn, extra_args=arguments)
    ours = AssumedRole(role_arn, "s", None, external_id, mfa_serial, role_session_name, duration_seconds)

    assert role_cache.key_of(ours) == theirs._create_cache_key()  # noqa: SLF001 - the contract


@given(role_arn=some_text, role_session_name=maybe_text)
def test_web_identities_are_filed_under_botocores_name(role_arn: str, role_session_name: str | None) -> None:
    """For any arguments the name of the entry is the one that botocore's own fetcher makes."""
    arguments = {"RoleSessionName": role_session_name} if role_session_name else {}
    theirs = botocore.credentials.AssumeRoleWithWebIdentityCredentialFetcher(None, None, role_arn, extra_args=arguments)

    assert role_cache.key_of(WebIdentity(role_arn, "/t", role_session_name)) == theirs._create_cache_key()  # noqa: SLF001


def test_a_thousand_tokens_survive_the_way_there_and_back(tmp_path: Path) -> None:
    """What awsenv writes botocore reads, and the other way round, to the last field."""
    chance = random.Random(20260714)  # noqa: S311 - test data
    runtime = make_runtime(tmp_path)
    loader = botocore.utils.SSOTokenLoader(botocore.utils.JSONFileCache(str(tmp_path / ".aws/sso/cache")))
    for number in range(TOKENS):
        sso_session = random_session(chance, number)
        ours = random_token(chance, sso_session)
        tokens.write_token(runtime, sso_session, ours)
        theirs = loader(sso_session.start_url, session_name=sso_session.name)
        assert as_fields(ours) == theirs

        tokens.remove_token(runtime, sso_session)
        loader.save_token(sso_session.start_url, theirs, session_name=sso_session.name)
        found = tokens.find_token(runtime, sso_session)
        assert found is not None
        assert as_fields(found) == theirs


def random_session(chance: random.Random, number: int) -> SsoSession:
    """Return one of many sessions, some of them without a name."""
    name = None if number % 5 == 0 else "".join(chance.choices(string.printable + "äß€", k=8))
    return SsoSession(name, f"https://d-{number}.awsapps.com/start", "eu-west-1")


def random_token(chance: random.Random, sso_session: SsoSession) -> AccessToken:
    """Return a token of that session with or without what a refresh needs."""

    def secret() -> str:
        return "".join(chance.choices(string.ascii_letters + string.digits + "+/=-_.~\"\\'", k=chance.randint(1, 900)))

    def moment() -> datetime:
        return NOW + timedelta(seconds=chance.randint(-(10**8), 10**9))

    is_refreshable = chance.random() < 0.5
    return AccessToken(
        sso_session.start_url,
        sso_session.region,
        moment(),
        secret(),
        refresh_token=secret() if is_refreshable else None,
        client_id=secret() if is_refreshable else None,
        client_secret=secret() if is_refreshable else None,
        registration_expires_at=moment() if is_refreshable else None,
    )


def as_fields(access_token: AccessToken) -> dict[str, str]:
    """Return the fields that the AWS CLI has for a token."""
    registration = access_token.registration_expires_at
    fields = {
        "startUrl": access_token.start_url,
        "region": access_token.region,
        "accessToken": access_token.access_token,
        "expiresAt": f"{access_token.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "clientId": access_token.client_id,
        "clientSecret": access_token.client_secret,
        "registrationExpiresAt": f"{registration:%Y-%m-%dT%H:%M:%SZ}" if registration else None,
        "refreshToken": access_token.refresh_token,
    }
    return {name: value for name, value in fields.items() if value is not None}


SOURCES = (
    SsoRole(SsoSession("acme", "https://a", "eu-west-1"), "123456789012", "Admin"),
    SsoRole(SsoSession(None, "https://a", "eu-west-1"), "123456789012", "Admin"),
    AssumedRole(ROLE, "base", external_id="e", duration_seconds=900),
    WebIdentity(ROLE, "/t"),
)


def fetcher_of(source: role_cache.CachedSource, cache: Any) -> Any:
    """Return botocore's fetcher for a source, with a cache and nobody to ask."""
    match source:
        case SsoRole(sso_session=session):
            return botocore.credentials.SSOCredentialFetcher(
                session.start_url,
                session.region,
                source.role_name,
                source.account_id,
                None,
                sso_session_name=session.name,
                cache=cache,
            )
        case AssumedRole():
            arguments = {"ExternalId": source.external_id, "DurationSeconds": source.duration_seconds}
            return botocore.credentials.AssumeRoleCredentialFetcher(
                None, None, source.role_arn, extra_args=arguments, cache=cache
            )
        case _:
            return botocore.credentials.AssumeRoleWithWebIdentityCredentialFetcher(
                None, None, source.role_arn, cache=cache
            )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_botocore_uses_the_credentials_that_awsenv_filed(tmp_path: Path, source: role_cache.CachedSource) -> None:
    """A fetcher of botocore finds awsenv's entry good and asks nobody."""
    expires_at = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    credentials = Credentials("ASIA", "secret", "session", expires_at, "123456789012")
    role_cache.write_credentials(
        make_runtime(tmp_path), source, credentials, assumed_role_user=("AROA:x", "arn:aws:sts::123456789012:x")
    )
    cache = botocore.utils.JSONFileCache(str(tmp_path / ".aws/cli/cache"))

    assert fetcher_of(source, cache).fetch_credentials() == {
        "access_key": "ASIA",
        "secret_key": "secret",
        "token": "session",
        "expiry_time": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "account_id": "123456789012",
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_awsenv_uses_the_credentials_that_botocore_filed(tmp_path: Path, source: role_cache.CachedSource) -> None:
    """An entry in botocore's own writing, with its own forms of time, is found."""
    runtime = make_runtime(tmp_path)
    cache = botocore.utils.JSONFileCache(str(tmp_path / ".aws/cli/cache"))
    fields = {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "SessionToken": "session"}
    expires_at = datetime.now(timezone.utc).replace(microsecond=0, year=2030)
    fetcher_of(source, cache)._write_to_cache({"Credentials": fields | {"Expiration": expires_at}})  # noqa: SLF001

    assert role_cache.find_credentials(runtime, source) == Credentials(
        "ASIA", "secret", "session", expires_at, "123456789012"
    )


def test_console_credentials_are_found_where_botocore_files_them(tmp_path: Path) -> None:
    """The entry of a `login_session` has botocore's name."""
    runtime = make_runtime(tmp_path)
    arn = "arn:aws:sts::123456789012:assumed-role/x/y"
    entry = {
        "accessToken": {
            "accessKeyId": "ASIA",
            "secretAccessKey": "secret",
            "sessionToken": "session",
            "accountId": "123456789012",
            "expiresAt": "2026-07-14T12:10:00Z",
        }
    }
    cache = botocore.utils.JSONFileCache(str(tmp_path / ".aws/login/cache"))
    botocore.utils.LoginTokenLoader(cache).save_token(arn, entry)

    assert login_cache.find_login_credentials(runtime, arn) == Credentials(
        "ASIA", "secret", "session", NOW + timedelta(minutes=10), "123456789012"
    )
    assert json.loads(Path(login_cache.login_path(runtime, arn)).read_text()) == entry
