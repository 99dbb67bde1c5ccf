"""docker run: docker's own client reads the variables, and a program has nothing but what it sent."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping

import pytest
from recipes.engine import PracticeEngine
from recipes.page import block
from stage import environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import UNICORN


@pytest.fixture
def engine(household: Household) -> Iterator[PracticeEngine]:
    """Start what stands for docker's engine; its containers have a home of nobody, and reach the practice world."""
    # Its client is nothing that a package of every system has by itself, and so nothing to fail a gate for.
    shutil.which("docker") or pytest.skip("docker's client is not installed")
    nobody = household.home / "nobody"
    nobody.mkdir()
    engine = PracticeEngine(household.practice.environment() | {"HOME": str(nobody)})
    with engine.running():
        yield engine


def typed(
    household: Household, engine: PracticeEngine, line: str, more: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run lines of the page in bash, at the home of the household."""
    own = {"DOCKER_HOST": engine.address} | dict(more or {})
    return run(["bash", "-c", line], environment_of(household, own), cwd=household.home)


def test_keys_by_name(household: Household, engine: PracticeEngine) -> None:
    """The container is in the profile, and has nothing of what the shell has of another."""
    line = block("docker run", "sh", 0)
    finished = typed(household, engine, line, {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SESSION_TOKEN": "stale"})
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["Account"] == UNICORN
    assert set(engine.containers[-1].variables) == {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
    }


def test_keys_by_file(household: Household, engine: PracticeEngine) -> None:
    """What export writes comes to the container through the client as the keys that it is."""
    finished = typed(household, engine, block("docker run", "sh", 1))

    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["Account"] == UNICORN


def test_without_a_sign_in(household: Household, engine: PracticeEngine) -> None:
    """With `exec` no container starts, and with a file one starts without keys, as the page says."""
    furnish(household.home, household.practice, SignedIn(sso_sessions=()))
    household.token_path("company").unlink()
    first = typed(household, engine, block("docker run", "sh", 0))
    assert (first.returncode, engine.containers) == (125, [])
    second = typed(household, engine, block("docker run", "sh", 1))

    assert second.returncode not in {0, 125}
    assert [container.variables for container in engine.containers] == [{}]


def test_an_endpoint_until_the_shell_ends(household: Household, engine: PracticeEngine) -> None:
    """In the host's network the container asks the endpoint, whose file is gone with the shell."""
    finished = typed(household, engine, block("docker run", "sh", 2))
    [container] = engine.containers

    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["Account"] == UNICORN
    assert container.network == "host"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"} & set(container.variables)
