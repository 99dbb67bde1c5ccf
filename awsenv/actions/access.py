"""What a command needs to ask AWS: clients that know the profile, and access tokens. Knows no credentials."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from awsenv.actions.hints import login_command
from awsenv.actions.tokens import USABLE, access_token_for
from awsenv.errors import AwsenvError, AwsUnreachable, LoginRequired
from awsenv.files import marks, tokens
from awsenv.model import AccessToken, Notice, Profile, SsoSession
from awsenv.runtime import Runtime

if TYPE_CHECKING:
    from awsenv.aws.clients import Clients

# How long a silence of AWS's is believed to go on, where nothing depends on its end.
SILENCE = timedelta(seconds=60)


class Access:
    """Asks AWS on behalf of one command.

    `profile` decides over endpoints and the CA bundle, as in the SDKs. `dead_token` is the access token that was met
    dead, which may look alive in its file, and `lacking` its sso-session; `fresh_sign_in` is the one that the command
    itself has made. `waited` counts the seconds that went into waiting for other commands: they are not waited again.
    """

    def __init__(
        self,
        profile: Profile,
        runtime: Runtime,
        notify: Callable[[Notice], None],
        allowed_endpoints: Sequence[str] = (),
    ) -> None:
        """Ask nothing yet."""
        self.profile = profile
        self.runtime = runtime
        self.notify = notify
        self.allowed_endpoints = allowed_endpoints
        self.dead_token: AccessToken | None = None
        self.lacking: SsoSession | None = None
        self.fresh_sign_in: tuple[SsoSession, AccessToken] | None = None
        self.waited = 0.0

    @cached_property
    def clients(self) -> "Clients":
        """AWS's doors; made when the first request is."""
        from awsenv.aws.clients import Clients

        return Clients(
            self.runtime,
            self.profile,
            allowed=self.allowed_endpoints,
            notify=self.notify,
            waited=lambda: self.waited,
        )

    def access_token(self, sso_session: SsoSession) -> AccessToken:
        """Return a good access token of `sso_session`; raises as `access_token_for`, with the login to type."""
        if self.fresh_sign_in is not None and self.fresh_sign_in[0].token_key == sso_session.token_key:
            return self.fresh_sign_in[1]
        try:
            return access_token_for(
                sso_session,
                refresh=partial(self._refresh, sso_session, self.runtime.monotonic()),
                runtime=self.runtime,
                notify=self.notify,
                end=partial(self._end, sso_session),
            )
        except LoginRequired as error:
            self.note_dead(sso_session, error, tokens.find_token(self.runtime, sso_session))
            raise

    def start_anew(self) -> None:
        """Have the whole time for requests again, once a person has answered."""
        self.waited = 0.0
        if "clients" in self.__dict__:
            self.clients.start_anew()

    def note_dead(self, sso_session: SsoSession, error: LoginRequired, dead_token: AccessToken | None) -> None:
        """Remember what `error` is about, and name in it the login to type."""
        error.hint = error.hint or login_command(sso_session, self.profile)
        self.lacking, self.dead_token = sso_session, dead_token

    def _refresh(self, sso_session: SsoSession, began: float, access_token: AccessToken) -> AccessToken:
        self.waited += self.runtime.monotonic() - began
        # Left by whoever AWS did not answer: those who waited behind it need not meet the same silence in turn, and
        # who has a token that is still good need not wait for the next minute either.
        mark, now = f"unanswered {sso_session.token_key}", self.runtime.now()
        silence = SILENCE if access_token.expires_at - now > USABLE else timedelta()
        unanswered_at = marks.find_mark(self.runtime, mark)
        if unanswered_at and unanswered_at > now - max(timedelta(seconds=self.waited), silence):
            problem = "AWS did not answer another command that asked to renew the sign-in"
            raise AwsUnreachable(problem, hint="check the network, then try again")
        from awsenv.aws import identity_center

        try:
            return identity_center.refresh_access_token(self.clients, sso_session, access_token, now=now)
        except AwsUnreachable:
            marks.leave_mark(self.runtime, mark)
            raise

    def _end(self, sso_session: SsoSession, access_token: AccessToken) -> None:
        from awsenv.aws import identity_center

        with contextlib.suppress(AwsenvError):
            identity_center.sign_out(self.clients, sso_session, access_token)
