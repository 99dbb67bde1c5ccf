"""Serverless, CDK and Terraform, the real ones: in the profile's account, and past the end of the first keys.

Serverless and CDK come from npm, and Terraform from the machine; whatever they deploy to stands on loopback.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from recipes.page import block
from recipes.services import FAILED, Services
from stage import TIME_LIMIT, environment_of, miss, run

from awsenv.demo.household import Household
from awsenv.demo.story import MARKETING, UNICORN

pytestmark = pytest.mark.soak

# Renewed when half of it is over; served until five seconds before its end.
SHORT, LONGER = timedelta(seconds=12), 14
# Both of Serverless and its fork want to be `serverless`.
PACKAGES = {"serverless": ["serverless@3", "aws-cdk@2"], "osls": ["osls@4"]}

SERVERLESS = """
service: shop
provider: {{name: aws, runtime: nodejs20.x{more}}}
custom:
  account: ${{aws:accountId}}
  region: ${{env:AWS_REGION, "none"}}
"""
# Its SDK knows no variable for endpoints.
REDIRECT = """
const AWS = require("aws-sdk");
AWS.config.sts = { endpoint: process.env.AWS_ENDPOINT_URL_STS };
AWS.config.cloudformation = { endpoint: process.env.AWS_ENDPOINT_URL_CLOUDFORMATION };
"""
APP = """#!/bin/sh
echo "app in $CDK_DEFAULT_ACCOUNT $CDK_DEFAULT_REGION" >&2
mkdir -p "$CDK_OUTDIR"
cat >"$CDK_OUTDIR/manifest.json" <<END
{"version": "36.0.0", "artifacts": {"shop": {"type": "aws:cloudformation:stack",
  "environment": "aws://$CDK_DEFAULT_ACCOUNT/$CDK_DEFAULT_REGION", "properties": {"templateFile": "t.json"}}}}
END
echo '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}' >"$CDK_OUTDIR/t.json"
"""
TERRAFORM = """
terraform {{
  backend "s3" {{
    bucket = "states"
    key = "shop"
    region = "eu-west-1"
    use_path_style = true
    {more}
  }}
}}
resource "terraform_data" "slow" {{
  provisioner "local-exec" {{
    command = "sleep {seconds}; aws sts get-caller-identity --query Account --output text"
  }}
}}
"""


@pytest.fixture
def services(household: Household) -> Iterator[Services]:
    """Start what is deployed to."""
    services = Services(household.practice, LONGER)
    with services.running():
        yield services


@pytest.fixture
def project(household: Household) -> Path:
    """Return an empty folder."""
    folder = household.home / "project"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the tools of npm, each set in a folder of its own."""
    npm = shutil.which("npm") or miss("npm is not installed: sh .ci/tools npm")
    root = tmp_path_factory.mktemp("tools")
    for name, packages in PACKAGES.items():
        folder = root / name
        folder.mkdir()
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages]
        subprocess.run(install, cwd=folder, check=True, timeout=3 * TIME_LIMIT)
    return root


def give(project: Path, tools: Path, name: str) -> None:
    """Let the project have a set of tools, as if it had installed them itself."""
    link = project / "node_modules"
    link.unlink(missing_ok=True)
    link.symlink_to(tools / name / "node_modules")


def typed(
    household: Household, project: Path, line: str, more: Mapping[str, str]
) -> "subprocess.CompletedProcess[bytes]":
    """Run a line of the page in the project's folder."""
    quiet = {"CHECKPOINT_DISABLE": "1", "CDK_DISABLE_CLI_TELEMETRY": "1", "SLS_TELEMETRY_DISABLED": "1"}
    return run(["sh", "-c", line], environment_of(household, quiet | dict(more)), cwd=project)


def serverless(
    household: Household, project: Path, tools: Path, line: str, more: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    """Run a line with Serverless, told to print what it has found out instead of deploying."""
    (project / "serverless.yml").write_text(SERVERLESS.format(more=more))
    (project / "redirect.js").write_text(REDIRECT)
    give(project, tools, "serverless")
    node = {"NODE_OPTIONS": f"--require {project / 'redirect.js'}", "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1"}
    assert "serverless deploy" in line
    return typed(household, project, line.replace("serverless deploy", "serverless print --format json"), node)


def test_serverless_is_in_the_account(household: Household, project: Path, tools: Path) -> None:
    """By the page's line, and by the keys alone, Serverless is in the profile."""
    line = block("Serverless", "sh", 0)
    for each in (line, line.replace("--server ", "--only keys ")):
        finished = serverless(household, project, tools, each)
        assert finished.returncode == 0, finished.stdout
        found = json.loads(finished.stdout)
        assert found["custom"] == {"account": UNICORN, "region": "eu-west-1"}
        assert found["provider"]["region"] == "us-east-1"


def test_serverless_stumbles_over_a_profile(household: Household, project: Path, tools: Path) -> None:
    """A profile without keys in the credentials file stops it, keys in the environment or not; a copy is enough."""
    line = block("Serverless", "sh", 0).replace("--server ", "")
    problem = b'AWS profile "unicorn" doesn\'t seem to be configured'
    server = block("Serverless", "sh", 0)
    assert problem in serverless(household, project, tools, line).stdout
    assert problem in serverless(household, project, tools, server, ", profile: unicorn").stdout
    assert run(["awsenv", "sync", "unicorn"], environment_of(household)).returncode == 0
    for each, more in ((line, ""), (server, ", profile: unicorn")):
        finished = serverless(household, project, tools, each, more)
        assert json.loads(finished.stdout)["custom"]["account"] == UNICORN, finished.stdout


def test_osls_is_in_the_account(household: Household, project: Path, tools: Path) -> None:
    """The fork's version 4 is in the profile by its name, and stops at a [default] without keys where it gets none."""
    (project / "serverless.yml").write_text(SERVERLESS.format(more=""))
    give(project, tools, "osls")
    line = block("Serverless", "sh", 1).replace("osls deploy", "osls print --format json")
    finished = typed(household, project, line, {})
    assert finished.returncode == 0, finished.stdout
    assert json.loads(finished.stdout)["custom"]["account"] == UNICORN
    stopped = typed(household, project, line.replace("exec", "exec --server"), {})
    assert b'AWS profile "default" doesn\'t seem to be configured' in stopped.stdout + stopped.stderr


def cdk(household: Household, project: Path, services: Services, tools: Path, line: str) -> str:
    """Run a line with CDK and return all that it tells."""
    (project / "app").write_text(APP)
    (project / "app").chmod(0o700)
    (project / "cdk.json").write_text('{"app": "./app"}')
    give(project, tools, "serverless")
    finished = typed(household, project, line, services.environment())
    return (finished.stdout + finished.stderr).decode()


def test_cdk_outlives_the_keys(household: Household, project: Path, services: Services, tools: Path) -> None:
    """The app gets the profile's account and region, and the deployment goes on with keys that are good to its end."""
    household.practice.rules.role_lifetime = SHORT
    told = cdk(household, project, services, tools, block("CDK", "sh"))
    assert f"app in {UNICORN} eu-west-1" in told
    assert FAILED in told
    assert not [call for call in services.calls if call.is_over]
    assert len({call.key_id for call in services.calls if call.deed == "DescribeChangeSet"}) > 1


def test_cdk_by_a_profile_of_its_own(household: Household, project: Path, services: Services, tools: Path) -> None:
    """--profile goes before the endpoint, as the page says."""
    line = block("CDK", "sh").replace("deploy --all", "synth --quiet --profile marketing")
    assert f"app in {MARKETING} eu-west-1" in cdk(household, project, services, tools, line)


def terraform(
    household: Household, project: Path, services: Services, line: str, more: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    """Run a line with Terraform in a project that takes longer than keys live."""
    shutil.which("terraform") or miss("terraform is not installed")
    (project / "main.tf").write_text(TERRAFORM.format(seconds=LONGER, more=more))
    own = {"TF_CLI_ARGS_apply": "-auto-approve", "TF_IN_AUTOMATION": "1", "TF_CLI_ARGS": "-no-color"}
    started = typed(household, project, line.replace("apply", "init"), services.environment() | own)
    assert started.returncode == 0, started.stderr
    return typed(household, project, line, services.environment() | own)


def test_terraform_outlives_the_keys(household: Household, project: Path, services: Services) -> None:
    """The state is written, and a program of the apply runs, after the first keys are over."""
    household.practice.rules.role_lifetime = SHORT
    finished = terraform(household, project, services, block("Terraform", "sh"))
    assert finished.returncode == 0, finished.stderr
    assert f"(local-exec): {UNICORN}" in finished.stdout.decode()
    assert "/states/shop" in services.objects
    assert not [call for call in services.calls if call.is_over]


def test_terraform_without_the_endpoint(household: Household, project: Path, services: Services) -> None:
    """With keys that end meanwhile the state stays unwritten: what the recipe is for."""
    household.practice.rules.role_lifetime = SHORT
    line = block("Terraform", "sh").replace("--server", "--only keys")
    finished = terraform(household, project, services, line)
    assert finished.returncode == 1
    assert "/states/shop" not in services.objects
    assert (project / "errored.tfstate").exists()


def test_terraform_with_a_profile_of_its_own(household: Household, project: Path, services: Services) -> None:
    """A profile in a block goes before the environment, and one that `sync --process` wrote is read there."""
    assert run(["awsenv", "sync", "--process", "marketing"], environment_of(household)).returncode == 0
    (project / "main.tf").write_text(TERRAFORM.format(seconds=0, more='profile = "marketing-process"'))
    line = block("Terraform", "sh").replace("apply", "init")
    finished = typed(household, project, line, services.environment())
    key = household.practice.keyring.find(services.calls[-1].key_id)

    assert finished.returncode == 0, finished.stderr
    assert key is not None
    assert key.bearer.identity.account_id == MARKETING
