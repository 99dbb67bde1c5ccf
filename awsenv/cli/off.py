"""awsenv off: print the statements that put this shell's AWS variables back."""

import sys

import click

from awsenv.actions.off import switch_off
from awsenv.cli import options
from awsenv.cli.terminal import say, say_notice, write, write_json
from awsenv.errors import UsageError
from awsenv.runtime import Runtime
from awsenv.shells.detection import dialect_for
from awsenv.shells.rendering import render


@click.command("off")
@options.shell_option
@options.json_option
@click.pass_obj
def command(runtime: Runtime, *, shell_name: str | None, as_json: bool) -> None:
    """Put back what the AWS variables were before the first `use` in this shell.

    With the hook it takes effect by itself. Without, evaluate what it prints:

    \b
    eval "$(awsenv off)"
    """
    if sys.stdout.isatty() and not as_json:
        raise UsageError("off prints statements for the shell, not for a terminal", hint='eval "$(awsenv off)"')
    dialect = dialect_for(shell_name, runtime)
    change = switch_off(runtime=runtime, notify=say_notice)
    if as_json:
        write_json(
            {
                "set": {name: value for name, value in change.variables.items() if value is not None},
                "unset": [name for name, value in change.variables.items() if value is None],
            }
        )
        return
    text = render(change, dialect)
    if sys.stderr.isatty() and "AWSENV_PROFILE" in runtime.environment:
        say(f"awsenv: left {runtime.environment['AWSENV_PROFILE']}; the AWS variables are as they were")
    write(text)
