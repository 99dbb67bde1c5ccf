"""Switches as the tests need them: all variables set, and what a shell held before."""

from datetime import datetime, timezone

from shells.shell_runs import Shell

from awsenv.environ import OWNED_VARIABLES, Destination
from awsenv.model import Credentials, EnvChange
from awsenv.shells.quoting import quote

CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE",
    secret_access_key="canary/secret+key",
    session_token="canary=token==",
    expires_at=datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc),
)
UNICORN = Destination(
    "Team Unicorn",
    "eu-west-1",
    "111122223333",
    "Unicorn & Söhne",
    "Admin",
    CREDENTIALS,
    label="Team Unicorn Unicorn & Söhne {left}",
    sign_in="71b21161ffa1e6516bcc072aaf5ef38cbe85b511",
)
OLD = {name: f"old {name.lower()}" for name in OWNED_VARIABLES[::2]}
NEW = {name: f"new' {name.lower()}\n" for name in OWNED_VARIABLES if name not in OWNED_VARIABLES[::3]}
CHANGE = EnvChange({name: NEW.get(name) for name in OWNED_VARIABLES})


def preset(shell: Shell) -> str:
    """Return statements, written independently of the product's, that give a shell the old variables only."""
    if shell.dialect == "fish":
        erased = "; ".join(f"set -eg {name}" for name in OWNED_VARIABLES if name not in OLD)
        return erased + "; " + "; ".join(f"set -gx {name} '{value}'" for name, value in OLD.items())
    return f"unset {' '.join(OWNED_VARIABLES)}; " + "; ".join(f"export {n}='{value}'" for n, value in OLD.items())


def embedded(text: bytes, shell: Shell) -> str:
    """Return text as one word of a script."""
    return quote(text.decode("utf-8", "surrogateescape"), shell.dialect)
