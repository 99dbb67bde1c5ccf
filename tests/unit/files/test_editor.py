import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from stage import SOAK
from unit.files.fakes import make_runtime

from awsenv.errors import ConfigError, LocalFileError, SectionNotOwned, UnsafeFolder
from awsenv.files.editor import (
    Edited,
    SharedFile,
    config_file,
    credentials_file,
    edit_shared,
    load_shared,
    rewrite_shared,
)
from awsenv.files.lossless import SharedText, parse_shared
from awsenv.files.owned import SectionId
from awsenv.files.reading import ignore
from awsenv.model import Notice
from awsenv.runtime import Runtime

PROCESSES, SECTIONS = (64, 50) if SOAK else (16, 10)
OLD = b"# mine\n[default]\nregion = eu-west-1\n"
X = SectionId("profile", "x")
EDIT = str(Path(__file__).parents[2] / "files_kill" / "edit.py")


def put_x(text: SharedText) -> None:
    """Put one section."""
    text.put(X, {"region": "eu-west-1"})


def edit(runtime: Runtime, notices: list[Notice] | None = None, change: Callable[[SharedText], None] = put_x) -> Edited:
    """Edit the config file."""
    notify = (notices if notices is not None else list[Notice]()).append
    return edit_shared(config_file(runtime), change, runtime=runtime, notify=notify)


def mode(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def config(home: Path) -> Path:
    """Write a config file and return its path."""
    path = home / ".aws" / "config"
    path.write_bytes(OLD)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_a_new_file_is_born_private(tmp_path: Path, umask: int) -> None:
    """Without any file or folder, they are made for their owner alone, whatever the umask; nothing is backed up."""
    before = os.umask(umask)
    try:
        edited = edit(make_runtime(tmp_path / "home"))
    finally:
        os.umask(before)
    path = tmp_path / "home" / ".aws" / "config"

    assert edited == Edited(is_written=True)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert path.read_bytes().startswith(b"[profile x]\n")


def test_the_file_of_before_is_kept_once(config: Path, runtime: Runtime) -> None:
    """Before the first change the whole file is put beside itself, and never again."""
    config.chmod(0o644)
    first = edit(runtime)
    second = edit(runtime, change=lambda text: text.remove(X))
    backup = config.with_name("config.before-awsenv")

    assert first == Edited(is_written=True, backup_path=str(backup))
    assert second == Edited(is_written=True)
    assert (backup.read_bytes(), mode(backup)) == (OLD, 0o600)
    assert config.read_bytes() == OLD


def test_without_a_change_nothing_is_written(config: Path, runtime: Runtime) -> None:
    """The file that is as it should be stays the very same file, and nothing comes beside it."""
    edit(runtime)
    before = config.stat()
    config.with_name("config.before-awsenv").unlink()

    assert edit(runtime) == Edited(is_written=False)
    assert config.stat() == before
    assert sorted(path.name for path in config.parent.iterdir()) == ["awsenv", "config"]


def test_a_change_that_is_refused_leaves_the_file(config: Path, runtime: Runtime) -> None:
    """A section that is somebody else's is refused by name and place, and what was put before it is not written."""

    def change(text: SharedText) -> None:
        put_x(text)
        text.put(SectionId("profile", "default"), {"region": "x"})

    with pytest.raises(SectionNotOwned, match=rf"\[default\] stands in {config}:2 and was not written by awsenv"):
        edit(runtime, change=change)
    assert config.read_bytes() == OLD


@pytest.mark.parametrize(
    ("before", "config_after", "credentials_after"),
    [(0o600, 0o600, 0o600), (0o400, 0o400, 0o400), (0o644, 0o644, 0o600), (0o664, 0o664, 0o600), (0o666, 0o664, 0o600)],
)
def test_a_mode_stays_or_gets_stricter(
    home: Path, runtime: Runtime, before: int, config_after: int, credentials_after: int
) -> None:
    """Who lets others read the config file has chosen so; keys are for nobody else, nor is it to change either file."""
    for file, after in ((config_file(runtime), config_after), (credentials_file(runtime), credentials_after)):
        path = Path(file.path)
        path.write_bytes(b"[y]\n")
        path.chmod(before)
        notices: list[Notice] = []
        section_id = SectionId("profile" if file.is_config else "credentials", "x")
        for _ in range(2):
            edit_shared(file, partial(put_any, section_id), runtime=runtime, notify=notices.append)

        assert mode(path) == after
        assert mode(home / ".aws" / f"{path.name}.before-awsenv") == 0o600
        assert len(notices) == (before != after)


def test_the_group_that_may_read_stays(config: Path, runtime: Runtime) -> None:
    """A file that a group may read is that group's afterwards, too; where it cannot be, no other group gets it."""
    group = 54321 if os.geteuid() == 0 else next((each for each in os.getgroups() if each != os.getegid()), None)
    if group is None:
        pytest.skip("one group only")
    os.chown(config, -1, group)
    config.chmod(0o640)
    edit(runtime)

    assert (config.stat().st_gid, mode(config)) == (group, 0o640)


def put_any(section_id: SectionId, text: SharedText) -> None:
    """Put a section, with another value each time."""
    number = int((text.find(section_id) or {}).get("number", "0"))
    text.put(section_id, {"number": str(number + 1)})


def stow(home: Path, elsewhere: Path) -> Path:
    """Link the file, relatively, as stow does."""
    (home / "dotfiles").mkdir()
    target = home / "dotfiles" / "config"
    (home / ".aws" / "config").symlink_to("../dotfiles/config")
    assert elsewhere
    return target


def chezmoi(home: Path, elsewhere: Path) -> Path:
    """Link the file by its whole path."""
    target = elsewhere / "private_config"
    (home / ".aws" / "config").symlink_to(target)
    return target


def chain(home: Path, elsewhere: Path) -> Path:
    """Link it through five links in two folders."""
    target = elsewhere / "real"
    (elsewhere / "l1").symlink_to("real")
    (elsewhere / "l2").symlink_to("l1")
    (home / "l3").symlink_to(elsewhere / "l2")
    (home / "l4").symlink_to("l3")
    (home / ".aws" / "config").symlink_to("../l4")
    return target


def folder(home: Path, elsewhere: Path) -> Path:
    """Link the whole folder."""
    (home / ".aws").rmdir()
    (elsewhere / "aws").mkdir()
    (home / ".aws").symlink_to(elsewhere / "aws")
    return elsewhere / "aws" / "config"


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """Return a folder on another file system, where the machine has one."""
    made = Path("/dev/shm") / f"awsenv-test-{os.getpid()}"
    if not made.parent.is_dir():
        pytest.skip("no /dev/shm")
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("lay", [stow, chezmoi, chain, folder])
def test_links_are_kept(
    home: Path, runtime: Runtime, tmp_path_factory: pytest.TempPathFactory, lay: Callable[[Path, Path], Path]
) -> None:
    """Stow, chezmoi, chains and linked folders: the file at the end changes, and every link is as it was."""
    check_links(home, runtime, tmp_path_factory.mktemp("elsewhere"), lay)


def test_a_link_to_another_disk_is_kept(home: Path, runtime: Runtime, other_disk: Path) -> None:
    """The work is done beside the target, so that another file system does not matter."""
    check_links(home, runtime, other_disk, chezmoi)


def check_links(home: Path, runtime: Runtime, elsewhere: Path, lay: Callable[[Path, Path], Path]) -> None:
    """Check one layout."""
    target = lay(home, elsewhere)
    target.write_bytes(OLD)
    target.chmod(0o644)
    before = links_in(home, elsewhere)
    edited = edit(runtime)

    assert links_in(home, elsewhere) == before
    assert target.read_bytes().startswith(OLD + b"\n[profile x]\n")
    # Beside the link: the folder of the dotfiles is a repository.
    assert edited.backup_path == f"{home}/.aws/config.before-awsenv"
    assert [path for path in target.parent.iterdir() if path.name.startswith(".awsenv-")] == []


def links_in(*folders: Path) -> dict[Path, str]:
    """Return where every link leads."""
    paths = [path for each in folders for path in (each, *each.rglob("*"))]
    return {path: os.readlink(path) for path in paths if path.is_symlink()}  # noqa: PTH115 - as it is written


def test_hard_links_are_told_of(config: Path, runtime: Runtime, heard: list[Notice]) -> None:
    """A file of two names cannot be replaced under both: the other one keeps the old content, and a person hears it."""
    other = config.with_name("other")
    other.hardlink_to(config)
    edit(runtime, heard)

    assert [str(notice) for notice in heard] == [f"{config}: the file's other names (hard links) keep what it was"]
    assert other.read_bytes() == OLD


@pytest.mark.parametrize(
    ("target", "problem"), [("config", "leads back to itself"), ("nowhere/config", "folder does not exist")]
)
def test_links_that_lead_nowhere_are_told(home: Path, runtime: Runtime, target: str, problem: str) -> None:
    """A loop and a link into no folder are refused in a sentence, and stay."""
    (home / ".aws" / "config").symlink_to(target)
    with pytest.raises(LocalFileError, match=problem):
        edit(runtime)
    assert links_in(home) == {home / ".aws" / "config": target}


def test_what_cannot_be_a_shared_file_is_refused(home: Path, config: Path) -> None:
    """An empty variable means no file, a folder is none, and where everybody may write, nothing is written."""
    with pytest.raises(ConfigError, match="AWS_CONFIG_FILE is empty"):
        config_file(make_runtime(home, {"AWS_CONFIG_FILE": ""}))
    with pytest.raises(LocalFileError, match="not a regular file"):
        edit(make_runtime(home, {"AWS_CONFIG_FILE": str(home / ".aws")}))
    config.parent.chmod(0o777)
    with pytest.raises(UnsafeFolder):
        edit(make_runtime(home))
    assert config.read_bytes() == OLD


def test_who_is_faster_is_not_overwritten(config: Path, runtime: Runtime) -> None:
    """A program without the lock that writes in between is seen, and the change is made to what it wrote."""
    interruptions = [b"[profile y]\n", b"[profile z]\n"]

    def change(text: SharedText) -> None:
        put_x(text)
        if interruptions:
            config.write_bytes(config.read_bytes() + interruptions.pop(0))

    edit(runtime, change=change)

    assert [str(each) for each in load_shared(config_file(runtime)).ids()] == [
        "[default]",
        "[profile y]",
        "[profile z]",
        "[profile x]",
    ]


def test_who_never_stops_writing_is_told_of(config: Path, runtime: Runtime) -> None:
    """After some tries it is given up."""

    def change(text: SharedText) -> None:
        put_x(text)
        config.write_bytes(config.read_bytes() + b"# again\n")

    with pytest.raises(LocalFileError, match="written by another program all the time"):
        edit(runtime, change=change)
    assert b"profile x" not in config.read_bytes()


def test_an_emptied_file_is_looked_at_again(config: Path, home: Path) -> None:
    """The AWS CLI empties the file before it fills it: what it then writes is not lost."""
    config.write_bytes(b"")
    clock = make_runtime(home)

    def sleep(seconds: float) -> None:
        config.write_bytes(OLD)
        clock.sleep(seconds)

    edit(Runtime(clock.environment, home, clock.now, clock.monotonic, sleep, clock.terminal))

    assert config.read_bytes().startswith(OLD)


def test_what_killed_writers_left_is_swept(config: Path, runtime: Runtime) -> None:
    """The next edit removes the temporary files of processes that are no more, and of no others."""
    finished = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    dead, alive = (config.with_name(f".awsenv-{number}-0a.tmp") for number in (finished.stdout.strip(), os.getpid()))
    for path in (dead, alive):
        path.touch()
    edit(runtime)

    assert (dead.exists(), alive.exists()) == (False, True)


def test_many_processes_lose_nothing(home: Path, config: Path, runtime: Runtime) -> None:
    """However many write into one file at once, every section is there afterwards, once, and all else as it was."""
    command = [sys.executable, "-S", "-B", EDIT, str(home)]
    writers = [
        subprocess.Popen([*command, f"p{number}", str(SECTIONS)], stdout=subprocess.PIPE) for number in range(PROCESSES)
    ]
    said = [writer.communicate(timeout=300)[0] for writer in writers]
    text = load_shared(config_file(runtime))

    assert said == [b"written\n"] * PROCESSES
    assert len(list(text.owned())) == PROCESSES * SECTIONS
    assert config.read_bytes().startswith(OLD)
    assert sorted(path.name for path in config.parent.iterdir()) == ["awsenv", "config", "config.before-awsenv"]


@pytest.mark.soak
def test_a_foreign_writer_beside_them(home: Path, config: Path, runtime: Runtime) -> None:
    """Beside the AWS CLI, which takes no lock and writes in place, awsenv's sections are whole or not there at all."""
    from stage import AWS_V1, clean_environment

    foreign = [
        subprocess.Popen(
            [AWS_V1, "configure", "set", "output", "json", "--profile", f"cli{number}"],
            env=clean_environment({"HOME": str(home)}),
        )
        for number in range(8)
    ]
    command = [sys.executable, "-S", "-B", EDIT, str(home)]
    own = [subprocess.Popen([*command, f"p{number}", "10"], stdout=subprocess.PIPE) for number in range(8)]
    assert [each.communicate(timeout=300)[0] for each in own] == [b"written\n"] * 8
    assert [each.wait(300) for each in foreign] == [0] * 8
    text = load_shared(config_file(runtime))

    assert {len(values) for _, values in text.owned()} <= {3}
    assert parse_shared(config.read_bytes(), "config", is_config=True).find(SectionId("profile", "default"))


def test_the_credentials_file_has_plain_headers(home: Path, runtime: Runtime) -> None:
    """There the whole header is the profile's name."""
    file = credentials_file(runtime)
    edit_shared(
        file,
        lambda text: text.put(SectionId("credentials", "a b"), {"aws_access_key_id": "AKIA"}),
        runtime=runtime,
        notify=list[Notice]().append,
    )

    assert (home / ".aws" / "credentials").read_text().splitlines()[0] == "[a b]"
    assert file == SharedFile(f"{home}/.aws/credentials", is_config=False)


def test_of_what_awsenv_alone_has_written_no_copy_is_kept(home: Path, runtime: Runtime) -> None:
    """A file that awsenv made is no file of before; with anybody else's key, section or comment it is one."""
    config, backup = home / ".aws" / "config", home / ".aws" / "config.before-awsenv"
    y = SectionId("profile", "y")
    edit(runtime)
    edit(runtime, change=partial(put_any, y))
    assert not backup.exists()

    own = config.read_bytes()
    for theirs in (own + b"output = json\n", b"# mine\n" + own, own + b"[default]\n", own + b"[odd\n"):
        config.write_bytes(theirs)
        edit(runtime, change=partial(put_any, SectionId("profile", "z")))
        assert backup.read_bytes() == theirs
        backup.unlink()

    config.write_bytes(b"\xff\xfe[\0")
    rewrite_shared(config_file(runtime), lambda _: b"", runtime=runtime, notify=ignore)
    assert backup.exists()
