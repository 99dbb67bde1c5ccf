"""Names that would like to be code, markup or a control to the terminal: what the prompt makes of them."""

import re
from pathlib import Path
from typing import Any

import pytest
from hook.conftest import SHELLS
from hook.stand_in import StandIn
from hook.terminals import Terminal
from hook.words import assign, export
from shells.hostile import scale, values

from awsenv.actions.label import label_for
from awsenv.environ import Destination
from awsenv.runtime import encoded

# Puts the next of the file's texts into the label before each prompt.
NEXT = {
    "bash": 'exec 8<"$LABELS"; export AWSENV_LABEL; PROMPT_COMMAND="IFS= read -r -d \\"\\" AWSENV_LABEL <&8"',
    "zsh": 'exec 8<"$LABELS"; next() { IFS= read -r -d "" AWSENV_LABEL <&8 }; precmd_functions=(next)',
    "fish": (
        "set -g labels (string split0 <$LABELS); set -g number 0\n"
        "function next --on-event fish_prompt\n"
        "set number (math $number + 1); set -gx AWSENV_LABEL $labels[$number]; end"
    ),
}
EAGER = {"bash": "shopt -s promptvars", "zsh": "setopt prompt_subst prompt_bang prompt_percent", "fish": ""}
# The shells' own, on any terminal: marks of what is pasted and of where a prompt stands, and requests to the keyboard.
BRACKETED = re.compile(rb"\x1b(?:\[\?(?:2004|25)[hl]|\[[=<>][\d;]*[um]|[=>]|\]133;[^\x07\x1b]*(?:\x07|\x1b\\))")
COLUMNS = 130
TYPED = "x" * 150

pytestmark = pytest.mark.parametrize("shell", SHELLS)


def opened(sit: Any, shell: str, labels: list[bytes], folder: Path, term: str) -> Terminal:
    """Open a terminal that shows one label after another, on bare prompts."""
    path = folder / "labels"
    path.write_bytes(b"".join(label + b"\0" for label in labels))
    head = f"{EAGER[shell]}\n{export(shell, 'LABELS', path)}\n{NEXT[shell]}"
    bare = {"LABELS": str(path), "NO_COLOR": "1", "TERM": term, "AWSENV_EXPIRES": None}
    terminal: Terminal = sit(shell, bare, lines=(head, assign(shell, "__awsenv_guard", "off")), size=(30, COLUMNS))
    return terminal


def test_whatever_the_variable_holds_is_text(shell: str, sit: Any, tmp_path: Path) -> None:
    """Case 13: labels that nobody has made safe run nothing and send no control to the terminal."""
    labels = [encoded(value) for value in values(1, scale(120, 10_000)) if value]
    terminal = opened(sit, shell, labels, tmp_path, "dumb")
    start = len(terminal.raw)
    for number, _ in enumerate(labels[1:], terminal.prompt + 1):
        # By its bytes: what has no width makes the screen that reads along stumble.
        terminal.sees(f"ready{number}> ", since=terminal.start("true"))
    terminal.rests()

    controls = {byte for byte in BRACKETED.sub(b"", terminal.raw[start:]) if byte < 0x20 or byte == 0x7F} - set(
        b"\r\n\b\a"
    )
    assert controls == set()
    assert list(tmp_path.rglob("pwned")) == []


def test_labels_are_as_wide_as_the_shell_thinks(shell: str, sit: Any, tmp_path: Path) -> None:
    """What awsenv makes of hostile names wraps at the edge of the screen, where the line editor expects it to."""
    names = list(values(2, scale(60, 10_000)))
    pairs = zip(names, names[::-1], strict=True)
    destinations = [Destination(name or "x", "eu-west-1", "1" * 12, account, "role") for name, account in pairs]
    labels = [encoded(label_for(one, "{profile} {account} {left}", region="eu-west-1")) for one in destinations]
    terminal = opened(sit, shell, labels, tmp_path, "xterm")
    for _ in labels[1:]:
        prompt = terminal.line()
        assert prompt.startswith("(")
        # Home and end: an editor that believes in another width moves to somewhere else.
        terminal.send(f"{TYPED}\x01a\x05b")
        terminal.shows(f"{prompt}a{TYPED}b")
        terminal.send("\x01\x0b")
        terminal.run("true")


EXPIRIES = (
    "x[$(touch pwned)]",
    "path[$(touch pwned)]",
    "$(touch pwned)",
    "08",
    "-1",
    "+1",
    "1e9",
    " 1",
    "0x10",
    "9" * 20,
    "1\n2",
    "",
)


def test_an_expiry_that_is_no_moment_shows_nothing(shell: str, sit: Any, stand_in: StandIn, tmp_path: Path) -> None:
    """Case 14: what is no number of seconds is not calculated with: no file, no complaint, no segment, no call."""
    for expiry in EXPIRIES:
        terminal = sit(shell, {"AWSENV_EXPIRES": expiry})
        assert terminal.shown() == "", expiry
        assert terminal.run("echo alive") == "alive"
    assert list(tmp_path.rglob("pwned")) == []
    assert stand_in.calls() == []
