"""The morning after, with the real program, the practice Identity Center and the AWS CLI: the whole story."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aws.person import Person, seat
from cli.renewals import end_sign_ins
from hook.conftest import SHELLS
from hook.terminals import Terminal, open_terminal
from hook.test_flow import die, mortal
from hook.words import export
from stage import environment_of, furnish

from awsenv.demo.household import Household
from awsenv.demo.story import UNICORN

QUESTION = "the sign-in to company is over"
WHO = "aws sts get-caller-identity --query Arn --output text"
ME = f"arn:aws:sts::{UNICORN}:assumed-role/"
LOADS = {
    "bash": 'eval "$(awsenv init bash)"',
    "zsh": 'eval "$(awsenv init zsh)"',
    "fish": "awsenv init fish | source",
}

pytestmark = pytest.mark.parametrize("shell", SHELLS)


@dataclass(frozen=True)
class Office:
    """A household, the person at its browser, and terminals in it, all set up as the README says."""

    household: Household
    person: Person
    folder: Path

    @contextmanager
    def terminal(self, shell: str, name: str, more: Mapping[str, str] | None = None) -> Iterator[Terminal]:
        """Open a terminal."""
        environment = environment_of(self.household, {"BROWSER": self.person.browser, "TERM": "xterm", **(more or {})})
        lines = ("", LOADS[shell], mortal(shell)[1])
        with open_terminal(shell, self.folder / name, environment, lines=lines) as terminal:
            yield terminal


@pytest.fixture
def office(household: Household, tmp_path: Path) -> Office:
    """Set the office up, signed in."""
    return Office(household, seat(tmp_path / "person"), tmp_path)


def key_of(terminal: Terminal) -> str:
    """Return the access key id of the shell."""
    return terminal.run("echo $AWS_ACCESS_KEY_ID").split("\n")[-1]


def test_overnight(shell: str, office: Office) -> None:
    """Keys and sign-in die while the prompt waits: the question stands before the command, which then works."""
    with office.terminal(shell, "desk") as terminal:
        terminal.run("awsenv use unicorn")
        assert terminal.shown().startswith("(unicorn ")
        assert ME in terminal.run(WHO)
        key = key_of(terminal)
        end_sign_ins(office.household)
        die(terminal)

        start = terminal.start(WHO)
        terminal.sees(QUESTION, since=start)
        assert ME.encode() not in terminal.raw[start:]
        terminal.send("l")
        terminal.prompted()

        assert f"\n{ME}" in terminal.text()[terminal.text().rindex(QUESTION) :]
        assert key_of(terminal) != key
        assert "expired" not in terminal.shown()
    assert len(office.person.opened()) == 1


def test_keys_die_and_the_sign_in_lives(shell: str, office: Office) -> None:
    """Case 33: after lunch the same command line works at once, and nobody is asked anything."""
    with office.terminal(shell, "desk") as terminal:
        terminal.run("awsenv use unicorn")
        key = key_of(terminal)
        (office.household.home / ".aws" / "cli" / "cache").rename(office.folder / "old-roles")
        die(terminal)

        assert ME in terminal.run(WHO)
        assert key_of(terminal) != key
        assert QUESTION not in terminal.text()
    assert office.person.opened() == []


@pytest.mark.parametrize("who", ["awsenv login", "the AWS CLI"])
def test_two_terminals(shell: str, who: str, office: Office) -> None:
    """A login in another terminal, or a token file as `aws sso login` writes it: here the next command just works."""
    with office.terminal(shell, "here") as here, office.terminal(shell, "there") as there:
        here.run("awsenv use unicorn")
        key = key_of(here)
        end_sign_ins(office.household)
        here.start(export(shell, "AWSENV_EXPIRES", 1_700_000_000))
        here.sees(QUESTION)
        here.send("n")
        here.prompted()
        assert "expired" in here.shown()
        if who == "awsenv login":
            there.run("awsenv login --sso-session company")
        else:
            furnish(office.household.home, office.household.practice)

        start = len(here.raw)
        assert ME in here.run(WHO)

        assert QUESTION.encode() not in here.raw[start:]
        assert key_of(here) != key
        assert "expired" not in here.shown()


def test_the_settings_reach_the_hook(shell: str, office: Office) -> None:
    """What config.toml says of the prompt and the guard is what a new shell does."""
    settings = office.folder / "desk" / "config" / "awsenv" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        'renew_margin = "2h"\n[prompt]\nformat = "{profile}@{role}"\ncolours = { soon = "bold blue" }\n'
        '[guard]\nmode = "off"\n'
    )
    with office.terminal(shell, "desk") as terminal:
        terminal.run("awsenv use unicorn")
        assert terminal.shown() == "(unicorn@Developer)"
        assert b"\x1b[1;34m(unicorn" in terminal.raw
        end_sign_ins(office.household)
        die(terminal)
        terminal.run("true")

        assert b"\x1b[31m(unicorn" in terminal.raw
        assert QUESTION not in terminal.text()
