"""awsenv exec: become a command with a profile's environment."""

import sys
from datetime import timedelta

import click

from awsenv.actions.prepare import prepare
from awsenv.actions.run import become, subshell
from awsenv.actions.switch import Wish, switch_to
from awsenv.cli import options
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.summary import summary
from awsenv.cli.terminal import say, say_notice
from awsenv.errors import UsageError
from awsenv.model import Export
from awsenv.runtime import Runtime


@click.command(
    "exec",
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False},
    options_metavar="[OPTIONS]",
)
@options.switch_options
@click.argument("profile", type=options.Text())
@click.argument("words", nargs=-1, type=options.Text(), metavar="[--] [COMMAND]...")
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profile: str,
    words: tuple[str, ...],
    only: Export | None,
    region: str | None,
    min_ttl: timedelta | None,
    no_login: bool,
) -> None:
    """Become COMMAND with the environment of PROFILE; without a COMMAND, become a shell.

    Exit code and signals are the command's own; 125 means that awsenv failed before it, 126 that it cannot be
    executed, 127 that there is none.

    \b
    awsenv exec marketing -- sls deploy
    """
    if words and words[0] != "--" and words[0].startswith("-"):
        raise UsageError(
            f"{words[0]} stands after the profile's name",
            hint="options come before it; a command so named comes after --",
        )
    progress = TerminalProgress(runtime)
    wish = Wish(profile, only, region, min_ttl)
    try:
        switch = switch_to(
            wish,
            runtime=runtime,
            notify=say_notice,
            progress=None if no_login else progress,
        )
    finally:
        progress.clear()
    given = words[1:] if words[:1] == ("--",) else words
    if not given and sys.stderr.isatty():
        say(f"awsenv: a shell in {summary(switch, runtime)}; exit leaves it")
    prepare(wish, switch, "", None, runtime)
    become(given or subshell(runtime.environment), switch.change.apply(runtime.environment))
