import pytest
from shells.changes import CHANGE, NEW, OLD, embedded, preset
from shells.hostile import scale
from shells.shell_runs import BASH, DASH, DUMP, FISH, MAIN_SHELLS, ODD_MODES, QUOTING_MODES, Bench, Shell, as_bytes

from awsenv.shells.rendering import render

STEP = scale(11, 1)
CUT_SHELLS = [*MAIN_SHELLS, *QUOTING_MODES[4:5], *ODD_MODES[:4]]


def _cuts(text: bytes) -> list[int]:
    # A boundary of a statement or a word is where a cut could do something.
    boundaries = [index for index, byte in enumerate(text) if byte in b";}"]
    near = {index + 1 for index in boundaries[:: 1 if STEP == 1 else 3]}
    return sorted({*range(0, len(text), STEP), *near, *range(len(text) - 8, len(text) + 1)})


def _tried(shell: Shell, statement: str) -> str:
    if shell.dialect == "fish":
        return f"{preset(shell)}; {statement}; {DUMP}"
    # A syntax error ends dash, and bash in POSIX mode, hence the trap.
    return f"({preset(shell)}; trap '{DUMP.replace(chr(39), chr(34))}' EXIT; {statement}) || :"


@pytest.mark.parametrize("form", ["eval", "source"])
@pytest.mark.parametrize("shell", CUT_SHELLS, ids=str)
def test_a_cut_at_any_byte_leaves_the_old_or_the_new_environment(shell: Shell, form: str, bench: Bench) -> None:
    """Whatever part of the output arrives, the shell is wholly in the old account or wholly in the new one."""
    text = render(CHANGE, shell.dialect)
    lines = []
    for cut in _cuts(text):
        part = bench.root / f"cut{cut}"
        part.write_bytes(text[:cut])
        lines.append(_tried(shell, f"eval {embedded(text[:cut], shell)}" if form == "eval" else f". {part}"))

    outcome = bench.run(shell, "\n".join(lines))

    assert (outcome.stdout, outcome.files) == (b"", [])
    assert len(outcome.dumps) == len(lines)
    assert [dump for dump in outcome.dumps if dump not in (as_bytes(OLD), as_bytes(NEW))] == []
    assert (outcome.dumps[0], outcome.dumps[-1]) == (as_bytes(OLD), as_bytes(NEW))


@pytest.mark.parametrize("code", [1, 4, 130])
@pytest.mark.parametrize("shell", [BASH, FISH, DASH], ids=str)
def test_a_cut_status_changes_nothing(shell: Shell, code: int, bench: Bench) -> None:
    """A status statement cut short leaves the environment, and no function, behind."""
    from awsenv.shells.rendering import render_status

    text = render_status(code, shell.dialect)
    lines = [_tried(shell, f"eval {embedded(text[:cut], shell)}") for cut in range(len(text))]
    left_over = "functions -q __awsenv_status; and echo left" if shell == FISH else ":"

    outcome = bench.run(shell, "\n".join([*lines, left_over]))

    assert (outcome.stdout, outcome.dumps) == (b"", [as_bytes(OLD)] * len(lines))
