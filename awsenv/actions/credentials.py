"""Turn a profile into credentials. Knows the order in which sources are tried; knows no shell and no click."""

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from awsenv.actions import chains
from awsenv.actions.access import Access
from awsenv.actions.mfa import ask_token_code
from awsenv.actions.tokens import sign_out_mark
from awsenv.environ import original
from awsenv.errors import (
    AwsUnreachable,
    LocalFileError,
    LoginRequired,
    TokenExpired,
)
from awsenv.files import locks, login_cache, marks, role_cache, tokens
from awsenv.files.profiles import Profiles
from awsenv.files.reading import ignore
from awsenv.files.role_cache import CachedSource
from awsenv.model import (
    AssumedRole,
    Credentials,
    LoginSession,
    NoSource,
    Notice,
    Process,
    Profile,
    Source,
    SsoRole,
    SsoSession,
    StaticKeys,
    WebIdentity,
)
from awsenv.runtime import Runtime

if TYPE_CHECKING:
    from awsenv.aws.pacing import Pace

# The AWS CLI's own window: what it would not use any more is not handed out from the cache either.
SAFETY_MARGIN = timedelta(minutes=15)
LOCK_WAIT = 10.0


class CredentialFinder(Access):
    """Finds credentials for the profile that a command was asked for, and for the profiles behind it.

    `min_ttl` is what cached credentials must have left to be used, None for the AWS CLI's fifteen minutes, which a dead
    network sets aside. New ones last as long as AWS grants: with less than that they come with a notice.
    `offer_login` may sign in when a sign-in is over; without it, and where it raises, the command ends there.
    `pace` is shared by all who ask the portal at once.
    """

    def __init__(
        self,
        profile: Profile,
        profiles: Profiles,
        runtime: Runtime,
        notify: Callable[[Notice], None],
        allowed_endpoints: Sequence[str] = (),
        min_ttl: timedelta | None = None,
    ) -> None:
        """Look for nothing yet."""
        super().__init__(profile, runtime, notify, allowed_endpoints)
        self.profiles = profiles
        self.min_ttl = min_ttl
        self.offer_login: Callable[[SsoSession, LoginRequired], None] | None = None
        self.pace: Pace | None = None
        self._visited: list[str] = []
        self._signed_in_to: SsoSession | None = None
        self._logouts = b""
        self._held: set[str] = set()

    def find(self) -> Credentials:
        """Return credentials of the profile.

        Raises:
            IncompleteProfile: the profile, or one behind it, lacks a key.
            ProfileLoop: a source profile leads back to one already visited.
            LoginRequired: a sign-in or an MFA code is needed.
            AccessRefused, AwsUnreachable, LocalFileError: as they say.
        """
        chains.check_ring(self.profile, self.runtime.environment)
        try:
            credentials = self._of(self.profile)
        except LoginRequired as error:
            # Asked out here, where no lock is held: a question may stand unanswered for long.
            if self.offer_login is None or self.lacking is None:
                raise
            self.offer_login(self.lacking, error)
            self._visited.clear()
            credentials = self._of(self.profile)
        left = credentials.expires_at - self.runtime.now() if credentials.expires_at else None
        if left is not None and left < self._wanted:
            minutes = max(int(left.total_seconds() // 60), 0)
            self.notify(Notice(f'the credentials of "{self.profile.name}" end in {minutes} minutes'))
        return credentials

    @property
    def _wanted(self) -> timedelta:
        return SAFETY_MARGIN if self.min_ttl is None else self.min_ttl

    def _of(self, profile: Profile) -> Credentials:
        match profile.source:
            case NoSource() as source:
                raise chains.incomplete(profile, source, self.profiles)
            case StaticKeys() as keys:
                return _static(keys)
            case Process(command=command):
                from awsenv.aws.process import fetch_process_credentials

                environment = chains.guarded_environment(self.profile, profile, self.runtime.environment)
                with chains.named(profile):
                    return fetch_process_credentials(command, environment=environment, runtime=self.runtime)
            case LoginSession(arn=arn):
                return self._console_login(profile, arn)
            case SsoRole() | AssumedRole() | WebIdentity() as source:
                return self._cached_or_fetched(profile, source)

    def _cached_or_fetched(self, profile: Profile, source: CachedSource) -> Credentials:
        if isinstance(source, SsoRole):
            self._signed_in_to, self._logouts = source.sso_session, self._logouts_of(source.sso_session)
        if good := self._good(source, self.notify):
            return good
        if self.may_ask(source):
            # A question may stand unanswered for long; nobody should wait behind it.
            return self._fetched(profile, source)
        with self._alone(f"role {role_cache.key_of(source)}"):
            return self._good(source) or self._fetched(profile, source)

    def may_ask(self, source: Source) -> bool:
        """Tell whether a person may have to be asked for an MFA code on the way to such credentials."""
        return chains.asks_for_code(source, self.profiles)

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        if name in self._held:
            # A source profile with the same role: the lock would be waited for by its own holder.
            yield
            return
        self._held.add(name)
        with contextlib.ExitStack() as stack:
            stack.callback(self._held.discard, name)
            # The lock only saves AWS a second call: who cannot have it, in a home that cannot be written, asks too.
            began = self.runtime.monotonic()
            with contextlib.suppress(LocalFileError):
                stack.enter_context(locks.locked(self.runtime, name, max(LOCK_WAIT - self.waited, 0.0)))
            self.waited += self.runtime.monotonic() - began
            yield

    def _fetched(self, profile: Profile, source: CachedSource) -> Credentials:
        try:
            credentials, assumed_role_user = self._ask_aws(profile, source)
        except AwsUnreachable as error:
            entry = role_cache.find_credentials(self.runtime, source)
            if entry and self.min_ttl is None and _left(entry, self.runtime) > timedelta(minutes=1):
                self.notify(Notice(f"{error.problem}; the credentials of before are good for a little longer"))
                return entry
            raise
        try:
            notice = role_cache.write_credentials(
                self.runtime, source, credentials, assumed_role_user=assumed_role_user
            )
        except LocalFileError as error:
            notice = Notice(f"{error.problem}: these credentials are not kept for the next command")
        if notice:
            self.notify(notice)
        if self._signed_in_to and self._was_ended(self._signed_in_to):
            # By somebody who looked for entries before this one was there.
            with contextlib.suppress(LocalFileError):
                role_cache.remove_credentials(self.runtime, source)
        return credentials

    def _was_ended(self, sso_session: SsoSession) -> bool:
        # The token file may be there again, as that of another person, who is not to find these keys.
        has_token = tokens.has_token_file(self.runtime, sso_session)
        return not has_token or self._logouts_of(sso_session) != self._logouts

    def _logouts_of(self, sso_session: SsoSession) -> bytes:
        return marks.state_of_mark(self.runtime, sign_out_mark(sso_session))

    def _ask_aws(self, profile: Profile, source: CachedSource) -> tuple[Credentials, tuple[str, str] | None]:
        from awsenv.aws import identity_center, sts

        match source:
            case SsoRole(sso_session=sso_session):
                access_token = self.access_token(sso_session)
                try:
                    return identity_center.fetch_role_credentials(self.clients, source, access_token, self.pace), None
                except TokenExpired as error:
                    self.note_dead(sso_session, error, access_token)
                    raise
            case WebIdentity(role_arn=role_arn, token_file=token_file):
                return sts.assume_role_with_web_identity(
                    self.clients,
                    source,
                    chains.read_web_identity_token(token_file, profile),
                    region=sts.region_for(role_arn, profile.region),
                    session_name=_session_name(),
                )
            case AssumedRole(role_arn=role_arn):
                return sts.assume_role(
                    self.clients,
                    source,
                    self._source_credentials(profile, source),
                    region=sts.region_for(role_arn, profile.region),
                    session_name=_session_name(),
                    token_code=ask_token_code(
                        profile, source.mfa_serial, terminal=self.runtime.terminal, notify=self.notify
                    ),
                )

    def _source_credentials(self, profile: Profile, role: AssumedRole) -> Credentials:
        if role.credential_source is not None:
            from awsenv.aws.surroundings import fetch_source_credentials

            with chains.named(profile):
                return fetch_source_credentials(role.credential_source, original(self.runtime.environment))
        name = role.source_profile or ""
        if name == profile.name and profile.static_keys:
            return self._of(self.profiles.without_role(profile))
        self._visited.append(profile.name)
        return self._of(self.profiles.without_role(chains.next_profile(profile, name, self._visited, self.profiles)))

    def _console_login(self, profile: Profile, arn: str) -> Credentials:
        credentials = login_cache.find_login_credentials(self.runtime, arn)
        if credentials is None or _left(credentials, self.runtime) <= timedelta():
            raise TokenExpired(
                f'there is no console login of profile "{profile.name}", or it has expired',
                hint=f"aws login --profile {shlex.quote(profile.name)}",
            )
        return credentials

    def _good(self, source: CachedSource, notify: Callable[[Notice], None] = ignore) -> Credentials | None:
        entry = role_cache.find_credentials(self.runtime, source, notify)
        wanted = max(self._wanted, timedelta(seconds=30))
        return entry if entry and _left(entry, self.runtime) >= wanted else None


def _static(keys: StaticKeys) -> Credentials:
    return Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)


def _left(credentials: Credentials, runtime: Runtime) -> timedelta:
    return credentials.expires_at - runtime.now() if credentials.expires_at else timedelta.max


def _session_name() -> str:
    # CloudTrail shows it: the tool and the second, as the AWS CLI does it.
    return f"awsenv-session-{int(time.time())}"
