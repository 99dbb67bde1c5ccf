"""`export` gives one profile's keys to other readers than the shell, and nothing to anybody where it fails."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest
from cli.real_shells import SHELLS, dialect_of, run_script
from shells.format_readers import read_github
from stage import AWSENV, environment_of, miss, run

from awsenv.demo.household import Household
from awsenv.demo.story import expected_identity

KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"}
REGIONS = {"AWS_REGION", "AWS_DEFAULT_REGION"}
FORMATS = ("env", "dotenv", "json", "fish", "powershell", "docker", "github")
IDENTITY = "aws sts get-caller-identity --output json"


def exported(household: Household, *words: str, more: Mapping[str, str] | None = None) -> str:
    """Return what `export` prints when it has nothing to complain of."""
    finished = run([AWSENV, "export", *words], environment_of(household, more))

    assert (finished.returncode, finished.stderr) == (0, b"")
    return finished.stdout.decode()


def test_json_has_the_keys_and_the_region(household: Household) -> None:
    """The keys with their end and both region variables, nothing of awsenv's own, and no profile beside them."""
    variables = json.loads(exported(household, "unicorn", "--format", "json"))

    assert variables.keys() == KEYS | REGIONS
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    other = json.loads(exported(household, "--region", "us-east-1", "--format=json", "unicorn"))
    assert (other["AWS_REGION"], other["AWS_ACCESS_KEY_ID"]) == ("us-east-1", variables["AWS_ACCESS_KEY_ID"])


@pytest.mark.parametrize("form", FORMATS)
def test_all_formats_say_the_same(household: Household, form: str) -> None:
    """Every format has the same keys, in a text of its own."""
    variables = json.loads(exported(household, "unicorn", "--format", "json"))
    text = exported(household, "unicorn", "--format", form)

    assert all(text.count(value) >= 1 and name in text for name, value in variables.items())
    assert "AWSENV" not in text


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_evaluates_what_is_printed_for_it(household: Household, shell: str) -> None:
    """Without --format the text is for the calling shell; the real AWS CLI then is who the profile is."""
    script = f'eval "$({AWSENV} export unicorn)"; {IDENTITY}'
    if dialect_of(shell) == "fish":
        script = f"{AWSENV} export unicorn | source; {IDENTITY}"
    finished = run_script(shell, script, environment_of(household, {"AWS_SESSION_TOKEN": "of another"}))

    expected = expected_identity("unicorn")
    assert expected is not None
    assert json.loads(finished.stdout)["Account"] == expected[0]


@pytest.mark.parametrize("shell", SHELLS)
def test_static_keys_take_the_token_of_others_away(household: Household, shell: str) -> None:
    """A token or an end that the shell has of other keys is unset where the new ones have none."""
    is_fish = dialect_of(shell) == "fish"
    fetch = f"{AWSENV} export keys | source" if is_fish else f'eval "$({AWSENV} export keys)"'
    before = {"AWS_SESSION_TOKEN": "of another", "AWS_CREDENTIAL_EXPIRATION": "of another"}
    with (household.home / ".aws" / "credentials").open("a") as file:
        file.write("\n[keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalr/EXAMPLEKEY\n")
    finished = run_script(shell, f"{fetch}; env", environment_of(household, before))
    variables = dict(line.split("=", 1) for line in finished.stdout.decode().splitlines() if line.startswith("AWS_"))

    assert variables["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE"
    assert not variables.keys() & before.keys()


def test_a_shell_keeps_no_profile_beside_the_keys(household: Household) -> None:
    """A tool that goes by the profile, or by an older name of the token, before the keys finds neither."""
    before = {"AWS_PROFILE": "partner", "AWS_DEFAULT_PROFILE": "nobody", "AWS_SECURITY_TOKEN": "of another"}
    script = f'eval "$({AWSENV} export unicorn)"; env'
    mine = {"AWS_CA_BUNDLE": "mine", "AWS_ACCOUNT_ID": "mine"}
    finished = run_script("bash", script, environment_of(household, before | mine))
    variables = dict(line.split("=", 1) for line in finished.stdout.decode().splitlines() if line.startswith("AWS_"))

    assert not variables.keys() & before.keys()
    assert mine.items() < variables.items()
    assert variables.keys() > KEYS


def test_a_job_of_github_keeps_no_token_beside_the_keys(household: Household) -> None:
    """What steps before have left is made empty, which AWS tools take for unset; of a profile, a warning tells."""
    with (household.home / ".aws" / "credentials").open("a") as file:
        file.write("\n[keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalr/EXAMPLEKEY\n")
    left = {"AWS_SESSION_TOKEN": "of another", "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z", "AWS_PROFILE": "x"}
    environment = environment_of(household, left)
    finished = run([AWSENV, "export", "keys", "--format", "github"], environment)
    found = read_github(finished.stdout)

    assert finished.stderr == (
        b"awsenv: warning: AWS_PROFILE is set in this job and no file can unset it: some tools go by it, and not by "
        b"the keys\n"
    )
    assert (found["AWS_SESSION_TOKEN"], found["AWS_CREDENTIAL_EXPIRATION"]) == ("", "")
    assert found.keys() == left.keys() - {"AWS_PROFILE"} | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    script = "import boto3; print(boto3.Session().get_credentials().get_frozen_credentials())"
    del environment["AWS_PROFILE"]
    read = run([sys.executable, "-c", script], environment | found).stdout.decode()
    assert "AKIAIOSFODNN7EXAMPLE" in read
    assert "token=None" in read


@pytest.mark.parametrize("shell", SHELLS)
def test_a_failure_fails_the_eval_and_changes_nothing(household: Household, shell: str) -> None:
    """Where there are no keys to be had, the text sets the status and nothing else."""
    household.token_path("company").unlink()
    is_fish = dialect_of(shell) == "fish"
    form = "fish" if is_fish else "env"
    status = "$status" if is_fish else "$?"
    for name, code in (("nobody", 3), ("unicorn", 4)):
        script = f'eval "$({AWSENV} export --no-login {name} --format {form})"; echo {status} $AWS_ACCESS_KEY_ID'
        finished = run_script(shell, script, environment_of(household, {"AWS_ACCESS_KEY_ID": "mine"}))

        assert finished.stdout == f"{code} mine\n".encode()


@pytest.mark.parametrize("form", ["dotenv", "json", "powershell", "docker", "github"])
def test_a_failure_leaves_a_file_empty(household: Household, form: str) -> None:
    """What no shell evaluates stays empty where there are no keys."""
    finished = run([AWSENV, "export", "--format", form, "nobody"], environment_of(household))

    assert (finished.returncode, finished.stdout) == (3, b"")
    assert finished.stderr.startswith(b'awsenv: profile "nobody" not found')


def test_a_runner_of_github_hides_the_keys(household: Household) -> None:
    """On a runner the keys are masked before they are written to its file; elsewhere stderr says nothing."""
    words = [AWSENV, "export", "unicorn", "--format", "github"]
    finished = run(words, environment_of(household, {"GITHUB_ACTIONS": "true"}))
    variables = json.loads(exported(household, "unicorn", "--format", "json"))
    masked = [line.removeprefix("::add-mask::") for line in finished.stderr.decode().splitlines()]

    assert masked == [variables[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
    assert run(words, environment_of(household)).stderr == b""


def test_node_reads_the_file_of_variables(household: Household) -> None:
    """Node's own reader of such files gets the keys as well."""
    try:
        subprocess.run(["node", "--version"], check=True, capture_output=True)
    except OSError:
        miss("node is not installed: sh .ci/tools nodejs")
    path = household.home / "keys.env"
    path.write_text(exported(household, "unicorn", "--format", "dotenv"))
    script = "process.loadEnvFile(process.argv[1]); console.log(JSON.stringify(process.env))"
    finished = run(["node", "-e", script, str(path)], {"PATH": environment_of(household)["PATH"]})
    wanted = json.loads(exported(household, "unicorn", "--format", "json"))

    assert wanted.items() <= json.loads(finished.stdout).items()
