"""The name that was probably meant."""

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `name`, whatever the case, or None where none is like it."""
    # For an error message only: nothing that succeeds should load this.
    from difflib import get_close_matches

    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = get_close_matches(name.casefold(), by_folded, n=1)
    return by_folded[found[0]] if found else None
