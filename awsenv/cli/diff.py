"""What changes in a shared file, as a unified diff. Of what does not change no line is shown: it may be a secret."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from awsenv.cli.terminal import BOLD, GREEN, PLAIN, RED, has_colour, write
from awsenv.files.edits import Edit
from awsenv.runtime import shown

_CYAN = "\x1b[36m"
_COLOURS = {"-": RED, "+": GREEN, "@": _CYAN}
_SECRET = re.compile(r"(\s*[^=:]*(?:secret|token|password|access_key)[^=:]*[=:]\s*).+", re.IGNORECASE)


def write_diff(path: str, edits: Iterable[Edit]) -> None:
    """Write the diff to stdout, in colours where it takes them; nothing where nothing changes."""
    lines = list(diff_lines(path, edits))
    if not lines:
        return
    is_coloured = has_colour()
    painted = (_painted(line, is_head=index < 2) for index, line in enumerate(lines))  # noqa: PLR2004 - --- and +++
    write("\n".join(painted if is_coloured else lines) + "\n")


def diff_lines(path: str, edits: Iterable[Edit]) -> Iterator[str]:
    """Yield the lines of the diff, fit for a terminal."""
    moved, is_first = 0, True
    for edit in edits:
        for tag, start, end, new_start, new_end in SequenceMatcher(
            None, edit.old, edit.new, autojunk=False
        ).get_opcodes():
            if tag == "equal":
                continue
            if is_first:
                yield f"--- {shown(path)}"
                yield f"+++ {shown(path)}"
                is_first = False
            old, new = edit.old[start:end], edit.new[new_start:new_end]
            place = edit.start + start
            yield f"@@ -{_range(place, len(old))} +{_range(edit.start + new_start + moved, len(new))} @@"
            yield from (f"-{_shown(line)}" for line in old)
            yield from (f"+{_shown(line)}" for line in new)
        moved += len(edit.new) - len(edit.old)


def _range(start: int, length: int) -> str:
    # Lines count from 1; of no lines the one before is named.
    return f"{start + (length > 0)},{length}"


def _shown(line: str) -> str:
    return shown(_SECRET.sub(r"\1…", line))


def _painted(line: str, *, is_head: bool) -> str:
    colour = BOLD if is_head else _COLOURS.get(line[:1], "")
    return f"{colour}{line}{PLAIN}" if colour else line
