"""Real readers of what sync writes: with nothing but the credentials file, and by way of credential-process."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cli.companies import FIRST, account, bare_household, world_of
from stage import AWS_V1, AWSENV, SOAK, TIME_LIMIT, at_most, environment_of, miss, run

from awsenv.aws.pacing import CALLS_PER_SECOND
from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import UNICORN
from awsenv.files.processes import process_command

FOREIGN = b"# mine\n[other]\naws_access_key_id = AKIA0000\naws_secret_access_key = x\n"
BOTO3 = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
PROFILES = 50 if SOAK else 10
ByJavascript = Callable[[Mapping[str, str]], str]
# The old SDK knows no variable for the endpoint.
JAVASCRIPT_V2 = """
const AWS = require('aws-sdk');
const sts = new AWS.STS({ endpoint: process.env.AWS_ENDPOINT_URL_STS, region: 'eu-west-1' });
sts.getCallerIdentity({}).promise().then(
  (answer) => console.log(answer.Account), (error) => { console.log(error.message); process.exit(1); });
"""
JAVASCRIPT_V3 = """
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
new STSClient({ region: 'eu-west-1' }).send(new GetCallerIdentityCommand({})).then(
  (answer) => console.log(answer.Account), (error) => { console.log(error.message); process.exit(1); });
"""


def bare(home: Household, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a tool that reads only the credentials file: its config file is an empty one."""
    empty = home.home / "empty"
    empty.touch()
    own = {"AWS_CONFIG_FILE": str(empty), "AWS_DEFAULT_REGION": "eu-west-1", "AWS_PROFILE": "unicorn"}
    return environment_of(home, own | dict(more or {}))


def by_boto3(environment: Mapping[str, str]) -> str:
    """Return the account in which boto3 is."""
    return run([sys.executable, "-c", BOTO3], environment).stdout.decode().strip()


def by_aws_cli(environment: Mapping[str, str]) -> str:
    """Return the account in which the AWS CLI is."""
    command = [AWS_V1, "sts", "get-caller-identity", "--query", "Account", "--output", "text"]
    return run(command, environment).stdout.decode().strip()


def awsenv(home: Household, *words: str) -> list[str]:
    """Run awsenv, check that it is content, and return what people were told."""
    finished = run([AWSENV, *words], environment_of(home))
    assert finished.returncode == 0, finished.stderr
    return finished.stderr.decode().splitlines()


def test_boto3_and_the_aws_cli_with_a_bare_file(household: Household) -> None:
    """Both are the account after `sync`; after `logout`, nobody, and the file is to the byte what it was before."""
    household.credentials_path.write_bytes(FOREIGN)
    awsenv(household, "sync", "unicorn")
    assert by_boto3(bare(household)) == by_aws_cli(bare(household)) == UNICORN
    awsenv(household, "sync", "unicorn", "--default")
    assert by_boto3({name: text for name, text in bare(household).items() if name != "AWS_PROFILE"}) == UNICORN
    awsenv(household, "logout", "unicorn")

    assert by_boto3(bare(household)) == ""
    assert household.credentials_path.read_bytes() == FOREIGN


def test_dead_keys_are_gone(household: Household) -> None:
    """Keys that are over leave with the next command, and leave what is foreign to the byte."""
    household.credentials_path.write_bytes(FOREIGN)
    household.practice.rules.role_lifetime = timedelta(seconds=3)
    awsenv(household, "sync", "unicorn")
    assert household.credentials_path.read_bytes() != FOREIGN
    time.sleep(3)
    household.practice.rules.role_lifetime = timedelta(hours=1)
    awsenv(household, "use", "devops", "--shell", "sh")

    assert household.credentials_path.read_bytes() == FOREIGN


def test_tools_take_the_copy_that_others_made_fresh(household: Household) -> None:
    """A long-lived process of boto3 that opens the file anew has the keys that a second sync wrote."""
    household.practice.rules.role_lifetime = timedelta(minutes=5)
    awsenv(household, "sync", "unicorn")
    first = household.credentials_path.read_bytes()
    awsenv(household, "sync")

    assert household.credentials_path.read_bytes() != first
    assert by_boto3(bare(household)) == UNICORN


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Household]:
    """Start a company of many accounts, whose portal counts calls, and write a profile for each."""
    with PracticeServer(world_of([account(number, roles=("Admin",)) for number in range(PROFILES)])) as server:
        home = bare_household(tmp_path / "home", server)
        with home.config_path.open("a") as file:
            for number in range(PROFILES):
                file.write(f"\n[profile team-{number}]\nsso_session = company\n")
                file.write(f"sso_account_id = {FIRST + number}\nsso_role_name = Admin\nregion = eu-west-1\n")
        # A few at once would be no more than twenty a second, and still a bunch.
        server.rules.calls_per_second, server.rules.burst = 20, 2
        yield home
    assert server.failures == []


def test_many_profiles_take_what_the_portal_takes(many: Household) -> None:
    """All are there after little more than the portal's own pace asks for; once fetched, after next to nothing."""
    began = time.monotonic()
    awsenv(many, "sync", "--all")
    cold = time.monotonic() - began
    began = time.monotonic()
    lines = awsenv(many, "sync", "--all")
    warm = time.monotonic() - began

    assert many.credentials_path.read_text().count("aws_session_token = ") == PROFILES
    assert lines == [f"awsenv: {PROFILES} profiles in the credentials file: {PROFILES} unchanged"]
    assert many.practice.journal.count("GetRoleCredentials") == PROFILES
    assert not [call for call in many.practice.journal.calls() if call.status != 200]
    assert cold < at_most(1.2 * PROFILES / 20)
    assert warm < at_most(1.0)
    assert CALLS_PER_SECOND < 20


@pytest.fixture(scope="module")
def javascript_v2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the older SDK of JavaScript, which is large."""
    npm = shutil.which("npm") or miss("npm is not installed: sh .ci/tools npm")
    folder = tmp_path_factory.mktemp("javascript")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "aws-sdk@2"]
    subprocess.run(install, cwd=folder, check=True, timeout=3 * TIME_LIMIT)
    return folder


@pytest.fixture(scope="module")
def javascript_v3() -> Path:
    """Find the newer SDK of JavaScript where make keeps it."""
    folder = Path(sys.prefix) / "javascript"
    if not (folder / "node_modules" / "@aws-sdk" / "client-sts").is_dir():
        # Not a failure, even in CI: where there is no registry of packages, it cannot be had.
        pytest.skip("the AWS SDK for JavaScript is not installed: make .venv/.javascript")
    return folder


@pytest.fixture(params=["v3", pytest.param("v2", marks=pytest.mark.soak)])
def by_javascript(request: pytest.FixtureRequest) -> ByJavascript:
    """Return what tells the account in which an SDK of JavaScript is, or what it complains of."""
    shutil.which("node") or miss("node is not installed: sh .ci/tools nodejs")
    folder: Path = request.getfixturevalue(f"javascript_{request.param}")
    script = JAVASCRIPT_V2 if request.param == "v2" else JAVASCRIPT_V3
    return lambda environment: run(["node", "-e", script], environment, cwd=folder).stdout.decode().strip()


def test_javascript_with_a_bare_file(household: Household, by_javascript: ByJavascript) -> None:
    """With nothing but the credentials file it is the account after `sync`, and nobody after `logout`."""
    awsenv(household, "sync", "unicorn")
    assert by_javascript(bare(household)) == UNICORN
    awsenv(household, "logout", "unicorn")

    assert by_javascript(bare(household)) != UNICORN


def test_a_copy_gives_its_keys_to_no_other_profile(household: Household, by_javascript: ByJavascript) -> None:
    """A name that is half a comment to this SDK would have made the section above somebody else: it is refused."""
    household.credentials_path.write_bytes(FOREIGN)
    environment = bare(household, {"AWS_PROFILE": "other"})
    before = by_javascript(environment)
    finished = run([AWSENV, "sync", "unicorn", "--as", "half #whole"], environment_of(household))

    assert finished.returncode == 3
    assert by_javascript(environment) == before != UNICORN


def test_javascript_by_way_of_a_process(household: Household, by_javascript: ByJavascript) -> None:
    """It takes what credential-process prints, whatever the name is of the profile that is asked for."""
    awsenv(household, "sync", "--process", "unicorn")
    own = {"AWS_SDK_LOAD_CONFIG": "1"}
    environment = environment_of(household, own | {"AWS_PROFILE": "unicorn-process"})
    assert by_javascript(environment) == UNICORN
    # The first ones hold what most of the others do.
    names = ["it's; touch x #", "back\\slash", "a b", "a;b #c", "x ;y", '"', "$(touch x)", "`touch x`", "-x", "*"]
    for number, name in enumerate(names[: None if SOAK else 2]):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        with household.config_path.open("a") as file:
            file.write(f'\n[profile "{quoted}"]\nsso_session = company\nsso_account_id = {UNICORN}\n')
            file.write("sso_role_name = Developer\nregion = eu-west-1\n")
            file.write(f"\n[profile p{number}]\ncredential_process = {process_command([AWSENV], name)}\n")
        environment = environment_of(household, own | {"AWS_PROFILE": f"p{number}"})
        assert by_javascript(environment) == UNICORN, name
    assert not list(Path(sys.prefix).glob("javascript/x"))


@pytest.mark.soak
def test_against_an_empty_python(many: Household) -> None:
    """With keys at hand, 50 profiles cost at most forty times an empty Python, and none is lost."""
    awsenv(many, "sync", "--all")
    environment = environment_of(many)

    def fastest(command: list[str]) -> float:
        times = []
        for _ in range(5):
            many.credentials_path.unlink(missing_ok=True)
            began = time.monotonic()
            assert run(command, environment).returncode == 0
            times.append(time.monotonic() - began)
        return min(times)

    empty = fastest([sys.executable, "-c", "pass"])
    warm = fastest([AWSENV, "sync", "--all"])
    one = fastest([AWSENV, "credential-process", "team-0"])
    awsenv(many, "sync", "--all")
    assert many.credentials_path.read_text().count("aws_session_token = ") == PROFILES
    assert warm < 40 * empty
    assert one < 6 * empty
