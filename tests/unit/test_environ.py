"""The change of variables, on all environments that a process can have."""

import json
from collections.abc import Mapping
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsenv.environ import (
    AWS_VARIABLES,
    AWSENV_VARIABLES,
    CONFLICTING_VARIABLES,
    KEY_VARIABLES,
    OWNED_VARIABLES,
    PROFILE_VARIABLES,
    REGION_VARIABLES,
    Destination,
    has_drifted,
    is_saved_readable,
    original,
    renewal,
    restore,
    switch,
)
from awsenv.model import Credentials, Export
from awsenv.values import replace

EXPORTS: tuple[Export, ...] = ("all", "profile", "keys")

# As awsenv holds it: any bytes but NUL, decoded as UTF-8 with surrogate escapes.
values = st.binary(max_size=20).map(lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
foreign = st.dictionaries(st.sampled_from(["PATH", "HOME", "AWS_PAGER", "AWS_CONFIG_FILE", "AWSENV_SHELL"]), values)
aws = st.dictionaries(st.sampled_from(AWS_VARIABLES), values)
environments = st.builds(lambda left, right: left | right, foreign, aws)
credentials = st.builds(
    Credentials,
    values,
    values,
    st.none() | values,
    st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001
)
destinations = st.builds(
    Destination,
    values,
    region=st.none() | values,
    account_id=st.none() | values,
    account_name=st.none() | values,
    role=st.none() | values,
    credentials=st.none() | credentials,
    label=st.none() | values,
    sign_in=st.none() | values,
)
journeys = st.lists(st.tuples(destinations, st.sampled_from(EXPORTS)), min_size=1, max_size=4)


def after(environment: Mapping[str, str], journey: list[tuple[Destination, Export]]) -> dict[str, str]:
    """Return the environment at the end of several switches."""
    result = dict(environment)
    for destination, export in journey:
        result = switch(result, destination, export).apply(result)
    return result


@given(environments, journeys)
def test_restore_gives_back_any_environment(
    environment: dict[str, str], journey: list[tuple[Destination, Export]]
) -> None:
    """However many switches, `off` gives back what was there before the first, unset and empty told apart."""
    switched = after(environment, journey)

    assert restore(switched).apply(switched) == environment


@given(environments, journeys)
def test_restore_twice_is_restore_once(environment: dict[str, str], journey: list[tuple[Destination, Export]]) -> None:
    """A second `off` changes nothing."""
    once = original(after(environment, journey))

    assert original(once) == once


@given(environments)
def test_restore_without_a_switch_changes_nothing_of_others(environment: dict[str, str]) -> None:
    """`off` without a `use` leaves every variable that is not awsenv's own."""
    assert original(environment) == environment


@given(environments, destinations, st.sampled_from(EXPORTS))
def test_switch_depends_on_nothing_left_over(
    environment: dict[str, str], destination: Destination, export: Export
) -> None:
    """After a switch each owned variable, but for the region and the memory, is the same whatever was there before."""
    carried = {*REGION_VARIABLES, "AWSENV_SAVED"}
    here, there = (after(each, [(destination, export)]) for each in (environment, {}))

    assert {name: here.get(name) for name in OWNED_VARIABLES if name not in carried} == {
        name: there.get(name) for name in OWNED_VARIABLES if name not in carried
    }


@given(environments, journeys)
def test_switch_leaves_foreign_variables_alone(
    environment: dict[str, str], journey: list[tuple[Destination, Export]]
) -> None:
    """No variable that awsenv does not own is set, changed or removed."""
    switched = after(environment, journey)

    assert {name: text for name, text in switched.items() if name not in OWNED_VARIABLES} == {
        name: text for name, text in environment.items() if name not in OWNED_VARIABLES
    }


@given(environments, journeys)
def test_no_conflicting_variable_survives(
    environment: dict[str, str], journey: list[tuple[Destination, Export]]
) -> None:
    """What makes some tool act as somebody else is gone after a switch."""
    assert not set(CONFLICTING_VARIABLES) & set(after(environment, journey))


@given(environments, destinations)
def test_export_chooses_profile_or_keys(environment: dict[str, str], destination: Destination) -> None:
    """`profile` leaves out all of the keys, `keys` both profile variables."""
    by_profile, by_keys = (after(environment, [(destination, export)]) for export in EXPORTS[1:])

    assert not set(KEY_VARIABLES) & set(by_profile)
    assert [by_profile.get(name) for name in PROFILE_VARIABLES] == [destination.profile_name] * 2
    assert not set(PROFILE_VARIABLES) & set(by_keys)
    assert ("AWS_ACCESS_KEY_ID" in by_keys) == (destination.credentials is not None)


@given(environments, journeys)
def test_region_is_the_profiles_or_that_of_before(
    environment: dict[str, str], journey: list[tuple[Destination, Export]]
) -> None:
    """Both region variables are the destination's region, and without one what each was before the first switch."""
    switched = after(environment, journey)
    region = journey[-1][0].region

    for name in REGION_VARIABLES:
        assert switched.get(name) == (region or environment.get(name))


@given(environments, st.lists(destinations, min_size=2, max_size=4))
def test_previous_is_the_other_profile_before(environment: dict[str, str], places: list[Destination]) -> None:
    """AWSENV_PREVIOUS is the last profile of another name, so that a renewal does not forget it."""
    names = [place.profile_name for place in places]
    others = [name for name in names if name != names[-1]]

    previous = after(environment, [(place, "all") for place in places]).get("AWSENV_PREVIOUS")

    assert previous == (others[-1] if others else None)


@given(environments, destinations, credentials, st.sampled_from(EXPORTS))
def test_a_renewal_changes_the_keys_and_what_tells_of_them(
    environment: dict[str, str], destination: Destination, fresh: Credentials, export: Export
) -> None:
    """A renewal is the same as a switch to the same place with new keys, and touches nothing else of the shell."""
    switched = after(environment, [(destination, export)])
    there = replace(destination, credentials=fresh)

    change = renewal(there, export)

    told = {"AWSENV_EXPIRES", "AWSENV_LABEL", "AWSENV_SIGN_IN"}
    assert set(change.variables) == (told if export == "profile" else {*told, *KEY_VARIABLES, "AWSENV_KEY_ID"})
    by_hand = switched | {"AWS_REGION": "by-hand", "PATH": "x"}
    assert change.apply(by_hand) == after(environment, [(there, export)]) | {
        name: by_hand[name] for name in ("AWS_REGION", "PATH")
    }


@given(environments, destinations, credentials, st.sampled_from(EXPORTS))
def test_a_switched_shell_has_not_drifted(
    environment: dict[str, str], destination: Destination, keys: Credentials, export: Export
) -> None:
    """What a switch leaves behind is awsenv's to renew, however it was exported."""
    there = replace(destination, profile_name=destination.profile_name or "x", credentials=keys)

    assert not has_drifted(after(environment, [(there, export)]))


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("name", [*PROFILE_VARIABLES, "AWS_ACCESS_KEY_ID", "AWSENV_KEY_ID", "AWSENV_EXPORT"])
@pytest.mark.parametrize("value", ["by hand", None])
def test_a_shell_that_somebody_changed_has_drifted(export: Export, name: str, value: str | None) -> None:
    """Profile variables or keys other than those that were exported are somebody else's, as are none at all."""
    switched = after({}, [(Destination("x", credentials=Credentials("AKIA", "secret")), export)])
    changed = {each: text for each, text in switched.items() if each != name} | ({name: value} if value else {})

    assert has_drifted(changed) == (changed != switched)


def test_a_shell_that_was_never_switched_has_drifted() -> None:
    """Without a profile, or with nothing that tells what was exported, there is nothing to renew."""
    assert has_drifted({})
    assert has_drifted({"AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": "x", "AWSENV_PROFILE": "x", "AWSENV_EXPORT": "none"})


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*OWNED_VARIABLES, "PATH"]), inner),
    max_leaves=8,
).map(json.dumps)


@given(environments, values | json_texts, destinations)
def test_hostile_memory_sets_only_what_is_owned(
    environment: dict[str, str], saved: str, destination: Destination
) -> None:
    """Whatever stands in AWSENV_SAVED, neither `off` nor `use` fails, and both change owned variables only."""
    hostile = environment | {"AWSENV_SAVED": saved}

    for change in (restore(hostile), switch(hostile, destination, "all")):
        assert set(change.variables) == set(OWNED_VARIABLES)
        assert all(text is None or isinstance(text, str) for text in change.variables.values())
    restored = restore(hostile).apply(hostile)
    assert not set(AWSENV_VARIABLES) & set(restored)
    assert {name: restored[name] for name in foreign_names(environment)} == {
        name: environment[name] for name in foreign_names(environment)
    }


def foreign_names(environment: Mapping[str, str]) -> list[str]:
    """Return the names that awsenv does not own."""
    return [name for name in environment if name not in OWNED_VARIABLES]


@pytest.mark.parametrize(
    ("saved", "readable"),
    [
        ("{}", True),
        ('{"AWS_PROFILE":"x"}', True),
        ("", False),
        ("[]", False),
        ("[" * 100_000, False),
        ("\udcff", False),
    ],
)
def test_damaged_memory_is_noticed(saved: str, *, readable: bool) -> None:
    """A memory that awsenv did not write is told from one that it did."""
    assert is_saved_readable({"AWSENV_SAVED": saved}) == readable
    assert is_saved_readable({})


def test_no_variable_is_owned_twice() -> None:
    """The lists of variables do not overlap."""
    assert len(set(OWNED_VARIABLES)) == len(OWNED_VARIABLES)
