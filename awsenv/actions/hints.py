"""The next command to type, ready to paste."""

import re

from awsenv.model import Profile, SsoSession

_PLAIN = re.compile(r"(?!%)[A-Za-z0-9_./:@%+,-]+")


def login_command(sso_session: SsoSession, profile: Profile) -> str:
    """Return the command that signs in to `sso_session`, ready to paste."""
    if sso_session.name is not None:
        return session_command("login", sso_session.name)
    return f"awsenv login {shown_argument(profile.name)}"


def session_command(verb: str, name: str) -> str:
    """Return the command that does something with the sso-session of this name, ready to paste."""
    # A name that looks like an option is one, unless it is glued on.
    joined = "=" if name.startswith("-") else " "
    return f"awsenv {verb} --sso-session{joined}{quoted(name)}"


def shown_argument(text: str) -> str:
    """Return an argument as a person would type it last on a command line, quoted where it must be."""
    return f"-- {quoted(text)}" if text.startswith("-") else quoted(text)


def quoted(text: str) -> str:
    """Return a word for bash, zsh and fish alike.

    In single quotes fish reads two backslashes as one: for such a name there is no word for all three.
    """
    # zsh makes a command's path of =ls, fish a number of %self, and all three a home folder of ~.
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"
