import pytest

from awsenv.cli.bar import bar_line
from awsenv.cli.diff import diff_lines
from awsenv.files.edits import Edit


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (100, "awsenv: accounts [###############---------------] 250/500, 1:05 left"),
        (52, "awsenv: accounts [#######-------] 250/500, 1:05 left"),
        (40, "awsenv: accounts 250/500"),
        (20, "250/500"),
        (3, "250"),
    ],
)
def test_the_bar_fits(width: int, line: str) -> None:
    """Where there is little room the bar gets shorter, then goes, and then the words do."""
    assert len(line) <= width
    assert bar_line("accounts", 250, 500, 65.0, width) == line


def test_a_diff_names_lines_and_hides_secrets() -> None:
    """Only lines that differ are shown, with their numbers; neither a secret nor what would move the screen is."""
    edits = [
        Edit(4, ("[x]", "a = 1", "b = 2"), ("[x]", "a = 1", "b = 3", "c = \x1b[2J")),
        Edit(10, ("aws_secret_access_key = s", "Token: t"), ()),
        Edit(20, (), ("new",)),
    ]

    assert list(diff_lines("f", edits)) == [
        "--- f",
        "+++ f",
        "@@ -7,1 +7,2 @@",
        "-b = 2",
        "+b = 3",
        "+c = \\x1b[2J",
        "@@ -11,2 +11,0 @@",
        "-aws_secret_access_key = …",
        "-Token: …",
        "@@ -20,0 +20,1 @@",
        "+new",
    ]
    assert list(diff_lines("f", [])) == []
