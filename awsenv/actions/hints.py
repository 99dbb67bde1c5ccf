"""The next command to type, ready to paste."""

import re

from awsenv.model import Profile, SsoSession

_PLAIN = re.compile(r"(?!%)[A-Za-z0-9_./:@%+,-]+")


def login_command(sso_session: SsoSession, profile: Profile) -> str:
    """Return the command that signs in to `sso_session`, ready to paste."""
    if sso_session.name is not None:
        # A name that looks like an option is one, unless it is glued on.
        joined = "=" if sso_session.name.startswith("-") else " "
        return f"awsenv login --sso-session{joined}{quoted(sso_session.name)}"
    return f"awsenv login {shown_argument(profile.name)}"


def shown_argument(text: str) -> str:
    """Return an argument as a person would type it last on a command line, quoted where it must be."""
    return f"-- {quoted(text)}" if text.startswith("-") else quoted(text)


def quoted(text: str) -> str:
    """Return a word for bash, zsh and fish alike.

    In single quotes fish reads two backslashes as one: for such a name there is no word for all three.
    """
    # zsh makes a command's path of =ls, fish a number of %self, and all three a home folder of ~.
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"
