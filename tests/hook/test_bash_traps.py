"""bash's DEBUG trap, seen by people who have one, or a prompt of their own that gets in the way of ours."""

import time
from pathlib import Path
from typing import Any

import pytest
from hook.stand_in import StandIn
from hook.terminals import Terminal
from hook.test_flow import BASH_VERSION, QUESTION, die, mortal, renewals
from hook.test_guests import traced

TRAP = "trap 'last=\"$BASH_COMMAND\"' DEBUG"
KEPT = "trap -- 'last=\"$BASH_COMMAND\"' DEBUG"


def asks_before(terminal: Terminal, line: str, answer: str = "n") -> None:
    """End the keys, type a line, and see that the question stands before anything of it runs."""
    die(terminal)
    start = terminal.start(line)
    terminal.sees(QUESTION, since=start)
    assert b"\nran" not in terminal.raw[start:]
    terminal.send(answer)
    terminal.prompted()


@pytest.mark.parametrize(
    "line",
    [
        f"true; {TRAP}",
        f"true one; {TRAP}; true two",
        f"set_it() {{ {TRAP}; }}; set_it",
        "true; set_it",
        f"builtin {TRAP}",
        f"command {TRAP}",
        f'eval "{TRAP.replace(chr(34), chr(92) + chr(34)).replace("$", chr(92) + "$")}"',
        f"\\{TRAP}",
        f"X=1 {TRAP}",
        "set_it",
    ],
)
def test_a_trap_set_anywhere_in_a_line_is_seen(line: str, sit: Any, stand_in: StandIn) -> None:
    """Behind another command, in a function, by `builtin` or `eval`: it is called, and the guard works with it."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=(f"set_it() {{ {TRAP}; }}", mortal("bash")[1]))
    terminal.run("true")
    terminal.run(line)
    for _ in range(2):
        assert terminal.run("trap -p DEBUG") == KEPT
        assert terminal.run("echo $last") == "echo $last"
    asks_before(terminal, "echo ra''n")
    assert terminal.run("trap -p DEBUG") == KEPT


@pytest.mark.parametrize(
    "line", ["trap - DEBUG", "true; trap - DEBUG", "builtin trap - DEBUG", "true; trap - debug", "eval 'trap - DEBUG'"]
)
def test_a_trap_removed_anywhere_in_a_line_stays_away(line: str, sit: Any, stand_in: StandIn) -> None:
    """What the person removed does not come back with the next prompt."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=(TRAP, mortal("bash")[1]))
    assert terminal.run("trap -p DEBUG") == KEPT
    terminal.run(line)
    for _ in range(2):
        assert terminal.run("trap -p DEBUG") == ""
    asks_before(terminal, "echo ra''n")
    assert terminal.run("trap -p DEBUG") == ""


@pytest.mark.parametrize("line", ["set_other", "eval 'set_other'", "X=1 set_other"])
def test_a_trap_in_the_place_of_another_is_seen(line: str, sit: Any, stand_in: StandIn) -> None:
    """Who has a trap and sets another one has that, though a function did it."""
    if BASH_VERSION < 4.4:
        pytest.skip("there, the first one comes back at the end of the function")
    stand_in.tell(renew="ask")
    other = "set_other() { trap 'other=\"$BASH_COMMAND\"' DEBUG; }"
    terminal = sit("bash", lines=(TRAP, "\n".join((mortal("bash")[1], other))))
    assert terminal.run("trap -p DEBUG") == KEPT
    terminal.run(line)
    for _ in range(2):
        assert terminal.run("trap -p DEBUG") == KEPT.replace("last", "other")
    asks_before(terminal, "echo ra''n")


def test_a_trap_hears_little_of_the_hook(sit: Any) -> None:
    """Once it is known, a trap is called for our name in PROMPT_COMMAND, and for nothing behind it."""
    terminal = sit("bash", lines=("", ""))
    terminal.run("heard=()")
    terminal.run("trap 'heard+=(\"$BASH_COMMAND\")' DEBUG")
    terminal.run("true")
    terminal.run("heard=()")
    terminal.run("true")
    heard = terminal.run('printf "%q\\n" "${heard[@]}"').split("\n")
    ours = [line for line in heard if "awsenv" in line]
    # Before 4.4 only a traced function can put a trap in the place of another: there it hears more.
    assert len(ours) <= (2 if BASH_VERSION > 4.3 else 30), ours


@pytest.mark.parametrize(
    "theme",
    [
        "theme() { PS0='[at work]'; }; PROMPT_COMMAND+=(theme)",
        "theme() { PS0=; }; PROMPT_COMMAND=\"${PROMPT_COMMAND[0]}\"$'\\ntheme'",
        'theme() { unset PS0; }; PROMPT_COMMAND="theme;${PROMPT_COMMAND[0]}"',
        "readonly PS0='[at work]'",
    ],
)
def test_a_theme_that_sets_ps0_leaves_the_guard(theme: str, sit: Any, stand_in: StandIn) -> None:
    """PS0 set anew at each prompt, before or after us, or readonly: the question still stands before the line."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=("", "\n".join((mortal("bash")[1], theme))))
    terminal.run("true")
    terminal.run("true")
    asks_before(terminal, "echo ra''n")
    assert "\nran" in terminal.text()


@pytest.mark.parametrize("trap", ["EXIT", "WINCH"])
def test_a_trap_for_a_signal_is_no_line(trap: str, sit: Any, stand_in: StandIn) -> None:
    """What a trap of the person's runs is asked about neither at the end of the shell nor when the window changes."""
    if trap == "EXIT" and BASH_VERSION < 4.4:
        pytest.skip("there, nothing tells the end of the shell from a line")
    if trap == "WINCH" and BASH_VERSION == 4.3:
        pytest.skip("there, it waits for the next line")
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=("", "\n".join((mortal("bash")[1], f"trap 'true bye; echo bye' {trap}"))))
    terminal.run("true")
    die(terminal)
    if trap == "EXIT":
        terminal.send("\x04")
    else:
        terminal.child.setwinsize(40, 150)
    terminal.sees("bye")
    time.sleep(0.2)
    assert QUESTION.encode() not in terminal.raw
    assert [call for call in renewals(stand_in) if "command" in call] == []


@pytest.mark.parametrize("line", ["awsenv list; echo ra''n", "awsenv list && echo ra''n", " awsenv list; echo ra''n"])
@pytest.mark.parametrize("history", ["", "HISTCONTROL=ignorespace", "set +o history"])
def test_what_follows_the_program_is_held(line: str, history: str, sit: Any, stand_in: StandIn) -> None:
    """A line that only begins with `awsenv` may need the keys, whether history has it or not."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=(history, mortal("bash")[1]))
    asks_before(terminal, line)
    assert "\nran" in terminal.text()


@pytest.mark.parametrize(
    "line", ["true && aws s3", " true && aws s3", "for i in 1; do aws $i; done", "false || eval aws"]
)
@pytest.mark.parametrize("history", ["", "HISTCONTROL=ignorespace", "set +o history"])
def test_a_guarded_program_behind_others_is_asked_about(line: str, history: str, sit: Any, stand_in: StandIn) -> None:
    """With `guard.commands`, one that is not first in its line is seen without history, too."""
    stand_in.tell(renew="ask")
    narrow = "__awsenv_guard_commands='terraform aws'; aws() { echo ra''n; }"
    terminal = sit("bash", lines=(history, "\n".join((mortal("bash")[1], narrow))))
    terminal.run("true")
    asks_before(terminal, line)
    assert "\nran" in terminal.text()


def test_a_question_that_was_answered_costs_no_process(sit: Any, stand_in: StandIn, tmp_path: Path) -> None:
    """With `guard.commands` and dead keys, a line starts nothing once the question was asked."""
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=("", "\n".join((mortal("bash")[1], "__awsenv_guard_commands=aws; aws() { :; }"))))
    asks_before(terminal, "aws s3")
    trace = tmp_path / "trace"
    tracer = ["strace", "-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-o", str(trace), "-p"]
    with traced(tracer, terminal):
        for line in ("true", "true && aws s3", "echo aws"):
            terminal.run(line)
    assert trace.read_text() == ""


PASTE = "\x1b[200~{}\x1b[201~\r"


def test_a_paste_is_held_back_whole(sit: Any, stand_in: StandIn) -> None:
    """Several lines pasted at once: `c` at the question before the first lets none of them run; the next line does."""
    if BASH_VERSION < 5.1:
        pytest.skip("no bracketed paste, and no time by which to tell")
    stand_in.tell(renew="ask")
    terminal = sit("bash", lines=("bind 'set enable-bracketed-paste on'", mortal("bash")[1]))
    die(terminal)
    start = len(terminal.raw)
    terminal.send(PASTE.format("echo ra''n1\necho ra''n2\necho ra''n3"))
    terminal.sees(QUESTION, since=start)
    terminal.send("c")
    terminal.rests()
    assert b"ran" not in terminal.raw[start:].replace(b"ra''n", b"")
    terminal.prompt = max(terminal.prompt, 0)
    start = terminal.start("echo o''n")
    terminal.sees("on", since=start)
