"""Programs that are started and not waited for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from awsenv.runtime import from_process


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, int], str]:
    """Return what makes a program of a name that ends at once with a status."""

    def make(name: str, status: int) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {status}\n")
        path.chmod(0o700)
        return str(path)

    return make


@pytest.mark.parametrize("name", ["rundll32.exe", "CHROME.EXE"])
def test_what_a_windows_program_ends_with_means_nothing(program: Callable[[str, int], str], name: str) -> None:
    """Programs of Windows end with 1 in WSL though the page is open; one that cannot be started is told of."""
    start = from_process().start
    start([program(name, 1), "https://page.example"])
    with pytest.raises(OSError, match="status 126"):
        start([program(name, 126), "https://page.example"])


def test_what_another_program_ends_with_is_its_failure(program: Callable[[str, int], str]) -> None:
    """A browser that fails at once has opened no page."""
    with pytest.raises(OSError, match="it ended at once, with status 1"):
        from_process().start([program("firefox", 1)])
