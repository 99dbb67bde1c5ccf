from pathlib import Path

import pytest
from shells.changes import CREDENTIALS, UNICORN
from shells.shell_runs import BASH, DUMP, FISH, ODD_MODES, ZSH, Bench, Outcome, Shell, as_text

from awsenv.environ import switch
from awsenv.shells.rendering import render, render_status
from awsenv.shells.scripts import load_script

CHANGE = switch({}, UNICORN, "all")
SHELLS = [BASH, ZSH, FISH]
STRICT = [shell for shell in ODD_MODES if shell.dialect in {"bash", "zsh"}]
FOR_EACH = {
    "bash": "do type -t $name; done",
    "zsh": "do whence -w $name | sed 's/.*: //'; done",
    "fish": "type -t $name; end",
}
FAKE = """#!/bin/sh
shell=
case "$2 $3" in "--shell bash" | "--shell zsh" | "--shell fish") shell=$3 ;; esac
# Whatever else says so must not: it would reach every command that the program starts.
echo "${AWSENV_SHELL+variable }$*" >>"$CALLS"
case " $* " in
  *" --help "* | *" -h "*) echo 'touch evaluated; exit 99' ;;
  *" --json "* | *" --shell sh "*) echo '{"text": "touch evaluated"}' ;;
  *" bad "*) cat "$ANSWERS/status.$shell"; echo 'awsenv: no such profile' >&2; exit 3 ;;
  *" cut "*) head -c 300 "$ANSWERS/use.$shell"; exit 130 ;;
  *" silent "*) ;;
  " use "* | " off "*) cat "$ANSWERS/use.$shell" ;;
  *) echo "passed: $*"; exit 42 ;;
esac
"""


@pytest.fixture
def calls(bench: Bench) -> Path:
    """Return the file that the fake program writes its calls to."""
    program = bench.root / "bin" / "awsenv"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(0o755)
    for shell in SHELLS:
        (bench.root / f"use.{shell}").write_bytes(render(CHANGE, shell.dialect))
        (bench.root / f"status.{shell}").write_bytes(render_status(3, shell.dialect))
        (bench.root / f"init.{shell}").write_bytes(load_script(shell.dialect))
    return bench.root / "calls"


def _run(bench: Bench, shell: Shell, script: str, *, loads: int = 1) -> Outcome:
    load = f". {bench.root}/init.{shell.dialect}\n" * loads
    answers = {b"CALLS": bytes(bench.root / "calls"), b"ANSWERS": bytes(bench.root)}
    path = f"set -gx PATH {bench.root}/bin $PATH" if shell == FISH else f"PATH={bench.root}/bin:$PATH"
    return bench.run(shell, f"{path}\n{load}{script}", answers)


def _status(shell: Shell) -> str:
    return "echo $status" if shell == FISH else "echo $?"


@pytest.mark.parametrize("shell", SHELLS, ids=str)
@pytest.mark.parametrize("loads", [1, 2])
def test_use_and_off_take_effect_without_eval(shell: Shell, loads: int, bench: Bench, calls: Path) -> None:
    """The function evaluates the program's answer here, and names its shell to the program."""
    outcome = _run(
        bench, shell, f"awsenv use 'Team Unicorn' --region x; {_status(shell)}; {DUMP}; awsenv off", loads=loads
    )

    assert (outcome.stdout, outcome.stderr) == (b"0\n", b"")
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.read_text() == f"use --shell {shell} Team Unicorn --region x\noff --shell {shell}\n"


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_a_failure_changes_nothing_and_keeps_its_status(shell: Shell, bench: Bench, calls: Path) -> None:
    """The program's own status comes back, and what it printed on the way is not evaluated."""
    status = _status(shell)
    outcome = _run(
        bench, shell, f"awsenv use bad; {status}; awsenv use cut; {status}; {DUMP}; awsenv use silent; {status}"
    )

    assert (outcome.stdout, outcome.stderr) == (b"3\n130\n0\n", b"awsenv: no such profile\n")
    assert outcome.dumps == [{}]
    assert calls.exists()


@pytest.mark.parametrize("arguments", ["use --help", "use x -h", "off --help", "use --json x", "use --shell sh x"])
@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_text_to_read_is_printed_and_never_evaluated(shell: Shell, arguments: str, bench: Bench, calls: Path) -> None:
    """Help, JSON and another shell's statements go to the terminal."""
    outcome = _run(bench, shell, f"awsenv {arguments}; {_status(shell)}")

    assert b"touch evaluated" in outcome.stdout
    assert (outcome.stdout.endswith(b"\n0\n"), outcome.files) == (True, [])
    assert calls.read_text() == f"{arguments}\n"


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_a_name_after_two_dashes_is_a_name(shell: Shell, bench: Bench, calls: Path) -> None:
    """`--` ends the options, so that a profile named like one can be used."""
    outcome = _run(bench, shell, f"awsenv use -- --shell; {DUMP}")

    assert (as_text(outcome.dumps[0]), outcome.stdout) == (CHANGE.apply({}), b"")
    assert calls.read_text() == f"use --shell {shell} -- --shell\n"


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_every_other_command_passes_through(shell: Shell, bench: Bench, calls: Path) -> None:
    """Arguments, environment, output and status of other commands are the program's own."""
    script = f"awsenv list 'a  b' '*' ''; {_status(shell)}; awsenv; {_status(shell)}"
    outcome = _run(bench, shell, script)

    assert outcome.stdout == b"passed: list a  b * \n42\npassed: \n42\n"
    assert calls.read_text() == "list a  b * \n\n"


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_tracing_shows_no_secret_and_goes_on_afterwards(shell: Shell, bench: Bench, calls: Path) -> None:
    """With `set -x` on, no key is printed; afterwards tracing is as it was."""
    on = "set -g fish_trace 1" if shell == FISH else "set -x"
    outcome = _run(bench, shell, f"{on}; awsenv use x; echo visible; awsenv off >/dev/null; {DUMP}")

    assert CREDENTIALS.secret_access_key.encode() not in outcome.stdout + outcome.stderr
    assert b"canary" not in outcome.stdout + outcome.stderr
    assert b"echo visible" in outcome.stderr
    assert outcome.stdout == b"visible\n"
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.exists()


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
@pytest.mark.parametrize("option", ["v", "xv"])
def test_verbose_shows_no_secret_and_goes_on_afterwards(shell: Shell, option: str, bench: Bench, calls: Path) -> None:
    """With `set -v` on, no key is printed; afterwards it is as it was."""
    outcome = _run(bench, shell, f"set -{option}; awsenv use x; echo $-; set +{option}; {DUMP}")

    assert CREDENTIALS.secret_access_key.encode() not in outcome.stdout + outcome.stderr
    assert b"v" in outcome.stdout
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.exists()


@pytest.mark.parametrize("shell", STRICT, ids=str)
def test_the_function_lives_in_every_mode(shell: Shell, bench: Bench, calls: Path) -> None:
    """Strict and odd shells load it in silence, switch with it, and stop at its failure only if they stop at all."""
    outcome = _run(bench, shell, f"awsenv use x; {DUMP}; awsenv use bad || echo $?; awsenv || echo $?", loads=2)

    assert (outcome.stdout, outcome.stderr) == (b"3\npassed: \n42\n", b"awsenv: no such profile\n")
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.exists()


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
def test_set_e_stops_at_a_failed_use(shell: Shell, bench: Bench, calls: Path) -> None:
    """A script under `set -e` does not go on in the wrong account."""
    outcome = _run(bench, shell, "set -euo pipefail; awsenv use bad; echo went on")

    assert (outcome.status, outcome.stdout) == (3, b"")
    assert calls.exists()


@pytest.mark.parametrize("shell", SHELLS, ids=str)
@pytest.mark.parametrize("load", ["source", "eval"])
def test_an_alias_of_the_name_gives_way(shell: Shell, load: str, bench: Bench, calls: Path) -> None:
    """With an alias named awsenv set before, the function works."""
    head = "shopt -s expand_aliases\n" if shell == BASH else ""
    file = f"{bench.root}/init.{shell.dialect}"
    again = f". {file}" if load == "source" else f'eval "$(cat {file} | cat)"'
    outcome = _run(bench, shell, f"{head}alias awsenv='echo alias'\n{again}\nawsenv use x\n{DUMP}", loads=0)

    assert (outcome.stdout, outcome.stderr) == (b"", b"")
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.exists()


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_loading_is_silent_and_leaves_functions_only(shell: Shell, bench: Bench, calls: Path) -> None:
    """Sourcing prints nothing and leaves no variable, option, alias or trap behind."""
    variables = "set | grep -a '^__awsenv_[a-z_]*=' || :"
    show = "set --names; bind; trap" if shell == FISH else f"set -o; trap; alias; {variables}"
    before = _run(bench, shell, show, loads=0)
    after = _run(bench, shell, show, loads=2)

    assert (after.stdout, after.stderr, after.status) == (before.stdout, before.stderr, before.status)
    assert not calls.exists()


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_a_missing_program_is_127(shell: Shell, bench: Bench) -> None:
    """Without the program on the PATH there is an error, and no endless loop."""
    script = bench.root / "init"
    script.write_bytes(load_script(shell.dialect))
    path = "set -gx PATH /nowhere" if shell == FISH else "PATH=/nowhere"
    outcome = bench.run(shell, f". {script}; {path}; awsenv use x; {_status(shell)}; awsenv list; {_status(shell)}")

    assert outcome.stdout == b"127\n127\n"


@pytest.mark.parametrize("shell", [*SHELLS, *STRICT], ids=str)
def test_eval_works_with_the_function_too(shell: Shell, bench: Bench, calls: Path) -> None:
    """`eval "$(awsenv use …)"`, as one types it without the function, switches and restores this very shell."""
    outcome = _run(bench, shell, f'eval "$(awsenv use \'a b$c\' --region x)"; {DUMP}; eval "$(awsenv off)"')

    assert (outcome.stdout, outcome.stderr, outcome.status) == (b"", b"", 0)
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    named = {line for line in calls.read_text().splitlines() if line.startswith("use")}
    assert named == {f"use --shell {shell.dialect} a b$c --region x"}


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_eval_of_a_failure_fails_with_the_function_too(shell: Shell, bench: Bench, calls: Path) -> None:
    """The status of a failing `use` is that of eval, and nothing has changed."""
    outcome = _run(bench, shell, f'eval "$(awsenv use bad)"; {_status(shell)}; {DUMP}')

    assert (outcome.stdout, outcome.stderr) == (b"3\n", b"awsenv: no such profile\n")
    assert outcome.dumps == [{}]
    assert calls.exists()


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
def test_a_subshell_is_switched_and_its_pipe_gets_nothing(shell: Shell, bench: Bench, calls: Path) -> None:
    """What a subshell prints into a pipe or a file is its commands' own: no key, and no statement for nobody."""
    outcome = _run(bench, shell, f"(awsenv use x; echo said; {DUMP}) | cat; (awsenv use x) >file; cat file")

    assert (outcome.stdout, outcome.stderr) == (b"said\n", b"")
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.exists()


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_what_is_captured_holds_no_key(shell: Shell, bench: Bench, calls: Path) -> None:
    """A `use` among other commands in a command substitution counts for them, and no key stands in what they say."""
    outcome = _run(bench, shell, f'echo "$(awsenv use x; {DUMP})"')

    assert CREDENTIALS.secret_access_key.encode() not in outcome.stdout
    assert as_text(outcome.dumps[0]) == CHANGE.apply({})
    assert calls.exists()


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_the_file_itself_can_be_sourced_for_the_whole(shell: Shell, bench: Bench) -> None:
    """A plug-in manager that sources `shell/awsenv.SHELL` has what `init` prints: the parts lie beside it."""
    path = Path(__file__).parents[2] / "shell" / f"awsenv.{shell}"
    functions = "awsenv __awsenv_draw __awsenv_renew __awsenv_choose __awsenv_is_moment"

    outcome = bench.run(shell, f". {path}; for name in {functions}\n" + FOR_EACH[shell.dialect])

    assert (outcome.stdout, outcome.stderr) == (b"function\n" * 5, b"")
