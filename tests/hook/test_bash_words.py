"""Which lines start a guarded program: the reader of words that bash and zsh share, without a terminal."""

import subprocess

import pytest
from hook.terminals import FILES
from stage import clean_environment

STARTS = [
    "aws s3 ls",
    "echo a | /usr/bin/env aws s3",
    "sudo -n -u me aws s3 ls",
    "true; aws s3",
    "true && aws",
    "echo & aws",
    "a|aws",
    "X=1 aws s3",
    "X=$(date) aws s3",
    "timeout 5 aws s3 ls",
    "! aws",
    "time aws",
    "eval aws s3",
    'eval "aws s3 ls"',
    "bash -c 'aws s3 ls'",
    "sudo sh -c 'cd x && aws s3'",
    "watch -n 1 'aws s3'",
    'echo "$(aws s3 ls)"',
    'echo "`aws`"',
    "x=$(aws s3)",
    "echo ${x:-$(aws)}",
    'echo $(echo "x)") ; aws',
    "cat <(aws s3)",
    "(aws s3)",
    "{ aws x; }",
    "if true; then aws x; fi",
    "for i in 1; do aws $i; done",
    "case x in a) aws;; esac",
    "'aws' s3",
    'a"w"s s3',
    "\\aws s3",
    "a # c\naws",
    'echo "a; b" ; aws',
    "cmd >f 2>&1; aws",
    "2>err aws s3",
    "aws>out",
]
STARTS_NOT = [
    "",
    " ",
    "echo aws",
    "ls /aws",
    "aws2 x",
    "awsenv use x",
    "x=aws",
    "git commit -m '(aws) x'",
    'git commit -m "fix; aws"',
    'grep -e "a|aws" f',
    "echo 'it; aws'",
    'echo "$x; aws"',
    "echo \\; aws",
    "echo a # aws",
    "echo a#b; c",
    "echo a > aws",
    "echo a >| aws",
    "echo a >&2 aws",
    "cat < aws",
    "for aws in 1; do :; done",
    "f() { aws; }",
    "echo $(echo aws)",
    'echo "$(echo aws)" aws',
    'echo "not closed aws',
    "echo 'not closed aws",
    "sudo",
    ")",
    "`",
    "$(",
    "\\",
    "'",
]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_words_are_read_as_a_shell_reads_them(shell: str) -> None:
    """A program counts where a command can stand, through quotes and words like `sudo`; text does not."""
    script = (
        f". '{FILES / 'shared.sh'}'; __awsenv_guard_commands='terraform aws'\n"
        'for line in "$@"; do if __awsenv_is_guarded "$line"; then echo yes; else echo no; fi; done'
    )
    command = [shell, *(["-f"] if shell == "zsh" else ["--norc"]), "-c", script, shell, *STARTS, *STARTS_NOT]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=True)

    assert done.stderr == ""
    answers = dict(zip([*STARTS, *STARTS_NOT], done.stdout.split(), strict=True))
    assert [line for line in STARTS if answers[line] != "yes"] == []
    assert [line for line in STARTS_NOT if answers[line] != "no"] == []
