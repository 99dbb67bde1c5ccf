"""The one line that setup puts at the end of a shell's start file, and takes out again to the byte. Touches no disk.

Bytes all the way: what else stands in the file may be in any encoding, with any line ends.
"""

import re
from collections.abc import Collection, Sequence

from awsenv.files.edits import Edit
from awsenv.runtime import decoded, encoded

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
# What went in before the line, or with it, is written down in it: to be taken out again, nobody else could tell.
_MARK = "# awsenv setup"
_WITH = {0: "", 1: " and the line end before this", 2: " and the two line ends before this"}
_NEW_FILE = " and this file"


def with_line(content: bytes | None, line: str, known: Collection[str], at: int | None = None) -> bytes:
    """Return the file with `line` at its end; where one of `known` stands as setup wrote it, `line` takes its place.

    `content` is None where there is no file yet; `at` is the line to go before instead, counted from 0.
    """
    lines = _lines_of(content or b"")
    places = [index for index, each in enumerate(lines) if _ending_of(each, known) is not None]
    if places:
        first, *copies = places
        text, end = _parted(lines[first])
        lines[first] = encoded(f"{line} {_MARK}{_ending_of(text, known)}") + end
        return b"".join(each for index, each in enumerate(lines) if index not in copies)
    ended = [each for each in lines[-2:] if each.endswith(b"\n")]
    eol = b"\r\n" if ended and ended[-1].endswith(b"\r\n") else b"\n"
    if at is not None:
        return b"".join([*lines[:at], encoded(f"{line} {_MARK}") + eol, *lines[at:]])
    # Behind a backslash the line would only go on with the one before.
    count = 0 if not lines else (not lines[-1].endswith(b"\n")) + _parted(lines[-1])[0].endswith(b"\\")
    ending = _NEW_FILE if content is None else _WITH[count]
    return (content or b"") + eol * count + encoded(f"{line} {_MARK}{ending}") + eol


def without_line(content: bytes, known: Collection[str]) -> bytes | None:
    """Return the file without what setup put into it; None where setup made the file and nothing else is in it.

    A line that somebody has changed since is theirs, and so is what they put behind it: then its line end stays.
    """
    kept: list[bytes] = []
    is_file_ours = False
    lines = _lines_of(content)
    for index, each in enumerate(lines):
        ending = _ending_of(each, known)
        if ending is None:
            kept.append(each)
            continue
        is_file_ours |= ending == _NEW_FILE
        count = next((count for count, text in _WITH.items() if text == ending), 0)
        if index == len(lines) - 1:
            kept = [_without_ends(b"".join(kept), count, _parted(each)[1])]
    rest = b"".join(kept)
    return None if is_file_ours and not rest else rest


def lines_above(content: bytes, known: Collection[str]) -> list[bytes]:
    """Return the lines above the one that setup put there; all, where none is."""
    lines = _lines_of(content)
    return lines[: next((index for index, each in enumerate(lines) if _ending_of(each, known) is not None), None)]


def edit_of(before: bytes | None, after: bytes | None) -> list[Edit]:
    """Return what changes, to be shown; empty where nothing does."""
    old, new = (tuple(decoded(each).rstrip("\r\n") for each in _lines_of(side or b"")) for side in (before, after))
    start = _count_alike(old, new)
    rest_of_old, rest_of_new = old[start:], new[start:]
    end = _count_alike(rest_of_old[::-1], rest_of_new[::-1])
    changed = rest_of_old[: len(rest_of_old) - end], rest_of_new[: len(rest_of_new) - end]
    return [Edit(start, *changed)] if any(changed) else []


def code_lines(content: bytes) -> list[str]:
    """Return the lines of the file, an empty one for each that is a comment."""
    lines = (decoded(each).strip() for each in _lines_of(content))
    return ["" if line.startswith("#") else line for line in lines]


def _lines_of(content: bytes) -> list[bytes]:
    return _LINE.findall(content)


def _parted(line: bytes) -> tuple[bytes, bytes]:
    text = line.rstrip(b"\r\n")
    return text, line[len(text) :]


def _ending_of(line: bytes, known: Collection[str]) -> str | None:
    text, mark, ending = decoded(_parted(line)[0]).partition(f" {_MARK}")
    return ending if mark and text in known and ending in {*_WITH.values(), _NEW_FILE} else None


def _without_ends(content: bytes, count: int, eol: bytes) -> bytes:
    for _ in range(count):
        content = content.removesuffix(eol or b"\n")
    return content


def _count_alike(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        (index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )
