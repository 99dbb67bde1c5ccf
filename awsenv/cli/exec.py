"""awsenv exec: become a command with a profile's environment."""

import os
import sys
from datetime import timedelta

import click

from awsenv.actions.prepare import prepare
from awsenv.actions.run import become, subshell
from awsenv.actions.switch import Switch, Wish
from awsenv.cli import options
from awsenv.cli.summary import place_of, summary
from awsenv.cli.switched import switched
from awsenv.cli.terminal import say, say_notice
from awsenv.errors import UsageError
from awsenv.model import Export, Notice
from awsenv.runtime import Runtime


@click.command(
    "exec",
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False},
    options_metavar="[OPTIONS]",
)
@options.switch_options
@click.option(
    "--server", "is_served", is_flag=True, help="Renew the credentials for as long as COMMAND runs; see awsenv serve."
)
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
    is_served: bool,
) -> None:
    """Become COMMAND with the environment of PROFILE; without a COMMAND, become a shell.

    Exit code and signals are the command's own; 125 means that awsenv failed before it, 126 that it cannot be
    executed, 127 that there is none.

    \b
    awsenv exec marketing -- cdk diff
    awsenv exec --server marketing -- terraform apply
    """
    _refuse_misplaced(words, only, is_served=is_served)
    wish = Wish(profile, "keys" if is_served else only, region, min_ttl)
    switch = switched(wish, runtime, may_ask=not no_login)
    given = words[1:] if words[:1] == ("--",) else words
    if not given and sys.stderr.isatty():
        # The keys that are served do not end with the first ones.
        place = place_of(switch) if is_served else summary(switch, runtime)
        say(f"awsenv: a shell in {place}; exit leaves it")
    if is_served:
        environment = _served(switch, min_ttl, runtime)
    else:
        prepare(wish, switch, "", None, runtime)
        environment = switch.change.apply(runtime.environment)
    become(given or subshell(runtime.environment), environment)


def _refuse_misplaced(words: tuple[str, ...], only: Export | None, *, is_served: bool) -> None:
    if words and words[0] != "--" and words[0].startswith("-"):
        raise UsageError(
            f"{words[0]} stands after the profile's name",
            hint="options come before it; a command so named comes after --",
        )
    if is_served and only:
        raise UsageError("--server hands out neither keys nor a profile: --only has no meaning beside it")


def _served(switch: Switch, min_ttl: timedelta | None, runtime: Runtime) -> dict[str, str]:
    from awsenv.actions.serve import Life, Server, served_change, shadows
    from awsenv.actions.serve_process import Ending
    from awsenv.cli.serve import report

    hidden = shadows(runtime)
    for place in hidden.values():
        say_notice(
            Notice("SDKs take these credentials before any server, so that the command does not see the file", place)
        )
    server = Server(switch, runtime, min_ttl)
    server.detach(Life(Ending(os.getpid())), report)
    return served_change(switch, server.gate, runtime).apply(runtime.environment) | dict.fromkeys(hidden, os.devnull)
