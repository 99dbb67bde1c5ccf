"""The proof of a migration, before anything is written: each profile as it would be gets its account's credentials."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from awsenv.actions.migrate import Move, settle
from awsenv.actions.migrate_survey import FinderFor
from awsenv.actions.migrate_text import Shared
from awsenv.errors import AwsenvError, AwsUnreachable, LoginRequired
from awsenv.files.profiles import Profiles
from awsenv.model import AssumedRole, Profile
from awsenv.runtime import Runtime
from awsenv.values import replace


@dataclass
class Proof:
    """Tries profiles as they would be; `before` are the profiles as they are."""

    before: Profiles
    finder_for: FinderFor
    runtime: Runtime
    _proven: set[str] = field(default_factory=set)

    def proven(self, moves: Sequence[Move], shared: Shared) -> tuple[list[Move], Shared]:
        """Return the moves that AWS bears out, and the files as those would change them.

        A profile that is not migrated, but draws on one that is, has to work as before: else its source stays.

        Raises:
            LoginRequired, AwsUnreachable: nothing can be proven now.
        """
        current = list(moves)
        while True:
            profiles = shared.profiles()
            failed = dict(self._refused(current, profiles)) or dict(self._broken(current, profiles))
            if not failed:
                return current, shared
            current, shared = settle([failed.get(move.name, move) for move in current], self.runtime)

    def _refused(self, moves: Sequence[Move], profiles: Profiles) -> Iterator[tuple[str, Move]]:
        for move in moves:
            profile = profiles.find(move.name)
            if move.state != "migrated" or move.name in self._proven or profile is None:
                continue
            problem = self._problem(move, profile, profiles)
            if problem is None:
                self._proven.add(move.name)
            else:
                yield move.name, replace(move, state="refused", reason=problem)

    def _problem(self, move: Move, profile: Profile, profiles: Profiles) -> str | None:
        from awsenv.aws import sts

        finder = self.finder_for(profile, profiles)
        try:
            credentials = finder.find()
            region = sts.region_for(f"arn:{move.old.partition}:", profile.region)
            identity = sts.fetch_identity(finder.clients, credentials, region=region)
        except (LoginRequired, AwsUnreachable):
            raise
        except AwsenvError as error:
            return error.problem
        if identity.account_id != move.account_id:
            return f"it turned out to be of account {identity.account_id}, not of {move.account_id}"
        return None

    def _broken(self, moves: Sequence[Move], profiles: Profiles) -> Iterator[tuple[str, Move]]:
        # Behind an older SSO profile is the very same role as before.
        changed = {move.name: move for move in moves if move.state == "migrated" and move.old.sso_role is None}
        for profile in profiles:
            chain = list(_chain(profile, profiles))
            source = next((each.name for each in chain[1:] if each.name in changed), None)
            if profile.name in changed or source is None:
                continue
            problem = self._loss(profile, chain, profiles)
            if problem is not None:
                reason = f'profile "{profile.name}" draws on it, and {problem}'
                yield source, replace(changed[source], state="stays", reason=reason)

    def _loss(self, profile: Profile, chain: Sequence[Profile], profiles: Profiles) -> str | None:
        if _asks_code(chain):
            return "needs an MFA code, so that it could not be tried"
        if (problem := self._trouble(profile, profiles)) is None:
            return None
        before = self.before.find(profile.name)
        if before and not _asks_code(list(_chain(before, self.before))) and self._trouble(before, self.before):
            # What did not work before has nothing to lose.
            return None
        return f"would work no more: {problem}"

    def _trouble(self, profile: Profile, profiles: Profiles) -> str | None:
        try:
            self.finder_for(profile, profiles).find()
        except (LoginRequired, AwsUnreachable):
            raise
        except AwsenvError as error:
            return error.problem
        return None


def _chain(profile: Profile, profiles: Profiles) -> Iterator[Profile]:
    visited: set[str] = set()
    current: Profile | None = profile
    while current is not None and current.name not in visited:
        visited.add(current.name)
        yield current
        source = current.source
        name = source.source_profile if isinstance(source, AssumedRole) else None
        current = profiles.find(name) if name is not None else None


def _asks_code(chain: Sequence[Profile]) -> bool:
    return any(isinstance(each.source, AssumedRole) and each.source.mfa_serial for each in chain)
