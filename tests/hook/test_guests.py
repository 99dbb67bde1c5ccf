"""A good guest: what a person's shell had before the hook it has with it, whatever that is. Numbers: shells.md, 14."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli.real_shells import wait_until
from hook.conftest import SHELLS
from hook.stand_in import StandIn
from hook.terminals import INTERRUPT, Terminal, load
from hook.test_flow import OVER, QUESTION, die, mortal, renewals
from hook.words import export, status
from shells.hostile import scale
from stage import TIME_LIMIT, miss

EVERY = pytest.mark.parametrize("shell", SHELLS)
# What a strict person's start-up file says before the hook is loaded.
MODES = {
    "bash": [
        "set -u",
        "set -e",
        "set -euo pipefail",
        "set -f",
        "set -o posix",
        "set -C",
        "IFS=u",
        "set -T",
        "set -E; trap 'echo erred' ERR",
        "shopt -s extdebug",
        "set -a",
        "shopt -u sourcepath; shopt -s nocasematch nullglob failglob extglob",
    ],
    "zsh": [
        "setopt err_return no_unset",
        "setopt no_clobber pipe_fail",
        "setopt ksh_arrays",
        "setopt warn_create_global",
        "setopt prompt_bang",
        "setopt glob_subst sh_word_split null_glob",
        "setopt posix_builtins ksh_typeset all_export",
        "setopt ignore_braces csh_junkie_quotes csh_junkie_loops",
        "setopt prompt_subst",
        "IFS=u",
    ],
    "fish": ["set -g IFS u", "set -U fish_color_normal red"],
}
SHADOWED = "local return printf test trap set shift unset export eval read type kill declare shopt"
OPTIONS = {"bash": "set -o; shopt; trap", "zsh": "setopt; trap", "fish": "set -q fish_trace; bind | head -3"}


def dies_and_asks(terminal: Terminal) -> None:
    """Go through the whole: silent prompts, the end of the keys, the question before a command, new keys."""
    assert terminal.shown() == "(unicorn 59m)"
    die(terminal)
    start = terminal.start("env | grep -a ^AWS_ACCESS_KEY_ID")
    terminal.sees(QUESTION, since=start)
    terminal.send("l")
    terminal.prompted()
    assert "AWS_ACCESS_KEY_ID=KEY2" in terminal.text()
    assert terminal.shown() == "(unicorn 59m)"


@pytest.mark.parametrize(("shell", "mode"), [(shell, mode) for shell in SHELLS for mode in MODES[shell]])
def test_every_mode_is_lived_in(shell: str, mode: str, sit: Any, stand_in: StandIn) -> None:
    """Cases 19, 20 and 22: strict and odd options make no noise, and the whole of the hook works in them."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, lines=(mode, mortal(shell)[1]))
    begin = terminal.text().split("ready1>")[0]
    assert begin == "(unicorn 59m) "
    dies_and_asks(terminal)
    assert "awsenv:" not in terminal.text()


@pytest.mark.parametrize("mode", ["set -e", "set -eu", "set -euo pipefail"])
def test_strict_shells_survive_ctrl_c(mode: str, sit: Any, stand_in: StandIn) -> None:
    """Case 19: Ctrl-C at a prompt, and at the question, does not close a shell under `set -e`."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=(mode, mortal("bash")[1]))
    terminal.send("half a line" + INTERRUPT)
    terminal.rests()
    terminal.start(export("bash", "AWSENV_EXPIRES", OVER))
    terminal.sees(QUESTION)
    terminal.send(INTERRUPT)
    terminal.prompted()

    assert terminal.run("echo alive") == "alive"


@EVERY
def test_loaded_thrice_is_loaded_once(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 3: one segment, one question, one registration."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, lines=(load(shell), f"{load(shell)}\n{mortal(shell)[1]}"))
    dies_and_asks(terminal)
    terminal.run(load(shell))

    assert terminal.shown() == "(unicorn 59m)"
    assert len(renewals(stand_in)) == 1


@EVERY
def test_the_status_stays(shell: str, sit: Any) -> None:
    """Case 1: the prompt and the next command see the status of the last one."""
    prompt = {
        "bash": r"PS1='[$?]ready\#> '",
        "zsh": "PROMPT='[%?]ready%h> '",
        "fish": 'function fish_prompt; echo -n "[$pipestatus]ready$prompts> "; end',
    }[shell]
    failing = "false | true | sh -c 'exit 9'"
    terminal = sit(shell, lines=(prompt, ""))
    terminal.run(failing)
    shown = "0 0 9" if shell == "fish" else "9"

    assert terminal.shown().endswith(f"[{shown.replace('0 0', '1 0')}]")
    assert terminal.run(f"echo {status(shell)}") == "9"
    terminal.run(failing)
    several = {"bash": "${PIPESTATUS[@]}", "zsh": "$pipestatus", "fish": "$pipestatus"}[shell]
    assert terminal.run(f"echo {several}") == "1 0 9"


@EVERY
def test_other_hooks_see_the_status(shell: str, sit: Any) -> None:
    """Case 2: hooks of the user's, before and after ours, see `$?` and the statuses of a pipe."""
    hooks = {
        "bash": 'show() { echo "saw $? ${PIPESTATUS[*]}"; }; PROMPT_COMMAND=show',
        "zsh": 'show() { echo "saw $? $pipestatus" }; precmd_functions+=(show)',
        "fish": "function show --on-event fish_prompt; echo saw $status $pipestatus; end",
    }[shell]
    terminal = sit(shell, lines=(hooks, ""))

    # In a function, bash has already counted the test of its name.
    assert terminal.run("false | true | sh -c 'exit 9'").startswith("saw 9 ")


PROMPT_COMMANDS = [
    "unset PROMPT_COMMAND",
    "PROMPT_COMMAND=",
    "PROMPT_COMMAND='mine; '",
    "PROMPT_COMMAND=$'mine;;\\n'",
    "PROMPT_COMMAND='mine # why'",
    "PROMPT_COMMAND=(mine mine)",
    "PROMPT_COMMAND=([3]=mine)",
    "readonly PROMPT_COMMAND=mine",
]


@pytest.mark.parametrize("version", ["5.2", "5.0", "4.4", "4.2", "3.2"])
@pytest.mark.parametrize("before", PROMPT_COMMANDS)
def test_every_prompt_command(before: str, version: str, sit: Any, stand_in: StandIn) -> None:
    """Case 21: unset, empty, with `;`, array or readonly: theirs runs, ours does or declines in silence."""
    if version != "5.2" and "(" in before:
        before = "PROMPT_COMMAND=(mine)"  # older ones run the first element only
    stand_in.tell(renew="ask")
    head = f"mine() {{ ran=x; }}; __awsenv_bash={version}\n{before.replace(';;', ';')}"
    terminal = sit("bash", lines=(head, mortal("bash")[1]))

    if "readonly" in before:
        assert terminal.shown() == ""
        assert terminal.run("awsenv use x; echo $AWSENV_PROFILE") == "x"
        return
    dies_and_asks(terminal)
    assert terminal.run("echo $ran") == ("x" if "mine" in before else "")


@pytest.mark.parametrize("version", ["5.2", "4.4", "3.2"])
def test_every_clock(version: str, sit: Any) -> None:
    """Case 28: with EPOCHSECONDS unset, with printf's clock, and by SECONDS, set back too, the time left is right."""
    terminal = sit("bash", lines=(f"__awsenv_bash={version}", ""))
    assert terminal.shown() == "(unicorn 59m)"
    terminal.run("unset EPOCHSECONDS; SECONDS=0")
    assert terminal.shown() == "(unicorn 59m)"
    terminal.run("unset SECONDS")
    assert terminal.shown() == "(unicorn 59m)"
    terminal.run("SECONDS=08")
    assert terminal.shown() == "(unicorn 59m)"
    assert "bash:" not in terminal.text()


@pytest.mark.parametrize("place", ["before", "after", "typed"])
def test_a_debug_trap_lives(place: str, sit: Any, stand_in: StandIn) -> None:
    """Case 22: a DEBUG trap of the user's is called for what they type, as without us, and the guard works too."""
    trap = """trap 'last="$BASH_COMMAND $?"' DEBUG"""
    stand_in.tell(renew="ask")
    before, after = (trap, "") if place == "before" else ("", trap if place == "after" else "")
    terminal = sit("bash", lines=(before, "\n".join((mortal("bash")[1], after))))
    if place == "typed":
        terminal.run(trap)
    for _ in range(3):
        terminal.run("true one; (exit 7)")
        assert terminal.run("echo $last") == "echo $last 7"
        assert terminal.run("trap -p DEBUG") == "trap -- 'last=\"$BASH_COMMAND $?\"' DEBUG"
    dies_and_asks(terminal)
    assert terminal.run("trap -p DEBUG") == "trap -- 'last=\"$BASH_COMMAND $?\"' DEBUG"


def test_without_a_trap_there_is_none(sit: Any) -> None:
    """While a command runs, no DEBUG trap is set: loops run at their speed; `$_` is what it was."""
    terminal = sit("bash")

    assert terminal.run("trap -p") == ""
    terminal.run("echo one two")
    assert terminal.run('echo "$_"') == "two"
    assert terminal.run("false; echo $?; echo $_") == "1\n1"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_builtins_may_be_shadowed(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 26 and more: aliases and functions named like builtins, and an alias named awsenv, are not called."""
    stand_in.tell(renew="ask")
    aliases = "\n".join(f"alias {name}='echo alias {name};'" for name in [*SHADOWED.split(), "awsenv"])
    functions = "\n".join(f"function {name} {{ echo function {name}; }}" for name in ("printf", "kill", "type", "read"))
    terminal = sit(shell, lines=(f"{aliases}\n{functions}", ""))
    assert "alias" not in terminal.text()
    assert "function" not in terminal.text()
    terminal.run("unalias -a")
    terminal.run("awsenv use dragon")

    assert terminal.run("echo $AWSENV_PROFILE") == "dragon"


@EVERY
def test_themes_and_virtualenvs(shell: str, sit: Any) -> None:
    """Case 25: a prompt that is set anew, and one that is saved, changed and restored, has the segment exactly once."""
    terminal = sit(shell)
    if shell == "fish":
        on = "functions -c fish_prompt old; function fish_prompt; echo -n '(venv) '; old; end"
        off = "functions -e fish_prompt; functions -c old fish_prompt; functions -e old"
        theme = 'function fish_prompt; echo -n "theme ready$prompts> "; end'
    else:
        name = "PS1" if shell == "bash" else "PROMPT"
        on, off = f'OLD="${name}"; {name}="(venv) ${name}"', f'{name}="$OLD"'
        number = r"\#" if shell == "bash" else "%h"
        theme = f"{name}='theme ready{number}> '"
    terminal.run(on)
    assert terminal.shown().count("(unicorn 59m)") == 1
    assert "(venv)" in terminal.shown()
    terminal.run(off)
    assert terminal.shown() == "(unicorn 59m)"
    terminal.run(theme)
    terminal.run("true")

    assert terminal.shown() == "(unicorn 59m) theme"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_child_shell_without_the_hook(shell: str, sit: Any) -> None:
    """Case 27: an exported prompt in a child shell without start-up files names no command and makes no error."""
    terminal = sit(shell)
    terminal.run(f"export {'PS1' if shell == 'bash' else 'PROMPT'}")
    child = "bash --norc --noprofile -i" if shell == "bash" else "zsh -f -i"
    start = terminal.start(child)
    terminal.start("echo in''side")
    terminal.sees("inside", since=start)

    assert b"not found" not in terminal.raw[start:]
    assert b"awsenv" not in terminal.raw[start:].replace(child.encode(), b"")


@EVERY
def test_a_long_line_wraps_where_it_should(shell: str, sit: Any) -> None:
    """Case 31: with the coloured segment, a line longer than 40 columns wraps at the edge; home and end are right."""
    terminal = sit(shell, size=(24, 40))
    text = "echo " + "x" * 60
    terminal.send(text)
    terminal.send("\x01: \x05y")
    terminal.sees("y")
    while terminal.read(0.2):
        pass
    rows = [line.rstrip() for line in terminal.display.display if line.strip()]

    assert "".join(rows) == f"(unicorn 59m) ready1> : {text}y"
    assert [len(row) for row in rows[:-1]] == [40] * (len(rows) - 1)


def test_readline_widget_starts_no_line(sit: Any, stand_in: StandIn) -> None:
    """What a key binding runs is no command line: the guard still waits for the one that is typed."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=("", "\n".join((mortal("bash")[1], "bind -x '\"\\C-o\": true one'"))))
    terminal.send("\x0f\x0f")
    dies_and_asks(terminal)


@pytest.mark.parametrize("version", ["5.2", "5.0", "3.2"])
def test_more_prompt_commands_after_ours(version: str, sit: Any, stand_in: StandIn) -> None:
    """What others add to PROMPT_COMMAND later does not pass for the person's command line."""
    stand_in.tell(renew="ask")
    more = "PROMPT_COMMAND[0]+='; history -a; [[ -n x ]] && other'; other() { :; }"
    terminal = sit("bash", lines=(f"__awsenv_bash={version}", "\n".join((mortal("bash")[1], more))))
    dies_and_asks(terminal)


# Written for this test after what VS Code's integration does: it wraps PROMPT_COMMAND and has a DEBUG trap.
LIKE_VSCODE = """
__vsc_in_command_execution=1
__vsc_preexec_only() {
  if [ "$__vsc_in_command_execution" = 0 ]; then __vsc_in_command_execution=1; echo "executes:$BASH_COMMAND"; fi
}
trap '__vsc_preexec_only "$_"' DEBUG
__vsc_original_prompt_command=${PROMPT_COMMAND:-}
__vsc_prompt_cmd_original() {
  local cmd status=$?
  for cmd in "${__vsc_original_prompt_command[@]}"; do eval "${cmd:-}"; done
  __vsc_in_command_execution=0
}
PROMPT_COMMAND=__vsc_prompt_cmd_original
"""


@pytest.mark.parametrize("before", ["", "PROMPT_COMMAND=:"])
def test_a_terminal_that_wraps_everything(before: str, sit: Any, stand_in: StandIn) -> None:
    """Case 30: who wraps PROMPT_COMMAND and traps DEBUG after us sees each command once, and so do we."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=(before, "\n".join((mortal("bash")[1], LIKE_VSCODE))))

    assert terminal.run("echo one") == "executes:echo one\none"
    assert terminal.run("echo two") == "executes:echo two\ntwo"
    die(terminal)
    start = terminal.start("echo three")
    terminal.sees(QUESTION, since=start)
    terminal.send("n")
    terminal.prompted()
    assert "\nthree\n" in terminal.text()


def real(name: str, variable: str) -> str:
    """Return the path of somebody else's program or script, by its name or a variable of the test's caller."""
    path = OTHERS.get(variable) or shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not here")
    return path


# Read here, since the fixtures take the caller's variables away.
OTHERS = {name: os.environ.get(name, "") for name in ("BASH_PREEXEC", "STARSHIP", "POWERLEVEL10K")}


@pytest.mark.parametrize("order", ["before", "after"])
def test_bash_preexec(order: str, sit: Any, stand_in: StandIn) -> None:
    """Case 23: loaded before or after, its preexec fires for each command with its text; the guard asks through it."""
    script = real("bash-preexec.sh", "BASH_PREEXEC")
    stand_in.tell(renew="ask")
    source = f'. {script}; preexec() {{ echo "pre:$1"; }}'
    before, after = (source, "") if order == "before" else ("", source)
    terminal = sit("bash", lines=(before, "\n".join((mortal("bash")[1], after))))
    for word in ("one", "two", "three"):
        assert terminal.run(f"echo {word}") == f"pre:echo {word}\n{word}"
    assert terminal.run("sh -c 'exit 7'") == "pre:sh -c 'exit 7'"
    assert terminal.run("echo $?") == "pre:echo $?\n7"
    dies_and_asks(terminal)


@pytest.mark.parametrize("order", ["before", "after"])
@EVERY
def test_direnv(shell: str, order: str, sit: Any, stand_in: StandIn, tmp_path: Path) -> None:
    """With direnv before or after: it loads and unloads its file, and the segment stands."""
    program = real("direnv", "")
    stand_in.tell(renew="ask")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".envrc").write_text("export OF_PROJECT=1\n")
    hook = f"{program} hook fish | source" if shell == "fish" else f'eval "$({program} hook {shell})"'
    before, after = (hook, "") if order == "before" else ("", hook)
    terminal = sit(shell, {"DIRENV_LOG_FORMAT": ""}, lines=(before, "\n".join((mortal(shell)[1], after))))
    terminal.run(f"{program} allow {folder}")
    terminal.run(f"cd {folder}")
    terminal.run("true")
    assert terminal.run("echo $OF_PROJECT").split("\n")[-1] == "1"
    dies_and_asks(terminal)


@pytest.mark.parametrize("order", ["before", "after"])
@EVERY
def test_starship(shell: str, order: str, sit: Any, stand_in: StandIn, tmp_path: Path) -> None:
    """Cases 4 and 24: with starship the prompt is its own; its env_var module has our segment of now; status kept."""
    program = real("starship", "STARSHIP")
    stand_in.tell(renew="ask")
    settings = tmp_path / "starship.toml"
    settings.write_text(
        'add_newline = false\nformat = "$env_var$status$character"\n[character]\nformat = "ready> "\n'
        '[env_var.AWSENV_SEGMENT]\nformat = "<$env_value>"\n[status]\ndisabled = false\nformat = "=$status="\n'
    )
    init = f"{program} init fish | source" if shell == "fish" else f'eval "$({program} init {shell})"'
    before, after = (init, "") if order == "before" else ("", init)
    settings_path = {"STARSHIP_CONFIG": str(settings), "STARSHIP_CACHE": str(tmp_path)}
    terminal = sit(shell, settings_path, lines=(before, "\n".join((mortal(shell)[1], after, load(shell)))))
    assert terminal.line().startswith("<unicorn 59m>")
    terminal.run("sh -c 'exit 7'")
    assert terminal.line().startswith("<unicorn 59m>=7=")
    die(terminal)
    start = terminal.start("env | grep -a ^AWS_ACCESS_KEY_ID")
    terminal.sees(QUESTION, since=start)
    terminal.send("l")
    terminal.sees("KEY2", since=start)
    terminal.rests()
    assert terminal.line().startswith("<unicorn 59m>")
    assert len(renewals(stand_in)) == 1


@EVERY
def test_tracing_is_not_flooded(shell: str, sit: Any) -> None:
    """With `set -x` on at the prompt, the hook adds a few lines at most, none with a key, and tracing stays on."""
    terminal = sit(shell)
    terminal.run("set -g fish_trace 1" if shell == "fish" else "set -x")
    start = len(terminal.raw)
    terminal.run("true traced")
    text = terminal.raw[start:].decode()

    assert text.count("true traced") > 1
    assert text.count("__awsenv_") < 40
    assert "KEY1" not in text


@EVERY
def test_a_thousand_prompts_change_nothing(shell: str, sit: Any) -> None:
    """After many prompts, options, traps and jobs are those of before, and each command has had its status."""
    hooks = {
        "bash": "trap 'echo hup' HUP; trap 'true' DEBUG; arr=(1 'a  b'); mine() { :; }; PROMPT_COMMAND=(mine)",
        "zsh": "trap 'echo hup' HUP; arr=(1 'a  b'); mine() { : }; precmd_functions+=(mine)",
        "fish": "trap 'echo hup' HUP; set arr 1 'a  b'; function mine --on-event fish_prompt; true; end",
    }[shell]
    terminal = sit(shell, lines=(hooks, ""))
    terminal.run("true")
    folder = f"$HOME/{shell}"
    terminal.run(
        f"{{ {OPTIONS[shell]}; }} >{folder}.before 2>&1"
        if shell != "fish"
        else f"begin; {OPTIONS[shell]}; end >{folder}.before"
    )
    for number in range(scale(40, 1000)):
        code = number % 250
        terminal.run(f"sh -c 'exit {code}'")
        if number % 20 == 0:
            assert terminal.run(f"echo {status(shell)}") == str(code)
    terminal.run(
        f"{{ {OPTIONS[shell]}; }} >{folder}.after 2>&1"
        if shell != "fish"
        else f"begin; {OPTIONS[shell]}; end >{folder}.after"
    )

    assert terminal.run(f"cmp {folder}.before {folder}.after; jobs >&-; echo end").endswith("end")
    assert terminal.shown() == "(unicorn 59m)"


@EVERY
def test_ctrl_c_at_any_moment(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Ctrl-C at random moments around prompt and renewal leaves a prompt that works, and options as they were."""
    stand_in.tell(renew=6)
    chance = random.Random(7)  # noqa: S311 - no secret
    terminal = sit(shell)
    before = terminal.run(OPTIONS[shell])
    for number in range(scale(8, 200)):
        terminal.start(export(shell, "AWSENV_EXPIRES", OVER + number))
        end = time.monotonic() + chance.random() * 0.12
        while time.monotonic() < end:
            terminal.read(0.001)
        terminal.send(INTERRUPT)
        # The terminal throws away what is typed together with a Ctrl-C.
        terminal.rests()
        start = terminal.start(f"\x15echo al''ive{number}")
        terminal.sees(f"alive{number}", since=start)
        terminal.rests()
    stand_in.tell(renew=0)
    terminal.prompt = max(terminal.prompt, 0)
    terminal.send("\r")
    terminal.rests()
    terminal.run(export(shell, "AWSENV_EXPIRES", OVER + 10_000))
    terminal.run("true")

    assert terminal.shown() == "(unicorn 59m)"
    assert terminal.run(OPTIONS[shell])[-900:] == before[-900:]


@contextmanager
def traced(tracer: Sequence[str], terminal: Terminal) -> Iterator[None]:
    """Trace the shell of a terminal; what it does before the tracer holds it is not seen."""
    with subprocess.Popen([*tracer, str(terminal.child.pid)], stderr=subprocess.PIPE) as process:
        status_file = Path(f"/proc/{terminal.child.pid}/status")
        wait_until(lambda: "TracerPid:\t0\n" not in status_file.read_text(), "strace")
        try:
            yield
        finally:
            process.terminate()
            process.wait(TIME_LIMIT)


STATES = {"none": None, "valid": 3590, "soon": 200, "expired": -100}


@pytest.mark.parametrize("state", STATES)
@EVERY
def test_a_prompt_costs_no_process(shell: str, state: str, sit: Any, stand_in: StandIn, tmp_path: Path) -> None:
    """Cases 5 and 6: in every state, while no renewal is due, prompts and commands fork nothing and start nothing."""
    if shutil.which("strace") is None:
        miss("no strace")
    stand_in.tell(renew=6)
    left = STATES[state]
    more = {"AWSENV_PROFILE": None} if left is None else {}
    terminal = sit(shell, more, left=left or 0)
    terminal.run("true")
    called = len(stand_in.calls())
    trace = tmp_path / "trace"
    tracer = ["strace", "-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-o", str(trace), "-p"]
    with traced(tracer, terminal):
        for _ in range(3):
            terminal.run("true")
    lines = trace.read_text().splitlines()

    assert [line for line in lines if "exec" in line or "fork" in line or "CLONE_THREAD" not in line] == []
    assert len(stand_in.calls()) == called
