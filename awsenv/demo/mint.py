"""Texts that look like AWS's keys, tokens and codes. The same seed gives the same texts in the same order."""

import base64
import hashlib
import secrets
import threading


class Mint:
    """Makes each text once; without a seed nobody can foretell them. Safe to share between threads."""

    def __init__(self, seed: str | None = None) -> None:
        self._seed = secrets.token_hex(16) if seed is None else seed
        self._made = 0
        self._lock = threading.Lock()

    def access_key_id(self, prefix: str = "ASIA") -> str:
        """Return 20 characters: AKIA is a user's for good, ASIA is temporary."""
        return prefix + base64.b32encode(self._bytes(10)).decode()

    def secret_access_key(self) -> str:
        """Return 40 characters that shells and URLs stumble over, as the real ones do."""
        return "+/" + base64.b64encode(self._bytes(29)).decode().replace("=", "/")[:38]

    def session_token(self) -> str:
        """Return a text as long as STS's: several hundred characters of base64 with its padding."""
        return "IQoJb3JpZ2luX2Vj" + base64.b64encode(self._bytes(400)).decode()

    def opaque(self, prefix: str = "", length: int = 48) -> str:
        """Return letters and digits, for tokens and client ids whose form nobody may rely on."""
        return prefix + self._bytes(length).hex()[:length]

    def digits(self, length: int) -> str:
        """Return decimal digits, for one-time codes."""
        return str(int.from_bytes(self._bytes(16), "big") % 10**length).zfill(length)

    def _bytes(self, length: int) -> bytes:
        with self._lock:
            self._made += 1
            return hashlib.shake_256(f"{self._seed}:{self._made}".encode()).digest(length)
