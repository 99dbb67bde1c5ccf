from pathlib import Path

import pytest

from awsenv.errors import LocalFileError, UsageError
from awsenv.model import Dialect
from awsenv.shells.scripts import PARTS, load_script

CHECKOUT = Path(__file__).parents[3]
DIALECTS: list[Dialect] = ["bash", "zsh", "fish"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_script_is_its_parts_byte_for_byte(dialect: Dialect) -> None:
    """`init` prints the files of the shell, whole and in order, and no others."""
    folder = CHECKOUT / "shell"

    assert load_script(dialect) == b"\n".join((folder / part).read_bytes() for part in PARTS[dialect])
    assert {path.name for path in folder.iterdir()} == {part for parts in PARTS.values() for part in parts}


def test_a_wheel_carries_the_scripts_inside_the_package(tmp_path: Path) -> None:
    """Beside the package they count only where the package has none."""
    package = tmp_path / "awsenv"
    _furnish(package / "shell", b"in the wheel")
    _furnish(tmp_path / "shell", b"somebody else's")

    assert load_script("fish", package) == b"\n".join([b"in the wheel"] * len(PARTS["fish"]))


def test_plain_sh_has_no_script() -> None:
    """There is no hook for sh, and the hint says what to type instead."""
    with pytest.raises(UsageError, match='no init script for "sh"'):
        load_script("sh")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_missing_part_is_said(dialect: Dialect, tmp_path: Path) -> None:
    """A broken installation is a line and not a traceback, and never half a hook."""
    _furnish(tmp_path / "shell", b"here")
    (tmp_path / "shell" / f"guard.{dialect}").unlink()

    with pytest.raises(LocalFileError, match=rf"guard\.{dialect} is missing"):
        load_script(dialect, tmp_path / "awsenv")


def test_an_unreadable_part_is_said(tmp_path: Path) -> None:
    """A file that cannot be read is named."""
    _furnish(tmp_path / "shell", b"here")
    path = tmp_path / "shell" / "awsenv.fish"
    path.unlink()
    # A regular file that cannot be read, not even by root.
    path.symlink_to("/proc/self/mem")

    with pytest.raises(LocalFileError, match=r"cannot read .*awsenv\.fish: "):
        load_script("fish", tmp_path / "awsenv")


def _furnish(folder: Path, text: bytes) -> None:
    folder.mkdir(parents=True)
    for part in {part for parts in PARTS.values() for part in parts}:
        (folder / part).write_bytes(text)
