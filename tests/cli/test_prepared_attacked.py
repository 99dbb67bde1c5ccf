"""Prepared answers under attack: files that look unchanged, hidden variables, damage, other people."""

import os
import pty
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cli.desks import MARK, READERS, ROLE, Desk, settle
from cli.real_shells import SHELLS, all_at_once, command_of, dialect_of, run_script
from stage import AWSENV, BIN, TIME_LIMIT, environment_of, run

from awsenv import prepared, quick
from awsenv.demo.household import Household
from awsenv.shells.scripts import load_script

LONG_AGO_NS = 1_700_000_000_123_456_789


@pytest.fixture(params=READERS)
def desk(request: pytest.FixtureRequest, household: Household) -> Desk:
    """Return a desk for each reader."""
    settle(household)
    return Desk(household, request.param, {})


def _dated(path: Path, time_ns: int) -> Path:
    os.utime(path, ns=(time_ns, time_ns))
    return path


def test_a_link_to_another_file_of_the_same_time_is_another_file(desk: Desk) -> None:
    """Files of a store, or of one checkout, may have one time of writing, and a link leads now here, now there."""
    config = desk.household.config_path
    here, there = config.with_name("here"), config.with_name("there")
    config.rename(_dated(config, LONG_AGO_NS).with_name("here"))
    _dated(Path(shutil.copy(here, there)), LONG_AGO_NS)
    config.symlink_to(here)
    desk.mark()
    config.unlink()
    config.symlink_to(there)

    assert desk.role() == ROLE


@pytest.mark.parametrize("whole", [True, False], ids=["archive", "touch"])
def test_a_time_of_writing_that_was_set_does_not_hide_a_change(desk: Desk, whole: bool) -> None:  # noqa: FBT001
    """An archive or a store gives every version of a file the same time; a shell then asks who can see more."""
    moment = LONG_AGO_NS // 1_000_000_000 * 1_000_000_000 if whole else LONG_AGO_NS
    config = _dated(desk.household.config_path, moment)
    desk.mark()
    new = _dated(Path(shutil.copy(config, config.with_name("new"))), moment)
    new.rename(config)

    # What a person has set to the nanosecond, a shell cannot see.
    assert desk.role() == (MARK if desk.reader in SHELLS and not whole else ROLE)


UNSEEN = {"bash": "{}='{}'", "zsh": "{}='{}'", "fish": "set -g {} '{}'"}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "XDG_CONFIG_HOME"])
def test_a_variable_that_commands_do_not_see_leads_nowhere(household: Household, shell: str, variable: str) -> None:
    """What is set and not exported is nothing to the program and the SDKs, and so not to a reader either."""
    other = household.home / "other"
    shutil.copytree(household.home / ".aws", other)
    (other / "awsenv").mkdir()
    (other / "awsenv" / "config.toml").write_text('renew_margin = "6m"\n')
    value = {"AWS_CONFIG_FILE": other / "config", "AWS_SHARED_CREDENTIALS_FILE": other / "credentials"}.get(
        variable, other
    )
    for path in [*other.glob("c*"), *other.glob("awsenv/*")]:
        _dated(path, LONG_AGO_NS)
    settle(household)
    Desk(household, shell, {variable: str(value)}).mark()

    script = [load_script(dialect_of(shell)).decode(), UNSEEN[shell].format(variable, value)]
    finished = run_script(
        shell, "\n".join([*script, "awsenv use unicorn; echo $AWSENV_ROLE"]), environment_of(household)
    )

    assert (finished.stdout.decode(), finished.stderr) == (f"{ROLE}\n", b"")


@pytest.mark.parametrize("command", ["use --shell sh unicorn", "exec unicorn -- true"])
def test_warnings_come_once_a_time_and_harmless(household: Household, command: str) -> None:
    """A name from a file is text, whoever wrote it, and nobody is warned twice, even where the output is lost."""
    with household.config_path.open("a") as file:
        file.write("\n[lost]\nre\x1b]0;gion = eu-west-1\nre\x1b]0;gion = eu-west-2\n")
    settle(household)
    environment = environment_of(household)
    words = [AWSENV, *command.split()]

    asked, read = run(words, environment).stderr, run(words, environment).stderr

    assert asked == read
    assert asked.count(b"awsenv: warning: ") == 1
    assert b"\x1b" not in asked
    with Path("/dev/full").open("wb") as full:
        lost = subprocess.run(
            words, env=environment, stdout=full, stderr=subprocess.PIPE, check=False, timeout=TIME_LIMIT
        )
    assert lost.stderr.count(b"awsenv: warning: ") == 1


def _told_on_a_terminal(command: list[str], environment: Mapping[str, str]) -> str:
    leader, follower = pty.openpty()
    try:
        subprocess.run(
            command, env=dict(environment), stdout=subprocess.PIPE, stderr=follower, check=True, timeout=TIME_LIMIT
        )
        os.close(follower)
        told = os.read(leader, 4096).decode()
    finally:
        os.close(leader)
    return re.sub(r"(?:\d+d)?(?:\d+h)?(?:\d+m)? left", "TIME left", told)


@pytest.mark.parametrize("profile", ["unicorn", "robot"])
def test_a_terminal_is_told_the_same(desk: Desk, profile: str) -> None:
    """Account, role, region and the time left, if there is an end: whoever answers."""
    if desk.reader == "console":
        command = [AWSENV, "use", "--shell", "sh", profile]
    else:
        command = command_of(desk.reader, f"{load_script(dialect_of(desk.reader)).decode()}\nawsenv use {profile}")

    asked = _told_on_a_terminal(command, desk.environment)

    assert asked == _told_on_a_terminal(command, desk.environment)
    assert profile in asked


def test_keys_without_a_real_end_are_not_prepared(household: Household) -> None:
    """A number of seconds that no shell takes for one would be told as if it were a word."""
    household.practice.rules.role_lifetime = timedelta(days=1_300_000)
    settle(household)
    desk = Desk(household, "console", {})

    assert desk.role() == ROLE
    assert not desk.answer.exists()


@pytest.mark.parametrize("seconds", [-5, 0, 253_402_300_799])
def test_a_time_of_writing_beyond_reason_harms_nobody(household: Household, seconds: int) -> None:
    """Before 1970, at its beginning, and in the year 9999: the switch works, and says nothing."""
    settle(household)
    os.utime(household.config_path, (seconds, seconds))
    desk = Desk(household, "console", {})

    assert desk.run("use unicorn", "use unicorn")[1] == ""
    assert desk.role() == ROLE


def test_ctrl_c_ends_it_without_a_word(household: Household) -> None:
    """Whenever it comes: status 130, and no traceback."""
    program = "import os, sys\ndef lstat(_): raise KeyboardInterrupt\nos.lstat = lstat\n"
    program += "sys.argv = ['awsenv', 'use', '--shell', 'sh', 'unicorn']\nfrom awsenv.__main__ import main\nmain()"
    more = {"XDG_RUNTIME_DIR": "/"}

    finished = run([str(BIN / "python"), "-c", program], environment_of(household, more))

    assert (finished.returncode, finished.stdout, finished.stderr) == (130, b"", b"")


@pytest.mark.parametrize("shell", SHELLS)
def test_an_answer_cut_anywhere_is_not_read(household: Household, shell: str) -> None:
    """At any byte, by a full disk or a lost power supply: no statement of it works, and nothing is told."""
    settle(household)
    desk = Desk(household, shell, {})
    assert desk.role() == ROLE
    content = desk.answer.read_bytes()
    cuts = household.home / "cuts"
    cuts.mkdir()
    for length in [*range(0, len(content) - 1, 61), len(content) - 2]:
        (cuts / str(length)).write_bytes(content[:length])
    loop = {"fish": f"for cut in {cuts}/*; ln -f $cut {desk.answer}; __awsenv_find_answer unicorn; and echo $cut; end"}
    lines = f"for cut in {cuts}/*; do ln -f $cut {desk.answer}; __awsenv_find_answer unicorn && echo $cut; done"
    for path in cuts.iterdir():
        path.chmod(0o600)
    whole = f"cp -p {cuts.parent}/whole {desk.answer}; __awsenv_find_answer unicorn && echo whole"
    if shell == "fish":
        whole = whole.replace("&&", "; and")
    _dated(cuts.parent / "whole", LONG_AGO_NS) if (cuts.parent / "whole").exists() else None
    shutil.copy2(desk.answer, cuts.parent / "whole")

    script = "\n".join([load_script(dialect_of(shell)).decode(), loop.get(shell, lines), whole])
    finished = run_script(shell, script, desk.environment)

    assert (finished.stdout, finished.stderr) == (b"whole\n", b"")


def test_an_answer_cut_anywhere_is_not_read_by_the_program(household: Household) -> None:
    """The same, at every single byte."""
    settle(household)
    desk = Desk(household, "console", {})
    assert desk.role() == ROLE
    environment = {name.encode(): value.encode() for name, value in desk.environment.items()}
    wish = quick.Wish([b"use", b"--shell", b"sh", b"--no-login", b"unicorn"], environment)
    content = desk.answer.read_bytes()
    assert quick._read(wish, environment)  # noqa: SLF001 - cut at each byte, which takes too long by processes

    for length in range(len(content)):
        os.truncate(desk.answer, 0)
        desk.answer.write_bytes(content[:length])
        with pytest.raises((prepared.Unusual, ValueError, LookupError)):
            quick._read(wish, environment)  # noqa: SLF001


@pytest.mark.parametrize("shell", SHELLS)
def test_a_line_that_nobody_knows_is_not_evaluated(household: Household, shell: str) -> None:
    """The statements begin where the head says so, and nowhere else."""
    settle(household)
    desk = Desk(household, shell, {})
    desk.mark()
    desk.answer.write_bytes(desk.answer.read_bytes().replace(b"\ntext\n", b"\nnote\ntouch evaluated\ntext\n"))

    assert desk.run("use unicorn")[1] == ""
    assert not Path("evaluated").exists()


def test_what_is_not_awsenvs_stays(household: Household, tmp_path: Path) -> None:
    """The folder may be somebody's working copy of that name: a switch and a logout remove answers alone."""
    more = {"XDG_RUNTIME_DIR": str(tmp_path / "src")}
    desk = Desk(household, "console", more)
    settle(household)
    desk.folder.parent.mkdir(0o700)
    desk.folder.mkdir(0o700)
    (desk.folder / "README.md").touch()
    _dated(desk.folder / "README.md", LONG_AGO_NS)
    assert desk.role() == ROLE
    assert desk.answer.exists()

    assert run([AWSENV, "logout", "unicorn"], desk.environment).returncode == 0

    assert [path.name for path in desk.folder.iterdir()] == ["README.md"]


def test_a_backup_does_not_age_a_stamp(household: Household) -> None:
    """Whoever reads every file leaves the time of it on them; a shell's answers hold all the same."""
    settle(household)
    desk = Desk(household, "bash", {})
    assert desk.role() == ROLE
    for stamp in desk.folder.glob("stamp-*"):
        os.utime(stamp, ns=(LONG_AGO_NS, stamp.stat().st_mtime_ns))
    before = {path.name for path in desk.folder.glob("stamp-*")}
    assert desk.role("use marketing")

    assert before <= {path.name for path in desk.folder.glob("stamp-*")}


def test_many_may_tidy_up_at_once(household: Household) -> None:
    """Who switches with answers turned off removes what is there: who comes second finds nothing, silently."""
    settings = household.home / ".config" / "awsenv" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("prepared_answers = false\n")
    settle(household)
    desk = Desk(household, "console", {})
    desk.folder.mkdir(0o700, parents=True)
    for number in range(500):
        (desk.folder / f"sh.default.{number}").touch(0o600)
    command = [AWSENV, "use", "--shell", "sh", "robot"]

    finished = all_at_once(lambda _: run(command, desk.environment), range(3))

    assert [(each.returncode, each.stderr) for each in finished] == [(0, b"")] * 3
    assert list(desk.folder.iterdir()) == []
