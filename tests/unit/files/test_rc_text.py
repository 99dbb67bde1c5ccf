import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsenv.files.rc_text import code_lines, edit_of, lines_above, with_line, without_line
from awsenv.shells.rc_files import hook_line, hook_lines

LINE, QUIET = hook_line("zsh"), hook_line("zsh", has_prompt=False)
KNOWN = hook_lines("zsh")
MARKED = f"{LINE} # awsenv setup".encode()
# What ends lines, goes on with them, or only looks so; and bytes that are no text.
PIECES = st.sampled_from(
    [
        *(b"a", b"export A=1", b"\n", b"\r\n", b"\r", b"\\", b"\\\n", b"\\\r\n", b" ", b"#", b'"'),
        *(b"\x0c", b"\x85", b"\xff\xfe", b"\0", b"\xc3\xa9", b"\xe2\x80\xa8", b"# awsenv setup", LINE.encode()),
    ]
)
CONTENTS = st.one_of(st.none(), st.lists(PIECES, max_size=8).map(b"".join), st.binary(max_size=40))


@given(CONTENTS)
def test_what_is_put_in_is_taken_out_to_the_byte(content: bytes | None) -> None:
    """Whatever stands in the file, the line goes in on a line of its own, once, and out again without a trace."""
    if content is not None and without_line(content, KNOWN) != content:
        return
    added = with_line(content, LINE, KNOWN)

    assert added.startswith(content or b"")
    assert any(line.startswith(MARKED) for line in added.split(b"\n"))
    assert with_line(added, LINE, KNOWN) == added
    assert without_line(added, KNOWN) == content
    changed = with_line(added, QUIET, KNOWN)
    assert without_line(changed, KNOWN) == content
    assert with_line(changed, LINE, KNOWN) == added


@given(CONTENTS, st.binary(min_size=1, max_size=20))
def test_what_others_put_behind_stays_on_its_own_line(content: bytes | None, more: bytes) -> None:
    """What stands behind the line by now is not joined to what stands before it."""
    if content is not None and without_line(content, KNOWN) != content:
        return
    rest = without_line(with_line(content, LINE, KNOWN) + more, KNOWN)

    assert rest is not None
    assert rest.startswith(content or b"")
    assert rest.endswith(more)
    between = rest[len(content or b"") : len(rest) - len(more)]
    assert between.strip(b"\r\n") == b""
    assert not content or (content + between).endswith(b"\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, MARKED + b" and this file\n"),
        (b"", MARKED + b"\n"),
        (b"a\n", b"a\n" + MARKED + b"\n"),
        (b"a", b"a\n" + MARKED + b" and the line end before this\n"),
        (b"a\r\n", b"a\r\n" + MARKED + b"\r\n"),
        (b"a\r\nb", b"a\r\nb\r\n" + MARKED + b" and the line end before this\r\n"),
        (b"a \\\n", b"a \\\n\n" + MARKED + b" and the line end before this\n"),
        (b"a \\", b"a \\\n\n" + MARKED + b" and the two line ends before this\n"),
    ],
)
def test_where_the_line_goes(before: bytes | None, after: bytes) -> None:
    """The line goes to the end, with the line ends of the file, and never goes on with the line before it."""
    assert with_line(before, LINE, KNOWN) == after


def test_a_line_that_was_changed_is_its_authors() -> None:
    """A marked line in which somebody changed anything stays, and so does the same line without the mark."""
    for line in (MARKED.replace(b"zsh)", b"zsh --debug)"), LINE.encode(), MARKED + b" by me"):
        assert without_line(b"a\n" + line + b"\nb\n", KNOWN) == b"a\n" + line + b"\nb\n"


def test_copies_of_the_line_go_with_it() -> None:
    """A line that stands there twice, as after a merge of dotfiles, is one line again, or none."""
    content = b"a\n" + MARKED + b"\nb\n" + MARKED + b"\n"

    assert with_line(content, QUIET, KNOWN) == b"a\n" + f"{QUIET} # awsenv setup".encode() + b"\nb\n"
    assert without_line(content, KNOWN) == b"a\nb\n"


def test_a_file_that_setup_made_goes_only_when_it_is_empty() -> None:
    """What somebody wrote into the file since keeps it there."""
    made = with_line(None, LINE, KNOWN)

    assert without_line(made, KNOWN) is None
    assert without_line(made + b"b\n", KNOWN) == b"b\n"


def test_the_diff_has_only_what_changes() -> None:
    """Of the lines that stay none is shown: they may hold secrets."""
    before = b"SECRET=1\n\nb"
    (edit,) = edit_of(before, with_line(before, LINE, KNOWN))

    assert (edit.start, edit.old) == (3, ())
    assert edit.new == (f"{LINE} # awsenv setup and the line end before this",)
    assert edit_of(before, before) == []
    assert [each.old for each in edit_of(with_line(None, LINE, KNOWN), None)] == [
        (f"{LINE} # awsenv setup and this file",)
    ]


def test_comments_are_no_code() -> None:
    """A line that is commented out counts as an empty one; the others keep their numbers."""
    assert code_lines(b"a\n  # b\r\n\tc # d\n") == ["a", "", "c # d"]


def test_the_line_may_go_before_another() -> None:
    """Put before a line that would keep it from being read, it is taken out again to the byte."""
    before = b"a\r\nreturn\r\nb"
    after = with_line(before, LINE, KNOWN, 1)

    assert after == b"a\r\n" + MARKED + b"\r\nreturn\r\nb"
    assert lines_above(after, KNOWN) == [b"a\r\n"]
    assert lines_above(before, KNOWN) == [b"a\r\n", b"return\r\n", b"b"]
    assert with_line(after, QUIET, KNOWN).count(b"awsenv init") == 1
    assert without_line(after, KNOWN) == before
