import pytest
from shells.changes import CHANGE, NEW, OLD, embedded, preset
from shells.shell_runs import BASH, DASH, DUMP, FISH, ODD_MODES, ZSH, Bench, Shell, as_bytes

from awsenv.environ import OWNED_VARIABLES
from awsenv.shells.rendering import render, render_status

# A dump that shadowed builtins do not touch.
PLAIN_DUMP = DUMP.replace("printf", "env printf")
POSIX = [BASH, ZSH, DASH]
READONLY = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", OWNED_VARIABLES[-1]]
SHADOWED = ["export", "unset", "set", "exit", "local", "return", "printf", "test", "read", "false", "true", "eval_"]


def _applied(shell: Shell) -> str:
    return f"eval {embedded(render(CHANGE, shell.dialect), shell)}"


@pytest.mark.parametrize("shell", ODD_MODES, ids=str)
def test_every_mode_of_a_shell_takes_the_change(shell: Shell, bench: Bench) -> None:
    """Options of the user's shell, strict or odd, make no difference and no noise."""
    outcome = bench.run(
        shell, f"f() {{ {_applied(shell)}; }}; f; echo $?; {DUMP}; {_applied(shell)}; {DUMP}", as_bytes(OLD)
    )

    assert (outcome.stdout, outcome.stderr, outcome.status) == (b"0\n", b"", 0)
    assert outcome.dumps == [as_bytes(NEW)] * 2


def test_restricted_bash_takes_the_change(bench: Bench) -> None:
    """The statement redirects to no file, which a restricted shell would refuse."""
    shell = Shell("rbash", "bash", ("bash", "-r"))
    outcome = bench.run(shell, f"{_applied(shell)}; echo $? $AWSENV_PROFILE", as_bytes(OLD))

    assert (outcome.stdout, outcome.stderr) == (f"0 {NEW['AWSENV_PROFILE']}".replace("\n", "").encode() + b"\n", b"")


@pytest.mark.parametrize("name", READONLY)
@pytest.mark.parametrize("is_set", [True, False])
@pytest.mark.parametrize("shell", [*POSIX, *ODD_MODES], ids=str)
def test_a_readonly_variable_stops_the_whole_change(shell: Shell, name: str, *, is_set: bool, bench: Bench) -> None:
    """With one name readonly nothing is changed, one line names it, the status is 7, and `set -e` stops."""
    # zsh with POSIX_BUILTINS alone tells nobody of a readonly variable that was never given a value.
    is_set = is_set or shell.name == "zsh-posix-builtins"
    fixed = f"{name}={OLD.get(name, 'x')}" if is_set else name
    setup = f"set +eu; {preset(shell)}; readonly {fixed}"
    script = f"{setup}; {DUMP}; {_applied(shell)} || echo $?; {DUMP}; set -e; {_applied(shell)}; echo went on"
    outcome = bench.run(shell, script)

    line = f"awsenv: {name} is readonly in this shell: nothing was changed\n".encode()
    assert (outcome.stdout, outcome.stderr, outcome.status) == (b"7\n", line * 2, 7)
    assert outcome.dumps[0] == outcome.dumps[1]


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
def test_the_check_leaves_no_function(shell: Shell, bench: Bench) -> None:
    """Neither success nor refusal leaves a helper in the user's shell."""
    script = f"{_applied(shell)}; readonly AWS_PROFILE; {_applied(shell)} 2>/dev/null; typeset -f"

    assert bench.run(shell, script).stdout == b""


@pytest.mark.parametrize("shell", [*POSIX, FISH], ids=str)
def test_aliases_and_functions_of_the_users_do_not_bite(shell: Shell, bench: Bench) -> None:
    """Functions and aliases named like builtins are not called."""
    status = embedded(render_status(4, shell.dialect), shell)
    if shell == FISH:
        # Some names are fish's own and cannot be functions at all.
        names = "export unset printf false true contains functions"
        script = f"for n in {names}; function $n; echo shadow $n; end; end; {_applied(shell)}; eval {status}"
        outcome = bench.run(shell, f"{script}; echo $status; {PLAIN_DUMP}", as_bytes(OLD))
    else:
        # dash finds its special builtins before functions, and cannot even define these.
        functions = [] if shell == DASH else [f"function {name} {{ echo function {name}; }}" for name in SHADOWED]
        aliases = [f"alias {name}='echo alias {name};'" for name in [*SHADOWED, "builtin", "command"]]
        head = "\n".join(["shopt -s expand_aliases" if shell == BASH else ":", *aliases, *functions])
        outcome = bench.run(shell, f"{head}\n{_applied(shell)}\neval {status}\necho $?\n{PLAIN_DUMP}", as_bytes(OLD))

    assert (outcome.stdout, outcome.stderr) == (b"4\n", b"")
    assert outcome.dumps == [as_bytes(NEW)]


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
def test_a_wrapping_function_named_builtin_is_survived(shell: Shell, bench: Bench) -> None:
    """A function named `builtin` that passes its arguments on does no harm."""
    outcome = bench.run(
        shell, f'function builtin {{ command builtin "$@"; }}\n{_applied(shell)}\n{DUMP}', as_bytes(OLD)
    )

    if shell == BASH:
        assert outcome.dumps == [as_bytes(NEW)]
    else:
        # To zsh `command builtin` is a program: such a function breaks its user's whole shell. Old, not mixed.
        assert outcome.dumps == [as_bytes(OLD)]


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
def test_left_over_attributes_do_not_change_a_value(shell: Shell, bench: Bench) -> None:
    """An integer, upper-case or array variable of that name becomes a plain exported one."""
    setup = "typeset -i AWS_PROFILE; typeset -u AWS_SESSION_TOKEN; typeset -a AWS_ROLE_ARN"
    outcome = bench.run(shell, f"{setup}; {_applied(shell)}; {DUMP}")

    assert outcome.dumps == [as_bytes(NEW)]


@pytest.mark.parametrize("shell", [BASH, ZSH, FISH], ids=str)
def test_the_change_costs_no_process(shell: Shell, bench: Bench) -> None:
    """A switch that the hook evaluates forks nothing."""
    marker = "awsenv_switch_ends_here"
    tracing = ("strace", "-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,openat", "-o", str(bench.root / "trace"))
    traced = Shell(shell.name, shell.dialect, (*tracing, *shell.command))
    bench.run(traced, f"test -e .; {_applied(shell)}; . /{marker}")
    trace = (bench.root / "trace").read_text(errors="replace")

    assert marker in trace
    assert [line for line in trace.splitlines() if "fork(" in line or "CLONE_CHILD" in line] == []
