"""awsenv renew: for the hook alone: print the statements that renew this shell's keys."""

import signal
import sys

import click

from awsenv.actions.renewal import Occasion, Refusal, renew
from awsenv.cli import options
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say, say_notice, write
from awsenv.errors import UsageError
from awsenv.model import Mode
from awsenv.runtime import Runtime
from awsenv.shells.detection import parse_dialect
from awsenv.shells.rendering import render


@click.command("renew", hidden=True)
@click.option("--shell", "shell_name", type=options.Text(), metavar="SHELL", required=True, help="Print for this one.")
@click.option("--at", type=click.Choice(["prompt", "command"]), required=True, help="Where the hook is.")
@click.option("--mode", type=click.Choice(["ask", "auto", "warn", "off"]), help="Default: the setting `guard.mode`.")
@click.option("--may-hold", is_flag=True, help="The shell can hold the command back.")
@click.pass_context
def command(context: click.Context, *, shell_name: str, at: str, mode: Mode | None, may_hold: bool) -> None:
    """Print the statements that renew this shell's keys.

    For the hook: it ends with 10 where something was typed ahead, 11 for "not in this terminal", 12 to hold the command
    back. While the keys work, nothing is said.
    """
    runtime: Runtime = context.obj
    if sys.stdout.isatty():
        raise UsageError("renew prints statements for the shell, keys among them, and not for a terminal")
    dialect = parse_dialect(shell_name)
    for number in (signal.SIGTSTP, signal.SIGQUIT):
        # Stopped inside `$( )`, it would stop the shell that waits for it; killed, it would leave its modes behind.
        signal.signal(number, signal.SIG_IGN)
    progress = TerminalProgress(runtime)
    occasion = Occasion(mode, may_hold=may_hold and at == "command")
    try:
        answer = renew(occasion, runtime=runtime, notify=say_notice, progress=progress)
    finally:
        progress.clear()
    if isinstance(answer, Refusal):
        if answer.line:
            say(f"awsenv: {answer.line}")
        context.exit(answer.code)
    write(render(answer, dialect))
    sys.stdout.flush()
    from awsenv.actions.sync_renewed import keep_copies_fresh

    keep_copies_fresh(answer, runtime)
