"""An edit of a shared file that dies at any system call, or meets any error, leaves the old file or the new one."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from files_kill.faults import Call, calls_of_write, failed_at, killed_at, need_strace, run
from files_kill.test_killed_writes import ERRORS, WRITING
from stage import SOAK

from awsenv.files.editor import SharedFile, load_shared
from awsenv.files.owned import SectionId

OLD = b"# mine\r\n[default]\r\nregion = eu-west-1"
NEW_REGION = "eu-north-1"
X = SectionId("profile", "x")
# The gate takes every so many calls, another set for each layout; the long run all of them.
EVERY = 1 if SOAK else 5
RANDOM_KILLS = 1_000 if SOAK else 25
EDIT = str(Path(__file__).with_name("edit.py"))
Prepare = Callable[[Path], Path]


@pytest.fixture(autouse=True)
def strace() -> None:
    """Skip or fail without strace."""
    need_strace()


def first_edit(home: Path) -> Path:
    """Start with a file that awsenv never wrote."""
    (home / ".aws").mkdir(mode=0o700)
    path = home / ".aws" / "config"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def later_edit(home: Path) -> Path:
    """Start with a file that awsenv has written before."""
    path = first_edit(home)
    assert run(home, "config", "eu-west-3", "-o", "/dev/null").stdout == "written\n"
    return path


def linked(home: Path) -> Path:
    """Start with a link to a file elsewhere."""
    path = first_edit(home)
    (home / "dotfiles").mkdir(mode=0o700)
    path.rename(home / "dotfiles" / "config")
    path.symlink_to("../dotfiles/config")
    return path


def region_in(path: Path) -> str | None:
    """Return the region that awsenv wrote, with everything around it being whole."""
    text = load_shared(SharedFile(str(path), is_config=True))
    content = path.read_bytes()
    assert content.startswith(OLD), content
    values = text.find(X)
    assert values is None or (text.is_owned(X) and content.endswith(values["region"].encode()))
    assert values is not None or content == OLD
    return None if values is None else values["region"]


@pytest.mark.parametrize(("prepare", "offset"), [(first_edit, 0), (later_edit, 1), (linked, 2)])
def test_a_killed_edit_leaves_old_or_new(tmp_path: Path, prepare: Prepare, offset: int) -> None:
    """SIGKILL before every system call: old or new, whole, with its mode and link; the next edit sweeps up."""
    regions = set()
    calls = prepared_calls(tmp_path, prepare)
    for number, call in enumerate(calls[offset::EVERY]):
        home, path = prepared_home(tmp_path, f"home{number}", prepare)
        before = region_in(path)
        assert killed_at(call, home, "config", NEW_REGION), call
        after = region_in(path)
        regions.add((before, after))

        assert after in {before, NEW_REGION}, call
        assert path.stat().st_mode & 0o777 == 0o640, call
        assert path.is_symlink() == (prepare is linked)
        # What was killed may leave one file of its own, which others cannot read and the next edit takes away.
        left = list(home.rglob(".awsenv-*.tmp"))
        assert len(left) <= 1
        assert all(each.stat().st_mode & 0o777 in {0o600, 0o640} for each in left)
        assert run(home, "config", "eu-west-9", "-o", "/dev/null").stdout == "written\n"
        assert region_in(path) == "eu-west-9"
        assert list(home.rglob(".awsenv-*.tmp")) == []
        assert (home / ".aws" / "config.before-awsenv").read_bytes() == OLD
    assert {after == NEW_REGION for _, after in regions} == {False, True}


@pytest.mark.parametrize(("error", "offset"), [(error, index) for index, error in enumerate(ERRORS)])
@pytest.mark.parametrize("prepare", [first_edit, linked])
def test_a_failing_call_leaves_the_old_file_and_one_line(
    tmp_path: Path, prepare: Prepare, error: str, offset: int
) -> None:
    """Whichever call fails, and however: old content, no file left over, one line of reason with a path; or new."""
    calls = [call for call in prepared_calls(tmp_path, prepare) if call.name in WRITING]
    endings = set()
    for number, call in enumerate(calls[offset % EVERY :: EVERY]):
        home, path = prepared_home(tmp_path, f"home{number}", prepare)
        ended = failed_at(call, error, home, "config", NEW_REGION)
        first_word = ended.stdout.partition(":")[0].strip()
        endings.add(first_word)

        assert first_word in {"failed", "written"}, (call, ended)
        assert region_in(path) == (None if first_word == "failed" else NEW_REGION), (call, ended)
        assert first_word == "written" or str(home) in ended.stdout, (call, ended)
        assert ended.stdout.count("\n") == 1
        assert list(home.rglob(".awsenv-*")) == [], (call, ended)
    assert "failed" in endings


def test_edits_killed_at_random_times(tmp_path: Path) -> None:
    """SIGKILL at any moment, again and again on one file: it is always whole, and only ever gains sections."""
    home, path = prepared_home(tmp_path, "home", first_edit)
    chance = random.Random(7)  # noqa: S311 - test data
    seen = 0
    for number in range(RANDOM_KILLS):
        command = [sys.executable, "-S", "-B", EDIT, str(home), f"p{number % 50}", "20"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as writer:
            time.sleep(chance.uniform(0.0, 0.25))
            writer.send_signal(signal.SIGKILL)
        text = load_shared(SharedFile(str(path), is_config=True))
        count = len(list(text.owned()))

        assert path.read_bytes().startswith(OLD)
        assert count % 20 == 0
        assert count >= seen
        seen = count
    assert run(home, "config", NEW_REGION, "-o", "/dev/null").stdout == "written\n"
    assert list(home.rglob(".awsenv-*.tmp")) == []


def prepared_home(tmp_path: Path, name: str, prepare: Prepare) -> tuple[Path, Path]:
    """Return a home in its first state, and the path of its config file."""
    home = tmp_path / name
    home.mkdir()
    return home, prepare(home)


def prepared_calls(tmp_path: Path, prepare: Prepare) -> list[Call]:
    """Return the calls of an edit that is let through."""
    home, _ = prepared_home(tmp_path, "undisturbed", prepare)
    calls = calls_of_write(home, "config", NEW_REGION)
    assert len(calls) > 30
    return calls
