"""TAB in zsh and fish among 5,000 names: no process, whether one name fits, two hundred, or all."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hook.stand_in import StandIn
from hook.test_completion import COMPINIT, complete_and_run
from hook.test_guests import traced
from stage import miss


@pytest.mark.parametrize("begun", ["single", "other", ""])
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_tab_forks_nothing(shell: str, begun: str, sit: Any, stand_in: StandIn, tmp_path: Path) -> None:
    """From the list at hand, nothing is forked and nothing started, however many names fit."""
    if shutil.which("strace") is None:
        miss("no strace")
    names = (
        [f"team-{number:05}" for number in range(4800)] + [f"other-{number:03}" for number in range(199)] + ["single"]
    )
    sources = [stand_in.home / ".aws" / name for name in ("config", "credentials")]
    sources[0].parent.mkdir()
    for path in sources:
        path.touch()
    listed = stand_in.home / ".cache" / "awsenv" / "names"
    listed.parent.mkdir(parents=True)
    listed.write_text("\n".join(["awsenv-names 1", *map(str, sources), *(f"p {name}" for name in names), ""]))
    quiet = "unsetopt auto_list beep; setopt no_list_ambiguous" if shell == "zsh" else ""
    terminal = sit(shell, lines=("", f"{COMPINIT[shell]}\n{quiet}"), size=(60, 200))
    # Once before: what a completion loads of the shell's own, it loads now.
    terminal.send("awsenv status single\t")
    terminal.rests()
    terminal.send("\x15")
    terminal.rests()
    trace = tmp_path / "trace"
    tracer = ["strace", "-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-o", str(trace), "-p"]
    with traced(tracer, terminal):
        terminal.send(f"awsenv status {begun}\t")
        terminal.rests()
    started = [line for line in trace.read_text().splitlines() if "CLONE_THREAD" not in line and "exited" not in line]

    assert started == []
    assert stand_in.calls() == []


def test_a_name_that_fish_would_take_for_a_home_is_completed_behind_a_quote(sit: Any, stand_in: StandIn) -> None:
    """Where fish writes a tilde bare, and expands it, no such name is offered; behind a quote it stays what it is."""
    stand_in.tell(names={"profiles": ["~zebra", "unicorn"], "sessions": [], "regions": []})
    terminal = sit("fish")
    complete_and_run(terminal, "awsenv status ~z")
    assert stand_in.calls()[-1] == "status ~z"
    complete_and_run(terminal, "awsenv status '~z")
    assert stand_in.calls()[-1] == "status ~zebra"
    complete_and_run(terminal, "awsenv status ")
    assert stand_in.calls()[-1] == "status unicorn"
