"""The main job, played in real shells: what a person types, and what comes of it."""

import subprocess
from collections.abc import Iterator

from awsenv.demo.playground import Playground
from awsenv.values import Value

_SWITCHES = ("unicorn", "marketing", "deploy", "legacy")
TIME_LIMIT = 60.0


class Step(Value):
    """What was typed in one shell, what it printed on both streams, and its last status."""

    shell: str
    typed: str
    printed: str
    status: int


def play(playground: Playground, shell: str) -> Iterator[Step]:
    """Play the tour in `shell`, step by step, each in a shell of its own as a new terminal window would be."""
    yield _typed(playground, shell, "awsenv list --names")
    for profile in _SWITCHES:
        yield _typed(playground, shell, f'eval "$(awsenv use {profile})"', "python who.py")
    yield _typed(playground, shell, 'eval "$(awsenv use unicorn)"', "awsenv whoami --verify")
    yield _typed(playground, shell, 'eval "$(awsenv use unicorn)"', 'eval "$(awsenv off)"', "awsenv whoami")
    yield _typed(playground, shell, "awsenv exec partner -- python who.py")


def _typed(playground: Playground, shell: str, *lines: str) -> Step:
    script = "\n".join(lines)
    finished = subprocess.run(
        [shell, "-c", script],
        env=dict(playground.environment),
        cwd=playground.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=TIME_LIMIT,
        check=False,
    )
    return Step(shell, script, finished.stdout, finished.returncode)
