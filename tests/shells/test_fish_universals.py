import pytest
from shells.changes import UNICORN, embedded
from shells.shell_runs import DUMP, Bench, Outcome, Shell, as_text

from awsenv.environ import restore, switch
from awsenv.model import EnvChange
from awsenv.shells.rendering import render

# Without --no-config: only then does fish keep universal variables.
FISH = Shell("fish", "fish", ("fish",))


def _run(bench: Bench, *statements: str | EnvChange) -> Outcome:
    words = [s if isinstance(s, str) else f"eval {embedded(render(s, 'fish'), FISH)}" for s in statements]
    return bench.run(FISH, "; ".join(words))


def _environment(outcome: Outcome, index: int = -1) -> dict[str, str]:
    return as_text(outcome.dumps[index])


def test_a_switch_shadows_a_universal_variable_and_off_uncovers_it(bench: Bench) -> None:
    """`use` wins over `set -Ux AWS_PROFILE`, `off` gives it back, and it was never touched for other sessions."""
    before = {"AWS_PROFILE": "mine"}
    use = switch(before, UNICORN, "all")
    outcome = _run(
        bench, "set -Ux AWS_PROFILE mine", use, DUMP, "fish -c 'set -S AWS_PROFILE' | string match -r 'uni.*'"
    )
    assert _environment(outcome) == use.apply(before)
    assert b"universal scope, exported" in outcome.stdout

    outcome = _run(bench, use, restore(use.apply(before)), DUMP, "set -Ux AWS_PROFILE later", DUMP)

    assert _environment(outcome, 0) == before
    assert _environment(outcome, 1) == {"AWS_PROFILE": "later"}


def test_a_value_of_the_session_is_restored_over_the_universal_one(bench: Bench) -> None:
    """Where the session had its own value before, `off` sets that and not the universal one."""
    before = {"AWS_PROFILE": "session"}
    use = switch(before, UNICORN, "all")
    outcome = _run(
        bench, "set -Ux AWS_PROFILE mine; set -gx AWS_PROFILE session", use, restore(use.apply(before)), DUMP
    )

    assert _environment(outcome) == before


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN"])
def test_a_universal_variable_that_cannot_be_hidden_stops_the_change(name: str, bench: Bench) -> None:
    """Where an exported universal variable would reach children in place of an unset one, nothing is changed."""
    use = switch({"AWS_PROFILE": "mine"}, UNICORN, "profile")
    outcome = _run(
        bench, f"set -Ux {name} theirs; set -gx AWS_PROFILE mine", use, "echo $status", DUMP, f"set -eU {name}"
    )

    assert outcome.stdout == b"7\n"
    problem = f"awsenv: fish hands the universal variable {name} to every command: nothing was changed"
    assert outcome.stderr.decode() == f"{problem}\nhint: set -eU {name}\n"
    assert _environment(outcome) == {"AWS_PROFILE": "mine", name: "theirs"}


def test_an_unexported_universal_variable_survives(bench: Bench) -> None:
    """A universal variable that children never saw is neither exported nor erased."""
    use = switch({}, UNICORN, "profile")
    outcome = _run(
        bench,
        "set -U AWS_ROLE_ARN mine",
        use,
        DUMP,
        restore(use.apply({})),
        DUMP,
        "echo $AWS_ROLE_ARN",
        "set -eU AWS_ROLE_ARN",
    )

    assert [as_text(dump) for dump in outcome.dumps] == [use.apply({}), {}]
    assert outcome.stdout == b"mine\n"


def test_lists_and_path_variables_keep_their_bytes(bench: Bench) -> None:
    """A list, or a variable once marked as a path, comes back as the text that children saw."""
    before = {"AWS_PROFILE": "a b", "AWS_ROLE_ARN": "x:y::z"}
    use = switch(before, UNICORN, "all")
    outcome = _run(
        bench,
        "set -gx AWS_PROFILE a b; set -gx --path AWS_ROLE_ARN x y '' z",
        DUMP,
        use,
        DUMP,
        restore(use.apply(before)),
        DUMP,
    )

    assert [as_text(dump) for dump in outcome.dumps] == [before, use.apply(before), before]
