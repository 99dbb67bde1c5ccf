"""Measure whole processes in turn: ratios to `python -c pass` of the same interpreter in the same run.

Wall clock is the median of the rounds; instructions are valgrind's, which repeat. What is measured is awsenv as a wheel
installs it, in a venv of its own (`make bench`); the peers of the index are in another.
"""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stage import AWS_V2, environment_of, furnish

from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import COMPANY_URL, REGION, UNICORN

ROUNDS = int(os.environ.get("ROUNDS", "15"))
HOME = Path(__file__).parents[2] / ".bench"
OWN, PEERS = HOME / "own" / "bin", HOME / "peers" / "bin"
PYTHON, AWSENV = str(OWN / "python"), str(OWN / "awsenv")
BARE = "`python -c pass`"
SIZES = (5, 500, 5000)


@dataclass(frozen=True, slots=True)
class Job:
    """A command and where it runs; `before` is what a run must not find. Of `gates` instructions are counted."""

    command: Sequence[str]
    environment: Mapping[str, str]
    before: Sequence[Path] = ()
    gates: bool = False

    def prepare(self) -> None:
        """Remove what an earlier run has left."""
        for path in self.before:
            shutil.rmtree(path, ignore_errors=True)


def enlarge(household: Household, profiles: int) -> None:
    """Add profiles to the config until there are `profiles` more."""
    lines = []
    for number in range(profiles):
        lines += [
            f"[profile team-{number:05}-developer]",
            "sso_session = company",
            f"sso_account_id = {700_000_000_000 + number}",
            "sso_role_name = Developer",
            "region = eu-west-1",
            "",
        ]
    with household.config_path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines))
    long_ago = time.time() - 3600
    os.utime(household.config_path, (long_ago, long_ago))


def milliseconds(job: Job) -> float:
    """Return how long a process took; its failure is an error."""
    job.prepare()
    started = time.perf_counter()
    # Without a time limit, for which it would look every so often only.
    subprocess.run(
        job.command,
        env=dict(job.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return (time.perf_counter() - started) * 1000


def instructions(job: Job) -> float:
    """Return how many million instructions the first program of a process takes, as valgrind counts them."""
    job.prepare()
    tracer = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", PYTHON]
    command = job.command[1:] if job.command[0] == PYTHON else job.command
    environment = {**job.environment, "PYTHONHASHSEED": "0"}
    done = subprocess.run([*tracer, *command], env=environment, capture_output=True, text=True, check=True)
    return sum(int(count) for count in re.findall(r"Collected : (\d+)", done.stderr)) / 1e6


def measure(jobs: Mapping[str, Job]) -> dict[str, list[float]]:
    """Run every command in turn, `ROUNDS` times, after one round to warm up."""
    for job in jobs.values():
        milliseconds(job)
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            taken[name].append(milliseconds(job))
    return taken


def clean(household: Household) -> dict[str, str]:
    """Return the environment of a household, with this folder's own programs nowhere on the PATH."""
    return environment_of(household, {"PATH": os.defpath, "LC_ALL": "C.UTF-8"})


def warm(household: Household, size: str) -> dict[str, Job]:
    """Return what awsenv does in a household where it did the same before."""
    environment = clean(household)
    return {
        f"`use`, warm, {size}": Job([AWSENV, "use", "--shell", "bash", "unicorn"], environment, gates=True),
        f"`exec -- true`, warm, {size}": Job([AWSENV, "exec", "unicorn", "--", "true"], environment),
        f"`list`, {size}": Job([AWSENV, "list"], environment, gates=True),
        f"`whoami`, {size}": Job([AWSENV, "whoami"], environment, gates=True),
        f"`credential-process`, warm, {size}": Job([AWSENV, "credential-process", "unicorn"], environment, gates=True),
        f"`names profiles`, {size}": Job([AWSENV, "names", "profiles"], environment),
    }


def cold(household: Household, size: str) -> dict[str, Job]:
    """Return what awsenv does in a household where it lacks the answer, or the role's keys as well."""
    environment = clean(household)
    prepared, cache = household.home / ".cache", household.home / ".aws" / "cli" / "cache"
    use = [AWSENV, "use", "--shell", "bash", "unicorn"]
    return {
        f"`use`, cold, one call to the portal, {size}": Job(use, environment, before=(cache, prepared), gates=True),
        f"`use`, the role's keys at hand, {size}": Job(
            [AWSENV, "use", "--shell", "bash", "robot"], environment, before=(prepared,), gates=True
        ),
    }


def others(household: Household) -> dict[str, Job]:
    """Return what peers do that comes nearest to a warm `use`: print or set the keys of one profile."""
    environment = clean(household)
    jobs = {
        "aws v2 `configure export-credentials`": [AWS_V2, "configure", "export-credentials", "--profile", "unicorn"],
        "aws2-wrap `--export`": [str(PEERS / "aws2-wrap"), "--profile", "unicorn", "--export"],
        "yawsso `-p`": [str(PEERS / "yawsso"), "-p", "unicorn"],
        "awsume (a role by keys)": [str(PEERS / "awsumepy"), "build"],
        "aws-sso-util `credential-process`": [
            str(PEERS / "aws-sso-util"),
            *("credential-process", "--start-url", COMPANY_URL, "--sso-region", REGION),
            *("--account-id", UNICORN, "--role-name", "Developer"),
        ],
    }
    return {name: Job(command, environment) for name, command in jobs.items()}


@contextmanager
def households() -> Iterator[dict[int, tuple[Household, Household]]]:
    """Yield two households for each size of the config: what one keeps, the other forgets."""
    with tempfile.TemporaryDirectory() as folder, PracticeServer() as practice:
        made = {}
        for size in SIZES:
            made[size] = (
                furnish(Path(folder) / f"warm{size}", practice),
                furnish(Path(folder) / f"cold{size}", practice),
            )
            for household in made[size]:
                enlarge(household, size)
        yield made


def report() -> Iterator[str]:
    """Yield the lines of the tables."""
    with households() as made:
        small = clean(made[SIZES[0]][0])
        jobs = {
            BARE: Job([PYTHON, "-c", "pass"], small, gates=True),
            "`--help`": Job([AWSENV, "--help"], small, gates=True),
            "`off`": Job([AWSENV, "off", "--shell", "bash"], small),
            "`init bash`": Job([AWSENV, "init", "bash"], small),
        }
        for size, (keeping, forgetting) in made.items():
            jobs |= warm(keeping, f"{size + 16:,} profiles") | cold(forgetting, f"{size + 16:,} profiles")
        jobs |= others(made[SIZES[0]][0])
        working = {name: job for name, job in jobs.items() if _works(job)}
        taken = measure(working)
        counted = {name: instructions(job) for name, job in working.items() if job.gates}
    yield "| command | ms, median | ratio to `python -c pass` | ratio of instructions |"
    yield "|---|---|---|---|"
    for name in jobs:
        if name not in taken:
            yield f"| {name} | fails here | | |"
            continue
        ratio = statistics.median(mine / bare for mine, bare in zip(taken[name], taken[BARE], strict=True))
        count = f"{counted[name] / counted[BARE]:.2f}" if name in counted else ""
        yield f"| {name} | {statistics.median(taken[name]):.1f} | {ratio:.2f} | {count} |"


def _works(job: Job) -> bool:
    try:
        milliseconds(job)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
