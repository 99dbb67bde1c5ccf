"""What the shell tests share."""

from pathlib import Path

import pytest
from shells.shell_runs import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a place to run scripts in, with a home that is nobody's."""
    return Bench(tmp_path)
