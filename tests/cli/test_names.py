"""The list that shells complete from: exact names whatever they are, and a list that is never trusted too long."""

import os
import time
from pathlib import Path

import pytest
from cli.real_shells import SHELLS, run_script
from stage import AWSENV, at_most, environment_of, run

from awsenv.demo.household import Household

HOSTILE = (
    "with blank",
    "it's",
    'say "hi"',
    "$(touch pwned)",
    "`id`",
    "a\\b",
    "*",
    "--all",
    "-",
    "ü漢",
    "\udcff",
    "a;b|c&d",
)


def names(environment: dict[str, str], *kinds: str) -> list[bytes]:
    """Return the lines that `awsenv names` prints; it must have been silent."""
    finished = run([AWSENV, "names", *kinds], environment)
    assert (finished.returncode, finished.stderr) == (0, b"")
    return finished.stdout.split(b"\n")[:-1]


def list_of(household: Household) -> Path:
    """Return the path of the list."""
    return household.home / ".cache" / "awsenv" / "names"


def is_trusted(household: Household, shell: str, environment: dict[str, str]) -> bool:
    """Tell whether a shell would take the list for good, as far as the times tell."""
    tests = " && ".join(
        f"! test {source} -nt {list_of(household)}" for source in (household.config_path, household.credentials_path)
    )
    return (
        run_script(
            shell,
            f"if {tests}{'' if shell == 'fish' else '; then'}\necho yes\n{'end' if shell == 'fish' else 'fi'}",
            environment,
        ).stdout
        == b"yes\n"
    )


def configure(household: Household, *profiles: str) -> None:
    """Write a config file of these profiles."""
    quoted = (name.replace("\\", "\\\\").replace('"', '\\"') for name in profiles)
    text = "".join(f'[profile "{name}"]\nregion = eu-west-1\n' for name in quoted)
    household.config_path.write_bytes(text.encode("utf-8", "surrogateescape"))


def test_each_kind_is_printed_one_a_line(household: Household) -> None:
    """Profiles are those of `list`, sessions those of the config file, and regions begin with those in use."""
    environment = environment_of(household)

    profiles = names(environment, "profiles")
    assert profiles[:3] == [b"default", b"awesome", b"unicorn"]
    assert names(environment, "sessions") == [b"company", b"partner"]
    regions = names(environment, "regions")
    assert regions[:2] == [b"eu-west-1", b"eu-central-1"]
    assert b"us-gov-west-1" in regions
    assert len(regions) == len(set(regions))
    assert names(environment) == []
    entries = list_of(household).read_bytes().split(b"\n")
    paths = [str(household.config_path).encode(), str(household.credentials_path).encode()]
    assert entries[:4] == [b"awsenv-names 1", *paths, b"sorted"]
    assert [entry[2:] for entry in entries if entry.startswith(b"p ")] == sorted(profiles)
    assert [entry[2:] for entry in entries if entry.startswith(b"r ")] == sorted(regions)


def test_hostile_names_come_out_as_they_are(household: Household) -> None:
    """Quotes, blanks, glob signs and odd bytes are names like others; those with control characters are left out."""
    configure(household, *HOSTILE)
    with household.credentials_path.open("a") as file:
        file.write("[es\x1b[31mcape]\naws_access_key_id = x\n[tab\tbed]\naws_access_key_id = x\n")

    expected = [name.encode("utf-8", "surrogateescape") for name in HOSTILE]
    assert names(environment_of(household), "profiles") == [*expected, b"robot"]
    lines = list_of(household).read_bytes().split(b"\n")
    assert [line for line in lines if line.startswith(b"p ")] == sorted(b"p " + name for name in (*expected, b"robot"))
    assert list_of(household).stat().st_mode & 0o777 == 0o600


def test_five_thousand_names_are_no_trouble(household: Household) -> None:
    """A company's whole list is there, in order, in about the time of any command."""
    configure(household, *(f"account-{number:04}" for number in range(5000)))
    began = time.monotonic()

    found = names(environment_of(household), "profiles")

    assert time.monotonic() - began < at_most(5.0)
    assert found[:5000] == [f"account-{number:04}".encode() for number in range(5000)]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_list_is_trusted_until_a_source_changes(household: Household, shell: str) -> None:
    """The list is as old as its younger source, so that a shell sees any later change with two builtins."""
    environment = environment_of(household)
    names(environment)
    assert is_trusted(household, shell, environment)

    for source in (household.config_path, household.credentials_path):
        later = list_of(household).stat().st_mtime_ns + 2_000_000_000
        os.utime(source, ns=(later, later))
        assert not is_trusted(household, shell, environment)
        names(environment)
        assert is_trusted(household, shell, environment)


def test_other_files_have_another_list(household: Household, tmp_path: Path) -> None:
    """With AWS_CONFIG_FILE elsewhere the list says so, and a shell of the usual files does not take it for its own."""
    other = tmp_path / "other"
    other.write_text("[profile elsewhere]\n")
    environment = environment_of(household, {"AWS_CONFIG_FILE": str(other), "AWS_SHARED_CREDENTIALS_FILE": ""})

    assert names(environment, "profiles") == [b"elsewhere"]
    assert list_of(household).read_text().split("\n")[1:4] == [str(other), "", "sorted"]


def test_the_cache_stands_where_xdg_says(household: Household, tmp_path: Path) -> None:
    """XDG_CACHE_HOME moves the list."""
    names(environment_of(household, {"XDG_CACHE_HOME": str(tmp_path / "cache")}))

    assert (tmp_path / "cache" / "awsenv" / "names").exists()
    assert not list_of(household).exists()


@pytest.mark.parametrize("obstacle", ["file", "folder"])
def test_where_no_list_can_be_left_the_names_are_there_all_the_same(household: Household, obstacle: str) -> None:
    """A cache that cannot be written costs the next completion a start, and this one nothing."""
    cache = household.home / ".cache"
    if obstacle == "file":
        cache.write_text("in the way")
    else:
        list_of(household).mkdir(parents=True)

    assert names(environment_of(household), "sessions") == [b"company", b"partner"]


def test_without_files_there_are_regions(household: Household) -> None:
    """Nobody has a profile at first; the regions are there for --region."""
    household.config_path.unlink()
    household.credentials_path.unlink()
    environment = environment_of(household)

    assert names(environment, "profiles") == names(environment, "sessions") == []
    assert b"eu-west-1" in names(environment, "regions")


def test_a_config_that_cannot_be_read_is_told(household: Household) -> None:
    """A broken file is a configuration error as in any command, and the list of before stands."""
    environment = environment_of(household)
    names(environment)
    before = list_of(household).read_bytes()
    household.config_path.unlink()
    household.config_path.mkdir()

    finished = run([AWSENV, "names", "profiles"], environment)

    assert (finished.returncode, finished.stdout) == (3, b"")
    assert finished.stderr.startswith(b"awsenv: ")
    assert list_of(household).read_bytes() == before
