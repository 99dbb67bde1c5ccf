"""The next command to type, ready to paste."""

import shlex

from awsenv.model import Profile, SsoSession


def login_command(sso_session: SsoSession, profile: Profile) -> str:
    """Return the command that signs in to `sso_session`, ready to paste."""
    if sso_session.name is not None:
        # A name that looks like an option is one, unless it is glued on.
        joined = "=" if sso_session.name.startswith("-") else " "
        return f"awsenv login --sso-session{joined}{shlex.quote(sso_session.name)}"
    return f"awsenv login {shown_argument(profile.name)}"


def shown_argument(text: str) -> str:
    """Return an argument as a person would type it last on a command line, quoted where it must be."""
    quoted = shlex.quote(text)
    return f"-- {quoted}" if text.startswith("-") else quoted
