from itertools import islice

import pytest
from shells.hostile import scale, values
from shells.shell_runs import DUMP, QUOTING_MODES, Bench, Shell, Variables, as_bytes

from awsenv.environ import OWNED_VARIABLES
from awsenv.model import EnvChange
from awsenv.shells.rendering import render


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.parametrize("shell", QUOTING_MODES, ids=str)
def test_every_value_reaches_children_byte_for_byte(shell: Shell, locale: str, bench: Bench) -> None:
    """Text never becomes code: values come through eval into a child's environment, and nothing else happens."""
    source = values(seed=QUOTING_MODES.index(shell), count=scale(500, 50_000))
    expected: list[Variables] = []
    lines = []
    while batch := dict(zip(OWNED_VARIABLES, islice(source, len(OWNED_VARIABLES)), strict=False)):
        part = bench.root / f"part{len(expected)}"
        part.write_bytes(render(EnvChange({name: batch.get(name) for name in OWNED_VARIABLES}), shell.dialect))
        expected.append(as_bytes(batch))
        lines.append(f'eval "$(cat {part})"; {DUMP}')

    outcome = bench.run(shell, "\n".join(lines), locale=locale)

    assert (outcome.status, outcome.stdout, outcome.stderr, outcome.files) == (0, b"", b"", [])
    assert outcome.dumps == expected
