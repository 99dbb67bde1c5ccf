"""sync --watch: which copies are to be made anew, and which of those that failed are worth another try."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from awsenv import prepared
from awsenv.actions.credentials import SAFETY_MARGIN
from awsenv.actions.sync import Synced
from awsenv.actions.sync_keys import Outcome
from awsenv.actions.sync_targets import Target
from awsenv.errors import AwsenvError, LoginRequired
from awsenv.files.profiles import Profiles, sso_session_behind
from awsenv.files.synced import SyncedSection
from awsenv.files.tokens import token_path
from awsenv.runtime import Runtime, encoded
from awsenv.values import Value

# Who has slept, or signed in elsewhere, does not wait for longer.
TICK = 5.0
# What has failed is not tried again at once.
AGAIN = timedelta(seconds=60)


class _Failed(Value):
    """Why a profile waits: for that moment, or for another state of its token file."""

    until: datetime
    token: bytes | None


@dataclass
class Watch:
    """What is known of the copies from one look to the next."""

    runtime: Runtime
    _due_at: dict[str, datetime] = field(default_factory=dict)
    _failed: dict[str, _Failed] = field(default_factory=dict)

    def due(self, targets: Sequence[Target], copies: Sequence[SyncedSection], profiles: Profiles) -> list[Target]:
        """Return what is missing or about to expire, and does not wait for anything."""
        standing = {copy.name: copy for copy in copies}
        return [
            target
            for target in targets
            if self._is_due(target, standing.get(target.section)) and not self._waits(target, profiles)
        ]

    def note(
        self, targets: Sequence[Target], outcomes: dict[str, Outcome], synced: Sequence[Synced], profiles: Profiles
    ) -> None:
        """Remember what came of a try."""
        now = self.runtime.now()
        for target, each in zip(targets, synced, strict=True):
            outcome = outcomes[target.profile.name]
            self._failed.pop(target.section, None)
            if each.state in ("failed", "taken"):
                token = self._token(target, profiles) if isinstance(outcome, LoginRequired) else None
                self._failed[target.section] = _Failed(now + AGAIN, token)
            elif not isinstance(outcome, AwsenvError) and outcome.expires_at is not None:
                # Keys that live for less than the margin are not asked for all the time.
                margin = min(SAFETY_MARGIN, (outcome.expires_at - now) / 2)
                self._due_at[target.section] = outcome.expires_at - margin

    def _is_due(self, target: Target, copy: SyncedSection | None) -> bool:
        if copy is None:
            return True
        if copy.expires_at is None:
            return False
        # Not at that very moment, at which cached keys still count.
        return self.runtime.now() > self._due_at.get(target.section, copy.expires_at - SAFETY_MARGIN)

    def _waits(self, target: Target, profiles: Profiles) -> bool:
        failed = self._failed.get(target.section)
        if failed is None:
            return False
        if failed.token is not None:
            return failed.token == self._token(target, profiles)
        return self.runtime.now() < failed.until

    def _token(self, target: Target, profiles: Profiles) -> bytes | None:
        sso_session = sso_session_behind(target.profile, profiles)
        return prepared.state_of(encoded(token_path(self.runtime, sso_session))) if sso_session else None
