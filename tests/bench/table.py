"""Measure whole processes in turn and print the table: `make bench`. Ratios are to `python -c pass` of the same run."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stage import AWS_V1, AWS_V2, AWSENV, environment_of, furnish

from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer

ROUNDS = int(os.environ.get("ROUNDS", "15"))
BARE = "python -c pass"


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


def milliseconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Return how long a process took; its failure is an error."""
    started = time.perf_counter()
    subprocess.run(
        command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=True
    )
    return (time.perf_counter() - started) * 1000


def measure(commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]]) -> dict[str, list[float]]:
    """Run every command in turn, `ROUNDS` times, after one round to warm up."""
    for command, environment in commands.values():
        milliseconds(command, environment)
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, (command, environment) in commands.items():
            taken[name].append(milliseconds(command, environment))
    return taken


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, PracticeServer() as practice:
        small = furnish(Path(folder) / "small", practice)
        large = furnish(Path(folder) / "large", practice)
        enlarge(large, 5000)
        commands: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
            BARE: ([sys.executable, "-c", "pass"], environment_of(small))
        }
        for size, household in (("16 profiles", small), ("5,016 profiles", large)):
            environment = environment_of(household)
            use = [AWSENV, "use", "--shell", "bash", "unicorn"]
            commands |= {
                f"awsenv use, warm, {size}": (use, environment),
                f"awsenv exec -- true, warm, {size}": ([AWSENV, "exec", "unicorn", "--", "true"], environment),
                f"awsenv off, {size}": ([AWSENV, "off", "--shell", "bash"], environment),
                f"awsenv whoami, {size}": ([AWSENV, "whoami"], environment),
                f"awsenv list, {size}": ([AWSENV, "list"], environment),
                f"awsenv names, {size}": ([AWSENV, "names", "profiles"], environment),
            }
            export = ["configure", "export-credentials", "--profile", "unicorn"]
            if Path(AWS_V2).exists():
                commands[f"aws v2 configure export-credentials, warm, {size}"] = ([AWS_V2, *export], environment)
            commands[f"aws v1 configure get region, {size}"] = (
                [AWS_V1, "configure", "get", "region", "--profile", "unicorn"],
                environment,
            )
        taken = measure(commands)
    print("| command | ms, median | ratio to python -c pass |\n|---|---|---|")  # noqa: T201
    for name, times in taken.items():
        ratio = statistics.median(mine / bare for mine, bare in zip(times, taken[BARE], strict=True))
        print(f"| {name} | {statistics.median(times):.0f} | {ratio:.1f} |")  # noqa: T201


if __name__ == "__main__":
    main()
