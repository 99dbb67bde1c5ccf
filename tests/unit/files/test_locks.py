import fcntl
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from awsenv.errors import FileLocked, LocalFileError
from awsenv.files.locks import lock_path, locked
from awsenv.runtime import Runtime
from awsenv.values import replace

REPOSITORY = Path(__file__).parents[3]

PREAMBLE = """
import sys, time
from pathlib import Path
from awsenv.files.locks import locked
from awsenv.runtime import from_process
from awsenv.values import replace
home = Path(sys.argv[1])
runtime = replace(from_process(), home=home)
"""
COUNT = """
for _ in range(5):
    with locked(runtime, "counter", 60):
        number = int((home / "counter").read_text())
        time.sleep(0.001)
        (home / "counter").write_text(str(number + 1))
"""
HOLD = """
with locked(runtime, "x", 5):
    print("held", flush=True)
    sys.stdin.read()
"""
FORK = """
import os
from awsenv.errors import FileLocked
with locked(runtime, "x", 0):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        try:
            with locked(runtime, "x", 0):
                print("let in")
        except FileLocked:
            print("kept out")
"""


def start(script: str, home: Path) -> subprocess.Popen[str]:
    """Start a process that runs the script in that home."""
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + script, str(home)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ticking(runtime: Runtime) -> Runtime:
    """Return the runtime with the real clock, since other processes have it too."""
    return replace(runtime, monotonic=time.monotonic, sleep=time.sleep)


def test_only_one_process_at_a_time_is_inside(home: Path) -> None:
    """Of 32 processes that count in one file, none loses a count."""
    (home / "counter").write_text("0")
    processes = [start(COUNT, home) for _ in range(32)]
    for process in processes:
        process.communicate()

    assert [process.returncode for process in processes] == [0] * 32
    assert (home / "counter").read_text() == str(32 * 5)


def test_only_one_thread_at_a_time_is_inside(runtime: Runtime) -> None:
    """The lock holds between threads of one process as it does between processes."""
    inside: list[int] = []
    crowds: list[int] = []

    def work() -> None:
        for number in range(20):
            with locked(ticking(runtime), "x", 30):
                inside.append(number)
                crowds.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(crowds) == {1}
    assert len(crowds) == 80


def test_a_wait_is_bounded_and_names_the_holder(home: Path, runtime: Runtime) -> None:
    """Who waits longer than it said gets the holder's process id, and has slept no longer than that."""
    holder = start(HOLD, home)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(FileLocked) as raised, locked(runtime, "x", 10):
        pass
    with locked(runtime, "y", 0) as is_held:
        assert is_held
    holder.communicate()

    assert raised.value.problem == f'process {holder.pid} holds the lock "x" for more than 10 s'
    assert 10 <= runtime.monotonic() < 10.1


def test_a_holder_that_left_no_process_id_is_told_too(runtime: Runtime) -> None:
    """A holder whose disk was full is another process, and no less a holder."""
    path = Path(lock_path(runtime, "x"))
    path.parent.mkdir(parents=True, mode=0o700)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(FileLocked, match=r"^another process holds"), locked(runtime, "x", 0):
            pass


def test_a_killed_holder_frees_the_lock_at_once(home: Path, runtime: Runtime) -> None:
    """Once a holder is dead by SIGKILL, the next one is inside without any wait."""
    holder = start(HOLD, home)
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(runtime, "x", 0) as is_held:
        assert is_held
    holder.communicate()


def test_a_child_forked_inside_does_not_let_others_in(home: Path) -> None:
    """A fork that leaves the block closes its copy and leaves the lock to its parent."""
    assert start(FORK, home).communicate()[0] == "kept out\n"


def test_the_lock_file_is_private_and_stays(runtime: Runtime) -> None:
    """The file is 0600 in a 0700 folder that hangs on HOME alone, and is never removed, so that all lock the same."""
    with locked(runtime, "x", 0):
        pass
    path = Path(lock_path(runtime, "x"))

    assert path.is_relative_to(runtime.home / ".aws/awsenv/locks")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_lock_is_refused(runtime: Runtime) -> None:
    """The lock file is opened, never what a link leads to."""
    path = Path(lock_path(runtime, "x"))
    path.parent.mkdir(parents=True, mode=0o700)
    path.symlink_to(runtime.home / "elsewhere")
    with pytest.raises(LocalFileError, match=path.name), locked(runtime, "x", 0):
        pass

    assert not (runtime.home / "elsewhere").exists()


def test_an_error_inside_frees_the_lock(runtime: Runtime) -> None:
    """Whatever happens inside, the next one gets in."""
    with pytest.raises(ValueError, match="inside"), locked(runtime, "x", 0):
        raise ValueError("inside")
    with locked(runtime, "x", 0) as is_held:
        assert is_held
