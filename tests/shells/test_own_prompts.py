"""The prompts made by hand, as they stand there, in real terminals."""

import re
from pathlib import Path

import pytest
from hook.stand_in import StandIn, install
from hook.terminals import Terminal, open_terminal
from hook.words import assign, unset

PAGE = Path(__file__).parents[2] / "docs" / "prompt.md"
SIGNS = {"bash": r"\$ ", "zsh": "%# ", "fish": "> "}
START_OF_LINE = "\x01"

pytestmark = pytest.mark.parametrize("shell", SIGNS)


def snippet(shell: str) -> str:
    """Return the page's prompt for this shell, with a sign that the terminal knows."""
    section = PAGE.read_text(encoding="utf-8").partition("By hand, after")[2]
    found = re.search(rf"```{shell}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    assert found[1].count(f"{SIGNS[shell]}'") == 1
    return found[1].replace(f"{SIGNS[shell]}'", "ready> '")


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    """Return the stand-in for the program."""
    return install(tmp_path / "stand-in")


def set_prompt(terminal: Terminal, folder: Path, text: str) -> None:
    """Put a prompt into a terminal."""
    (folder / "prompt").write_text(text)
    terminal.start(f". '{folder / 'prompt'}'")
    terminal.prompted()


def test_a_prompt_made_by_hand_shows_the_segment(shell: str, stand_in: StandIn, tmp_path: Path) -> None:
    """It stands there once, in its colour, as wide as the shell takes it for, and goes with the profile."""
    lines = (assign(shell, "__awsenv_prompt", "off"), "")
    with open_terminal(shell, tmp_path / "desk", stand_in.environment(left=3590), lines=lines) as terminal:
        assert terminal.shown() == ""
        start = len(terminal.raw)
        set_prompt(terminal, tmp_path, snippet(shell))

        assert terminal.line() == "unicorn 59m ready> "
        assert b"\x1b[32municorn 59m\x1b[0m" in terminal.raw[start:]

        terminal.send(f"cho typed{START_OF_LINE}e")
        terminal.shows("unicorn 59m ready> echo typed")
        terminal.start("")
        terminal.prompted()
        terminal.start(unset(shell, "AWSENV_PROFILE"))
        terminal.prompted()
        assert terminal.line() == "ready> "


def test_without_its_function_a_prompt_shows_the_segment(shell: str, stand_in: StandIn, tmp_path: Path) -> None:
    """The variable alone does for bash and zsh too; NO_COLOR takes the colour out of the function's text."""
    lines = (assign(shell, "__awsenv_prompt", "off"), "")
    text = "${AWSENV_SEGMENT:+($AWSENV_SEGMENT) }"
    assert f"`{text}`" in PAGE.read_text(encoding="utf-8")
    prompts = {
        "bash": f"PS1='{text}ready> '",
        "zsh": f"setopt prompt_subst; PROMPT='{text}ready> '",
        "fish": "function fish_prompt; echo -n '('(awsenv_prompt_info)') ready> '; end",
    }
    with open_terminal(
        shell, tmp_path / "desk", stand_in.environment({"NO_COLOR": "1"}, left=3590), lines=lines
    ) as terminal:
        start = len(terminal.raw)
        set_prompt(terminal, tmp_path, prompts[shell])

        assert terminal.line() == "(unicorn 59m) ready> "
        assert b"\x1b[32m" not in terminal.raw[start:]
