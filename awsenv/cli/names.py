"""awsenv names: for the hook alone: print the names to complete, and leave them in a list for the next time."""

import click

from awsenv.actions.names import KINDS, rebuild_names
from awsenv.cli.terminal import write
from awsenv.runtime import Runtime


@click.command("names", hidden=True)
@click.argument("kind", type=click.Choice(list(KINDS)), required=False)
@click.pass_obj
def command(runtime: Runtime, *, kind: str | None) -> None:
    """Rebuild the list that shells complete from, and print the names of KIND, one a line."""
    found = rebuild_names(runtime)
    if kind is not None:
        write("".join(f"{name}\n" for name in found[kind]))
