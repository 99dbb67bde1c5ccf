"""List all accounts and roles of an sso-session: several requests at a time, in one rhythm, resumable."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import login_command
from awsenv.actions.sessions import find_incomplete, find_sso_session, incomplete, sso_sessions_of
from awsenv.errors import AccessRefused, AwsenvError, LocalFileError, LoginRequired, SsoSessionNotFound, UsageError
from awsenv.files.account_names import write_account_names
from awsenv.files.assignments import Partial, find_partial, forget_partial, write_partial
from awsenv.files.profiles import Profiles
from awsenv.model import AccessToken, Assignment, Notice, SsoRole, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value

if TYPE_CHECKING:
    from awsenv.aws.assignments import Portal
    from awsenv.aws.pacing import Pace

# Twenty calls a second of up to four tenths of a second each.
_WORKERS = 8
# A killed process loses no more than this many answers.
_KEPT_EVERY = 50

OfferLogin = Callable[[SsoSession, LoginRequired], None]


class Counting(Protocol):
    """Who is told how far it is."""

    def advance(self, done: int, total: int) -> None:
        """Tell that so many accounts of so many are done."""
        ...


class Listing(Value):
    """What an sso-session gives: every account by its id, with its name, and the roles of those that were asked for.

    An account that could not be asked has no entry in `roles`.
    """

    sso_session: SsoSession
    accounts: Mapping[str, str]
    roles: Mapping[str, tuple[str, ...]]

    def assignments(self) -> Iterator[Assignment]:
        """Yield every role of every account that was asked for, in the portal's order."""
        for account_id, name in self.accounts.items():
            for role_name in self.roles.get(account_id, ()):
                yield Assignment(SsoRole(self.sso_session, account_id, role_name), name or None)


def choose_named_sessions(names: Sequence[str], *, every: bool, profiles: Profiles) -> list[SsoSession]:
    """Return the sso-sessions that a command line names; without a name it is the only one there is.

    Raises:
        UsageError: both names and all, or none and several to choose from.
        SsoSessionNotFound: no such name.
        IncompleteProfile: one of them lacks a key.
    """
    if names and every:
        raise UsageError("name sso-sessions, or all, and not both")
    if names:
        return [find_sso_session(name, profiles) for name in dict.fromkeys(names)]
    # A legacy start URL has no section that profiles could name.
    known = [sso_session for sso_session in sso_sessions_of(profiles) if sso_session.name is not None]
    lacking = find_incomplete(profiles)
    if not known:
        raise (
            incomplete(lacking, profiles)
            if lacking
            else SsoSessionNotFound(f"there is no sso-session in {profiles.config_path}", hint="awsenv setup")
        )
    if not every and len(known) > 1:
        named = ", ".join(sso_session.token_key for sso_session in known)
        raise UsageError(f"which sso-session? There are: {named}", hint="awsenv populate --all")
    return known


@dataclass
class Lister:
    """Lists sso-sessions in one rhythm. `wants` tells by id and name whether the roles of an account are wanted.

    `offer_login` may sign in when a sign-in is over; without it, and where it raises, the listing ends there.
    """

    wants: Callable[[str, str], bool]
    counting: Counting
    notify: Callable[[Notice], None]
    offer_login: Callable[[CredentialFinder], OfferLogin | None]
    _pace: "Pace | None" = None

    def fetch(self, sso_session: SsoSession, finder: CredentialFinder) -> Listing:
        """Return what an sso-session gives; what an earlier try got a moment ago is not asked for again.

        Raises:
            LoginRequired: the sign-in is over.
            AccessRefused, AwsUnreachable: as they say; what was listed so far is kept for the next try.
        """
        known = find_partial(finder.runtime, sso_session) or Partial(finder.runtime.now(), {})
        try:
            listing = self._signed_in(sso_session, finder, known)
        except BaseException:
            _keep(sso_session, finder.runtime, known)
            raise
        with contextlib.suppress(LocalFileError):
            forget_partial(finder.runtime, sso_session)
        with contextlib.suppress(LocalFileError):
            write_account_names(finder.runtime, listing.accounts)
        return listing

    def _signed_in(self, sso_session: SsoSession, finder: CredentialFinder, known: Partial) -> Listing:
        try:
            return self._list(sso_session, finder, known)
        except LoginRequired as error:
            offer = self.offer_login(finder)
            if offer is None:
                raise
            offer(sso_session, error)
            return self._list(sso_session, finder, known)

    def _list(self, sso_session: SsoSession, finder: CredentialFinder, known: Partial) -> Listing:
        access_token = finder.access_token(sso_session)
        try:
            return self._ask(sso_session, access_token, finder, known)
        except LoginRequired as error:
            error.hint = error.hint or login_command(sso_session, finder.profile)
            finder.dead_token = access_token
            raise

    def _ask(
        self,
        sso_session: SsoSession,
        access_token: AccessToken,
        finder: CredentialFinder,
        known: Partial,
    ) -> Listing:
        from awsenv.aws.assignments import Portal
        from awsenv.aws.pacing import Pace

        if self._pace is None:
            self._pace = Pace(finder.runtime.monotonic, finder.runtime.sleep)
        self._pace.answered()
        crew = _Crew(Portal(finder.clients, sso_session, access_token, self._pace))
        accounts: dict[str, str] = {}
        roles: dict[str, tuple[str, ...]] = {}
        try:
            for page in crew.portal.fetch_accounts():
                new = {account_id: name for account_id, name in page.items() if account_id not in accounts}
                accounts |= new
                wanted = [account_id for account_id, name in new.items() if self.wants(account_id, name)]
                roles |= {account_id: known.roles[account_id] for account_id in wanted if account_id in known.roles}
                crew.ask_for(account_id for account_id in wanted if account_id not in known.roles)
            total = len(roles) + crew.asked
            for done, (account_id, names) in enumerate(crew.answers(self.notify), start=len(roles) + 1):
                self.counting.advance(done, total)
                if names is not None:
                    roles[account_id] = known.roles[account_id] = names
                if done % _KEPT_EVERY == 0:
                    _keep(sso_session, finder.runtime, known)
        finally:
            crew.stop()
        return Listing(sso_session, accounts, roles)


@contextlib.contextmanager
def kept_unless_used(listings: Sequence[Listing], runtime: Runtime) -> Iterator[None]:
    """Keep the listings for the next try where the block, which makes something of them, does not come to its end."""
    try:
        yield
    except BaseException:
        for listing in listings:
            _keep(listing.sso_session, runtime, Partial(runtime.now(), dict(listing.roles)))
        raise


@dataclass
class _Crew:
    portal: "Portal"
    asked: int = 0
    _todo: "queue.SimpleQueue[str | None]" = field(default_factory=queue.SimpleQueue)
    _done: "queue.SimpleQueue[tuple[str, tuple[str, ...] | BaseException]]" = field(default_factory=queue.SimpleQueue)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def ask_for(self, account_ids: Iterator[str]) -> None:
        for account_id in account_ids:
            self._todo.put(account_id)
            self.asked += 1
            if self.asked <= _WORKERS:
                # Never waited for: who gives up does so at once.
                threading.Thread(target=self._work, daemon=True).start()

    def answers(self, notify: Callable[[Notice], None]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        for _ in range(self.asked):
            account_id, outcome = self._done.get()
            match outcome:
                case tuple():
                    yield account_id, outcome
                case AccessRefused(problem=problem):
                    # One account that is gone since the list was made hides no other.
                    notify(Notice(f"{problem}; its profiles stay as they are"))
                    yield account_id, None
                case _:
                    raise outcome

    def stop(self) -> None:
        self._is_over.set()
        for _ in range(min(self.asked, _WORKERS)):
            self._todo.put(None)

    def _work(self) -> None:
        while (account_id := self._todo.get()) is not None and not self._is_over.is_set():
            try:
                outcome: tuple[str, ...] | BaseException = self.portal.fetch_roles(account_id)
            except BaseException as error:  # noqa: BLE001 - raised again by who waits for it
                outcome = error
            self._done.put((account_id, outcome))


def _keep(sso_session: SsoSession, runtime: Runtime, partial: Partial) -> None:
    if partial.roles:
        with contextlib.suppress(AwsenvError):
            write_partial(runtime, sso_session, partial)
