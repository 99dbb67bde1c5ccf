"""The label of a prompt: what it says, and what it can never do."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from awsenv.actions.label import WIDEST, label_for
from awsenv.environ import Destination
from awsenv.model import Credentials
from awsenv.runtime import decoded, shown

END = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
KEYS = Credentials("AKIA", "secret", "token", END)
STATIC = Credentials("AKIA", "secret")
THERE = Destination("unicorn", "eu-west-1", "222233334444", "Team_Unicorn", "Developer", KEYS)
ACTIVE = "$`\"'\\%!;{}"
FORMATS = (
    "{profile} {account} {left}",
    "{left}",
    "{role}",
    " [{profile}|{account_name}:{account_id}/{role}@{region}] ",
    "{left} of {profile}{account}{role}{region}",
    "$(x) `y` %F{profile}",
)

names = st.text() | st.binary().map(decoded) | st.text(alphabet=st.sampled_from([*ACTIVE, *"aé漢\u0301\u200d \x1b\n"]))
maybe = st.none() | names
destinations = st.builds(
    Destination, names.filter(bool), maybe, maybe, maybe, maybe, st.sampled_from([None, KEYS, STATIC])
)


@given(destinations, st.sampled_from(FORMATS), maybe)
def test_no_name_acts_in_a_prompt(there: Destination, form: str, region: str | None) -> None:
    """Whatever an account or a profile is called, the label has nothing that a shell or a terminal would act on."""
    label = label_for(there, form, region=region)

    inert = label.replace("{left}", "", 1)
    assert not set(inert) & set(ACTIVE)
    assert shown(inert) == inert


@given(destinations, st.sampled_from(FORMATS), maybe)
def test_a_label_is_as_wide_as_its_characters_and_never_empty(
    there: Destination, form: str, region: str | None
) -> None:
    """Each character takes one column or two, all of them at most 80 with the time put in, and at least one."""
    label = label_for(there, form, region=region).replace("{left}", "expired", 1)

    assert 1 <= wcswidth(label) <= WIDEST
    assert all(wcswidth(character) in (1, 2) for character in label)


@given(destinations, st.sampled_from(FORMATS))
def test_the_time_left_has_a_place_only_where_there_is_an_end(there: Destination, form: str) -> None:
    """The mark for the time left is kept for keys that end, and for no others."""
    has_end = there.credentials is not None and there.credentials.expires_at is not None

    assert ("{left}" in label_for(there, form, region=None)) == (has_end and "{left}" in form)


@pytest.mark.parametrize(
    ("form", "there", "label"),
    [
        ("{profile} {account} {left}", THERE, "unicorn Team_Unicorn {left}"),
        ("{account_id}/{role} {region} ({left})", THERE, "222233334444/Developer eu-west-1 ({left})"),
        ("{profile} {account} {left}", Destination("u", account_id="1"), "u 1"),
        ("{profile} {account} {left}", Destination("u", credentials=KEYS), "u {left}"),
        ("{left} {account} {profile}", Destination("u", credentials=STATIC), "u"),
        ("{role}", Destination("u"), "u"),
        ("{left}", THERE, "{left}"),
        ("{profile}", Destination("{left}"), "?left?"),
        ("{profile}", Destination("{account}"), "?account?"),
        ("{profile}", Destination("a$(touch x)`b`%F{red}\\!\"';"), "a?(touch x)?b??F?red??????"),
        ("{profile}", Destination("\x1b[31m\n\udcff\u202e"), "?[31m???"),
        ("{profile}", Destination("Mu\u0308nchen \u6f22\u5b57"), "M\u00fcnchen \u6f22\u5b57"),
        ("{profile}", Destination("\u0301"), "?"),
        ("{profile}", Destination("\U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd"), "?? \U0001f44d?"),
        ("{profile}", Destination("\uf270"), "?"),
        ("\uf270 {profile}", Destination("u"), "\uf270 u"),
        ("{profile}", Destination("x" * 200), "x" * 78 + ".."),
        ("{profile}", Destination("\u6f22" * 200), "\u6f22" * 39 + ".."),
        ("{profile} {left}", Destination("x" * 200, credentials=KEYS), "x" * 71 + "..{left}"),
        ("{left} {profile}", Destination("x" * 200, credentials=KEYS), "{left} " + "x" * 21 + ".."),
    ],
)
def test_labels(form: str, there: Destination, label: str) -> None:
    """Unknown fields leave no gap, what acts becomes a question mark, and what is too long is cut where it shows."""
    assert label_for(there, form, region="eu-west-1") == label


def test_two_names_that_differ_in_what_acts_differ_from_a_plain_one() -> None:
    """`prod$` does not pass for `prod`."""
    assert label_for(Destination("prod$"), "{profile}", region=None) != "prod"
