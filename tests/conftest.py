"""Fixtures of all tests: nobody's real home, nobody's variables, no network but loopback."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import SOAK, furnish

from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer

# Started in the background or by nohup, the tests inherit signals that are ignored, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
    signal.signal(_number, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full numbers to `make soak`."""
    if not SOAK:
        soak = [item for item in items if item.get_closest_marker("soak")]
        if soak:
            config.hook.pytest_deselected(items=soak)
            items[:] = [item for item in items if item not in soak]


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS", "XDG_", "PYTHON")) or name in {"CI", "BASH_ENV", "ENV", "ZDOTDIR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("nobody")))


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Start a practice Identity Center; afterwards it must not have met an exception of its own."""
    with PracticeServer() as server:
        yield server
    assert server.failures == []


@pytest.fixture
def household(tmp_path: Path, practice: PracticeServer) -> Household:
    """Write the story's home folder, signed in everywhere."""
    home = tmp_path / "home"
    return furnish(home, practice)
