import re

import pytest

from awsenv.model import Dialect
from awsenv.shells.preamble import DEFAULTS, render_preamble
from awsenv.shells.scripts import load_script

DIALECTS: tuple[Dialect, ...] = ("bash", "zsh", "fish")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_defaults_need_no_preamble(dialect: Dialect) -> None:
    """With nothing set, `init` is the file byte for byte."""
    assert render_preamble(DEFAULTS, dialect) == b""


def test_what_differs_is_assigned_and_quoted() -> None:
    """One assignment a line, only of what differs, each value quoted by the shell's own rule."""
    values = DEFAULTS | {"margin": "60", "guard_commands": "aws it's"}

    assert render_preamble(values, "zsh") == b"__awsenv_margin='60'\n__awsenv_guard_commands='aws it'\\''s'\n"
    assert render_preamble(values, "fish") == (
        b"builtin set -g __awsenv_margin '60'\nbuiltin set -g __awsenv_guard_commands 'aws it\\'s'\n"
    )


@pytest.mark.parametrize("name", [name for name, default in DEFAULTS.items() if default])
def test_the_shell_files_have_the_same_defaults(name: str) -> None:
    """What `init` leaves out is what the file takes by itself."""
    default = DEFAULTS[name]
    for dialect in DIALECTS[:2]:
        assert f"__awsenv_{name}-{default}" in load_script(dialect).decode()
    assert re.search(rf"set -g __awsenv_{name} '?{default}'?\n", load_script("fish").decode())
