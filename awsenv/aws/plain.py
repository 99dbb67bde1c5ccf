"""Which requests awsenv may make by itself: those of which it knows for certain what botocore would do."""

import re
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple
from urllib.parse import urlsplit

from awsenv.aws.endpoints import SERVICES, is_loopback_endpoint
from awsenv.errors import ConfigError
from awsenv.model import Profile

# What botocore reads of the environment for any request: values that change nothing for this one. All others do, or
# are refused by it.
HARMLESS: Mapping[str, frozenset[str]] = {
    "AWS_DEFAULTS_MODE": frozenset({"legacy"}),
    "AWS_REQUEST_CHECKSUM_CALCULATION": frozenset({"when_required", "when_supported"}),
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": frozenset(),
    "AWS_RESPONSE_CHECKSUM_VALIDATION": frozenset({"when_required", "when_supported"}),
    "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": frozenset({"false", "true"}),
    "AWS_STS_REGIONAL_ENDPOINTS": frozenset({"legacy", "regional"}),
    "AWS_USE_DUALSTACK_ENDPOINT": frozenset({"false"}),
    "AWS_USE_FIPS_ENDPOINT": frozenset({"false"}),
    "BOTOCORE_EXPERIMENTAL__PLUGINS": frozenset(),
    "SSLKEYLOGFILE": frozenset(),
}

# The partitions whose host names are certain, by the form of their regions.
_REGIONS = (
    (re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]+", re.ASCII), "amazonaws.com"),
    (re.compile(r"cn-[a-z]+-[0-9]+", re.ASCII), "amazonaws.com.cn"),
)
_PORTS = {"http": 80, "https": 443}


class Door(NamedTuple):
    """Where a request goes. `origin` is as messages and botocore have it; `roots` is the file of trusted certificates.

    `roots` is None without TLS.
    """

    origin: str
    host: str
    port: int
    roots: str | None

    @property
    def host_header(self) -> str:
        """The name under which the server is asked."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["http" if self.roots is None else "https"] else f"{host}:{self.port}"


def find_door(region: str, override: str | None, profile: Profile, environment: Mapping[str, str]) -> Door | None:
    """Return the way to the portal of `region`, or to `override`; None where botocore has to find it.

    Raises:
        ConfigError: as `named_roots`, for botocore as well.
    """
    named = named_roots(profile, environment)
    if profile.endpoint_variants or any(
        name in environment and environment[name] not in harmless for name, harmless in HARMLESS.items()
    ):
        return None
    if (override is None or not is_loopback_endpoint(override)) and _may_have_proxy(environment):
        return None
    origin = (_origin(region) if override is None else override).removesuffix("/")
    parts = urlsplit(origin)
    # Whatever stands behind the host would be joined with the path of the request by rules of botocore's.
    if (
        not parts.hostname
        or not origin.isascii()
        or origin != f"{parts.scheme}://{parts.netloc}"
        or parts.hostname[-1] == "."
        or "@" in parts.netloc
    ):
        return None
    roots = (named or _default_roots()) if parts.scheme == "https" else None
    if parts.scheme != "http" and roots is None:
        return None
    return Door(origin, parts.hostname, _PORTS[parts.scheme] if parts.port is None else parts.port, roots)


def _origin(region: str) -> str:
    suffix = next((suffix for form, suffix in _REGIONS if form.fullmatch(region)), None)
    return f"https://{SERVICES['sso']}.{region}.{suffix}" if suffix else ""


def _may_have_proxy(environment: Mapping[str, str]) -> bool:
    # Python takes any variable of this form for a proxy, in capitals or not, but this one.
    if any(name.lower().endswith("_proxy") and name.lower() != "no_proxy" for name in environment):
        return True
    if sys.platform != "darwin":
        return False
    try:
        # What urllib, and so botocore, asks there for the settings of the system.
        return bool(import_module("_scproxy")._get_proxies())  # noqa: SLF001
    except (ImportError, AttributeError):
        return True


def named_roots(profile: Profile, environment: Mapping[str, str]) -> str | None:
    """Return the file of trusted certificates that the user names, or None for the one that botocore takes then.

    Raises:
        ConfigError: it is named by an empty text.
    """
    # The order is botocore's.
    place, text = "AWS_CA_BUNDLE", environment.get("AWS_CA_BUNDLE")
    if not text and profile.ca_bundle is not None:
        place, text = f'ca_bundle of the profile "{profile.name}"', profile.ca_bundle
    elif text is None:
        place, text = "REQUESTS_CA_BUNDLE", environment.get("REQUESTS_CA_BUNDLE")
    if text is not None and not text.strip():
        # Before 1.44, botocore took this for the wish to trust whoever answers.
        raise ConfigError(f"{place} is empty", hint="take it away, or let it name a file of trusted certificates")
    return text


def _default_roots() -> str | None:
    from importlib.machinery import PathFinder

    if PathFinder.find_spec("certifi"):
        # Distributions have their own, which point to a file of the system's.
        return str(import_module("certifi").where())
    found = PathFinder.find_spec("botocore")
    return f"{found.origin.rpartition('/')[0]}/cacert.pem" if found and found.origin else None
