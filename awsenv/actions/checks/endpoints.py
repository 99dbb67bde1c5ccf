"""Checks of endpoint overrides: who is asked in place of AWS, and handed what is meant for it."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from awsenv.actions.checks.findings import Findings, checks_of, warning
from awsenv.aws.endpoints import SERVICES, is_aws_endpoint, is_loopback_endpoint
from awsenv.files.ini import parse_nested

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws")


def endpoint_override(around: "Surroundings") -> Findings:
    """Find endpoints of others than AWS in the environment: they are handed your tokens."""
    if _ignores(around):
        return
    for name, url in around.environment.items():
        service = name.removeprefix("AWS_ENDPOINT_URL").removeprefix("_").lower()
        if name.startswith("AWS_ENDPOINT_URL") and _is_elsewhere(url, service, around):
            yield warning(None, f"{name} sends requests to {_whose(url)}", f"unset {name}")


def configured_endpoint(around: "Surroundings") -> Findings:
    """Find endpoints of others than AWS in the config file: they are handed your tokens."""
    told = [
        (profile.values["endpoint_url"], "", profile.place("endpoint_url"), f'profile "{profile.name}" sends requests')
        for profile in around.profiles
        if profile.has("endpoint_url")
    ]
    told += [
        (parse_nested(nested).get("endpoint_url", ""), service, around.config.place(line), f"{service} requests go")
        for section in around.sections.services.values()
        for service, (nested, line) in section.entries.items()
    ]
    for url, service, place, what in told:
        if _is_elsewhere(url, service, around) and not _ignores(around):
            yield warning(place, f"{what} to {_whose(url)}", "remove endpoint_url, if that is not meant")


def _ignores(around: "Surroundings") -> bool:
    return around.environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"


def _is_elsewhere(url: str, service: str, around: "Surroundings") -> bool:
    if not url:
        return False
    if service in SERVICES and is_aws_endpoint(url, service):
        return False
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return True
    allowed = around.settings.allowed_endpoints if around.settings else ()
    # Of the services that are handed tokens, only AWS's very own hosts count.
    is_aws = service not in SERVICES and parts.scheme == "https" and host.endswith(_AWS)
    return not is_aws and host not in {name.lower() for name in allowed}


def _whose(url: str) -> str:
    return "this machine, and not to AWS" if is_loopback_endpoint(url) else "another host than AWS's, with your tokens"


CHECKS = checks_of(endpoint_override, configured_endpoint)
