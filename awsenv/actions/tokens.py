"""A good access token for an sso-session: read, and only then refreshed, by one process at a time."""

from collections.abc import Callable
from datetime import timedelta

from awsenv.actions.undisturbed import undisturbed
from awsenv.errors import AwsUnreachable, FileLocked, LocalFileError, LoginRequired, TokenExpired, TokenMissing
from awsenv.files import locks, tokens
from awsenv.model import AccessToken, Notice, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

# botocore starts to refresh when less than fifteen minutes are left: whoever comes first should be the one with a lock.
REFRESH_WINDOW = timedelta(minutes=16)
# A token with less than this is not worth a request; nor is one refreshed again within the minute (botocore's gap).
USABLE = timedelta(seconds=30)
REFRESH_GAP = timedelta(seconds=60)
# Longer than one process may take with AWS failing, and sixty-four starting at once on a small machine.
LOCK_WAIT = 20.0
# Nobody waits long for a renewal that could as well come later.
SHORT_LOCK_WAIT = 1.0
# Tools without a lock (the AWS CLI) may have spent the refresh token a moment ago and still be writing the new one.
SECOND_LOOK = 3.0
_LOOK_EVERY = 0.1
# Version 2 of the AWS CLI empties the file before it fills it.
_MIDDLE_OF_A_WRITE = 0.3

Refresh = Callable[[AccessToken], AccessToken]
End = Callable[[AccessToken], None]
Notify = Callable[[Notice], None]


def _end_nothing(_access_token: AccessToken) -> None:
    """Tell nobody."""


class _Refused(Exception):
    """AWS took no refresh with this access token's refresh token."""

    def __init__(self, access_token: AccessToken) -> None:
        super().__init__()
        self.access_token = access_token


def access_token_for(
    sso_session: SsoSession, *, refresh: Refresh, runtime: Runtime, notify: Notify, end: End = _end_nothing
) -> AccessToken:
    """Return an access token that is good now, refreshed first if its end is near and it can be.

    `refresh` makes the one call to AWS. However many processes ask at once, one of them calls. `end` tells AWS that a
    token is not wanted any more: one that arrives after a logout.

    Raises:
        TokenMissing: nobody has signed in to this session on this machine.
        TokenExpired: the sign-in is over.
        AwsUnreachable: the token is dead and AWS did not answer.
    """
    access_token = _find_token(sso_session, runtime, notify)
    if access_token is None:
        raise TokenMissing(f"not signed in to {sso_session.token_key}")
    if not _wants_refresh(access_token, sso_session, runtime):
        return _if_usable(access_token, sso_session, runtime)
    try:
        patience = SHORT_LOCK_WAIT if _left(access_token, runtime) > USABLE else LOCK_WAIT
        with locks.locked(runtime, lock_name(sso_session), patience):
            return _Renewal(sso_session, refresh, end, runtime, notify).of(access_token)
    except _Refused as refused:
        # Looked after without the lock: others who wait for it would wait these seconds each.
        return _second_look(refused.access_token, sso_session, runtime)
    except LocalFileError as error:
        # Without a lock, or without a place for what comes back, a refresh could cost the whole sign-in.
        current = tokens.find_token(runtime, sso_session) or access_token
        if _left(current, runtime) > USABLE:
            return current
        if isinstance(error, FileLocked):
            raise AwsUnreachable(f"{error.problem}: AWS does not answer it", hint="try again in a moment") from error
        raise


def lock_name(sso_session: SsoSession) -> str:
    """Return the name of the lock that whoever changes the session's token file holds."""
    return f"token {sso_session.token_key}"


def sign_out_mark(sso_session: SsoSession) -> str:
    """Return the name of the mark that each logout of the session leaves, before it takes copies of keys away."""
    return f"signed out {sso_session.token_key}"


def signed_out(sso_session: SsoSession) -> TokenMissing:
    """Return the error for whoever was at work with a sign-in that has been ended meanwhile."""
    return TokenMissing(f"signed out of {sso_session.token_key} a moment ago")


def _find_token(sso_session: SsoSession, runtime: Runtime, notify: Notify) -> AccessToken | None:
    found = tokens.find_token(runtime, sso_session)
    deadline = runtime.monotonic() + _MIDDLE_OF_A_WRITE
    while found is None and tokens.has_token_file(runtime, sso_session) and runtime.monotonic() < deadline:
        runtime.sleep(_LOOK_EVERY / 2)
        found = tokens.find_token(runtime, sso_session)
    return found or tokens.find_token(runtime, sso_session, notify)


def _still_there(sso_session: SsoSession, runtime: Runtime) -> AccessToken | None:
    if not tokens.has_token_file(runtime, sso_session):
        raise signed_out(sso_session)
    return tokens.find_token(runtime, sso_session)


class _Renewal(Value):
    sso_session: SsoSession
    refresh: Refresh
    end: End
    runtime: Runtime
    notify: Notify

    def of(self, before: AccessToken) -> AccessToken:
        sso_session, runtime = self.sso_session, self.runtime
        access_token = _still_there(sso_session, runtime) or before
        if access_token.access_token != before.access_token and _left(access_token, runtime) > USABLE:
            return access_token
        if not _wants_refresh(access_token, sso_session, runtime):
            return _if_usable(access_token, sso_session, runtime)
        # Without a place for what comes back, a refresh would cost the whole sign-in.
        tokens.check_writable_token(runtime, sso_session)
        try:
            with undisturbed():
                return self._filed(self.refresh(access_token), access_token)
        except TokenMissing:
            raise
        except LoginRequired as error:
            raise _Refused(access_token) from error
        except AwsUnreachable as error:
            return _unrenewed(access_token, error, sso_session, runtime=runtime, notify=self.notify)

    def _filed(self, fresh: AccessToken, before: AccessToken) -> AccessToken:
        if not tokens.has_token_file(self.runtime, self.sso_session):
            # A logout that could not wait for this: it has told AWS of the token of before.
            self.end(fresh)
            raise signed_out(self.sso_session)
        current = tokens.find_token(self.runtime, self.sso_session)
        if current and current.access_token != before.access_token and _left(current, self.runtime) > USABLE:
            # Somebody has signed in anew meanwhile, perhaps as somebody else: that is what the person wants.
            return current
        try:
            notice = tokens.write_token(self.runtime, self.sso_session, fresh)
        except LocalFileError as error:
            text = f"{error.problem}: the renewed sign-in could not be kept, the next command asks for a login"
            notice = Notice(text)
        if notice:
            self.notify(notice)
        return replace(fresh, written_at=self.runtime.now())


def _unrenewed(
    access_token: AccessToken, error: AwsUnreachable, sso_session: SsoSession, *, runtime: Runtime, notify: Notify
) -> AccessToken:
    current = tokens.find_token(runtime, sso_session)
    if current and current.access_token != access_token.access_token and _left(current, runtime) > USABLE:
        return current
    left = _left(access_token, runtime)
    if left <= USABLE:
        raise error
    minutes = int(left.total_seconds() // 60)
    notify(Notice(f"could not renew the sign-in: {error.problem}; it is good for {minutes} more minutes"))
    return access_token


def _second_look(refused: AccessToken, sso_session: SsoSession, runtime: Runtime) -> AccessToken:
    deadline = runtime.monotonic() + SECOND_LOOK
    while True:
        current = tokens.find_token(runtime, sso_session)
        if current and current.access_token != refused.access_token and _left(current, runtime) > USABLE:
            return current
        if _left(refused, runtime) > USABLE:
            return refused
        if runtime.monotonic() >= deadline:
            raise TokenExpired(f"the sign-in to {sso_session.token_key} is over and cannot be renewed")
        runtime.sleep(_LOOK_EVERY)


def _wants_refresh(access_token: AccessToken, sso_session: SsoSession, runtime: Runtime) -> bool:
    left = _left(access_token, runtime)
    if left > REFRESH_WINDOW or not is_refreshable(access_token, sso_session, runtime):
        return False
    written_at = access_token.written_at
    is_new = written_at is not None and timedelta() <= runtime.now() - written_at < REFRESH_GAP
    return left <= USABLE or not is_new


def is_refreshable(access_token: AccessToken, sso_session: SsoSession, runtime: Runtime) -> bool:
    """Tell whether a refresh may be tried: by the AWS CLI's rules, never for a legacy start URL."""
    registered_until = access_token.registration_expires_at
    return (
        sso_session.name is not None
        and bool(access_token.refresh_token and access_token.client_id and access_token.client_secret)
        and (registered_until is None or registered_until > runtime.now())
    )


def _if_usable(access_token: AccessToken, sso_session: SsoSession, runtime: Runtime) -> AccessToken:
    if _left(access_token, runtime) > timedelta():
        return access_token
    raise TokenExpired(f"the sign-in to {sso_session.token_key} has expired")


def _left(access_token: AccessToken, runtime: Runtime) -> timedelta:
    return access_token.expires_at - runtime.now()
