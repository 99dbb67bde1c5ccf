"""The digest that AWS names its cache files by."""

from awsenv.runtime import encoded

try:
    # What hashlib falls back to: OpenSSL takes longer to load than all of these files to be read.
    from _sha1 import sha1  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha1


def sha1_of(text: str) -> str:
    """Return the SHA-1 of a text in UTF-8: 40 hexadecimal digits."""
    digest: str = sha1(encoded(text), usedforsecurity=False).hexdigest()
    return digest
