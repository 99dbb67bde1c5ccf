"""awsenv serve: a credentials endpoint on this machine, for what runs longer than keys live."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import click

from awsenv.actions.hints import shown_argument
from awsenv.actions.serve import Life, Server, served_change, shadows
from awsenv.actions.serve_env_file import remove_env_file, write_env_file
from awsenv.actions.serve_process import Ending, find_caller
from awsenv.actions.switch import Switch, Wish
from awsenv.cli import options
from awsenv.cli.summary import place_of
from awsenv.cli.switched import switched
from awsenv.cli.terminal import say, say_notice, write, write_json
from awsenv.errors import AwsenvError, IncompleteProfile, UsageError
from awsenv.model import Dialect, EnvChange, Notice
from awsenv.runtime import Runtime
from awsenv.shells.detection import dialect_for
from awsenv.shells.rendering import render


def report(error: AwsenvError) -> None:
    """Say in one line, in the midst of whatever else the terminal shows, what keeps credentials from being renewed."""
    say(f"awsenv: {error.problem}: {error.hint}" if error.hint else f"awsenv: {error.problem}")


@click.command("serve")
@options.no_login_option
@click.option(
    "--min-ttl", type=options.Duration(), metavar="TIME", help="Serve credentials with at least this left: 30m, 1h."
)
@click.option("--region", type=options.Region(), metavar="REGION", help="Use this region instead of the profile's.")
@click.option("--for", "lasts", type=options.Duration(), metavar="TIME", help="End after this time: 8h.")
@click.option(
    "--parent",
    type=click.IntRange(min=1),
    metavar="PID",
    help="Go to the background once the variables are printed, and end with this process.",
)
@options.shell_option
@options.json_option
@click.option(
    "--env-file", type=options.Text(), metavar="FILE", help="Write the variables to FILE, for docker --env-file."
)
@click.argument("profile", type=options.Text(), required=False)
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profile: str | None,
    no_login: bool,
    min_ttl: timedelta | None,
    region: str | None,
    lasts: timedelta | None,
    parent: int | None,
    shell_name: str | None,
    as_json: bool,
    env_file: str | None,
) -> None:
    """Serve the credentials of PROFILE, by default this shell's, to the SDKs of this machine, and renew them.

    Prints the variables that lead there, serves until Ctrl-C, and ends with the process that started it.

    \b
    eval "$(awsenv serve --parent $$ unicorn)"
    """
    dialect = _dialect(shell_name, profile, runtime, as_json=as_json, env_file=env_file)
    # At once: it may end while a person signs in.
    ending = Ending(parent or find_caller())
    switch = switched(Wish(_named(profile, runtime), "keys", region, min_ttl), runtime, may_ask=not no_login)
    server = Server(switch, runtime, min_ttl)
    change = served_change(switch, server.gate, runtime)
    if dialect is not None:
        for place in shadows(runtime).values():
            say_notice(Notice("SDKs take these credentials before any server: remove or rename them", place))
    life = Life(ending, lasts, _written(change, env_file))
    if parent is not None:
        server.detach(life, report)
    _hand_out(switch, change, dialect, as_json=as_json)
    _announce(switch, server.gate.port, f"process {parent} ends" if parent else "Ctrl-C")
    if parent is None:
        _let_go_of_stdout()
        number = server.serve(life, report)
        if number is not None:
            # As any command that is told to end.
            signal.raise_signal(number)


def _dialect(
    shell_name: str | None, profile: str | None, runtime: Runtime, *, as_json: bool, env_file: str | None
) -> Dialect | None:
    if as_json + (env_file is not None) + (shell_name is not None) > 1:
        raise UsageError("--shell, --json and --env-file are three ways to hand out the same: choose one")
    if as_json or env_file is not None:
        return None
    dialect = dialect_for(shell_name, runtime)
    if shell_name is None and sys.stdout.isatty():
        raise UsageError(
            "serve prints statements for the shell, a token among them, and not for a terminal",
            hint=_evaluated(dialect, profile),
        )
    return dialect


def _evaluated(dialect: Dialect, profile: str | None) -> str:
    name = shown_argument(profile) if profile else "PROFILE"
    if dialect == "fish":
        return f"awsenv serve --parent $fish_pid {name} | source"
    return f'eval "$(awsenv serve --parent $$ {name})"'


def _named(profile: str | None, runtime: Runtime) -> str:
    name = profile or runtime.environment.get("AWSENV_PROFILE")
    if not name:
        raise IncompleteProfile("this shell is in no profile, so that one has to be named", hint="awsenv serve PROFILE")
    return name


def _written(change: EnvChange, env_file: str | None) -> Callable[[], None] | None:
    if env_file is None:
        return None
    path = os.path.abspath(env_file)  # noqa: PTH100 - text, which may hold any byte
    text = write_env_file(path, change)
    return partial(remove_env_file, path, text)


def _announce(switch: Switch, port: int, until: str) -> None:
    if sys.stderr.isatty():
        say(f"awsenv: serving {place_of(switch)} on port {port} until {until}")


def _let_go_of_stdout() -> None:
    # Whoever reads the variables from a pipe is not to wait for the end of the server.
    sys.stdout.flush()
    if not sys.stdout.isatty():
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _hand_out(switch: Switch, change: EnvChange, dialect: Dialect | None, *, as_json: bool) -> None:
    if dialect is not None:
        write(render(change, dialect))
    elif as_json:
        there = switch.destination
        write_json(
            {
                "profile": there.profile_name,
                "account_id": there.account_id,
                "account_name": there.account_name,
                "role": there.role,
                "region": there.region,
                "set": {name: value for name, value in change.variables.items() if value is not None},
                "unset": [name for name, value in change.variables.items() if value is None],
            }
        )
