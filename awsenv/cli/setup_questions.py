"""What setup asks: on a terminal, with a default to each question, and not at all where everything is agreed to."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from awsenv.cli.terminal import say, say_error
from awsenv.errors import LoginDeclined, UsageError
from awsenv.runtime import Runtime

T = TypeVar("T")


class Questions:
    """Asks one question at a time; `is_agreed` answers each with its default."""

    def __init__(self, runtime: Runtime, *, is_agreed: bool) -> None:
        self._terminal = runtime.terminal
        self.is_asked = not is_agreed and runtime.terminal.can_ask()

    def text(self, question: str, default: str | None, parse: Callable[[str], T], *, option: str) -> T:
        """Return what `parse` makes of the answer; what it refuses is asked for again.

        Raises:
            UsageError: nobody answers, and there is no default.
        """
        if not self.is_asked:
            if default is None:
                raise UsageError(f"setup must be told: {question}", hint=f"awsenv setup {option}")
            return parse(default)
        shown_default = f" [{default}]" if default else ""
        while True:
            answer = self._ask(f"awsenv: {question}{shown_default}: ", option).strip() or default or ""
            try:
                return parse(answer)
            except UsageError as error:
                say_error(error)

    def choose(self, question: str, choices: Sequence[str], *, option: str) -> int:
        """Return the index of the choice; the first one is the default."""
        for number, choice in enumerate(choices, start=1):
            say(f"    {number}  {choice}")

        def parse(answer: str) -> int:
            if not (answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(choices)):
                raise UsageError(f"type a number from 1 to {len(choices)}")
            return int(answer) - 1

        return self.text(question, "1", parse, option=option)

    def agrees(self, question: str, *, default: bool = True) -> bool:
        """Tell whether the answer is yes."""
        if not self.is_asked:
            return default
        choices = "[Y/n]" if default else "[y/N]"
        try:
            answer = self._terminal.ask(f"awsenv: {question} {choices} ").strip().lower()
        except LoginDeclined:
            return False
        return default if not answer else answer in {"y", "yes"}

    def _ask(self, question: str, option: str) -> str:
        try:
            return self._terminal.ask(question)
        except LoginDeclined as declined:
            raise UsageError(declined.problem, hint=f"awsenv setup {option}") from declined
