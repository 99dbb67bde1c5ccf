"""A write that dies at any system call leaves the old file or the new one, private, in its place."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files_kill.faults import Call, calls_of_write, failed_at, killed_at, need_strace, run
from unit.files.fakes import make_runtime

from awsenv.files.folders import make_private_folder
from awsenv.files.role_cache import credentials_path
from awsenv.files.tokens import token_path
from awsenv.model import SsoRole, SsoSession

# As in `write.py`.
SESSION = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
ROLE = SsoRole(SESSION, "123456789012", "Admin")
# What a write cannot do without; memory and signals of the interpreter are not ours to break.
WRITING = (
    "openat",
    "fchmod",
    "write",
    "fsync",
    "fstat",
    "newfstatat",
    "lstat",
    "stat",
    "close",
    "rename",
    "mkdir",
    "readlink",
    "getrandom",
)
Prepare = Callable[[Path, Path], None]

ERRORS = ("ENOSPC", "EROFS", "EACCES", "EMFILE", "EIO", "EDQUOT")


@pytest.fixture(autouse=True)
def strace() -> None:
    """Skip or fail without strace."""
    need_strace()


def nothing_there(_home: Path, _path: Path) -> None:
    """Start without any folder."""


def old_file(_home: Path, path: Path) -> None:
    """Start with an old file."""
    make_private_folder(str(path.parent))
    path.write_text(content("old"))
    path.chmod(0o600)


def linked_file(home: Path, path: Path) -> None:
    """Start with a link to an old file elsewhere."""
    make_private_folder(str(path.parent))
    (home / "dotfiles").mkdir(mode=0o700)
    (home / "dotfiles/file").write_text(content("old"))
    (home / "dotfiles/file").chmod(0o600)
    path.symlink_to(home / "dotfiles/file")


def content(secret: str) -> str:
    """Return a file that has the secret where either kind has it."""
    return json.dumps({"accessToken": secret, "Credentials": {"SecretAccessKey": secret}})


def secret_in(path: Path) -> str | None:
    """Return the whole secret in a file that must be whole, or None without a file."""
    if not path.exists():
        return None
    entry: dict[str, Any] = json.loads(path.read_text())
    secret = entry.get("Credentials", {}).get("SecretAccessKey") if "cli" in str(path) else entry["accessToken"]
    assert isinstance(secret, str)
    return secret


def path_of(what: str, home: Path) -> Path:
    """Return the path that `write.py` writes `what` to."""
    runtime = make_runtime(home)
    return Path(token_path(runtime, SESSION) if what == "token" else credentials_path(runtime, ROLE))


@pytest.mark.parametrize(
    ("what", "prepare"),
    [
        pytest.param("token", nothing_there, id="token, first of all"),
        pytest.param("token", linked_file, id="token behind a link"),
        pytest.param("role", old_file, id="role"),
    ],
)
def test_a_killed_write_leaves_old_or_new(tmp_path: Path, what: str, prepare: Prepare) -> None:
    """SIGKILL at every system call: the file is the old or the new one, 0600 in 0700, and a link is still a link."""
    states = set()
    calls = prepared_calls(tmp_path, what, prepare)
    for number, call in enumerate(calls):
        home, path = prepared_home(tmp_path, f"home{number}", what, prepare)
        before = secret_in(path)
        assert killed_at(call, home, what, "new"), call
        after = secret_in(path)
        states.add((before, after))

        assert after in {before, "new"}, call
        check_privacy(home)
        assert path.is_symlink() == (prepare is linked_file)
    old = None if prepare is nothing_there else "old"
    assert states == {(old, old), (old, "new")}


@pytest.mark.parametrize(
    ("error", "prepare"), [*((error, old_file) for error in ERRORS), ("EIO", linked_file), ("EACCES", linked_file)]
)
def test_a_failing_call_leaves_the_old_file_and_one_line(tmp_path: Path, error: str, prepare: Prepare) -> None:
    """Whichever call of a write fails, and however: old content, no file left over, one line with the path; or new."""
    calls = [call for call in prepared_calls(tmp_path, "token", prepare) if call.name in WRITING]
    assert len(calls) >= len(("openat", "fchmod", "write", "fsync", "close", "rename"))
    endings = set()
    for number, call in enumerate(calls):
        home, path = prepared_home(tmp_path, f"home{number}", "token", prepare)
        ended = failed_at(call, error, home, "token", "new")
        first_word = ended.stdout.partition(":")[0].strip()
        endings.add(first_word)

        assert first_word in {"failed", "written"}, (call, ended)
        assert secret_in(path) == ("old" if first_word == "failed" else "new"), (call, ended)
        assert first_word == "written" or str(path) in ended.stdout or "sso/cache" in ended.stdout, (call, ended)
        assert ended.stdout.count("\n") == 1
        assert list(home.rglob(".awsenv-*")) == [], (call, ended)
        check_privacy(home)
    assert "failed" in endings


@pytest.mark.parametrize("error", ["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def test_where_there_are_no_locks_one_goes_on_without(tmp_path: Path, error: str) -> None:
    """A file system without locks is told to the caller, who goes on."""
    ended = run(tmp_path, "lock", "-", "-o", "/dev/null", "-e", f"inject=flock:error={error}")

    assert ended.stdout == "no locks here\n"


def test_a_lock_that_fails_otherwise_is_an_error(tmp_path: Path) -> None:
    """An input/output error of a lock is neither held nor waited for."""
    ended = run(tmp_path, "lock", "-", "-o", "/dev/null", "-e", "inject=flock:error=EIO")

    assert ended.stdout.startswith("failed: cannot write")


def prepared_home(tmp_path: Path, name: str, what: str, prepare: Prepare) -> tuple[Path, Path]:
    """Return a home in its first state, and the path of the file."""
    home = tmp_path / name
    home.mkdir()
    path = path_of(what, home)
    prepare(home, path)
    return home, path


def prepared_calls(tmp_path: Path, what: str, prepare: Prepare) -> list[Call]:
    """Return the calls of a write that is let through."""
    home, _ = prepared_home(tmp_path, "undisturbed", what, prepare)
    return calls_of_write(home, what, "new")


def check_privacy(home: Path) -> None:
    """Check that all that was made is for its owner alone."""
    for path in home.rglob("*"):
        if not path.is_symlink():
            expected = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == expected, path
