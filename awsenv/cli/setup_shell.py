"""setup: the line that loads the hook, into the start file of the shell, shown before it is written."""

import sys

from awsenv.actions.hints import shown_argument
from awsenv.actions.setup_hook import HookPlan, doubts_about_program, plan_hook, start_file_for, write_hook
from awsenv.cli.diff import write_diff
from awsenv.cli.setup_questions import Questions
from awsenv.cli.terminal import say, say_notice
from awsenv.errors import UsageError
from awsenv.files.profiles import load_profiles
from awsenv.model import Dialect, Notice
from awsenv.runtime import Runtime
from awsenv.shells.detection import find_dialect, parse_dialect
from awsenv.shells.rc_files import HOOKED, LOGIN_FILES


def choose_shell(name: str | None, runtime: Runtime) -> Dialect:
    """Return the shell that is set up: the one named, else the one that calls, else the login shell.

    Raises:
        UsageError: it is none that has a hook.
    """
    called = find_dialect(runtime) if name is None else parse_dialect(name)
    login = runtime.environment.get("SHELL", "").rpartition("/")[2]
    # A script, or what starts setup unattended, says nothing of the shell that the person types in.
    named = next((each for each in HOOKED if each == login), None)
    dialect = named if name is None and called in (None, "sh") else called
    if dialect is None or dialect not in HOOKED:
        raise UsageError("the hook is for bash, zsh and fish", hint="awsenv setup --shell zsh, or --no-hook")
    return dialect


def wrote_hook(
    dialect: Dialect, path: str | None, *, has_prompt: bool | None, questions: Questions, runtime: Runtime
) -> tuple[HookPlan, bool]:
    """Write the line, once agreed to; return the plan, and whether the line is there then.

    Raises:
        LocalFileError: it could not be written; the line to put there by hand is in the hint.
    """
    file = start_file_for(dialect, path, runtime)
    plan = plan_hook(dialect, file, has_prompt=has_prompt, runtime=runtime)
    if plan.is_change and has_prompt is None and not questions.agrees("show profile and time left in the prompt?"):
        plan = plan_hook(dialect, file, has_prompt=False, runtime=runtime)
    if plan.standing:
        say(f"awsenv: {plan.standing} loads the hook already")
    elif not plan.is_change:
        say(f"awsenv: {plan.path} loads the hook already")
    else:
        write_diff(plan.path, plan.edits())
        if not questions.agrees(f"write this line to {plan.path}?"):
            return plan, False
        write_hook(plan, runtime=runtime, notify=say_notice)
    for doubt in (plan.doubt, file.problem, *doubts_about_program(runtime)):
        if doubt:
            say_notice(Notice(doubt))
    return plan, True


def show_hook(dialect: Dialect, path: str | None, *, has_prompt: bool | None, runtime: Runtime) -> None:
    """Show what writing the line would change."""
    plan = plan_hook(dialect, start_file_for(dialect, path, runtime), has_prompt=has_prompt, runtime=runtime)
    write_diff(plan.path, plan.edits())
    if plan.doubt:
        say_notice(Notice(plan.doubt))


def tell_next(plan: HookPlan | None, profile_name: str | None, runtime: Runtime) -> None:
    """Tell what to type next, in this very shell, which may not have loaded the hook yet."""
    say("awsenv: next, in this shell:")
    is_reached = plan is not None and not plan.doubt
    if plan is not None and is_reached and not ("AWSENV_SEGMENT" in runtime.environment or sys.flags.isolated):
        # Of these other shells take no notice.
        is_login = plan.path.rpartition("/")[2] in LOGIN_FILES
        say(f"    exec {plan.dialect}{' -l' if is_login else ''}")
    name = shown_argument(profile_name) if profile_name else "PROFILE"
    if not load_profiles(runtime).names:
        say("    awsenv setup")
    else:
        say(f"    awsenv use {name}" if is_reached else f'    eval "$(awsenv use {name})"')
