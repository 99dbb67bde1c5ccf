"""The code of an MFA device, which only the person has."""

from collections.abc import Callable

from awsenv.actions.hints import shown_argument
from awsenv.errors import LoginDeclined, LoginRequired
from awsenv.model import Notice, Profile
from awsenv.runtime import Terminal

CODE_LENGTH = 6
TRIES = 3


def ask_token_code(
    profile: Profile, mfa_serial: str | None, *, terminal: Terminal, notify: Callable[[Notice], None]
) -> str | None:
    """Return the code that the person reads off the device; None for a role that needs none.

    Raises:
        LoginRequired: there is nobody to ask.
        LoginDeclined: no code was given, or none that could be one.
    """
    if mfa_serial is None:
        return None
    if not terminal.can_ask():
        raise LoginRequired(
            f'profile "{profile.name}" needs an MFA code of {mfa_serial}, and there is no terminal to ask on',
            hint=f"run awsenv use {shown_argument(profile.name)} in a terminal first",
        )
    for _ in range(TRIES):
        code = terminal.ask(f"awsenv: MFA code of {mfa_serial}: ", secret=True).strip()
        if code.isascii() and code.isdigit() and len(code) == CODE_LENGTH:
            return code
        if not code:
            break
        notify(Notice(f"an MFA code has {CODE_LENGTH} digits"))
    raise LoginDeclined(
        f'no MFA code was given for profile "{profile.name}"', hint=f"awsenv use {shown_argument(profile.name)}"
    )
