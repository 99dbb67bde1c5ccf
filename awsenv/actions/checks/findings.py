"""What a check finds, and what would mend it. Looks at nothing and changes nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

from awsenv.errors import UnusableName
from awsenv.files.nearest import nearest
from awsenv.files.owned import SectionId, check_section
from awsenv.model import Place
from awsenv.values import Value

Severity = Literal["error", "warning"]
S = TypeVar("S")


class Amend(Value):
    """Keys to be set in a section, and others to be taken out of it."""

    section_id: SectionId
    values: Mapping[str, str]
    without: Sequence[str] = ()


class Rename(Value):
    """A header that AWS tools pass over, and the section that it is meant for."""

    header: str
    section_id: SectionId


class Strike(Value):
    """A section to be removed, with all that is in it."""

    section_id: SectionId


class Rewrite(Value):
    """A change of the bytes of a shared file, where it is written in a way that no editor of sections can mend."""

    is_config: bool
    change: Callable[[bytes], bytes]


class Tighten(Value):
    """Permissions to be taken away from a file or folder; `mode` is what is left."""

    path: str
    mode: int


class Discard(Value):
    """A file to be removed: a cache that is broken, or what a killed process left.

    `is_still` is asked again in the moment before: somebody may have written a good one since.
    """

    path: str
    is_still: Callable[[], bool]


Change = Amend | Rename | Strike
Mend = Change | Rewrite | Tighten | Discard


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


def amended(section_id: SectionId, values: Mapping[str, str], *without: str) -> Amend | None:
    """Return the change of a section's keys, or None where the editor would refuse to write its name or the values."""
    try:
        check_section(section_id, values)
    except UnusableName:
        return None
    return Amend(section_id, values, without)


def checks_of(*functions: Callable[[S], Findings]) -> Sequence[Check]:
    """Return these functions as checks."""
    return tuple(Check(function) for function in functions)


def meant(name: str, names: Mapping[str, object], otherwise: str) -> str:
    """Return the mend of a name that is none of `names`."""
    suggestion = nearest(name, names)
    return f'did you mean "{suggestion}"?' if suggestion else otherwise
