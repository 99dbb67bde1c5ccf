"""Find out which shell is to evaluate the output. `$SHELL` is not asked: it names the login shell, not this one."""

from collections.abc import Callable

from awsenv.errors import UsageError
from awsenv.model import Dialect
from awsenv.runtime import Runtime

_DIALECTS: dict[str, Dialect] = {"bash": "bash", "zsh": "zsh", "fish": "fish", "sh": "sh"}
_CHOICES = f"--shell with one of: {', '.join(_DIALECTS)}"
_PROGRAMS: dict[str, Dialect] = {
    **_DIALECTS,
    "rbash": "bash",
    "dash": "sh",
    "ash": "sh",
    "ksh": "sh",
    "ksh93": "sh",
    "mksh": "sh",
}


def _calling_program() -> str:
    # Behind the hook, which says which shell it is, this is never needed.
    import shellingham

    name: str = shellingham.detect_shell()[0]
    return name


def dialect_for(name: str | None, runtime: Runtime, calling_program: Callable[[], str] = _calling_program) -> Dialect:
    """Return the dialect called `name`, or without a name that of the calling shell.

    Where nobody knows which shell calls, it is POSIX sh, which bash and zsh take as well and fish refuses unharmed.

    Raises:
        UsageError: there is no such dialect, or the calling shell speaks none.
    """
    if name is not None:
        return parse_dialect(name)
    if dialect := find_dialect(runtime, calling_program):
        return dialect
    program = _find_program(calling_program)
    if program is None:
        return "sh"
    raise UsageError(f'this shell, "{program}", is not one that awsenv speaks', hint=_CHOICES)


def parse_dialect(name: str) -> Dialect:
    """Return the dialect called `name`.

    Raises:
        UsageError: there is no such dialect.
    """
    if name not in _DIALECTS:
        raise UsageError(f'unknown shell "{name}"', hint=_CHOICES)
    return _DIALECTS[name]


def find_dialect(runtime: Runtime, calling_program: Callable[[], str] = _calling_program) -> Dialect | None:
    """Return the dialect that the hook named in `AWSENV_SHELL`, else that of the calling shell if it can be told."""
    named = runtime.environment.get("AWSENV_SHELL")
    if named in _DIALECTS:
        return _DIALECTS[named]
    return _PROGRAMS.get(_find_program(calling_program) or "")


def _find_program(calling_program: Callable[[], str]) -> str | None:
    try:
        return calling_program().lower()
    except Exception:  # noqa: BLE001 - it reads other processes' state and has failed in containers in many ways
        return None
