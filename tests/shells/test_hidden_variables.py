import pytest
from shells.changes import CHANGE, NEW, OLD, embedded, preset
from shells.shell_runs import BASH, DASH, DUMP, FISH, ODD_MODES, QUOTING_MODES, ZSH, Bench, Shell, as_bytes

from awsenv.shells.rendering import render

BASHES = [shell for shell in [*QUOTING_MODES, *ODD_MODES] if shell.dialect == "bash"]
ZSHES = [shell for shell in [*QUOTING_MODES, *ODD_MODES] if shell.dialect == "zsh"]


def _applied(shell: Shell) -> str:
    return f"eval {embedded(render(CHANGE, shell.dialect), shell)}"


def _refused(shell: Shell, local: str, name: str, bench: Bench) -> None:
    tried = f"{local}; {DUMP}; {_applied(shell)}"
    if shell == FISH:
        script = f"{preset(shell)}; {DUMP}; function f; {tried}; echo $status; {DUMP}; end; f; {DUMP}"
    else:
        script = f"set +eu; {preset(shell)}; {DUMP}; f() {{ {tried} || echo $?; {DUMP}; }}; f; {DUMP}"
    outcome = bench.run(shell, script)

    line = f"awsenv: {name} is local to a function: nothing was changed\n".encode()
    assert (outcome.stdout, outcome.stderr) == (b"7\n", line)
    before, inside_before, inside_after, after = outcome.dumps
    assert (inside_before, before) == (inside_after, after)


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWSENV_SAVED"])
@pytest.mark.parametrize("shell", [*BASHES, *ZSHES], ids=str)
def test_a_local_variable_stops_the_whole_change(shell: Shell, name: str, bench: Bench) -> None:
    """Where a function made a name local, the change would be half undone at its end: it is refused before."""
    _refused(shell, f"local {name}=old", name, bench)


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWSENV_SAVED"])
@pytest.mark.parametrize("local", ["set -lx", "set -l", "set -fx"])
def test_a_local_variable_of_fish_stops_the_whole_change(local: str, name: str, bench: Bench) -> None:
    """In fish a local variable hides the global one from commands, exported or not."""
    _refused(FISH, f"{local} {name} old", name, bench)


def test_several_local_variables_of_fish_are_one_line(bench: Bench) -> None:
    """One name is enough to know where to look."""
    _refused(FISH, "set -lx AWSENV_SAVED a; set -lx AWS_PROFILE b", "AWS_PROFILE", bench)


@pytest.mark.parametrize("shell", [BASH, ZSH, FISH], ids=str)
def test_other_locals_and_functions_in_functions_are_no_obstacle(shell: Shell, bench: Bench) -> None:
    """Only the names of the change count, and only while they are local."""
    if shell == FISH:
        inner = "function g; set -lx AWS_PROFILE x; end; function f; set -lx OTHER x; g"
        script = f"{inner}; {_applied(shell)}; end; function h; f; end; h; echo $status; {DUMP}"
    else:
        inner = "g() { local AWS_PROFILE=x; }; f() { local OTHER=x; g"
        script = f"{inner}; {_applied(shell)}; }}; h() {{ f; }}; h; echo $?; {DUMP}"
    outcome = bench.run(shell, script, as_bytes(OLD))

    assert (outcome.stdout, outcome.stderr, outcome.dumps) == (b"0\n", b"", [as_bytes(NEW)])


def test_a_variable_for_one_command_stops_the_change_in_bash(bench: Bench) -> None:
    """`AWS_PROFILE=x f` is a local of f too."""
    outcome = bench.run(BASH, f"{preset(BASH)}; f() {{ {_applied(BASH)}; }}; AWS_PROFILE=x f; echo $?; {DUMP}")

    assert (outcome.stdout, outcome.dumps) == (b"7\n", [as_bytes(OLD)])


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWSENV_SAVED"])
@pytest.mark.parametrize("setup", ["target=mine", "unset target", "target=mine; IFS=:", "target=mine; readonly IFS"])
def test_a_nameref_of_bash_stops_the_whole_change(setup: str, name: str, bench: Bench) -> None:
    """A name that stands for another variable would change that one."""
    script = (
        f"{preset(BASH)}; unset {name}; {setup}; declare -n {name}=target; {DUMP}; {_applied(BASH)}; echo $? $target"
    )
    outcome = bench.run(BASH, f"{script}; declare -p target; {DUMP}")

    assert outcome.stdout.splitlines()[0].split() == [b"7", *([b"mine"] if "mine" in setup else [])]
    assert b"t" not in outcome.stdout.partition(b"declare -")[2].split(b" ")[0]
    refused, _, rest = outcome.stderr.partition(b"\n")
    assert refused == f"awsenv: {name} is a reference to another variable: nothing was changed".encode()
    assert (b"not found" in rest) == (setup == "unset target")
    assert outcome.dumps[0] == outcome.dumps[1]


@pytest.mark.parametrize("obstacle", ["readonly AWSENV_SAVED", "local AWS_PROFILE=x", "declare -gn AWS_ROLE_ARN=y"])
def test_a_refused_change_of_bash_leaves_every_attribute(obstacle: str, bench: Bench) -> None:
    """What the check marks a variable with, to tell it from a local one, is gone with the refusal."""
    names = "declare -p ${!AWS*}"
    script = f"{preset(BASH)}; f() {{ {obstacle}; {names}; echo -; {_applied(BASH)}; {names}; }}; f"
    outcome = bench.run(BASH, script)

    before, _, after = outcome.stdout.partition(b"-\n")
    assert before == after
    assert outcome.stderr.endswith(b"nothing was changed\n")


def test_a_change_of_bash_leaves_no_attribute_but_that_of_exports(bench: Bench) -> None:
    """The mark of the check goes where the change is made, too."""
    outcome = bench.run(BASH, f"{preset(BASH)}; f() {{ {_applied(BASH)}; }}; f; declare -p ${{!AWS*}}")

    found = {tuple(line.split()[:2]) for line in outcome.stdout.splitlines() if line.startswith(b"declare")}
    assert found == {(b"declare", b"-x")}


@pytest.mark.parametrize("dialect", ["bash", "sh"])
def test_set_k_of_bash_makes_no_difference(dialect: str, bench: Bench) -> None:
    """Under `set -k` bash takes `NAME=value` away from a command; the change is made without."""
    text = embedded(render(CHANGE, "bash" if dialect == "bash" else "sh"), DASH if dialect == "sh" else BASH)
    outcome = bench.run(BASH, f"set -k; eval {text}; {DUMP}", as_bytes(OLD))

    assert (outcome.stdout, outcome.stderr, outcome.dumps) == (b"", b"", [as_bytes(NEW)])
