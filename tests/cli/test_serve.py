"""`serve` and `exec --server` as commands: what they print, what they leave alone, and how they end."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest
from aws.serving import TOKEN, URI, Served, served_by, servers_of, serving
from cli.real_shells import SHELLS, all_at_once, run_script, variables_in, wait_until
from stage import AWSENV, TIME_LIMIT, at_most, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn

EXEC = (AWSENV, "exec", "--server")
PARENT = {"bash": "$$", "zsh": "$$", "fish": "$fish_pid"}


def python(code: str, *arguments: str) -> list[str]:
    """Return the command that runs a few lines of Python without start-up costs."""
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def test_the_command_gets_the_endpoint_and_no_keys(household: Household) -> None:
    """There are the two variables, the region and what tells of the account; no keys, no profile, no end of keys."""
    stale = {"AWS_PROFILE": "robot", "AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "stale"}
    finished = run([*EXEC, "--region", "sa-east-1", "unicorn", "--", "env", "-0"], environment_of(household, stale))
    found = {name.decode(): value.decode() for name, value in variables_in(finished.stdout).items()}
    assert finished.stderr == b""
    assert {name for name in found if name.startswith("AWS_") and not name.startswith(("AWS_ENDPOINT", "AWS_EC2"))} == {
        *(URI, TOKEN, "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SDK_LOAD_CONFIG")
    }
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "sa-east-1"
    assert (found["AWSENV_PROFILE"], found["AWSENV_ACCOUNT_ID"]) == ("unicorn", "222233334444")
    assert {"AWSENV_EXPIRES", "AWSENV_SIGN_IN", "AWSENV_KEY_ID"}.isdisjoint(found)
    assert "{left}" not in found["AWSENV_LABEL"]
    assert json.loads(found["AWSENV_SAVED"]) == stale


def test_whoami_knows_a_served_shell(household: Household) -> None:
    """Below the server `whoami` has nothing to warn of, and STS says that what is served is the profile."""
    for options in ((), ("--verify",)):
        command = [*EXEC, "unicorn", "--", AWSENV, "whoami", "--json", *options]
        finished = run(command, environment_of(household))

        assert (finished.returncode, finished.stderr) == (0, b"")
        told = json.loads(finished.stdout)
        assert (told["profile"], told["export"], told["set_by"]) == ("unicorn", "keys", "awsenv")
    assert told["verified"]["account_id"] == told["account_id"]
    script = f"AWS_ROLE_ARN=arn:aws:iam::012345678901:role/WebDeploy {AWSENV} whoami"
    finished = run([*EXEC, "unicorn", "--", "sh", "-c", script], environment_of(household))
    assert b"stronger than it for some tools: AWS_ROLE_ARN" in finished.stderr


def test_the_command_is_as_without_a_server(household: Household) -> None:
    """Process id, parent, children, descriptors, signals and exit code are those of `exec` without a server."""
    code = (
        "import os, re, signal, sys, time\n"
        # Without the two that the C library keeps to itself.
        "found = re.findall('Sig(?:Blk|Ign|Cgt):\\\\s*(.*)', open('/proc/self/status').read())\n"
        "signals = [int(each, 16) & ~(3 << 31) for each in found]\n"
        "children = open('/proc/self/task/%d/children' % os.getpid()).read()\n"
        "print(os.getppid(), children, sorted(map(int, os.listdir('/proc/self/fd'))), signals, os.getpgid(0))\n"
        "sys.exit(7)\n"
    )
    finished = []
    for options in ([], ["--server"]):
        with subprocess.Popen(
            [AWSENV, "exec", *options, "unicorn", "--", *python(code)],
            env=environment_of(household),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            told, words = process.communicate(timeout=TIME_LIMIT)
            finished.append((process.returncode, told, words))
    assert finished[0] == finished[1]
    assert finished[0][0] == 7


def test_the_server_holds_nothing_of_the_callers(household: Household) -> None:
    """What reads from a pipe of the caller's has its end once the command lets go of it, server or not."""
    reader, writer = os.pipe()
    code = f"import os; os.close({writer}); os.close(1); os.close(2); input()"
    with subprocess.Popen(
        [*EXEC, "unicorn", "--", *python(code)],
        env=environment_of(household),
        pass_fds=[writer],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writer)
        assert process.stdout is not None
        assert process.stderr is not None
        ends = [os.read(each, 1) for each in (reader, process.stdout.fileno(), process.stderr.fileno())]
        assert (ends, process.poll()) == ([b""] * 3, None)
        process.communicate(b"\n", timeout=TIME_LIMIT)
    os.close(reader)


def test_no_secret_in_a_command_line(household: Household) -> None:
    """Neither the command's line nor the server's holds the token, the path or a key."""
    code = "import json, os; print(json.dumps(dict(os.environ)), flush=True); input()"
    command = [*EXEC, "unicorn", "--", *python(code, str(household.home))]
    with subprocess.Popen(
        command, env=environment_of(household), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        served = served_by(json.loads(process.stdout.readline()))
        (server,) = servers_of(command)
        # Nor could one be in a core of the server's.
        assert re.search(r"Max core file size +0 ", Path(f"/proc/{server}/limits").read_text())
        lines = [Path(f"/proc/{each}/cmdline").read_bytes() for each in (server, process.pid)]
        process.communicate(b"\n", timeout=TIME_LIMIT)
    secrets = {served.token, served.url.rpartition("/")[2], *household.practice.secrets()}
    assert [secret for secret in secrets for line in lines if secret.encode() in line] == []


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_it_is_in_nobodys_way(household: Household, locale: str) -> None:
    """A caller that reads the output to its end does not wait for what the command leaves running."""
    script = "sleep 30 >/dev/null 2>&1 & echo $!"
    began = time.monotonic()
    finished = run([*EXEC, "unicorn", "--", "sh", "-c", script], environment_of(household, {"LC_ALL": locale}))
    os.kill(int(finished.stdout), signal.SIGKILL)
    assert time.monotonic() - began < at_most(10.0)


def test_a_command_that_is_not_there(household: Household) -> None:
    """Without a command to become the code is 127, and no server is left."""
    command = [*EXEC, "unicorn", "--", "no-such-command", str(household.home)]
    assert run(command, environment_of(household)).returncode == 127
    wait_until(lambda: not servers_of(command), "the end of the server")


@pytest.mark.parametrize("files", [5, 7])
def test_no_command_without_its_server(household: Household, files: int) -> None:
    """Where the server cannot start, the command does not either: it would find nobody to ask."""
    environment = environment_of(household)
    assert run([AWSENV, "use", "--shell", "sh", "unicorn"], environment).returncode == 0
    script = f'ulimit -n {files}; exec "$@"'
    finished = run(["sh", "-c", script, "sh", *EXEC, "unicorn", "--", "echo", "started"], environment)
    assert (finished.returncode, finished.stdout) == (125, b"")
    assert finished.stderr.startswith(b"awsenv: the server did not start")


def test_few_files_are_enough(household: Household) -> None:
    """With a low limit of open files, and more silent callers than it has room for, an SDK is served."""
    script = f'ulimit -n 48; exec "{AWSENV}" serve --json unicorn'
    with serving(environment_of(household), command=("sh", "-c", script)) as (served, _):
        silent = [socket.create_connection(("127.0.0.1", served.port), timeout=30) for _ in range(100)]
        assert served.ask()[0] == 200
        for connection in silent:
            connection.close()


def test_ctrl_c_is_the_commands_own(household: Household) -> None:
    """Ctrl-C reaches the command and not the server, which goes on for a command that goes on."""
    # What a trap interrupts, `read` may take for a line or not.
    wait = 'until [ "$line" = {} ]; do read line; done'
    script = f'trap "echo caught" INT; echo ready; {wait.format("one")}; echo "${URI}"; {wait.format("two")}'
    child = pexpect.spawn(EXEC[0], [*EXEC[1:], "unicorn", "--", "sh", "-c", script], env=environment_of(household))
    child.expect("ready")
    child.sendintr()
    child.expect("caught")
    child.sendline("one")
    child.expect(r"http://127.0.0.1:(\d+)/")
    port = int(child.match[1])
    is_open = Served(f"http://127.0.0.1:{port}/", "").is_open
    assert is_open()
    child.sendline("two")
    child.expect(pexpect.EOF)
    wait_until(lambda: not is_open(), "the end of the server")


def test_the_terminal_hears_of_a_dead_sign_in(household: Household) -> None:
    """Beside a command, the line that names the login to type goes to the terminal."""
    practice = household.practice
    practice.rules.role_lifetime = practice.rules.role_lifetime / 3600
    script = "echo ready; read line; python - <<'E'\nimport os, urllib.request as r\ntry:\n r.urlopen(r.Request("
    script += f"os.environ['{URI}'], headers={{'Authorization': os.environ['{TOKEN}']}}))\n"
    script += "except OSError as error:\n print('status', error.code)\nE\nread line"
    child = pexpect.spawn(EXEC[0], [*EXEC[1:], "unicorn", "--", "sh", "-c", script], env=environment_of(household))
    child.expect("ready")
    over = SignedIn(access_lifetime=-practice.rules.access_token_lifetime, has_refresh_token=False)
    furnish(household.home, practice, over)
    child.sendline("")
    # The command may be quicker than the line: who writes to a terminal may have to wait, and callers do not.
    said = ["awsenv: the sign-in to company [^\r]*: awsenv login --sso-session company\r\n", "status 503"]
    assert {child.expect(said), child.expect(said)} == {0, 1}
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()


def test_a_terminal_that_is_stopped_stops_nobody(household: Household) -> None:
    """With the terminal's output stopped (Ctrl-S, a connection that hangs) callers have answers, and the end comes."""
    practice = household.practice
    practice.rules.role_lifetime = practice.rules.role_lifetime / 3600
    terminal, screen = os.openpty()
    code = "import json, os; print(json.dumps(dict(os.environ)), flush=True); input()"
    pipe = subprocess.PIPE
    command = [*EXEC, "unicorn", "--", *python(code)]
    with subprocess.Popen(command, env=environment_of(household), stdin=pipe, stdout=pipe, stderr=screen) as process:
        assert process.stdout is not None
        served = served_by(json.loads(process.stdout.readline()))
        over = SignedIn(access_lifetime=-practice.rules.access_token_lifetime, has_refresh_token=False)
        furnish(household.home, practice, over)
        os.set_blocking(screen, False)
        with suppress(BlockingIOError):
            while True:
                os.write(screen, b"x")
        os.set_blocking(screen, True)
        wait_until(lambda: served.ask()[0] == 503, "the end of the keys")
        assert served.ask()[1]["code"] == "TokenExpired"
        process.communicate(b"\n", timeout=TIME_LIMIT)
    served.wait_for_end()
    os.close(terminal)
    os.close(screen)


@pytest.mark.parametrize("shell", SHELLS)
def test_eval_leads_a_shell_to_it_and_off_away(household: Household, shell: str) -> None:
    """In each shell the printed text switches; the server is there until the shell ends; `off` puts all back."""
    who = "python -c \"import boto3; print(boto3.client('sts').get_caller_identity()['Account'])\""
    evaluate = 'eval "$({})"' if shell != "fish" else "{} | source"
    script = "\n".join(
        (
            evaluate.format(f"awsenv serve --parent {PARENT[shell]} --shell {shell} unicorn"),
            who,
            "env -0 | grep -z FULL_URI",
            evaluate.format(f"awsenv off --shell {shell}"),
            "env | grep -E 'AWS_CONTAINER|AWSENV_|AWS_PROFILE'",
        )
    )
    finished = run_script(shell, script, environment_of(household, {"AWS_PROFILE": "robot"}))
    account_id, uri, rest = finished.stdout.partition(b"\n")[0], *finished.stdout.split(b"\0")[:2]
    assert (account_id, finished.stderr) == (b"222233334444", b"")
    assert rest == b"AWS_PROFILE=robot\n"
    port = int(uri.rpartition(b":")[2].partition(b"/")[0])
    is_open = Served(f"http://127.0.0.1:{port}/", "").is_open
    wait_until(lambda: not is_open(), "the end of the server")


@pytest.mark.parametrize(
    ("shell", "hint"), [("bash", 'eval "$(awsenv serve --parent $$ unicorn)"'), ("fish", "| source")]
)
def test_no_token_in_the_scrollback(household: Household, shell: str, hint: str) -> None:
    """On a terminal nothing is printed that nobody asked for by name: the line that evaluates it is told."""
    words = [*SHELLS[shell][1:], "-c", "awsenv serve unicorn; echo over"]
    child = pexpect.spawn(SHELLS[shell][0], words, env=environment_of(household), encoding="utf-8")
    child.expect("over")
    assert hint in child.before
    assert TOKEN not in child.before
    child.close()


def test_a_failing_serve_makes_eval_fail(household: Household) -> None:
    """`eval` of a `serve` that fails has the status, and changes nothing."""
    script = 'eval "$(awsenv serve --parent $$ nosuch)"; echo "$? ${AWSENV_PROFILE-none}"'
    finished = run(["bash", "-c", script], environment_of(household))
    assert finished.stdout == b"3 none\n"
    assert b'profile "nosuch" not found' in finished.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_ends_when_it_is_told_to(household: Household, number: signal.Signals, code: int, tmp_path: Path) -> None:
    """Ctrl-C and its like end it with their status; the port is closed and the file of variables is gone."""
    path = tmp_path / "aws.env"
    command = [AWSENV, "serve", "--env-file", str(path), "unicorn"]
    environment = environment_of(household, {"AWSENV_DEBUG": "1"})
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        wait_until(path.exists, "the file")
        variables = dict(line.split("=", 1) for line in path.read_text().splitlines())
        assert set(variables) == {URI, TOKEN, "AWS_REGION", "AWS_DEFAULT_REGION"}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        served = served_by(variables)
        assert served.ask()[0] == 200
        assert Served(served.url, "wrong").ask()[0] == 403
        process.send_signal(number)
        # Of what was asked nothing is told, whoever wants to know.
        assert process.communicate(timeout=TIME_LIMIT)[1] == b"awsenv: interrupted\n"
        assert process.returncode == code
    assert not served.is_open()
    assert not path.exists()


def test_it_ends_after_its_time(household: Household) -> None:
    """`--for` ends it, and that is no failure."""
    with serving(environment_of(household), "--for", "1s") as (served, process):
        assert served.ask()[0] == 200
        assert process.wait(TIME_LIMIT) == 0
        assert not served.is_open()


def test_the_file_is_all_that_a_container_needs(household: Household, tmp_path: Path) -> None:
    """With nothing but the variables of the file, in somebody else's home, an SDK is the profile."""
    path = tmp_path / "aws.env"
    command = [AWSENV, "serve", "--env-file", str(path), "unicorn"]
    with subprocess.Popen(command, env=environment_of(household), stderr=subprocess.DEVNULL) as process:
        wait_until(path.exists, "the file")
        variables = dict(line.split("=", 1) for line in path.read_text().splitlines())
        inside = {"HOME": str(tmp_path), "AWS_ENDPOINT_URL_STS": household.practice.url} | variables
        who = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
        finished = run([sys.executable, "-c", who], inside)
        process.terminate()
    assert finished.stdout == b"222233334444\n", finished.stderr


def test_it_starts_without_botocore(household: Household) -> None:
    """With a warm cache neither the command's start nor the server loads botocore."""
    environment = environment_of(household)
    assert run([AWSENV, "use", "--shell", "sh", "unicorn"], environment).returncode == 0
    script = (
        "import os, sys\n"
        "def look(*_): os.write(2, ' '.join(sys.modules).encode()); os._exit(0)\n"
        "os.execvpe = look\n"
        "from awsenv.cli.running import run\n"
        "sys.exit(run(['exec', '--server', 'unicorn', '--', 'true']))\n"
    )
    finished = run([sys.executable, "-c", script], environment)
    loaded = finished.stderr.decode().split()
    assert (finished.returncode, "awsenv.aws.container" in loaded) == (0, True)
    assert [name for name in loaded if name.partition(".")[0] in {"boto3", "botocore", "urllib3"}] == []


def test_a_file_of_somebody_elses_is_left_alone(household: Household, tmp_path: Path) -> None:
    """`--env-file` takes no existing file but one of its own, and removes none that was changed since."""
    path = tmp_path / ".env"
    path.write_text("MINE=1\n")
    command = [AWSENV, "serve", "--for", "1s", "--env-file", str(path), "unicorn"]
    finished = run(command, environment_of(household))
    assert (finished.returncode, path.read_text()) == (7, "MINE=1\n")
    path.write_text(f"{TOKEN}=of a server that was killed\n")
    with subprocess.Popen(command, env=environment_of(household)) as process:
        wait_until(lambda: URI in path.read_text(), "the file")
        with path.open("a") as file:
            file.write("MINE=1\n")
        assert process.wait(TIME_LIMIT) == 0
    assert path.read_text().endswith("MINE=1\n")


@pytest.mark.skipif(os.getuid() != 0, reason="nobody else can be played here")
@pytest.mark.parametrize("kind", ["file", "link"])
def test_no_file_that_somebody_else_has_put_there(household: Household, tmp_path: Path, kind: str) -> None:
    """An empty file of another user's, who could read what is written to it, or such a link, is refused."""
    path, target = tmp_path / "aws.env", tmp_path / "elsewhere"
    if kind == "file":
        path.touch()
    else:
        path.symlink_to(target)
    os.lchown(path, 54_321, 54_321)
    finished = run([AWSENV, "serve", "--env-file", str(path), "unicorn"], environment_of(household))
    assert (finished.returncode, target.exists()) == (7, False)
    assert finished.stderr.startswith(f"awsenv: {path} is another user's\n".encode())


def test_what_cannot_be_is_refused(household: Household) -> None:
    """Options that contradict one another, a parent that is not there, and no profile at all."""
    cases = {
        ("serve", "--json", "--env-file", "x", "unicorn"): (2, b"choose one"),
        ("serve", "--json", "--parent", "4194304", "unicorn"): (2, b"there is no process"),
        ("serve", "--json"): (3, b"hint: awsenv serve PROFILE"),
        ("serve", "--json", "nosuch"): (3, b"not found"),
        ("serve", "--json", "default"): (3, b""),
        ("exec", "--server", "--only", "keys", "unicorn", "--", "true"): (125, b"--only has no meaning"),
    }

    def refuse(words: tuple[str, ...]) -> None:
        finished = run([AWSENV, *words], environment_of(household))
        code, told = cases[words]
        assert (finished.returncode, finished.stdout) == (code, b""), words
        assert told in finished.stderr
        assert b"Traceback" not in finished.stderr

    all_at_once(refuse, cases)


def test_this_shells_profile_is_served(household: Household) -> None:
    """Without a name it is the profile of this shell; the JSON says which, and holds no key."""
    environment = environment_of(household, {"AWSENV_PROFILE": "unicorn"})
    finished = run([AWSENV, "serve", "--json", "--for", "0s"], environment)
    told = json.loads(finished.stdout)
    assert (told["profile"], told["account_id"], told["role"]) == ("unicorn", "222233334444", "Developer")
    assert "AWS_PROFILE" in told["unset"]
    assert [secret for secret in household.practice.secrets() if secret.encode() in finished.stdout] == []
    assert finished.returncode == 0
