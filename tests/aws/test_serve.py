"""The endpoint with real SDKs and processes: renewed across an expiry, and gone with what it is for."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from aws.serving import TOKEN, URI, Served, is_running, served_by, servers_of, serving
from cli.real_shells import wait_until
from stage import AWS_V1, AWS_V2, AWSENV, TIME_LIMIT, at_most, environment_of, furnish, run

from awsenv.actions.serve_credentials import Renewer
from awsenv.actions.switch import Wish, switch_to
from awsenv.demo.faults import Fault
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import expected_identity
from awsenv.environ import Destination
from awsenv.errors import ConfigError, LoginRequired
from awsenv.files.reading import ignore
from awsenv.runtime import from_process
from awsenv.values import replace

# Renewed when half of it is over; served until five seconds before its end.
SHORT = timedelta(seconds=12)
UNICORN = (expected_identity("unicorn") or ("",))[0]
NODE_FOLDER = Path(__file__).parents[2] / ".bench" / "node"

BOTO3 = """
import boto3, time
client = boto3.client("sts")
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    print(client.get_caller_identity()["Account"], client._get_credentials().access_key, flush=True)
    time.sleep(0.5)
"""
CLI = """
end=$(($(date +%s) + {seconds}))
for turn in 1 2; do
    {program} --endpoint-url {url} sts get-caller-identity --query Account --output text || exit
    [ $turn = 2 ] || sleep $((end - $(date +%s)))
done
"""


def exec_server(*words: str, profile: str = "unicorn") -> list[str]:
    """Return the command line of an `exec --server`."""
    return [AWSENV, "exec", "--server", profile, "--", *words]


def python(code: str, *arguments: str) -> list[str]:
    """Return the command that runs a few lines of Python without start-up costs."""
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def test_sdks_renew_across_an_expiry(household: Household) -> None:
    """A client that boto3 made once, and calls of both AWS CLIs, go on past the end of the first keys."""
    household.practice.rules.role_lifetime = SHORT
    clis = [CLI.format(seconds=13, program=program, url=household.practice.url) for program in (AWS_V1, AWS_V2)]
    script = 'python -c "$0" & (eval "$1") & eval "$2"; wait'
    began = time.monotonic()
    finished = run(exec_server("sh", "-c", script, BOTO3.format(seconds=13), *clis), environment_of(household))
    lines = [line.split() for line in finished.stdout.decode().splitlines()]
    assert finished.returncode == 0, finished.stderr
    assert {account_id for account_id, *_ in lines} == {UNICORN}
    # The CLIs print no key.
    assert sum(len(line) == 1 for line in lines) == 4
    assert len({line[1] for line in lines if len(line) > 1}) > 1
    # Each key serves half of its life: no SDK's impatience reaches AWS.
    assert household.practice.journal.count("GetRoleCredentials") <= 3 + (time.monotonic() - began) / 6


CONFLICTS: Mapping[str, Mapping[str, str]] = {
    "keys": {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "stale", "AWS_SESSION_TOKEN": "stale"},
    "profiles": {"AWS_PROFILE": "marketing", "AWS_DEFAULT_PROFILE": "robot"},
    "web identity": {
        "AWS_ROLE_ARN": "arn:aws:iam::012345678901:role/WebDeploy",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/.aws/practice-web-identity-token",
    },
    "another endpoint": {
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/stale",
        URI: "http://127.0.0.1:9/",
        TOKEN: "stale",
    },
    "a token file": {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{home}/.aws/practice-web-identity-token"},
    "another switch": {
        "AWSENV_PROFILE": "robot",
        "AWSENV_SAVED": '{"AWS_PROFILE":"marketing"}',
        "AWS_PROFILE": "robot",
    },
    "a proxy": {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"},
    "default in credentials": {
        "CREDENTIALS": "[default]\naws_access_key_id = AKIASTALE\naws_secret_access_key = stale\n"
    },
    "keys of the old boto": {"BOTO": "[Credentials]\naws_access_key_id = AKIASTALE\naws_secret_access_key = stale\n"},
    "a boto file elsewhere": {
        "BOTO_CONFIG": "$HOME/.boto",
        "BOTO": "[Credentials]\naws_access_key_id = AKIASTALE\naws_secret_access_key = stale\n",
    },
    "default in config": {"CONFIG": "[default]\ncredential_process = echo wrong\n"},
}
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"


@pytest.mark.parametrize("name", CONFLICTS)
def test_nothing_comes_before_the_endpoint(household: Household, name: str) -> None:
    """Whatever else could be an identity, in the environment or the default profile, the command is the profile."""
    conflict = {key: value.replace("{home}", str(household.home)) for key, value in CONFLICTS[name].items()}
    boto = household.home / ".boto"
    for path, text in ((household.config_path, "CONFIG"), (household.credentials_path, "CREDENTIALS"), (boto, "BOTO")):
        if text in conflict:
            with path.open("a") as file:
                file.write("\n" + conflict[text])
    finished = run(exec_server("python", "-c", WHO), environment_of(household, conflict))
    assert (finished.returncode, finished.stdout) == (0, f"{UNICORN}\n".encode()), finished.stderr
    assert (b"SDKs take these credentials" in finished.stderr) == ("default" in name or "boto" in name)


def test_one_request_to_aws_however_many_ask(household: Household) -> None:
    """1,000 requests at once for keys that are over: AWS is asked once, and all get the new ones."""
    practice = household.practice
    practice.rules.role_lifetime = timedelta(seconds=1)
    with serving(environment_of(household)) as (served, _):
        practice.rules.role_lifetime = timedelta(hours=1)
        practice.journal.clear()
        practice.faults.set("GetRoleCredentials", Fault("delay", seconds=0.5), 1)
        answers = served.ask_together(1000)
        assert {status for status, _ in answers} == {200}
        assert len({fields["AccessKeyId"] for _, fields in answers}) == 1
        assert practice.journal.count("GetRoleCredentials") == 1
        began = time.monotonic()
        assert {status for status, _ in served.ask_together(1000)} == {200}
        assert time.monotonic() - began < at_most(2.0)
    assert practice.journal.count() == 1


def test_a_dead_sign_in_is_told_and_a_login_elsewhere_counts(household: Household) -> None:
    """Once the sign-in is over there is 503 and one line with the login to type; the next request after is served."""
    household.practice.rules.role_lifetime = timedelta(seconds=1)
    with serving(environment_of(household)) as (served, process):
        over = SignedIn(access_lifetime=timedelta(hours=-1), has_refresh_token=False)
        furnish(household.home, household.practice, over)
        for _ in range(3):
            status, fields = served.ask()
            assert (status, fields["code"]) == (503, "TokenExpired")
            assert "awsenv login --sso-session company" in fields["message"]
        furnish(household.home, household.practice)
        household.practice.rules.role_lifetime = timedelta(hours=1)
        assert wait_until(lambda: served.ask()[0] == 200, "the login to count")
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        told = process.stderr.read().decode().splitlines()
    assert sum("awsenv login --sso-session company" in line for line in told) == 1


def test_no_other_account_in_mid_flight(household: Household) -> None:
    """A profile that leads to another account by now is not served any more, and the person is told to start anew."""
    household.practice.rules.role_lifetime = timedelta(seconds=1)
    with serving(environment_of(household)) as (served, _):
        text = household.config_path.read_text()
        marketing = (expected_identity("marketing") or ("",))[0]
        household.config_path.write_text(text.replace(UNICORN, marketing))
        status, fields = served.ask()
        assert (status, fields["code"]) == (503, "ConfigError")
        assert "leads to another account" in fields["message"]


@pytest.mark.parametrize("name", ["unicorn", "legacy", "deploy", "audit", "robot", "build", "process", "web"])
def test_every_kind_of_profile_is_renewed(household: Household, name: str) -> None:
    """New keys are of the same account and role, whatever they come from, and however they were cached before."""
    runtime = replace(from_process(), environment=environment_of(household), home=household.home)
    switched = switch_to(Wish(name, "keys"), runtime=runtime, notify=ignore)
    shutil.rmtree(household.home / ".aws" / "cli", ignore_errors=True)
    fetched = Renewer(switched.destination, runtime).fetch()
    identity, first = household.practice.identity_of(fetched.access_key_id), switched.destination.credentials
    account_id, arn = expected_identity(name) or ("", "")
    assert identity is not None
    assert (identity.account_id, fnmatchcase(identity.arn, arn)) == (account_id, True)
    assert (first == fetched) == (name == "robot")


@pytest.mark.parametrize("change", [("profile unicorn", "profile gone"), ("= Developer", "= ReadOnly")])
def test_no_other_role_and_no_other_profile(household: Household, change: tuple[str, str]) -> None:
    """Where the profile is gone, or names another role of the account by now, nothing new is fetched."""
    runtime = replace(from_process(), environment=environment_of(household), home=household.home)
    switched = switch_to(Wish("unicorn", "keys"), runtime=runtime, notify=ignore)
    household.practice.journal.clear()
    household.config_path.write_text(household.config_path.read_text().replace(*change))
    with pytest.raises(ConfigError):
        Renewer(switched.destination, runtime).fetch()
    assert household.practice.journal.count() == 0


def test_an_mfa_code_is_not_asked_for_in_the_background(household: Household) -> None:
    """A role that needs a code is not renewed, and the person is told what to type."""
    runtime = replace(from_process(), environment=environment_of(household), home=household.home)
    there = Destination("mfa", account_id=(expected_identity("mfa") or ("",))[0], role="Sensitive")
    with pytest.raises(LoginRequired) as caught:
        Renewer(there, runtime).fetch()
    assert "MFA" in caught.value.problem
    assert caught.value.hint


def _command_that_tells(household: Household) -> "subprocess.Popen[bytes]":
    code = (
        "import json, os, sys\nprint(json.dumps(dict(os.environ)), flush=True)\nsys.exit(len(sys.stdin.readline()))\n"
    )
    return subprocess.Popen(
        # Named after the home, so that it is told from those of other tests.
        exec_server(*python(code, str(household.home))),
        env=environment_of(household),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _told(process: "subprocess.Popen[bytes]") -> Served:
    assert process.stdout is not None
    return served_by(json.loads(process.stdout.readline()))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_it_dies_with_the_command(household: Household, number: signal.Signals) -> None:
    """However the command dies, within a second nobody listens any more, and no process is left."""
    with _command_that_tells(household) as process:
        served = _told(process)
        assert served.ask()[0] == 200
        line = [word.decode() for word in Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")[:-1]]
        assert line[0] == sys.executable
        (server,) = servers_of(exec_server(*line))
        process.send_signal(number)
        began = time.monotonic()
        assert process.wait(TIME_LIMIT) == -number
        served.wait_for_end()
        wait_until(lambda: not is_running(server), "the end of the server's process")
        assert time.monotonic() - began < at_most(1.0)


def test_the_command_outlives_its_server(household: Household) -> None:
    """A server that is killed takes nothing with it: the command goes on, and ends with its own exit code."""
    with _command_that_tells(household) as process:
        served = _told(process)
        line = [word.decode() for word in Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")[:-1]]
        (server,) = servers_of(exec_server(*line))
        os.kill(server, signal.SIGKILL)
        served.wait_for_end()
        assert process.poll() is None
        assert process.communicate(b"four\n", timeout=TIME_LIMIT) == (b"", b"")
        assert process.returncode == 5


@pytest.mark.parametrize("way", ["foreground", "background"])
def test_it_dies_with_its_parent(household: Household, way: str) -> None:
    """`serve` ends with the process that started it, or the one named by `--parent`, killed without a word too."""
    if way == "background":
        script = '"$0" serve --json --parent $$ unicorn; exec cat'
    else:
        script = '"$0" serve --json unicorn & exec cat'
    with subprocess.Popen(
        ["sh", "-c", script, AWSENV],
        env=environment_of(household),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        told = b""
        while not told.endswith(b"\n}\n"):
            told += parent.stdout.readline()
        served = served_by(json.loads(told)["set"])
        assert served.ask()[0] == 200
        parent.kill()
        began = time.monotonic()
        parent.wait(TIME_LIMIT)
        served.wait_for_end()
        assert time.monotonic() - began < at_most(1.0)


def test_it_is_not_left_to_whoever_adopts_it(household: Household) -> None:
    """Where the process that started `serve` has ended before it, the adopter, who may never end, is not waited for."""
    script = '"$0" serve --json unicorn & echo $!'
    finished = subprocess.run(
        ["sh", "-c", script, AWSENV],
        env=environment_of(household),
        capture_output=True,
        timeout=TIME_LIMIT,
        check=True,
        start_new_session=True,
    )
    assert finished.stderr.startswith(b"awsenv: the process that started this one has ended already\n")


def test_who_started_it_may_end_while_keys_are_fetched(household: Household) -> None:
    """`serve` is for the process that started it, and not for whoever has adopted it once its keys are there."""
    household.practice.faults.set("GetRoleCredentials", Fault("delay", seconds=1.5), 1)
    command = ["sh", "-c", '"$0" serve --json unicorn & cat', AWSENV]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment_of(household), stdin=pipe, stdout=pipe) as parent:
        wait_until(lambda: household.practice.journal.count("GetRoleCredentials"), "the request")
        parent.kill()
        told, _ = parent.communicate(timeout=TIME_LIMIT)
    served_by(json.loads(told)["set"]).wait_for_end()


def test_a_refresh_under_way_comes_to_its_end(household: Household) -> None:
    """The command ends while the sign-in is renewed: the port is closed, and the new sign-in is not lost."""
    furnish(household.home, household.practice, SignedIn(access_lifetime=timedelta(minutes=6)))
    household.practice.rules.role_lifetime = timedelta(seconds=1)
    with _command_that_tells(household) as process:
        served = _told(process)
        furnish(household.home, household.practice, SignedIn(access_lifetime=timedelta(hours=-1)))
        before = json.loads(household.token_path("company").read_text())
        household.practice.faults.set("CreateToken", Fault("delay", seconds=1.5), 1)
        with suppress(OSError):
            served.ask()
        wait_until(lambda: household.practice.journal.count("CreateToken"), "the renewal to begin")
        process.kill()
        process.wait(TIME_LIMIT)
        served.wait_for_end()

        def is_new() -> bool:
            with suppress(OSError, ValueError):
                after = json.loads(household.token_path("company").read_text())
                return bool(after["refreshToken"] != before["refreshToken"])
            return False

        wait_until(is_new, "the new sign-in to be filed")


JAVASCRIPT = """
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const client = new STSClient({});
const end = Date.now() + %d * 1000;
(async () => {
  while (Date.now() < end) {
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    console.log(Account, (await client.config.credentials()).accessKeyId);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
})().catch((error) => { console.error(error.name); process.exit(1); });
"""


@pytest.mark.soak
def test_the_javascript_sdk_renews_across_an_expiry(household: Household, tmp_path: Path) -> None:
    """A client of the JavaScript SDK v3 goes on past the end of its first keys."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    if not (NODE_FOLDER / "node_modules" / "@aws-sdk" / "client-sts").exists():
        NODE_FOLDER.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(NODE_FOLDER)]
        subprocess.run([*install, "@aws-sdk/client-sts@3"], check=True, timeout=300)
    household.practice.rules.role_lifetime = SHORT
    script = tmp_path / "who.js"
    script.write_text(JAVASCRIPT % 14)
    more = {"NODE_PATH": str(NODE_FOLDER / "node_modules")}
    finished = run(exec_server("node", str(script)), environment_of(household, more))
    lines = [line.split() for line in finished.stdout.decode().splitlines()]
    assert finished.returncode == 0, finished.stderr
    assert {account_id for account_id, _ in lines} == {UNICORN}
    assert len({key_id for _, key_id in lines}) > 1
