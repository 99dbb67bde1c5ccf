"""awsenv export: print one profile's keys for another reader."""

import os
import sys
from datetime import timedelta
from typing import get_args

import click

from awsenv.actions.export import SECRETS, export_keys
from awsenv.actions.switch import Wish
from awsenv.cli import options
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say_notice, write
from awsenv.environ import emptied
from awsenv.model import EnvChange, Notice
from awsenv.runtime import Runtime
from awsenv.shells.detection import find_dialect
from awsenv.shells.formats import Format, render_format, render_masks


@click.command("export")
@options.key_options
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Format)),
    help="For which reader. Default: fish where fish calls, else env.",
)
@click.argument("profile", type=options.Text())
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profile: str,
    form: Format | None,
    region: str | None,
    min_ttl: timedelta | None,
    no_login: bool,
) -> None:
    """Print the keys and the region of PROFILE, quoted for whoever is to read them.

    What is printed is secret: a file for it should be readable for nobody else.

    \b
    awsenv export unicorn --format docker > keys.env
    """
    progress = TerminalProgress(runtime)
    try:
        change = export_keys(
            Wish(profile, None, region, min_ttl),
            runtime=runtime,
            notify=say_notice,
            progress=None if no_login else progress,
        )
    finally:
        progress.clear()
    form = form or ("fish" if find_dialect(runtime) == "fish" else "env")
    if form == "github":
        change = emptied(change, runtime.environment)
        _warn_of_profile(change, runtime)
    text = render_format(change, form)
    if form == "github" and runtime.environment.get("GITHUB_ACTIONS") == "true":
        # Before anything can show them: the runner reads its commands from stderr as well.
        os.write(sys.stderr.fileno(), render_masks([change.variables[name] or "" for name in SECRETS]))
    write(text)


def _warn_of_profile(change: EnvChange, runtime: Runtime) -> None:
    for name, value in change.variables.items():
        if value is None and runtime.environment.get(name):
            text = f"{name} is set in this job and no file can unset it: some tools go by it, and not by the keys"
            say_notice(Notice(text))
