"""What stands under one header of a shared file: where it ends, whose it is, and what an update makes of its lines."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from awsenv.files.ini import IniFile
from awsenv.files.owned import Mark, SectionId, id_of, mark_of, parse_mark
from awsenv.files.scanner import Scanner, Section, option_in

_INDENTED = re.compile(r"^[^\S\n]+\[", re.MULTILINE)
# Line, counted from 0, and name of a header, and its section, where that was read.
_Header = tuple[int, str, Section | None]


class Part:
    """The lines, with their ends, from a header to the last key or mark below it.

    `start` and `end`, half-open, count from the file's first line, which is 0; `mark_index` counts from the header.
    Of thousands only those are looked into that somebody asks about.
    """

    def __init__(self, lines: Sequence[str], start: int, following: int, section: Section | None = None) -> None:
        """Take the header's line and that of the next; `section` is what stands in it, where that was read already."""
        self.start = start
        self._file = lines
        self._following = following
        self._section = section

    @cached_property
    def section(self) -> Section:
        """What stands in it, and in all others of that header."""
        if self._section is not None:
            return self._section
        scanner = Scanner("", [])
        texts = (line.rstrip("\n") for line in self._file[self.start : self._following])
        scanner.scan(enumerate(texts, start=self.start + 1))
        (section,) = scanner.sections.values()
        return section

    @property
    def end(self) -> int:
        """Comments and empty lines behind the last key belong to what follows: people write them above that."""
        return self._found[0]

    @property
    def mark(self) -> Mark | None:
        """The mark in it, if there is one."""
        return self._found[1]

    @property
    def mark_index(self) -> int:
        """Where the mark is."""
        return self._found[2]

    @cached_property
    def lines(self) -> Sequence[str]:
        """The lines."""
        return self._file[self.start : self.end]

    @cached_property
    def _found(self) -> tuple[int, Mark | None, int]:
        lines, end = self._file, self._following
        while end > self.start + 1 and not _is_content(lines[end - 1]):
            end -= 1
        for number in range(self.start + 1, self._following):
            line = lines[number]
            # Asked first, since it is what all but a few have not.
            if "awsenv" in line and not _is_content(line) and (mark := parse_mark(line)):
                return max(end, number + 1), mark, number - self.start
        return end, None, -1

    @property
    def others_keys(self) -> tuple[str, ...]:
        """The keys that awsenv did not write."""
        owned = self.mark.keys if self.mark else ()
        return tuple(key for key in self.section.entries if key not in owned)

    def updated(self, section_id: SectionId, wanted: Mapping[str, str], eol: str) -> list[str]:
        """Return the lines with `wanted` in them; a line that says so stays, and so does all that others wrote."""
        owned = self.mark.keys if self.mark else ()
        entries = self.section.entries
        key_at = {line - 1 - self.start: key for key, (_, line) in entries.items()}
        kept: list[str] = []
        # Behind which line of `kept` a new key goes: the header, the mark, or the last of awsenv's own.
        behind = 1
        index = 0
        while index < len(self.lines):
            following = self._behind_value(index) if index in key_at else index + 1
            key = key_at.get(index)
            lines = list(self.lines[index:following])
            if key in owned:
                lines = _as_wanted(key, entries[key][0], wanted, lines, eol)
            kept += lines
            if lines and (key in owned or index == self.mark_index):
                behind = len(kept)
            index = following
        ours = tuple(key for key in wanted if key in owned or key not in entries)
        kept[behind:behind] = [f"{key} = {wanted[key]}{eol}" for key in ours if key not in entries]
        # The order of the keys in the mark has no meaning.
        if set(ours) != set(owned):
            marks = [index for index, line in enumerate(kept) if parse_mark(line)]
            # Somebody may have moved it into a value, and the value is gone.
            kept[slice(*((marks[0], marks[0] + 1) if marks else (1, 1)))] = [mark_of(section_id, ours) + eol]
        return kept

    def amended(self, values: Mapping[str, str], without: Collection[str], eol: str) -> list[str]:
        """Return the lines with these keys set and those gone, whosever they are; every other line stays."""
        found = list(self._options())
        last = {key: start for key, start, _ in found}
        behind = max((following for key, _, following in found if key not in without), default=1)
        kept: list[str] = []
        position = 0
        for key, start, following in found:
            if key not in values and key not in without:
                continue
            kept += self.lines[position:start]
            if key in values and start == last[key]:
                kept += self._set(key, values[key], start, following, eol)
            position = following
        # Behind all that stays, and before the comments that belong to what follows.
        # Below a first key of a smaller indent, the next header would be a part of its value.
        indent = self._indent(found[-1][1]) if found else self._indent_below()
        added = [f"{indent}{key} = {value}{eol}" for key, value in values.items() if key not in last]
        middle = max(position, behind)
        return [*kept, *self.lines[position:middle], *added, *self.lines[middle:]]

    def _set(self, key: str, value: str, start: int, following: int, eol: str) -> Sequence[str]:
        option = option_in(self.lines[start].strip())
        is_so = option == (key, value) and following == start + 1
        return self.lines[start:following] if is_so else [f"{self._indent(start)}{key} = {value}{eol}"]

    def _indent_below(self) -> str:
        line = self._file[self._following] if self._following < len(self._file) else ""
        return line[: _depth(line)]

    def _indent(self, index: int) -> str:
        # A line that is indented less than the key before it would still open a new one; one that is deeper would not.
        line = self.lines[index]
        return line[: _depth(line)]

    def _options(self) -> Iterator[tuple[str, int, int]]:
        # Key, its line and the one behind its value, counted from the header; a key may stand twice.
        index = 1
        while index < len(self.lines):
            text = self.lines[index].strip()
            option = option_in(text) if _is_content(text) else None
            following = self._behind_value(index) if option else index + 1
            if option:
                yield option[0], index, following
            index = following

    def _behind_value(self, index: int) -> int:
        # A line that is indented deeper than its key goes on with the value, over empty ones and comments.
        depth, following = _depth(self.lines[index]), index + 1
        for position in range(index + 1, len(self.lines)):
            if _is_content(self.lines[position]):
                if _depth(self.lines[position]) <= depth:
                    break
                following = position + 1
        return following


def parts_of(
    ini: IniFile, lines: Sequence[str], *, is_config: bool
) -> tuple[dict[SectionId, list[Part]], dict[str, list[Part]]]:
    """Return the parts of a file by the section that they are of, and by header those that AWS tools pass over."""
    parts: dict[SectionId, list[Part]] = {}
    strays: dict[str, list[Part]] = {}
    found = _plain_headers(ini.text, lines) or _headers(ini)
    for (start, name, section), (following, *_) in pairwise([*found, (len(lines), "", None)]):
        if section is not None and section is ini.defaults:
            continue
        part = Part(lines, start, following, section)
        section_id = id_of(name, is_config=is_config)
        if section_id is None:
            strays.setdefault(name, []).append(part)
        else:
            parts.setdefault(section_id, []).append(part)
    return parts, strays


def _plain_headers(text: str, lines: Sequence[str]) -> list[_Header] | None:
    # Where every header is at the margin and stands once, no other line has a part in where sections are.
    if "\r" in text or _INDENTED.search(text):
        return None
    found: list[_Header] = [
        (number, line[1:end], None)
        for number, line in enumerate(lines)
        if line[0] == "[" and (end := line.rfind("]")) > 1
    ]
    names = {name for _, name, _ in found}
    return found if len(names) == len(found) and "DEFAULT" not in names else None


def _headers(ini: IniFile) -> list[_Header]:
    owners = {line: section for section in (*ini.sections.values(), ini.defaults) for line in section.header_lines}
    return [(line - 1, owners[line].name, owners[line]) for line in ini.header_lines]


def is_owned_part(section_id: SectionId, parts: Sequence[Part]) -> bool:
    """Tell whether a section stands in the file once, and is awsenv's."""
    return len(parts) == 1 and parts[0].mark is not None and parts[0].mark.is_of(section_id)


def _as_wanted(key: str, value: str, wanted: Mapping[str, str], lines: list[str], eol: str) -> list[str]:
    if key not in wanted:
        return []
    return lines if wanted[key] == value else [f"{key} = {wanted[key]}{eol}"]


def _is_content(line: str) -> bool:
    text = line.strip()
    return bool(text) and text[0] not in "#;"


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
