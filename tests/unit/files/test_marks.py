from datetime import timedelta
from pathlib import Path

import pytest
from unit.files.fakes import NOW, make_runtime

from awsenv.files.marks import dead_mark_path, find_mark, leave_dead_mark, leave_mark
from awsenv.runtime import Runtime

NAME = "71b21161ffa1e6516bcc072aaf5ef38cbe85b511"


def test_the_mark_of_a_dead_sign_in_is_where_the_hook_looks(home: Path) -> None:
    """The mark is a private file in a private folder, called as the token file is, and of the time that it is told."""
    runtime = make_runtime(home)

    leave_dead_mark(runtime, NAME, NOW)

    mark = home / ".aws" / "awsenv" / "dead" / NAME
    assert dead_mark_path(runtime, NAME) == str(mark)
    assert (mark.stat().st_mode & 0o777, mark.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (mark.read_bytes(), mark.stat().st_mtime) == (b"", NOW.timestamp())


def test_a_dead_mark_is_touched_anew(home: Path) -> None:
    """The mark of yesterday is moved to today."""
    runtime = make_runtime(home)
    leave_dead_mark(runtime, NAME, NOW - timedelta(days=1))

    leave_dead_mark(runtime, NAME, NOW)

    assert Path(dead_mark_path(runtime, NAME)).stat().st_mtime == NOW.timestamp()


@pytest.mark.parametrize("obstacle", ["file", "link", "open to all"])
def test_where_no_mark_can_be_left_nothing_happens(home: Path, obstacle: str) -> None:
    """A mark is a courtesy: neither a file in the way, nor a link, nor an unsafe folder makes a failure of it."""
    runtime = make_runtime(home)
    folder = home / ".aws" / "awsenv"
    folder.mkdir(parents=True)
    target = home / "target"
    if obstacle == "file":
        (folder / "dead").write_text("x")
    else:
        (folder / "dead").mkdir()
        if obstacle == "link":
            (folder / "dead" / NAME).symlink_to(target)
        else:
            (folder / "dead").chmod(0o777)

    leave_dead_mark(runtime, NAME, NOW)

    assert not target.exists()
    assert obstacle != "open to all" or not (folder / "dead" / NAME).exists()


def test_other_marks_are_found_by_name(runtime: Runtime) -> None:
    """A mark that was never left, or has no place to lie in, is none."""
    assert find_mark(runtime, "x") is None
    leave_mark(runtime, "x")
    assert find_mark(runtime, "x") is None
