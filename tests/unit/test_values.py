import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from awsenv.values import EMPTY, Value, asdict, replace


class Point(Value, hidden=("secret",)):
    """A value with every kind of field."""

    x: int
    y: int = 2
    secret: str | None = None
    make: object = len


class Other(Value):
    """The same fields in another class."""

    x: int
    y: int = 2


def test_fields_are_given_by_place_or_by_name() -> None:
    """However the fields are given, the value is the same, in the order of the class."""
    one = Point(1, 2, secret="s")

    assert one == Point(secret="s", y=2, x=1) == Point(1, secret="s")
    assert list(asdict(Point(secret="s", x=1))) == ["x", "y", "secret", "make"]
    assert hash(one) == hash(Point(secret="s", x=1))
    assert one != Point(1, 3, secret="s")
    assert Other(1) != Point(1)
    assert Point(1) != (1, 2, None, len)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((), {"y": 1}),
        ((1, 2, 3, 4, 5), {}),
        ((1,), {"x": 1}),
        ((1,), {"z": 1}),
        ((1, 2, "s", 4), {"make": 1}),
    ],
)
def test_what_does_not_fit_is_refused(values: Any, named: Any) -> None:
    """A field that is missing, unknown or given twice is an error that names the fields there are."""
    with pytest.raises(TypeError, match="Point has"):
        Point(*values, **named)


def test_nothing_changes() -> None:
    """No field can be set or removed, a shared default neither."""
    point = Point(1)
    changes: list[Callable[[], None]] = [
        lambda: setattr(point, "x", 2),
        lambda: delattr(point, "x"),
        lambda: setattr(point, "z", 2),
    ]
    for change in changes:
        with pytest.raises(AttributeError, match="frozen"):
            change()
    empty: Any = EMPTY
    with pytest.raises(TypeError):
        empty["a"] = 1

    assert point == Point(1)


def test_another_value_of_the_same() -> None:
    """A value with some fields changed; the first stays. Copies are equal."""
    point = Point(1, secret="s")

    assert replace(point, y=5) == Point(1, 5, "s")
    assert point.y == 2
    with pytest.raises(TypeError):
        replace(point, z=1)
    assert copy.copy(point) == copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point  # noqa: S301 - our own


def test_secrets_are_not_shown() -> None:
    """What is hidden stands in no text of the value, nor of one that holds it."""
    inner: Any = Point(1, secret="s3cret")

    assert repr(Other(inner)) == f"Other(x=Point(x=1, y=2, make={len!r}), y=2)"


def test_a_function_is_a_value_like_any_other() -> None:
    """A function that is a default is not taken for a method."""
    assert Point(1).make is len


def test_a_case_takes_the_fields_apart() -> None:
    """The fields are matched by place and by name."""
    match Point(1, 5):
        case Point(x, y=5):
            assert x == 1
        case _:
            pytest.fail("no case")
