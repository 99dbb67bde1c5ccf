import pytest

from awsenv.environ import OWNED_VARIABLES, restore
from awsenv.errors import UnusableName
from awsenv.model import Dialect, EnvChange
from awsenv.shells.rendering import render, render_status

DIALECTS: list[Dialect] = ["bash", "zsh", "fish", "sh"]
# With AWSENV_SAVED set, as a switch has it: without, fish restores.
FULL = EnvChange({name: None if index % 2 else "canary's\té" for index, name in enumerate(reversed(OWNED_VARIABLES))})
VALUES = [value for value in FULL.variables.values() if value]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_change_is_one_group_with_its_values_on_the_third_line(dialect: Dialect) -> None:
    """One compound statement, ended by a semicolon, survives joins and cuts; two lines are there to be stopped at."""
    text = render(FULL, dialect).decode()
    first, second, third = text.splitlines()

    assert "canary" not in first + second
    assert third.count("canary") == len(VALUES)
    assert text.startswith("begin; " if dialect == "fish" else "\\: ")
    assert text.endswith("end;\n" if dialect == "fish" else "esac;\n")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_empty_change_is_no_text(dialect: Dialect) -> None:
    """Where nothing changes there is nothing to evaluate."""
    assert render(EnvChange({}), dialect) == b""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_only_unsetting_and_only_setting_are_groups_too(dialect: Dialect) -> None:
    """A change of one kind has no empty statement in it."""
    assert b"; ;" not in render(EnvChange({"AWS_PROFILE": None}), dialect)
    assert b"; ;" not in render(EnvChange({"AWS_PROFILE": "x"}), dialect)
    assert b"; ;" not in render(restore({}), dialect)


@pytest.mark.parametrize("name", ["PATH", "AWS_PROFILE; touch x", "", "AWS_ENDPOINT_URL"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_foreign_variable_is_a_bug(name: str, dialect: Dialect) -> None:
    """Names come from the fixed list, or nothing is rendered."""
    with pytest.raises(ValueError, match="not awsenv's to change"):
        render(EnvChange({"AWS_PROFILE": "x", name: "x"}), dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_value_that_cannot_be_names_its_variable(dialect: Dialect) -> None:
    """A NUL byte is refused before anything is printed, and the value is not shown."""
    with pytest.raises(UnusableName) as caught:
        render(EnvChange({"AWS_SECRET_ACCESS_KEY": "canary\0"}), dialect)

    assert caught.value.problem == "AWS_SECRET_ACCESS_KEY holds a NUL byte, which no shell variable can carry"


def test_fish_checks_nothing_when_nothing_is_unset() -> None:
    """The look at universal variables is for the names that must be absent."""
    assert b"-qUx" not in render(EnvChange({"AWS_PROFILE": "x"}), "fish")


def test_fish_compares_a_restored_value_with_the_universal_one() -> None:
    """Only what goes back to before the first use may uncover a universal variable."""
    saved = '{"AWS_PROFILE":"x"}'

    assert b"-qUx" in render(restore({"AWSENV_SAVED": saved}), "fish")
    assert b"AWS_PROFILE" not in render(restore({"AWS_PROFILE": "x"}), "fish")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_status_is_one_line(dialect: Dialect) -> None:
    """The statement of a failure is one line that holds the code."""
    assert render_status(130, dialect).count(b"\n") == 1
    assert b" 130" in render_status(130, dialect)
