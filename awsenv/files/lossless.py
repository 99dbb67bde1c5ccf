"""A shared file in which only owned sections change: every other byte stays, whatever it is. Touches no disk."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from awsenv.errors import MalformedConfig, SectionNotOwned
from awsenv.files.edits import Edit, edits_between
from awsenv.files.ini import LINE_LIMIT, SIZE_LIMIT, parse_ini
from awsenv.files.owned import SectionId, check_new_section, check_section, header_of, mark_of, refuse_lost
from awsenv.files.parts import Part, is_owned_part, parts_of
from awsenv.model import Place
from awsenv.runtime import encoded

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class SharedText:
    """The text of a shared file, and what is to become of its owned sections."""

    path: str
    is_config: bool
    _lines: list[str]
    _eol: str
    _is_ended: bool
    _has_bom: bool
    _parts: dict[SectionId, list[Part]]
    _strays: dict[str, list[Part]]
    # What is not awsenv's changes at once: the lines before all that, and which of them each one now is, if any.
    _before: list[str] | None = None
    _origins: list[int | None] = field(default_factory=list)
    _edits: dict[int, tuple[int, list[str]]] = field(default_factory=dict)
    _added: dict[SectionId, list[str]] = field(default_factory=dict)
    _removed: set[SectionId] = field(default_factory=set)

    def owned(self) -> Iterator[tuple[SectionId, Mapping[str, str]]]:
        """Yield every owned section as it stands in the file, with the values of all its keys."""
        for section_id, parts in self._parts.items():
            if is_owned_part(section_id, parts):
                yield section_id, parts[0].section.values()

    def ids(self) -> Iterator[SectionId]:
        """Yield what every section of the file is, but those that AWS tools pass over."""
        yield from self._parts

    def strays(self) -> Iterator[tuple[str, Mapping[str, str], Place]]:
        """Yield header, values and place of every section that AWS tools pass over."""
        for header, parts in self._strays.items():
            yield header, parts[0].section.values(), Place(self.path, parts[0].start + 1)

    def find(self, section_id: SectionId) -> Mapping[str, str] | None:
        """Return the values of a section as it stands in the file, owned or not, or None where there is none."""
        parts = self._parts.get(section_id)
        return parts[-1].section.values() if parts else None

    def is_owned(self, section_id: SectionId) -> bool:
        """Tell whether the section stands in the file and is awsenv's."""
        return is_owned_part(section_id, self._parts.get(section_id, []))

    def is_awsenvs_alone(self, section_id: SectionId) -> bool:
        """Tell whether the section is awsenv's, and holds no key that somebody else has put into it."""
        return self.is_owned(section_id) and not self.others_keys(section_id)

    def others_keys(self, section_id: SectionId) -> tuple[str, ...]:
        """Return the keys of a section that awsenv did not write into it."""
        return tuple(key for part in self._parts.get(section_id, ()) for key in part.others_keys)

    def place_of(self, section_id: SectionId) -> Place:
        """Return where a section begins; the whole file where it does not."""
        parts = self._parts.get(section_id)
        return Place(self.path, parts[-1].start + 1 if parts else 0)

    def put(self, section_id: SectionId, values: Mapping[str, str]) -> bool:
        """Let the section be there with these values, and tell whether that changes the file.

        Keys in it that awsenv did not write stay, with their values.

        Raises:
            SectionNotOwned: it stands there and is not awsenv's.
            UnusableName: a name or value cannot stand in such a file.
        """
        check_section(section_id, values)
        parts = self._parts.get(section_id)
        if not parts:
            check_new_section(section_id)
            body = [f"{key} = {value}" for key, value in values.items()]
            self._added[section_id] = [f"[{header_of(section_id)}]", mark_of(section_id, tuple(values)), *body]
            return True
        part = self._owned_part(section_id)
        self._removed.discard(section_id)
        new = part.updated(section_id, values, self._eol)
        if new == part.lines:
            self._edits.pop(part.start, None)
            return False
        self._edits[part.start] = (part.end, new)
        return True

    def remove(self, section_id: SectionId) -> None:
        """Let the section be gone, with the empty line before it that came with it; what stands behind it stays.

        Raises:
            SectionNotOwned: it is not awsenv's.
        """
        self._added.pop(section_id, None)
        if section_id in self._parts:
            part = self._owned_part(section_id)
            self._removed.add(section_id)
            self._edits[part.start] = (part.end, [])

    def amend(self, section_id: SectionId, values: Mapping[str, str], without: Collection[str] = ()) -> None:
        """Set keys of a section and take others out, whosever it is: for what a person has agreed to.

        Where the section stands more than once, AWS tools read all as one or the last; a key is then set in the last
        and taken out of all. A section that is not there is not made.

        Raises:
            UnusableName: a key or value cannot stand in such a file.
        """
        self.amend_all([(section_id, values, without)])

    def amend_all(self, changes: Iterable[tuple[SectionId, Mapping[str, str], Collection[str]]]) -> None:
        """Amend many sections, one after the other, in not much more time than one.

        Raises:
            UnusableName: as `amend`.
        """
        turns: list[dict[SectionId, tuple[Mapping[str, str], Collection[str]]]] = []
        counts = dict[SectionId, int]()
        for section_id, values, without in changes:
            check_section(section_id, values)
            turn = counts[section_id] = counts.get(section_id, -1) + 1
            if turn == len(turns):
                turns.append({})
            turns[turn][section_id] = values, without
        # A second change of a section is of what the first has made of it, and all first ones are made at once.
        for each in turns:
            for section_id, (values, without) in each.items():
                self._amend(self._parts.get(section_id, []), values, without)
            self._settle()

    def _amend(self, parts: Sequence[Part], values: Mapping[str, str], without: Collection[str]) -> None:
        for part in parts:
            set_here = values if part is parts[-1] else {}
            gone = {*without, *(values if part is not parts[-1] else ())}
            self._edits[part.start] = (part.end, part.amended(set_here, gone, self._eol))

    def rename(self, header: str, section_id: SectionId) -> None:
        """Give every section under this header, which AWS tools pass over, the header of `section_id`.

        What else stands on the line stays.

        Raises:
            UnusableName: that cannot be the name of a section.
        """
        check_section(section_id, {})
        for part in self._strays.get(header, ()):
            line = part.lines[0]
            new = line[: line.index("[") + 1] + header_of(section_id) + line[line.rindex("]") :]
            self._edits[part.start] = (part.start + 1, [new])
        self._settle()

    def strike(self, *section_ids: SectionId) -> None:
        """Let every section of these kinds and names be gone, whosever they are: for what a person has agreed to.

        Raises:
            MalformedConfig: as `refuse_lost`.
        """
        others = self.values_but(section_ids)
        for section_id in section_ids:
            for part in self._parts.get(section_id, ()):
                start, end = self._with_empty_line(part)
                self._edits[start] = (end, [])
        self._settle()
        refuse_lost(others, self.values_but(section_ids), self.path)

    def values_but(self, section_ids: Collection[SectionId]) -> dict[SectionId, Mapping[str, str] | None]:
        """Return what every section says but these."""
        return {each: self.find(each) for each in self.ids() if each not in section_ids}

    def edits(self) -> list[Edit]:
        """Return what changes, in the order of the file; empty where nothing does."""
        return edits_between(self._lines if self._before is None else self._before, *self._changed())

    def content(self) -> bytes:
        """Return the bytes of the file with all changes.

        Raises:
            MalformedConfig: nobody would read a file of that size.
        """
        lines, _ = self._changed()
        if lines and not self._is_ended:
            lines[-1] = lines[-1].rstrip("\r\n")
        content = (_BYTE_ORDER_MARK if self._has_bom else b"") + encoded("".join(lines))
        if len(content) > SIZE_LIMIT or len(lines) >= LINE_LIMIT:
            raise MalformedConfig(f"{self.path} would become longer than {LINE_LIMIT:,} lines or {SIZE_LIMIT:,} bytes")
        return content

    def _changed(self) -> tuple[list[str], list[int | None]]:
        # The new lines, and which line of the first text each one is.
        lines: list[str] = []
        origins: list[int | None] = []
        known = self._origins if self._before is not None else range(len(self._lines))
        position = 0
        for start, (end, new) in sorted(self._all_edits().items()):
            lines += self._lines[position:start]
            origins += known[position:start]
            lines += new
            origins += [None] * len(new)
            position = end
        return lines + self._lines[position:], origins + list(known[position:])

    def _settle(self) -> None:
        # The next change is of what then stands there: keys that this one set, a section that it renamed.
        before = self._lines if self._before is None else self._before
        _, origins = self._changed()
        settled = parse_shared(self.content(), self.path, is_config=self.is_config)
        for each in fields(self):
            setattr(self, each.name, getattr(settled, each.name))
        self._before, self._origins = before, origins

    def _all_edits(self) -> dict[int, tuple[int, list[str]]]:
        edits = dict(self._edits)
        for section_id in self._removed:
            start, end = self._with_empty_line(self._parts[section_id][0])
            del edits[self._parts[section_id][0].start]
            edits[start] = (end, [])
        new: list[str] = []
        for lines in self._added.values():
            if self._lines or new:
                new.append(self._eol)
            new += [line + self._eol for line in lines]
        if new:
            edits[len(self._lines)] = (len(self._lines), new)
        return edits

    def _with_empty_line(self, part: Part) -> tuple[int, int]:
        if part.start > 0:
            return part.start - (not self._lines[part.start - 1].strip("\r\n")), part.end
        return 0, part.end + (part.end < len(self._lines) and not self._lines[part.end].strip("\r\n"))

    def _owned_part(self, section_id: SectionId) -> Part:
        parts = self._parts[section_id]
        if not is_owned_part(section_id, parts):
            raise SectionNotOwned(
                f"{section_id} stands in {Place(self.path, parts[-1].start + 1)} and was not written by awsenv",
                hint="rename or remove that section, or choose another name",
            )
        return parts[0]


def parse_shared(content: bytes, path: str, *, is_config: bool) -> SharedText:
    """Return the text of a shared file for editing; `path` is for the messages.

    Raises:
        MalformedConfig: what it is written in, or its length, leaves no line that could be edited.
    """
    if content.startswith(_UTF_16):
        raise MalformedConfig(
            f"{path} is written in UTF-16, which AWS tools refuse, so it is left alone",
            hint="save it as UTF-8 without a byte order mark",
        )
    ini = parse_ini(content, path)
    lines = ini.raw_lines()
    eol = next((line[len(line.rstrip("\r\n")) :] for line in reversed(lines) if line.endswith(("\r", "\n"))), "\n")
    is_ended = not lines or lines[-1].endswith(("\r", "\n"))
    if not is_ended:
        lines[-1] += eol
    parts, strays = parts_of(ini, lines, is_config=is_config)
    return SharedText(path, is_config, lines, eol, is_ended, content.startswith(_BYTE_ORDER_MARK), parts, strays)
