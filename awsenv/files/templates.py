"""Templates for names of profiles: what may stand in one, and what it makes of an account and a role."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from awsenv.values import Value

FIELDS = ("account", "account_id", "role", "session")
_FILTERS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "slug": lambda text: re.sub(r"[^A-Za-z0-9]+", "-", _unaccented(text)).strip("-"),
}
_FIELD = re.compile(r"\{([^{}]*)\}")
# What every SDK, shell and prompt takes without quotes.
_ODD = re.compile(r"[^A-Za-z0-9._/-]+")
_ODD_IN_VALUE = re.compile(r"[^A-Za-z0-9._-]+")
# Nobody types or reads a longer one.
_LONGEST = 128


class BadTemplate(ValueError):
    """A template that names nothing; `hint` says what could."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.hint = hint


class Template(Value):
    """A checked template."""

    text: str

    def render(self, values: Mapping[str, str]) -> str:
        """Return the name for these values, one for each of `FIELDS`; empty where nothing of it is left."""

        def value(match: re.Match[str]) -> str:
            name, *filters = match[1].split("|")
            text = _unaccented(values[name.strip()])
            for each in filters:
                text = _FILTERS[each.strip()](text)
            # What a value brings stays within its place: a slash in an account's name is no level of the template.
            return _ODD_IN_VALUE.sub("-", text).strip("-")

        # A name that begins with a dash would be an option.
        return _ODD.sub("-", _FIELD.sub(value, self.text)).lstrip("-").rstrip("-/")[:_LONGEST]


def parse_template(text: str) -> Template:
    """Return the template; raise BadTemplate for an unknown field or filter, a stray brace or no field at all."""
    found = _FIELD.findall(text)
    for inside in found:
        name, *filters = (part.strip() for part in inside.split("|"))
        if name not in FIELDS:
            raise BadTemplate(f"has no field {{{inside}}}", f"fields: {', '.join(FIELDS)}")
        for each in filters:
            if each not in _FILTERS:
                raise BadTemplate(f'has no filter "{each}"', f"filters: {', '.join(_FILTERS)}")
    if re.search(r"[{}]", _FIELD.sub("", text)):
        raise BadTemplate("has a brace that is no part of a field")
    if not found:
        raise BadTemplate("must have a field", f"fields: {', '.join(FIELDS)}")
    return Template(text)


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
