"""Who signed in: registered clients, device and authorization codes, access tokens, refresh tokens.

Knows no HTTP. Every change is made under one lock, so that a refresh token is taken by one caller only.
"""

import base64
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from awsenv.demo.mint import Mint
from awsenv.demo.rules import Rules
from awsenv.values import Value, replace

Decision = Literal["pending", "approved", "denied"]


class Client(Value, hidden=("client_secret",)):
    """A registered client of the sign-in service; one for the browser flow is bound to its sso-session."""

    client_id: str
    name: str
    sso_session_name: str | None
    issued_at: datetime
    expires_at: datetime
    client_secret: str
    scopes: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()


@dataclass(slots=True)
class DeviceCode:
    """A sign-in that waits for the person."""

    sso_session_name: str
    client_id: str
    user_code: str
    expires_at: datetime
    decision: Decision = "pending"
    polled_at: datetime | None = None
    device_code: str = field(default="", repr=False)


class AuthorizationCode(Value, hidden=("challenge",)):
    """A sign-in that the browser finished; only the holder of the verifier behind `challenge` may use it."""

    sso_session_name: str
    client_id: str
    redirect_uri: str
    challenge: str


class Tokens(Value, hidden=("access_token", "refresh_token")):
    """What a sign-in or a refresh gives; `sign_in` names the sign-in that it came from and `ends_at` its end."""

    sso_session_name: str
    client_id: str
    expires_at: datetime
    ends_at: datetime
    sign_in: str
    access_token: str
    refresh_token: str | None = None


class Grants:
    """The memory of the sign-in service."""

    def __init__(self, rules: Rules, mint: Mint, now: Callable[[], datetime]) -> None:
        self.now = now
        self._rules = rules
        self._mint = mint
        self._lock = threading.RLock()
        self._clients: dict[str, Client] = {}
        self._devices: dict[str, DeviceCode] = {}
        self._codes: dict[str, AuthorizationCode] = {}
        self._access: dict[str, Tokens] = {}
        self._refresh: dict[str, Tokens] = {}
        self._secrets: set[str] = set()

    def register(
        self, name: str, sso_session_name: str | None, scopes: tuple[str, ...], grant_types: tuple[str, ...]
    ) -> Client:
        """Register a client."""
        now = self.now().replace(microsecond=0)
        client = Client(
            client_id=self._mint.opaque("client-", 22),
            client_secret=self._keep(self._mint.opaque("eyJraWQiOiJrZXkt", 200)),
            name=name,
            sso_session_name=sso_session_name,
            scopes=scopes,
            grant_types=grant_types,
            issued_at=now,
            expires_at=now + self._rules.registration_lifetime,
        )
        with self._lock:
            self._clients[client.client_id] = client
        return client

    def enroll(self, name: str, sso_session_name: str, lifetime: timedelta) -> Client:
        """Register a client as the AWS CLI does for the browser flow, with so much of its life left."""
        types = ("authorization_code", "refresh_token")
        client = self.register(name, sso_session_name, ("sso:account:access",), types)
        client = replace(client, expires_at=self.now().replace(microsecond=0) + lifetime)
        with self._lock:
            self._clients[client.client_id] = client
        return client

    def client(self, client_id: str) -> Client | None:
        """Return the client, if it was ever registered."""
        with self._lock:
            return self._clients.get(client_id)

    def issue(self, sso_session_name: str, client_id: str) -> Tokens:
        """Return the tokens of a new sign-in."""
        return self.seed(sso_session_name, client_id, self._rules.access_token_lifetime)

    def seed(self, sso_session_name: str, client_id: str, lifetime: timedelta) -> Tokens:
        """Return the tokens of an earlier sign-in, with so much of the access token's life left or long over."""
        sign_in = Tokens(
            sso_session_name=sso_session_name,
            client_id=client_id,
            expires_at=self.now(),
            ends_at=self.now() + self._rules.sign_in_lifetime,
            sign_in=self._mint.opaque(length=16),
            access_token="",
        )
        return self._renew(sign_in, lifetime)

    def _renew(self, sign_in: Tokens, lifetime: timedelta) -> Tokens:
        refreshable = self._rules.returns_refresh_token
        tokens = replace(
            sign_in,
            access_token=self._keep(self._mint.opaque("aoaAAAAA", 160)),
            refresh_token=self._keep(self._mint.opaque("aorAAAAA", 160)) if refreshable else None,
            expires_at=(self.now() + lifetime).replace(microsecond=0),
        )
        with self._lock:
            self._access[tokens.access_token] = tokens
            if tokens.refresh_token is not None:
                self._refresh[tokens.refresh_token] = tokens
        return tokens

    def refresh(self, client_id: str, refresh_token: str) -> Tokens | None:
        """Return new tokens, or None for a refresh token that is unknown, over, another client's, or used up."""
        with self._lock:
            known = self._refresh.get(refresh_token)
            if known is None or known.client_id != client_id or known.ends_at <= self.now():
                return None
            if self._rules.rotates_refresh_tokens:
                del self._refresh[refresh_token]
            return self._renew(known, self._rules.access_token_lifetime)

    def sso_session_of(self, access_token: str) -> str | None:
        """Return the sso-session name of an access token that is good now."""
        with self._lock:
            tokens = self._access.get(access_token)
        return tokens.sso_session_name if tokens and tokens.expires_at > self.now() else None

    def withdraw_access_token(self, access_token: str) -> None:
        """End the sign-in that an access token came from, with every token it gave."""
        with self._lock:
            ended = self._access.get(access_token)
            if ended is not None:
                self._keep_only(lambda tokens: tokens.sign_in != ended.sign_in)

    def withdraw(self, sso_session_name: str) -> None:
        """End every sign-in of an sso-session, as an administrator can."""
        with self._lock:
            self._keep_only(lambda tokens: tokens.sso_session_name != sso_session_name)

    def _keep_only(self, is_kept: Callable[[Tokens], bool]) -> None:
        self._access = {text: tokens for text, tokens in self._access.items() if is_kept(tokens)}
        self._refresh = {text: tokens for text, tokens in self._refresh.items() if is_kept(tokens)}

    def start_device(self, sso_session_name: str, client_id: str) -> DeviceCode:
        """Return a code for the person to approve."""
        user_code = self._mint.opaque(length=8).upper()
        device = DeviceCode(
            sso_session_name=sso_session_name,
            client_id=client_id,
            user_code=f"{user_code[:4]}-{user_code[4:]}",
            expires_at=self.now() + self._rules.device_code_lifetime,
            decision="approved" if self._rules.approves_by_itself else "pending",
            device_code=self._keep(self._mint.opaque(length=64)),
        )
        with self._lock:
            self._devices[device.device_code] = device
        return device

    def device(self, device_code: str) -> DeviceCode | None:
        """Return the waiting sign-in."""
        with self._lock:
            return self._devices.get(device_code)

    def is_waiting(self, user_code: str) -> bool:
        """Tell whether a sign-in waits for the person to approve this user code."""
        with self._lock:
            return any(each.user_code == user_code and each.decision == "pending" for each in self._devices.values())

    def end_device(self, device_code: str) -> None:
        """Use up a device code."""
        with self._lock:
            self._devices.pop(device_code, None)

    def decide(self, decision: Decision, user_code: str | None = None) -> int:
        """Decide as the person would on the device page, for one user code or for all that wait; return how many."""
        with self._lock:
            waiting = [
                d for d in self._devices.values() if d.decision == "pending" and user_code in (None, d.user_code)
            ]
            for device in waiting:
                device.decision = decision
        return len(waiting)

    def authorize(self, code: AuthorizationCode) -> str:
        """Return the text that the browser carries back."""
        text = self._keep(self._mint.opaque(length=64))
        with self._lock:
            self._codes[text] = code
        return text

    def redeem_code(self, text: str, client_id: str, redirect_uri: str, verifier: str) -> AuthorizationCode | None:
        """Return what the code stands for, once, and only to the client that holds the verifier."""
        with self._lock:
            code = self._codes.pop(text, None)
        if code is None or (code.client_id, code.redirect_uri) != (client_id, redirect_uri):
            return None
        digest = hashlib.sha256(verifier.encode()).digest()
        return code if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge else None

    def secrets(self) -> set[str]:
        """Return every secret text ever given out, for tests that look for leaks."""
        with self._lock:
            return set(self._secrets)

    def _keep(self, text: str) -> str:
        with self._lock:
            self._secrets.add(text)
        return text
