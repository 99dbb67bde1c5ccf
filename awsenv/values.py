"""Frozen values: what `@dataclass(frozen=True)` makes, without the code that it writes and compiles for each class.

That code takes 4 million instructions a class, a tenth of an empty Python's start; a command needs two dozen classes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Any:
        """Stand in where only a type checker would look."""
        return lambda cls: cls


V = TypeVar("V", bound="Value")
# The default of a mapping.
EMPTY: Mapping[Any, Any] = MappingProxyType({})
_MISSING = object()


@dataclass_transform(frozen_default=True)
class Value:
    """The base of frozen values: annotated names are the fields, in that order, what they are set to is the default.

    A default must not be mutable: all share it. Two are equal that are of one class with equal fields. `hidden` names
    the fields that have no repr.
    """

    _names: tuple[str, ...] = ()
    _template: Mapping[str, object] = EMPTY
    _hidden: tuple[str, ...] = ()

    def __init_subclass__(cls, *, hidden: tuple[str, ...] = ()) -> None:
        names = tuple(cls.__annotations__)
        # So that `case Place(path, line)` works; the checker gives each class its own.
        setattr(cls, "__match_args__", names)  # noqa: B010
        cls._names = names
        cls._template = {name: cls.__dict__.get(name, _MISSING) for name in names}
        cls._hidden = hidden

    def __init__(self, *values: object, **named: object) -> None:
        """Take the fields by their place or their name.

        Raises:
            TypeError: one is missing, unknown or given twice.
        """
        names, state, count = self._names, self.__dict__, len(values)
        if not named and count == len(names):
            # Most often, and for thousands of sections: then nothing is missing or given twice.
            state.update(zip(names, values))  # noqa: B905 - counted just now
            return
        if named or count < len(names):
            # In the order of the fields: what is given by name may come in any.
            state.update(self._template)
        state.update(zip(names, values))  # noqa: B905 - counted below
        state.update(named)
        if count > len(names) or len(state) > len(names) or not named.keys().isdisjoint(names[:count]):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(names)}, each once")
        for name in names[count:]:
            if state[name] is _MISSING:
                raise TypeError(f"{type(self).__name__} has no {name}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.__dict__.items() if name not in self._hidden)
        return f"{type(self).__name__}({', '.join(shown)})"


def replace(value: V, **changes: object) -> V:
    """Return the same value with some fields changed.

    Raises:
        TypeError: there is no such field.
    """
    return type(value)(**value.__dict__ | changes)


def asdict(value: Value) -> dict[str, Any]:
    """Return the fields by name, in their order; a value in one of them stays what it is."""
    return dict(value.__dict__)
