"""Draw the pictures of the README from real terminals: `python tests/pictures.py` writes them into docs/."""

import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pyte
from aws.person import seat
from cli.renewals import end_sign_ins
from hook.conftest import SHELLS
from hook.stand_in import install
from hook.terminals import PROMPTS, open_terminal
from hook.test_flow import die, mortal
from hook.test_overnight import LOADS
from hook.words import export
from stage import environment_of, furnish

from awsenv.demo.server import PracticeServer

DOCS = Path(__file__).parents[1] / "docs"
COLOURS = {"green": "#3fb950", "brown": "#d29922", "red": "#f85149", "magenta": "#bc8cff"}
INK, PAPER = "#c9d1d9", "#0d1117"
WIDTH, HEIGHT, MARGIN = 8.4, 19, 12
STATES = (("AWSENV_EXPIRES", 200), ("AWSENV_EXPIRES", -60), ("AWSENV_EXPIRES", 26_000), ("AWSENV_PROTECTED", None))
# Quieter than in the tests: a person's prompt has no number.
PLAIN = {"bash": "PS1='$ '", "zsh": "PROMPT='%# '", "fish": "function fish_prompt; echo -n '> '; end"}


def svg(display: pyte.Screen) -> str:
    """Return what a screen shows, as far as something is on it, in its colours."""
    rows = [row for row, line in enumerate(display.display) if line.strip()]
    first, last = min(rows), max(rows)
    columns = max(len(display.display[row].rstrip()) for row in rows)
    width, height = columns * WIDTH + 2 * MARGIN, (last - first + 1) * HEIGHT + 2 * MARGIN
    size = f'width="{width:.0f}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" {size}>',
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>',
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">',
    ]
    for row in range(first, last + 1):
        y = MARGIN + (row - first) * HEIGHT + 14
        for column, text, colour in runs(display, row):
            lines.append(
                f'<text x="{MARGIN + column * WIDTH:.1f}" y="{y}" textLength="{len(text) * WIDTH:.1f}" '
                f'fill="{COLOURS.get(colour, INK)}">{escape(text)}</text>'
            )
    return "\n".join([*lines, "</g>", "</svg>", ""])


def runs(display: pyte.Screen, row: int) -> Iterator[tuple[int, str, str]]:
    """Yield the pieces of a row that have one colour: where each begins, its text, its colour."""
    start, text, colour = 0, "", "default"
    for column in range(len(display.display[row].rstrip())):
        cell = display.buffer[row][column]
        if cell.fg != colour and text:
            yield start, text, colour
            text = ""
        if not text:
            start, colour = column, cell.fg
        text += cell.data
    if text:
        yield start, text, colour


def states(shell: str, folder: Path) -> str:
    """Return the picture of every state of the segment in one shell."""
    stand_in = install(folder / "stand-in")
    stand_in.tell(renew=4)
    more = {"AWSENV_LABEL": "unicorn Team_Unicorn {left}", "CI": "1"}
    environment = stand_in.environment(more, left=3590)
    with open_terminal(shell, folder / "desk", environment, size=(20, 70), lines=("", "")) as terminal:
        terminal.start(PLAIN[shell])
        terminal.rests()
        terminal.send("clear\r")
        terminal.rests()
        for name, left in STATES:
            terminal.start(export(shell, name, 1 if left is None else int(time.time()) + left))
            terminal.rests()
        return svg(terminal.display)


def overnight(folder: Path) -> str:
    """Return the picture of the first command of the morning, with the real program."""
    with PracticeServer() as practice:
        household = furnish(folder / "home", practice)
        person = seat(folder / "person")
        environment = environment_of(household, {"BROWSER": person.browser, "TERM": "xterm"})
        lines = ("", LOADS["bash"], mortal("bash")[1])
        with open_terminal("bash", folder / "desk", environment, size=(20, 110), lines=lines) as terminal:
            terminal.run("awsenv use unicorn 2>/dev/null")
            terminal.start(PLAIN["bash"])
            terminal.rests()
            end_sign_ins(household)
            die(terminal)
            terminal.rests()
            terminal.display.reset()
            terminal.send("\x0c")
            terminal.rests()
            start = terminal.start("aws sts get-caller-identity --query Account")
            terminal.sees("not in [t]his terminal", since=start)
            terminal.send("l")
            terminal.sees('"222233334444"', since=start)
            terminal.rests()
            return svg(terminal.display)


def main() -> None:
    """Write the pictures."""
    assert set(PLAIN) == set(PROMPTS)
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for shell in SHELLS:
            (Path(folder) / shell).mkdir()
            (DOCS / f"segment-{shell}.svg").write_text(states(shell, Path(folder) / shell), encoding="utf-8")
        (DOCS / "overnight.svg").write_text(overnight(Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
