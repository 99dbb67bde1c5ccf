"""botocore's errors in awsenv's words: the one table. Loads botocore."""

from collections.abc import Sequence

import botocore.exceptions as failures
import botocore.parsers

from awsenv.aws import retries
from awsenv.aws.translation import NETWORK_HINT, UNUSABLE, Refused
from awsenv.errors import AwsenvError, AwsUnreachable, ConfigError, IncompleteProfile

# Most specific first; what stands nowhere here is a bug of ours and stays a traceback.
TRANSPORT_ERRORS: Sequence[tuple[type[Exception] | tuple[type[Exception], ...], type[AwsenvError], str]] = (
    (failures.SSLError, AwsUnreachable, "the certificate was not trusted; a company's own is named by AWS_CA_BUNDLE"),
    (failures.ProxyConnectionError, retries.Transient, "check the proxy variables (HTTPS_PROXY, NO_PROXY)"),
    (failures.InvalidProxiesConfigError, ConfigError, "check the proxy variables (HTTPS_PROXY, NO_PROXY)"),
    ((failures.EndpointConnectionError, failures.ConnectTimeoutError), retries.Transient, NETWORK_HINT),
    ((failures.HTTPClientError, failures.ConnectionError), retries.Unanswered, NETWORK_HINT),
    ((failures.IncompleteReadError, failures.ResponseStreamingError), retries.Unanswered, NETWORK_HINT),
    (botocore.parsers.ResponseParserError, retries.Unanswered, NETWORK_HINT),
    ((failures.NoCredentialsError, failures.PartialCredentialsError), IncompleteProfile, "awsenv list"),
    (
        (
            failures.EndpointProviderError,
            failures.EndpointVariantError,
            failures.InvalidChecksumConfigError,
            failures.InvalidConfigError,
            failures.InvalidDefaultsMode,
            failures.InvalidEndpointConfigurationError,
            failures.InvalidEndpointDiscoveryConfigurationError,
            failures.InvalidRegionError,
            failures.InvalidRetryConfigurationError,
            failures.InvalidSTSRegionalEndpointsConfigError,
            failures.NoRegionError,
            failures.ParamValidationError,
            failures.UnknownEndpointError,
            failures.UnknownRegionError,
        ),
        ConfigError,
        "check the region and the ids in the profile, and the AWS_ variables",
    ),
    # Brackets within brackets, a thousand deep.
    ((*UNUSABLE, RecursionError), retries.Unanswered, NETWORK_HINT),
)


def find_refusal(error: Exception) -> Refused | None:
    """Return the refusal that AWS answered and botocore raised, or None for any other failure."""
    return Refused(error.response) if isinstance(error, failures.ClientError) else None


def translated(name: str, error: Exception) -> AwsenvError:
    """Return awsenv's error for a failure of the operation `name`, or `error` raised again where it is a bug."""
    for kinds, ours, hint in TRANSPORT_ERRORS:
        if isinstance(error, kinds):
            if issubclass(ours, AwsUnreachable) and not isinstance(error, failures.BotoCoreError):
                return ours(f"{name}: the answer is not one of AWS's", hint=hint)
            return ours(f"{name}: {_in_one_line(error)}", hint=hint)
    raise error


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
