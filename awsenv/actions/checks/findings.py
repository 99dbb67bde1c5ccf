"""What a check finds, and what would mend it. Looks at nothing and changes nothing."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

from awsenv.files.lossless import SharedText
from awsenv.model import Place
from awsenv.values import Value

Severity = Literal["error", "warning"]
S = TypeVar("S")


class Amend(Value):
    """A change of sections in one of the shared files, by the lossless editor; `section` is what it changes."""

    is_config: bool
    section: str
    change: Callable[[SharedText], object]


class Rewrite(Value):
    """A change of the bytes of a shared file, where it is written in a way that no editor of sections can mend."""

    is_config: bool
    change: Callable[[bytes], bytes]


class Tighten(Value):
    """Permissions to be taken away from a file or folder; `mode` is what is left."""

    path: str
    mode: int


class Discard(Value):
    """A file to be removed: a cache that is broken, or what a killed process left."""

    path: str


Mend = Amend | Rewrite | Tighten | Discard


class Finding(Value):
    """One thing that is wrong: where, what goes wrong and for whom, and what to do about it.

    An error makes some tool fail or act as somebody else; a warning may, or leaves something open to others. `check`
    is the id of the check that found it; `place` is None for what is in the environment.
    """

    severity: Severity
    place: Place | None
    text: str
    fix: str
    mend: Mend | None = None
    check: str = ""


Findings = Iterable[Finding]


class Check(Value):
    """A check by its function: its id is the name, with hyphens, and what it is for the docstring's first line."""

    find: Callable[..., Findings]

    @property
    def name(self) -> str:
        """The stable id."""
        return self.find.__name__.replace("_", "-")

    @property
    def purpose(self) -> str:
        """What it finds, in a line."""
        return (self.find.__doc__ or "").partition("\n")[0]


def error(place: Place | None, text: str, fix: str, mend: Mend | None = None) -> Finding:
    """Return a finding that makes a tool fail, or act as somebody else."""
    return Finding("error", place, text, fix, mend)


def warning(place: Place | None, text: str, fix: str, mend: Mend | None = None) -> Finding:
    """Return a finding that stops nobody yet."""
    return Finding("warning", place, text, fix, mend)


def checks_of(*functions: Callable[[S], Findings]) -> Sequence[Check]:
    """Return these functions as checks."""
    return tuple(Check(function) for function in functions)
