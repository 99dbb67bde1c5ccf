"""Run scripts in real shells without anybody's start-up files, and wait for what happens elsewhere."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

from stage import TIME_LIMIT, run

from awsenv.model import Dialect

T = TypeVar("T")

SHELLS = {
    "bash": ("bash", "--norc", "--noprofile"),
    "zsh": ("zsh", "-f"),
    "fish": ("fish", "--no-config"),
}
STRICT_SHELLS = ("bash", "zsh")


def command_of(shell: str, script: str) -> list[str]:
    """Return the command that runs `script`; a shell that is not installed fails the test, never skips it."""
    assert shutil.which(shell), f"{shell} is not installed: sh .ci/tools"
    # zsh becomes the last command, and counts SHLVL down for that: an environment dumped there would differ.
    return [*SHELLS[shell], "-c", f"{script}\ntrue\n"]


def run_script(
    shell: str, script: str, environment: Mapping[str, str], *, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a script in a shell without a terminal."""
    return run(command_of(shell, script), environment, cwd=cwd)


def dialect_of(shell: str) -> Dialect:
    """Return the dialect that a shell of `SHELLS` speaks."""
    return cast(Dialect, shell)


def status_of(shell: str) -> str:
    """Return how a shell spells the status of the last command."""
    return "$status" if shell == "fish" else "$?"


def all_at_once(work: Callable[..., T], *arguments: Iterable[object]) -> list[T]:
    """Return what `work` makes of each of `arguments`, in their order; three at a time."""
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(work, *arguments))


def variables_in(dump: bytes) -> dict[bytes, bytes]:
    """Return the variables of one `env -0`."""
    pairs = (entry.partition(b"=") for entry in dump.split(b"\0") if entry)
    return {name: value for name, _, value in pairs}


def wait_until(condition: Callable[[], T | None], what: str) -> T:
    """Return the first true answer of `condition`, asked again and again; fail when none comes."""
    deadline = time.monotonic() + TIME_LIMIT
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        threading.Event().wait(0.01)
    raise AssertionError(f"waited in vain for {what}")


def children_of(pid: int) -> list[int]:
    """Return the processes below `pid`, at any depth."""
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [grandchild for child in children for grandchild in children_of(child)]


def words_of(pid: int) -> list[bytes]:
    """Return the command line of a process; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


def find_awsenv_below(pid: int) -> int | None:
    """Return awsenv's process among those that `pid` has started."""
    return next(
        (child for child in children_of(pid) if any(word.endswith(b"/awsenv") for word in words_of(child))), None
    )


def has_connection(pid: int) -> bool:
    """Tell whether a process has a socket open."""
    try:
        return any(str(link.readlink()).startswith("socket:") for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
