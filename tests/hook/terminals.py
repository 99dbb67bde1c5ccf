"""A person's terminal: an interactive shell with start-up lines of one's own, what it shows, and what it prints raw."""

import contextlib
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pyte
from stage import TIME_LIMIT

FILES = Path(__file__).parents[2] / "shell"
INTERRUPT = "\x03"
# A number in the prompt tells one prompt from the next.
PROMPTS = {
    "bash": r"PS1='ready\#> '",
    "zsh": "unsetopt prompt_sp prompt_cr; HISTSIZE=5000; PROMPT='ready%h> '",
    "fish": (
        "function fish_greeting; end\n"
        "function fish_title; end\n"
        "function count_prompts --on-event fish_prompt; set -g prompts (math $prompts + 1); end\n"
        'function fish_prompt; echo -n "ready$prompts> "; end'
    ),
}
COMMANDS = {
    "bash": ["bash", "--noprofile", "--rcfile", "{rc}", "-i"],
    "zsh": ["zsh", "-d", "-i"],
    "fish": ["fish", "--no-config", "-C", "source {rc}", "-i"],
}
# What fish asks of the keyboard of a terminal newer than the one that reads along here.
_KEYBOARD = re.compile(rb"\x1b\[[=<>?][\d;]*[um]")
_PROMPT = re.compile(r"ready(\d*)> $")


@dataclass
class Terminal:
    """Types into a shell; `display` is what a person sees, `raw` every byte that came."""

    shell: str
    child: Any
    display: pyte.Screen
    stream: pyte.ByteStream
    raw: bytearray = field(default_factory=bytearray)
    prompt: int = 0

    def read(self, wait: float = 0.02) -> bool:
        """Take in what has come; tell whether anything had."""
        try:
            some = self.child.read_nonblocking(65536, wait)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            raise AssertionError(f"{self.shell} has ended:\n{self.text()}") from None
        self.raw += some
        self.stream.feed(_KEYBOARD.sub(b"", some))
        return True

    def text(self) -> str:
        """Return the screen as text, without the blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.display.display).strip("\n")

    def line(self) -> str:
        """Return the line that the cursor is in, as far as the cursor."""
        row = self.display.buffer[self.display.cursor.y]
        return "".join(row[column].data for column in range(self.display.cursor.x))

    def sees(self, text: str, *, since: int = 0) -> None:
        """Wait until `text` has come, after the byte `since`."""
        self._wait(lambda: text.encode() in self.raw[since:] or (not since and text in self.text()), text)

    def prompted(self) -> None:
        """Wait for a prompt that was not there before."""

        def is_there() -> bool:
            return self._number() > self.prompt

        self._wait(is_there, "a prompt")
        while self.read():
            pass
        self.prompt = max(self._number(), self.prompt)

    def shows(self, end: str) -> None:
        """Wait until the screen ends with `end`, wrapped at its edge."""
        self._wait(lambda: "".join(self.display.display).rstrip().endswith(end), end)

    def rests(self) -> None:
        """Wait until nothing more comes."""
        while self.read(0.15):
            pass

    def send(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys.encode())

    def start(self, line: str) -> int:
        """Type a line, Enter included; return where what comes after it begins."""
        start = len(self.raw)
        self.send(line + "\r")
        return start

    def run(self, line: str) -> str:
        """Type a line, wait for the next prompt, and return what the screen showed between the two."""
        number = self.prompt
        self.start(line)
        self.prompted()
        text = self.text()
        begin = text.rfind(f"ready{number}> ")
        after = text[begin:].split("\n")[1:]
        return "\n".join(after[:-1])

    def shown(self) -> str:
        """Return what stands before the prompt in the line with the cursor."""
        return re.sub(_PROMPT, "", self.line()).strip()

    def _number(self) -> int:
        found = _PROMPT.search(self.line())
        if found is None:
            return -1
        # A prompt of somebody else's making has no number: then it is new if anything has come since.
        return int(found[1] or len(self.raw))

    def _wait(self, condition: Any, what: str) -> None:
        deadline = time.monotonic() + TIME_LIMIT / 12
        while not condition():
            if not self.read() and time.monotonic() > deadline:
                raise AssertionError(
                    f"waited in vain for {what} in {self.shell}:\n{self.text()}\n{bytes(self.raw[-800:])!r}"
                )


def load(shell: str) -> str:
    """Return the line that loads the hook."""
    return f". '{FILES / f'awsenv.{shell}'}'"


@contextlib.contextmanager
def open_terminal(
    shell: str,
    folder: Path,
    environment: Mapping[str, str],
    *,
    lines: tuple[str, ...] = ("", ""),
    size: tuple[int, int] = (50, 160),
) -> Iterator[Terminal]:
    """Start `shell` in `folder`: its prompt is set, then the hook is loaded between the first and the last of `lines`.

    What stands between these two loads it, else the file in this checkout.
    """
    program = shutil.which(shell)
    assert program is not None, f"{shell} is not installed: sh .ci/tools"
    folder.mkdir(exist_ok=True)
    rc = folder / (".zshrc" if shell == "zsh" else "rc")
    rc.write_text("\n".join((PROMPTS[shell], lines[0], *(lines[1:-1] or [load(shell)]), lines[-1], "")))
    command = [word.format(rc=rc) for word in COMMANDS[shell]]
    homes = {"ZDOTDIR": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}
    child = pexpect.spawn(
        program,
        command[1:],
        env={"TERM": "xterm", **homes, **environment},
        cwd=str(folder),
        timeout=TIME_LIMIT,
        dimensions=size,
    )
    child.delaybeforesend = None
    display = pyte.Screen(size[1], size[0])
    terminal = Terminal(shell, child, display, pyte.ByteStream(display))
    # fish asks the terminal what it is, and waits for the answer.
    display.write_process_input = lambda data: child.send(data.encode())  # type: ignore[method-assign]
    try:
        terminal.prompted()
        yield terminal
    finally:
        child.close(force=True)
