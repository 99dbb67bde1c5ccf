import json
import random

import pytest
from shells.changes import CREDENTIALS, UNICORN, embedded
from shells.hostile import scale, value
from shells.shell_runs import DUMP, MAIN_SHELLS, Bench, Shell, as_bytes, as_text

from awsenv.environ import AWS_VARIABLES, AWSENV_VARIABLES, Destination, restore, switch
from awsenv.model import Export
from awsenv.shells.rendering import render
from awsenv.values import replace

EXPORTS: list[Export] = ["all", "profile", "keys"]


def _destination(chance: random.Random) -> Destination:
    return Destination(
        profile_name=value(chance) or "unicorn",
        region=chance.choice([None, "eu-central-1"]),
        account_id=chance.choice([None, "111122223333"]),
        account_name=chance.choice([None, value(chance)]),
        role=chance.choice([None, value(chance)]),
        credentials=chance.choice([None, replace(CREDENTIALS, session_token=value(chance))]),
        label=chance.choice([None, value(chance)]),
        sign_in=chance.choice([None, value(chance)]),
    )


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_off_puts_back_what_was_before_the_first_use(shell: Shell, bench: Bench) -> None:
    """After use, use, off the AWS variables are byte for byte what they were, unset and empty told apart."""
    for seed in range(scale(60, 1000)):
        chance = random.Random(seed)  # noqa: S311 - no secret
        before = {name: value(chance) for name in AWS_VARIABLES if chance.random() < 0.4}
        first = switch(before, _destination(chance), chance.choice(EXPORTS))
        second = switch(first.apply(before), _destination(chance), chance.choice(EXPORTS))
        after = second.apply(first.apply(before))
        texts = [render(change, shell.dialect) for change in (first, second, restore(after))]

        outcome = bench.run(
            shell, "; ".join(f"eval {embedded(text, shell)}; {DUMP}" for text in texts), as_bytes(before)
        )

        assert (outcome.status, outcome.stdout, outcome.stderr, outcome.files) == (0, b"", b"", []), seed
        assert [as_text(dump) for dump in outcome.dumps] == [first.apply(before), after, before], seed


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_off_without_a_use_before_it_changes_no_aws_variable(shell: Shell, bench: Bench) -> None:
    """`off` in a shell that was never switched leaves the user's own variables alone."""
    before = {"AWS_PROFILE": "mine", "AWS_SECRET_ACCESS_KEY": "", "AWSENV_EXPIRES": "1"}
    outcome = bench.run(
        shell, f"eval {embedded(render(restore(before), shell.dialect), shell)}; {DUMP}", as_bytes(before)
    )

    assert as_text(outcome.dumps[0]) == {"AWS_PROFILE": "mine", "AWS_SECRET_ACCESS_KEY": ""}


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_a_foreign_saved_value_is_data(shell: Shell, bench: Bench) -> None:
    """An AWSENV_SAVED that somebody else wrote can name no variable but the owned ones and run nothing."""
    before = {"AWSENV_SAVED": json.dumps({"PATH": "/evil", "AWS_REGION": "$(touch pwned)", "x; touch pwned": "1"})}
    outcome = bench.run(
        shell, f"eval {embedded(render(restore(before), shell.dialect), shell)}; {DUMP}", as_bytes(before)
    )

    assert (outcome.dumps, outcome.files) == ([{b"AWS_REGION": b"$(touch pwned)"}], [])


@pytest.mark.parametrize("shell", MAIN_SHELLS, ids=str)
def test_a_switch_within_a_function_reaches_the_whole_shell(shell: Shell, bench: Bench) -> None:
    """The variables are global and exported wherever the text is evaluated."""
    change = switch({}, UNICORN, "all")
    text = embedded(render(change, shell.dialect), shell)
    body = f"function f; eval {text}; end; f" if shell.dialect == "fish" else f"f() {{ eval {text}; }}; f"
    outcome = bench.run(shell, f"{body}; {DUMP}")

    assert as_text(outcome.dumps[0]) == change.apply({})
    assert set(AWSENV_VARIABLES) - {"AWSENV_PREVIOUS", "AWSENV_PROTECTED", "AWSENV_SEGMENT"} <= set(
        as_text(outcome.dumps[0])
    )
