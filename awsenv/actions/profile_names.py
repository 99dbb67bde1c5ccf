"""Names for the profiles of assignments: readable, each only once, and the same again the next time."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from awsenv.files.digests import sha1_of
from awsenv.files.templates import Template
from awsenv.model import Assignment

# sso-session, account id and role: what a profile is, whatever it is called.
Identity = tuple[str, str, str]

# It would become the profile of everybody who names none.
_RESERVED = {"default", "DEFAULT"}


def identity_of(assignment: Assignment) -> Identity:
    """Return what the profile of an assignment is."""
    role = assignment.role
    return role.sso_session.token_key, role.account_id, role.role_name


def choose_names(
    assignments: Sequence[Assignment], template: Template, owned: Mapping[str, Identity]
) -> dict[Identity, str]:
    """Return a name for each assignment; `owned` are the names that awsenv's profiles have by now.

    Where the template gives two the same, each gets its account id, then its role and its sso-session, too. A profile
    that has one of these names keeps it, and so does one of which this is not about.
    """
    candidates = {identity_of(each): _candidates(each, template) for each in assignments}
    levels = {identity: _level_now(identity, names, owned) for identity, names in candidates.items()}
    settled = {identity for identity, level in levels.items() if level is not None}
    chosen = {identity: level or 0 for identity, level in levels.items()}
    while True:
        names = {identity: candidates[identity][level] for identity, level in chosen.items()}
        clashing = _clashing(names, settled, owned)
        if not clashing:
            return names
        for identity in clashing:
            chosen[identity] += 1


def _clashing(
    names: Mapping[Identity, str], settled: Collection[Identity], owned: Mapping[str, Identity]
) -> list[Identity]:
    uses = Counter(names.values())
    return [
        identity
        for identity, name in names.items()
        if identity not in settled
        and (uses[name] > 1 or name in _RESERVED or not name or owned.get(name, identity) != identity)
    ]


def _level_now(identity: Identity, names: Sequence[str], owned: Mapping[str, Identity]) -> int | None:
    return next((level for level, name in enumerate(names) if owned.get(name) == identity), None)


def _candidates(assignment: Assignment, template: Template) -> tuple[str, ...]:
    session, account_id, role = identity_of(assignment)
    values = {"account": assignment.account_name or "", "account_id": account_id, "role": role, "session": session}
    if not Template("{account}").render(values):
        # It has no name, or one of which no letter can stand in a profile's.
        values["account"] = account_id
    plain = template.render(values)
    by_session = Template("{session}-{account_id}-{role}").render(values)
    digest = sha1_of(f"{session}\n{account_id}\n{role}")[:10]
    longer = [f"{plain}-{account_id}"] if plain and account_id not in plain else []
    # The last is nobody else's, so that the search for names ends.
    return (plain, *longer, by_session, f"{account_id}-{digest}")
