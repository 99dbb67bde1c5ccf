"""Print a switch. Without click: a plain `use` does not load it."""

import sys
from collections.abc import Sequence

from awsenv.actions.hints import shown_argument
from awsenv.actions.prepare import prepare
from awsenv.actions.switch import Switch, Wish, switch_to
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.summary import place_of, summary
from awsenv.cli.terminal import say, say_notice, write, write_json
from awsenv.errors import UsageError
from awsenv.runtime import Runtime, decoded, shown
from awsenv.shells.detection import dialect_for
from awsenv.shells.rendering import render
from awsenv.values import Value


class Line(Value):
    """A command line of `use`; `shell_name` is None where the calling shell is to be found out."""

    wish: Wish
    shell_name: str | None = None
    may_sign_in: bool = True
    is_json: bool = False


def parse_plain(arguments: Sequence[str]) -> Line | None:
    """Return what a command line of `use` says, or None where anything but the usual stands in it.

    What it takes is `use [--shell SHELL] [--no-login] PROFILE`; all else is click's to read, and to complain of.
    """
    rest = list(arguments[:0:-1])
    names, shell_name, may_sign_in = list[str](), None, True
    while rest:
        word = rest.pop()
        if word == "--shell" and rest:
            shell_name = decoded(rest.pop())
        elif word == "--no-login":
            may_sign_in = False
        elif word.startswith("-") and word != "-":
            return None
        else:
            names.append(decoded(word))
    return Line(Wish(names[0]), shell_name, may_sign_in=may_sign_in) if len(names) == 1 else None


def print_switch(runtime: Runtime, line: Line) -> None:
    """Print the statements that switch the shell, or describe them as JSON, and prepare the next time.

    Raises:
        UsageError: they would be shown on a terminal, or the shell is none.
        AwsenvError: as `switch_to`.
    """
    if sys.stdout.isatty() and not line.is_json:
        raise UsageError(
            "use prints statements for the shell, keys among them, and not for a terminal",
            hint=f'eval "$(awsenv use {shown_argument(line.wish.name)})"',
        )
    dialect = dialect_for(line.shell_name, runtime)
    progress = TerminalProgress(runtime)
    try:
        switch = switch_to(
            line.wish,
            runtime=runtime,
            notify=say_notice,
            progress=progress if line.may_sign_in else None,
        )
    finally:
        progress.clear()
    if line.is_json:
        write_json(_described(switch))
        return
    text = render(switch.change, dialect)
    if sys.stderr.isatty():
        say(f"awsenv: {summary(switch, runtime)}")
    write(text)
    prepare(line.wish, switch, shown(place_of(switch)), dialect, runtime)


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
