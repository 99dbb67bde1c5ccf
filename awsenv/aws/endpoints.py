"""Where requests may go: AWS's own hosts over https, loopback, and what the settings allow. Makes no request."""

import ipaddress
import json
import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from awsenv.errors import EndpointRefused

# Service id as in AWS_ENDPOINT_URL_<ID> and `services` sections, to the first label of AWS's own host names.
SERVICES = {"sso": "portal.sso", "sso_oidc": "oidc", "sts": "sts", "signin": "signin"}

# The DNS suffixes of the partitions in botocore's endpoint data. A suffix alone proves nothing: anybody can have a
# host under execute-api.<region>.amazonaws.com, hence `_is_aws_host` asks for the service's own name too.
_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
# Below these AWS has its own pages and nobody's hosts.
_SIGN_IN_SUFFIXES = ("aws.amazon.com", "amazonaws.cn", "amazonaws-us-gov.com", "amazonaws-eusc.eu")
# And a region's name between them: sts.s3.amazonaws.com is anybody's bucket.
_REGION = r"[a-z]+(-[a-z]+)+-[0-9]+"


def find_override(service: str, environment: Mapping[str, str], configured: Mapping[str, str]) -> str | None:
    """Return the endpoint that the user set for `service`, in the order of the SDKs, or None for AWS's own.

    `configured` is `Profile.endpoints`. Environment before configuration, the service's own before the general one.
    """
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return (
        environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        or environment.get("AWS_ENDPOINT_URL")
        or configured.get(service)
        or configured.get("*")
        or None
    )


def check_endpoint(url: str, service: str, allowed: Collection[str]) -> None:
    """Refuse an override that would carry tokens or keys to somebody else.

    Raises:
        EndpointRefused: neither an AWS host of this service over https, nor loopback, nor in `allowed`.
    """
    scheme, host = _scheme_and_host(url)
    if scheme in {"http", "https"} and host and (_is_loopback(host) or host in {name.lower() for name in allowed}):
        return
    if is_aws_endpoint(url, service):
        return
    raise EndpointRefused(
        f"the endpoint override {url!r} for {service} points neither at AWS nor at this machine",
        hint=f"unset it, or allow its host in the settings: allowed_endpoints = [{json.dumps(host or 'host')}]",
    )


def is_aws_endpoint(url: str, service: str) -> bool:
    """Tell whether `url` is AWS's own for `service`; what an SDK makes of a mistyped region is not."""
    scheme, host = _scheme_and_host(url)
    return scheme == "https" and _is_aws_host(host, SERVICES[service])


def is_loopback_endpoint(url: str) -> bool:
    """Tell whether `url` is this very machine's, which no proxy has a part in."""
    return _is_loopback(_scheme_and_host(url)[1])


def origin_of(url: str) -> str:
    """Return the scheme, host and port of `url`, as texts that can be compared."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _scheme_and_host(url: str) -> tuple[str, str]:
    # urllib strips tabs and newlines and reads a backslash as part of the host; other parsers differ.
    odd = any(character <= " " or character in '\\"<>^`{|}' or character > "~" for character in url)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port
    except ValueError:
        return "", ""
    return ("", "") if odd or set("@%") & set(parts.netloc) else (parts.scheme.lower(), host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_aws_host(host: str, name: str) -> bool:
    suffixes = "|".join(re.escape(suffix) for suffix in _SUFFIXES)
    service = name.rpartition(".")[2]
    public = rf"{re.escape(name)}(-fips)?(\.{_REGION})?\.({suffixes})"
    private_link = rf"vpce-[a-z0-9-]+\.{service}\.{_REGION}\.vpce\.({suffixes})"
    pages = "|".join(re.escape(suffix) for suffix in _SIGN_IN_SUFFIXES)
    sign_in = rf"({_REGION}\.)?signin(-fips)?\.({pages})" if name == "signin" else "(?!)"
    return re.fullmatch(f"{public}|{private_link}|{sign_in}", host) is not None
