import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsenv.files.templates import FIELDS, BadTemplate, parse_template

VALUES = {"account": "Société Générale / Prod_1", "account_id": "012345678901", "role": "Power User", "session": "a.b"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{account}-{role}", "Societe-Generale-Prod_1-Power-User"),
        ("{account|slug}", "Societe-Generale-Prod-1"),
        ("{ account | slug | lower }.{role|upper}", "societe-generale-prod-1.POWER-USER"),
        ("{session}/{account_id}/{role}", "a.b/012345678901/Power-User"),
        ("--{role} of {account_id}!", "Power-User-of-012345678901"),
        ("{role}/", "Power-User"),
    ],
)
def test_a_template_makes_a_plain_name(template: str, name: str) -> None:
    """Fields and filters give letters, digits, dots, dashes and underscores, and only the template gives slashes."""
    assert parse_template(template).render(VALUES) == name


@given(st.sampled_from(["{account}", "{account|slug}-{role}", "x{session|lower}"]), st.text(), st.text())
def test_no_value_makes_an_odd_name(template: str, account: str, role: str) -> None:
    """Whatever an account is called, its name is safe in shells, prompts and files, and no option."""
    values = {"account": account, "account_id": "1", "role": role, "session": role}
    name = parse_template(template).render(values)

    assert name.isascii()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not name.startswith("-")
    assert len(name) <= 128


@pytest.mark.parametrize(
    ("template", "problem", "hint"),
    [
        ("{name}", "has no field {name}", f"fields: {', '.join(FIELDS)}"),
        ("{role|loud}", 'has no filter "loud"', "filters: lower, upper, slug"),
        ("{role", "has a brace that is no part of a field", None),
        ("role", "must have a field", f"fields: {', '.join(FIELDS)}"),
    ],
)
def test_what_names_nothing_is_refused(template: str, problem: str, hint: str | None) -> None:
    """A wrong template says what would be right."""
    with pytest.raises(BadTemplate) as raised:
        parse_template(template)
    assert (str(raised.value), raised.value.hint) == (problem, hint)
