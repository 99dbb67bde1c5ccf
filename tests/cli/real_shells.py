"""Run scripts in real shells without anybody's start-up files, and wait for what happens elsewhere."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from stage import TIME_LIMIT, run

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
    return [*SHELLS[shell], "-c", script]


def run_script(
    shell: str, script: str, environment: Mapping[str, str], *, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a script in a shell without a terminal."""
    return run(command_of(shell, script), environment, cwd=cwd)


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
