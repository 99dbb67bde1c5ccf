import importlib
from collections.abc import Iterator
from http import HTTPStatus
from types import ModuleType

import botocore.exceptions as failures
import pytest
from botocore.session import Session

from awsenv.aws.retries import Transient
from awsenv.aws.translation import Operation, translated
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, ConfigError, LoginRequired

# Loaded so that their exception classes exist, whoever else imported what before.
MODULES = (
    "args",
    "awsrequest",
    "client",
    "configloader",
    "credentials",
    "discovery",
    "endpoint",
    "endpoint_provider",
    "httpsession",
    "loaders",
    "parsers",
    "signers",
    "tokens",
    "utils",
)
_S3 = "S3 alone raises it"
_CHAIN = "botocore's own chain of credentials and tokens raises it, and awsenv's clients get their keys handed in"
_FILES = "it is about config files, and awsenv's sessions are shown none"
_CODE = "only a wrong call by a program raises it"
_INSTALLATION = "only a broken installation of botocore raises it"
_BODIES = "it is about uploads or checksums, which these services do not have"
_METADATA = "the instance's metadata raises it, which surroundings.py translates in its own place"
_DISCOVERY = "these services have no endpoint discovery"
# What can never come from a call to SSO, SSO OIDC or STS, and why. A class that botocore adds is missing here: look.
CANNOT_OCCUR = {
    "AliasConflictParameterError": _CODE,
    "ApiVersionNotFoundError": _INSTALLATION,
    "AwsChunkedWrapperError": _BODIES,
    "BaseEndpointResolverError": "only its subclasses are raised",
    "CapacityNotAvailableError": "awsenv's clients never retry adaptively",
    "ChecksumError": _BODIES,
    "ConfigNotFound": _FILES,
    "ConfigParseError": _FILES,
    "CredentialRetrievalError": _CHAIN,
    "DataNotFoundError": _INSTALLATION,
    "EndpointDiscoveryException": _DISCOVERY,
    "EndpointDiscoveryRefreshFailed": _DISCOVERY,
    "EndpointDiscoveryRequired": _DISCOVERY,
    "FlexibleChecksumError": _BODIES,
    "InvalidDNSNameError": _S3,
    "InvalidExpressionError": _CODE,
    "InvalidHostLabelError": "only operations with a host prefix raise it, and these have none",
    "InvalidIMDSEndpointError": _METADATA,
    "InvalidIMDSEndpointModeError": _METADATA,
    "InvalidS3AddressingStyleError": _S3,
    "InvalidS3UsEast1RegionalEndpointConfigError": _S3,
    "LoginAuthorizationCodeError": _CHAIN,
    "LoginError": _CHAIN,
    "LoginInsufficientPermissions": _CHAIN,
    "LoginRefreshRequired": _CHAIN,
    "LoginTokenLoadError": _CHAIN,
    "MD5UnavailableError": _BODIES,
    "MetadataRetrievalError": _METADATA,
    "MissingDependencyException": "only signatures by the CRT and console logins need more packages",
    "MissingParametersError": _CODE,
    "NoAuthTokenError": "these operations are unsigned or signed with keys, never with a bearer token",
    "OperationNotPageableError": _CODE,
    "PaginationError": "awsenv turns the pages itself",
    "ProfileNotFound": _FILES,
    "RangeError": _CODE,
    "RefreshWithMFAUnsupportedError": _CHAIN,
    "SSOError": _CHAIN,
    "SSOTokenLoadError": _CHAIN,
    "ServiceNotInRegionError": "botocore defines it and raises it nowhere",
    "StubAssertionError": _CODE,
    "StubResponseError": _CODE,
    "TokenRetrievalError": _CHAIN,
    "UnStubbedResponseError": _CODE,
    "UnauthorizedSSOTokenError": _CHAIN,
    "UnknownClientMethodError": _CODE,
    "UnknownCredentialError": _CODE,
    "UnknownFIPSEndpointError": "only services without endpoint rules raise it",
    "UnknownKeyError": _CODE,
    "UnknownParameterError": _CODE,
    "UnknownServiceError": _INSTALLATION,
    "UnknownServiceStyle": _INSTALLATION,
    "UnknownSignatureVersionError": _CODE,
    "UnknownTokenProviderError": _CODE,
    "UnseekableStreamError": _BODIES,
    "UnsupportedOutpostResourceError": _S3,
    "UnsupportedS3AccesspointConfigurationError": _S3,
    "UnsupportedS3ArnError": _S3,
    "UnsupportedS3ConfigurationError": _S3,
    "UnsupportedS3ControlArnError": _S3,
    "UnsupportedS3ControlConfigurationError": _S3,
    "UnsupportedServiceProtocolsError": _INSTALLATION,
    "UnsupportedSignatureVersionError": _CODE,
    "ValidationError": _CODE,
    "WaiterConfigError": _CODE,
    "WaiterError": _CODE,
}
OPERATIONS = {
    "sso": ("GetRoleCredentials", "ListAccounts"),
    "sso-oidc": ("CreateToken",),
    "sts": ("AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"),
}
ANY = Operation("AnyOperation")


def _kinds(root: type[Exception]) -> Iterator[type[Exception]]:
    for kind in root.__subclasses__():
        if kind.__module__.startswith("botocore."):
            yield kind
            yield from _kinds(kind)


def _made(kind: type[Exception]) -> Exception:
    error: Exception = kind.__new__(kind)
    error.args = ("a text\nof two lines",)
    return error


def _is_translated(kind: type[Exception]) -> bool:
    try:
        return isinstance(translated(ANY, _made(kind)), AwsenvError)
    except kind:
        return False


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> list[ModuleType]:
    return [importlib.import_module(f"botocore.{name}") for name in MODULES]


def test_every_failure_of_botocore_has_a_meaning() -> None:
    """Each exception that botocore defines is translated, or stands in the list of those that cannot come."""
    unknown = {kind.__name__ for kind in set(_kinds(failures.BotoCoreError)) if not _is_translated(kind)}
    assert unknown - CANNOT_OCCUR.keys() == set()


def test_the_list_of_impossible_failures_is_not_stale() -> None:
    """No exception stands in that list that is translated."""
    translated_ones = {kind.__name__ for kind in set(_kinds(failures.BotoCoreError)) if _is_translated(kind)}
    assert translated_ones & CANNOT_OCCUR.keys() == set()


def test_a_translated_failure_is_one_line_with_a_hint() -> None:
    """Whatever botocore's text is, the problem names the operation, is one line, and a hint follows."""
    for kind in set(_kinds(failures.BotoCoreError)):
        if _is_translated(kind):
            ours = translated(ANY, _made(kind))
            assert ours.problem == "AnyOperation: a text of two lines"
            assert ours.hint


def test_every_modelled_refusal_has_a_meaning() -> None:
    """Each error that the models of the three services know becomes a refusal, a login or a plea for patience."""
    session = Session()
    for service, operations in OPERATIONS.items():
        model = session.get_service_model(service)
        shapes = {shape.name: shape for name in operations for shape in model.operation_model(name).error_shapes}
        for shape in (*shapes.values(), *model.error_shapes):
            details = shape.metadata.get("error", {})
            code, status = details.get("code", shape.name), details["httpStatusCode"]
            ours = translated(ANY, _refusal(code, status))
            assert isinstance(ours, (AccessRefused, LoginRequired, AwsUnreachable)), code
            assert code in ours.problem
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
                assert isinstance(ours, AwsUnreachable), code


def test_a_service_that_is_busy_is_worth_a_retry() -> None:
    """Throttling and trouble on AWS's side are never taken for a refusal, under whatever status they come."""
    for code in (
        "IDPCommunicationError",
        "InternalFailure",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDownException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ):
        assert isinstance(translated(ANY, _refusal(code, 400)), AwsUnreachable), code
    for status in (301, 302, 307, 408, 429, 500, 502, 503, 504, 529):
        assert isinstance(translated(ANY, _refusal(str(status), status)), AwsUnreachable), status


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("3", 3.0), ("1e9", 60.0), ("-1", 0.0), ("nan", 0.0), ("inf", 60.0), ("soon", 0.0), (None, 0.0)],
)
def test_a_wait_that_is_asked_for_has_bounds(said: str | None, seconds: float) -> None:
    """Whatever Retry-After says, it is a time that one can sleep, of a minute at most."""
    refused = _refusal("SlowDownException", 503)
    refused.response["ResponseMetadata"]["HTTPHeaders"] = {} if said is None else {"retry-after": said}
    error = translated(ANY, refused)

    assert isinstance(error, Transient)
    assert error.retry_after == seconds


def test_an_answer_of_the_wrong_shape_is_worth_a_retry() -> None:
    """What a wrong shape raises while it is read means that something else than AWS answered."""
    for error in (KeyError("roleCredentials"), IndexError(), TypeError(), ValueError(), AttributeError()):
        assert isinstance(translated(ANY, error), AwsUnreachable)
    assert isinstance(translated(ANY, OverflowError("timestamp out of range")), AwsUnreachable)
    assert isinstance(translated(ANY, UnicodeDecodeError("ascii", b"\xff", 0, 1, "ordinal")), AwsUnreachable)


def test_an_operations_own_meaning_comes_first() -> None:
    """What an operation says of a code, then of a status, then of all else, wins over a plain refusal."""
    operation = Operation("X", {"Code": LoginRequired, 403: ConfigError, "*": AccessRefused})
    assert type(translated(operation, _refusal("Code", 403))) is LoginRequired
    assert type(translated(operation, _refusal("Other", 403))) is ConfigError
    assert type(translated(operation, _refusal("Other", 400))) is AccessRefused


def test_what_nobody_foresaw_stays_as_it_is() -> None:
    """An exception without a line in the table is raised again: it is a bug, and shows as one."""
    with pytest.raises(RuntimeError, match="unforeseen"):
        translated(ANY, RuntimeError("unforeseen"))


def _refusal(code: str, status: int) -> failures.ClientError:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}}
    return failures.ClientError({"Error": {"Code": code, "Message": "said AWS"}, "ResponseMetadata": metadata}, "X")
