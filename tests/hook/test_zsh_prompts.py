"""zsh: where in a prompt the segment stands."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "prompt",
    [
        r"PROMPT=$'\n''top'$'\n''ready%h> '",
        r"PROMPT=$'\n\n''top'$'\n''ready%h> '",
        r"PROMPT=$'%f%k%{\e[0m%}\n''top'$'\n''ready%h> '",
        r"setopt prompt_subst; NL=$'\n'; PROMPT='${NL}top${NL}ready%h> '",
        r"setopt prompt_subst; NL=$'\n'; PROMPT='$NL${NL}top${NL}ready%h> '",
        r"""draw() { PROMPT=$'\n''top'$'\n'"ready$HISTCMD> " }; precmd_functions+=(draw)""",
        r"setopt ksh_arrays prompt_subst; PROMPT=$'\n''top'$'\n''ready%h> '",
    ],
)
def test_a_prompt_that_begins_with_a_newline_has_the_segment_in_its_first_line(sit: Any, prompt: str) -> None:
    """Blank lines before a prompt stay blank, whoever writes them, and also with zero-width text before them."""
    terminal = sit("zsh", lines=(prompt, ""))
    terminal.run("true")
    shown = [row.strip() for row in terminal.text().split("\n") if "unicorn" in row]
    assert shown == ["(unicorn 59m) top"] * 2
    assert terminal.shown() == ""


@pytest.mark.parametrize("prompt", ["%n $UID ready%h> ", "${NL-}ready%h> ", "%B%F{red}ready%h> ", "%(?..%?)ready%h> "])
def test_another_prompt_has_it_first(sit: Any, prompt: str) -> None:
    """Colours and variables that end no line do not move the segment."""
    terminal = sit("zsh", lines=(f"setopt prompt_subst; PROMPT='{prompt}'", ""))
    assert terminal.line().startswith("(unicorn 59m)")


def test_what_is_drawn_anew_is_right(sit: Any) -> None:
    """What changes between two prompts shows at the second: label, name, end, protection; and who takes it away."""
    terminal = sit("zsh")
    terminal.run("export AWSENV_LABEL='dragon {left}'")
    assert terminal.shown() == "(dragon 59m)"
    terminal.run("unset AWSENV_SEGMENT")
    assert terminal.run("print -r -- $AWSENV_SEGMENT") == "dragon 59m"
    terminal.run("export AWSENV_EXPIRES=$((AWSENV_EXPIRES + 7200))")
    assert terminal.shown() == "(dragon 2h59m)"
    terminal.run("psvar=()")
    assert terminal.shown() == "(dragon 2h59m)"
    terminal.run("unset AWSENV_PROFILE")
    assert terminal.shown() == ""
    assert terminal.run("print -r -- ${AWSENV_SEGMENT-none}${psvar[41]-}") == "none"
