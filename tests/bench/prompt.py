"""Measure what the hook costs at a prompt and at TAB, inside the three shells: `python tests/bench/prompt.py`."""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.table import enlarge
from stage import AWSENV, environment_of, furnish, run

from awsenv.demo.server import PracticeServer

FILES = Path(__file__).parents[2] / "shell"
ROUNDS = int(os.environ.get("ROUNDS", "7"))
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile"],
    "zsh": ["zsh", "-f"],
    "fish": ["fish", "--no-config"],
}
ACTIVE = {"AWSENV_PROFILE": "unicorn", "AWSENV_LABEL": "unicorn Team_Unicorn {left}", "AWSENV_EXPORT": "all"}
PROMPT = "__awsenv_at_prompt"
# What is called, how often, in which shells, with which further variables; the first is what all are compared with.
PROMPTS: dict[str, tuple[str, int, tuple[str, ...], Mapping[str, str]]] = {
    "empty function": ("empty", 2000, ("bash", "zsh", "fish"), {}),
    "no profile": (PROMPT, 1000, ("bash", "zsh", "fish"), {}),
    "active": (PROMPT, 500, ("bash", "zsh", "fish"), {"left": "3590"}),
    "expired, nothing to be done": (PROMPT, 500, ("bash", "zsh", "fish"), {"left": "-100"}),
    "active, by printf's clock (bash 4.2)": (PROMPT, 500, ("bash",), {"left": "3590", "__awsenv_bash": "4.4"}),
    "active, by SECONDS (bash 3.2)": (PROMPT, 500, ("bash",), {"left": "3590", "__awsenv_bash": "3.2"}),
    "before a command, active": ("__awsenv_at_command", 500, ("zsh", "fish"), {"left": "3590"}),
}
CALLS = {"bash": "__awsenv_complete", "zsh": "__awsenv_find p", "fish": "complete -C '{line}'"}


def milliseconds(shell: str, script: str, environment: Mapping[str, str]) -> float:
    """Return how long the part between two marks of a script took, for one of its repetitions."""
    done = subprocess.run(
        [*SHELLS[shell], "-c", script], env=dict(environment), capture_output=True, text=True, timeout=300, check=True
    )
    begin, end = (float(found) for found in re.findall(r"^at ([\d.]+)$", done.stdout, re.MULTILINE))
    return (end - begin) * 1000


def loop(shell: str, call: str, times: int, setup: str = "") -> str:
    """Return a script that tells the time before and after so many calls."""
    mark = "date +'at %s.%N'"
    load = f". '{FILES / f'awsenv.{shell}'}'"
    if shell == "fish":
        defaults = "set -g __awsenv_margin 300; set -g __awsenv_guard off; set -g __awsenv_prompt off"
        body = f"for i in (seq {times}); {call} >/dev/null; end"
        defaults += "; set -g __awsenv_colours '32 33 31 35'"
        return f"function empty; end\n{load}\n{defaults}\n{setup}\n{mark}\n{body}\n{mark}"
    # At a real prompt, the trap that waits for a command does not see the loop's own.
    call = f"{{ {call}; trap - DEBUG; }}" if shell == "bash" else call
    counted = f"for ((i = 0; i < {times}; i++)); do {call} >/dev/null; done"
    return f"empty() {{ :; }}\n{load}\n__awsenv_guard=off\n{setup}\n{mark}\n{counted}\n{mark}"


def row(name: str, cells: Mapping[str, float | None]) -> str:
    """Return a line of the table."""
    return f"| {name} | " + " | ".join("-" if cell is None else f"{cell:.2f}" for cell in cells.values()) + " |"


def median(shell: str, script: str, environment: Mapping[str, str], times: int) -> float:
    """Return the median of `ROUNDS` runs, for one call."""
    return statistics.median(milliseconds(shell, script, environment) for _ in range(ROUNDS)) / times


def prompts(environment: Mapping[str, str]) -> None:
    """Print the table of prompts."""
    print("| per prompt, ms | bash | zsh | fish |\n|---|---|---|---|")  # noqa: T201
    for name, (call, times, shells, more) in PROMPTS.items():
        variables = {key: value for key, value in more.items() if key != "left"}
        if "left" in more:
            variables |= {**ACTIVE, "AWSENV_EXPIRES": str(int(time.time()) + int(more["left"]))}
        cells = {
            shell: median(shell, loop(shell, call, times), {**environment, **variables}, times)
            if shell in shells
            else None
            for shell in SHELLS
        }
        print(row(name, cells))  # noqa: T201
    others = {
        "direnv's hook, no .envrc": (shutil.which("direnv"), "{program} export {shell}"),
        "starship's prompt": (os.environ.get("STARSHIP") or shutil.which("starship"), "{program} prompt"),
    }
    for name, (program, call) in others.items():
        if program:
            cells = {
                shell: median(shell, loop(shell, call.format(program=program, shell=shell), 20), environment, 20)
                for shell in SHELLS
            }
            print(row(name, cells))  # noqa: T201


def completions(environment: Mapping[str, str]) -> None:
    """Print the table of completions among 5,016 profiles, from the list at hand; zsh without its own `compadd`."""
    print("\n| per TAB, ms | bash | zsh | fish |\n|---|---|---|---|")  # noqa: T201
    for name, word in (("5,000 hits", "team-"), ("100 hits", "team-042"), ("1 hit", "team-04242")):
        line = f"awsenv use {word}"
        setups = {
            "bash": f"COMP_LINE='{line}' COMP_POINT={len(line)}",
            "zsh": f"__awsenv_current={word}; typeset -ga __awsenv_found; emulate zsh",
            "fish": "",
        }
        cells = {
            shell: median(shell, loop(shell, CALLS[shell].format(line=line), 5, setups[shell]), environment, 5)
            for shell in SHELLS
        }
        print(row(name, cells))  # noqa: T201


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder, PracticeServer() as practice:
        household = furnish(Path(folder) / "home", practice)
        enlarge(household, 5000)
        environment = environment_of(household, {"TERM": "xterm"})
        assert run([AWSENV, "names", "profiles"], environment).returncode == 0
        prompts(environment)
        completions(environment)


if __name__ == "__main__":
    main()
