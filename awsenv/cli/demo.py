"""awsenv demo: the practice Identity Center, to type in or to be shown round."""

import subprocess
import sys
import tempfile
from pathlib import Path

import click

from awsenv.cli.terminal import BOLD, PLAIN, has_colour, say, write
from awsenv.demo.playground import Playground, available_shells, prepare
from awsenv.demo.server import PracticeServer
from awsenv.demo.tour import play
from awsenv.errors import LocalFileError
from awsenv.runtime import Runtime, shown

_WELCOME = """\
A practice Identity Center on this machine; nothing real is touched. Try:

    awsenv list                          the profiles of the story
    awsenv use unicorn                   this window is now in account unicorn
    python who.py                        a script that says no --profile
    awsenv use marketing; awsenv use -   there and back
    awsenv exec partner -- python who.py one command in another company
    awsenv logout; awsenv use unicorn    it asks, and signs in in your browser
    python mfa.py; awsenv use mfa        asks for a code: the one just printed
    awsenv off                           as it was before

Without a browser, curl -d decision=allow URL approves a sign-in page.
A second window beside this one: tmux. More to try: awsenv setup, populate,
console, doctor, each with -h.

exit leaves the practice world.
"""


@click.command("demo")
@click.option("--tour", is_flag=True, help="Play the main job in bash, zsh and fish and print what happens.")
@click.pass_obj
def command(runtime: Runtime, *, tour: bool) -> None:
    """Try awsenv against a practice Identity Center on this machine; nothing real is touched.

    On a terminal it opens your shell with a private home; otherwise, and with --tour, it plays the main job.
    """
    with (
        tempfile.TemporaryDirectory(prefix="awsenv-demo-", ignore_cleanup_errors=True) as folder,
        PracticeServer() as practice,
    ):
        playground = prepare(Path(folder), practice, runtime.environment)
        shells = available_shells(playground.environment)
        if not shells:
            raise LocalFileError("neither bash, zsh nor fish is on the PATH")
        if tour or not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
            _show(playground, shells)
        else:
            _open(playground, _shell_of(runtime, shells))


def _show(playground: Playground, shells: list[str]) -> None:
    failed = 0
    for shell in shells:
        for step in play(playground, shell):
            for line in step.typed.splitlines():
                write(f"{_bold(shell)} {shown(line)}\n")
            write("".join(f"    {shown(line)}\n" for line in step.printed.splitlines()))
            failed += step.status != 0
    missing = [shell for shell in ("bash", "zsh", "fish") if shell not in shells]
    if missing:
        say(f"awsenv: not on this machine, so not shown: {', '.join(missing)}")
    if failed:
        raise LocalFileError(f"{failed} of the steps failed")


def _open(playground: Playground, shell: str) -> None:
    write(_WELCOME + "\n")
    environment = dict(playground.environment)
    try:
        subprocess.run(playground.command(shell), env=environment, cwd=playground.home, check=False)
    finally:
        if any(playground.home.glob("tmux-*/default")):
            # A window that was left detached would go on in a home that is gone.
            subprocess.run(["tmux", "kill-server"], env=environment, stderr=subprocess.DEVNULL, check=False)


def _shell_of(runtime: Runtime, shells: list[str]) -> str:
    name = runtime.environment.get("SHELL", "").rpartition("/")[2]
    return name if name in shells else shells[0]


def _bold(shell: str) -> str:
    return f"{BOLD}{shell}${PLAIN}" if has_colour() else f"{shell}$"
