"""Where the web console of each partition is, and how its addresses are made. Makes no request."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from awsenv.errors import ConfigError, UsageError
from awsenv.runtime import encoded
from awsenv.values import Value


class Partition(Value):
    """A partition with a web console: the form of its regions, its main one, and where console and sign-in are.

    `regional` are the regions that sign in at a host of their own.
    """

    name: str
    regions: str
    main_region: str
    suffix: str
    regional: tuple[str, ...] = ()

    @property
    def console_host(self) -> str:
        """The host of the console; each region has one below it."""
        return f"console.{self.suffix}"

    def has_region(self, region: str) -> bool:
        """Tell whether a region is of this partition, by the form of its name."""
        return re.fullmatch(self.regions, region, re.ASCII) is not None

    def sign_in_host(self, region: str | None) -> str:
        """Return the host with the federation endpoint, for who is going to `region`."""
        where = region or self.main_region
        return f"{where}.signin.{self.suffix}" if where in self.regional else f"signin.{self.suffix}"


# The forms of the regions are those of botocore's partitions.json. Of the isolated partitions nobody outside knows the
# host of the console for certain: no address is better than a wrong one.
PARTITIONS = (
    Partition("aws", r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+", "us-east-1", "aws.amazon.com"),
    Partition("aws-cn", r"cn-\w+-\d+", "cn-north-1", "amazonaws.cn"),
    Partition("aws-us-gov", r"us-gov-\w+-\d+", "us-gov-west-1", "amazonaws-us-gov.com", ("us-gov-east-1",)),
    Partition("aws-eusc", r"eusc-de-\w+-\d+", "eusc-de-east-1", "amazonaws-eusc.eu", ("eusc-de-east-1",)),
)

# Where the console's first page is another than /<name>/home, and what people say for short.
_PATHS: Mapping[str, str] = {
    "apigateway": "/apigateway/main/apis",
    "cfn": "/cloudformation/home",
    "cloudfront": "/cloudfront/v4/home",
    "cloudtrail": "/cloudtrailv2/home",
    "codebuild": "/codesuite/codebuild/home",
    "codecommit": "/codesuite/codecommit/home",
    "codedeploy": "/codesuite/codedeploy/home",
    "codepipeline": "/codesuite/codepipeline/home",
    "cognito": "/cognito/v2/home",
    "cw": "/cloudwatch/home",
    "ddb": "/dynamodbv2/home",
    "dynamodb": "/dynamodbv2/home",
    "ecs": "/ecs/v2/home",
    "eventbridge": "/events/home",
    "home": "/console/home",
    "identitycenter": "/singlesignon/home",
    "logs": "/cloudwatch/home#logsV2:log-groups",
    "opensearch": "/aos/home",
    "organizations": "/organizations/v2/home",
    "r53": "/route53/v2/home",
    "redshift": "/redshiftv2/home",
    "route53": "/route53/v2/home",
    "secretsmanager": "/secretsmanager/landing",
    "sfn": "/states/home",
    "sns": "/sns/v3/home",
    "sqs": "/sqs/v3/home",
    "ssm": "/systems-manager/home",
    "sso": "/singlesignon/home",
    "stepfunctions": "/states/home",
    "vpc": "/vpcconsole/home",
    "waf": "/wafv2/homev2",
}
_SERVICE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Nothing that a parser could read otherwise stands between the scheme and the end of the host.
_ADDRESS = re.compile(r"https://([a-z0-9.-]+)(?::443)?([/?#].*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_LABELS = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*"
_BARE_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def partition_named(name: str) -> Partition:
    """Return the partition that an ARN names.

    Raises:
        ConfigError: it has no console that awsenv knows.
    """
    found = next((partition for partition in PARTITIONS if partition.name == name), None)
    if found is None:
        raise ConfigError(f'awsenv knows no web console of the partition "{name}"')
    return found


def partition_of(region: str) -> Partition:
    """Return the partition of a region.

    Raises:
        ConfigError: it is of none with a console that awsenv knows.
    """
    found = next((partition for partition in PARTITIONS if partition.has_region(region)), None)
    if found is None:
        raise ConfigError(f'awsenv knows no web console for the region "{region}"', hint="check the region")
    return found


def service_page(partition: Partition, region: str | None, service: str = "home") -> str:
    """Return the address of a service's first page.

    Raises:
        UsageError: `service` cannot be the name of one.
    """
    name = service.lower()
    if not _SERVICE.fullmatch(name):
        raise UsageError(f"{service!r} is no name of a service", hint="awsenv console --service s3")
    path, sign, fragment = _PATHS.get(name, f"/{name}/home").partition("#")
    query = f"?region={region}" if region else ""
    return f"{_origin(partition, region)}{path}{query}{sign}{fragment}"


def page_at(partition: Partition, region: str | None, destination: str) -> str:
    """Return the address of a page: `destination` is its path, or an address of this partition's console.

    Raises:
        UsageError: it is neither.
    """
    if destination.startswith("/"):
        # Behind a host that stands already; whatever could end it, or begin another, is encoded.
        return f"{_origin(partition, region)}{_encoded(destination)}"
    found = _ADDRESS.fullmatch(destination)
    host = found[1].lower() if found else ""
    if found is None or not re.fullmatch(_LABELS + re.escape(partition.console_host), host):
        raise UsageError(
            f"{destination!r} is no page of the console at {partition.console_host}",
            hint="awsenv console --destination /s3/home",
        )
    return f"https://{host}{_encoded(found[2] or '/')}"


def portal_link(start: str, account_id: str, role_name: str, destination: str | None) -> str:
    """Return the access portal's own link to a role; `start` is its start URL. No secret is in it."""
    fields = {"account_id": account_id, "role_name": role_name}
    if destination is not None:
        fields["destination"] = destination
    return f"{start.partition('#')[0].rstrip('/')}/#/console?{_query(fields)}"


def login_url(endpoint: str, sign_in_token: str, destination: str, issuer: str) -> str:
    """Return the address that signs its bearer in. `issuer` is where people are sent once that is over."""
    fields = {"Action": "login", "Issuer": issuer, "Destination": destination, "SigninToken": sign_in_token}
    return f"{endpoint}/federation?{_query(fields)}"


def _origin(partition: Partition, region: str | None) -> str:
    return f"https://{region}.{partition.console_host}" if region else f"https://{partition.console_host}"


def _query(fields: Mapping[str, str]) -> str:
    return urlencode({name: encoded(text) for name, text in fields.items()}, quote_via=quote, safe="")


def _encoded(path: str) -> str:
    whole = _BARE_PERCENT.sub(b"%25", encoded(path))
    return quote(whole, safe="/?#[]@!$&'()*+,;=:-._~%")
