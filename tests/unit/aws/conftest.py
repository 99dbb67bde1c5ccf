"""An authority for the tests of TLS."""

import pytest
from certificates import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Found an authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Found an authority that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "Stranger")
