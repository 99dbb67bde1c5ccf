"""Which role of Identity Center takes the place of an older one: by account, by name, or as somebody says."""

import re
from collections.abc import Collection, Iterable, Sequence

from awsenv.actions.assignments import Listing
from awsenv.actions.hints import quoted
from awsenv.errors import RoleNotAssigned, UsageError
from awsenv.files.nearest import nearest
from awsenv.values import Value

# What Identity Center calls a role that it makes in an account.
_RESERVED = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
# Words that say nothing of what a role may do.
_FILLERS = frozenset(
    {"access", "account", "aws", "cross", "iam", "organization", "role", "sso", "team", "user", "users"}
)
# "Admin" and "Administrator" are one word; two letters are none.
_SHORTEST_STEM = 3
# Of two words on either side, one in common is chance, and may be the wrong one: DeveloperReadOnly is no Developer.
_ALIKE = 0.6
_REGION_PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
}


class Wanted(Value):
    """What a person said with `--map`: the account, by its id or its name, and the role."""

    profile: str
    account: str
    role_name: str


class Match(Value):
    """The role that was found; or else those that it could be, the most alike first.

    `is_certain` where the names are the same but for case and punctuation, or somebody said so.
    """

    role_name: str | None
    candidates: tuple[str, ...] = ()
    is_certain: bool = False


def parse_wanted(text: str, profile_names: Collection[str]) -> Wanted:
    """Return what `profile=account/role` says; a profile's name may hold a `=`, an account's a `/`.

    Raises:
        UsageError: it does not have this form, or names no profile.
    """
    splits = [(text[:index], text[index + 1 :]) for index, character in enumerate(text) if character == "="]
    name, rest = next((split for split in splits if split[0] in profile_names), splits[0] if splits else (text, ""))
    account, slash, role_name = rest.rpartition("/")
    if not (name and account and slash and role_name):
        raise UsageError(f"--map {text!r} is not of the form profile=account/role", hint="awsenv migrate --help")
    if name not in profile_names:
        suggestion = nearest(name, profile_names)
        raise UsageError(
            f'--map names a profile "{name}" that is not there',
            hint=f'did you mean "{suggestion}"?' if suggestion else "awsenv list",
        )
    return Wanted(name, account, role_name)


def find_wanted(wanted: Wanted, listing: Listing) -> tuple[str, str]:
    """Return account id and role as Identity Center has them.

    Raises:
        UsageError: two accounts have this name.
        RoleNotAssigned: it gives the person no such role.
    """
    ids = [wanted.account] if wanted.account in listing.accounts else []
    ids = ids or [each for each, name in listing.accounts.items() if name.casefold() == wanted.account.casefold()]
    if len(ids) > 1:
        raise UsageError(f'two accounts are called "{wanted.account}"', hint=f"name one by its id: {', '.join(ids)}")
    given = listing.roles.get(ids[0], ()) if ids else ()
    if wanted.role_name in given:
        return ids[0], wanted.role_name
    what = f'no role "{wanted.role_name}" in account "{wanted.account}"' if ids else f'no account "{wanted.account}"'
    raise RoleNotAssigned(
        f"{listing.sso_session.token_key} gives you {what}",
        hint=f"the roles there: {', '.join(given)}" if given else "awsenv populate --dry-run",
    )


def match_role(old_name: str | None, given: Sequence[str], account_name: str) -> Match:
    """Return which of the roles `given` is the one that was called `old_name`; None is a user's keys."""
    if old_name is None:
        # Nothing to compare: only where there is no choice is it clear.
        return Match(given[0]) if len(given) == 1 else Match(None, tuple(given))
    reserved = _RESERVED.fullmatch(old_name)
    name = reserved[1] if reserved else old_name
    if name in given:
        return Match(name, is_certain=True)
    same = [each for each in given if _plain(each) == _plain(name)]
    if len(same) == 1:
        return Match(same[0], is_certain=True)
    known = _words(account_name, ())
    scores = {each: _likeness(_words(name, known), _words(each, known)) for each in given}
    ranked = sorted(given, key=lambda each: -scores[each])
    best = [each for each in ranked if scores[each] == scores[ranked[0]]]
    if len(best) == 1 and scores[best[0]] >= _ALIKE:
        return Match(best[0])
    return Match(None, tuple(ranked))


def partition_of(region: str) -> str:
    """Return the partition of a region, by the form of its name."""
    return next((partition for prefix, partition in _REGION_PREFIXES.items() if region.startswith(prefix)), "aws")


def map_argument(profile_name: str, account_id: str | None, role_name: str | None) -> str:
    """Return the option that settles a profile, ready to paste but for what nobody knows."""
    text = f"{profile_name}={account_id or 'ACCOUNT'}/{role_name or 'ROLE'}"
    return f"--map {quoted(text) if re.fullmatch(r'[A-Za-z0-9_./=@+-]+', text) is None else text}"


def wanted_accounts(account_ids: Iterable[str | None], wanted: Iterable[Wanted]) -> frozenset[str]:
    """Return ids, and names in lower case, of all accounts whose roles have to be known."""
    return frozenset(each for each in account_ids if each) | {each.account.casefold() for each in wanted}


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _words(name: str, known: Collection[str]) -> tuple[str, ...]:
    # What the account is called says nothing of the role either.
    words = [word.casefold() for word in _WORD.findall(name)]
    return tuple(word for word in words if word not in _FILLERS and word not in known)


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    if not one or not other:
        return 0.0
    if "".join(one) == "".join(other):
        return 1.0
    matched = sum(any(_is_same(word, each) for each in other) for word in one)
    return 2 * matched / (len(one) + len(other))


def _is_same(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return word == other or (len(short) >= _SHORTEST_STEM and long.startswith(short))
