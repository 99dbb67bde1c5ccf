"""One profile of a long file is what the whole reading makes of it, whatever else stands there."""

import os

import pytest
from contracts.test_botocore_reads_the_same import files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.files.test_hostile_files import CONFIG, HOSTILE

from awsenv.errors import MalformedConfig
from awsenv.files.excerpts import find_excerpt
from awsenv.files.ini import LONG, parse_ini
from awsenv.files.profiles import Profiles
from awsenv.model import Place, SsoRole

EXAMPLES = 20_000 if os.environ.get("AWSENV_SOAK") else 1_000
PADDING = "#" * LONG + "\n"
NAMES = ("x", "default", "y z", "'x", "", "x]", "DEFAULT", "profile x", "s", "absent")
TEAM = """
[profile team{0}]
sso_session = company
sso_account_id = {0:012}
sso_role_name = Developer
"""
COMPANY = "[sso-session company]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
TEAMS = COMPANY + "".join(TEAM.format(number) for number in range(1_000))

# Headers that differ by what `name_in` and the scanner make of them, and lines that only look like one.
headers = st.builds(
    "{}[{}{}{}{}".format,
    st.sampled_from(["", "", "", "", " ", "\t", "# ", "region = "]),
    st.sampled_from(["profile ", "profile  ", "profile\t", "sso-session ", "services ", "profile", " profile ", ""]),
    st.sampled_from(["x", "'x'", '"x"', "\\x", "'y z'", "y z", "default", "s", "'s'", "DEFAULT", "", "x]", '"', "x x"]),
    st.sampled_from(["", "", " ", "\t", "#"]),
    st.sampled_from(["]", "]", "]", "] ; x", "] [x]", "", "]]"]),
)
options = st.sampled_from(
    [
        *("sso_session = s", "sso_account_id = 000000000001", "sso_role_name = x", "sso_start_url = https://a/b"),
        *("sso_region = eu-west-1", "services = s", "sso =", "  endpoint_url = http://x", "region = x", "region = 'y'"),
        *(
            "aws_access_key_id = x",
            "aws_secret_access_key = [x]",
            "role_arn = x",
            "source_profile = x",
            "junk",
            "",
            " ",
        ),
        *("junk", "[", "[]", "[profile x", "]", "# [profile x]", "; x", "  [profile x]", "\t", "é = [x]", "x\u00a0= y"),
    ]
)
usual_files = st.lists(st.one_of(headers, options, options), max_size=16).map("\n".join)


def profiles_of(config: str, credentials: str) -> Profiles:
    """Return the profiles of two files, of which nothing was read yet."""
    texts = (config.encode("utf-8", "surrogateescape"), credentials.encode("utf-8", "surrogateescape"))
    return Profiles(parse_ini(texts[0], "config"), parse_ini(texts[1], "credentials"))


def demand_the_same(config: str, credentials: str) -> None:
    """Compare each profile, found by itself, with the whole reading's."""
    whole = profiles_of(config, credentials)
    for name in {*whole.names, *NAMES}:
        part = profiles_of(config, credentials)
        profile = part.find(name)

        assert profile == whole.find(name)
        assert (name in part) == (name in whole)
        if profile is not None:
            assert part.without_role(profile) == whole.without_role(profile)
    assert profiles_of(config, credentials).names == whole.names


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(config=st.one_of(usual_files, files), credentials=st.one_of(usual_files, st.just("")), is_first=st.booleans())
def test_a_profile_of_a_long_file_is_the_same(config: str, credentials: str, *, is_first: bool) -> None:
    """Odd headers, twins, quotes, line ends and spaces change nothing, nor where in the file the profile stands."""
    long = f"{config}\n{PADDING}" if is_first else f"{PADDING}{config}"

    demand_the_same(long, credentials)
    demand_the_same(credentials, long)
    demand_the_same(long, long)


@pytest.mark.parametrize("content", [*HOSTILE.values(), CONFIG], ids=[*HOSTILE, "a config"])
def test_a_profile_of_a_hostile_file_is_the_same(content: bytes) -> None:
    """What is no text, or no shared file, is read by name as it is read as a whole."""
    padded = content + b"\n" + PADDING.encode()
    whole, part = (Profiles(parse_ini(padded, "config"), parse_ini(b"", "c")) for _ in range(2))

    for name in (*whole.names[:3], *whole.names[-3:], *NAMES):
        assert part.find(name) == whole.find(name)


def test_only_what_matters_is_read() -> None:
    """Of a thousand profiles one is read with its sso-session, and the others wait until somebody asks for all."""
    profiles = profiles_of(TEAMS, "")
    lines = find_excerpt(TEAMS, "team7")
    profile = profiles.find("team7")

    assert lines is not None
    assert [line for _, line in lines if line.startswith("[")] == [
        "[sso-session company]",
        "[profile team7]",
        *(f"[profile team{number}]" for number in (*range(70, 80), *range(700, 800))),
    ]
    assert profile is not None
    assert isinstance(profile.source, SsoRole)
    assert profile.place == Place("config", 1 + TEAMS[: TEAMS.index("[profile team7]")].count("\n"))
    assert len(profiles) == 1_000


@pytest.mark.parametrize("spoilt", ["\r\n", "\x0c", "\u2028", "  [profile team7]\n", "\t[x]\n"])
def test_what_is_unusual_is_read_as_a_whole(spoilt: str) -> None:
    """Where a header could stand elsewhere than at the start of a line, there is no excerpt."""
    assert find_excerpt(f"{TEAMS}{spoilt}", "team7") is None
    assert find_excerpt(f"{spoilt}{TEAMS}", "team7") is None


def test_brackets_elsewhere_do_no_harm() -> None:
    """In comments and values brackets are usual."""
    assert find_excerpt(f"# a [note]\n{TEAMS}sso_account_name = a [b]\n\t# [c]\n", "team7") is not None


def test_notices_are_given_of_what_is_read() -> None:
    """A long file is complained of where it was looked at; once all of it was read, of all of it, and once."""
    profiles = profiles_of(f"{TEAMS}[profile team7]\nregion = x\n[profile team8]\nregion = y\njunk\n", "")

    assert profiles.notices == ()
    profiles.find("team7")
    assert len(profiles.notices) == 1
    assert len(profiles) == 1_000
    assert len(profiles.notices) == len(set(profiles.notices)) == 3


def test_a_long_file_has_a_limit_of_lines() -> None:
    """Whoever asks for one profile only, too, is told of a file without an end."""
    with pytest.raises(MalformedConfig):
        parse_ini(b"\n" * 300_000, "config")
