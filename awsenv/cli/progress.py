"""What a person sees while signing in, on stderr: the page, the code to compare, and the time left."""

import os
import sys
from datetime import datetime

from awsenv.actions.flows import Login
from awsenv.cli.terminal import say
from awsenv.runtime import Runtime

_BROWSER = "the browser"
CLEAR = "\r\x1b[K"


class TerminalProgress:
    """Tells of a sign-in line by line; the time left counts down in place, where stderr is a terminal."""

    def __init__(self, runtime: Runtime) -> None:
        self._is_dumb = runtime.environment.get("TERM", "dumb") == "dumb"
        self._awaited = _BROWSER
        self._told: str | None = None
        self._shown: str | None = None

    def show_page(self, url: str, user_code: str | None, *, is_opened: bool, otherwise: str | None = None) -> None:
        """Show the page, and the code with the warning that goes with it."""
        self.clear()
        self._awaited = _BROWSER
        say("awsenv: the sign-in page is open in your browser:" if is_opened else "awsenv: sign in at this page:")
        say(f"    {url}")
        if user_code is not None:
            say(f"awsenv: it must show this code: {user_code}")
            say("awsenv: never approve a code that somebody sent you")
        elif otherwise and sys.stderr.isatty():
            # Only the page knows that it will not come back.
            say(f"awsenv: if it shows an error: Ctrl-C, then {otherwise}")

    def show_opened(self) -> None:
        """Tell where the page is to be found."""
        self.clear()
        say("awsenv: the page is open in your browser")

    def wait(self, seconds_left: float) -> None:
        """Count down, once a second at most; a terminal that cannot rewrite a line is told once."""
        if not sys.stderr.isatty():
            return
        minutes, seconds = divmod(max(int(seconds_left), 0), 60)
        line = _fitting(self._awaited, f"{minutes}:{seconds:02d} left")
        if self._is_dumb:
            if self._told != self._awaited:
                say(line)
            self._told = self._awaited
        elif line != self._shown:
            self._shown = line
            sys.stderr.write(f"{CLEAR}{line}")
            sys.stderr.flush()

    def wait_for_other(self, sentence: str) -> None:
        """Tell who is signing in already."""
        self.clear()
        self._awaited = "that sign-in"
        say(f"awsenv: {sentence}; waiting for {self._awaited}")

    def finish(self, login: Login) -> None:
        """Tell who is signed in, and until when by this machine's clock."""
        self.clear()
        until = _local_text(login.expires_at)
        reach = "" if login.accounts is None else f", {login.accounts} account{'s' if login.accounts != 1 else ''}"
        word = "signed in to" if login.is_new else "already signed in to"
        say(f"awsenv: {word} {login.sso_session.token_key}{reach}, until {until}")

    def clear(self) -> None:
        """Take the counting line away."""
        if self._shown is not None:
            self._shown = None
            sys.stderr.write(CLEAR)
            sys.stderr.flush()


def _local_text(moment: datetime) -> str:
    try:
        return moment.astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        # The last day that there is has no morning after: east of Greenwich it is over already.
        return moment.strftime("%Y-%m-%d %H:%M UTC")


def _fitting(awaited: str, left: str) -> str:
    # A line that wraps is not taken back by a carriage return; the time is what changes, and goes last.
    width = columns() - 1
    line = f"awsenv: waiting for {awaited}, {left}"
    lines = (f"{line}; Ctrl-C gives up", line, f"awsenv: waiting, {left}", f"awsenv: {left}")
    return next((line for line in lines if len(line) <= width), left[:width])


def columns() -> int:
    """Return how wide the terminal at stderr is."""
    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80
