"""Find the few sections of a long shared file that can matter for one profile, without reading the others.

More than is needed is found, and never less: what is found goes through the same scanner as a whole file.
"""

# What any profile may refer to, and what all have in common.
_ALWAYS = ("DEFAULT", "sso-session", "services")
_MOST_BRACKETS = 1_000
# A name can be put together of pieces with these.
_QUOTES = "'\"\\"
# What Python takes for space beside the usual two, and for the end of a line: text with one of them may begin a line.
_ODD_SPACES = "\r\x0b\x0c\x1c\x1d\x1e\x1f"
_WIDE_SPACES = "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def find_excerpt(text: str, name: str) -> list[tuple[int, str]] | None:
    """Return the numbered lines of all sections that could be the profile `name`, and of those that it may refer to.

    None where only the whole text tells: headers may stand elsewhere than at the start of a line.
    """
    # With the line's end before the first line too, each part but the first begins behind a bracket in column one.
    parts = f"\n{text}".split("\n[")
    if not _is_usual(text, len(parts) - 1):
        return None
    words = (name, *(quote for quote in _QUOTES if quote in text))
    # First by what is quick to ask of thousands.
    nearly = {index for word in words for index, part in enumerate(parts) if word in part}
    nearly |= {index for index, part in enumerate(parts) if part.startswith(_ALWAYS)}
    lines: list[tuple[int, str]] = []
    number = counted = 0
    for index in sorted(nearly - {0}):
        if _may_be(parts[index], name):
            number, counted = number + _count_lines(parts[counted:index]), index
            end = index + 1
            while end < len(parts) and not _is_header(parts[end]):
                end += 1
            section = "\n[".join(parts[index:end])
            lines += enumerate(f"[{section}".split("\n"), number)
    return lines


def _may_be(part: str, name: str) -> bool:
    header = part.partition("\n")[0]
    is_meant = name in header or header.startswith(_ALWAYS) or any(quote in header for quote in _QUOTES)
    return is_meant and _is_header(part)


def _is_header(part: str) -> bool:
    return part.partition("\n")[0].rfind("]") > 0


def _count_lines(parts: list[str]) -> int:
    return len(parts) + sum(part.count("\n") for part in parts)


def _is_usual(text: str, at_start: int) -> bool:
    if any(space in text for space in _ODD_SPACES):
        return False
    if not text.isascii() and any(space in text for space in _WIDE_SPACES):
        return False
    return text.count("[") == at_start or not any(_has_indented_header(text, f"{space}[") for space in " \t")


def _has_indented_header(text: str, bracket: str) -> bool:
    at = -1
    for _ in range(_MOST_BRACKETS):
        at = text.find(bracket, at + 1)
        if at < 0:
            return False
        if not text[text.rfind("\n", 0, at) + 1 : at].strip():
            return True
    return True
