import os
import stat
from pathlib import Path

import pytest

from awsenv.errors import LocalFileError, MalformedConfig
from awsenv.files.rc import edit_rc, find_rc
from awsenv.files.reading import ignore
from awsenv.model import Notice
from awsenv.runtime import Runtime


def append(content: bytes | None) -> bytes:
    """Add a line."""
    return (content or b"") + b"line\n"


def edit(path: Path, runtime: Runtime, heard: list[Notice] | None = None) -> bool:
    """Add a line to the file."""
    return edit_rc(str(path), append, runtime=runtime, notify=(heard if heard is not None else []).append)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_the_mode_is_kept(home: Path, runtime: Runtime, mode: int) -> None:
    """The file keeps its mode; nothing but the file is left in the folder."""
    path = home / ".zshrc"
    path.write_bytes(b"a\n")
    path.chmod(mode)

    assert edit(path, runtime)
    assert path.read_bytes() == b"a\nline\n"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert sorted(each.name for each in home.iterdir()) == [".aws", ".zshrc"]


def test_a_new_file_is_made_with_its_folder(home: Path, runtime: Runtime) -> None:
    """A missing file is made, for its owner alone, and so is its folder."""
    path = home / ".config" / "fish" / "config.fish"

    assert edit(path, runtime)
    assert path.read_bytes() == b"line\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(home: Path, runtime: Runtime) -> None:
    """Dotfiles that stow or chezmoi link to are written where they are, through a chain of links and relative ones."""
    (home / "dotfiles").mkdir()
    target = home / "dotfiles" / "zshrc"
    target.write_bytes(b"a\n")
    (home / "between").symlink_to("dotfiles/zshrc")
    path = home / ".zshrc"
    path.symlink_to(home / "between")

    assert edit(path, runtime)
    assert path.is_symlink()
    assert target.read_bytes() == b"a\nline\n"


def test_a_read_only_file_is_left_alone(home: Path, runtime: Runtime) -> None:
    """A file that its owner may not write is not replaced by one that is writable."""
    path = home / ".zshrc"
    path.write_bytes(b"a\n")
    path.chmod(0o444)

    with pytest.raises(LocalFileError, match="read-only"):
        edit(path, runtime)
    assert path.read_bytes() == b"a\n"


def test_what_is_no_file_is_refused(home: Path, runtime: Runtime) -> None:
    """A folder, a pipe or a link into nowhere is named, and nobody waits for it."""
    (home / "folder").mkdir()
    os.mkfifo(home / "pipe")
    (home / "dangling").symlink_to(home / "nowhere" / "rc")
    for name in ("folder", "pipe", "dangling"):
        with pytest.raises((LocalFileError, MalformedConfig), match=name):
            edit(home / name, runtime)


def test_no_change_writes_nothing(home: Path, runtime: Runtime) -> None:
    """Where nothing changes, the file stays the very same; a missing one is not made."""
    path = home / ".zshrc"
    path.write_bytes(b"a\n")
    before = path.stat()

    assert not edit_rc(str(path), lambda content: content, runtime=runtime, notify=ignore)
    assert not edit_rc(str(home / "none"), lambda content: content, runtime=runtime, notify=ignore)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not (home / "none").exists()


def test_a_file_may_go(home: Path, runtime: Runtime) -> None:
    """Where nothing is to be left, the file goes."""
    path = home / ".zshrc"
    path.write_bytes(b"a\n")

    assert edit_rc(str(path), lambda _: None, runtime=runtime, notify=ignore)
    assert not path.exists()
    assert find_rc(str(path)) is None


def test_who_writes_meanwhile_loses_nothing(home: Path, runtime: Runtime) -> None:
    """What another program writes while the change is made is read again, and kept."""
    path = home / ".zshrc"
    path.write_bytes(b"a\n")
    seen: list[bytes | None] = []

    def change(content: bytes | None) -> bytes:
        if not seen:
            path.write_bytes(b"theirs\n")
        seen.append(content)
        return append(content)

    assert edit_rc(str(path), change, runtime=runtime, notify=ignore)
    assert seen == [b"a\n", b"theirs\n"]
    assert path.read_bytes() == b"theirs\nline\n"


def test_other_names_of_the_file_are_told_of(home: Path, runtime: Runtime, heard: list[Notice]) -> None:
    """A hard link keeps the old content, and that is said."""
    path = home / ".zshrc"
    path.write_bytes(b"a\n")
    (home / "twin").hardlink_to(path)

    assert edit(path, runtime, heard)
    assert (home / "twin").read_bytes() == b"a\n"
    assert "hard links" in str(heard[0])
