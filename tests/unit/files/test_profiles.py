import os
from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.errors import CacheUnreadable, MalformedConfig
from awsenv.files.nearest import nearest
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.model import (
    AssumedRole,
    LoginSession,
    NoSource,
    Place,
    Process,
    Profile,
    Source,
    SsoRole,
    SsoSession,
    StaticKeys,
    WebIdentity,
)
from awsenv.runtime import Runtime

SESSION = "[sso-session acme]\nsso_start_url = https://a.awsapps.com/start\nsso_region = eu-west-1\n"


def load(runtime: Runtime, config: str = "", credentials: str = "") -> Profiles:
    """Write both files and load them."""
    (runtime.home / ".aws/config").write_text(config)
    (runtime.home / ".aws/credentials").write_text(credentials)
    return load_profiles(runtime)


def only(runtime: Runtime, config: str = "", credentials: str = "") -> Profile:
    """Return the profile `x` of the files."""
    profile = load(runtime, config, credentials).find("x")
    assert profile is not None
    return profile


def test_names_stand_in_the_order_of_the_aws_cli(runtime: Runtime) -> None:
    """First the config file's profiles in its order, then those only in the credentials file."""
    profiles = load(runtime, "[profile b]\n[default]\n[profile a]\n", "[z]\n[a]\n[y]\n")

    assert profiles.names == ("b", "default", "a", "z", "y")
    assert [profile.name for profile in profiles] == list(profiles.names)
    assert (len(profiles), "z" in profiles, "q" in profiles) == (5, True, False)


def test_a_key_in_the_credentials_file_overrides_the_config_file(runtime: Runtime) -> None:
    """The two sections of one profile are one, and the credentials file has the last word, on the region too."""
    profile = only(
        runtime, "[profile x]\nregion = a\nca_bundle = /c\n", "[x]\nregion = b\naws_account_id = 000000000001\n"
    )

    assert (profile.region, profile.ca_bundle, profile.account_id) == ("b", "/c", "000000000001")
    assert profile.place == Place(str(runtime.home / ".aws/config"), 1)


def test_one_profile_of_thousands_is_made_alone(runtime: Runtime) -> None:
    """Finding one profile makes no other."""
    profiles = load(runtime, "".join(f"[profile p{number}]\n" for number in range(1000)))
    profiles.find("p500")

    assert list(profiles._made) == ["p500"]  # noqa: SLF001 - the point of the test
    assert profiles.find("p500") is profiles.find("p500")
    assert profiles.find("nobody") is None


PLAIN = "[profile {}]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = R\nregion = eu-west-1\n"


@pytest.mark.parametrize(
    ("config", "credentials"),
    [
        ("duration_seconds = soon\n", ""),
        ("sso_start_url = https://b.awsapps.com/start\n", ""),
        ("", "[x]\naws_access_key_id = AKIA\naws_secret_access_key = s\n"),
        ("[DEFAULT]\nrole_arn = arn:aws:iam::111122223333:role/R\n", ""),
        ("", "[DEFAULT]\naws_access_key_id = AKIA\n"),
    ],
)
def test_a_profile_with_more_than_a_role_of_a_session_is_looked_at(
    runtime: Runtime, config: str, credentials: str
) -> None:
    """What may be of another sso-session, or have a notice, is never passed over; the rest of thousands is."""
    assert list(load(runtime, SESSION + PLAIN.format("x")).unusual()) == []

    profiles = load(runtime, SESSION + PLAIN.format("x") + config, credentials)

    assert "x" in [profile.name for profile in profiles.unusual()]


def test_profiles_outside_the_named_sessions_are_looked_at(runtime: Runtime) -> None:
    """A legacy profile, one of a session that is nowhere, and one of the credentials file alone are no plain roles."""
    others = (
        PLAIN.format("lost").replace("acme", "gone") + "[profile old]\nsso_start_url = https://o.awsapps.com/start\n"
    )
    profiles = load(runtime, SESSION + PLAIN.format("x") + others, "[keys]\naws_access_key_id = AKIA\n")

    assert [profile.name for profile in profiles.unusual()] == ["lost", "old", "keys"]


def test_an_sso_role_takes_start_url_and_region_from_its_session(runtime: Runtime) -> None:
    """A profile with an sso-session is an SSO role of that session, its account kept as text."""
    config = (
        SESSION + "sso_registration_scopes = a, b ,\n[profile x]\nsso_session = acme\nsso_account_id = 000000000042\n"
        "sso_role_name = Admin\nsso_account_name = Team Unicorn\nregion = eu-west-3\n"
    )
    session = SsoSession("acme", "https://a.awsapps.com/start", "eu-west-1", ("a", "b"))
    profile = only(runtime, config)

    assert profile.source == SsoRole(session, "000000000042", "Admin")
    assert (profile.account_name, profile.region) == ("Team Unicorn", "eu-west-3")
    assert load_profiles(runtime).sso_sessions == {"acme": session}


def test_a_legacy_sso_profile_is_its_own_session(runtime: Runtime) -> None:
    """Start URL and region in the profile itself make a session without a name."""
    config = "[profile x]\nsso_start_url = https://u\nsso_region = r\nsso_account_id = 1\nsso_role_name = R\n"

    assert only(runtime, config).source == SsoRole(SsoSession(None, "https://u", "r"), "1", "R")


@pytest.mark.parametrize(
    ("keys", "source"),
    [
        ("role_arn = A\nsource_profile = s\nduration_seconds = 900", AssumedRole("A", "s", duration_seconds=900)),
        ("role_arn = A\ncredential_source = Environment", AssumedRole("A", None, "Environment")),
        (
            "role_arn = A\nsource_profile = s\nexternal_id = e\nmfa_serial = m\nrole_session_name = n",
            AssumedRole("A", "s", None, "e", "m", "n"),
        ),
        ("role_arn = A\nweb_identity_token_file = /t\nrole_session_name = n", WebIdentity("A", "/t", "n")),
        ("login_session = L\ncredential_process = c", LoginSession("L")),
        ("credential_process = c --x\naws_access_key_id = A\naws_secret_access_key = S", Process("c --x")),
        ("aws_access_key_id = A\naws_secret_access_key = S\naws_session_token = T", StaticKeys("A", "S", "T")),
    ],
)
def test_a_profile_has_the_first_source_that_applies(runtime: Runtime, keys: str, source: Source) -> None:
    """Of all the sources a profile names, it has the one that botocore would take."""
    assert only(runtime, f"[profile x]\n{keys}\n").source == source


def test_keys_of_the_credentials_file_come_before_a_process_and_those_of_the_config_file_after(
    runtime: Runtime,
) -> None:
    """Static keys stand at two places in botocore's order, by the file they are in."""
    keys = "aws_access_key_id = A\naws_secret_access_key = S\n"

    assert only(runtime, "[profile x]\ncredential_process = c\n", f"[x]\n{keys}").source == StaticKeys("A", "S")
    assert only(runtime, f"[profile x]\ncredential_process = c\n{keys}").source == Process("c")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("role_arn = A", "has a role_arn but neither a source_profile nor a credential_source"),
        ("role_arn = A\nsource_profile = s\ncredential_source = Environment", "names both a source_profile and a"),
        ("role_arn = A\ncredential_source = Moon", 'names a credential_source "Moon", which is none of AWS\'s'),
        ("web_identity_token_file = /t", "has a web_identity_token_file but no role_arn"),
        (
            "sso_session = gone\nsso_account_id = 1\nsso_role_name = R",
            'names an sso-session "gone" that does not exist',
        ),
        ("sso_session = acme", "names an sso-session but no sso_account_id and sso_role_name"),
        ("sso_session = acme\nsso_account_id = 1", "uses SSO but lacks sso_role_name"),
        ("sso_account_id = 1\nsso_role_name = R", "uses SSO but lacks sso_start_url, sso_region"),
        (
            "sso_session = acme\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = R",
            'has the sso_region "us-east-1", but its sso-session "acme" has "eu-west-1"',
        ),
        ("aws_access_key_id = A", "has static keys in the config file, but no aws_secret_access_key among them"),
        ("region = r", "does not say where its credentials come from"),
    ],
)
def test_a_profile_without_a_source_says_what_is_missing(runtime: Runtime, config: str, problem: str) -> None:
    """What is wrong reads on from the name of the profile."""
    source = only(runtime, f"{SESSION}[profile x]\n{config}\n").source

    assert isinstance(source, NoSource)
    assert source.problem.startswith(problem)


def test_static_keys_beside_a_role_are_kept_at_hand(runtime: Runtime) -> None:
    """A role may name its own profile as its source: then the keys in the same section are meant."""
    profile = only(
        runtime,
        "[profile x]\nrole_arn = A\nsource_profile = x\n",
        "[x]\naws_access_key_id = K\naws_secret_access_key = S\n",
    )

    assert profile.source == AssumedRole("A", "x")
    assert profile.static_keys == StaticKeys("K", "S")


def test_a_duration_that_is_no_number_is_passed_over_with_a_notice(runtime: Runtime) -> None:
    """As botocore does, but not silently."""
    profiles = load(runtime, "[profile x]\nrole_arn = A\nsource_profile = s\nduration_seconds = 1h\n")
    profile = profiles.find("x")

    assert profile is not None
    assert profile.source == AssumedRole("A", "s")
    assert [notice.text for notice in profiles.notices] == [
        'profile "x": duration_seconds is no whole number, so AWS\'s default counts'
    ]


def test_endpoints_are_the_overrides_that_botocore_would_follow(runtime: Runtime) -> None:
    """The profile's endpoint_url is for all services, its services section for each; one switch turns both off."""
    services = (
        "[services v]\nsts =\n  endpoint_url = http://localhost:1\n"
        "sso_oidc =\n  endpoint_url = http://localhost:2\ns3 =\n  x = y\n"
    )
    keys = "[profile x]\nservices = v\nendpoint_url = http://localhost:3\n"

    assert only(runtime, services + keys).endpoints == {
        "*": "http://localhost:3",
        "sts": "http://localhost:1",
        "sso_oidc": "http://localhost:2",
    }
    assert only(runtime, f"{services}{keys}ignore_configured_endpoint_urls = True\n").endpoints == {}


def test_an_sso_session_without_start_url_or_region_is_a_notice(runtime: Runtime) -> None:
    """An incomplete session is no session, and a person is told."""
    profiles = load(runtime, "[sso-session half]\nsso_region = r\n")

    assert profiles.sso_sessions == {}
    assert [notice.text for notice in profiles.notices] == ['the sso-session "half" lacks sso_start_url or sso_region']


def test_names_with_control_characters_stay_listed(runtime: Runtime) -> None:
    """A name that no shell can carry is listed all the same: it is refused when it is used."""
    (runtime.home / ".aws/config").write_bytes(b"[profile a\x1bb]\n[profile c\0d]\n[profile \xff]\n")

    assert load_profiles(runtime).names == ("a\x1bb", "c\0d", "\udcff")


def test_the_files_can_be_elsewhere(home: Path) -> None:
    """Both variables are honoured, with `~` and variables in them; an empty one means no file at all."""
    (home / ".aws/config").write_text("[profile at-home]\n")
    (home / "other").write_text("[profile elsewhere]\n")
    for value, names in (("~/other", ("elsewhere",)), ("$PLACE/other", ("elsewhere",)), ("", ()), ("$NO/other", ())):
        runtime = make_runtime(home, {"AWS_CONFIG_FILE": value, "PLACE": str(home)})

        assert load_profiles(runtime).names == names


def test_a_shared_file_that_is_none_is_an_error(home: Path) -> None:
    """A folder or a pipe in place of a shared file is named, and never waited for."""
    (home / "folder").mkdir()
    (home / "loop").symlink_to("loop")
    os.mkfifo(home / "pipe")
    for name, kind in (("folder", MalformedConfig), ("pipe", MalformedConfig), ("loop", CacheUnreadable)):
        with pytest.raises(kind, match=name):
            load_profiles(make_runtime(home, {"AWS_SHARED_CREDENTIALS_FILE": f"~/{name}"}))
    with pytest.raises(MalformedConfig):
        load_profiles(make_runtime(home, {"AWS_CONFIG_FILE": "a\0b"}))


def test_the_nearest_name_is_suggested_whatever_its_case() -> None:
    """A slip of the finger finds the name that was meant; nonsense finds none."""
    assert nearest("unicron", ["marketing", "Unicorn"]) == "Unicorn"
    assert nearest("zzz", ["marketing", "Unicorn"]) is None
