"""Run `write.py` under strace: list the system calls of a write, kill the process at one, or make one fail."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from stage import miss

_CALL = re.compile(r"(\w+)\(")
_SCRIPT = str(Path(__file__).with_name("write.py"))


@dataclass(frozen=True)
class Call:
    """A system call of the write: its name, and the how-manieth of that name it is in the process."""

    name: str
    number: int


def need_strace() -> str:
    """Return strace, without which these tests prove nothing: its absence skips at home and fails where `CI` is set."""
    strace = shutil.which("strace")
    if strace is None:
        miss("strace is missing: apt-get install strace")
    return strace


def run(home: Path, what: str, secret: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Write under strace with these options of its own."""
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "HOME": str(home)}
    command = [need_strace(), "-f", *options, sys.executable, "-S", "-B", _SCRIPT, str(home), what, secret]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def calls_of_write(home: Path, what: str, secret: str) -> list[Call]:
    """Write undisturbed and return the calls that the write made, in their order."""
    log = home / "strace.log"
    ended = run(home, what, secret, "-o", str(log))
    assert ended.stdout == "written\n", ended
    counts: Counter[str] = Counter()
    calls = []
    is_inside = False
    for line in log.read_text().splitlines():
        found = _CALL.search(line)
        if not found or "---" in line or "+++" in line:
            continue
        counts[found[1]] += 1
        if '"/window-' in line:
            is_inside = "begins" in line
        elif is_inside:
            calls.append(Call(found[1], counts[found[1]]))
    log.unlink()
    assert {"openat", "write", "fsync", "close"} <= {call.name for call in calls}
    return calls


def killed_at(call: Call, home: Path, what: str, secret: str) -> bool:
    """Write, and tell whether SIGKILL at the entry of `call` came before the end."""
    inject = f"inject={call.name}:signal=KILL:when={call.number}"
    return run(home, what, secret, "-o", "/dev/null", "-e", inject).stdout == ""


def failed_at(call: Call, error: str, home: Path, what: str, secret: str) -> subprocess.CompletedProcess[str]:
    """Write while `call` answers `error` and does nothing."""
    inject = f"inject={call.name}:error={error}:when={call.number}"
    return run(home, what, secret, "-o", "/dev/null", "-e", inject)
