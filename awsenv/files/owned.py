"""Sections of the shared files that awsenv wrote: what marks one, and how one is spelt. Reads and writes no file.

The mark is a comment inside the section. A comment before it would be left behind by whoever removes the section, and
make an owned one of the next; a key would be read by other tools. It names what it is the mark of, so that a section
that is renamed or copied belongs to its new author, and the keys that awsenv wrote, so that all others stay. Whoever
rewrites the file without its comments takes the section over, too. No `:`, `=` or `[` stands in it: the AWS CLI's own
editor takes a line with these for more than a comment.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from awsenv.errors import MalformedConfig, UnusableName
from awsenv.files.digests import sha1_of
from awsenv.files.sections import name_in
from awsenv.runtime import encoded, shown
from awsenv.values import Value

Kind = Literal["profile", "sso-session", "services", "credentials"]

_CONFIG_KINDS: tuple[Kind, ...] = ("profile", "sso-session", "services")
_MARK = re.compile(r"\s*[#;]\s*awsenv ([0-9a-f]{8}) wrote ([a-z0-9_ ]*)")
_PLAIN_NAME = re.compile(r"[\w.,@/+~-]+", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


# No `Value`: thousands of them are the keys of one mapping.
class SectionId(NamedTuple):
    """What a section is, whichever way its header is spelt; `credentials` is a profile of the credentials file."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """Read as the plain header."""
        return f"[{header_of(self)}]"


class Mark(Value):
    """What a mark says: of which section it is, as a digest, and which keys awsenv wrote into it."""

    digest: str
    keys: tuple[str, ...]

    def is_of(self, section_id: SectionId) -> bool:
        """Tell whether it marks this section, and was not copied from another."""
        return self.digest == _digest_of(section_id)


def id_of(header: str, *, is_config: bool) -> SectionId | None:
    """Return what AWS tools take the section under this header for, or None where they pass over it."""
    if not is_config:
        return SectionId("credentials", header)
    if header == "default":
        return SectionId("profile", header)
    for kind in _CONFIG_KINDS:
        # As botocore has it: the header only begins with the word.
        if header.startswith(kind):
            name = name_in(header)
            return None if name is None else SectionId(kind, name)
    return None


def header_of(section_id: SectionId) -> str:
    """Return the header of a section, without its brackets, as AWS tools write it."""
    kind, name = section_id.kind, section_id.name
    if kind == "credentials" or (kind == "profile" and name == "default"):
        return name
    if _PLAIN_NAME.fullmatch(name):
        return f"{kind} {name}"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{kind} "{quoted}"'


def mark_of(section_id: SectionId, keys: tuple[str, ...]) -> str:
    """Return the line that marks a section in which awsenv wrote these keys."""
    return f"# awsenv {_digest_of(section_id)} wrote {' '.join(keys)}; without this line the section is yours"


def parse_mark(line: str) -> Mark | None:
    """Return what a line says as a mark, or None for any other line."""
    found = _MARK.match(line)
    return Mark(found[1], tuple(found[2].split())) if found else None


def check_section(section_id: SectionId, values: Mapping[str, str]) -> None:
    """Refuse what would be read back as something else.

    Raises:
        UnusableName: a name, key or value with a character that ends a line or a word.
    """
    name = section_id.name
    if section_id.kind == "credentials" or not _PLAIN_NAME.fullmatch(name):
        _check_name(section_id, name)
    for key, value in values.items():
        if not _KEY.fullmatch(key):
            raise UnusableName(f"{shown(key)!r} cannot be a key of {section_id}")
        if not value or value != value.strip() or not _is_one_line(value):
            # Without the value, which may be a secret.
            raise UnusableName(f"the {key} of {section_id} is empty, or has a space at an end or a control character")


def check_new_section(section_id: SectionId) -> None:
    """Refuse a name in whose header some SDK sees something else, so that the keys below it go to another profile.

    Go's takes `#` and `;` anywhere for the beginning of a comment, JavaScript's behind a space: what is left is no
    header for them, and the keys belong to the section above. Of `__proto__` the whole file is unreadable for the
    latter; and `profile x`, in the credentials file, is the profile `x` for some and of that whole name for others.

    Raises:
        UnusableName: it is such a name.
    """
    name = section_id.name
    first, _, rest = name.partition(" ")
    is_prefixed = section_id.kind == "credentials" and bool(rest) and first in _CONFIG_KINDS
    if "#" in name or ";" in name or "__proto__" in name.split() or is_prefixed:
        raise UnusableName(
            f"{shown(name)!r} cannot be the name of a section: some SDKs read another name there",
            hint="choose a name of letters, digits, - and _",
        )


def _check_name(section_id: SectionId, name: str) -> None:
    header = header_of(section_id)
    if not name or name != name.strip() or not _is_one_line(name) or (section_id.kind == "credentials" and "]" in name):
        raise UnusableName(f"{shown(name)!r} cannot be the name of a section")
    if id_of(header, is_config=section_id.kind != "credentials") != section_id or header == "DEFAULT":
        raise UnusableName(f"{shown(name)!r} cannot be the name of a section")


def _is_one_line(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    # A lone surrogate, as JSON may hold one, has no bytes.
    try:
        raw = encoded(text)
    except UnicodeEncodeError:
        return False
    return all(byte >= 0x20 and byte != 0x7F for byte in raw)  # noqa: PLR2004 - ASCII's control characters


def _digest_of(section_id: SectionId) -> str:
    return sha1_of(f"{section_id.kind} {section_id.name}")[:8]


def refuse_lost(before: Mapping[SectionId, object], after: Mapping[SectionId, object], path: str) -> None:
    """Refuse a change of a file after which a section that it is not about is no more what it was.

    Raises:
        MalformedConfig: headers are indented, so that one can become a part of a value of the section before it.
    """
    lost = next((each for each, values in before.items() if after.get(each) != values), None)
    if lost is not None:
        problem = f"{path} is indented in such a way that {lost} would change with another"
        raise MalformedConfig(problem, hint="put the headers of all sections at the margin")
