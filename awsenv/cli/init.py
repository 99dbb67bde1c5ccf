"""awsenv init: print the hook, which makes `use` and `off` take effect without eval, with the settings before it."""

import os
import sys
from pathlib import Path
from site import getusersitepackages

import click

import awsenv
from awsenv.cli import options
from awsenv.cli.terminal import say_error, write
from awsenv.errors import AwsenvError, UsageError
from awsenv.files.settings import Settings, load_settings
from awsenv.model import Dialect
from awsenv.runtime import Runtime, decoded
from awsenv.shells.detection import parse_dialect
from awsenv.shells.preamble import render_preamble
from awsenv.shells.scripts import load_script


@click.command("init")
@click.option("--no-prompt", is_flag=True, help="Leave the prompt alone: place $AWSENV_SEGMENT in it yourself.")
@click.argument("shell_name", metavar="SHELL", type=options.Text(), required=False)
@click.pass_obj
def command(runtime: Runtime, *, shell_name: str | None, no_prompt: bool) -> None:
    """Print the hook for SHELL, which switches without eval, says in the prompt where it is, and renews keys.

    \b
    eval "$(awsenv init zsh)"        # in ~/.zshrc; bash the same in ~/.bashrc
    awsenv init fish | source        # in ~/.config/fish/config.fish
    """
    dialect = _dialect(shell_name)
    script = load_script(dialect)
    values = _values(runtime) | _program(runtime) | ({"prompt": "off"} if no_prompt else {})
    write(render_preamble(values, dialect) + script)


def _dialect(name: str | None) -> Dialect:
    hint = "awsenv init with one of: bash, zsh, fish"
    if name is None:
        raise UsageError("which shell?", hint=hint)
    try:
        return parse_dialect(name)
    except UsageError as error:
        error.hint = hint
        raise


def _program(runtime: Runtime) -> dict[str, str]:
    # By this very interpreter, with no shim of a version manager between, and isolated: a project that sets PYTHONPATH
    # must not break the hook. Who is found by such means alone is left to PATH.
    by_the_caller = {getusersitepackages(), *runtime.environment.get("PYTHONPATH", "").split(os.pathsep)}
    by_the_caller |= set(sys.path[:1]) - set(sys.path[1:])
    homes = {str(Path(package.__file__ or "").parents[1]) for package in (click, awsenv)}
    if not sys.executable or homes & by_the_caller:
        return {}
    return {"python": decoded(sys.executable), "stub": decoded(str(Path(awsenv.__file__).with_name("__main__.py")))}


def _values(runtime: Runtime) -> dict[str, str]:
    try:
        settings = load_settings(runtime)
    except AwsenvError as error:
        # A shell without its hook would be worse than one with the defaults.
        say_error(error)
        settings = Settings()
    colours = settings.colours
    return {
        "margin": str(int(settings.renew_margin.total_seconds())),
        "guard": settings.guard_mode,
        "guard_commands": " ".join(settings.guard_commands),
        "prompt": "auto" if settings.prompt_enabled else "off",
        "colours": f"{colours.valid} {colours.soon} {colours.expired} {colours.protected}",
    }
