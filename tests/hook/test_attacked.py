"""What a hostile review of the hook found, held from then on."""

import re
import shutil
import time
from typing import Any

import pytest
from hook.conftest import SHELLS
from hook.stand_in import StandIn
from hook.terminals import INTERRUPT
from hook.test_completion import COMPINIT, NAMES, complete_and_run
from hook.test_flow import BASH_VERSION, QUESTION, die, mortal, renewals
from hook.words import status

EVERY = pytest.mark.parametrize("shell", SHELLS)


@EVERY
def test_a_hostile_name_is_completed_in_an_open_quote(shell: str, sit: Any, stand_in: StandIn) -> None:
    """TAB behind an open double quote writes the name so that the quote holds it: one word, and never code."""
    terminal = sit(shell, lines=("", COMPINIT[shell]), size=(60, 250))
    wrong = []
    # fish leaves a quote open behind these signs, as for a path; bash has no way to write ! inside of double quotes.
    left_out = {"bash": re.compile("!"), "zsh": re.compile("(?!)"), "fish": re.compile("[-/=@:.,]$")}[shell]
    for name in (f"a{name}" for name in NAMES if not left_out.search(name)):
        stand_in.tell(names={"profiles": [name], "sessions": [], "regions": []})
        complete_and_run(terminal, 'awsenv status "a')
        if stand_in.calls()[-1] != f"status {name}":
            wrong.append((name, stand_in.calls()[-1]))

    assert wrong == []
    assert list(stand_in.folder.parent.rglob("pwned")) == []


@EVERY
@pytest.mark.parametrize(
    ("name", "begun"), [("org:dev", "org:d"), ("me@corp", "me@"), ("a=b", "a="), ("x:y@z=1", "x:y")]
)
def test_a_name_with_a_word_break_is_completed_whole(
    shell: str, sit: Any, stand_in: StandIn, name: str, begun: str
) -> None:
    """Colons, at signs and equals signs, at which readline breaks words, stand in a name once."""
    stand_in.tell(names={"profiles": [name], "sessions": [], "regions": []})
    terminal = sit(shell, lines=("", COMPINIT[shell]))
    complete_and_run(terminal, f"awsenv status {begun}")
    assert stand_in.calls()[-1] == f"status {name}"


def test_a_prompt_that_others_save_and_put_back_calls_itself_never(sit: Any) -> None:
    """fish: a virtual environment keeps our prompt and calls it from its own; wrapped again, that ends nowhere else."""
    theirs = "function fish_prompt; sleep 0.3; printf 'ready%s> ' $count; set -g count (math $count + 1); end"
    venv = "functions -c fish_prompt _old_fish_prompt; function fish_prompt; echo -n '(venv) '; _old_fish_prompt; end"
    terminal = sit("fish", lines=("set -g count 1", ""))
    for line in (theirs, venv, "true"):
        terminal.start(line)
        terminal.rests()
    terminal.start("true")
    time.sleep(0.2)
    terminal.send(INTERRUPT)
    terminal.rests()
    start = terminal.start("echo al''ive")
    terminal.sees("alive", since=start)
    terminal.sees("ready", since=start)
    terminal.rests()
    assert "in function" not in terminal.text()
    assert terminal.line().count("(unicorn 59m)") == 1


@pytest.mark.parametrize(
    ("shell", "theme"),
    [
        ("bash", 'theme() { PS1="themed ready\\#> "; }; PROMPT_COMMAND+=(theme)'),
        ("zsh", 'theme() { PROMPT="themed ready$HISTCMD> " }; autoload -Uz add-zsh-hook; add-zsh-hook precmd theme'),
    ],
)
def test_a_theme_that_draws_later_leaves_the_segment(sit: Any, shell: str, theme: str) -> None:
    """Who sets the whole prompt after the hook takes the segment away for one prompt at most."""
    if shell == "bash" and BASH_VERSION < 5.1:
        pytest.skip("there, PROMPT_COMMAND is no list")
    terminal = sit(shell)
    terminal.start(theme)
    terminal.rests()
    for _ in range(2):
        terminal.start("true")
        terminal.rests()
    assert terminal.line().startswith("(unicorn 59m) themed ready")


@pytest.mark.parametrize("line", ["while read x; do echo ran; done <<<a", "for i in 1; do echo ran; done 2>err"])
def test_a_loop_with_redirections_is_held_too(sit: Any, stand_in: StandIn, line: str) -> None:
    """bash: a line that redirects its own input or errors is asked about on the terminal, before it runs."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=mortal("bash"))
    die(terminal)
    start = terminal.start(line)
    terminal.sees(QUESTION, since=start)
    assert b"\nran" not in terminal.raw[start:]
    terminal.send("n")
    terminal.prompted()
    assert "\nran" in terminal.text()


def test_a_child_shell_without_the_hook_misses_nothing(sit: Any) -> None:
    """bash: an exported PROMPT_COMMAND is not left exported with our word in it."""
    terminal = sit("bash", lines=("export PROMPT_COMMAND='true'", ""))
    assert terminal.run("bash --norc -c 'echo ${PROMPT_COMMAND-none}'") == "none"


@EVERY
def test_a_place_without_marks_backs_off_all_the_same(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Where no mark of a dead sign-in can be left, a token file is not newer than nothing at every prompt."""
    stand_in.tell(renew=4)
    name = "0123456789abcdef0123456789abcdef01234567"
    terminal = sit(shell, {"AWSENV_SIGN_IN": name}, left=-5)
    token = stand_in.home / ".aws" / "sso" / "cache" / f"{name}.json"
    token.parent.mkdir(parents=True, exist_ok=True)
    token.touch()
    marks = stand_in.home / ".aws" / "awsenv"
    shutil.rmtree(marks, ignore_errors=True)
    # No folder can be made in its place.
    marks.touch()
    terminal.run("true")
    before = len(renewals(stand_in))
    for _ in range(3):
        terminal.run("true")
    assert len(renewals(stand_in)) == before
    assert terminal.run(f"echo {status(shell)}") == "0"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_line_that_only_begins_with_awsenv_is_held(shell: str, sit: Any, stand_in: StandIn) -> None:
    """What follows `awsenv list;` may be what needs the keys."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, lines=mortal(shell))
    die(terminal)
    start = terminal.start("awsenv list; echo ran")
    terminal.sees(QUESTION, since=start)
    terminal.send("n")
    terminal.prompted()
    assert "\nran" in terminal.text()
