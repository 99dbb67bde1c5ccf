"""`exec` becomes the command: its exit code, signals, arguments, streams and parent are as without awsenv."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cli.real_shells import all_at_once, wait_until, words_of
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import expected_identity

SIGNALS = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGKILL,
    signal.SIGUSR1,
    signal.SIGSEGV,
    signal.SIGUSR2,
    signal.SIGPIPE,
    signal.SIGALRM,
    signal.SIGTERM,
    signal.SIGXFSZ,
)


def exec_command(*words: str, profile: str = "robot", options: Sequence[str] = ()) -> list[str]:
    """Return the command line of an `exec`."""
    return [AWSENV, "exec", *options, profile, "--", *words]


def python(code: str, *arguments: str) -> list[str]:
    """Return the command that runs a few lines of Python without start-up costs."""
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def test_exit_codes_are_the_commands_own(household: Household) -> None:
    """Every exit code from 0 to 255 comes back as it is."""
    environment = environment_of(household)
    # One process answers for all codes: it calls the function that the command line ends in, in a fork of its own.
    script = (
        "import os, sys\n"
        "from awsenv.cli.running import run\n"
        "for code in range(256):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os._exit(run(['exec', 'robot', '--', 'sh', '-c', f'exit {code}']))\n"
        "    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )

    finished = run([sys.executable, "-c", script], environment)

    assert finished.stdout.split() == [b"%d" % code for code in range(256)]
    assert finished.stderr == b""


@pytest.mark.parametrize("code", [0, 1, 4, 125, 126, 127, 128, 130, 255])
def test_exit_code_of_the_installed_program(household: Household, code: int) -> None:
    """The codes that awsenv gives a meaning are passed on too when they are the command's."""
    assert run(exec_command("sh", "-c", f"exit {code}"), environment_of(household)).returncode == code


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_death_by_a_signal_is_passed_on(household: Household, number: signal.Signals) -> None:
    """Who waits for a command that dies of a signal sees that signal."""
    finished = run(exec_command("sh", "-c", f"ulimit -c 0; kill -{number.value} $$"), environment_of(household))

    assert finished.returncode == -number


def test_signals_to_awsenv_reach_the_command(household: Household) -> None:
    """A signal sent to the process that was started reaches the command, which may answer it."""
    caught = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGWINCH]
    code = (
        "import os, signal\n"
        "def answer(number, _): os.write(1, b'%d\\n' % number)\n"
        f"for number in {[int(number) for number in caught]}: signal.signal(number, answer)\n"
        "print('ready', flush=True)\n"
        "os.read(0, 1)\n"
    )

    with subprocess.Popen(
        exec_command(*python(code)),
        env=environment_of(household),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in caught:
            process.send_signal(number)
            assert process.stdout.readline() == f"{number.value}\n"
        process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 0


def test_the_process_is_replaced(household: Household) -> None:
    """The command has awsenv's own process id, and awsenv's caller for its parent."""
    with subprocess.Popen(
        exec_command("sh", "-c", "echo $$ $PPID"), env=environment_of(household), stdout=subprocess.PIPE
    ) as process:
        stdout, _ = process.communicate(timeout=TIME_LIMIT)

    assert stdout.split() == [b"%d" % process.pid, b"%d" % os.getpid()]


def test_signals_that_python_ignores_are_as_before(household: Household) -> None:
    """The command finds no signal ignored or blocked that awsenv's caller did not ignore or block."""
    command = ["grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"]

    plain = run(command, environment_of(household))
    replaced = run(exec_command(*command), environment_of(household))

    assert replaced.stdout == plain.stdout
    assert run(exec_command("sh", "-c", "yes | head -n 1"), environment_of(household)).stderr == b""


def test_open_files_are_those_of_the_caller(household: Household) -> None:
    """The command gets the caller's descriptors and none of awsenv's."""
    reader, writer = os.pipe()
    command = python("import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))")
    try:
        listed = [
            subprocess.run(
                each,
                env=environment_of(household),
                pass_fds=[writer],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIME_LIMIT,
                check=True,
            ).stdout
            for each in (command, exec_command(*command, profile="unicorn"))
        ]
    finally:
        os.close(reader)
        os.close(writer)

    assert listed[0] == listed[1]
    assert str(writer) in listed[1].decode()


def test_closed_streams_stay_closed(household: Household) -> None:
    """A stream that the caller closed is closed for the command too, and awsenv itself needs none."""
    command = [
        "python3",
        "-I",
        "-S",
        "-c",
        "import os; os.write(9, str([os.path.exists(f'/proc/self/fd/{n}') for n in range(3)]).encode())",
    ]
    script = 'exec 9>&1; exec "$@" <&- >&- 2>&-'

    finished = run(["sh", "-c", script, "sh", *exec_command(*command, profile="unicorn")], environment_of(household))

    assert finished.stdout == b"[False, False, False]"


def test_streams_pass_through(household: Household) -> None:
    """stdin, stdout and stderr are the caller's, byte for byte, and awsenv adds nothing."""
    every_byte = bytes(range(256)) * 100

    finished = run(exec_command("sh", "-c", "cat; echo words >&2"), environment_of(household), stdin=every_byte)

    assert (finished.stdout, finished.stderr) == (every_byte, b"words\n")


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", ""])
def test_arguments_arrive_byte_for_byte(household: Household, locale: str) -> None:
    """Arguments of any bytes, empty ones and those that look like options arrive as they were given."""
    given = [
        b"",
        b"--",
        b"-h",
        b"--only",
        b"keys",
        b"a b",
        b"\xff\xfe",
        "ä漢".encode(),
        b"\x1b[31m",
        b"'\"$`\\\n",
        b"x" * 100_000,
    ]
    command = exec_command("sh", "-c", "for word; do printf '%s\\0' \"$word\"; done", "sh")
    environment = environment_of(household, {"LC_ALL": locale})

    finished = subprocess.run(
        [*map(os.fsencode, command), *given], env=environment, capture_output=True, timeout=TIME_LIMIT, check=False
    )

    assert finished.stdout.split(b"\0")[:-1] == given
    assert finished.stderr == b""


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C"}, {"LANG": "C"}, {"LC_CTYPE": "C"}, {"LC_CTYPE": "C.UTF-8"}])
def test_the_environment_is_the_callers_plus_the_profile(household: Household, locale: Mapping[str, str]) -> None:
    """Apart from the owned variables the command sees the caller's environment, odd bytes and the locale included."""
    odd = {"EMPTY": "", "BYTES": "\udcff\udc80", "WORDS": "a\nb'c", "BASH_FUNC_f%%": "() {  :\n}"}
    environment = environment_of(household, odd)
    for name in ("LC_ALL", "LANG", "LC_CTYPE"):
        environment.pop(name, None)
    environment |= locale

    finished = run(exec_command("env", "-0"), environment)

    ours = ("AWS_", "AWSENV_")
    kept = [
        entry for entry in finished.stdout.split(b"\0")[:-1] if not entry.decode("utf-8", "replace").startswith(ours)
    ]
    given = [os.fsencode(f"{name}={value}") for name, value in environment.items() if not name.startswith(ours)]
    assert sorted(kept) == sorted(given)


CONFLICTS: Mapping[str, Mapping[str, str]] = {
    "stale keys": {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "stale", "AWS_SESSION_TOKEN": "stale"},
    "old token name": {"AWS_SECURITY_TOKEN": "stale", "AWS_ACCESS_KEY": "AKIASTALE", "AWS_SECRET_KEY": "stale"},
    "other profiles": {"AWS_PROFILE": "marketing", "AWS_DEFAULT_PROFILE": "robot"},
    "web identity": {
        "AWS_ROLE_ARN": "arn:aws:iam::012345678901:role/WebDeploy",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/.aws/practice-web-identity-token",
        "AWS_ROLE_SESSION_NAME": "stale",
    },
    "container": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "stale",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/stale",
    },
    "keys that ended": {
        "AWS_ACCESS_KEY_ID": "ASIASTALE",
        "AWS_SECRET_ACCESS_KEY": "stale",
        "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
        "AWS_SESSION_EXPIRATION": "2020-01-01T00:00:00Z",
    },
    "empty variables": {
        "AWS_PROFILE": "",
        "AWS_DEFAULT_PROFILE": "",
        "AWS_REGION": "",
        "AWS_DEFAULT_REGION": "",
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SESSION_TOKEN": "",
        "AWS_ROLE_ARN": "",
    },
    "wrong region": {"AWS_REGION": "moon-1", "AWS_DEFAULT_REGION": "moon-2", "AWS_ACCOUNT_ID": "999999999999"},
    "another switch": {
        "AWSENV_PROFILE": "robot",
        "AWSENV_ACCOUNT_ID": "444455556666",
        "AWSENV_SAVED": '{"AWS_PROFILE":"marketing","AWS_SESSION_TOKEN":"stale"}',
        "AWS_PROFILE": "robot",
    },
}
WHO = """
import boto3
client = boto3.client("sts")
identity = client.get_caller_identity()
print(identity["Account"], identity["Arn"], client.meta.region_name)
"""


@pytest.mark.parametrize("profile", ["unicorn", "deploy"])
def test_conflicting_variables_do_not_reach_the_command(household: Household, profile: str) -> None:
    """Whatever the caller's environment says of other identities, boto3 in the command is the profile."""
    account_id, arn = expected_identity(profile) or ("", "")

    def run_amid(name: str) -> None:
        conflict = {key: value.replace("{home}", str(household.home)) for key, value in CONFLICTS[name].items()}
        finished = run(exec_command("python", "-c", WHO, profile=profile), environment_of(household, conflict))

        answer = finished.stdout.decode().split()
        assert finished.stderr == b"", name
        assert answer[0] == account_id, name
        assert answer[1].startswith(arn.rstrip("*")), name
        assert answer[2] == "eu-west-1", name

    all_at_once(run_amid, CONFLICTS)


@pytest.mark.parametrize("only", ["profile", "keys"])
def test_only_chooses_what_the_command_gets(household: Household, only: str) -> None:
    """`--only` stands before the profile's name and leaves out the keys or the profile variables."""
    finished = run(
        exec_command("env", "-0", profile="unicorn", options=["--only", only, "--region", "sa-east-1"]),
        environment_of(household, {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_PROFILE": "stale"}),
    )

    names = {entry.partition(b"=")[0] for entry in finished.stdout.split(b"\0")}
    assert (b"AWS_PROFILE" in names, b"AWS_DEFAULT_PROFILE" in names) == (only == "profile",) * 2
    assert (b"AWS_ACCESS_KEY_ID" in names, b"AWS_SESSION_TOKEN" in names) == (only == "keys",) * 2
    assert b"AWS_REGION=sa-east-1" in finished.stdout
    assert b"AKIASTALE" not in finished.stdout.replace(
        b'AWSENV_SAVED={"AWS_PROFILE":"stale","AWS_ACCESS_KEY_ID":"AKIASTALE"}', b""
    )


def every_command_line() -> Iterable[bytes]:
    """Yield the command line of every process on this machine."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            yield b" ".join(words_of(int(folder.name)))


@pytest.mark.parametrize("profile", ["unicorn", "audit", "process", "web"])
def test_no_secret_in_any_command_line(household: Household, profile: str) -> None:
    """No secret stands in the argument list of any process, neither while AWS is asked nor afterwards."""
    with subprocess.Popen(
        exec_command("sh", "-c", "echo ready; read line", profile=profile),
        env=environment_of(household),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        seen: set[bytes] = set()

        def is_ready() -> bool:
            seen.update(every_command_line())
            return b"read line" in b" ".join(words_of(process.pid)) and AWSENV.encode() not in words_of(process.pid)

        wait_until(is_ready, "the command to start")
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        seen.update(every_command_line())
        process.communicate(b"\n", timeout=TIME_LIMIT)

    text = b"\n".join(seen)
    assert b"exec" in text
    assert [secret for secret in household.practice.secrets() if secret.encode() in text] == []
    assert household.practice.journal.count() > 0


def test_failures_before_the_command(household: Household) -> None:
    """125 is awsenv's own failure, 126 a command that cannot be executed, 127 one that is not there."""
    folder = household.home
    (folder / "data.txt").write_text("no program\n")
    (folder / "ghost").write_text("#!/nosuch/interpreter\n")
    (folder / "ghost").chmod(0o755)
    (folder / "binary").write_bytes(b"\x7fELF\x02garbage")
    (folder / "binary").chmod(0o755)
    cases = {
        ("weather", "true"): (125, 'profile "weather" not found'),
        ("mfa", "true"): (125, "MFA code"),
        ("robot", "/nosuch/command"): (127, "/nosuch/command: no such command"),
        ("robot", "no-such-command"): (127, "no-such-command: no such command"),
        ("robot", ""): (127, "'': no such command"),
        ("robot", f"{folder}/data.txt"): (126, "data.txt: Permission denied"),
        ("robot", str(folder)): (126, "Permission denied"),
        ("robot", f"{folder}/ghost"): (127, "ghost"),
        ("robot", f"{folder}/data.txt/x"): (126, "Not a directory"),
        ("robot", "bad\x1b[2J"): (127, r"bad\x1b[2J: no such command"),
    }

    def fail(case: tuple[str, str]) -> None:
        finished = run(exec_command(case[1], profile=case[0]), environment_of(household))

        code, words = cases[case]
        assert (finished.returncode, finished.stdout) == (code, b""), case
        assert words in finished.stderr.decode()
        assert finished.stderr.startswith(b"awsenv: ")
        assert b"Traceback" not in finished.stderr

    all_at_once(fail, cases)
    assert run([AWSENV, "exec"], environment_of(household)).returncode == 125
    assert run([AWSENV, "exec", "--nosuch", "robot"], environment_of(household)).returncode == 125


def test_a_login_that_is_needed_is_named(household: Household) -> None:
    """`exec` of a profile whose sign-in has ended says which login to type, and does not start the command."""
    furnish(household.home, household.practice, SignedIn(access_lifetime=timedelta(hours=-1), has_refresh_token=False))

    finished = run(exec_command("touch", "started", profile="unicorn"), environment_of(household), cwd=household.home)

    assert finished.returncode == 125
    assert b"hint: awsenv login --sso-session company\n" in finished.stderr
    assert not (household.home / "started").exists()


def test_a_script_without_a_first_line_runs(household: Household) -> None:
    """A script that names no interpreter is run by sh, with its arguments, from the PATH too."""
    script = household.home / "plain script"
    script.write_text('echo "$0|$1|$AWS_PROFILE"\n')
    script.chmod(0o755)
    environment = environment_of(household)
    environment["PATH"] = f"{household.home}:{environment['PATH']}"

    by_path = run(exec_command(str(script), "a b"), environment)
    by_name = run(exec_command("plain script", "a b"), environment)

    assert by_path.stdout.decode() == by_name.stdout.decode() == f"{script}|a b|robot\n"


def test_a_command_with_a_leading_dash(household: Household) -> None:
    """Behind `--` a command may begin with a dash."""
    command = household.home / "-odd"
    command.write_text("#!/bin/sh\necho odd $1\n")
    command.chmod(0o755)
    environment = environment_of(household)
    environment["PATH"] = f"{household.home}:{environment['PATH']}"

    assert run(exec_command("-odd", "--help"), environment).stdout == b"odd --help\n"


def test_the_path_is_that_of_the_caller(household: Household) -> None:
    """A command is looked up as execvp does: relative names in the folder, an empty part of PATH is the folder."""
    script = household.home / "here"
    script.write_text("#!/bin/sh\necho here\n")
    script.chmod(0o755)
    environment = environment_of(household)

    assert run(exec_command("./here"), environment, cwd=household.home).stdout == b"here\n"
    environment["PATH"] = f"{environment['PATH']}:"
    assert run(exec_command("here"), environment, cwd=household.home).stdout == b"here\n"


def test_without_dashes_the_command_may_follow_at_once(household: Household) -> None:
    """`exec PROFILE COMMAND` works too, and the command's options are its own."""
    finished = run([AWSENV, "exec", "robot", "echo", "-n", "--only", "--help"], environment_of(household))

    assert finished.stdout == b"--only --help"


def test_without_a_command_it_is_the_persons_shell(household: Household) -> None:
    """Without a command `exec` becomes $SHELL, or sh where there is none."""
    shell = household.home / "my shell"
    shell.write_text('#!/bin/sh\necho "mine: $# $AWS_PROFILE"\n')
    shell.chmod(0o755)
    environment = environment_of(household, {"SHELL": str(shell)})

    assert run([AWSENV, "exec", "robot"], environment).stdout == b"mine: 0 robot\n"
    environment["SHELL"] = ""
    assert run([AWSENV, "exec", "robot"], environment, stdin=b"echo $0 $AWS_PROFILE\n").stdout == b"/bin/sh robot\n"


def test_nested_exec_goes_back_to_the_first(household: Household) -> None:
    """An `exec` inside another keeps what the variables were before the first."""
    environment = environment_of(household, {"AWS_PROFILE": "mine"})
    inner = exec_command("env", profile="build")

    printed = run(exec_command(*inner), environment).stdout.decode().splitlines()

    saved = next(line for line in printed if line.startswith("AWSENV_SAVED=")).partition("=")[2]
    assert json.loads(saved) == {"AWS_PROFILE": "mine"}
    assert {"AWS_PROFILE=build", "AWSENV_PREVIOUS=robot"} <= set(printed)
