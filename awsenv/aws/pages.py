"""Which pages a browser may be sent to, and which start URLs may be signed in to. Opens nothing."""

import ipaddress
import re
from urllib.parse import urlsplit

from awsenv.errors import ConfigError

# As the AWS CLI has them since 2.35.13, and their twins in the other partitions.
_PORTAL_SUFFIXES = (
    "awsapps.com",
    "awsapps.cn",
    "awsapps.eu",
    "app.aws",
    "portal.amazonaws.com",
    "portal.amazonaws.com.cn",
    "portal.amazonaws.eu",
    "portal.amazonaws-us-gov.com",
)
_SIGN_IN = re.compile(
    r"(oidc|oidc-fips|device\.sso|portal\.sso|identitycenter|view\.awsapps|signin)"
    r"(\.[a-z]+(-[a-z]+)+-[0-9]+)?\.(amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws|amazonaws-us-gov\.com)"
)


def check_page(url: str) -> None:
    """Refuse a page that a browser must not be sent to.

    Raises:
        ConfigError: neither https at a host of AWS, nor loopback; or not plainly an address at all.
    """
    if not _is_plain(url) or not is_owned_page(url):
        raise ConfigError(f"awsenv opens only AWS's own sign-in pages, and {url!r} is none")


def is_owned_page(url: str) -> bool:
    """Tell whether `url` is a page of Identity Center, over https, or on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or parts.scheme not in {"http", "https"}:
        return False
    if _is_loopback(host):
        return True
    is_portal = any(host.endswith("." + suffix) for suffix in _PORTAL_SUFFIXES)
    return parts.scheme == "https" and (is_portal or _SIGN_IN.fullmatch(host) is not None)


def _is_plain(url: str) -> bool:
    odd = any(character <= " " or character in '\\"<>^`{|}' or character > "~" for character in url)
    return not odd and url.startswith(("https://", "http://"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
