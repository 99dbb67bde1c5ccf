"""The outside: moments of all forms, text that acts, home, and whether there is a person to ask."""

import io
import os
import pwd
import subprocess
import sys
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsenv.runtime import (
    ControllingTerminal,
    decoded,
    encoded,
    from_process,
    moment_text,
    parse_moment,
    shown,
)

NOON = datetime(2026, 3, 29, 12, 0, tzinfo=timezone.utc)
any_text = st.text() | st.binary().map(decoded)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29T12:00:00Z",
        "2026-03-29T12:00:00z",
        "2026-03-29T12:00:00UTC",
        "2026-03-29T12:00:00+00:00",
        "2026-03-29T14:00:00+02:00",
        "2026-03-29T06:30:00-05:30",
        "2026-03-29T12:00:00",
        "2026-03-29 12:00:00",
        "2026-03-29T12:00:00.0Z",
        "2026-03-29T12:00:00.000Z",
        "2026-03-29T12:00:00.000000+00:00",
        "2026-03-29T12:00:00.000000000Z",
        " 2026-03-29T12:00:00Z\n",
    ],
)
def test_moments_of_all_forms(text: str) -> None:
    """Every form that AWS's tools have written is the same moment, and aware."""
    assert parse_moment(text) == NOON


@pytest.mark.parametrize(("fraction", "microsecond"), [("5", 500_000), ("123", 123_000), ("123456789", 123_456)])
def test_fractions_of_any_length(fraction: str, microsecond: int) -> None:
    """A second's fraction may have any number of digits, with an offset too."""
    expected = NOON.replace(microsecond=microsecond)

    assert parse_moment(f"2026-03-29T12:00:00.{fraction}Z") == expected
    assert parse_moment(f"2026-03-29T13:00:00.{fraction}+01:00") == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "Z", ".", "2026", "1774785600", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "\u0662"]
)
def test_what_is_no_moment(text: str) -> None:
    """A text that is no moment is None and no error."""
    assert parse_moment(text) is None


@given(st.text())
def test_no_text_upsets_the_reader_of_moments(text: str) -> None:
    """Whatever stands in a file, the answer is an aware moment or None."""
    moment = parse_moment(text)

    assert moment is None or moment.utcoffset() == timedelta()


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc)))  # noqa: DTZ001
def test_moments_come_back(moment: datetime) -> None:
    """What awsenv writes it reads as the same second."""
    assert parse_moment(moment_text(moment)) == moment.replace(microsecond=0)


@given(st.binary())
def test_every_byte_survives(raw: bytes) -> None:
    """Decoding and encoding gives every byte back."""
    assert encoded(decoded(raw)) == raw


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain text, 'quoted' \\ $(x)", "plain text, 'quoted' \\ $(x)"),
        ("k\u00e4se \u6f22\u5b57 \U0001f600 e\u0301", "k\u00e4se \u6f22\u5b57 \U0001f600 e\u0301"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        ("\x7f\x80\x9b", "\\x7f\\x80\\x9b"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("\u202e\u2066\u200b\ufeff\u00ad", "\\u202e\\u2066\\u200b\\ufeff\\xad"),
        ("\u2028\u00a0", "\\u2028\\xa0"),
        ("\U000e0041\U000f0000", "\\U000e0041\\U000f0000"),
        ("\u3164\u115f\u2800", "\\u3164\\u115f\\u2800"),
    ],
)
def test_what_acts_is_spelt_out(text: str, seen: str) -> None:
    """Printable text stays, and what moves, hides, reorders or looks like nothing becomes an escape."""
    assert shown(text) == seen


@given(any_text)
def test_nothing_shown_acts_on_a_terminal(text: str) -> None:
    """Whatever the text, what is shown has no control, format, private or unassigned character, and can be encoded."""
    seen = shown(text)

    assert {unicodedata.category(character) for character in seen} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()
    seen.encode()


@given(any_text)
def test_showing_twice_is_showing_once(text: str) -> None:
    """What was shown once is printable and stays as it is."""
    assert shown(shown(text)) == shown(text)


@pytest.mark.parametrize("home", ["", None])
def test_home_without_a_variable_is_the_users(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    """An empty or missing HOME means the home of the user's entry, never the root folder."""
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home)

    assert from_process().home == Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_home_may_have_odd_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A HOME that is not UTF-8 is found on disk as it is."""
    monkeypatch.setenv("HOME", os.fsdecode(b"/tmp/\xff"))

    assert bytes(from_process().home) == b"/tmp/\xff"


def test_the_environment_does_not_follow_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment handed in is that of the start."""
    runtime = from_process()
    monkeypatch.setenv("AWSENV_LATER", "1")

    assert "AWSENV_LATER" not in runtime.environment


class Stream(io.StringIO):
    """A stream that says of itself whether it is a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Say so."""
        return self._is_terminal


@pytest.mark.parametrize("ci", ["", "true"])
@pytest.mark.parametrize("stdin", [True, False, None])
@pytest.mark.parametrize("stderr", [True, False])
def test_a_person_is_asked_only_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, ci: str, *, stdin: bool | None, stderr: bool
) -> None:
    """Nothing is asked unless stdin and stderr are terminals and CI is unset or empty."""
    monkeypatch.setattr(sys, "stdin", None if stdin is None else Stream(is_terminal=stdin))
    monkeypatch.setattr(sys, "stderr", Stream(is_terminal=stderr))

    assert ControllingTerminal({"CI": ci}).can_ask() == (bool(stdin) and stderr and not ci)


def test_a_terminal_that_nobody_controls_is_none_to_ask_on() -> None:
    """Without a controlling terminal a question ends as one that nobody answered, and not as a bug."""
    script = (
        "from awsenv.errors import LoginDeclined\n"
        "from awsenv.runtime import ControllingTerminal\n"
        "try:\n    ControllingTerminal({}).ask('? ')\nexcept LoginDeclined:\n    print('declined')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == (b"declined\n", b"")
