"""The TAB key: commands, options and names, hostile ones too, and from the list at hand without a program."""

import os
import re
from typing import Any

import click
import pytest
from hook.conftest import SHELLS
from hook.stand_in import StandIn
from hook.terminals import Terminal
from shells.hostile import HOT
from stage import AWSENV, environment_of, run

from awsenv.cli.app import COMMANDS, group
from awsenv.demo.household import Household
from awsenv.model import Dialect
from awsenv.shells.scripts import load_script

EVERY = pytest.mark.parametrize("shell", SHELLS)
COMPINIT = {"bash": "", "fish": "", "zsh": "autoload -Uz compinit; compinit -u -d $HOME/zcompdump"}
# What a config file can hold: one line, and nothing that its parser strips.
NAMES = [name for name in HOT if name.strip() == name and name.isprintable() and 0 < len(name) < 200]


def options_of(command: click.Command) -> set[str]:
    """Return the options that click shows for a command."""
    context = click.Context(command)
    visible = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    return {word for one in visible for word in (*one.opts, *one.secondary_opts)}


def words_in(shell: Dialect) -> list[set[str]]:
    """Return the groups of words that a file offers."""
    text = load_script(shell).decode()
    text = text[text.index("# Put what may follow" if shell != "fish" else "# Print what the option or") :]
    pattern = r"printf '%s\\n' (.*)" if shell == "fish" else r"__awsenv_choice='([^']*)'"
    return [set(found.split()) for found in re.findall(pattern, text)]


@EVERY
def test_words_are_those_of_the_program(shell: Dialect) -> None:
    """Commands and options in the files are exactly those that click has."""
    offered = words_in(shell)
    help_options = {"--help", "-h"}

    assert set(COMMANDS) in offered
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert options_of(command) - help_options in [words - help_options for words in offered], name
    assert {"--version"} in offered


@EVERY
def test_a_hostile_name_is_completed_as_it_is(shell: str, sit: Any, stand_in: StandIn) -> None:
    """TAB and Enter hand the program the very name, whatever signs are in it, and evaluate nothing."""
    terminal = sit(shell, lines=("", COMPINIT[shell]), size=(60, 250))
    wrong = []
    # fish lets a tilde stand bare in what it completes, for any command.
    for name in (name for name in NAMES if shell != "fish" or not name.startswith("~")):
        stand_in.tell(names={"profiles": [name], "sessions": [], "regions": []})
        complete_and_run(terminal, "awsenv status ")
        if stand_in.calls()[-1] != f"status {name}":
            wrong.append((name, stand_in.calls()[-1]))

    assert wrong == []
    assert list(stand_in.folder.parent.rglob("pwned")) == []


OPENINGS = {
    "bash": ["Te", "'Te", '"Te', "Team\\ "],
    "zsh": ["Te", "'Te", "Team\\ "],
    "fish": ["Te", "'Te", '"Te', "Team\\ "],
}


@EVERY
def test_a_started_word_is_completed(shell: str, sit: Any, stand_in: StandIn) -> None:
    """A name that has been begun, quoted or not, goes on in its own quotes."""
    stand_in.tell(names={"profiles": ["Team Unicorn's", "other"], "sessions": ["company"], "regions": ["eu-west-1"]})
    terminal = sit(shell, lines=("", COMPINIT[shell]))
    for opening in OPENINGS[shell]:
        complete_and_run(terminal, f"awsenv login {opening}")
        assert stand_in.calls()[-1] == "login Team Unicorn's", opening
    for line in ("status --sso-session c", "status --sso-session=c")[: 1 if shell == "fish" else 2]:
        complete_and_run(terminal, f"awsenv {line}")
        assert stand_in.calls()[-1] == f"{line}ompany"
    complete_and_run(terminal, "awsenv exec --region e")
    assert stand_in.calls()[-1] == "exec --region eu-west-1"
    complete_and_run(terminal, "awsenv who")
    assert stand_in.calls()[-1] == "whoami"
    complete_and_run(terminal, "awsenv list --js")
    assert stand_in.calls()[-1] == "list --json"
    complete_and_run(terminal, "awsenv list --json extra o")
    assert stand_in.calls()[-1] == "list --json extra o"


@EVERY
def test_the_list_at_hand_starts_no_program(shell: str, sit: Any, stand_in: StandIn, household: Household) -> None:
    """5,000 names: while the list is as young as the config, TAB starts nothing; once that changes, it is made anew."""
    with household.config_path.open("a") as file:
        for number in range(5_000):
            file.write(f"[profile team-{number:05}]\nregion = eu-west-1\n")
    home = {"HOME": str(household.home)}
    finished = run([AWSENV, "names", "profiles"], environment_of(household))
    assert b"team-04999" in finished.stdout
    stand_in.tell(names={"profiles": ["fresh"], "sessions": [], "regions": []})
    terminal = sit(shell, home, lines=("", COMPINIT[shell]), size=(60, 250))
    complete_and_run(terminal, "awsenv status team-0499")
    assert stand_in.calls() == ["status team-0499"]
    complete_and_run(terminal, "awsenv status team-04999")
    complete_and_run(terminal, "awsenv status uni")
    assert stand_in.calls()[1:] == ["status team-04999", "status unicorn"]

    later = household.config_path.stat().st_mtime + 10
    os.utime(household.config_path, (later, later))
    complete_and_run(terminal, "awsenv status f")
    assert stand_in.calls()[3:] == ["names profiles", "status fresh"]


def complete_and_run(terminal: Terminal, line: str) -> None:
    """Type, press TAB, wait, press Enter."""
    terminal.send(line + "\t")
    terminal.rests()
    terminal.send("\r")
    terminal.prompted()
