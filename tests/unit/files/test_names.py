import json
import os
from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.errors import LocalFileError
from awsenv.files import names
from awsenv.files.names import all_regions, names_path, sources_written_at, write_names
from awsenv.runtime import Runtime, encoded


def test_the_list_says_what_it_was_made_from(home: Path) -> None:
    """Version and both paths stand before the names, one entry a line, in a private file of the sources' own time."""
    runtime = make_runtime(home, {"AWS_CONFIG_FILE": "~/c\udcff"})

    write_names(runtime, {"p": ["a b", "'$(x)`"], "s": ["company"], "r": []}, 1_700_000_000_123_456_789)

    path = Path(names_path(runtime))
    assert path == home / ".cache" / "awsenv" / "names"
    paths = f"{home}/c\udcff\n{home}/.aws/credentials"
    assert path.read_bytes() == encoded(f"awsenv-names 1\n{paths}\nsorted\np '$(x)`\np a b\ns company\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mtime_ns == 1_700_000_000_123_456_789


def test_the_younger_source_counts(home: Path) -> None:
    """The list is of the time of the younger file; one that is not there has none, and neither has an empty path."""
    runtime = make_runtime(home)
    assert sources_written_at(runtime) == 0
    folder = home / ".aws"
    for name, moment in (("config", 5), ("credentials", 7)):
        (folder / name).touch()
        os.utime(folder / name, ns=(moment, moment))

    assert sources_written_at(runtime) == 7
    assert sources_written_at(make_runtime(home, {"AWS_SHARED_CREDENTIALS_FILE": ""})) == 5


@pytest.mark.parametrize("path", ["relative", "/two\nlines"])
def test_a_path_that_means_no_file_to_every_shell_is_not_listed(home: Path, path: str) -> None:
    """A list is of one file for all shells, wherever they are, or there is none."""
    runtime = make_runtime(home, {"AWS_CONFIG_FILE": path})

    with pytest.raises(LocalFileError):
        write_names(runtime, {}, 0)

    assert not Path(names_path(runtime)).exists()


def test_the_regions_are_botocores(runtime: Runtime) -> None:  # noqa: ARG001 - nobody's home
    """Every partition's regions are there, and none of the global pseudo-regions."""
    found = all_regions()

    assert {"eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"} <= set(found)
    assert not [name for name in found if name.endswith("-global")]


@pytest.mark.parametrize("content", [None, b"{", b"[]", json.dumps({"partitions": [{}]}).encode()])
def test_without_botocores_data_the_regions_that_every_account_has_are_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    """A botocore that keeps its data elsewhere or otherwise takes no completion away."""
    (tmp_path / "botocore" / "data").mkdir(parents=True)
    (tmp_path / "botocore" / "__init__.py").touch()
    if content is not None:
        (tmp_path / "botocore" / "data" / "partitions.json").write_bytes(content)

    class Found:
        submodule_search_locations = (str(tmp_path / "botocore"),)

    monkeypatch.setattr(names, "find_spec", lambda _: Found)

    assert "eu-west-1" in all_regions()
    assert "cn-north-1" not in all_regions()
