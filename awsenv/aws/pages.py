"""Which pages a browser may be sent to, and which start URLs may be signed in to. Opens nothing."""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from awsenv.errors import ConfigError

# Below these AWS gives names to access portals alone. The AWS CLI has had a list of its own since 2.35.13.
_PORTAL_SUFFIXES = (
    "awsapps.com",
    "awsapps.cn",
    "app.aws",
    "app.amazonwebservices.com.cn",
    "portal.amazonaws.com",
    "portal.amazonaws.com.cn",
    "portal.amazonaws.eu",
    "portal.amazonaws-us-gov.com",
)
_REGION = r"[a-z]+(?:-[a-z]+)+-[0-9]+"
# Below the suffix of a partition's endpoints there are customers' hosts, too (execute-api, s3): the name must be whole.
_EU_PORTAL = re.compile(rf"[^.]+\.portal\.{_REGION}\.api\.amazonwebservices\.eu")
_SIGN_IN = re.compile(
    r"(oidc|oidc-fips|device\.sso|portal\.sso|identitycenter|identitycenter\.us-gov|signin)"
    rf"(\.{_REGION})?\.(amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(com\.cn|eu)"
    r"|amazonaws-us-gov\.com|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)"
)
# No name of AWS's is written in another alphabet, so punycode is somebody else's idea.
_HOST = re.compile(r"(?!.*xn--)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
# A start URL that tells where its Identity Center is.
_REGION_OF = re.compile(
    rf"[^.]+\.(?:portal\.({_REGION})\.(?:app\.aws|app\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu)"
    rf"|({_REGION})\.portal\.amazonaws\.(?:com|com\.cn|eu))"
)


def check_page(url: str, allowed: Collection[str] = ()) -> None:
    """Refuse a page that a browser must not be sent to; `allowed` are hosts that get the access token, too.

    Raises:
        ConfigError: neither https at a host of AWS, nor loopback, nor at an allowed host; or not plainly an address.
    """
    if not is_owned_page(url) and _parts(url)[1] not in {name.lower() for name in allowed} - {""}:
        raise ConfigError(f"awsenv opens only AWS's own sign-in pages, and {url!r} is none")


def is_owned_page(url: str) -> bool:
    """Tell whether `url` is plainly a page of Identity Center, over https, or on this machine."""
    return _is_loopback(_parts(url)[1]) or is_aws_page(url)


def is_aws_page(url: str) -> bool:
    """Tell whether `url` is plainly a page of Identity Center, over https."""
    scheme, host, port = _parts(url)
    is_portal = any(host.endswith("." + suffix) for suffix in _PORTAL_SUFFIXES) or _EU_PORTAL.fullmatch(host)
    is_aws = _HOST.fullmatch(host) is not None and bool(is_portal or _SIGN_IN.fullmatch(host))
    return scheme == "https" and port in (None, 443) and is_aws


def is_vanity_url(url: str) -> bool:
    """Tell whether `url` could be a company's own name for its start URL: https, a host's name, and not AWS's."""
    scheme, host, _ = _parts(url)
    is_name = _HOST.fullmatch(host) is not None and host.rpartition(".")[2][0].isalpha()
    return scheme == "https" and is_name and not is_owned_page(url)


def region_of(start_url: str) -> str | None:
    """Return the region that an AWS-owned start URL names, or None."""
    found = _REGION_OF.fullmatch(_parts(start_url)[1])
    return (found[1] or found[2]) if found else None


def _parts(url: str) -> tuple[str, str, int | None]:
    # Browsers and urllib differ on whatever is not plain: backslashes, tabs, percent signs in a host.
    odd = any(character <= " " or character in '\\"<>^`{|}' or character > "~" for character in url)
    if odd or not url.lower().startswith(("https://", "http://")):
        return "", "", None
    try:
        parts = urlsplit(url)
        # A last dot is the root of all names: with it or without, it is the same host.
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return "", "", None
    return ("", "", None) if set("@%") & set(parts.netloc) or not host else (parts.scheme, host, port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
