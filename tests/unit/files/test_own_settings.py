from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsenv.files.own_settings import with_guard_mode, without_guard_mode
from awsenv.files.settings import parse_settings
from awsenv.model import Mode

CONTENTS = st.one_of(
    st.none(),
    st.binary(max_size=30),
    st.lists(st.sampled_from([b"a = 1", b"\n", b"\r\n", b"[guard]", b"# x"]), max_size=6).map(b"".join),
)


@given(CONTENTS, st.sampled_from(get_args(Mode)), st.sampled_from(get_args(Mode)))
def test_what_is_put_in_is_taken_out_to_the_byte(content: bytes | None, first: Mode, second: Mode) -> None:
    """The line goes in, may change, and goes out again without a trace; so does a file that was made for it."""
    added = with_guard_mode(content, first)

    assert added.count(b"# awsenv setup") == 1
    assert added.endswith(content or b"")
    assert without_guard_mode(added) == content
    assert without_guard_mode(with_guard_mode(added, second)) == content
    assert with_guard_mode(added, first) == added


@pytest.mark.parametrize("before", [None, b"", b'[prompt]\nformat = "{left}"\n', b'export = "keys"\r\n[login]\r\n'])
def test_the_settings_say_so(before: bytes | None) -> None:
    """Whatever tables follow, the key is the guard's."""
    for mode in get_args(Mode):
        assert parse_settings(with_guard_mode(before, mode), "x").guard_mode == mode


def test_a_line_that_was_changed_is_its_authors() -> None:
    """A line that is no more as setup wrote it stays, and so does one that is not the first."""
    for content in (b'guard.mode = "auto" # mine\n', b'a = 1\nguard.mode = "auto" # awsenv setup\n'):
        assert without_guard_mode(content) == content
