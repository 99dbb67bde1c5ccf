import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from awsenv.errors import LocalFileError, UnsafeFolder
from awsenv.files.atomic import remove_file, write_private


def mode(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_and_folders_are_born_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """A new file is 0600 and each new folder above it 0700, under any umask."""
    before = os.umask(umask)
    try:
        write_private(f"{tmp_path}/a/b/file", b"x")
    finally:
        os.umask(before)

    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/file")] == [0o700, 0o700, 0o600]


def test_folders_that_exist_stay_as_they_are(tmp_path: Path) -> None:
    """A folder somebody made is theirs; a group that may write may be the user's own."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o775)
    write_private(f"{tmp_path}/a/file", b"x")

    assert mode(tmp_path / "a") == 0o775


def test_a_folder_that_everybody_may_change_is_refused(tmp_path: Path) -> None:
    """No secret goes where any user of the machine can put a file of theirs in its place; /tmp's sticky bit helps."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o777)
    with pytest.raises(UnsafeFolder, match=f"{tmp_path}/a"):
        write_private(f"{tmp_path}/a/file", b"x")
    (tmp_path / "a").chmod(0o1777)
    write_private(f"{tmp_path}/a/file", b"x")


def test_a_file_that_others_could_read_is_tightened_and_told(tmp_path: Path) -> None:
    """A looser mode is not kept, and a person hears once that it was."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o644)
    notice = write_private(str(path), b"new")

    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    assert str(notice) == f"{path}: others could read this file (mode 0644); now they cannot"
    assert write_private(str(path), b"newer") is None


def test_a_link_is_kept_and_its_target_written(tmp_path: Path) -> None:
    """Through a chain of links, as stow makes them, the file at the end is written, beside which the work is done."""
    dotfiles = tmp_path / "dotfiles" / "aws"
    dotfiles.mkdir(parents=True)
    (dotfiles / "real").write_bytes(b"old")
    home = tmp_path / "home"
    home.mkdir()
    (home / "l1").symlink_to("../dotfiles/aws/real")
    for number in range(2, 6):
        (home / f"l{number}").symlink_to(home / f"l{number - 1}" if number % 2 else f"l{number - 1}")
    write_private(f"{home}/l5", b"new")

    assert (dotfiles / "real").read_bytes() == b"new"
    assert all((home / f"l{number}").is_symlink() for number in range(1, 6))
    assert (len(list(home.iterdir())), len(list(dotfiles.iterdir()))) == (5, 1)


def test_a_link_in_place_of_a_folder_is_followed(tmp_path: Path) -> None:
    """A cache folder may live elsewhere."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_private(f"{tmp_path}/link/file", b"x")

    assert (tmp_path / "real/file").read_bytes() == b"x"


def test_a_dangling_link_makes_its_target(tmp_path: Path) -> None:
    """A link whose target is gone gets it back, if there is a folder for it, and else a clear word."""
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "lost").symlink_to("gone/target")
    write_private(f"{tmp_path}/link", b"x")

    assert ((tmp_path / "target").read_bytes(), (tmp_path / "link").is_symlink()) == (b"x", True)
    with pytest.raises(LocalFileError, match="whose folder does not exist"):
        write_private(f"{tmp_path}/lost", b"x")


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    """Links that lead to one another end in a clear word."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(LocalFileError, match="leads back to itself"):
        write_private(f"{tmp_path}/a", b"x")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_link_to_somebody_elses_file_is_refused(tmp_path: Path) -> None:
    """A link that belongs to the user and leads to another's file is not written through."""
    target = tmp_path / "target"
    target.write_bytes(b"old")
    os.chown(target, 12345, 12345)
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(LocalFileError, match="belongs to somebody else"):
        write_private(f"{tmp_path}/link", b"x")

    assert target.read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_under_sudo_the_file_stays_its_owners(tmp_path: Path) -> None:
    """Root that writes a user's file does not take it from them."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 12345, 12345)
    write_private(str(path), b"new")

    assert (path.read_bytes(), path.stat().st_uid, mode(path)) == (b"new", 12345, 0o600)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_only_regular_files_are_replaced(tmp_path: Path, kind: str) -> None:
    """A folder or a pipe of that name stays, with a clear word."""
    path = tmp_path / "x"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(LocalFileError, match="not a regular file"):
        write_private(str(path), b"x")
    with pytest.raises(LocalFileError, match="not a regular file"):
        remove_file(str(path))


@pytest.mark.parametrize("path", ["{}/" + "x" * 300, "{}/a\0b", "{}/file/below"])
def test_impossible_paths_are_told(tmp_path: Path, path: str) -> None:
    """A path that cannot be is an error with the path in it and leaves nothing."""
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(LocalFileError):
        write_private(path.format(tmp_path), b"x")

    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_write_that_does_not_fit_leaves_the_old_file(tmp_path: Path) -> None:
    """Where the new content has no room, the old one stands and nothing is left beside it."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(LocalFileError, match=f"cannot write {path}: File too large"):
            write_private(str(path), b"x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [(entry, entry.read_bytes()) for entry in tmp_path.iterdir()] == [(path, b"old")]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs files that nobody can remove")
def test_what_the_system_refuses_is_told() -> None:
    """A folder that cannot be made and a file that cannot be removed are named with the system's reason."""
    with pytest.raises(LocalFileError, match=r"^cannot write /proc/awsenv: "):
        write_private("/proc/awsenv/file", b"x")
    with pytest.raises(LocalFileError, match=r"^cannot remove /proc/self/status: "):
        remove_file("/proc/self/status")


def test_what_a_dead_process_left_is_swept(tmp_path: Path) -> None:
    """A temporary file of ours goes at the next write if it is old and its process is gone; no other file does."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    old = tmp_path / f".awsenv-{dead.pid}-old.tmp"
    young = tmp_path / f".awsenv-{dead.pid}-young.tmp"
    alive = tmp_path / f".awsenv-{os.getpid()}-alive.tmp"
    foreign = tmp_path / "tmpabc.tmp"
    odd = tmp_path / ".awsenv-odd.tmp"
    for path in (old, young, alive, foreign, odd):
        path.write_bytes(b"secret")
        if path is not young:
            os.utime(path, (1, 1))
    write_private(f"{tmp_path}/file", b"x")

    assert sorted(tmp_path.iterdir()) == sorted([young, alive, foreign, tmp_path / "file"])


def test_removing_follows_the_link_and_tells_whether_there_was_a_file(tmp_path: Path) -> None:
    """The secret itself goes, the link to it stays for the next one."""
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "link").symlink_to("target")

    assert remove_file(f"{tmp_path}/link") is True
    assert remove_file(f"{tmp_path}/link") is False
    assert remove_file(f"{tmp_path}/none/none") is False
    assert [path.name for path in tmp_path.iterdir()] == ["link"]
