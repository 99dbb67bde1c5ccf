"""What the tests of the hook share."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hook.stand_in import StandIn, install
from hook.terminals import Terminal, open_terminal

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    """Return the stand-in for the program."""
    return install(tmp_path / "stand-in")


@pytest.fixture
def sit(tmp_path: Path, stand_in: StandIn) -> Iterator[Any]:
    """Return what opens a terminal whose shell is switched; all of them are closed afterwards."""
    with contextlib.ExitStack() as stack:
        count = iter(range(100))

        def opened(
            shell: str, more: Mapping[str, str | None] | None = None, *, left: int = 3590, **how: Any
        ) -> Terminal:
            folder = tmp_path / f"desk{next(count)}"
            return stack.enter_context(open_terminal(shell, folder, stand_in.environment(more, left=left), **how))

        yield opened
