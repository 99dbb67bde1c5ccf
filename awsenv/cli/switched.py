"""Switch for a command that goes on from there, with what a person sees of a sign-in meanwhile."""

from awsenv.actions.switch import Switch, Wish, switch_to
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say_notice
from awsenv.runtime import Runtime


def switched(wish: Wish, runtime: Runtime, *, may_ask: bool) -> Switch:
    """Return the switch; with `may_ask` a person at the terminal is offered to sign in, where that is needed.

    Raises:
        AwsenvError: as `switch_to`.
    """
    progress = TerminalProgress(runtime)
    try:
        return switch_to(wish, runtime=runtime, notify=say_notice, progress=progress if may_ask else None)
    finally:
        progress.clear()
