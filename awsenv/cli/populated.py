"""What populate has done, or would do: in a few lines for people, and whole for programs."""

from collections.abc import Collection, Iterable

from awsenv.actions.assignments import Listing
from awsenv.actions.populate import PopulatedProfile, Population
from awsenv.cli.terminal import say
from awsenv.files.editor import Edited
from awsenv.files.lossless import SharedText
from awsenv.files.owned import SectionId
from awsenv.values import asdict

# What is longer is for --json, or --dry-run.
_LONGEST_LIST = 100


def described(
    population: Population, removed: Collection[str], path: str, edited: Edited, *, is_dry_run: bool
) -> dict[str, object]:
    """Return the whole of it; a profile that was removed has the state `removed`."""
    return {
        "config": path,
        "dry_run": is_dry_run,
        "written": edited.is_written,
        "backup": edited.backup_path,
        "profiles": [asdict(each) | _removed(each, removed) for each in population.profiles],
        "credential_process": [asdict(each) for each in population.processes],
    }


def list_stale(population: Population, text: SharedText) -> None:
    """Tell line by line what could be pruned, and why."""
    stale = population.of("vanished", "renamed")
    for profile in stale[:_LONGEST_LIST]:
        why = "is no longer given" if profile.state == "vanished" else "has another name by now"
        keys = ", ".join(text.others_keys(SectionId("profile", profile.name)))
        lost = f"; of yours, {keys} would go with it" if keys else ""
        say(f"awsenv: {profile.name} ({_account(profile)}, {profile.role}) {why}{lost}")
    if len(stale) > _LONGEST_LIST:
        say(f"awsenv: and {len(stale) - _LONGEST_LIST} more; --dry-run --json names them all")


def tell(population: Population, removed: Collection[str], edited: Edited, *, is_dry_run: bool) -> None:
    """Tell what has changed, and what is left to do."""
    current = population.of("added", "changed", "unchanged", "yours")
    counts = {
        "added": len(population.of("added")),
        "changed": len(population.of("changed")),
        "removed": len(removed),
        "yours already": len(population.of("yours")),
    }
    parts = [f"{number} {word}" for word, number in counts.items() if number]
    would = "would be " if is_dry_run and parts else ""
    say(f"awsenv: {_number(len(current))}: {would}{', '.join(parts) or 'nothing to change'}")
    if population.processes:
        new = sum(each.state in ("added", "changed") for each in population.processes)
        beside = _number(len(population.processes))
        say(f"awsenv: {beside} that ask awsenv for the keys: {new or 'none'} new or changed")
    if edited.backup_path:
        say(f"awsenv: the file as it was before is {edited.backup_path}")
    for state, what in (("vanished", "no longer given"), ("renamed", "of another name by now")):
        left = [profile for profile in population.profiles if profile.state == state and profile.name not in removed]
        if left:
            say(f"awsenv: {_number(len(left))} {what}; --prune removes {'them' if len(left) > 1 else 'it'}")
    without = [profile for profile in population.of("added", "changed", "unchanged") if not profile.region]
    if without:
        say(f"awsenv: {_number(len(without))} without a region; --region or the settings' [[populate.keys]] give one")


def tell_of_nothing(listings: Iterable[Listing], population: Population) -> None:
    """Tell of each sso-session that gives no profile why that is so."""
    given = {profile.sso_session for profile in population.of("added", "changed", "unchanged", "yours", "taken")}
    for listing in listings:
        name = listing.sso_session.token_key
        if not listing.accounts:
            say(f"awsenv: {name} gives you no account: who administers IAM Identity Center has to assign one to you")
        elif name not in given:
            say(f"awsenv: of the {len(listing.accounts)} accounts of {name}, none has a role that was asked for")


def _number(count: int) -> str:
    return f"{count} profile{'s' if count != 1 else ''}"


def _account(profile: PopulatedProfile) -> str:
    return f"{profile.account_id} {profile.account_name}" if profile.account_name else profile.account_id


def _removed(profile: PopulatedProfile, removed: Collection[str]) -> dict[str, str]:
    is_removed = profile.state in {"vanished", "renamed"} and profile.name in removed
    return {"state": "removed"} if is_removed else {}
