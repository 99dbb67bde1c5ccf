"""credential_source: keys that the environment, the container or the instance around this process gives."""

from collections.abc import Mapping

import botocore.exceptions as failures
from botocore.credentials import ContainerProvider, InstanceMetadataProvider
from botocore.utils import InstanceMetadataFetcher

from awsenv.errors import AwsUnreachable, IncompleteProfile
from awsenv.model import Credentials

NAMES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")


def fetch_source_credentials(name: str, environment: Mapping[str, str]) -> Credentials:
    """Return the credentials of a `credential_source`.

    `environment` is the one from before the first switch: awsenv's own exports are nobody's source.

    Raises:
        IncompleteProfile: no such source, or it has nothing to give.
        AwsUnreachable: the container's or the instance's endpoint did not answer.
    """
    if name == "Environment":
        return _from_environment(environment)
    if name not in NAMES:
        raise IncompleteProfile(f"credential_source {name!r} is not one of {', '.join(NAMES)}")
    provider = (
        ContainerProvider(environ=dict(environment))
        if name == "EcsContainer"
        else InstanceMetadataProvider(
            iam_role_fetcher=InstanceMetadataFetcher(timeout=2, num_attempts=2, env=dict(environment))
        )
    )
    try:
        loaded = provider.load()
    except (failures.BotoCoreError, OSError, ValueError) as error:
        raise AwsUnreachable(f"credential_source {name}: {str(error).partition(chr(10))[0]}") from error
    if loaded is None:
        raise IncompleteProfile(f"credential_source {name} has no credentials here")
    keys = loaded.get_frozen_credentials()
    return Credentials(
        access_key_id=keys.access_key,
        secret_access_key=keys.secret_key,
        session_token=keys.token,
        account_id=keys.account_id,
    )


def _from_environment(environment: Mapping[str, str]) -> Credentials:
    access_key_id = environment.get("AWS_ACCESS_KEY_ID")
    secret_access_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret_access_key:
        raise IncompleteProfile("credential_source Environment: AWS_ACCESS_KEY_ID and its secret are not set")
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        # The order is botocore's: the older name wins.
        session_token=environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN") or None,
    )
