"""The hook's one question, on a real terminal, in the modes that each shell leaves it in."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest
from aws.person import Person, port_in, seat
from cli.real_shells import find_awsenv_below, variables_in, wait_until
from cli.renewals import ALIVE, DEAD, aged, dead_mark, end_sign_ins, switched
from stage import TIME_LIMIT

from awsenv.demo.household import Household
from awsenv.demo.story import UNICORN
from awsenv.environ import OWNED_VARIABLES

QUESTION = "awsenv: the sign-in to company is over: [l]og in now, [n]ot now, not in [t]his terminal? "
HOLDING = (
    "awsenv: the sign-in to company is over: [l]og in now, [n]ot now, not in [t]his terminal, [c]ancel the command? "
)
COMMAND = "--at command"
HINT = "awsenv login --sso-session company"
# bash and zsh hand the terminal over cooked; fish's event handlers run with it raw.
MODES = {"cooked": "sane", "as fish leaves it": "-icanon -echo -icrnl"}
# Does what the hook does, and notes the terminal's modes around it.
SCRIPT = """
trap : INT
stty {modes}; stty -g >before
echo rea''dy; cat gate
text=$(awsenv renew --shell sh {options}); code=$?
stty -g >after
if test $code -eq 0; then eval "$text"; fi
env -0 >variables
echo "code=<$code>"
stty sane
read -r line; echo "line=<$line>"
"""


@dataclass
class Desk:
    """A terminal in which the hook is about to call; `screen` is what the person sees."""

    screen: Any
    folder: Path

    def open_gate(self) -> None:
        """Let the call begin."""
        (self.folder / "gate").write_text("")

    def sees(self, text: str) -> None:
        """Wait until `text` stands on the screen."""
        self.screen.expect_exact(text)

    def presses(self, keys: str) -> None:
        """Press keys."""
        self.screen.send(keys)

    def code(self) -> int:
        """Wait for the end of the call, and return its status; the terminal must be as it was."""
        self.screen.expect(r"code=<(\d+)>")
        assert (self.folder / "after").read_text() == (self.folder / "before").read_text()
        return int(self.screen.match[1])

    def said(self) -> str:
        """Return what was on the screen before the end of the call."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.screen.before)
        return text.replace("\r\n", "\n").strip("\r\n")

    def line(self) -> str:
        """Return the line that the shell reads next."""
        self.screen.expect(r"line=<(.*?)>")
        return str(self.screen.match[1])

    def variables(self) -> dict[bytes, bytes]:
        """Return the shell's variables after the call."""
        return variables_in((self.folder / "variables").read_bytes())


@contextmanager
def sit_down(folder: Path, environment: Mapping[str, str], options: str, modes: str = "sane") -> Iterator[Desk]:
    """Sit down at a terminal in `folder`; afterwards all of it is gone."""
    os.mkfifo(folder / "gate")
    screen = pexpect.spawn(
        "/bin/sh",
        ["-c", SCRIPT.format(modes=modes, options=options)],
        env={**environment, "TERM": "xterm"},
        cwd=str(folder),
        timeout=TIME_LIMIT,
        encoding="utf-8",
        dimensions=(50, 300),
    )
    try:
        screen.expect_exact("ready\r\n")
        yield Desk(screen, folder)
    finally:
        screen.close(force=True)


@dataclass(frozen=True)
class Scene:
    """The terminal left open overnight: keys and sign-in are dead, and somebody sits at the browser."""

    household: Household
    person: Person
    folder: Path
    environment: dict[str, str]

    def sit_down(self, options: str, modes: str = "sane", **variables: str) -> AbstractContextManager[Desk]:
        """Sit down where the hook is about to call."""
        return sit_down(self.folder, self.environment | variables, options, modes)

    def is_untouched(self) -> bool:
        """Tell whether neither AWS nor the browser has seen anything."""
        return (self.household.practice.journal.count(), self.person.opened()) == (0, [])

    def is_marked(self) -> bool:
        """Tell whether the sign-in is marked as dead."""
        return dead_mark(self.household, self.environment).exists()

    def has_newer_sign_in(self) -> bool:
        """Tell whether the token file is newer than the mark, as every shell sees it."""
        mark = dead_mark(self.household, self.environment)
        return self.household.token_path("company").stat().st_mtime_ns > mark.stat().st_mtime_ns


@pytest.fixture
def scene(household: Household, tmp_path: Path) -> Scene:
    """Set the scene."""
    person, desk = seat(tmp_path / "person"), tmp_path / "desk"
    desk.mkdir()
    environment = aged(switched(household, more={"BROWSER": person.browser}), DEAD)
    end_sign_ins(household)
    household.practice.journal.clear()
    return Scene(household, person, desk, environment)


@pytest.mark.parametrize("modes", MODES.values(), ids=MODES)
@pytest.mark.parametrize("keys", ["l", "L", "\r", "l\r"])
def test_l_and_enter_log_in_and_renew(scene: Scene, keys: str, modes: str) -> None:
    """`l` or Enter signs in by the browser, once, and the shell has working keys; no key is left for the command."""
    with scene.sit_down(COMMAND, modes) as terminal:
        terminal.open_gate()
        terminal.sees(QUESTION)
        terminal.presses(keys)
        terminal.sees("awsenv: signed in to company, 4 accounts, until ")

        assert terminal.code() == 0
        variables = terminal.variables()
        terminal.presses("next\n")
        assert terminal.line() == "next"
    identity = scene.household.practice.identity_of(variables[b"AWS_ACCESS_KEY_ID"].decode())
    assert identity is not None
    assert identity.account_id == UNICORN
    key_id = scene.environment["AWS_ACCESS_KEY_ID"].encode()
    assert variables[b"AWSENV_KEY_ID"] == variables[b"AWS_ACCESS_KEY_ID"] != key_id
    assert len(scene.person.opened()) == 1
    assert scene.has_newer_sign_in()


@pytest.mark.parametrize("modes", MODES.values(), ids=MODES)
@pytest.mark.parametrize(
    ("keys", "code", "line"),
    [
        ("n", 4, f"awsenv: not signed in to company: {HINT}"),
        ("n\r", 4, f"awsenv: not signed in to company: {HINT}"),
        ("\x04", 4, f"awsenv: not signed in to company: {HINT}"),
        ("\x1b[A", 4, f"awsenv: not signed in to company: {HINT}"),
        ("ls -l\r", 4, f"awsenv: not signed in to company: {HINT}"),
        ("t", 11, f"awsenv: not asked again in this terminal; to log in: {HINT}"),
        ("\x03", 130, "awsenv: interrupted"),
    ],
)
def test_every_other_answer_changes_nothing(scene: Scene, keys: str, code: int, line: str, modes: str) -> None:
    """No, the end of input, Ctrl-C and all else leave shell, terminal and AWS alone; one line tells what to type."""
    with scene.sit_down(COMMAND, modes) as terminal:
        terminal.open_gate()
        terminal.sees(QUESTION)
        terminal.presses(keys)

        assert terminal.code() == code
        assert terminal.said().splitlines()[-1] == line
        terminal.presses("next\n")
        assert terminal.line() == "next"
        variables = {name.decode(): text.decode() for name, text in terminal.variables().items()}
    assert {name: variables.get(name) for name in OWNED_VARIABLES} == {
        name: scene.environment.get(name) for name in OWNED_VARIABLES
    }
    assert scene.is_untouched()
    assert scene.is_marked()


@pytest.mark.parametrize("key", ["x", "c", "p"])
def test_a_key_that_is_no_answer_is_put_right(scene: Scene, key: str) -> None:
    """A key typed without looking is neither yes nor no: the question is put once more, in short."""
    with scene.sit_down(COMMAND) as terminal:
        terminal.open_gate()
        terminal.sees(QUESTION)
        terminal.presses(key)
        terminal.sees("awsenv: l, n or t? ")
        terminal.presses("n")

        assert terminal.code() == 4


@pytest.mark.parametrize("key", ["c", "C"])
def test_c_holds_the_command_back_where_that_can_be(scene: Scene, key: str) -> None:
    """With --may-hold before a command, `c` is offered and ends with 12."""
    with scene.sit_down(f"{COMMAND} --may-hold") as terminal:
        terminal.open_gate()
        terminal.sees(HOLDING)
        terminal.presses(key)

        assert terminal.code() == 12


def test_nothing_is_held_back_at_a_prompt(scene: Scene) -> None:
    """At the prompt there is no command, and `c` is not offered."""
    with scene.sit_down("--at prompt --may-hold") as terminal:
        terminal.open_gate()
        terminal.sees(QUESTION)
        terminal.presses("c")
        terminal.sees("awsenv: l, n or t? ")
        terminal.presses("n")

        assert terminal.code() == 4


@pytest.mark.parametrize(("typed", "more"), [("l", "s\n"), ("ls\n", "")])
def test_what_was_typed_ahead_is_no_answer(scene: Scene, typed: str, more: str) -> None:
    """With input waiting, half a line included, nothing is asked or said: status 10, and the shell reads the line."""
    with scene.sit_down(COMMAND) as terminal:
        terminal.presses(typed)
        terminal.sees(typed.strip())
        terminal.open_gate()

        assert terminal.code() == 10
        assert terminal.said() == ""
        terminal.presses(more)
        assert terminal.line() == "ls"
    assert scene.is_untouched()
    assert not scene.is_marked()


@pytest.mark.parametrize("modes", MODES.values(), ids=MODES)
def test_auto_logs_in_unasked(scene: Scene, modes: str) -> None:
    """In mode `auto` the browser opens at once, whatever was typed ahead, and what was typed is kept."""
    with scene.sit_down(f"{COMMAND} --mode auto", modes) as terminal:
        terminal.presses("ls\n")
        terminal.open_gate()
        terminal.sees("awsenv: signed in to company")

        assert terminal.code() == 0
        assert "[l]og" not in terminal.said()
        assert terminal.line() == "ls"
    assert len(scene.person.opened()) == 1


@pytest.mark.parametrize(
    ("options", "variables", "line"),
    [
        ("--mode warn", {}, f"awsenv: not signed in to company: {HINT}"),
        ("--mode off", {}, ""),
        ("--mode ask", {"CI": "1"}, f"awsenv: not signed in to company: {HINT}"),
        ("--mode auto", {"CI": "1"}, f"awsenv: not signed in to company: {HINT}"),
    ],
)
def test_who_does_not_want_to_be_asked_is_not(scene: Scene, options: str, variables: dict[str, str], line: str) -> None:
    """`warn` says one line, `off` nothing, and with CI set nobody is asked: status 4 and the mark."""
    with scene.sit_down(f"{COMMAND} {options}", **variables) as terminal:
        terminal.open_gate()

        assert terminal.code() == 4
        assert terminal.said() == line
    assert scene.is_untouched()
    assert scene.is_marked()


def test_keys_that_still_work_are_no_reason_to_ask(scene: Scene) -> None:
    """With some minutes left and a dead sign-in the question can wait: status 4, not a word, and the mark."""
    with scene.sit_down(COMMAND, AWSENV_EXPIRES=aged({}, ALIVE)["AWSENV_EXPIRES"]) as terminal:
        terminal.open_gate()

        assert terminal.code() == 4
        assert terminal.said() == ""
    assert scene.is_marked()


@pytest.mark.parametrize("modes", MODES.values(), ids=MODES)
def test_ctrl_c_gives_a_login_up(scene: Scene, modes: str) -> None:
    """While the browser is waited for, Ctrl-C ends it, raw terminal or not: nothing is filed, nobody listens then."""
    scene.person.will("nothing")
    with scene.sit_down(COMMAND, modes) as terminal:
        terminal.open_gate()
        terminal.sees(QUESTION)
        terminal.presses("l")
        terminal.sees("waiting for the browser")
        wait_until(scene.person.opened, "the browser")
        terminal.presses("\x03")
        terminal.sees("awsenv: interrupted")
        assert terminal.code() == 130
        assert find_awsenv_below(terminal.screen.pid) is None
    assert port_in(scene.person.opened()[0]) > 0
    assert not scene.household.token_path("company").exists()


def test_a_login_that_is_declined_is_told(scene: Scene) -> None:
    """Who says no in the browser gets one line, status 4, and the mark."""
    scene.person.will("deny")
    with scene.sit_down(COMMAND) as terminal:
        terminal.open_gate()
        terminal.sees(QUESTION)
        terminal.presses("l")
        terminal.sees("awsenv: the sign-in to company was declined")

        assert terminal.code() == 4
    assert scene.is_marked()


def test_ctrl_z_stops_neither_the_question_nor_the_shell(scene: Scene) -> None:
    """Stopped inside a substitution, awsenv would take the shell with it: Ctrl-Z and the quit key do nothing."""
    screen = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        env={**scene.environment, "TERM": "dumb"},
        timeout=TIME_LIMIT,
        encoding="utf-8",
        dimensions=(50, 300),
    )
    try:
        # In a shell within a shell: the kernel stops nothing in the group of a terminal's first process.
        screen.sendline("bash --norc --noprofile -i")
        screen.sendline('text=$(awsenv renew --shell bash --at command); echo "code=<$?>"')
        screen.expect_exact(QUESTION)
        screen.send("\x1a\x1c")
        screen.send("n")

        screen.expect(r"code=<(\d+)>")
        assert screen.match[1] == "4"
    finally:
        screen.close(force=True)
