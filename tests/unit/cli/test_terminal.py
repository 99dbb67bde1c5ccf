"""What a person reads of moments, and what a program reads as JSON."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from awsenv.cli.terminal import time_left, write_json

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(0), "expired"),
        (timedelta(seconds=-1), "expired"),
        (timedelta(days=-400), "expired"),
        (timedelta(microseconds=1), "0m"),
        (timedelta(seconds=59), "0m"),
        (timedelta(minutes=1), "1m"),
        (timedelta(minutes=59, seconds=59), "59m"),
        (timedelta(hours=1), "1h00m"),
        (timedelta(hours=7, minutes=12), "7h12m"),
        (timedelta(hours=47, minutes=59), "47h59m"),
        (timedelta(hours=48), "2d0h"),
        (timedelta(days=400, hours=3), "400d3h"),
    ],
)
def test_time_left_in_the_largest_sensible_unit(left: timedelta, text: str) -> None:
    """The time left is rounded down, and what has no time left is expired."""
    assert time_left(NOW + left, NOW) == text


def test_time_left_without_an_end() -> None:
    """What has no end has a dash."""
    assert time_left(None, NOW) == "-"


def test_json_has_moments_and_odd_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """JSON is ASCII, moments are RFC 3339, and what is no JSON is a bug and not a guess."""
    write_json({"at": NOW, "name": "\udcff\u202e\x1b"})

    printed = capfdbinary.readouterr().out
    assert printed.isascii()
    assert b"\x1b" not in printed
    assert json.loads(printed) == {"at": "2026-03-29T12:00:00Z", "name": "\udcff\u202e\x1b"}
    with pytest.raises(TypeError, match="object"):
        write_json(object())
