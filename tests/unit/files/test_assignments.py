from datetime import timedelta
from pathlib import Path

import pytest
from unit.files.fakes import NOW

from awsenv.files.assignments import Partial, find_partial, forget_partial, write_partial
from awsenv.model import SsoSession
from awsenv.runtime import Runtime

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")


def test_what_was_listed_is_found_again_for_a_while(runtime: Runtime) -> None:
    """What a listing had got is good for half an hour, for that very sso-session, and until a listing is whole."""
    partial = Partial(NOW - timedelta(minutes=29), {"1": ("Admin", "Dev"), "2": ()})
    write_partial(runtime, ACME, partial)
    elsewhere = SsoSession("acme", "https://other.awsapps.com/start", "eu-west-1")

    assert find_partial(runtime, ACME) == partial
    assert find_partial(runtime, elsewhere) is None
    runtime.sleep(61)
    assert find_partial(runtime, ACME) is None
    write_partial(runtime, ACME, Partial(runtime.now(), {"1": ()}))
    forget_partial(runtime, ACME)
    assert find_partial(runtime, ACME) is None


@pytest.mark.parametrize("content", ["", "[]", '{"began": "x", "roles": {}}', '{"began": "2026-07-14T12:00:00Z"}'])
def test_a_damaged_one_is_as_good_as_none(runtime: Runtime, home: Path, content: str) -> None:
    """It is a cache: whatever stands in it, nothing fails."""
    write_partial(runtime, ACME, Partial(NOW, {}))
    next((home / ".cache" / "awsenv" / "assignments").iterdir()).write_text(content)

    assert find_partial(runtime, ACME) is None


def test_odd_entries_are_left_out(runtime: Runtime, home: Path) -> None:
    """Only lists of names count."""
    write_partial(runtime, ACME, Partial(NOW, {}))
    path = next((home / ".cache" / "awsenv" / "assignments").iterdir())
    path.write_text('{"began": "2026-07-14T12:00:00Z", "roles": {"1": ["a"], "2": "b", "3": [1]}}')

    assert find_partial(runtime, ACME) == Partial(NOW, {"1": ("a",)})
