"""What a change makes of a file's lines, to be shown before it is made."""

from collections.abc import Sequence

from awsenv.values import Value


class Edit(Value):
    """Lines that change: `start` is where they stand in the old file, counted from 0. Lines have no ends here."""

    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]


def edits_between(before: Sequence[str], after: Sequence[str], origins: Sequence[int | None]) -> list[Edit]:
    """Return what changes, in the order of the file; `origins` tells of each line after which one it was before."""
    found = list[Edit]()
    new, position = list[str](), 0
    for line, origin in zip([*after, ""], [*origins, len(before)], strict=True):
        if origin is None:
            new.append(line.rstrip("\r\n"))
            continue
        if new or origin > position:
            old = tuple(each.rstrip("\r\n") for each in before[position:origin])
            found.append(Edit(position, old, tuple(new)))
        new, position = [], origin + 1
    return found
