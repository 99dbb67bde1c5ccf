import io
import json
from pathlib import Path

from awsenv.demo.__main__ import main


def test_without_a_home_only_the_endpoints_are_told() -> None:
    """Started without a home the server tells its url and the endpoint variables, and writes no file."""
    told = io.StringIO()
    main([], io.StringIO(), told)
    described = json.loads(told.getvalue())

    assert set(described["environment"].values()) == {described["url"]}


def test_with_a_home_the_household_is_written(tmp_path: Path) -> None:
    """Started with a home the server writes the household there and tells how to live in it."""
    told = io.StringIO()
    main([str(tmp_path)], io.StringIO(), told)

    assert json.loads(told.getvalue())["environment"]["HOME"] == str(tmp_path)
    assert (tmp_path / ".aws" / "config").exists()
