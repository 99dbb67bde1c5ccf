"""populate: profiles for every account and role that an sso-session gives, in the shared config file."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from awsenv.actions.assignments import Listing
from awsenv.actions.process_profiles import names_of_keys, owned_processes, put_process
from awsenv.actions.profile_names import Identity, choose_names, identity_of
from awsenv.errors import SectionNotOwned, UnusableName
from awsenv.files.editor import Edited, config_file, edit_shared, load_shared
from awsenv.files.lossless import SharedText
from awsenv.files.owned import SectionId
from awsenv.files.paths import credentials_path
from awsenv.files.populate_settings import KeyRule
from awsenv.files.processes import ProcessWish
from awsenv.files.templates import Template
from awsenv.model import Assignment, Notice
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

# yours: somebody else's section says the same; taken: it says something else; vanished: Identity Center no longer gives
# it; renamed: it is written under another name by now.
State = Literal["added", "changed", "unchanged", "yours", "taken", "vanished", "renamed"]
Notify = Callable[[Notice], None]


class Wish(Value):
    """How the profiles are to be: `accounts` and `roles` are lists of globs, which must all let one pass.

    `region` is None where `rules` and the file decide. `process` is for who wants a profile beside each that asks
    awsenv for its keys.
    """

    template: Template
    accounts: tuple[tuple[str, ...], ...] = ()
    roles: tuple[tuple[str, ...], ...] = ()
    region: str | None = None
    rules: tuple[KeyRule, ...] = ()
    process: ProcessWish | None = None

    @property
    def is_narrowed(self) -> bool:
        """Tell whether there is any glob."""
        return any((*self.accounts, *self.roles))

    def wants_account(self, account_id: str, name: str) -> bool:
        """Tell whether an account passes, by its id or its name."""
        return all(passes(globs, (account_id, name)) for globs in self.accounts)

    def wants_role(self, role_name: str) -> bool:
        """Tell whether a role passes."""
        return all(passes(globs, (role_name,)) for globs in self.roles)


class PopulatedProfile(Value):
    """One profile and what becomes of it; the field names are those of `--json`."""

    name: str
    sso_session: str
    account_id: str
    account_name: str | None
    role: str
    region: str | None
    state: State


class Population(Value):
    """All profiles that it is about, what was told of those that could not be, and those that ask awsenv for keys."""

    profiles: tuple[PopulatedProfile, ...]
    notices: tuple[Notice, ...]
    processes: tuple[PopulatedProfile, ...] = ()

    def of(self, *states: State) -> list[PopulatedProfile]:
        """Return the profiles in these states."""
        return [profile for profile in self.profiles if profile.state in states]


def preview(listings: Sequence[Listing], wish: Wish, runtime: Runtime) -> tuple[SharedText, Population]:
    """Return the config file as it would be, and what becomes of each profile; nothing is written.

    What could be pruned stands there still.
    """
    text = load_shared(config_file(runtime))
    return text, _change(text, listings, wish, names_of_keys(runtime))


def populate(
    listings: Sequence[Listing], wish: Wish, pruned: Collection[str], *, runtime: Runtime, notify: Notify
) -> tuple[Edited, SharedText, Population]:
    """Write the profiles, and remove those of the names `pruned` that still are to be pruned; return what was written.

    Raises:
        LocalFileError, ConfigError: as `edit_shared`; nothing is written then.
    """
    taken = names_of_keys(runtime)
    made: list[tuple[SharedText, Population]] = []

    def change(text: SharedText) -> None:
        population = _change(text, listings, wish, taken)
        prune(text, population, pruned)
        made.append((text, population))

    edited = edit_shared(config_file(runtime), change, runtime=runtime, notify=notify)
    return edited, *made[-1]


def prune(text: SharedText, population: Population, names: Collection[str]) -> None:
    """Remove the profiles of these names, as far as they are to be pruned."""
    gone = {profile.name for profile in population.of("vanished", "renamed") if profile.name in names}
    beside = {name for name, asked in owned_processes(text) if asked in gone} if gone else set()
    for name in gone | beside:
        text.remove(SectionId("profile", name))


def refusal(taken: Sequence[PopulatedProfile], text: SharedText, runtime: Runtime) -> SectionNotOwned:
    """Return the error for profiles whose names stand for something else already."""
    named = [f'"{each.name}" ({_place(each.name, text, runtime)})' for each in taken[:5]]
    more = f" and {len(taken) - len(named)} more" if len(taken) > len(named) else ""
    return SectionNotOwned(
        f"not written, since a profile that is not awsenv's has the name: {', '.join(named)}{more}",
        hint="rename that section, or choose other names with --template",
    )


def passes(globs: Iterable[str], texts: Iterable[str]) -> bool:
    """Tell whether one of the texts fits one of the globs, if there are any, and none fits one with `!` before it."""
    folded = [text.casefold() for text in texts]
    wanted = [glob.casefold() for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:].casefold() for glob in globs if glob.startswith("!")]
    if any(fnmatchcase(text, glob) for glob in unwanted for text in folded):
        return False
    return not wanted or any(fnmatchcase(text, glob) for glob in wanted for text in folded)


def _change(text: SharedText, listings: Sequence[Listing], wish: Wish, taken: Collection[str]) -> Population:
    owned = dict(_owned_profiles(text))
    assignments = [
        each for listing in listings for each in listing.assignments() if wish.wants_role(each.role.role_name)
    ]
    names = choose_names(assignments, wish.template, owned)
    regions = _regions(text)
    profiles: list[PopulatedProfile] = []
    notices: list[Notice] = []
    if not assignments and (wish.accounts or wish.roles):
        notices.append(Notice("no account with such a role passes the filters of accounts and roles"))
    for assignment in sorted(assignments, key=lambda each: names[identity_of(each)].casefold()):
        name = names[identity_of(assignment)]
        try:
            profiles.append(_put(text, name, assignment, wish, taken, regions))
        except UnusableName as error:
            notices.append(Notice(f"{error.problem}: no profile is written for it"))
    processes = tuple(_beside(text, profiles, wish.process, taken, notices)) if wish.process else ()
    profiles += _stale(owned, names, listings)
    return Population(tuple(profiles), tuple(notices), processes)


def _beside(
    text: SharedText,
    profiles: Sequence[PopulatedProfile],
    wish: ProcessWish,
    taken: Collection[str],
    notices: list[Notice],
) -> Iterable[PopulatedProfile]:
    # What is only about to be added stands in no file yet.
    taken = {*taken, *(profile.name for profile in profiles)}
    for profile in profiles:
        if profile.state == "taken":
            continue
        name = wish.name_for(profile.name)
        try:
            state = put_process(text, name, profile.name, profile.region, wish, taken)
        except UnusableName as error:
            notices.append(Notice(f"{error.problem}: no profile is written for it"))
            continue
        yield replace(profile, name=name, state=state)


def _put(
    text: SharedText,
    name: str,
    assignment: Assignment,
    wish: Wish,
    taken: Collection[str],
    regions: Mapping[Identity, str],
) -> PopulatedProfile:
    section_id = SectionId("profile", name)
    before = text.find(section_id)
    session, account_id, role = identity = identity_of(assignment)
    values = _values(text, name, assignment, wish, (before or {}).get("region") or regions.get(identity))
    state: State
    if before is None:
        state = "taken" if name in taken else "added"
        if state == "added":
            text.put(section_id, values)
    elif text.is_owned(section_id):
        state = "changed" if text.put(section_id, values) else "unchanged"
    else:
        state = "yours" if _identity_in(before) == (session, account_id, role) else "taken"
    region = values.get("region") if state != "yours" else (before or {}).get("region")
    return PopulatedProfile(name, session, account_id, assignment.account_name, role, region, state)


def _values(text: SharedText, name: str, assignment: Assignment, wish: Wish, region: str | None) -> dict[str, str]:
    session, account_id, role = identity_of(assignment)
    values = {"sso_session": session, "sso_account_id": account_id, "sso_role_name": role}
    default = text.find(SectionId("profile", "default")) or {}
    # What the profile has stays where nobody says anything else, so that one --region is not lost with the next run.
    region = region or default.get("region")
    extra: dict[str, str] = {"region": region} if region else {}
    for rule in wish.rules:
        if passes((rule.match,), (name, assignment.account_name or "", account_id, role)):
            extra |= rule.keys
    return values | extra | ({"region": wish.region} if wish.region else {})


def _stale(
    owned: Mapping[str, Identity], names: Mapping[Identity, str], listings: Sequence[Listing]
) -> Iterable[PopulatedProfile]:
    by_session = {listing.sso_session.token_key: listing for listing in listings}
    for name, (session, account_id, role) in owned.items():
        listing = by_session.get(session)
        if listing is None:
            continue
        account_name = listing.accounts.get(account_id)
        stale = PopulatedProfile(name, session, account_id, account_name or None, role, None, "vanished")
        roles = listing.roles.get(account_id)
        # Of an account that was not asked for, or did not answer, nobody knows the roles.
        if account_name is None or (roles is not None and role not in roles):
            yield stale
        elif names.get((session, account_id, role), name) != name:
            yield replace(stale, state="renamed")


def _owned_profiles(text: SharedText) -> Iterable[tuple[str, Identity]]:
    for section_id, values in text.owned():
        identity = _identity_in(values)
        if section_id.kind == "profile" and identity is not None:
            yield section_id.name, identity


def _regions(text: SharedText) -> dict[Identity, str]:
    # Of a profile that gets another name, the region of before is as good as ever.
    found: dict[Identity, str] = {}
    for section_id, values in text.owned():
        identity = _identity_in(values)
        if section_id.kind == "profile" and identity is not None and values.get("region"):
            found.setdefault(identity, values["region"])
    return found


def _identity_in(values: Mapping[str, str]) -> Identity | None:
    session, account_id = values.get("sso_session"), values.get("sso_account_id")
    role = values.get("sso_role_name")
    return (session, account_id, role) if session and account_id and role else None


def _place(name: str, text: SharedText, runtime: Runtime) -> str:
    section_id = SectionId("profile", name)
    return str(text.place_of(section_id)) if text.find(section_id) is not None else credentials_path(runtime)
