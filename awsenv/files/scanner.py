"""The rules of `configparser` for one line after another, without its refusals. `ini` is the way in."""

from collections.abc import Iterable

from awsenv.model import Notice, Place

REFUSED = "; AWS tools refuse the whole file for this"

Entry = tuple[str, int]


class Section:
    """A section under one name, all its parts merged; `entries` gives value and line by lower-cased key.

    `header_lines` has the line of each header that opened a part of it. A key that is absent takes the value it has
    in `defaults`, the `[DEFAULT]` section.
    """

    __slots__ = ("defaults", "entries", "header_lines", "name")

    def __init__(self, name: str, header_lines: list[int], defaults: "Section | None" = None) -> None:
        """Begin without a key."""
        self.name = name
        self.header_lines = header_lines
        self.defaults = defaults
        self.entries: dict[str, Entry] = {}

    @property
    def line(self) -> int:
        """The line of the first header."""
        return self.header_lines[0] if self.header_lines else 0

    def values(self) -> dict[str, str]:
        """Return every key with its value, those of `[DEFAULT]` after its own."""
        values = {key: entry[0] for key, entry in self.entries.items()}
        for key, entry in self.defaults.entries.items() if self.defaults else ():
            values.setdefault(key, entry[0])
        return values

    def find(self, key: str) -> str | None:
        """Return the value of one key, or None where neither the section nor `[DEFAULT]` has it."""
        entry = self.entries.get(key) or (self.defaults and self.defaults.entries.get(key))
        return entry[0] if entry else None


def option_in(text: str) -> tuple[str, str] | None:
    """Return key and value of a line without space around it, or None where it is no such line."""
    key, delimiter, value = text.partition("=")
    if not delimiter or ":" in key:
        key, delimiter, value = text.partition(":")
    key = key.rstrip().lower()
    return (key, value.lstrip()) if delimiter and key else None


class Scanner:
    """Takes the lines of one file; what it found is in its attributes."""

    def __init__(self, path: str, notices: list[Notice]) -> None:
        """Add to `notices`, whose places are in `path`."""
        self.path = path
        self.notices = notices
        self.sections: dict[str, Section] = {}
        self.defaults = Section("DEFAULT", [])
        self.header_lines: list[int] = []
        self._section: Section | None = None
        self._key: str | None = None
        self._parts: list[str] = []
        self._default_notices: list[tuple[str, Notice]] = []

    def scan(self, lines: Iterable[tuple[int, str]]) -> None:
        """Read lines with their numbers; they have no ends. Between two of them whole sections may be left out."""
        indent = 0
        for number, line in lines:
            text = line.strip()
            if not text:
                if self._key is not None:
                    self._parts.append("")
                continue
            first = text[0]
            if first in "#;":
                continue
            depth = 0 if line[0] == first else len(line) - len(line.lstrip())
            if depth > indent and self._key:
                self._continue_value(text, number)
                continue
            indent = depth
            if first == "[" and (end := text.rfind("]")) > 1:
                self._open_section(text[1:end], number)
            else:
                self._take_option(text, number)
        self._close_value()
        self._tell_of_defaults()

    def _open_section(self, name: str, number: int) -> None:
        self._close_value()
        self.header_lines.append(number)
        self._key = None
        section = self.defaults if name == "DEFAULT" else self.sections.get(name)
        if section is None:
            section = self.sections[name] = Section(name, [number], self.defaults)
        else:
            section.header_lines.append(number)
            if section is not self.defaults:
                first = section.header_lines[0]
                self._notice(f"[{name}] stands already on line {first}, the two are read as one" + REFUSED, number)
        self._section = section

    def _take_option(self, text: str, number: int) -> None:
        section = self._section
        if section is None:
            self._notice("this stands before any [section]" + REFUSED, number)
            return
        # As `option_in` has it, spelt out: of a long file, most is this.
        key, delimiter, value = text.partition("=")
        if not delimiter or ":" in key:
            key, delimiter, value = text.partition(":")
        key = key.rstrip().lower()
        if not delimiter or not key:
            self._notice("this is neither a [section] nor a key with a value" + REFUSED, number)
            return
        if len(self._parts) > 1:
            self._close_value()
        value = value.lstrip()
        if key in section.entries:
            before = section.entries[key][1]
            self._notice(f'"{key}" stands already on line {before}, the last one counts' + REFUSED, number)
        section.entries[key] = (value, number)
        self._key = key
        self._parts = [value]

    def _continue_value(self, text: str, number: int) -> None:
        self._parts.append(text)
        if self._key is None or self._parts[0] or all("=" in piece for piece in text.splitlines() if piece.strip()):
            return
        told = f'this is no key with a value, as stand below "{self._key}"' + REFUSED
        if self._section is self.defaults:
            self._default_notices.append((self._key, Notice(told, Place(self.path, number))))
        else:
            self._notice(told, number)

    def _close_value(self) -> None:
        # Empty lines behind a value, as between two sections, are no part of it.
        if len(self._parts) > 1 and self._section is not None and self._key is not None and any(self._parts[1:]):
            line = self._section.entries[self._key][1]
            self._section.entries[self._key] = ("\n".join(self._parts).rstrip(), line)

    def _tell_of_defaults(self) -> None:
        # What no section takes from [DEFAULT] is never looked at.
        for key, notice in self._default_notices:
            if any(key not in section.entries for section in self.sections.values()):
                self.notices.append(notice)

    def _notice(self, text: str, number: int) -> None:
        self.notices.append(Notice(text, Place(self.path, number)))
