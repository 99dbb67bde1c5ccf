import json
import random
from itertools import islice

import pytest
from shells.hostile import scale
from shells.shell_runs import BASH, DASH, DUMP, FISH, ZSH, Bench, Shell, Variables, as_bytes

from awsenv.environ import OWNED_VARIABLES
from awsenv.model import EnvChange
from awsenv.shells.rendering import render

ZSH_SPLIT = Shell("zsh-split", "zsh", ("zsh", "-f", "-o", "SH_WORD_SPLIT"))
BASH_GLOBS = Shell("bash-globs", "bash", ("bash", "-O", "nullglob", "-O", "extglob", "-O", "dotglob"))
FORMS = [
    (BASH, "eval $(cat {})"),
    (BASH_GLOBS, "eval $(cat {})"),
    (BASH, "source <(cat {})"),
    (BASH, 'eval "`cat {}`"'),
    (ZSH, "eval $(cat {})"),
    (ZSH_SPLIT, "eval $(cat {})"),
    (ZSH, "source <(cat {})"),
    (ZSH, "cat {} | source /dev/stdin"),
    (FISH, "eval (cat {})"),
    (FISH, "cat {} | source"),
    (FISH, "source (cat {} | psub)"),
    (DASH, ". {}"),
]
ALPHABET = "abcXYZ0189" * 3 + "@./+-_:=,%~!#$&()'\"{}|<>^;`\\*?[]" + "äé漢🦄"
PLAIN = "abcXYZ0189@./+-_:=,%~!#$&()'\"{}|<>^;`"


def _names(chance: random.Random, alphabet: str, count: int) -> list[str]:
    def word() -> str:
        return "".join(chance.choices(alphabet, k=chance.randint(1, 12)))

    return [" ".join(word() for _ in range(chance.choice([1, 1, 2, 3]))) for _ in range(count)]


def _check(shell: Shell, form: str, names: list[str], bench: Bench) -> None:
    source = iter(names)
    expected: list[Variables] = []
    lines = []
    while batch := dict(zip(OWNED_VARIABLES, islice(source, len(OWNED_VARIABLES) - 1), strict=False)):
        batch["AWSENV_SAVED"] = json.dumps({"AWS_PROFILE": batch["AWS_PROFILE"]}, separators=(",", ":"))
        part = bench.root / f"part{len(expected)}"
        part.write_bytes(render(EnvChange({name: batch.get(name) for name in OWNED_VARIABLES}), shell.dialect))
        expected.append(as_bytes(batch))
        lines.append(f"{form.format(part)}; {DUMP}")

    # The folder that an unquoted eval would glob in.
    outcome = bench.run(shell, "\n".join(["cd /usr/bin", *lines]))

    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, b"", b"")
    assert outcome.dumps == expected


@pytest.mark.parametrize(("shell", "form"), FORMS, ids=str)
def test_forgiving_forms_are_as_good_as_the_quoted_one(shell: Shell, form: str, bench: Bench) -> None:
    """Unquoted eval, eval of a list, source of a pipe: no form changes a byte of a legal profile name."""
    _check(shell, form, _names(random.Random(form), ALPHABET, scale(400, 10_000)), bench)  # noqa: S311 - no secret


def test_unquoted_eval_suits_plain_sh_without_globs_and_double_blanks(bench: Bench) -> None:
    """POSIX sh has no escape for blanks and globs; any other legal name comes through unquoted eval."""
    _check(DASH, "eval $(cat {})", _names(random.Random(1), PLAIN, scale(400, 10_000)), bench)  # noqa: S311 - no secret
