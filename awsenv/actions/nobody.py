"""A terminal at which nobody is asked anything."""

from contextlib import AbstractContextManager, nullcontext
from typing import NoReturn

from awsenv.errors import LoginDeclined


class NobodyThere:
    """Stands for the terminal of many at once, or of a program that cannot show a question."""

    def can_ask(self) -> bool:
        """Tell that nobody can be asked."""
        return False

    def ask(self, question: str, *, secret: bool = False) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise LoginDeclined(question)

    def ask_key(self, question: str) -> NoReturn:
        """Refuse."""
        raise LoginDeclined(question)

    def sane(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()
