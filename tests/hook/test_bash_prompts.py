"""bash's prompt: where the segment stands in it, what others draw, and what TAB does with much."""

import time
from pathlib import Path
from typing import Any

import pytest
from hook.stand_in import StandIn
from hook.test_completion import complete_and_run
from hook.test_flow import BASH_VERSION
from stage import at_most


@pytest.mark.parametrize(
    "prompt",
    [
        r"PS1='\nready\#> '",
        r"PS1=$'\n''ready\#> '",
        r"PS1='\[\e]0;a title\a\]\nready\#> '",
        r"PS1='\n\n\[\e[1m\]\nready\#> '",
    ],
)
def test_the_segment_stands_in_the_line_of_the_prompt(prompt: str, sit: Any) -> None:
    """Blank lines that a prompt begins with, and the title it sets before them, stay before the segment."""
    terminal = sit("bash", lines=(prompt, ""))
    terminal.run("true")
    assert terminal.shown() == "(unicorn 59m)"


@pytest.mark.parametrize("prompt", [r"PS1='\[\e[1m\]ready\#> '", r"PS1='\[\]ready\#> '"])
def test_what_is_no_blank_line_comes_after_the_segment(prompt: str, sit: Any) -> None:
    """A prompt that begins with a colour, or with nothing, has the segment before it."""
    terminal = sit("bash", lines=(prompt, ""))
    terminal.run("true")
    assert terminal.line().startswith("(unicorn 59m) ready")


@pytest.mark.parametrize("before", ["PROMPT_COMMAND=_omp_hook", "PROMPT_COMMAND='_omp_hook; true'"])
def test_who_draws_the_whole_prompt_has_the_segment_of_now(before: str, sit: Any) -> None:
    """A framework that stands in PROMPT_COMMAND already sees the segment of this prompt, and the status of the line."""
    if BASH_VERSION < 5.1:
        pytest.skip("no list of prompt commands")
    theme = '_omp_hook() { PS1="$?<${AWSENV_SEGMENT-none}>ready\\\\#> "; }'
    terminal = sit("bash", lines=(f"{theme}; {before}", ""))
    assert terminal.line().startswith("0<unicorn 59m>")
    terminal.run("export AWSENV_EXPIRES=$((EXPIRES + $(date +%s) + 7300)); sh -c 'exit 7'")
    assert terminal.line().startswith("7<unicorn 2h01m>")


def test_what_changes_is_drawn_at_once(sit: Any) -> None:
    """The label, the protection, the segment itself and an end: nothing is kept from the prompt before."""
    terminal = sit("bash")
    terminal.run("true")
    terminal.run("true")
    terminal.run("export AWSENV_LABEL='dragon {left}'")
    assert terminal.shown() == "(dragon 59m)"
    terminal.run("unset AWSENV_SEGMENT")
    assert terminal.shown() == "(dragon 59m)"
    terminal.run("AWSENV_PROTECTED=1")
    start = len(terminal.raw)
    terminal.run("true")
    assert b"\x1b[35m(dragon" in terminal.raw[start:]
    terminal.run("AWSENV_EXPIRES=$((AWSENV_EXPIRES - 3000))")
    assert terminal.shown() == "(dragon 9m)"
    terminal.run("unset AWSENV_PROFILE")
    assert terminal.shown() == ""
    terminal.run("AWSENV_PROFILE=x")
    assert terminal.shown() == "(dragon 9m)"


def test_no_line_is_too_long_for_tab(sit: Any, stand_in: StandIn) -> None:
    """Completion of a line of 60,000 characters comes at once, and the shell goes on."""
    stand_in.tell(names={"profiles": ["unicorn"], "sessions": [], "regions": []})
    line = "COMP_LINE=\"awsenv use $(printf '%60000s' | tr ' ' \"'\")\" COMP_POINT=60011"
    rc = f"long() {{ {line}; __awsenv_complete awsenv x use; }}"
    terminal = sit("bash", lines=("", rc))
    began = time.monotonic()
    terminal.run("long")
    assert time.monotonic() - began < at_most(0.2)
    complete_and_run(terminal, "awsenv status u")
    assert stand_in.calls()[-1] == "status unicorn"


NAMES = ["a b", "team-1", "team-10", "team-2", "Team", "tea", "tëam", "team~", "zz", "~x"]


@pytest.mark.parametrize("order", ["sorted", ""])
@pytest.mark.parametrize("begun", ["te", "team-", "team-1", "z", "a", "n", "", "t", "tea", "T"])
def test_a_list_is_searched_by_halves(order: str, begun: str, sit: Any, stand_in: StandIn) -> None:
    """All names that begin so are found, and no others, whether the list says that it is sorted or not."""
    home = stand_in.home
    (home / ".aws").mkdir()
    (home / ".cache" / "awsenv").mkdir(parents=True)
    for path in (config := home / ".aws" / "config", credentials := home / ".aws" / "credentials"):
        path.touch()
    entries = [f"p {name}" for name in NAMES] + ["r te", "s team-3"]
    ordered = sorted(entries, key=str.encode) if order else entries
    names: Path = home / ".cache" / "awsenv" / "names"
    names.write_text("\n".join(["awsenv-names 1", str(config), str(credentials), order, *ordered]) + "\n")
    line = 'COMP_LINE="awsenv use $1" COMP_POINT=$((11 + ${#1}))'
    rc = f'found() {{ {line}; __awsenv_complete awsenv "$1" use; echo "${{COMPREPLY[*]}}"; }}'
    terminal = sit("bash", lines=("", rc))
    found = terminal.run(f"found '{begun}'").replace("\\", "")
    assert sorted(found.split(" ")) == sorted(" ".join(name for name in NAMES if name.startswith(begun)).split(" "))
    assert stand_in.calls() == []
    assert terminal.run("x=ë; echo ${#x}") == "1"
