from pathlib import Path

from unit.files.fakes import make_runtime

from awsenv.files.account_names import account_names_path, load_account_names, write_account_names
from awsenv.runtime import Runtime


def test_names_are_added_to_those_known(runtime: Runtime) -> None:
    """What was learned stays, what is new is added, and the latest name of an account counts."""
    write_account_names(runtime, {"000000000001": "Team_Unicorn", "000000000002": "Old"})
    write_account_names(runtime, {"000000000002": "Devs4Marketing"})

    assert load_account_names(runtime) == {"000000000001": "Team_Unicorn", "000000000002": "Devs4Marketing"}


def test_nothing_is_written_where_nothing_is_new(runtime: Runtime) -> None:
    """A listing that learned nothing touches no file."""
    write_account_names(runtime, {})
    assert not Path(account_names_path(runtime)).exists()
    write_account_names(runtime, {"1": "a"})
    before = Path(account_names_path(runtime)).stat().st_ino
    write_account_names(runtime, {"1": "a"})

    assert Path(account_names_path(runtime)).stat().st_ino == before


def test_a_damaged_file_knows_no_names(home: Path) -> None:
    """Garbage, foreign entries and a file that cannot be opened are all no names."""
    runtime = make_runtime(home, {"XDG_CACHE_HOME": f"{home}/c"})
    path = Path(account_names_path(runtime))
    path.parent.mkdir(parents=True)
    assert str(path).startswith(f"{home}/c/awsenv/")
    path.write_text('{"1": "a", "x": "b", "2": 3}')
    assert load_account_names(runtime) == {"1": "a"}
    path.write_text("{")
    assert load_account_names(runtime) == {}
    path.unlink()
    path.symlink_to(path.name)
    assert load_account_names(runtime) == {}
