from pathlib import Path

import pytest

from awsenv.errors import LocalFileError, UsageError
from awsenv.model import Dialect
from awsenv.shells.scripts import load_script

CHECKOUT = Path(__file__).parents[3]
DIALECTS: list[Dialect] = ["bash", "zsh", "fish"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_script_is_the_file_byte_for_byte(dialect: Dialect) -> None:
    """`init` and sourcing the file are the same thing."""
    assert load_script(dialect) == (CHECKOUT / "shell" / f"awsenv.{dialect}").read_bytes()


def test_a_wheel_carries_the_scripts_inside_the_package(tmp_path: Path) -> None:
    """Beside the package they count only where the package has none."""
    package = tmp_path / "awsenv"
    for folder, text in ((package / "shell", "in the wheel"), (tmp_path / "shell", "somebody else's")):
        folder.mkdir(parents=True)
        (folder / "awsenv.zsh").write_text(text)

    assert load_script("zsh", package) == b"in the wheel"


def test_plain_sh_has_no_script() -> None:
    """There is no hook for sh, and the hint says what to type instead."""
    with pytest.raises(UsageError, match='no init script for "sh"'):
        load_script("sh")


def test_a_missing_script_is_said(tmp_path: Path) -> None:
    """A broken installation is a line and not a traceback."""
    with pytest.raises(LocalFileError, match=r"awsenv\.bash is missing"):
        load_script("bash", tmp_path / "awsenv")


def test_an_unreadable_script_is_said(tmp_path: Path) -> None:
    """A file that cannot be read is named."""
    path = tmp_path / "shell" / "awsenv.fish"
    path.parent.mkdir()
    # A regular file that cannot be read, not even by root.
    path.symlink_to("/proc/self/mem")

    with pytest.raises(LocalFileError, match=r"cannot read .*awsenv\.fish: "):
        load_script("fish", tmp_path / "awsenv")
