"""A practice center without sockets, on a clock that the test moves."""

import pytest
from unit.demo.callers import Caller, Clock

from awsenv.demo.center import Center
from awsenv.demo.mint import Mint
from awsenv.demo.rules import Rules
from awsenv.demo.story import story


@pytest.fixture
def clock() -> Clock:
    """Stand at nine o'clock on a working day."""
    return Clock()


@pytest.fixture
def center(clock: Clock) -> Center:
    """Give the story's world, the same keys in each test."""
    return Center(story(seed="tests", more_accounts=120), Rules(), Mint("tests"), clock)


@pytest.fixture
def caller(center: Center) -> Caller:
    """Give a program that calls the center."""
    return Caller(center)
