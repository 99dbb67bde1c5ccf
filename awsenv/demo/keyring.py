"""Who each access key belongs to. Knows keys and identities; no requests. Safe to share between threads."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from awsenv.demo.mint import Mint
from awsenv.demo.world import World
from awsenv.model import Credentials, Identity
from awsenv.values import Value, replace


class Bearer(Value):
    """Who a key acts as: the identity STS names, and the principal that trust policies name.

    `is_user` is true of a user's own keys and of GetSessionToken's, `is_chained` of a role's that a role has assumed.
    """

    identity: Identity
    principal: str
    is_user: bool = False
    has_mfa: bool = False
    is_chained: bool = False


class IssuedKey(Value):
    """A key and its bearer."""

    credentials: Credentials
    bearer: Bearer


class Keyring:
    """Every key that was ever given out, the users' long-lived ones included."""

    def __init__(self, world: World, mint: Mint, now: Callable[[], datetime]) -> None:
        self._mint = mint
        self.now = now
        self._lock = threading.Lock()
        self._keys: dict[str, IssuedKey] = {}
        self._serials = {user.mfa_serial: user.arn for user in world.users if user.mfa_serial}
        self._codes: set[tuple[str, str]] = set()
        for user in world.users:
            identity = Identity(user.account_id, user.arn, "AIDA" + user.access_key_id[4:])
            credentials = Credentials(user.access_key_id, user.secret_access_key)
            self._keys[user.access_key_id] = IssuedKey(credentials, Bearer(identity, user.arn, is_user=True))

    def issue(self, bearer: Bearer, lifetime: timedelta) -> Credentials:
        """Return new temporary credentials; their expiry is in whole seconds."""
        credentials = Credentials(
            access_key_id=self._mint.access_key_id(),
            secret_access_key=self._mint.secret_access_key(),
            session_token=self._mint.session_token(),
            expires_at=(self.now() + lifetime).replace(microsecond=0),
            account_id=bearer.identity.account_id,
        )
        with self._lock:
            self._keys[credentials.access_key_id] = IssuedKey(credentials, bearer)
        return credentials

    def find(self, access_key_id: str) -> IssuedKey | None:
        """Return the key, if it was ever given out."""
        with self._lock:
            return self._keys.get(access_key_id)

    def expire(self, access_key_id: str) -> None:
        """End a temporary key now, whatever expiry its holder was told."""
        with self._lock:
            key = self._keys[access_key_id]
            self._keys[access_key_id] = replace(key, credentials=replace(key.credentials, expires_at=self.now()))

    def secrets(self) -> set[str]:
        """Return every secret access key and session token, for tests that look for leaks."""
        with self._lock:
            credentials = [key.credentials for key in self._keys.values()]
        return {each.secret_access_key for each in credentials} | {
            each.session_token for each in credentials if each.session_token
        }

    def mfa_code(self, serial: str) -> str:
        """Return the next code of an MFA device; STS takes it once. KeyError for an unknown device."""
        device = self._serials[serial] and serial
        code = self._mint.digits(6)
        with self._lock:
            self._codes.add((device, code))
        return code

    def redeem_mfa_code(self, bearer: Bearer, serial: str, code: str) -> bool:
        """Tell whether the device is the bearer's and the code is good; the code is used up."""
        if self._serials.get(serial) != bearer.principal:
            return False
        with self._lock:
            known = (serial, code) in self._codes
            self._codes.discard((serial, code))
        return known
