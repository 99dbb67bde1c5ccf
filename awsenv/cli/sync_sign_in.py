"""The question whether to sign in, for a command that has a bar on the screen."""

from functools import partial

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.sync_keys import OfferLogin
from awsenv.cli.bar import Bar
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say
from awsenv.files.settings import Settings
from awsenv.model import Notice
from awsenv.runtime import Runtime


class Offer:
    """Offers to sign in, where somebody is there and is to be asked; takes the bar away for it."""

    def __init__(
        self, settings: Settings, progress: TerminalProgress, bar: Bar, runtime: Runtime, *, may_ask: bool
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._bar = bar
        self._runtime = runtime
        self._may_ask = may_ask

    def find(self, finder: CredentialFinder) -> OfferLogin | None:
        """Return what offers the login for `finder`, or None."""
        if not (self._may_ask and self._runtime.terminal.can_ask()):
            return None
        from awsenv.actions.login import offer_login

        self._bar.clear()
        return partial(offer_login, settings=self._settings, finder=finder, progress=self._progress)

    def notify(self, notice: Notice) -> None:
        """Tell a notice on a line of its own."""
        self._bar.clear()
        say(f"awsenv: warning: {notice}")
