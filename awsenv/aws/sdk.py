"""botocore's clients. They see none of the user's files, and send requests only where they were told to."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import botocore.exceptions as failures
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from awsenv.aws import retries
from awsenv.aws.endpoints import is_aws_endpoint, is_loopback_endpoint, origin_of
from awsenv.aws.plain import named_roots
from awsenv.aws.translation import Operation, name_oauth_error, translated
from awsenv.errors import ConfigError, EndpointRefused
from awsenv.model import Credentials, Profile


class Sdk:
    """Makes botocore clients that try once. `hear` is told the headers of every answer."""

    def __init__(
        self, environment: Mapping[str, str], profile: Profile, hear: Callable[[Mapping[str, str]], None]
    ) -> None:
        self._environment = environment
        self._profile = profile
        self._hear = hear
        self._session: Any = None

    def client(
        self, service: str, region: str, override: str | None, credentials: Credentials | None, *, read_timeout: float
    ) -> Any:
        """Return a client, at the endpoint `override` or AWS's own; as `Clients.client`."""
        roots = named_roots(self._profile, self._environment)
        config = self._config(region, override, is_signed=credentials is not None, read_timeout=read_timeout)
        try:
            client = self._botocore().create_client(
                service.replace("_", "-"),
                endpoint_url=override,
                config=config,
                verify=roots,
                **_keys(credentials),
            )
        except (failures.BotoCoreError, ValueError) as error:
            raise translated(Operation(service), error) from error
        if override is None and not is_aws_endpoint(client.meta.endpoint_url, service):
            raise ConfigError(f'"{region}" is no region of AWS', hint="check the region in the profile")
        client.meta.events.register("before-send", _guard(service, override))
        client.meta.events.register("after-call", self._tell_headers)
        client.meta.events.register("after-call", _name_oauth_error)
        return client

    def _config(self, region: str, override: str | None, *, is_signed: bool, read_timeout: float) -> Any:
        # The environment comes before the profile here, and botocore reads it by itself.
        asked = (f"use_{variant}_endpoint" for variant in self._profile.endpoint_variants)
        variants = {name: True for name in asked if f"AWS_{name.upper()}" not in self._environment}
        return Config(
            region_name=region,
            signature_version=None if is_signed else UNSIGNED,
            connect_timeout=retries.CONNECT_TIMEOUT,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": 1},
            ignore_configured_endpoint_urls=True,
            # None would ask the environment: a proxy would read a token that is for this machine alone.
            proxies={} if override and is_loopback_endpoint(override) else None,
            user_agent_extra="awsenv",
            **variants,
        )

    def _tell_headers(self, *, http_response: Any, **_: Any) -> None:
        self._hear(http_response.headers)

    def _botocore(self) -> Any:
        if self._session is None:
            # Each client would parse a config of thousands of profiles six times over: it is shown none.
            self._session = Session(
                session_vars={
                    "profile": (None, None, None, None),
                    "config_file": (None, None, os.devnull, None),
                    "credentials_file": (None, None, os.devnull, None),
                    # A folder of other models, which could say where requests go.
                    "data_path": (None, None, None, None),
                }
            )
            # Neither AWS_DATA_PATH nor ~/.aws/models: their endpoint rules and models could send a token anywhere.
            loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
            self._session.register_component("data_loader", loader)
        return self._session


def _name_oauth_error(*, http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    name_oauth_error(parsed, http_response.content)


def _guard(service: str, override: str | None) -> Callable[..., None]:
    # Whatever botocore makes of its rules, a request goes to where `client` looked, or nowhere.
    def check(request: Any, **_: Any) -> None:
        is_right = (
            is_aws_endpoint(request.url, service) if override is None else origin_of(request.url) == origin_of(override)
        )
        if not is_right:
            raise EndpointRefused(
                f"botocore would send the request for {service} to {origin_of(request.url)}",
                hint="look for what changes its endpoints: AWS_ variables, or files in its data folder",
            )

    return check


def _keys(credentials: Credentials | None) -> dict[str, str | None]:
    if credentials is None:
        return {}
    return {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
