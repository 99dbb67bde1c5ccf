"""setup's other step: the one line in a shell's start file, and what is to be said about it."""

import shutil
from collections.abc import Callable, Iterable, Sequence

from awsenv.errors import AwsenvError, ConfigError, LocalFileError
from awsenv.files.edits import Edit
from awsenv.files.paths import as_path
from awsenv.files.rc import edit_rc, find_rc
from awsenv.files.rc_text import code_lines, edit_of, lines_above, with_line, without_line
from awsenv.model import Dialect, Notice, Place
from awsenv.runtime import Runtime
from awsenv.shells.rc_files import StartFile, find_start_file, hook_line, hook_lines, loads_hook, program_in
from awsenv.shells.rc_reach import Obstacle, find_obstacle, told
from awsenv.values import Value

Notify = Callable[[Notice], None]


class HookPlan(Value):
    """What becomes of a start file: `after` is None where it goes.

    `standing` is where a line loads the hook that setup did not write; then nothing is to be added. `doubt` says what
    keeps the shell from the line, or None.
    """

    dialect: Dialect
    path: str
    line: str
    before: bytes | None
    after: bytes | None
    standing: Place | None = None
    doubt: str | None = None

    def edits(self) -> list[Edit]:
        """Return what changes, to be shown."""
        return edit_of(self.before, self.after)

    @property
    def is_change(self) -> bool:
        """Tell whether anything changes."""
        return self.before != self.after


def start_file_for(dialect: Dialect, path: str | None, runtime: Runtime) -> StartFile:
    """Return the start file: the one named, or the one that the shell reads."""
    return StartFile(path) if path is not None else find_start_file(dialect, runtime)


def plan_hook(dialect: Dialect, file: StartFile, *, has_prompt: bool | None, runtime: Runtime) -> HookPlan:
    """Return what is to become of the start file; without a wish for the prompt, what is there stays.

    Raises:
        CacheUnreadable, MalformedConfig: the file cannot be read.
    """
    before = find_rc(file.path)
    known = hook_lines(dialect)
    line = hook_line(dialect, has_prompt=has_prompt is not False)
    is_there = before is not None and without_line(before, known) != before
    standing = None if is_there and has_prompt is None else _standing(dialect, file, before)
    if standing:
        return HookPlan(dialect, file.path, line, before, before, standing, _doubt_about(standing, file, dialect))
    obstacle = _obstacle(before, dialect, runtime)
    doubt = told(obstacle, file.path, dialect) if obstacle and (is_there or obstacle.kind != "left") else None
    # Run again without a word about it, setup keeps what was chosen.
    after = before if is_there and has_prompt is None else _with_line(before, line, dialect, obstacle)
    return HookPlan(dialect, file.path, line, before, after, doubt=doubt)


def plan_removal(dialects: Iterable[Dialect], path: str | None, runtime: Runtime) -> list[HookPlan]:
    """Return what becomes of each start file in which setup's line stands, and of those with somebody else's line."""
    plans = list[HookPlan]()
    for dialect in dialects:
        file = start_file_for(dialect, path, runtime)
        for each in (file.path, *file.others):
            before = _readable(each)
            after = before if before is None else without_line(before, hook_lines(dialect))
            standing = _place_in(dialect, each, after)
            if before != after or standing:
                plans.append(HookPlan(dialect, each, hook_line(dialect), before, after, standing))
    return plans


def write_hook(plan: HookPlan, *, runtime: Runtime, notify: Notify) -> bool:
    """Put the line into the file, and tell whether that changes it.

    Raises:
        LocalFileError: it was not written; the hint is the line, to be put there by hand.
    """

    def change(content: bytes | None) -> bytes:
        return _with_line(content, plan.line, plan.dialect, _obstacle(content, plan.dialect, runtime))

    try:
        return edit_rc(plan.path, change, runtime=runtime, notify=notify)
    except (LocalFileError, ConfigError) as error:
        raise LocalFileError(error.problem, hint=f"put this line at the end of {plan.path}: {plan.line}") from error


def remove_hook(plan: HookPlan, *, runtime: Runtime, notify: Notify) -> bool:
    """Take the line out of the file, and tell whether that changes it.

    Raises:
        LocalFileError: it was not written.
    """

    def change(content: bytes | None) -> bytes | None:
        return None if content is None else without_line(content, hook_lines(plan.dialect))

    return edit_rc(plan.path, change, runtime=runtime, notify=notify)


def doubts_about_program(runtime: Runtime) -> list[str]:
    """Return why a new shell might not find awsenv, so that the line would do nothing."""
    program = shutil.which("awsenv", path=runtime.environment.get("PATH", ""))
    if program is None:
        return ["awsenv is not on the PATH, and until it is, the line does nothing"]
    virtual = runtime.environment.get("VIRTUAL_ENV")
    if virtual and program.startswith(f"{virtual.rstrip('/')}/"):
        return [f"awsenv is in the virtual environment {virtual}: where that is not active, the line does nothing"]
    return []


def _doubt_about(standing: Place, file: StartFile, dialect: Dialect) -> str | None:
    line = code_lines(_readable(standing.path) or b"")[standing.line - 1]
    program = program_in(line)
    if program is not None and not as_path(program).exists():
        return f"{standing} loads it from {program}, which is not there any more: mend that line, or remove it"
    if standing.path in file.partly:
        return f"not every {dialect} reads {standing.path}, so some will not have the hook: {file.path} is for all"
    return None


def _obstacle(content: bytes | None, dialect: Dialect, runtime: Runtime) -> Obstacle | None:
    above = lines_above(content or b"", hook_lines(dialect))
    return find_obstacle(above, code_lines(b"".join(above)), dialect, runtime)


def _with_line(content: bytes | None, line: str, dialect: Dialect, obstacle: Obstacle | None) -> bytes:
    # Behind what always leaves the file the line would never be read; before it, nothing else is read later.
    at = obstacle.index if obstacle and obstacle.kind == "left" else None
    return with_line(content, line, hook_lines(dialect), at)


def _standing(dialect: Dialect, file: StartFile, content: bytes | None) -> Place | None:
    # What is in the file itself but setup's own line.
    others = None if content is None else without_line(content, hook_lines(dialect))
    places: Sequence[Place | None] = [
        _place_in(dialect, file.path, others),
        *(_place_in(dialect, each, _readable(each)) for each in file.others),
    ]
    return next((place for place in places if place), None)


def _place_in(dialect: Dialect, path: str, content: bytes | None) -> Place | None:
    lines = enumerate(code_lines(content or b""), start=1)
    return next((Place(path, number) for number, line in lines if loads_hook(line, dialect)), None)


def _readable(path: str) -> bytes | None:
    try:
        return find_rc(path)
    except AwsenvError:
        # Another file than the one that is written: what nobody can read holds no line that could count.
        return None
