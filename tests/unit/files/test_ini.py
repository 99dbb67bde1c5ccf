import configparser
import sys
import time
from pathlib import Path

import pytest

from awsenv.errors import CacheUnreadable, MalformedConfig
from awsenv.files.ini import LINE_LIMIT, SIZE_LIMIT, load_ini, parse_ini, parse_nested
from awsenv.files.scanner import REFUSED


def refused_lines(content: bytes) -> list[int]:
    """Return the lines for which a notice says that AWS tools refuse the file."""
    return [n.place.line for n in parse_ini(content, "config").notices if REFUSED in n.text and n.place]


def values(content: bytes) -> dict[str, dict[str, str]]:
    """Return all keys of all sections."""
    return {name: section.values() for name, section in parse_ini(content, "config").sections.items()}


def test_a_key_takes_the_first_delimiter_and_loses_its_case() -> None:
    """Both `=` and `:` end a key, whichever comes first, and keys have no case."""
    content = b"[a]\nRole_ARN = arn:aws:iam::1:role/x\nurl: https://h/?a=b\n"

    assert values(content) == {"a": {"role_arn": "arn:aws:iam::1:role/x", "url": "https://h/?a=b"}}


def test_a_comment_has_a_line_of_its_own() -> None:
    """`#` and `;` begin a comment at the start of a line, and belong to the value behind it."""
    content = b"# one\n[a]\n; two\n  # three\nregion = x # note ; more\n"

    assert values(content) == {"a": {"region": "x # note ; more"}}


def test_a_deeper_line_continues_the_value() -> None:
    """A line indented deeper than its key belongs to the value, whatever it looks like."""
    content = b"[a]\ns3 =\n  x = 1\n\n  [b]\n  # gone\nregion = r\n"

    assert values(content) == {"a": {"s3": "\nx = 1\n\n[b]", "region": "r"}}


def test_the_default_section_gives_values_to_all_others() -> None:
    """`[DEFAULT]`, wherever it stands, fills in what a section lacks, and is none itself."""
    content = b"[a]\nregion = r\n[DEFAULT]\nregion = d\noutput = json\n[b]\n"

    assert values(content) == {
        "a": {"region": "r", "output": "json"},
        "b": {"region": "d", "output": "json"},
    }


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"\xef\xbb\xbf[a]\nk = v\n", 1, id="byte order mark"),
        pytest.param("[a]\nk = v\n".encode("utf-16"), 1, id="utf-16"),
        pytest.param(b"[a]\nk = v\n# caf\xe9\n", 3, id="latin-1"),
        pytest.param(b"[a]\nk = v\n[b]\nx = y\n[a]\nz = z\n", 5, id="duplicate section"),
        pytest.param(b"[a]\nK = 1\nk = v\n", 3, id="duplicate key"),
        pytest.param(b"[a]\nnonsense\nk = v\n", 2, id="no delimiter"),
        pytest.param(b"[a]\n= 1\nk = v\n", 2, id="no key"),
        pytest.param(b"hello\n[a]\nk = v\n", 1, id="text before any section"),
        pytest.param(b"[a]\nk = v\ns3 =\n  x = 1\n  junk\n", 5, id="nested line without a delimiter"),
    ],
)
def test_what_aws_tools_refuse_is_named_by_line_and_hides_nothing(content: bytes, line: int) -> None:
    """One bad line costs a notice with its number and never another section or key."""
    parsed = parse_ini(content, "/c")

    assert line in [notice.place.line for notice in parsed.notices if notice.place and REFUSED in notice.text]
    assert parsed.sections["a"].values()["k"] == "v"


def test_the_last_of_two_keys_counts_and_two_sections_are_one() -> None:
    """Duplicates are read as most people mean them, and the notice says so."""
    parsed = parse_ini(b"[a]\nk = 1\nk = 2\n[a]\nk = 3\nx = y\n", "c")

    assert parsed.sections["a"].values() == {"k": "3", "x": "y"}
    assert parsed.sections["a"].header_lines == [1, 4]
    assert [str(notice) for notice in parsed.notices] == [
        f'c:3: "k" stands already on line 2, the last one counts{REFUSED}',
        f"c:4: [a] stands already on line 1, the two are read as one{REFUSED}",
        f'c:5: "k" stands already on line 3, the last one counts{REFUSED}',
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(end: str) -> None:
    """Files from Windows and from old editors are read as configparser reads them, without a notice."""
    content = f"[a]{end}k = v{end}{end}[b]{end}x = y".encode()

    assert values(content) == {"a": {"k": "v"}, "b": {"x": "y"}}
    assert refused_lines(content) == []


def test_a_nul_byte_is_told_and_kept() -> None:
    """NUL is a character like any other to configparser; a person should know of it all the same."""
    parsed = parse_ini(b"[a]\nk = x\0y\n", "c")

    assert parsed.sections["a"].values() == {"k": "x\0y"}
    assert [str(notice) for notice in parsed.notices] == ["c:2: a NUL byte stands here"]


def test_lines_and_spans_lead_back_to_the_text() -> None:
    """Every part of a section can be found again in the text, byte for byte."""
    text = "# top\r\n[a]\r\nk = v\r\n\r\n[b]\nx = y\n[a]\rz = \xe9\n"
    parsed = parse_ini(text.encode(), "c")
    lines = parsed.raw_lines()

    assert "".join(lines) == text
    assert list(parsed.spans(parsed.sections["a"])) == [(2, 4), (7, 8)]
    assert list(parsed.spans(parsed.sections["b"])) == [(5, 6)]
    assert lines[1] == "[a]\r\n"


def test_nested_keys_are_read_only_below_their_key() -> None:
    """A value that starts on its key's own line has no nested keys."""
    assert parse_nested("\nendpoint_url = http://x/?a=b\n\n other=1\njunk") == {
        "endpoint_url": "http://x/?a=b",
        "other": "1",
    }
    assert parse_nested("a = b") == {}


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    """No file, no folder and an empty name are all a file without sections."""
    for path in (f"{tmp_path}/none", f"{tmp_path}/none/none", "", "/dev/null"):
        assert load_ini(path).sections == {}


def test_junk_has_a_bounded_number_of_notices() -> None:
    """A file of junk tells of fifty lines and counts the rest."""
    parsed = parse_ini(b"junk\n" * 1000, "c")

    assert len(parsed.notices) == 51
    assert str(parsed.notices[-1]) == "c: 950 more lines like these"


def test_a_file_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    """Too many bytes or lines end with the path in one line, soon and in little memory."""
    path = tmp_path / "config"
    path.write_bytes(b"[a]\n" * (LINE_LIMIT + 1))
    with pytest.raises(MalformedConfig, match=str(path)):
        load_ini(str(path))
    with path.open("wb") as file:
        file.truncate(100 * SIZE_LIMIT)
    with pytest.raises(MalformedConfig, match=str(path)):
        load_ini(str(path))


def test_an_unreadable_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    """A file that exists and cannot be opened is never taken for an empty one."""
    path = tmp_path / "config"
    path.symlink_to("config")
    with pytest.raises(CacheUnreadable, match=str(path)):
        load_ini(str(path))


def test_five_thousand_profiles_are_read_faster_than_configparser_would() -> None:
    """Reading 5,000 profiles costs less than half of what configparser takes."""
    if sys.gettrace() is not None:
        pytest.skip("under a tracer, lines are counted and not time")
    content = "".join(
        f"[profile p{number}]\nsso_session = s\nsso_account_id = {number:012d}\nsso_role_name = R\nregion = r\n\n"
        for number in range(5000)
    )

    def seconds_of_configparser() -> float:
        start = time.perf_counter()
        configparser.RawConfigParser().read_string(content)
        return time.perf_counter() - start

    def seconds_of_ours() -> float:
        start = time.perf_counter()
        parse_ini(content.encode(), "c")
        return time.perf_counter() - start

    assert min(seconds_of_ours() for _ in range(5)) * 2 < min(seconds_of_configparser() for _ in range(3))
