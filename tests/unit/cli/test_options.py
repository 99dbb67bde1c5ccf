"""The kinds of value that options take."""

from datetime import timedelta

import click
import pytest

from awsenv.cli.options import Duration, Region, Text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1h1m1s", timedelta(seconds=3661)),
        ("900", timedelta(minutes=15)),
        ("0", timedelta()),
    ],
)
def test_durations(text: str, span: timedelta) -> None:
    """A time is written in hours, minutes and seconds, or in bare seconds."""
    assert Duration().convert(text, None, None) == span


@pytest.mark.parametrize(
    "text", ["", "soon", "-5m", "5 m", "1.5h", "5d", "1h30", "m", "\u0665m", "5m\n", "9" * 9, "9999999h", "1e3"]
)
def test_what_is_no_duration(text: str) -> None:
    """Anything else is a usage error that shows what to write."""
    with pytest.raises(click.UsageError, match="is no duration; write 90s, 30m, 2h or 1h30m"):
        Duration().convert(text, None, None)


def test_a_duration_stays_one() -> None:
    """What is converted already is left alone."""
    assert Duration().convert(timedelta(1), None, None) == timedelta(1)


@pytest.mark.parametrize("text", ["eu-west-1", "us-gov-east-1", "local", "x"])
def test_regions(text: str) -> None:
    """A region is a label of a host's name."""
    assert Region().convert(text, None, None) == text


@pytest.mark.parametrize("text", ["", "-eu", "eu west", "eu.west", "eu/west", "\u00e4", "eu\n", "a" * 64, "x@evil"])
def test_what_is_no_region(text: str) -> None:
    """What could lead to another host is no region."""
    with pytest.raises(click.UsageError, match="is no region"):
        Region().convert(text, None, None)


def test_text_is_utf_8_whatever_the_locale() -> None:
    """An argument that the locale decoded to escapes is text as the shared files hold it."""
    in_c_locale = "k\u00e4se".encode().decode("ascii", "surrogateescape")

    assert Text().convert(in_c_locale, None, None) == "k\u00e4se"
