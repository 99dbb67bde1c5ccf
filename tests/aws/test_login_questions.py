"""A dead session in a terminal: the question, each answer to it, and Ctrl-C, in the real shells and for both flows."""

import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from aws.keyboard import INTERRUPT, Keyboard, sit_down
from aws.person import Person, port_in, seat
from cli.real_shells import SHELLS, find_awsenv_below, run_script, status_of, wait_until
from stage import environment_of, furnish

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import UNICORN

FLOWS = ("pkce", "device-code")
QUESTION = "Sign in to company now? [Y/n] "
HINT = "hint: awsenv login --sso-session company"
WAITS = "waiting for the browser"
WHO = """
import boto3
identity = boto3.client("sts").get_caller_identity()
print(identity["Account"], identity["Arn"].split("/")[1].split("_")[1])
"""
# What the person types, and the status where awsenv ends before the command: exec keeps 4 for the command itself.
COMMANDS = {
    "use": ('eval "$(awsenv use {options} unicorn)"', 4),
    "exec": ("awsenv exec {options} unicorn -- {who}", 125),
}

# zsh drops the line that Ctrl-C came upon and may call that 1, whatever the command inside a substitution ended with.
INTERRUPTED = {("use", "zsh"): {130, 1}}


@dataclass(frozen=True)
class Scene:
    """A household whose sign-in of yesterday is over, and a person at the browser."""

    household: Household
    person: Person
    flow: str
    desk: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of this person's terminals."""
        return environment_of(self.household, {"BROWSER": self.person.browser, **more})

    def line(self, command: str, options: str = "") -> str:
        """Return the line to type."""
        return COMMANDS[command][0].format(options=options, who=f"{sys.executable} {self.desk / 'who.py'}")

    def ports(self) -> list[int]:
        """Return the ports that the browser was asked to come back to."""
        return [port_in(page) for page in self.person.opened() if "redirect_uri" in page]


@pytest.fixture(params=FLOWS)
def scene(request: pytest.FixtureRequest, tmp_path: Path, practice: PracticeServer) -> Scene:
    """Set the scene for one of the two flows."""
    household = furnish(tmp_path / "home", practice, SignedIn(sso_sessions=()))
    settings = household.home / ".config" / "awsenv" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[login]\nflow = "{request.param}"\n')
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "who.py").write_text(WHO)
    return Scene(household, seat(tmp_path / "person"), request.param, desk)


def files_of(household: Household) -> dict[str, bytes]:
    """Return the content of every file under .aws, the locks aside."""
    paths = (path for path in (household.home / ".aws").rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path): path.read_bytes() for path in paths}


def is_listened_on(port: int) -> bool:
    """Tell whether anybody answers at a port of this machine."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def answer_yes(keyboard: Keyboard, scene: Scene, command: str) -> str:
    """Type the line, press Enter at the question, and return who boto3 is afterwards."""
    keyboard.type(scene.line(command))
    keyboard.sees(QUESTION)
    keyboard.press("\r")
    keyboard.sees("signed in to company, 4 accounts, until ")
    if command == "exec":
        return keyboard.reads(r"\n(\d{12} \w+)\r\n")
    keyboard.sees(f"awsenv: unicorn · {UNICORN} (Team_Unicorn) · Developer")
    return keyboard.says(f"{sys.executable} who.py")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", COMMANDS)
def test_enter_signs_in_and_goes_on(scene: Scene, command: str, shell: str) -> None:
    """Enter at the question signs in, once and by the flow of the settings, and the command goes on: status 0."""
    with sit_down(shell, scene.environment(), scene.desk) as keyboard:
        before, modes = keyboard.dump()

        who = answer_yes(keyboard, scene, command)

        assert keyboard.status() == 0
        after, modes_after = keyboard.dump()
    assert who == f"{UNICORN} Developer"
    assert modes_after == modes
    assert len(scene.person.opened()) == 1
    assert ("/authorize?" in scene.person.opened()[0]) is (scene.flow == "pkce")
    assert [is_listened_on(port) for port in scene.ports()] == [False] * len(scene.ports())
    if command == "use":
        assert (after[b"AWS_PROFILE"], after[b"AWSENV_ACCOUNT_ID"]) == (b"unicorn", UNICORN.encode())
        assert {b"AWS_ACCESS_KEY_ID", b"AWS_SECRET_ACCESS_KEY", b"AWS_SESSION_TOKEN"} <= after.keys()
    else:
        assert after == before


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_changes_nothing(scene: Scene, command: str, shell: str) -> None:
    """Answered `n`, nothing is asked of AWS, opened, written or set, and the status says that a login is needed."""
    files = files_of(scene.household)
    with sit_down(shell, scene.environment(AWS_PROFILE="old", AWS_REGION=""), scene.desk) as keyboard:
        before = keyboard.dump()

        keyboard.type(scene.line(command))
        keyboard.sees(QUESTION)
        keyboard.type("n")
        keyboard.sees("awsenv: not signed in to company")
        keyboard.sees(HINT)

        assert keyboard.status() == COMMANDS[command][1]
        assert keyboard.dump() == before
    assert scene.household.practice.journal.count() == 0
    assert scene.person.opened() == []
    assert files_of(scene.household) == files


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_changes_nothing_and_the_next_login_works(scene: Scene, command: str, shell: str) -> None:
    """Ctrl-C at the question and in the wait: 130, shell, terminal and token files as before, the port closed."""
    scene.person.will("nothing")
    files = files_of(scene.household)
    with sit_down(shell, scene.environment(AWS_REGION="old"), scene.desk) as keyboard:
        before = keyboard.dump()

        keyboard.type(scene.line(command))
        keyboard.sees(QUESTION)
        keyboard.press(INTERRUPT)
        keyboard.sees("awsenv: interrupted")
        assert keyboard.status() in INTERRUPTED.get((command, shell), {130})
        assert (keyboard.dump(), files_of(scene.household)) == (before, files)
        assert scene.household.practice.journal.count() == 0

        keyboard.type(scene.line(command))
        keyboard.sees(QUESTION)
        keyboard.press("\r")
        keyboard.sees(WAITS)
        pages = wait_until(scene.person.opened, "the browser")
        assert [is_listened_on(port) for port in scene.ports()] == [True] * (scene.flow == "pkce")
        keyboard.press(INTERRUPT)
        keyboard.sees("awsenv: interrupted")
        assert keyboard.status() in INTERRUPTED.get((command, shell), {130})
        assert keyboard.dump() == before
        assert [is_listened_on(port) for port in scene.ports()] == [False] * (scene.flow == "pkce")
        assert find_awsenv_below(keyboard.screen.pid) is None
        assert not scene.household.token_path("company").exists()

        scene.person.will("allow")
        assert answer_yes(keyboard, scene, command) == f"{UNICORN} Developer"
        assert len(scene.person.opened()) == len(pages) + 1


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("option", "variable"), [("--no-login", ""), ("", "CI")])
def test_nothing_is_asked_of_who_does_not_want_it(
    scene: Scene, command: str, shell: str, option: str, variable: str
) -> None:
    """With --no-login, and with CI set, a terminal is asked nothing: status 4 at once, with the login to type."""
    with sit_down(shell, scene.environment(**({variable: "1"} if variable else {})), scene.desk) as keyboard:
        before = keyboard.dump()

        keyboard.type(scene.line(command, option))
        seen = keyboard.reads(r"awsenv: ([^\r]*)\r\nhint: awsenv login --sso-session company\r\n")

        assert keyboard.status() == COMMANDS[command][1]
        assert keyboard.dump() == before
    assert seen == "not signed in to company"
    assert (scene.household.practice.journal.count(), scene.person.opened()) == (0, [])


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_asked_without_a_terminal(scene: Scene, command: str, shell: str) -> None:
    """Without a terminal there is no question: status 4, one line of problem and the login to type."""
    script = f'{scene.line(command)}; echo "<{status_of(shell)}>"'

    finished = run_script(shell, script, scene.environment(), cwd=scene.desk)

    assert finished.stdout == f"<{COMMANDS[command][1]}>\n".encode()
    assert finished.stderr == f"awsenv: not signed in to company\n{HINT}\n".encode()
    assert (scene.household.practice.journal.count(), scene.person.opened()) == (0, [])
