"""A person's keyboard: an interactive shell in a pseudo-terminal, without anybody's start-up files."""

import contextlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
from cli.real_shells import SHELLS, status_of, variables_in
from stage import TIME_LIMIT

INTERRUPT = "\x03"


@dataclass
class Keyboard:
    """Types into a shell and reads its screen; `folder` is where the shell is and leaves its dumps."""

    shell: str
    screen: Any
    folder: Path
    _dumps: int = field(default=0)

    def type(self, line: str) -> None:
        """Type a line, Enter included."""
        self.screen.sendline(line)

    def press(self, key: str) -> None:
        """Press one key."""
        self.screen.send(key)

    def sees(self, text: str) -> None:
        """Wait until `text` stands on the screen."""
        self.screen.expect_exact(text)

    def reads(self, pattern: str) -> str:
        """Wait for a regular expression and return its first group."""
        self.screen.expect(pattern)
        return str(self.screen.match[1])

    def status(self) -> int:
        """Return the status of the last command; only once that has ended."""
        self.type(f'echo "status=<{status_of(self.shell)}>"')
        return int(self.reads(r"status=<(\d+)>"))

    def dump(self) -> tuple[dict[bytes, bytes], str]:
        """Return the shell's variables and the terminal's modes."""
        self._dumps += 1
        names = f"env{self._dumps}", f"modes{self._dumps}"
        self.type(f"env -0 >{names[0]}; stty -g >{names[1]}; echo dum''ped{self._dumps}")
        self.sees(f"dumped{self._dumps}\r\n")
        # fish hands its variables to each command in another order: they are compared by name, each to the byte.
        return variables_in((self.folder / names[0]).read_bytes()), (self.folder / names[1]).read_text()

    def says(self, command: str) -> str:
        """Return what a command that prints one line prints."""
        self._dumps += 1
        path = self.folder / f"said{self._dumps}"
        self.type(f"{command} >{path.name} 2>&1; echo sa''id{self._dumps}")
        self.sees(f"said{self._dumps}\r\n")
        return path.read_text().strip()


@contextlib.contextmanager
def sit_down(shell: str, environment: Mapping[str, str], folder: Path) -> Iterator[Keyboard]:
    """Start `shell` in `folder`; afterwards it is gone, with all that it started in its terminal."""
    program = shutil.which(SHELLS[shell][0])
    assert program is not None, f"{shell} is not installed: sh .ci/tools"
    folder.mkdir(exist_ok=True)
    screen = pexpect.spawn(
        program,
        [*SHELLS[shell][1:], "-i"],
        env={**environment, "TERM": "dumb"},
        cwd=str(folder),
        timeout=TIME_LIMIT,
        encoding="utf-8",
        codec_errors="replace",
        dimensions=(50, 500),
    )
    try:
        screen.sendline("echo rea''dy")
        screen.expect_exact("ready\r\n")
        yield Keyboard(shell, screen, folder)
    finally:
        screen.close(force=True)


def without_escapes(text: str) -> str:
    """Return text without what moves a cursor or sets a colour."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
