"""`doctor` says nothing of what is well, however odd it looks."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from cli.doctored import found_in, runtime_of
from cli.wrong import CONFIG, HOOK, TOKEN, TOKEN_NAME, WELL, well_set_up, write
from stage import AWSENV, at_most, clean_environment, run
from unit.files.fakes import NOW

import awsenv
from awsenv.actions.checks import programs
from awsenv.actions.checks.programs import no_programs, no_skews
from awsenv.actions.checks.surroundings import collect
from awsenv.actions.doctor import choose_checks
from awsenv.environ import Destination, switch
from awsenv.model import Credentials
from awsenv.values import replace


def test_caches_of_others_are_left(tmp_path: Path) -> None:
    """A linked token is a token, and what other tools keep in the folder, under names of their own, is no rubbish."""
    well_set_up(tmp_path)
    write(tmp_path / "dotfiles/token", json.dumps(TOKEN))
    folder = tmp_path / ".aws/sso/cache"
    folder.mkdir(mode=0o700, parents=True)
    (folder / f"{TOKEN_NAME}.json").symlink_to(tmp_path / "dotfiles/token")
    write(folder / "editor-state.json", "[1]")
    write(folder / "notes.json", "")

    assert found_in(tmp_path) == []


def test_signs_in_names_and_paths_are_no_comments(tmp_path: Path) -> None:
    """What people call accounts and profiles, and what commands and paths hold, is not cut off at a # or a quote."""
    well_set_up(tmp_path)
    config = WELL + 'sso_account_name = Team #1\n[profile "a #b"]\nregion = eu-west-1\n'
    write(tmp_path / CONFIG, f"{config}[profile c]\nsource_profile = a #b\nca_bundle = /x #y\n")

    assert found_in(tmp_path) == []


def test_root_leaves_files_to_whom_the_home_belongs(tmp_path: Path) -> None:
    """Under sudo in somebody's home, it is root's files there that are wrong, and not that person's."""
    if os.geteuid() != 0:
        pytest.skip("only root can be root")
    well_set_up(tmp_path)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 12345, 12345)
    assert found_in(tmp_path) == []
    os.chown(tmp_path / CONFIG, 0, 0)
    (finding,) = found_in(tmp_path)

    assert finding.check == "foreign-owner"
    assert finding.fix == f"sudo chown 12345 {tmp_path / CONFIG}"


def test_endpoints_of_others_are_told_of(tmp_path: Path) -> None:
    """For what is handed tokens only AWS's own host of that service will do; for the rest, any of AWS's hosts."""
    well_set_up(tmp_path)
    gateway = "https://x.execute-api.eu-west-1.amazonaws.com"
    told = found_in(tmp_path, {"AWS_ENDPOINT_URL_SSO": gateway, "AWS_ENDPOINT_URL_S3": gateway})

    assert [each.text.partition(" ")[0] for each in told] == ["AWS_ENDPOINT_URL_SSO"]
    portal = {"AWS_ENDPOINT_URL_SSO": "https://portal.sso.eu-west-1.amazonaws.com"}
    assert found_in(tmp_path, portal) == []
    write(tmp_path / ".config/awsenv/config.toml", 'allowed_endpoints = ["sso.example.com"]\n')
    assert found_in(tmp_path, {"AWS_ENDPOINT_URL_SSO": "https://sso.example.com/"}) == []
    ignored = {"AWS_ENDPOINT_URL_SSO": gateway, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert found_in(tmp_path, ignored) == []


def test_one_installation_has_several_pythons(tmp_path: Path) -> None:
    """Python and python3 of one folder are no two installations."""
    well_set_up(tmp_path)
    program = tmp_path / "awsenv"
    write(program, f"#!{Path(sys.executable).with_name('python3.99')}\n")
    program.chmod(0o700)

    assert found_in(tmp_path) == []


def test_a_switched_shell_is_well(tmp_path: Path) -> None:
    """What `use` sets is no conflict, with the keys or without them."""
    well_set_up(tmp_path)
    keys = Credentials("ASIAIOSFODNN7EXAMPLE", "s", "t", NOW.replace(hour=18), "123456789012")
    for export in ("all", "profile", "keys"):
        change = switch({}, Destination("unicorn", region="eu-west-1", credentials=keys), export)

        assert found_in(tmp_path, change.apply({}) | {"AWSENV_SEGMENT": ""}) == []


def test_who_is_called_by_the_hook_has_one(tmp_path: Path) -> None:
    """Right after `use`, before the next prompt, nothing but the way in which it is called tells of the hook."""
    well_set_up(tmp_path)
    environment = clean_environment({"HOME": str(tmp_path), "AWSENV_PROFILE": "unicorn"})
    stub = Path(awsenv.__file__).with_name("__main__.py")
    for program, status in ((AWSENV, 3), (f"{sys.executable} -I {stub}", 0)):
        finished = run(["bash", "-c", f"{program} doctor hook-missing; exit"], environment)

        assert finished.returncode == status, finished.stderr


def test_another_home_is_told_of(tmp_path: Path) -> None:
    """Where HOME leads to no shared files and the user's own home has some, that is told, and else not."""
    around = collect(runtime_of(tmp_path), shell=None, is_hooked=True, programs=no_programs, skews=no_skews)
    (check,) = choose_checks(["other-home"])
    (found,) = check.find(replace(around, other_home="/home/erika"))
    well_set_up(tmp_path)
    later = collect(runtime_of(tmp_path), shell=None, is_hooked=True, programs=no_programs, skews=no_skews)

    assert found.fix == "export HOME=/home/erika"
    assert list(check.find(replace(later, other_home="/home/erika"))) == []


def test_the_hook_as_setup_writes_it_is_well(tmp_path: Path) -> None:
    """However the hook's line is written, as long as it works: by setup, by hand, from a file, for a login shell."""
    lines = (
        'if command -v awsenv >/dev/null 2>&1; then eval "$(awsenv init bash)"; fi # awsenv',
        "source <(awsenv init bash --no-prompt)",
        '[[ $- == *i* ]] && eval "$(command awsenv init bash)"',
        ". /opt/awsenv/shell/awsenv.bash",
    )
    for number, line in enumerate(lines):
        home = tmp_path / str(number)
        well_set_up(home)
        write(home / ".bashrc", "for f in ~/.bashrc.d/*; do . $f; done\n. ~/.bash/aws\n")
        write(home / ".bash/aws", f"{line}\n")
        write(home / ".bash_profile", "if [ -f ~/.bashrc ]; then . ~/.bashrc; fi\n")

        assert found_in(home) == []
    write(tmp_path / "0/.bash_profile", f". ~/.bashrc\n{HOOK}")
    assert [each.check for each in found_in(tmp_path / "0")] == ["hook-twice"]


def test_a_program_that_does_not_answer_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not tell its version in time is ended, with all that it has started, and nothing is said of it."""
    monkeypatch.setattr(programs, "TIME_LIMIT", 0.3)
    well_set_up(tmp_path)
    left = tmp_path / "left"
    write(tmp_path / "aws", f"#!/bin/sh\n(/bin/sleep 2; echo > {left}) &\nwait\n")
    (tmp_path / "aws").chmod(0o700)
    start = time.monotonic()

    assert found_in(tmp_path) == []
    assert time.monotonic() - start < at_most(1)
    while time.monotonic() - start < 2.5:
        time.sleep(0.1)
    assert not left.exists()
