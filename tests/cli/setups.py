"""setup in this process: at a keyboard that answers by a script, in the home of somebody new, in the practice world."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aws.person import Person, seat
from stage import environment_of

from awsenv.cli.app import group
from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer
from awsenv.errors import AwsenvError, LoginDeclined
from awsenv.runtime import from_process
from awsenv.values import replace

ENTER, END = "", "\x04"


@dataclass
class Script:
    """Answers questions in their order: the begin of each, and what is typed; `None` for nobody at the keyboard."""

    answers: list[tuple[str, str | type[BaseException]]] | None
    asked: list[str] = field(default_factory=list)

    def can_ask(self) -> bool:
        """Tell whether somebody is there."""
        return self.answers is not None

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Answer the question, which must be the next one of the script."""
        assert not secret
        self.asked.append(question)
        assert self.answers, f"not foreseen: {question}"
        expected, answer = self.answers.pop(0)
        assert question.startswith(f"awsenv: {expected}"), f"{question!r} came before {expected!r}"
        if not isinstance(answer, str):
            raise answer
        if answer == END:
            raise LoginDeclined("the question was not answered")
        return answer

    def ask_key(self, question: str) -> str | None:
        """Refuse."""
        raise AssertionError(question)

    def sane(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()


@dataclass
class Newcomer:
    """Somebody with an empty home and a browser."""

    household: Household
    person: Person
    capture: pytest.CaptureFixture[str]

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.household.home

    @property
    def config(self) -> str:
        """What stands in the config file."""
        path = self.household.config_path
        return path.read_text() if path.exists() else ""

    def setup(
        self, *options: str, answers: Sequence[tuple[str, str | type[BaseException]]] | None = None, status: int = 0
    ) -> str:
        """Run setup to its end, check its status and that all answers were wanted, and return what it said."""
        script = Script(None if answers is None else list(answers))
        runtime = replace(from_process(), terminal=script)
        self.capture.readouterr()
        code = 0
        try:
            with group.make_context("awsenv", ["setup", *options], obj=runtime) as context:
                group.invoke(context)
        except AwsenvError as error:
            code = error.exit_code
            said = f"{error.problem}\n{error.hint}\n"
        except KeyboardInterrupt:
            code, said = 130, ""
        else:
            said = ""
        told = "".join(self.capture.readouterr()) + said
        assert (code, script.answers or []) == (status, []), told
        return told


def arrive(
    folder: Path, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
) -> Newcomer:
    """Return somebody new, whose environment this process has from now on."""
    household = Household(folder / "home", practice)
    household.home.mkdir(mode=0o700)
    person = seat(folder / "person")
    for name, value in environment_of(household, {"BROWSER": person.browser, "SHELL": "/bin/zsh"}).items():
        monkeypatch.setenv(name, value)
    return Newcomer(household, person, capture)
