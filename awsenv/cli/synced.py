"""What sync has done, or would do, in a few lines for people."""

from collections.abc import Sequence

from awsenv.actions.sync import Synced
from awsenv.cli.terminal import say

# What is longer is for --json.
_LONGEST_LIST = 20


def tell(synced: Sequence[Synced], file: str, *, is_dry_run: bool) -> None:
    """Tell what has become of the copies; what failed is told as an error."""
    counts = {state: sum(each.state == state for each in synced) for state in ("added", "renewed", "unchanged")}
    parts = [f"{number} {state}" for state, number in counts.items() if number]
    would = "would be " if is_dry_run and parts else ""
    say(f"awsenv: {_number(sum(counts.values()))} in the {file} file: {would}{', '.join(parts) or 'none written'}")


def tell_removed(removed: Sequence[Synced], file: str, *, is_dry_run: bool) -> None:
    """Tell which copies went."""
    if not removed:
        say(f"awsenv: nothing that sync wrote is in the {file} file")
        return
    names = ", ".join(each.section for each in removed[:_LONGEST_LIST])
    more = f" and {len(removed) - _LONGEST_LIST} more" if len(removed) > _LONGEST_LIST else ""
    say(f"awsenv: {'would be ' if is_dry_run else ''}removed from the {file} file: {names}{more}")


def _number(count: int) -> str:
    return f"{count} profile{'s' if count != 1 else ''}"
