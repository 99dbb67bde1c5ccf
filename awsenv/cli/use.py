"""awsenv use: print the statements that switch this shell."""

import sys
from datetime import timedelta

import click

from awsenv.actions.hints import shown_argument
from awsenv.actions.prepare import prepare
from awsenv.actions.switch import Switch, Wish, switch_to
from awsenv.cli import options
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.summary import place_of, summary
from awsenv.cli.terminal import say, say_notice, write, write_json
from awsenv.errors import UsageError
from awsenv.model import Export
from awsenv.runtime import Runtime, shown
from awsenv.shells.detection import dialect_for
from awsenv.shells.rendering import render


@click.command(
    "use",
)
@options.switch_options
@options.shell_option
@options.json_option
@click.argument("profile", type=options.Text())
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profile: str,
    only: Export | None,
    region: str | None,
    min_ttl: timedelta | None,
    no_login: bool,
    shell_name: str | None,
    as_json: bool,
) -> None:
    """Print the statements that switch this shell to PROFILE; `-` is the profile before.

    \b
    eval "$(awsenv use unicorn)"
    """
    if sys.stdout.isatty() and not as_json:
        raise UsageError(
            "use prints statements for the shell, keys among them, and not for a terminal",
            hint=f'eval "$(awsenv use {shown_argument(profile)})"',
        )
    dialect = dialect_for(shell_name, runtime)
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
    if as_json:
        write_json(_described(switch))
        return
    text = render(switch.change, dialect)
    if sys.stderr.isatty():
        say(f"awsenv: {summary(switch, runtime)}")
    write(text)
    prepare(wish, switch, shown(place_of(switch)), dialect, runtime)


def _described(switch: Switch) -> dict[str, object]:
    there = switch.destination
    return {
        "profile": there.profile_name,
        "account_id": there.account_id,
        "account_name": there.account_name,
        "role": there.role,
        "region": there.region,
        "expires_at": there.credentials.expires_at if there.credentials else None,
        "export": switch.export,
        "set": {name: value for name, value in switch.change.variables.items() if value is not None},
        "unset": [name for name, value in switch.change.variables.items() if value is None],
    }
