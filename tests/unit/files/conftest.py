"""What the tests of `files` start from."""

from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.model import Notice
from awsenv.runtime import Runtime


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home folder with an empty ~/.aws."""
    (tmp_path / ".aws").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def runtime(home: Path) -> Runtime:
    """Return a runtime in that home, with an empty environment and a clock that stands."""
    return make_runtime(home)


@pytest.fixture
def heard() -> list[Notice]:
    """Return a list whose `append` may be handed in for `notify`."""
    return []
