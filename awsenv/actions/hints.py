"""The next command to type, ready to paste."""

import shlex

from awsenv.model import Profile, SsoSession


def login_command(sso_session: SsoSession, profile: Profile) -> str:
    """Return the command that signs in to `sso_session`, ready to paste."""
    if sso_session.name is not None:
        return f"awsenv login --sso-session {shown_argument(sso_session.name)}"
    return f"awsenv login {shown_argument(profile.name)}"


def shown_argument(text: str) -> str:
    """Return an argument as a person would type it, quoted where it must be."""
    return shlex.quote(text)
