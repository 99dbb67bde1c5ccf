"""awsenv use: print the statements that switch this shell."""

from datetime import timedelta

import click

from awsenv.actions.switch import Wish
from awsenv.cli import options
from awsenv.cli.switching import Line, print_switch
from awsenv.model import Export
from awsenv.runtime import Runtime


@click.command("use")
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
    """Switch this shell to PROFILE; `-` is the profile before.

    With the hook it takes effect by itself. Without, evaluate what it prints:

    \b
    eval "$(awsenv use unicorn)"
    """
    print_switch(
        runtime,
        Line(Wish(profile, only, region, min_ttl), shell_name, may_sign_in=not no_login, is_json=as_json),
    )
