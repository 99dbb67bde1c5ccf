import errno
import os
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest
from cli.real_shells import wait_until
from stage import at_most
from unit.files.fakes import make_runtime

from awsenv.actions.background import within
from awsenv.runtime import from_process


def test_what_is_ready_in_time_comes_back_whole() -> None:
    """An answer of any length arrives, with nothing of it lost."""
    assert within(60, lambda: b"x" * 1_000_000, from_process()) == b"x" * 1_000_000


def test_work_that_fails_is_no_answer() -> None:
    """A child that ends without an answer is not waited for until the time is over."""

    def fail() -> NoReturn:
        sys.exit(3)

    assert within(60, fail, from_process()) is None


def test_work_that_takes_longer_comes_to_its_end_alone(tmp_path: Path) -> None:
    """Who is given up on goes on: without a terminal, and without the streams that somebody may wait for."""
    gate, done = tmp_path / "gate", tmp_path / "done"
    os.mkfifo(gate)

    def work() -> bytes:
        gate.read_text()
        own = os.getpgrp() == os.getpid()
        done.write_text(f"{own} {[str(Path(f'/proc/self/fd/{stream}').readlink()) for stream in range(3)]}")
        return b"too late"

    assert within(0, work, make_runtime(tmp_path)) is None
    gate.write_text("go")

    assert (
        wait_until(lambda: done.exists() and done.read_text(), "the child")
        == "True ['/dev/null', '/dev/null', '/dev/null']"
    )


def test_where_no_process_is_to_be_had_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine at its limit of processes costs an answer and nothing else."""

    def fork() -> NoReturn:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", fork)

    assert within(60, lambda: b"x", from_process()) is None


def test_a_pipe_that_the_shell_has_open_is_let_go(tmp_path: Path) -> None:
    """Who waits for the end of what this process could write does not wait for the child."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # noqa: FBT003 - the only form there is

    assert within(0, gate.read_bytes, from_process()) is None
    os.close(writer)

    assert os.read(reader, 1) == b""
    os.close(reader)
    gate.write_text("go")


def test_nobody_waits_longer_than_said(tmp_path: Path) -> None:
    """The wait ends when its time is over."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    began = time.monotonic()

    assert within(0.2, gate.read_bytes, from_process()) is None

    assert 0.2 <= time.monotonic() - began < at_most(2.0)
    gate.write_text("go")
