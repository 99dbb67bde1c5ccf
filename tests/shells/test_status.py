import pytest
from shells.changes import embedded
from shells.shell_runs import FISH, MAIN_SHELLS, ODD_MODES, QUOTING_MODES, ZSH, Bench, Shell

from awsenv.errors import ExitCode
from awsenv.shells.rendering import render_status

POSIX_SHELLS = [shell for shell in [*QUOTING_MODES, *ODD_MODES] if shell != FISH]
CODES = [code for code in ExitCode if code]


@pytest.mark.parametrize("shell", [*QUOTING_MODES, *ODD_MODES], ids=str)
def test_the_statement_sets_every_status(shell: Shell, bench: Bench) -> None:
    """A failing command's status survives eval, and nothing is printed or left over."""
    report = "echo $status" if shell == FISH else "|| echo $?"
    evals = [f"eval {embedded(render_status(code, shell.dialect), shell)}" for code in CODES]
    separator = "; " if shell == FISH else " "
    outcome = bench.run(shell, "\n".join(f"{text}{separator}{report}" for text in evals))

    assert outcome.stdout.split() == [str(int(code)).encode() for code in CODES]
    assert outcome.stderr == b""


@pytest.mark.parametrize("shell", POSIX_SHELLS, ids=str)
def test_a_script_under_set_e_stops_with_the_status(shell: Shell, bench: Bench) -> None:
    """`set -e` takes the failure for what it is, in a function as well."""
    text = embedded(render_status(4, shell.dialect), shell)

    assert bench.run(shell, f"set -e; eval {text}; echo went on").status == 4
    assert bench.run(shell, f"set -e; f() {{ eval {text}; echo went on; }}; f; echo went on").stdout == b""


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_the_caller_of_eval_goes_on(shell: Shell, bench: Bench) -> None:
    """Without `set -e` the function or script around eval is not ended by the statement."""
    text = embedded(render_status(4, shell.dialect), shell)
    if shell == FISH:
        script = f"function f; eval {text}; echo $status; end; f; eval {text}; echo $status"
    else:
        script = f"f() {{ eval {text}; echo $?; }}; f; eval {text}; echo $?"

    assert bench.run(shell, script).stdout == b"4\n4\n"


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_a_sourced_statement_sets_the_status(shell: Shell, bench: Bench) -> None:
    """`. file`, and in fish `| source`, give the status as eval does."""
    (bench.root / "status").write_bytes(render_status(4, shell.dialect))
    if shell == FISH:
        script = f"cat {bench.root}/status | source; echo $status; functions -q __awsenv_status; or echo clean"
        assert bench.run(shell, script).stdout == b"4\nclean\n"
    else:
        assert bench.run(shell, f". {bench.root}/status; echo $?").stdout == b"4\n"


def test_the_statement_for_an_unknown_shell_suits_zsh_too(bench: Bench) -> None:
    """What a shell that nobody recognised gets is right in bash, zsh and every POSIX shell."""
    for shell in POSIX_SHELLS:
        assert bench.run(shell, f"eval {embedded(render_status(4, 'sh'), shell)}").status == 4, shell
    assert bench.run(ZSH, f"alias exit='echo no'; eval {embedded(render_status(4, 'sh'), ZSH)}").status == 4
