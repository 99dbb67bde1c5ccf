import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsenv.files.ini import parse_ini
from awsenv.files.sections import name_in, notices_of_credentials, sort_config


@given(st.text(alphabet="ab \t'\"\\#\x0b\xa0\x85é\0", max_size=12))
def test_a_header_has_the_name_that_a_shell_would_see(header: str) -> None:
    """A section's name is the second of exactly two words as `shlex` splits them."""
    try:
        words = shlex.split(header)
    except ValueError:
        words = []

    assert name_in(header) == (words[1] if len(words) == 2 else None)


def sorted_names(content: bytes) -> tuple[list[str], list[str], list[str]]:
    """Return the names of profiles, sso-sessions and services."""
    found = sort_config(parse_ini(content, "c"))
    return list(found.profiles), list(found.sso_sessions), list(found.services)


def test_sections_are_sorted_by_their_first_word() -> None:
    """Kinds are told by how the header begins, as botocore does it, and other sections are passed over."""
    content = b'[default]\n[profile a]\n[profile "b c"]\n[profilex d]\n[sso-session s]\n[services v]\n[preview]\n[b]\n'

    assert sorted_names(content) == (["default", "a", "b c", "d"], ["s"], ["v"])


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("profile o'brien", "pass over [profile o'brien]: a name with spaces or quotes"),
        ("profile a b", 'is written [profile "a name"]'),
        ("sso-session a b", 'is written [sso-session "a name"]'),
        ("forgotten", "pass over [forgotten]: in this file a profile is [profile forgotten]"),
    ],
)
def test_a_section_that_aws_passes_over_is_told(header: str, told: str) -> None:
    """A profile that nobody will find has a notice with the line of its header."""
    notices = sort_config(parse_ini(f"# 1\n[{header}]\nregion = x\n".encode(), "c")).notices

    assert [told in notice.text for notice in notices] == [True]
    assert str(notices[0]).startswith("c:2: ")


def test_sections_without_keys_of_a_profile_are_nobodys_business() -> None:
    """`[plugins]` and the like are no forgotten profiles."""
    assert sort_config(parse_ini(b"[plugins]\ncli_legacy_plugin_path = /x\n", "c")).notices == []


def test_of_two_sections_with_one_name_the_last_is_the_profile() -> None:
    """`[default]` and `[profile default]` are one name, and the later takes the place of the earlier, unmerged."""
    found = sort_config(parse_ini(b"[default]\noutput = a\n[profile default]\nregion = r\n", "c"))

    assert found.profiles["default"].values() == {"region": "r"}
    assert [str(notice) for notice in found.notices] == [
        "c:3: [profile default] takes the place of [default] on line 1, whose keys are not read"
    ]


def test_the_word_profile_in_the_credentials_file_is_told() -> None:
    """In the credentials file the whole header is the name, so `[profile x]` is hardly meant."""
    notices = notices_of_credentials(parse_ini(b"[a]\n[profile b]\n", "k"))

    assert [notice.place.line for notice in notices if notice.place] == [2]
