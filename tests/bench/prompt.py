"""Measure what the hook costs at a switch, at a prompt and at TAB, in the three shells.

Every cell is a median with its ratio to the first row of its column, whose runs were made in turn with it.
"""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pexpect
from bench.table import enlarge
from stage import AWSENV, environment_of, furnish, run

from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer

FILES = Path(__file__).parents[2] / "shell"
ROUNDS = int(os.environ.get("ROUNDS", "7"))
COMMANDS, WARMING = 60, 5
LIMIT = 60.0
BARE = {"bash": ["bash", "--norc", "--noprofile"], "zsh": ["zsh", "-f"], "fish": ["fish", "--no-config"]}
INTERACTIVE = {
    "bash": ["bash", "--noprofile", "--rcfile", "{rc}", "-i"],
    "zsh": ["zsh", "-d", "-i"],
    "fish": ["fish", "--no-config", "-C", "source {rc}", "-i"],
}
PLAIN = {
    "bash": "PS1='$ '",
    "zsh": "PROMPT='%% '",
    "fish": "function fish_prompt; echo -n '> '; end; function fish_title; end; set -g fish_greeting",
}
AT_PROMPT, AT_COMMAND = "__awsenv_at_prompt", "__awsenv_at_command"
COMPLETE = {"bash": "__awsenv_complete", "zsh": "__awsenv_find p", "fish": "complete -C '{line}'"}

Cell = Callable[[], float]


def active(left: int = 3590) -> dict[str, str]:
    """Return the variables of a shell that `use` has switched, for the hook's part in it."""
    return {
        "AWSENV_PROFILE": "unicorn",
        "AWSENV_LABEL": "unicorn Team_Unicorn {left}",
        "AWSENV_EXPORT": "all",
        "AWSENV_EXPIRES": str(int(time.time()) + left),
    }


def load(shell: str) -> str:
    """Return the line that loads the hook."""
    return f". '{FILES / f'awsenv.{shell}'}'"


def per_command(shell: str, lines: str, environment: Mapping[str, str]) -> float:
    """Return the milliseconds from one command's output to the next one's, at the prompts of a real terminal."""
    with tempfile.TemporaryDirectory() as folder:
        rc = Path(folder) / (".zshrc" if shell == "zsh" else "rc")
        rc.write_text(f"{PLAIN[shell]}\n{lines}\n")
        command = [word.format(rc=rc) for word in INTERACTIVE[shell]]
        homes = {"ZDOTDIR": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
        child = pexpect.spawn(
            command[0], command[1:], env={**environment, **homes}, cwd=folder, timeout=LIMIT, dimensions=(50, 120)
        )
        child.delaybeforesend = None
        try:
            began = 0.0
            for number in range(WARMING + COMMANDS):
                if number == WARMING:
                    began = time.perf_counter()
                child.send(f"echo d''one{number}\r")
                child.expect_exact(f"done{number}\r\n")
            return (time.perf_counter() - began) * 1000 / COMMANDS
        finally:
            child.close(force=True)


def per_call(shell: str, call: str, times: int, environment: Mapping[str, str], setup: str = "") -> float:
    """Return the milliseconds of one call of a function, in a shell without a terminal."""
    mark = "date +'at %s.%N'"
    if shell == "fish":
        defaults = "set -g __awsenv_margin 300; set -g __awsenv_guard off; set -g __awsenv_prompt off"
        defaults += "; set -g __awsenv_colours '32 33 31 35'"
        body = f"for i in (seq {times}); {call} >/dev/null; end"
    else:
        defaults = "__awsenv_guard=off; __awsenv_register"
        if shell == "bash":
            # At a real prompt, the trap that waits for a command does not see the loop's own.
            defaults += "; __awsenv_at_debug() { __awsenv_then='trap - DEBUG'; }"
            call = f"{{ {call}; :; }}"
        body = f"for ((i = 0; i < {times}; i++)); do {call} >/dev/null; done"
    script = f"{load(shell)}\n{defaults}\n{setup}\n{mark}\n{body}\n{mark}"
    done = subprocess.run(
        [*BARE[shell], "-c", script], env=dict(environment), capture_output=True, text=True, timeout=300, check=True
    )
    begin, end = (float(found) for found in re.findall(r"^at ([\d.]+)$", done.stdout, re.MULTILINE))
    return (end - begin) * 1000 / times


def table_of(title: str, rows: Mapping[str, Mapping[str, Cell]]) -> Iterator[str]:
    """Measure all cells of a table in turn, `ROUNDS` times, and yield its lines."""
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for name, cells in rows.items():
            for shell, cell in cells.items():
                taken.setdefault((name, shell), []).append(cell())
    first = next(iter(rows))
    yield f"\n| {title} | bash | zsh | fish |\n|---|---|---|---|"
    for name in rows:
        texts = []
        for shell in BARE:
            times, bare = taken.get((name, shell)), taken[first, shell]
            if times is None:
                texts.append("-")
                continue
            ratio = statistics.median(mine / other for mine, other in zip(times, bare, strict=True))
            texts.append(f"{statistics.median(times):.2f} ({ratio:.2g}x)")
        yield f"| {name} | {' | '.join(texts)} |"


def row(work: Callable[[str], float], shells: tuple[str, ...] = tuple(BARE)) -> dict[str, Cell]:
    """Return the cells of a row: the same work in each shell."""

    def cell(shell: str) -> Cell:
        return lambda: work(shell)

    return {shell: cell(shell) for shell in shells}


def whole_prompts(environment: Mapping[str, str], folder: Path) -> dict[str, dict[str, Cell]]:
    """Return the table of whole prompts: a command, the prompt, and what stands between them."""
    rows = {
        "no hook": row(lambda shell: per_command(shell, "", environment)),
        "the hook, no profile": row(lambda shell: per_command(shell, load(shell), environment)),
        "the hook, a profile": row(lambda shell: per_command(shell, load(shell), {**environment, **active()})),
    }
    if direnv := shutil.which("direnv"):
        hooks = {"bash": 'eval "$({} hook bash)"', "zsh": 'eval "$({} hook zsh)"', "fish": "{} hook fish | source"}
        rows["direnv, no .envrc"] = row(lambda shell: per_command(shell, hooks[shell].format(direnv), environment))
    if starship := os.environ.get("STARSHIP") or shutil.which("starship"):
        inits = {"bash": 'eval "$({} init bash)"', "zsh": 'eval "$({} init zsh)"', "fish": "{} init fish | source"}
        more = {**environment, "STARSHIP_CACHE": str(folder), "STARSHIP_CONFIG": str(folder / "none.toml")}
        (folder / "none.toml").touch()
        rows["starship, as it comes"] = row(lambda shell: per_command(shell, inits[shell].format(starship), more))
    return rows


def own_work(environment: Mapping[str, str]) -> dict[str, dict[str, Cell]]:
    """Return the table of the hook's own work, beside the least that a process costs."""
    true = shutil.which("true") or "/bin/true"

    def call(function: str, more: Mapping[str, str]) -> Callable[[str], float]:
        return lambda shell: per_call(shell, function, 300, {**environment, **more})

    return {
        "one process, `true`": row(lambda shell: per_call(shell, true, 60, environment)),
        "at a prompt, no profile": row(call(AT_PROMPT, {})),
        "at a prompt, a profile": row(call(AT_PROMPT, active())),
        "at a prompt, expired, nothing to be done": row(call(AT_PROMPT, active(-100))),
        "before a command, a profile": row(call(AT_COMMAND, active()), ("zsh", "fish")),
        "at a prompt, by printf's clock (bash 4.2)": row(
            call(AT_PROMPT, {**active(), "__awsenv_bash": "4.4"}), ("bash",)
        ),
        "at a prompt, by SECONDS (bash 3.2)": row(call(AT_PROMPT, {**active(), "__awsenv_bash": "3.2"}), ("bash",)),
    }


def completions(environment: Mapping[str, str]) -> dict[str, dict[str, Cell]]:
    """Return the table of completions among 5,016 profiles; zsh without its own choosing among what it is given."""

    def complete(word: str, more: Mapping[str, str], times: int = 5) -> Callable[[str], float]:
        line = f"awsenv use {word}"
        setups = {
            "bash": f"COMP_LINE='{line}' COMP_POINT={len(line)}",
            "zsh": f"__awsenv_current={word}; typeset -ga __awsenv_found; emulate zsh",
            "fish": "",
        }
        return lambda shell: per_call(
            shell, COMPLETE[shell].format(line=line), times, {**environment, **more}, setups[shell]
        )

    elsewhere = {"XDG_CACHE_HOME": "/dev/null/none"}
    return {
        "no list at hand, 1 hit": row(complete("team-04242", elsewhere, 1)),
        "5,000 hits": row(complete("team-", {})),
        "100 hits": row(complete("team-042", {})),
        "1 hit": row(complete("team-04242", {})),
    }


def switches(environment: Mapping[str, str], household: Household) -> dict[str, dict[str, Cell]]:
    """Return the table of switches: in the shell by a prepared answer, and by the program."""

    def use(more: Mapping[str, str], times: int) -> Callable[[str], float]:
        return lambda shell: per_call(shell, "awsenv use unicorn", times, {**environment, **more})

    long_ago = time.time() - 3600
    for path in (household.config_path, household.home / ".aws" / "credentials"):
        os.utime(path, (long_ago, long_ago))
    for shell in BARE:
        assert run([AWSENV, "use", "--shell", shell, "unicorn"], environment).returncode == 0
    return {
        "one process, `true`": row(lambda shell: per_call(shell, shutil.which("true") or "/bin/true", 60, environment)),
        "`awsenv use`, prepared": row(use({}, 100)),
        "`awsenv use`, by the program": row(use({"AWSENV_DEBUG": "1"}, 3)),
    }


def report() -> Iterator[str]:
    """Yield the lines of the tables."""
    with tempfile.TemporaryDirectory() as folder, PracticeServer() as practice:
        household = furnish(Path(folder) / "home", practice)
        environment = environment_of(household, {"TERM": "xterm"})
        yield from table_of("a switch through the hook, ms", switches(environment, household))
        yield from table_of("a command and its prompt, ms", whole_prompts(environment, Path(folder)))
        yield from table_of("the hook's own work, ms", own_work(environment))
        enlarge(household, 5000)
        assert run([AWSENV, "names", "profiles"], environment).returncode == 0
        yield from table_of("TAB among 5,016 names, ms", completions(environment))
