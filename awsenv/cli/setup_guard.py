"""setup: what the hook does when a sign-in is over, into the settings; shown before it is written."""

from typing import cast, get_args

from awsenv.actions.setup_settings import plan_guard_mode, write_guard_mode
from awsenv.cli.diff import write_diff
from awsenv.cli.setup_questions import Questions
from awsenv.cli.terminal import say_notice
from awsenv.errors import UsageError
from awsenv.files.settings import Settings
from awsenv.model import Mode
from awsenv.runtime import Runtime

_QUESTION = "before a command when the sign-in is over: ask, auto (log in unasked), warn, or off?"


def wrote_guard_mode(mode: Mode | None, settings: Settings, questions: Questions, runtime: Runtime) -> str | None:
    """Set the mode, that of the command line or of the answer, once agreed to; return what was done, if anything.

    Raises:
        SettingsError: the settings file has a table of its own for it.
        LocalFileError: it could not be written.
    """

    def ask() -> Mode:
        return questions.text(_QUESTION, settings.guard_mode, _parsed, option="--guard MODE")

    wanted = ask() if mode is None else mode
    plan = plan_guard_mode(wanted, runtime)
    if not plan.is_change:
        return None
    write_diff(plan.path, plan.edits())
    if not questions.agrees(f"write this line to {plan.path}?"):
        return None
    write_guard_mode(wanted, runtime=runtime, notify=say_notice)
    return f"the setting in {plan.path}"


def show_guard_mode(mode: Mode, runtime: Runtime) -> None:
    """Show what setting the mode would change."""
    plan = plan_guard_mode(mode, runtime)
    write_diff(plan.path, plan.edits())


def _parsed(answer: str) -> Mode:
    if answer.lower() not in get_args(Mode):
        raise UsageError(f"type one of: {', '.join(get_args(Mode))}")
    return cast(Mode, answer.lower())
