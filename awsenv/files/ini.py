"""Scan a shared file of AWS into sections, keys and the lines they stand on.

A file that `configparser`, and so botocore, accepts is read exactly as it reads it. One that it would refuse as a whole
is read as far as it goes, with a notice for each thing refused. Knows no profiles.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from awsenv.errors import MalformedConfig
from awsenv.files.excerpts import find_excerpt
from awsenv.files.reading import find_bytes
from awsenv.files.scanner import REFUSED, Scanner, Section
from awsenv.model import Notice, Place

# Ten times 5,000 profiles; beyond, memory and time run away.
SIZE_LIMIT = 10_000_000
LINE_LIMIT = 300_000
# Shorter ones are read in no time, with all that there is to tell of them.
LONG = 16_384
# A file of junk has a notice for each line; nobody reads more than this.
_NOTICE_LIMIT = 50


class IniFile:
    """What stands in a shared file. `text` is all of it, decoded as UTF-8 with surrogate escapes.

    It is scanned when somebody asks what is in it: all of it, or only the numbered `lines`.
    """

    def __init__(
        self, path: str, text: str, notices: Sequence[Notice] = (), lines: Sequence[tuple[int, str]] | None = None
    ) -> None:
        """Take the text with what was noticed while it was decoded."""
        self.path = path
        self.text = text
        self._notices = notices
        self._lines = lines

    @property
    def sections(self) -> dict[str, Section]:
        """The sections by name, in the order of the file."""
        return self._scanned.sections

    @property
    def defaults(self) -> Section:
        """The `[DEFAULT]` section."""
        return self._scanned.defaults

    @property
    def header_lines(self) -> list[int]:
        """The lines on which sections begin."""
        return self._scanned.header_lines

    @property
    def notices(self) -> list[Notice]:
        """What a person should know of the file."""
        return self._scanned.notices

    @property
    def is_long(self) -> bool:
        """Tell whether to find a few sections is worth more than to know all."""
        return self._lines is None and len(self.text) >= LONG

    def excerpt(self, name: str) -> "IniFile":
        """Return a file with all sections that matter for the profile `name`, and perhaps with others."""
        lines = find_excerpt(self.text, name) if self.is_long else None
        return self if lines is None else IniFile(self.path, self.text, self._notices, lines)

    @cached_property
    def _scanned(self) -> Scanner:
        scanner, text = Scanner(self.path, [*self._notices]), self.text
        if self._lines is None:
            lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
            scanner.scan(enumerate(lines.split("\n"), start=1))
        else:
            scanner.scan(self._lines)
        notices = scanner.notices
        if len(notices) > _NOTICE_LIMIT:
            notices[_NOTICE_LIMIT:] = [
                Notice(f"{len(notices) - _NOTICE_LIMIT} more lines like these", Place(self.path))
            ]
        return scanner

    def raw_lines(self) -> list[str]:
        """Return the lines with their ends, so that they join to `text`; line 1 is the first."""
        from io import StringIO

        return StringIO(self.text, newline="").readlines()

    def spans(self, section: Section) -> Iterator[tuple[int, int]]:
        """Yield first and last line of each part of a section: from its header to before the next."""
        from bisect import bisect_right

        for start in section.header_lines:
            following = bisect_right(self.header_lines, start)
            is_last = following == len(self.header_lines)
            yield start, len(self.raw_lines()) if is_last else self.header_lines[following] - 1


def load_ini(path: str) -> IniFile:
    """Return what the file holds; a missing one is empty.

    Raises:
        MalformedConfig: it is no regular file, or too long.
        CacheUnreadable: it cannot be opened.
    """
    content = find_bytes(path, SIZE_LIMIT) if path else None
    return parse_ini(content or b"", path)


def parse_ini(content: bytes, path: str) -> IniFile:
    """Return what `content`, the bytes of a shared file, holds; `path` is for the notices."""
    text, notices = _decode(content, path)
    ends = text.count("\n") + (text.count("\r") - text.count("\r\n") if "\r" in text else 0)
    if ends >= LINE_LIMIT:
        raise MalformedConfig(f"{path}:{LINE_LIMIT} is not the last line: no shared file of AWS is that long")
    return IniFile(path, text, notices)


def parse_nested(value: str) -> dict[str, str]:
    """Return the indented keys of a value that starts on the line after its key; others have none."""
    nested = {}
    for line in value.splitlines() if value.startswith("\n") else ():
        key, equals, text = line.strip().partition("=")
        if equals:
            nested[key.strip()] = text.strip()
    return nested


def _decode(content: bytes, path: str) -> tuple[str, list[Notice]]:
    notices = []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        notices.append(Notice("the file is written in UTF-16, not UTF-8" + REFUSED, Place(path, 1)))
        return content.decode("utf-16", "replace"), notices
    text = content.decode("utf-8", "surrogateescape")
    if text.startswith("\ufeff"):
        notices.append(Notice("the file begins with a byte order mark" + REFUSED, Place(path, 1)))
        text = text[1:]
    if not text.isascii():
        notices += _undecodable(content, path)
    nul = text.find("\0")
    if nul >= 0:
        notices.append(Notice("a NUL byte stands here", Place(path, _line_at(text, nul))))
    return text, notices


def _undecodable(content: bytes, path: str) -> list[Notice]:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_at(content[: error.start].decode("utf-8", "replace"), error.start)
        return [Notice("a byte here is not UTF-8 (Latin-1?)" + REFUSED, Place(path, line))]
    return []


def _line_at(text: str, index: int) -> int:
    before = text[:index]
    return before.count("\n") + before.count("\r") - before.count("\r\n") + 1
