"""What keeps a shell from ever reading the line that stands below: it is asked itself, and runs nothing of the file."""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from awsenv.model import Dialect
from awsenv.runtime import Runtime, encoded
from awsenv.values import Value

# broken: no shell would parse it; open: its end is no code; left: by `return` or `exit`; replaced: by `exec`.
Kind = Literal["broken", "open", "left", "replaced"]
Parses = Callable[[bytes], bool | None]

_PARSERS: dict[Dialect, tuple[str, ...]] = {
    # What a start file may have turned on, and a parser has to know beforehand.
    "bash": ("bash", "-O", "extglob", "-n"),
    "zsh": ("zsh", "-f", "-n"),
    "fish": ("fish", "--no-config", "--no-execute"),
}
_QUICK = 2.0
# Nobody writes a longer one by hand, and bash reads a pipe byte by byte.
_LONGEST = 200_000
_MOST_LEAVES = 20
_LEAVES = re.compile(r"(?P<word>return|exit|exec)\b(?P<rest>[^;&|]*);?$")
_REDIRECTION = re.compile(r"\s*(?:$|[0-9{<>&])")
_GOES_ON = ("&&", "||", "|", "\\")
# Nowhere a command, so that only what is no code may hold it.
_NO_CODE = b"\n)\n"


class Obstacle(Value):
    """What stands in the way; `index` is the line that leaves, counted from 0, or None where there is none."""

    kind: Kind
    index: int | None = None


def find_obstacle(lines: Sequence[bytes], code: Sequence[str], dialect: Dialect, runtime: Runtime) -> Obstacle | None:
    """Return what keeps the shell from the line below `lines`, as far as it can tell; `code` is as `code_lines`.

    What a condition decides is left to it: only a `return`, `exit` or `exec` that is always reached counts.
    """

    def parses(content: bytes) -> bool | None:
        return _parses(content, _PARSERS[dialect], runtime)

    content = b"".join(lines)
    if len(content) > _LONGEST:
        return None
    for index, kind in _leaves(code):
        if _is_whole(b"".join(lines[: index + 1]), parses):
            return Obstacle(kind, index)
    # Behind a backslash nothing is over, and what is put there has a line of its own.
    if parses(content + b"\n\n") is False:
        return Obstacle("broken")
    return Obstacle("open") if content and parses(content + _NO_CODE) else None


def _leaves(code: Sequence[str]) -> Iterator[tuple[int, Kind]]:
    count, before = 0, ""
    for index, line in enumerate(code):
        found = None if before.endswith(_GOES_ON) else _LEAVES.match(line.partition(" #")[0].rstrip())
        before = line
        # `exec` without a command only redirects.
        if found is None or (found["word"] == "exec" and _REDIRECTION.match(found["rest"])):
            continue
        if count == _MOST_LEAVES:
            return
        count += 1
        yield index, "replaced" if found["word"] == "exec" else "left"


def _is_whole(content: bytes, parses: Parses) -> bool:
    return bool(parses(content)) and parses(content + _NO_CODE) is False


def _parses(content: bytes, command: Sequence[str], runtime: Runtime) -> bool | None:
    # HOME is left out: no start file, nor a file of the shell's own, has a part in it.
    path = runtime.environment.get("PATH", "")
    try:
        finished = subprocess.run(
            list(command),
            env={"PATH": encoded(path)},
            input=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_QUICK,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return finished.returncode == 0


def told(obstacle: Obstacle, path: str, dialect: Dialect) -> str:
    """Return what to say of it."""
    place = path if obstacle.index is None else f"{path}:{obstacle.index + 1}"
    return {
        "broken": f"{dialect} cannot parse {path} as it stands, and will not get to the line ({dialect} -n says where)",
        "open": f"the end of {path} is no code to {dialect}, as in a here-document, and neither will the line be",
        "left": f"{place} always leaves the file, and {dialect} will not get to the line below",
        "replaced": f"{place} always makes another program of {dialect}, which will not get to the line below",
    }[obstacle.kind]
