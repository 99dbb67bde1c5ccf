"""awsenv init: print the shell function that makes `use` and `off` take effect without eval."""

import click

from awsenv.cli import options
from awsenv.cli.terminal import write
from awsenv.shells.detection import parse_dialect
from awsenv.shells.scripts import load_script


@click.command("init", short_help="Print the shell function for bash, zsh or fish.")
@click.argument("shell_name", metavar="SHELL", type=options.Text())
def command(*, shell_name: str) -> None:
    """Print the shell function `awsenv` for SHELL: with it, `awsenv use` and `awsenv off` need no eval.

    \b
    eval "$(awsenv init zsh)"        # in ~/.zshrc; bash the same in ~/.bashrc
    awsenv init fish | source        # in ~/.config/fish/config.fish
    """
    write(load_script(parse_dialect(shell_name)))
