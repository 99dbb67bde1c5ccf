"""migrate: turn profiles of the older kinds into SSO profiles of the same names and the same accounts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from awsenv.actions.assignments import Listing
from awsenv.actions.migrate_roles import Wanted, find_wanted, match_role, partition_of
from awsenv.actions.migrate_survey import Old
from awsenv.actions.migrate_text import Shared, load_both
from awsenv.errors import UnusableName, UsageError
from awsenv.files.owned import SectionId, check_section
from awsenv.files.profiles import Profiles
from awsenv.model import AssumedRole, NoSource, SsoRole, StaticKeys
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

# waits: keys are in the way that go only with --retire-keys; open: a person has to say which role; stays: it cannot be;
# unchanged: it is of the newer kind; kept: its keys are the source of another profile; refused: AWS bears it not out.
State = Literal["migrated", "waits", "open", "stays", "unchanged", "kept", "refused"]


class Move(Value):
    """One profile and what becomes of it.

    `role` is what it will be, where that is known; `is_alike` where only the likeness of the names speaks for it.
    `candidates` are the roles to choose from.
    """

    old: Old
    state: State
    reason: str | None = None
    role: SsoRole | None = None
    account_name: str | None = None
    is_alike: bool = False
    candidates: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name, which stays."""
        return self.old.name

    @property
    def account_id(self) -> str | None:
        """The account, which stays, as far as anybody knows it."""
        return self.role.account_id if self.role else self.old.account_id

    @property
    def is_retiring(self) -> bool:
        """Tell whether keys go with it."""
        return self.state == "migrated" and self.old.in_the_way is not None


def plan(olds: Iterable[Old], listing: Listing, wanted: Mapping[str, Wanted], *, retires: bool) -> list[Move]:
    """Return what becomes of each profile, as far as names and what Identity Center gives can tell.

    Raises:
        UsageError: somebody has named another account for a profile than it is of.
        RoleNotAssigned: Identity Center does not give what somebody has named.
    """
    return [_planned(old, listing, wanted.get(old.name), retires=retires) for old in olds]


def settle(moves: Sequence[Move], runtime: Runtime) -> tuple[list[Move], Shared]:
    """Return the moves that the files allow, and the files as those would change them."""
    settled = [_usable(move) for move in moves]
    while True:
        shared = load_both(runtime)
        shared.change(roles_of(settled), retired_by(settled))
        held = _held(settled, shared)
        if not held:
            return settled, shared
        settled = [held.get(move.name, move) for move in settled]


def roles_of(moves: Iterable[Move]) -> dict[str, SsoRole]:
    """Return which profile will be which role."""
    return {move.name: move.role for move in moves if move.state == "migrated" and move.role}


def retired_by(moves: Iterable[Move]) -> list[str]:
    """Return the profiles whose keys go."""
    return [move.name for move in moves if move.is_retiring]


def users_of(name: str, profiles: Profiles) -> list[str]:
    """Return the profiles whose role is assumed from this one."""
    return [each.name for each in profiles if each.name != name and _source_of(each.source) == name]


def older_in(profiles: Profiles) -> list[str]:
    """Return the profiles that could be of the newer kind: those of long-lived keys, what draws on them, start URLs."""
    keys = {each.name for each in profiles if isinstance(each.source, StaticKeys) and not each.source.session_token}
    return [
        each.name
        for each in profiles
        if each.name in keys
        or _source_of(each.source) in keys
        or (isinstance(each.source, SsoRole) and each.source.sso_session.name is None)
    ]


def _source_of(source: object) -> str | None:
    return source.source_profile if isinstance(source, AssumedRole) else None


def _planned(old: Old, listing: Listing, said: Wanted | None, *, retires: bool) -> Move:
    problem = _problem(old, listing)
    if old.problem or old.is_done:
        return Move(old, "stays" if old.problem else "unchanged", old.problem, old.sso_role)
    if old.is_left_over:
        return _gated(Move(old, "migrated", role=old.sso_role), retires=retires)
    if problem:
        return Move(old, "stays", problem)
    move = _said(old, listing, said) if said else _matched(old, listing)
    return _gated(move, retires=retires)


def _problem(old: Old, listing: Listing) -> str | None:
    sso_session = listing.sso_session
    here = partition_of(sso_session.region)
    if old.partition != here:
        return f"it is of the partition {old.partition}, and {sso_session.token_key} of {here}"
    if old.sso_role and old.sso_role.sso_session.start_url.rstrip("/#") != sso_session.start_url.rstrip("/#"):
        return f"it is of another Identity Center: {old.sso_role.sso_session.start_url}"
    return None


def _said(old: Old, listing: Listing, said: Wanted) -> Move:
    account_id, role_name = find_wanted(said, listing)
    if old.account_id not in (None, account_id):
        raise UsageError(
            f'profile "{old.name}" is of account {old.account_id}, and migrate leads none to another, as {account_id}',
            hint="awsenv populate",
        )
    return Move(old, "migrated", old.doubt, *_there(account_id, role_name, listing))


def _matched(old: Old, listing: Listing) -> Move:
    if old.account_id is None:
        return Move(old, "open", old.doubt)
    if old.account_id not in listing.accounts:
        return Move(old, "stays", f"{listing.sso_session.token_key} gives you no role in account {old.account_id}")
    account_name = listing.accounts[old.account_id]
    given = listing.roles.get(old.account_id, ())
    if not given:
        reason = f"{listing.sso_session.token_key} tells of no role in account {old.account_id}"
        return Move(old, "stays", reason, account_name=account_name or None)
    if old.sso_role and old.role_name not in given:
        reason = f"{listing.sso_session.token_key} does not give you {old.role_name} there any more"
        return Move(old, "stays", reason, account_name=account_name or None)
    match = match_role(old.role_name, given, account_name)
    if match.role_name is None:
        reason = f"which role is {old.role_name}" if old.role_name else "which role takes the place of its keys"
        return Move(old, "open", f"{reason} is not clear", None, account_name or None, candidates=match.candidates)
    role, name = _there(old.account_id, match.role_name, listing)
    is_alike = not match.is_certain and old.role_name is not None
    return Move(old, "migrated", None, role, name, is_alike=is_alike)


def _there(account_id: str, role_name: str, listing: Listing) -> tuple[SsoRole, str | None]:
    return SsoRole(listing.sso_session, account_id, role_name), listing.accounts.get(account_id) or None


def _gated(move: Move, *, retires: bool) -> Move:
    if move.state not in {"migrated", "open"} or move.old.in_the_way is None or retires:
        return move
    reason = f"keys of its own stand in {move.old.in_the_way}, and some tools would go on taking those"
    return replace(move, state="waits", reason=reason)


def _usable(move: Move) -> Move:
    if move.state != "migrated" or move.role is None:
        return move
    values = {"sso_session": move.role.sso_session.token_key, "sso_role_name": move.role.role_name}
    try:
        check_section(SectionId("profile", move.name), values)
    except UnusableName as error:
        return replace(move, state="stays", reason=error.problem)
    return move


def _held(moves: Iterable[Move], shared: Shared) -> dict[str, Move]:
    profiles = shared.profiles()
    held: dict[str, Move] = {}
    for move in moves:
        if move.state != "migrated":
            continue
        left, found = shared.left_over(move.name), profiles.find(move.name)
        if left:
            reason = f"{left[0]} would still count for it, from [DEFAULT]"
            held[move.name] = replace(move, state="stays", reason=reason)
        elif found is None or found.source != move.role:
            problem = found.source.problem if found and isinstance(found.source, NoSource) else "is something else then"
            held[move.name] = replace(move, state="stays", reason=f"it {problem}")
        elif move.is_retiring and (users := users_of(move.name, profiles)):
            named = ", ".join(f'"{name}"' for name in users[:5]) + (" and more" if len(users) > 5 else "")  # noqa: PLR2004
            held[move.name] = replace(move, state="kept", reason=f"its keys are still the source of {named}")
    return held
