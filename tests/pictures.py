"""Draw the README's pictures from real terminals into docs/: `make pictures`.

The same scene in each shell: the hook, the real program and the practice Identity Center; only the keys' end is moved.
What differs from run to run, ports, codes and dates, is written over in what the terminal received.
"""

import itertools
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pyte
from aws.person import seat
from cli.real_shells import SHELLS, wait_until
from cli.renewals import end_sign_ins
from hook.terminals import Terminal, open_terminal
from hook.words import export, unset
from stage import environment_of, furnish

from awsenv.demo.household import Household
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer

DOCS = Path(__file__).parents[1] / "docs"
LINES, COLUMNS = 40, 112
# A new minute must not come between two runs.
LIFETIME = timedelta(hours=8, seconds=-30)
LABEL = "(unicorn Team_Unicorn {})"
GOOD = LABEL.format("7h59m")

# A person's prompt, and a way to move the keys' end that leaves no trace on the screen: a key, where the shell runs no
# trap while it waits for a line, or a signal.
SETUPS = {
    "bash": (
        "PS1='$ '; clock() { . ~/clock; : >~/heard; }; bind -x '\"\\C-t\": clock'",
        'eval "$(awsenv init bash)"',
    ),
    "zsh": (
        "PROMPT='%% '; setopt interactive_comments; clock() { . ~/clock; : >~/heard }; trap clock USR1",
        'eval "$(awsenv init zsh)"',
    ),
    "fish": (
        """
function fish_prompt; echo -n '> '; end
function clock --on-signal USR1; source ~/clock; true >~/heard; end
set -g fish_color_comment brblack; set -g fish_color_command normal; set -g fish_color_param normal
""",
        "awsenv init fish | source",
    ),
}
OVERWRITTEN = (
    (rb"http://127\.0\.0\.1:\d+/authorize\?\S+", "https://oidc.eu-west-1.amazonaws.com/authorize?…".encode()),
    (rb"until \d{4}-\d\d-\d\d \d\d:\d\d", b"until 2026-11-24 17:14"),
)


@dataclass(frozen=True)
class Scene:
    """A terminal in the practice world, and what happens around it."""

    terminal: Terminal
    household: Household

    def says(self, line: str, expected: str) -> None:
        """Type a line and wait for what comes of it."""
        start = self.terminal.start(line)
        self.terminal.sees(expected, since=start)
        self.terminal.rests()

    def answers(self, key: str, expected: str) -> None:
        """Press one key and wait for what comes of it."""
        start = len(self.terminal.raw)
        self.terminal.send(key)
        self.terminal.sees(expected, since=start)
        self.terminal.rests()

    def later(self, seconds_left: int, *, is_protected: bool = False) -> None:
        """Let time pass at the waiting prompt, until the keys have so long left."""
        shell, home = self.terminal.shell, self.household.home
        is_over = seconds_left < LIFETIME.total_seconds() - 60
        if is_over:
            end_sign_ins(self.household)
        protect = export(shell, "AWSENV_PROTECTED", 1) if is_protected else unset(shell, "AWSENV_PROTECTED")
        (home / "clock").write_text(f"{export(shell, 'AWSENV_EXPIRES', int(time.time()) + seconds_left)}; {protect}\n")
        if shell == "bash":
            self.terminal.send("\x14")
        else:
            os.kill(self.terminal.child.pid, signal.SIGUSR1)
        wait_until((home / "heard").exists, "the clock")
        (home / "heard").unlink()
        self.terminal.rests()


def play(scene: Scene) -> None:
    """Bring the segment into each of its states, and meet the question at both of its places."""
    scene.says("awsenv use unicorn", GOOD)
    scene.later(290)
    scene.says("# the keys are good", LABEL.format("4m"))
    scene.later(-3600)
    # The prompt was drawn yesterday.
    scene.says("aws sts get-caller-identity --query Account", "[t]his terminal")
    scene.answers("l", GOOD)
    scene.later(int(LIFETIME.total_seconds()), is_protected=True)
    scene.says("# the command has run with new keys", GOOD)
    scene.later(-3600)
    scene.says("# in a protected profile", "[t]his terminal")
    scene.answers("n", LABEL.format("expired"))
    scene.terminal.send("# declined: not asked again until the next login")
    scene.terminal.rests()


def record(shell: str, folder: Path) -> pyte.Screen:
    """Return the screen at the end of the scene."""
    with PracticeServer(rules=Rules(role_lifetime=LIFETIME)) as practice:
        household = furnish(folder / "home", practice)
        person = seat(folder / "person")
        more = {"BROWSER": person.browser, "TERM": "xterm-256color", "AWS_PAGER": ""}
        environment = environment_of(household, more)
        (folder / "home" / "setup").write_text("\n".join(SETUPS[shell]) + "\n")
        with open_terminal(shell, folder / "desk", environment, size=(LINES, COLUMNS), lines=("", "")) as terminal:
            terminal.run("awsenv list --names >/dev/null 2>&1")
            terminal.start(". ~/setup; clear")
            terminal.rests()
            scene_begins = len(terminal.raw)
            terminal.send("\x0c")
            terminal.rests()
            play(Scene(terminal, household))
            received = bytes(terminal.raw[scene_begins:])
    assert practice.failures == []
    for pattern, text in OVERWRITTEN:
        received = re.sub(pattern, text, received)
    display = pyte.Screen(COLUMNS, LINES)
    pyte.ByteStream(display).feed(received)
    return display


# The sixteen colours as a dark terminal has them; a colour of more than sixteen comes as its number in hex.
PALETTE = {
    "black": "#484f58",
    "red": "#ff7b72",
    "green": "#3fb950",
    "brown": "#d29922",
    "blue": "#58a6ff",
    "magenta": "#bc8cff",
    "cyan": "#39c5cf",
    "white": "#b1bac4",
    "brightblack": "#8b949e",
}
INK, PAPER, BAR, LABEL_INK = "#d0d7de", "#0d1117", "#21262d", "#8b949e"
CELL, LINE, MARGIN, TITLE = 8.4, 20, 16, 30
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


def runs(display: pyte.Screen, row: int) -> Iterator[tuple[int, str, str]]:
    """Yield the pieces of a row that have one colour, without outer blanks: where each begins, its text, its colour."""
    cells = [display.buffer[row][column] for column in range(COLUMNS)]
    column = 0
    for colour, group in itertools.groupby(cells, key=lambda cell: cell.fg):
        text = "".join(cell.data for cell in group)
        if text.strip():
            yield column + len(text) - len(text.lstrip()), text.strip(), colour
        column += len(text)


def ink_of(colour: str) -> str:
    """Return a terminal's colour for SVG."""
    if re.fullmatch(r"[0-9a-f]{6}", colour):
        return f"#{colour}"
    return PALETTE.get(colour, INK)


def svg(display: pyte.Screen, title: str) -> str:
    """Return what a screen shows, as far as something is on it, as a window."""
    rows = [row for row, line in enumerate(display.display) if line.strip()]
    first = min(rows)
    width = COLUMNS * CELL + 2 * MARGIN
    height = TITLE + (max(rows) - first + 1) * LINE + 2 * MARGIN
    size = f'width="{width:.0f}" height="{height}"'
    label = f'role="img" aria-label="A terminal with {title}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" {size} {label}>',
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
        f'<path d="M0 {TITLE}V8a8 8 0 0 1 8-8H{width - 8:.0f}a8 8 0 0 1 8 8V{TITLE}z" fill="{BAR}"/>',
        *(f'<circle cx="{18 + 18 * each}" cy="{TITLE / 2:.0f}" r="5" fill="#484f58"/>' for each in range(3)),
        f'<g font-family="{FONTS}" font-size="14" fill="{INK}" xml:space="preserve">',
        f'<text x="{width / 2:.0f}" y="20" fill="{LABEL_INK}" text-anchor="middle" font-size="13">{title}</text>',
    ]
    for row in range(first, max(rows) + 1):
        y = TITLE + MARGIN + (row - first) * LINE + 14
        for column, text, colour in runs(display, row):
            ink = ink_of(colour)
            fill = "" if ink == INK else f' fill="{ink}"'
            # The length holds the columns together, whatever font there is.
            parts.append(
                f'<text x="{MARGIN + column * CELL:.1f}" y="{y}" textLength="{len(text) * CELL:.1f}" '
                f'lengthAdjust="spacingAndGlyphs"{fill}>{escape(text)}</text>'
            )
    x, y = MARGIN + display.cursor.x * CELL, TITLE + MARGIN + (display.cursor.y - first) * LINE
    parts.append(f'<rect x="{x:.1f}" y="{y}" width="{CELL}" height="17" fill="{INK}"/>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


def main() -> None:
    """Write the pictures."""
    for shell in SHELLS:
        with tempfile.TemporaryDirectory() as folder:
            display = record(shell, Path(folder))
        (DOCS / f"prompt-{shell}.svg").write_text(svg(display, shell), encoding="utf-8")


if __name__ == "__main__":
    main()
