"""The few assignments that stand before the hook's own text, for settings that are not the default."""

from collections.abc import Mapping

from awsenv.model import Dialect
from awsenv.runtime import encoded
from awsenv.shells.quoting import quote

# What the shell files take where nothing is assigned.
DEFAULTS = {
    "margin": "300",
    "guard": "ask",
    "guard_commands": "",
    "prompt": "auto",
    "colours": "32 33 31 35",
    # The interpreter and the file that it runs; without them, the program that PATH leads to.
    "python": "",
    "stub": "",
}


def render_preamble(values: Mapping[str, str], dialect: Dialect) -> bytes:
    """Return the assignments of what differs from `DEFAULTS`; nothing where nothing does."""
    assignment = "builtin set -g __awsenv_{} {}\n" if dialect == "fish" else "__awsenv_{}={}\n"
    differing = {name: value for name, value in values.items() if value != DEFAULTS[name]}
    return encoded("".join(assignment.format(name, quote(value, dialect)) for name, value in differing.items()))
