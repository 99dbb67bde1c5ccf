"""Somebody new at a terminal: setup in an empty home, a working `use` by name in one sitting, and no trace of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aws.person import Person, seat
from hook.terminals import PROMPTS, Terminal, open_terminal
from stage import environment_of

from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import UNICORN
from awsenv.shells.rc_files import HOOKED

ANSWERS = (
    ("the start URL (AWS access portal URL): ", "https://practice.awsapps.com/start/#/"),
    ("the region of Identity Center (the SSO region): ", "eu-west-1"),
    ("a name for this sso-session [practice]: ", ""),
    ("sign in to practice now? [Y/n] ", ""),
    ("write the sso-session to ", ""),
    ("the region of the profiles [eu-west-1]: ", ""),
    ("write 9 profiles to ", ""),
    ("show profile and time left in the prompt? [Y/n] ", ""),
    ("write this line to ", ""),
    ("before a command when the sign-in is over: ask, auto (log in unasked), warn, or off? [ask]: ", ""),
)
# Where the terminals of these tests have their start files.
START_FILES = {"bash": "home/.bashrc", "zsh": "desk/.zshrc", "fish": "desk/config/fish/config.fish"}


def answer(terminal: Terminal, since: int, answers: Sequence[tuple[str, str]] = ANSWERS) -> None:
    """Answer the questions of setup as they come, after the byte `since`."""
    for question, typed in answers:
        terminal.sees(question, since=since)
        since = len(terminal.raw)
        # A line that is typed before the terminal is set to take it would be thrown away.
        terminal.rests()
        terminal.send(typed + "\r")


@dataclass(frozen=True)
class Newcomer:
    """Somebody with an empty home, a browser, and a start file that sets nothing but the prompt."""

    household: Household
    person: Person
    start_file: Path
    folder: Path

    @contextmanager
    def terminal(self, shell: str) -> Iterator[Terminal]:
        """Open a terminal."""
        environment = environment_of(self.household, {"BROWSER": self.person.browser})
        with open_terminal(shell, self.folder / "desk", environment, lines=("", "", "")) as terminal:
            yield terminal


@pytest.fixture
def newcomer(shell: str, tmp_path: Path, practice: PracticeServer) -> Newcomer:
    """Return somebody new."""
    household = Household(tmp_path / "home", practice)
    household.home.mkdir(mode=0o700)
    start_file = tmp_path / START_FILES[shell]
    start_file.parent.mkdir(parents=True, exist_ok=True)
    # That of zsh is the one that its terminal brings.
    if shell != "zsh":
        start_file.write_text(PROMPTS[shell])
    return Newcomer(household, seat(tmp_path / "person"), start_file, tmp_path)


@pytest.mark.parametrize("shell", HOOKED)
def test_one_sitting(shell: str, newcomer: Newcomer) -> None:
    """From an empty home to `use` by name, with the account in the prompt; --remove leaves the start file as it was."""
    with newcomer.terminal(shell) as terminal:
        before = newcomer.start_file.read_bytes()
        answer(terminal, terminal.start("awsenv setup"))
        terminal.prompted()
        assert "awsenv: DevOps-ReadOnly works: 444455556666 (DevOps)" in terminal.text()
        assert f"    exec {shell}\n    awsenv use DevOps-ReadOnly\n" in terminal.text()

        start = terminal.start(f"exec {shell}")
        # The new shell counts its prompts anew.
        terminal.sees("ready1> ", since=start)
        terminal.prompt = 0
        terminal.prompted()
        terminal.run("awsenv use Team_Unicorn-Developer")
        assert terminal.shown().startswith("(Team_Unicorn-Developer")
        assert terminal.run("echo $AWSENV_ACCOUNT_ID") == UNICORN

        terminal.run("awsenv setup --remove --yes")
        assert newcomer.start_file.read_bytes() == before
    assert len(newcomer.person.opened()) == 1
    assert newcomer.household.config_path.read_bytes() == b""


@pytest.mark.parametrize("shell", HOOKED)
def test_ctrl_c_at_a_question(shell: str, newcomer: Newcomer) -> None:
    """Ctrl-C ends it with 130 in every shell, with nothing written and the terminal as it was."""
    with newcomer.terminal(shell) as terminal:
        modes = terminal.run("stty -g")
        answer(terminal, terminal.start("awsenv setup"), ANSWERS[:2])
        terminal.sees(ANSWERS[2][0])
        terminal.rests()
        terminal.send("\x03")
        terminal.prompted()

        assert "awsenv: interrupted" in terminal.text()
        assert terminal.run("echo $status" if shell == "fish" else "echo $?") == "130"
        assert terminal.run("stty -g") == modes
    assert not newcomer.household.config_path.exists()


@pytest.mark.parametrize("shell", ["bash"])
def test_a_page_that_does_not_come_back(shell: str, newcomer: Newcomer) -> None:
    """What a wrong region looks like in a browser: Ctrl-C asks for another, nothing is kept, and the next one works."""
    newcomer.person.will("nothing")
    with newcomer.terminal(shell) as terminal:
        answer(terminal, terminal.start("awsenv setup --no-hook --account Team_Awesome"), ANSWERS[:4])
        terminal.sees("Ctrl-C gives up")
        newcomer.person.will("allow")
        start = len(terminal.raw)
        terminal.send("\x03")
        terminal.sees("not signed in at https://practice.awsapps.com/start in eu-west-1; nothing of it is kept")
        assert not newcomer.household.config_path.exists()
        again = ("try another start URL", "[https://practice.awsapps.com/start]: ", "[eu-west-1]: ", "now? [Y/n] ")
        more = ("write the sso-session to ", "the region of the profiles", "write 2 profiles")
        answer(terminal, start, [(question, "") for question in (*again, *more)])
        terminal.prompted()
        assert "Team_Awesome-ReadOnly works" in terminal.text()
    assert len(newcomer.person.opened()) == 2
