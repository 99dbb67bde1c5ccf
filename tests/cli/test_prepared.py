"""A warm switch: from an answer prepared before while nothing has changed, and never from one that does not hold."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cli.desks import MARK, READERS, ROLE, Desk, give_away, settle
from cli.real_shells import SHELLS, dialect_of, run_script, variables_in
from stage import AWSENV, BIN, environment_of, miss, run

from awsenv.demo.household import Household
from awsenv.shells.scripts import load_script

# In these no test tells the mode of a folder; their writer owns that check.
WITHOUT_MODES = ("bash", "fish")


@pytest.fixture(params=READERS)
def desk(request: pytest.FixtureRequest, household: Household) -> Desk:
    """Return a desk for each reader."""
    settle(household)
    return Desk(household, request.param, {})


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _rewritten(desk: Desk, old: bytes, new: bytes) -> None:
    content = desk.answer.read_bytes()
    assert old in content
    desk.answer.write_bytes(content.replace(old, new))


def _header(desk: Desk, key: str, value: str) -> None:
    lines = desk.answer.read_bytes().split(b"\n")
    changed = [f"{key} {value}".encode() if line.startswith(f"{key} ".encode()) else line for line in lines]
    assert changed != lines
    desk.answer.write_bytes(b"\n".join(changed))


def _edit_within_the_second(desk: Desk) -> None:
    status = desk.household.config_path.stat()
    _append(desk.household.config_path, "\n# a word\n")
    moment = status.st_mtime_ns // 1_000_000_000 * 1_000_000_000 + 7
    os.utime(desk.household.config_path, ns=(moment, moment))


def _replace_by_an_older_file(desk: Desk) -> None:
    path = desk.household.config_path
    older = path.with_suffix(".older")
    shutil.copy(path, older)
    os.utime(older, (0, 1_000_000_000))
    older.rename(path)


def _link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _cut(desk: Desk) -> None:
    content = desk.answer.read_bytes()
    desk.answer.write_bytes(content[: content.index(MARK.encode()) + len(MARK) + 3])


def _new_settings(desk: Desk) -> None:
    path = desk.household.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('renew_margin = "6m"\n')


def _each(desk: Desk, pattern: str) -> list[Path]:
    found = list(desk.household.home.glob(pattern)) or list(desk.folder.glob(pattern))
    assert found
    return found


CHANGES: dict[str, Callable[[Desk], object]] = {
    "config edited within the second": _edit_within_the_second,
    "config replaced by an older one": _replace_by_an_older_file,
    "config grown": lambda desk: _append(desk.household.config_path, "\n[profile one-more]\nregion = eu-west-1\n"),
    "credentials edited": lambda desk: _append(desk.household.home / ".aws" / "credentials", "\n# a word\n"),
    "credentials gone": lambda desk: (desk.household.home / ".aws" / "credentials").unlink(),
    "settings made": _new_settings,
    "the role's keys gone": lambda desk: list(map(Path.unlink, _each(desk, ".aws/cli/cache/*.json"))),
    "a new token": lambda desk: list(map(os.utime, _each(desk, ".aws/sso/cache/*.json"))),
    "the folder is a link": lambda desk: _link(desk.folder),
    "the folder is another's": lambda desk: give_away(desk.folder),
    "the answer is a link": lambda desk: _link(desk.answer),
    "the answer is another's": lambda desk: give_away(desk.answer),
    "the answer is cut": _cut,
    "the answer is empty": lambda desk: desk.answer.write_bytes(b""),
    "the answer is no text": lambda desk: desk.answer.write_bytes(bytes(range(256)) * 16),
    "the answer is over": lambda desk: _header(desk, "until", str(int(time.time()) - 1)),
    "the answer has no time": lambda desk: _header(desk, "until", "x[$(touch evaluated)]"),
    "the clock was turned back": lambda desk: _header(desk, "made", str(int(time.time()) + 60)),
    "of another version": lambda desk: _rewritten(desk, b"awsenv-prepared 2 ", b"awsenv-prepared 3 "),
    "of another name": lambda desk: _header(desk, "name", "unicorn2"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_that_does_not_hold_is_not_read(desk: Desk, change: str) -> None:
    """Whatever has changed, or is not as the writer left it: the files are asked, and never a wrong account given."""
    desk.mark()
    CHANGES[change](desk)

    variables, told = desk.run("use unicorn")

    assert (variables["AWSENV_ROLE"], told) == (ROLE, "")
    assert variables["AWS_SECRET_ACCESS_KEY"] in desk.household.practice.secrets()
    assert not Path("evaluated").exists()


SPOILERS: dict[str, Callable[[Path], None]] = {
    "gone": Path.unlink,
    "of another time": os.utime,
    "another's": give_away,
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("spoiler", SPOILERS)
def test_a_shell_reads_no_answer_without_its_stamps(household: Household, shell: str, spoiler: str) -> None:
    """A shell tells the state of a file by its stamp alone; where that says nothing, the program is asked."""
    settle(household)
    desk = Desk(household, shell, {})
    assert desk.role() == ROLE
    hook = load_script(dialect_of(shell)).decode()
    script = f"{hook}\nawsenv use unicorn 2>/dev/null; echo $AWSENV_ROLE"
    without_program = desk.environment | {"PATH": "/usr/bin:/bin"}
    assert run_script(shell, script, without_program).stdout.decode() == f"{ROLE}\n"
    for stamp in _each(desk, "stamp-*"):
        SPOILERS[spoiler](stamp)

    assert run_script(shell, script, without_program).stdout == b"\n"
    assert desk.role() == ROLE


@pytest.mark.parametrize(("settled", "is_read"), [("yes", True), ("no", False)])
def test_a_shell_that_compares_seconds_reads_settled_answers(household: Household, settled: str, is_read: bool) -> None:  # noqa: FBT001
    """Before 5.0 bash cannot see a change within the second: only what is made of older files counts there."""
    settle(household)
    desk = Desk(household, "bash", {})
    desk.mark()
    _header(desk, "settled", "maybe")
    _header(desk, "settled", settled)

    old = "__awsenv_bash=4.4.23\nawsenv use unicorn; echo $AWSENV_ROLE"
    finished = run_script(
        "bash", f"{load_script('bash').decode()}\n{old}", desk.environment | {"PATH": "/usr/bin:/bin"}
    )

    assert finished.stdout.decode() == (f"{MARK}\n" if is_read else "\n")


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o1777, 0o710])
@pytest.mark.parametrize("what", ["folder", "answer"])
def test_what_others_may_read_is_not_read(desk: Desk, what: str, mode: int) -> None:
    """A folder or file that is not private is none of ours: the console script and zsh see that by its mode."""
    desk.mark()
    (desk.folder if what == "folder" else desk.answer).chmod(mode)

    assert desk.role() == (MARK if desk.reader in WITHOUT_MODES else ROLE)


def test_nothing_is_written_where_others_may_look(desk: Desk) -> None:
    """The writer leaves a folder alone that is not private, links included."""
    spoilers: tuple[Callable[[Path], None], ...] = (lambda folder: folder.chmod(0o755), _link)
    for spoil in spoilers:
        shutil.rmtree(desk.folder, ignore_errors=True)
        desk.folder.mkdir(mode=0o700, parents=True)
        spoil(desk.folder)
        assert desk.role() == ROLE
        assert list(desk.folder.iterdir()) == []


def test_answers_are_private(desk: Desk) -> None:
    """0600 in a folder of 0700, whatever the umask."""
    before = os.umask(0)
    try:
        assert desk.role() == ROLE
    finally:
        os.umask(before)
    assert desk.folder.stat().st_mode & 0o7777 == 0o700
    assert {path.stat().st_mode & 0o7777 for path in desk.folder.iterdir()} == {0o600}
    assert desk.answer.exists()


def test_another_home_has_answers_of_its_own(desk: Desk, tmp_path: Path) -> None:
    """One runtime directory, two homes: nobody gets the other's account."""
    runtime = tmp_path / "run"
    runtime.mkdir(0o700)
    desk = replace(desk, more={"XDG_RUNTIME_DIR": str(runtime)})
    desk.mark()
    other = tmp_path / "other"
    shutil.copytree(desk.household.home, other, symlinks=True)

    assert desk.role(environment=desk.environment | {"HOME": str(other)}) == ROLE


def test_another_config_file_has_answers_of_its_own(desk: Desk) -> None:
    """What AWS_CONFIG_FILE says here decides, and not what it said where the answer was made."""
    desk.mark()
    other = desk.household.home / "other-config"
    other.write_text(desk.household.config_path.read_text().replace(ROLE, "ReadOnly"))

    assert desk.role(environment=desk.environment | {"AWS_CONFIG_FILE": str(other)}) != MARK


def test_a_logout_takes_the_answers_along(desk: Desk) -> None:
    """No key stays in a file behind a logout, and the next switch needs a login."""
    desk.mark()
    assert run([AWSENV, "logout", "unicorn"], desk.environment).returncode == 0

    assert not desk.answer.exists()
    assert desk.role() is None


def test_a_logout_elsewhere_ends_an_answer(desk: Desk) -> None:
    """`aws sso logout` removes the token files; that is enough."""
    desk.mark()
    for path in [
        *desk.household.home.glob(".aws/sso/cache/*.json"),
        *desk.household.home.glob(".aws/cli/cache/*.json"),
    ]:
        path.unlink()

    assert desk.role() is None


def test_a_setting_turns_it_off(desk: Desk) -> None:
    """`prepared_answers = false`: nothing is read, and nothing written."""
    desk.mark()
    path = desk.household.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("prepared_answers = false\n")
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))

    assert desk.role() == ROLE
    assert desk.role() == ROLE
    assert not desk.answer.exists()


def test_keys_soon_over_are_not_prepared(desk: Desk) -> None:
    """What the files would not hand out any more is not handed out from an answer either: the margin is the same."""
    desk.household.practice.rules.role_lifetime = timedelta(minutes=10)
    assert desk.role() == ROLE
    assert not desk.answer.exists()


WAYS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "from nothing": ({}, ("use unicorn",)),
    "from a region of one's own": ({"AWS_REGION": "ap-south-1", "AWS_PROFILE": "x"}, ("use unicorn",)),
    "from a value with signs": ({"AWS_PROFILE": 'it\'s "$x" \\ x'}, ("use unicorn",)),
    "only the profile": ({}, ("use --only profile unicorn",)),
    "only the keys": ({}, ("use --only keys unicorn",)),
    "without a login": ({}, ("use --no-login unicorn",)),
    "from another": ({}, ("use marketing", "use unicorn")),
    "twice": ({}, ("use unicorn", "use unicorn")),
    "back": ({}, ("use unicorn", "use marketing", "use -")),
    "and off": ({"AWS_REGION": "ap-south-1"}, ("use unicorn", "off")),
    "keys in a file": ({}, ("use robot",)),
    "a chain": ({}, ("use audit",)),
    "with a region": ({}, ("use --region eu-north-1 unicorn",)),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_leads_where_the_files_do(desk: Desk, way: str) -> None:
    """Every variable is the same, whether the files are asked or an answer is read."""
    before, commands = WAYS[way]
    environment = desk.environment | before

    asked, told_first = desk.run(*commands, environment=environment)
    read, told_then = desk.run(*commands, environment=environment)

    assert asked == read
    assert told_first == told_then
    assert asked.get("AWSENV_PROFILE") or way == "and off"


def test_warnings_are_told_each_time(desk: Desk) -> None:
    """What a person should know of the files is not said only once."""
    _append(desk.household.config_path, "\n[lost]\nregion = eu-west-1\nregion = eu-west-2\n")
    settle(desk.household)

    _, first = desk.run("use unicorn")
    desk.mark()
    _, then = desk.run("use unicorn")

    assert first == then != ""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_function_switches_without_a_process(household: Household, shell: str) -> None:
    """Counted by the kernel: once an answer is prepared, neither a fork nor a program."""
    if shutil.which("strace") is None:
        miss("no strace")
    settle(household)
    environment = environment_of(household)
    assert Desk(household, shell, {}).role() == ROLE
    hook = household.home / "hook"
    hook.write_bytes(run([AWSENV, "init", shell], environment).stdout)
    trace = household.home / "trace"
    tracer = ["strace", "-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-o", str(trace)]

    finished = subprocess.run(
        [*tracer, *SHELLS[shell], "-c", f". {hook}; awsenv use unicorn; echo $AWSENV_ROLE"],
        env=environment,
        capture_output=True,
        check=True,
    )

    assert finished.stdout == f"{ROLE}\n".encode()
    calls = trace.read_text().splitlines()
    # The shell itself; fish makes threads.
    assert [call for call in calls if "execve(" not in call and "CLONE_THREAD" not in call] == []
    assert len([call for call in calls if "execve(" in call]) == 1


def test_exec_becomes_the_command_with_the_same_variables(household: Household) -> None:
    """`exec` reads an answer of its own: the environment, the arguments and the status are as ever."""
    settle(household)
    environment = environment_of(household, {"AWS_REGION": "ap-south-1"})
    command = [AWSENV, "exec", "unicorn", "--", "sh", "-c", 'env -0; printf "%s\\n" "$0" "$@" >&2; exit 7', "a b", ""]

    asked, read = run(command, environment), run(command, environment)

    assert (read.returncode, read.stderr) == (asked.returncode, asked.stderr) == (7, b"a b\n\n")
    assert variables_in(asked.stdout) == variables_in(read.stdout)
    answer = household.home / ".cache" / "awsenv" / "prepared" / "exec.default.unicorn"
    answer.write_bytes(answer.read_bytes().replace(ROLE.encode(), MARK.encode()))
    assert variables_in(run(command, environment).stdout)[b"AWSENV_ROLE"] == MARK.encode()


HEAVY = {"click", "json", "re", "typing", "pathlib", "dataclasses", "signal", "enum", "awsenv.cli", "awsenv.model"}


@pytest.mark.parametrize("command", [("use", "--shell", "sh", "unicorn"), ("exec", "unicorn", "--", "true")])
def test_a_warm_answer_imports_nothing_heavy(household: Household, command: tuple[str, ...]) -> None:
    """Beside what the interpreter loads by itself, two modules of awsenv's."""
    settle(household)
    environment = environment_of(household)
    assert run([AWSENV, *command], environment).returncode == 0
    program = "import sys; before = set(sys.modules); import os; report = lambda *a: (os.write(2, ' '.join("
    program += (
        "set(sys.modules) - before).encode()), os_exit(0)); os_exit, os._exit, os.execve = os._exit, report, report; "
    )
    program += f"sys.argv = ['awsenv', *{command!r}]; from awsenv.__main__ import main; main()"

    finished = run([str(BIN / "python"), "-c", program], environment)

    loaded = set(finished.stderr.decode().split())
    assert loaded - {"awsenv", "awsenv.__main__", "_signal"} == {"awsenv.quick", "awsenv.prepared"}
    assert not loaded & HEAVY


def _instructions(command: Sequence[str], environment: Mapping[str, str], trace: Path) -> int:
    """Return how many instructions the first program of a process takes, as valgrind counts them."""
    tracer = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={trace}"]
    finished = run([*tracer, str(BIN / "python"), *command], {**environment, "PYTHONHASHSEED": "0"})
    assert finished.returncode == 0, finished.stderr.decode()
    return sum(int(line.split()[1]) for line in trace.read_text().splitlines() if line.startswith("summary: "))


@pytest.mark.parametrize("more", [0, 5000])
def test_a_warm_use_costs_no_more_than_an_empty_python(household: Household, tmp_path: Path, more: int) -> None:
    """In instructions, which repeat: at most 1.15 times `python -c pass`, however many profiles there are."""
    if shutil.which("valgrind") is None:
        miss("no valgrind")
    sections = (f"[profile team-{number}]\nregion = eu-west-1\n" for number in range(more))
    _append(household.config_path, "\n" + "".join(sections))
    settle(household)
    environment = environment_of(household)
    command = [AWSENV, "use", "--shell", "bash", "unicorn"]
    assert run(command, environment).returncode == 0

    bare = _instructions(["-c", "pass"], environment, tmp_path / "bare")

    assert _instructions(command, environment, tmp_path / "use") <= 1.15 * bare
