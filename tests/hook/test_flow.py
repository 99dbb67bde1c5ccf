"""What a person meets at the two points: the segment in its states, silent renewal, the question and its answers."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hook.conftest import SHELLS
from hook.stand_in import StandIn
from hook.terminals import INTERRUPT, Terminal
from hook.words import assign, export, status, unset

QUESTION = "log in?"
END_KEY = "\x14"
# Whichever bash stands first on the PATH: an old one, if somebody wants to know.
BASH_VERSION = int(subprocess.run(["bash", "-c", "echo $BASH_VERSINFO"], capture_output=True, check=True).stdout)
OVER = 1_700_000_000
SIGN_IN = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

pytestmark = pytest.mark.parametrize("shell", SHELLS)


def mortal(shell: str, *more: str) -> tuple[str, str]:
    """Return start-up lines for a shell whose keys `die` can end while its prompt waits."""
    end = f"{export(shell, 'AWSENV_EXPIRES', OVER)}; echo di''ed"
    if shell == "fish":
        return "", "\n".join((f"function end_keys --on-signal USR1; {end}; end", *more))
    if shell == "bash":
        # readline runs no trap while it waits for a line.
        return "", "\n".join(
            (f"end_keys() {{ {end}; }}; bind -x '\"{END_KEY}\": end_keys'; complete -F end_keys die", *more)
        )
    return "", "\n".join((f"end_keys() {{ {end}; }}; trap end_keys USR1", *more))


def die(terminal: Terminal) -> None:
    """End the keys while the prompt waits, as a night does."""
    if terminal.shell == "bash" and BASH_VERSION > 3:
        terminal.send(END_KEY)
    elif terminal.shell == "bash":
        # There, a command that is bound to a key passes for the line.
        terminal.send("die \t\x15\x0c")
    else:
        os.kill(terminal.child.pid, signal.SIGUSR1)
    terminal.sees("died")


def renewals(stand_in: StandIn) -> list[str]:
    """Return what was asked of `renew`, without the words that are always there."""
    return [" ".join(call.split()[3:]) for call in stand_in.calls() if call.startswith("renew --shell ")]


@pytest.mark.parametrize(
    ("left", "segment", "colour"),
    [
        (200_000, "(unicorn 2d7h)", "32"),
        (26_000, "(unicorn 7h13m)", "32"),
        (3_700, "(unicorn 1h01m)", "32"),
        (2_650, "(unicorn 44m)", "32"),
        (290, "(unicorn 4m)", "33"),
        (-5, "(unicorn expired)", "31"),
    ],
)
def test_the_segment_shows_the_time_left(
    shell: str, sit: Any, stand_in: StandIn, left: int, segment: str, colour: str
) -> None:
    """Name and time left stand before the prompt, in the colour of the state; the variable says the same."""
    stand_in.tell(renew=4)
    terminal = sit(shell, {"CI": "1"}, left=left)

    assert terminal.shown() == segment
    assert f"\x1b[{colour}m(unicorn".encode() in terminal.raw
    assert terminal.run("env | grep -a ^AWSENV_SEGMENT") == f"AWSENV_SEGMENT={segment[1:-1]}"


def test_other_states_show_too(shell: str, sit: Any) -> None:
    """Nothing without a profile; keys without an end show no time; a protected profile has its colour."""
    terminal = sit(shell, {"AWSENV_EXPIRES": None, "AWSENV_LABEL": "static"})
    assert terminal.shown() == "(static)"

    terminal.run(export(shell, "AWSENV_PROTECTED", 1))
    assert terminal.shown() == "(static)"
    assert b"\x1b[35m(static)" in terminal.raw

    terminal.run(export(shell, "NO_COLOR", 1))
    start = len(terminal.raw)
    terminal.run("true")
    assert terminal.shown() == "(static)"
    assert b"\x1b[35m" not in terminal.raw[start:]

    terminal.run(unset(shell, "AWSENV_PROFILE"))
    assert terminal.shown() == ""
    assert terminal.run("env | grep -a ^AWSENV_SEGMENT; echo none") == "none"


def test_the_settings_reach_the_segment(shell: str, sit: Any) -> None:
    """Margin, colours and `--no-prompt` come as assignments before the file; the function still prints the segment."""
    lines = "\n".join((assign(shell, "__awsenv_margin", 4000), assign(shell, "__awsenv_colours", "1;32 1;33 1;31 35")))
    terminal = sit(shell, {"CI": "1"}, left=3900, lines=(lines, ""))
    assert b"\x1b[1;33m(unicorn 1h0" in terminal.raw

    bare = sit(shell, lines=(assign(shell, "__awsenv_prompt", "off"), ""))
    assert bare.shown() == ""
    start = bare.start("awsenv_prompt_info; echo")
    bare.sees("unicorn 59m", since=start)


def test_keys_that_end_soon_are_renewed_in_silence(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Under the margin, one call at the prompt brings new keys; nothing is asked."""
    terminal = sit(shell, left=200)

    assert renewals(stand_in) == ["--at prompt --mode ask"]
    assert terminal.shown() == "(unicorn 59m)"
    assert terminal.run("env | grep -a ^AWS_ACCESS_KEY_ID") == "AWS_ACCESS_KEY_ID=KEY2"
    assert len(renewals(stand_in)) == 1


def test_keys_that_died_are_renewed_before_the_command(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 33: with the sign-in alive, the same command line already runs with the new keys."""
    stand_in.tell(renew=0)
    terminal = sit(shell, lines=mortal(shell))
    assert renewals(stand_in) == []
    die(terminal)

    assert terminal.run("env | grep -a ^AWS_ACCESS_KEY_ID").endswith("AWS_ACCESS_KEY_ID=KEY2")
    assert [call.partition(" --mode")[0] for call in renewals(stand_in)] == ["--at command"]


@pytest.mark.parametrize("line", ["env | grep -a ^AWS_ACCESS_KEY_ID", "true && env | grep -a ^AWS_ACCESS_KEY_ID"])
def test_the_question_comes_before_the_command(shell: str, sit: Any, stand_in: StandIn, line: str) -> None:
    """Case 34: everything is dead; the line is held while the question stands, and then runs with working keys."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, lines=mortal(shell))
    die(terminal)

    terminal.start(line)
    terminal.sees(QUESTION)
    assert b"AWS_ACCESS_KEY_ID=" not in terminal.raw
    terminal.send("l")
    terminal.prompted()

    assert "\nAWS_ACCESS_KEY_ID=KEY2" in terminal.text()
    assert renewals(stand_in) == ["--at command --mode ask" + ("" if shell == "fish" else " --may-hold")]
    assert terminal.shown() == "(unicorn 59m)"


PART = "env | grep -a ^AWS_ACCESS_KEY_ID"
LINES = {
    "substitution": f'echo "$({PART})"',
    "loop": f"for i in 1; do {PART}; done",
    "test": f"if true; then {PART}; fi",
    "group": f"{{ {PART}; }}",
    "function": "ours",
    "not": f"! {PART}",
    "background": f"{PART} &",
    "assignment": f"x=$({PART}); echo $x",
    "condition": f"[[ -n x ]] && {PART}",
    "subshell": f"({PART})",
}
FISH_LINES = LINES | {
    "loop": f"for i in 1; {PART}; end",
    "test": f"if true; {PART}; end",
    "group": f"begin; {PART}; end",
    "assignment": f"set x ({PART}); echo $x",
    "condition": f"test -n x; and {PART}",
    "subshell": f"begin; {PART}; end",
}


@pytest.mark.parametrize("kind", LINES)
def test_every_kind_of_line_waits(shell: str, kind: str, sit: Any, stand_in: StandIn) -> None:
    """Whatever a line is made of, the question stands before it; but bash tells nobody of one bare subshell."""
    stand_in.tell(renew="ask")
    ours = f"function ours; {PART}; end" if shell == "fish" else f"ours() {{ {PART}; }}"
    terminal = sit(shell, lines=mortal(shell, ours))
    die(terminal)
    start = terminal.start((FISH_LINES if shell == "fish" else LINES)[kind])
    terminal.sees(QUESTION, since=start)
    terminal.send("l")
    terminal.rests()

    is_in_time = not (shell == "bash" and kind == "subshell")
    assert renewals(stand_in)[0].startswith("--at command" if is_in_time else "--at prompt")
    assert ("KEY2" in terminal.text()) is is_in_time
    assert ("KEY1" in terminal.text()) is not is_in_time


def asked(terminal: Terminal, shell: str) -> None:
    """Set an end that has passed, and wait for the question at the prompt."""
    terminal.start(export(shell, "AWSENV_EXPIRES", OVER))
    terminal.sees(QUESTION)


def test_not_now_leaves_everything_and_does_not_ask_again(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 9: after `n` the segment says expired, the variables are as before, and no prompt or command asks again."""
    stand_in.tell(renew="ask")
    terminal = sit(shell)
    asked(terminal, shell)
    terminal.send("n")
    terminal.prompted()

    assert terminal.shown() == "(unicorn expired)"
    assert terminal.run("env | grep -a ^AWS_ACCESS_KEY_ID") == "AWS_ACCESS_KEY_ID=KEY1"
    assert terminal.run("echo one") == "one"
    assert renewals(stand_in) == ["--at prompt --mode ask"]


def test_another_expiry_asks_again_but_not_in_a_quiet_terminal(shell: str, sit: Any, stand_in: StandIn) -> None:
    """The question comes once per expiry; after `t` never again in this terminal, though renewal is still tried."""
    stand_in.tell(renew="ask")
    terminal = sit(shell)
    asked(terminal, shell)
    terminal.send("n")
    terminal.prompted()
    start = terminal.start(export(shell, "AWSENV_EXPIRES", OVER + 1))
    terminal.sees(QUESTION, since=start)
    terminal.send("t")
    terminal.prompted()
    terminal.run(export(shell, "AWSENV_EXPIRES", OVER + 2))

    assert terminal.run("echo one") == "one"
    assert renewals(stand_in) == ["--at prompt --mode ask"] * 2 + ["--at prompt --mode off"]


def test_cancel_holds_the_whole_line_back(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Where the shell allows it, `c` lets no part of the line run; the next line does."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, lines=mortal(shell))
    die(terminal)
    start = terminal.start("echo ra''n1; for i in 1 2; do echo ra''n2; done" if shell != "fish" else "echo ra''n1")
    terminal.sees(QUESTION)
    assert (b"[c]" in terminal.raw[start:]) is (shell != "fish")
    terminal.send("c")
    terminal.prompted()
    terminal.rests()  # what comes at once would be held back with it

    assert (b"ran" in terminal.raw[start:].replace(b"echo ra", b"")) is (shell == "fish")
    assert terminal.run("echo on") == "on"


def test_cancel_leaves_a_trap_alone(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Holding back is an interrupt: a trap of the user's must not take it for its own; bash could not spare it that."""
    stand_in.tell(renew="ask")
    trap = "trap 'echo trapped' INT"
    terminal = sit(shell, lines=mortal(shell, trap))
    die(terminal)
    terminal.start("echo ra''n")
    terminal.sees(QUESTION)
    terminal.send("c")
    terminal.prompted()

    assert ("--may-hold" in renewals(stand_in)[0]) is (shell == "zsh")
    assert "trapped" not in terminal.text()
    assert ("\nran" in terminal.text()) is (shell != "zsh")
    assert "trapped" in terminal.run("kill -INT $fish_pid" if shell == "fish" else "kill -INT $$") or shell == "fish"


def test_ctrl_c_at_the_question_asks_no_second_time(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 8: Ctrl-C ends the question; the prompt comes, the next command runs, nothing is asked again."""
    stand_in.tell(renew="ask")
    terminal = sit(shell)
    asked(terminal, shell)
    terminal.send(INTERRUPT)
    terminal.prompted()

    assert terminal.run("echo one") == "one"
    assert terminal.run("echo two") == "two"
    assert renewals(stand_in) == ["--at prompt --mode ask"]


def test_ctrl_c_before_a_command(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Ctrl-C at the question before a command: the shell goes on, and nothing is asked again."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, lines=mortal(shell))
    die(terminal)
    terminal.start("true")
    terminal.sees(QUESTION)
    terminal.send(INTERRUPT)
    terminal.prompted()

    assert terminal.run("echo one") == "one"
    assert len(renewals(stand_in)) == 1


def test_what_is_typed_ahead_is_no_answer(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 10: a line typed while another runs is not eaten: nothing is asked but before that line runs."""
    stand_in.tell(renew="ask")
    gate = stand_in.folder / "gate"
    terminal = sit(shell)
    body = (
        f"while not test -e {gate}; sleep 0.05; end"
        if shell == "fish"
        else f"until test -e {gate}; do sleep 0.05; done"
    )
    terminal.start(f"{export(shell, 'AWSENV_EXPIRES', OVER)}; {body}")
    terminal.send("echo typed''ahead\r")
    gate.touch()
    terminal.sees(QUESTION)
    assert b"typedahead" not in terminal.raw
    terminal.send("n")
    terminal.sees("typedahead")
    terminal.prompted()

    assert [call.split()[1] for call in renewals(stand_in)] == ["prompt", "command"]


def test_failures_back_off(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Offline is no stutter: after a failure the next prompts start nothing, until the keys have died as well."""
    stand_in.tell(renew=6)
    terminal = sit(shell, left=200, lines=mortal(shell))
    for _ in range(5):
        terminal.run("true")
    assert renewals(stand_in) == ["--at prompt --mode ask"]

    stand_in.tell(renew="ask")
    die(terminal)
    terminal.start("true")
    terminal.sees(QUESTION)


def test_a_sign_in_from_elsewhere_is_picked_up(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 35: after a refusal, a token file newer than it means a renewal at the next command, without a question."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, {"AWSENV_SIGN_IN": SIGN_IN})
    asked(terminal, shell)
    terminal.send("n")
    terminal.prompted()
    terminal.run("true")
    stand_in.tell(renew=0)
    write_token(stand_in.home)

    assert terminal.run("env | grep -a ^AWS_ACCESS_KEY_ID") == "AWS_ACCESS_KEY_ID=KEY2"
    assert renewals(stand_in)[1].startswith("--at command --mode off")


def test_a_new_sign_in_that_does_not_help_is_tried_once(shell: str, sit: Any, stand_in: StandIn) -> None:
    """A token that is newer than the refusal does not start the program at each prompt while the network is down."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, {"AWSENV_SIGN_IN": SIGN_IN})
    asked(terminal, shell)
    terminal.send("n")
    terminal.prompted()
    stand_in.tell(renew=6)
    write_token(stand_in.home)
    for _ in range(4):
        terminal.run("true")

    assert len(renewals(stand_in)) == 2


def write_token(home: Path) -> None:
    """Write a token file as any tool that logs in does."""
    path = home / ".aws" / "sso" / "cache" / f"{SIGN_IN}.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    os.utime(path, (time.time() + 2, time.time() + 2))


@pytest.mark.parametrize(
    ("line", "is_asked"),
    [
        ("aws s3 ls", True),
        ("echo a | /usr/bin/env aws s3 ls", True),
        ("sudo -n -u me aws s3 ls", True),
        ("true; aws s3 ls", True),
        ("X=1 aws s3 ls", True),
        ("echo aws", False),
        ("ls /aws", False),
    ],
)
def test_the_guard_can_be_narrowed(shell: str, sit: Any, stand_in: StandIn, line: str, is_asked: bool) -> None:  # noqa: FBT001
    """With `guard.commands`, only a line that starts one of them is asked about, wherever in it that one stands."""
    stand_in.tell(renew="ask")
    narrow = assign(shell, "__awsenv_guard_commands", "terraform aws")
    quiet = "function aws; end; function sudo; end" if shell == "fish" else "aws() { :; }; sudo() { :; }"
    terminal = sit(shell, lines=mortal(shell, quiet, narrow))
    die(terminal)
    terminal.start(line)
    if is_asked:
        terminal.sees(QUESTION)
        terminal.send("n")
    terminal.prompted()

    assert (QUESTION.encode() in terminal.raw) is is_asked
    assert ("--mode ask" in " ".join(renewals(stand_in))) is is_asked


@pytest.mark.parametrize("line", ["awsenv list", "exit", "logout", "fc -l", " awsenv"])
def test_some_lines_are_let_through(shell: str, sit: Any, stand_in: StandIn, line: str) -> None:
    """The program itself, `fc` and what ends the shell are never held up."""
    stand_in.tell(renew="ask")
    name = line.split(maxsplit=1)[0]
    quiet = f"function {name}; end" if shell == "fish" else f"{name}() {{ :; }}"
    if "awsenv" in line:
        quiet = ""
    terminal = sit(shell, lines=mortal(shell, quiet))
    die(terminal)
    terminal.start(line)
    terminal.sees(QUESTION)  # at the prompt after it
    terminal.send("n")

    assert renewals(stand_in) == ["--at prompt --mode ask"]


@pytest.mark.parametrize(
    ("name", "value", "mode"), [("TERM", "dumb", "off"), ("CI", "1", None), ("AWS_ACCESS_KEY_ID", "other", None)]
)
def test_nothing_is_asked_where_nobody_could_answer(
    shell: str, sit: Any, stand_in: StandIn, name: str, value: str, mode: str | None
) -> None:
    """Case 12: on a dumb terminal nothing is asked; in CI, and with somebody else's keys, nothing is even started."""
    stand_in.tell(renew="ask")
    terminal = sit(shell, {name: value}, left=-5)

    assert terminal.run("echo one").endswith("one")
    assert renewals(stand_in) == ([] if mode is None else [f"--at prompt --mode {mode}"])


def test_the_question_waits_for_a_terminal(shell: str, sit: Any, stand_in: StandIn) -> None:
    """Case 11: while stderr is no terminal, as in an instant prompt, nothing is asked or marked; afterwards it is."""
    stand_in.tell(renew="ask")
    if shell != "zsh":
        pytest.skip("bash shows its prompt on stderr, and fish keeps its streams")
    terminal = sit(shell, left=-5, lines=("exec 9>&2 2>/dev/null", ""))
    assert renewals(stand_in) == []
    terminal.start("exec 2>&9 9>&-")
    terminal.sees(QUESTION)


def test_use_takes_effect_and_its_status_stays(shell: str, sit: Any) -> None:
    """The function changes the shell at the prompt, and `$?` is the program's."""
    terminal = sit(shell)
    terminal.run("awsenv use dragon")

    assert terminal.run(f'echo "$AWSENV_PROFILE {status(shell)}"') == "dragon 0"
