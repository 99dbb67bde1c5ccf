"""The narrowed guard of zsh and fish reads a line as the shell does: quotes, redirections, aliases, functions."""

import subprocess

import pytest
from hook.terminals import FILES

BOTH = {
    ">x aws": True,
    "2>/dev/null aws": True,
    "echo a >&2; aws": True,
    "timeout 5 aws s3 ls": True,
    "eval aws s3 ls": True,
    "eval 'aws s3 ls'": True,
    'sh -c "aws s3 ls"': True,
    "ours s3 ls": True,
    "theirs s3 ls": False,
    'echo "$(aws s3 ls)"': True,
    "echo $(aws s3 ls)": True,
    "echo '$(aws s3 ls)'": False,
    "'aws' s3": True,
    "/opt/bin/aws s3": True,
    r"\aws s3": True,
    "A=1 aws s3": True,
    "true | aws s3": True,
    "true\naws s3": True,
    "git commit -m '(aws) x'": False,
    'git commit -m "; aws"': False,
    r"echo \; aws": False,
    "echo a > aws": False,
    "cat <aws": False,
    'echo "left open ; aws': False,
    "loop a": False,
    "": False,
}
ONLY = {
    "zsh": {
        "echo `aws s3 ls`": True,
        "x=$(aws s3 ls)": True,
        "diff <(aws s3 ls) y": True,
        "{ aws s3 }": True,
        "(aws s3)": True,
        "! aws s3": True,
        "for i in 1; do aws s3; done": True,
        "noglob aws s3": True,
        "ls 2>&1 aws": False,
        "x=(aws)": True,
        "((((": False,
        "${(z": False,
    },
    "fish": {
        "not aws s3": True,
        "echo (aws s3)": True,
        "begin; aws s3; end": True,
        "ls # ; aws s3": False,
        "((((": False,
    },
}
CASES = [(shell, line, told) for shell in ("zsh", "fish") for line, told in (BOTH | ONLY[shell]).items()]
ZSH = """
source {files}/shared.sh; source {files}/guard.zsh
__awsenv_guard_commands='terraform aws'
ours() {{ aws "$@" }}; theirs() {{ echo aws "$@" }}; loop() {{ loop "$@" }}
check() {{ emulate -L zsh; __awsenv_is_guarded "$1" && print yes || print no }}
check "$LINE"
"""
FISH = """
source {files}/guard.fish
set -g __awsenv_guard_commands 'terraform aws'
alias ours aws; function theirs; echo aws $argv; end; function loop; loop $argv; end
__awsenv_is_guarded "$LINE"; and echo yes; or echo no
"""


@pytest.mark.parametrize(("shell", "line", "is_guarded"), CASES)
def test_a_line_is_read_as_the_shell_reads_it(shell: str, line: str, is_guarded: bool) -> None:  # noqa: FBT001
    """A guarded name counts where it is run, however it is written there, and not where it is text."""
    command = ["zsh", "-fc", ZSH.format(files=FILES)] if shell == "zsh" else ["fish", "-Nc", FISH.format(files=FILES)]
    done = subprocess.run(
        command,
        env={"LINE": line, "PATH": "/usr/bin:/bin", "HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("yes\n" if is_guarded else "no\n", "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_hostile_line_is_read_soon(shell: str) -> None:
    """A long line of open brackets, quotes or substitutions holds nobody up and runs nothing."""
    for line in ("((" * 5000, "$(" * 3000, '"$(' * 3000, "'" + "x" * 50_000, "a;" * 5000, "$(touch /nowhere/x)" * 500):
        command = (
            ["zsh", "-fc", ZSH.format(files=FILES)] if shell == "zsh" else ["fish", "-Nc", FISH.format(files=FILES)]
        )
        environment = {"LINE": line, "PATH": "/usr/bin:/bin", "HOME": "/nowhere"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
        assert (done.stdout, done.stderr) == ("no\n", "")
