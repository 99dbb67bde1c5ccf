"""sync: the keys of many profiles at once, in one rhythm, with at most one question for each sign-in."""

import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from awsenv.actions.credentials import SAFETY_MARGIN, CredentialFinder
from awsenv.actions.hints import login_command
from awsenv.actions.nobody import NobodyThere
from awsenv.actions.together import together
from awsenv.actions.tokens import sign_out_mark, signed_out
from awsenv.errors import AwsenvError, AwsUnreachable, LoginRequired
from awsenv.files import marks, role_cache, tokens
from awsenv.files.profiles import Profiles, sso_session_behind
from awsenv.model import AccessToken, AssumedRole, Credentials, Notice, Profile, SsoRole, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

# After so many in a row to which AWS did not answer, none in between, no more are asked.
_ENOUGH = 3

Notify = Callable[[Notice], None]
OfferLogin = Callable[[SsoSession, LoginRequired], None]
Outcome = Credentials | AwsenvError


class Counting(Protocol):
    """Who is told how far it is."""

    def advance(self, done: int, total: int) -> None:
        """Tell that so many profiles of so many are done."""
        ...


@dataclass
class KeyRing:
    """Fetches the keys of profiles.

    `offer_login` may sign in when a sign-in is over; None where nobody is to be asked. Only with `is_attended` an MFA
    code is asked for. `min_ttl` as in `CredentialFinder`.
    """

    profiles: Profiles
    runtime: Runtime
    notify: Notify
    allowed_endpoints: tuple[str, ...]
    counting: Counting
    offer_login: Callable[[CredentialFinder], OfferLogin | None]
    is_attended: bool = True
    min_ttl: timedelta | None = None
    _told: list[str] = field(default_factory=list)
    _waiting: "queue.SimpleQueue[Notice]" = field(default_factory=queue.SimpleQueue)
    _fresh: dict[str, tuple[SsoSession, AccessToken]] = field(default_factory=dict)
    _sign_outs: dict[str, bytes] = field(default_factory=dict)

    def trust(self, sso_session: SsoSession, access_token: AccessToken) -> None:
        """Take a sign-in that was made a moment ago, and may be in no file."""
        self._fresh[sso_session.token_key] = (sso_session, access_token)

    def fetch(self, wanted: Sequence[Profile]) -> dict[str, Outcome]:
        """Return the credentials of each profile by its name, or why there are none."""
        outcomes: dict[str, Outcome] = {}
        self._note_sign_outs(wanted)
        asking = [profile for profile in wanted if self._finder(profile).may_ask(profile.source)]
        for profile in asking:
            # An MFA code is asked for by one after another, and before the others hurry.
            outcomes[profile.name] = _outcome(self._finder(profile, self.runtime if self.is_attended else None).find)
            self._tell()
        rest = [profile for profile in wanted if profile.name not in outcomes]
        lacking = dict(self._lacking(rest))
        outcomes |= lacking
        rest = [profile for profile in rest if profile.name not in lacking]
        for done, (name, outcome) in enumerate(self._together(rest), start=1):
            outcomes[name] = outcome
            self.counting.advance(done, len(rest))
            self._tell()
        return {profile.name: outcomes[profile.name] for profile in wanted}

    def ended(self, profile: Profile) -> LoginRequired | None:
        """Return why the keys of a profile are not to be kept: their sign-in was ended since they were asked for."""
        sso_session = sso_session_behind(profile, self.profiles)
        if sso_session is None:
            return None
        # The token file may be back by now, as that of somebody else.
        state = marks.state_of_mark(self.runtime, sign_out_mark(sso_session))
        if self._has_token(sso_session) and state == self._sign_outs[sso_session.token_key]:
            return None
        error = signed_out(sso_session)
        error.hint = login_command(sso_session, profile)
        return error

    def _has_token(self, sso_session: SsoSession) -> bool:
        return sso_session.token_key in self._fresh or tokens.has_token_file(self.runtime, sso_session)

    def _note_sign_outs(self, wanted: Sequence[Profile]) -> None:
        for sso_session in (sso_session_behind(profile, self.profiles) for profile in wanted):
            if sso_session is not None and sso_session.token_key not in self._sign_outs:
                state = marks.state_of_mark(self.runtime, sign_out_mark(sso_session))
                self._sign_outs[sso_session.token_key] = state

    def _lacking(self, wanted: Sequence[Profile]) -> Iterator[tuple[str, AwsenvError]]:
        # Sign-ins first, one question each, and in this thread: a renewal that Ctrl-C cuts off could cost the sign-in.
        met: dict[str, AwsenvError | None] = {}
        for profile in wanted:
            sso_session = sso_session_behind(profile, self.profiles)
            if sso_session is None or (self._is_at_hand(profile) and self._has_token(sso_session)):
                continue
            if sso_session.token_key not in met:
                met[sso_session.token_key] = self._sign_in(sso_session, profile)
                self._tell()
            error = met[sso_session.token_key]
            if error is not None:
                yield profile.name, error

    def _sign_in(self, sso_session: SsoSession, profile: Profile) -> AwsenvError | None:
        finder = self._finder(profile, self.runtime)
        try:
            finder.access_token(sso_session)
        except LoginRequired as error:
            offer = self.offer_login(finder)
            if offer is None:
                return error
            try:
                offer(sso_session, error)
            except AwsenvError as declined:
                return declined
            if finder.fresh_sign_in is not None:
                self.trust(*finder.fresh_sign_in)
        except AwsenvError as error:
            return error
        return None

    def _together(self, wanted: Sequence[Profile]) -> Iterator[tuple[str, Outcome]]:
        from awsenv.aws.pacing import Pace

        pace = Pace(self.runtime.monotonic, self.runtime.sleep)
        silent, last = 0, None

        def fetch(profile: Profile) -> Credentials:
            finder = self._finder(profile)
            finder.pace = pace
            if silent >= _ENOUGH and last is not None:
                # Nobody answers any more: not each of hundreds has to find that out.
                raise last
            return finder.find()

        for profile, outcome in together(fetch, wanted):
            match outcome:
                case AwsUnreachable():
                    silent, last = silent + 1, outcome
                case AwsenvError() | Credentials():
                    silent = 0
                case _:
                    raise outcome
            yield profile.name, outcome

    def _is_at_hand(self, profile: Profile) -> bool:
        source = profile.source
        if not isinstance(source, SsoRole | AssumedRole):
            return False
        try:
            entry = role_cache.find_credentials(self.runtime, source)
        except AwsenvError:
            return False
        return (
            entry is not None
            and entry.expires_at is not None
            and entry.expires_at - self.runtime.now() >= (self.min_ttl or SAFETY_MARGIN)
        )

    def _finder(self, profile: Profile, runtime: Runtime | None = None) -> CredentialFinder:
        quiet = runtime or replace(self.runtime, terminal=NobodyThere())
        finder = CredentialFinder(
            profile, self.profiles, quiet, self._waiting.put, self.allowed_endpoints, self.min_ttl
        )
        if self._fresh:
            sso_session = sso_session_behind(profile, self.profiles)
            finder.fresh_sign_in = self._fresh.get(sso_session.token_key) if sso_session else None
        return finder

    def _tell(self) -> None:
        # In this thread; and of one clock that is off, or one network that is gone, each of hundreds would tell.
        while not self._waiting.empty():
            notice = self._waiting.get()
            if str(notice) not in self._told:
                self._told.append(str(notice))
                self.notify(notice)


def _outcome(find: Callable[[], Credentials]) -> Outcome:
    try:
        return find()
    except AwsenvError as error:
        return error


def described(outcomes: Mapping[str, Outcome]) -> list[AwsenvError]:
    """Return the failures, in the order of the profiles; those that failed alike are one, which names them all."""
    alike: dict[tuple[type[AwsenvError], str], list[str]] = {}
    first: dict[tuple[type[AwsenvError], str], AwsenvError] = {}
    for name, outcome in outcomes.items():
        if isinstance(outcome, AwsenvError):
            key = (type(outcome), outcome.problem)
            alike.setdefault(key, []).append(name)
            first.setdefault(key, outcome)
    for key, names in alike.items():
        named = ", ".join(f'"{name}"' for name in names)
        first[key].problem = f"{named} not synced: {key[1]}"
    return list(first.values())
