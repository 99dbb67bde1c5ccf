import pytest
from shells.changes import CHANGE, NEW, OLD, embedded, preset
from shells.hostile import scale, values
from shells.shell_runs import BASH, DASH, DUMP, ODD_MODES, QUOTING_MODES, ZSH, Bench, Shell, as_bytes

from awsenv.environ import OWNED_VARIABLES
from awsenv.model import EnvChange
from awsenv.shells.rendering import render

# Where nobody knows the calling shell, it may be any of these.
# (In csh's mode zsh takes no line break within quotes, and POSIX sh has no other way to write one; in the mode of
# warnings it names each variable that a function sets.)
SHELLS = [shell for shell in QUOTING_MODES if shell.dialect != "fish" and shell.name != "zsh-csh-junkie-quotes"]
STRICT = [shell for shell in ODD_MODES if shell.name not in {"zsh-as-csh", "zsh-warnings"}]


def _applied(change: EnvChange = CHANGE) -> str:
    return f"eval {embedded(render(change, 'sh'), DASH)}"


@pytest.mark.parametrize("shell", [*SHELLS, *STRICT], ids=str)
def test_plain_sh_text_works_in_every_shell_but_fish(shell: Shell, bench: Bench) -> None:
    """What a shell that nobody recognised gets switches it, in silence, in a function as well."""
    outcome = bench.run(shell, f"f() {{ {_applied()}; }}; f; echo $?; {DUMP}; {_applied()}; {DUMP}", as_bytes(OLD))

    assert (outcome.stdout, outcome.stderr, outcome.status) == (b"0\n", b"", 0)
    assert outcome.dumps == [as_bytes(NEW)] * 2


@pytest.mark.parametrize("name", ["AWS_PROFILE", OWNED_VARIABLES[-1]])
@pytest.mark.parametrize("shell", [*SHELLS, *STRICT], ids=str)
def test_a_readonly_variable_stops_plain_sh_text(shell: Shell, name: str, bench: Bench) -> None:
    """With one name readonly nothing is changed, one line names it, the status is 7, and `set -e` stops."""
    setup = f"set +eu; {preset(shell)}; readonly {name}=x"
    outcome = bench.run(shell, f"{setup}; {DUMP}; {_applied()} || echo $?; {DUMP}; set -e; {_applied()}; echo went on")

    line = f"awsenv: {name} is readonly in this shell: nothing was changed\n".encode()
    assert (outcome.stdout, outcome.stderr, outcome.status) == (b"7\n", line * 2, 7)
    assert outcome.dumps[0] == outcome.dumps[1]


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_every_value_reaches_children_through_plain_sh_text(shell: Shell, bench: Bench) -> None:
    """The quoting of POSIX sh holds in bash and zsh, whatever their options."""
    expected = []
    lines = []
    for number, value in enumerate(values(seed=7, count=scale(60, 5000))):
        change = EnvChange(dict.fromkeys(OWNED_VARIABLES[number % 3 :: 9], value))
        part = bench.root / f"part{number}"
        part.write_bytes(render(change, "sh"))
        expected.append(as_bytes(dict.fromkeys(change.variables, value)))
        lines.append(f'(eval "$(cat {part})"; {DUMP})')

    outcome = bench.run(shell, "\n".join(lines))

    assert (outcome.status, outcome.stdout, outcome.stderr, outcome.files) == (0, b"", b"", [])
    assert outcome.dumps == expected


@pytest.mark.parametrize("shell", [BASH, ZSH], ids=str)
def test_aliases_do_not_bite_plain_sh_text(shell: Shell, bench: Bench) -> None:
    """Aliases named like the builtins are not used."""
    aliases = "\n".join(f"alias {name}='echo alias;'" for name in ("unset", "export", "exit", "printf", "test"))
    plain_dump = DUMP.replace("printf", "env printf")
    head = "shopt -s expand_aliases" if shell == BASH else ":"
    outcome = bench.run(shell, f"{head}\n{aliases}\n{_applied()}\n{plain_dump}", as_bytes(OLD))

    assert (outcome.stdout, outcome.stderr, outcome.dumps) == (b"", b"", [as_bytes(NEW)])
