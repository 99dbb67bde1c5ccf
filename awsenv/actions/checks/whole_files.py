"""Checks of the shared files as files: whether AWS tools can read them at all, and whether they are the right ones."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Amend, Finding, Findings, Rewrite, amended, checks_of, error, warning
from awsenv.files.ini import parse_ini
from awsenv.files.owned import id_of, parse_mark
from awsenv.files.scanner import REFUSED, Section
from awsenv.model import Notice, Place
from awsenv.runtime import decoded, encoded

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Shared, Surroundings

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ("written in UTF-16", "byte order mark", "is not UTF-8")
_NUL = "NUL byte"
_TWICE = "stands already on line"
_VARIABLES = {True: "AWS_CONFIG_FILE", False: "AWS_SHARED_CREDENTIALS_FILE"}
_WRONG_ENDS = (".txt", ".ini", ".cfg", ".conf", ".toml", ".json", ".yaml", ".yml")


def file_unreadable(around: "Surroundings") -> Findings:
    """Find a shared file that cannot be read: no permission, a folder in its place, far too long."""
    for shared in around.shared:
        if shared.problem is not None:
            yield error(shared.place(), f"{shared.problem}: no AWS tool finds a profile in it", f"ls -ld {shared.path}")


def file_encoding(around: "Surroundings") -> Findings:
    """Find a shared file in another encoding than UTF-8 without a byte order mark; botocore refuses all of it."""
    for shared in around.shared:
        for notice in shared.ini.notices:
            if any(told in notice.text for told in _ENCODINGS):
                yield _told(
                    notice, "save the file as UTF-8 without a byte order mark", Rewrite(shared.is_config, recode)
                )


def file_nul(around: "Surroundings") -> Findings:
    """Find a NUL byte in a shared file: no variable and no other program can carry it."""
    for shared in around.shared:
        for notice in shared.ini.notices:
            if _NUL in notice.text:
                yield _told(notice, "write the line anew")


def duplicate_section(around: "Surroundings") -> Findings:
    """Find a section that stands twice in a shared file; botocore and the AWS CLI refuse all of it."""
    for shared in around.shared:
        for notice in _refused(shared):
            if notice.text.startswith("[") and _TWICE in notice.text:
                yield _told(notice, "make one section of the two", Rewrite(shared.is_config, merge_sections))


def duplicate_key(around: "Surroundings") -> Findings:
    """Find a key that stands twice in a section; botocore and the AWS CLI refuse all of the file."""
    for shared in around.shared:
        for notice in _refused(shared):
            if notice.text.startswith('"') and _TWICE in notice.text and notice.place is not None:
                key = notice.text[1 : notice.text.index('"', 1)]
                mend = _without_repetition(shared, key, notice.place.line)
                yield _told(notice, f'leave one "{key}" there; awsenv reads the last', mend)


def file_syntax(around: "Surroundings") -> Findings:
    """Find a line that is neither a section nor a key with a value; botocore and the AWS CLI refuse all of the file."""
    for shared in around.shared:
        for notice in _refused(shared):
            if _TWICE not in notice.text and not any(told in notice.text for told in _ENCODINGS):
                yield _told(notice, "put a # before the line, or write: key = value")


def file_variable(around: "Surroundings") -> Findings:
    """Find a variable that leads AWS tools to another shared file, which is not there."""
    for shared in around.shared:
        variable = _VARIABLES[shared.is_config]
        if variable not in around.environment:
            continue
        if not shared.path:
            yield error(None, f"{variable} is empty, which boto3 takes for no file at all", f"unset {variable}")
        elif shared.status is None and shared.problem is None:
            text = f"{variable} names {shared.path}, which does not exist: AWS tools find no profile"
            yield error(None, text, f"unset {variable}")


def one_file(around: "Surroundings") -> Findings:
    """Find one file for both, config and credentials: a header that is right in the one is wrong in the other."""
    if around.is_one_file:
        text = f"this is {around.config.path}, too; in the one a profile is [profile x], in the other it is [x]"
        yield error(around.credentials.place(), text, "make two files, and unset the variable that leads here")


def misplaced_file(around: "Surroundings") -> Findings:
    """Find a shared file under a name that no AWS tool reads, while the right one is missing."""
    copies = {copy.path for copy in around.copies}
    for shared in around.shared:
        if shared.path and shared.status is None:
            for end in _WRONG_ENDS:
                if shared.path + end in copies:
                    text = f"no AWS tool reads this: the file is called {shared.path}"
                    yield error(Place(shared.path + end), text, f"mv {shared.path}{end} {shared.path}")


def other_home(around: "Surroundings") -> Findings:
    """Find a HOME that differs from the user's own, as under sudo, while only the other one has shared files."""
    if around.other_home is not None and around.config.status is None and around.credentials.status is None:
        text = f"HOME is {around.home}, which has no shared files; {around.other_home}/.aws/config is not read"
        yield warning(None, text, f"export HOME={around.other_home}")


def stray_mark(around: "Surroundings") -> Findings:
    """Find a section with awsenv's mark in it that is not awsenv's: copied, renamed or damaged."""
    for shared in around.shared:
        if "awsenv" not in shared.ini.text:
            continue
        lines = shared.ini.raw_lines()
        bounds = shared.ini.header_lines
        owners = {line: section for section in shared.ini.sections.values() for line in section.header_lines}
        for number, line in enumerate(lines, start=1):
            mark = parse_mark(line)
            header = bounds[bisect_right(bounds, number) - 1] if mark and bisect_right(bounds, number) else 0
            section = owners.get(header)
            section_id = id_of(section.name, is_config=shared.is_config) if section else None
            if mark and not (section_id and mark.is_of(section_id)):
                text = "this line marks another section, so this one is yours, and populate does not keep it up to date"
                yield warning(shared.place(number), text, "remove the line, which means nothing here")


def recode(content: bytes) -> bytes:
    """Return the text in UTF-8 without a byte order mark; a byte that is no UTF-8 is taken for Latin-1."""
    if content.startswith(_UTF_16):
        return content.decode("utf-16", "replace").encode()
    content = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        content.decode()
    except UnicodeDecodeError:
        return b"".join(_recoded(line) for line in content.splitlines(keepends=True))
    return content


def merge_sections(content: bytes) -> bytes:
    """Return the text with every section once: what stands under a second header goes behind the first one's keys."""
    if content.startswith(_UTF_16):
        return content
    ini = parse_ini(content, "")
    lines = ini.raw_lines()
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    moved: dict[int, list[str]] = {}
    gone = set[int]()
    for section in ini.sections.values():
        (start, end), *others = ini.spans(section)
        for first, last in others:
            behind = _last_content(lines, start, end)
            moved.setdefault(behind, []).extend(lines[first : _last_content(lines, first, last)])
            gone |= set(range(first, _last_content(lines, first, last) + 1))
    if not gone:
        return content
    merged = [
        each
        for number, line in enumerate(lines, start=1)
        for each in (*([] if number in gone else [line]), *moved.get(number, ()))
    ]
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
    return mark + encoded("".join(merged))


def _recoded(line: bytes) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1").encode()
    return line


def _last_content(lines: list[str], first: int, last: int) -> int:
    # Lines count from 1; the header is one.
    return next(number for number in range(last, first - 1, -1) if lines[number - 1].strip() or number == first)


def _refused(shared: "Shared") -> Iterator[Notice]:
    for notice in shared.ini.notices:
        if REFUSED in notice.text or notice.text.endswith("more lines like these"):
            yield notice


def _told(notice: Notice, fix: str, mend: Rewrite | Amend | None = None) -> Finding:
    return error(notice.place, notice.text, fix, mend)


def _without_repetition(shared: "Shared", key: str, line: int) -> Amend | None:
    section = _section_at(shared, line)
    section_id = id_of(section.name, is_config=shared.is_config) if section else None
    if section is None or section_id is None:
        return None
    return amended(section_id, {key: section.entries[key][0]})


def _section_at(shared: "Shared", line: int) -> Section | None:
    before = bisect_right(shared.ini.header_lines, line)
    header = shared.ini.header_lines[before - 1] if before else 0
    return next((each for each in shared.ini.sections.values() if header in each.header_lines), None)


def shared_text(content: bytes) -> str:
    """Return the text of a shared file as people see it."""
    return content.decode("utf-16", "replace") if content.startswith(_UTF_16) else decoded(content)


CHECKS = checks_of(
    file_unreadable,
    file_encoding,
    file_nul,
    duplicate_section,
    duplicate_key,
    file_syntax,
    file_variable,
    one_file,
    misplaced_file,
    other_home,
    stray_mark,
)
