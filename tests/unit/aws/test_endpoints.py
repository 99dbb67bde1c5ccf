import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from awsenv.aws.endpoints import SERVICES, check_endpoint, find_override, is_aws_endpoint
from awsenv.errors import EndpointRefused

OWNED = (
    ("sts", "https://sts.amazonaws.com"),
    ("sts", "https://sts.eu-west-1.amazonaws.com"),
    ("sts", "https://STS.EU-West-1.AmazonAWS.com:443/"),
    ("sts", "https://sts-fips.us-east-1.amazonaws.com"),
    ("sts", "https://sts.us-gov-west-1.amazonaws.com."),
    ("sts", "https://sts.cn-north-1.amazonaws.com.cn"),
    ("sts", "https://sts.eusc-de-east-1.amazonaws.eu"),
    ("sts", "https://sts.us-iso-east-1.c2s.ic.gov"),
    ("sts", "https://sts.us-isob-east-1.sc2s.sgov.gov"),
    ("sts", "https://sts.eu-west-1.api.aws"),
    ("sts", "https://vpce-0a1b2c3d-x7y8z9.sts.eu-west-1.vpce.amazonaws.com"),
    ("sso_oidc", "https://oidc.eu-west-1.amazonaws.com"),
    ("sso_oidc", "https://oidc.cn-northwest-1.amazonaws.com.cn/token"),
    ("sso", "https://portal.sso.eu-west-1.amazonaws.com"),
    ("sso", "https://portal.sso-fips.us-gov-east-1.amazonaws.com"),
    ("sso", "https://portal.sso.mx-central-1.api.aws"),
    ("signin", "https://signin.aws.amazon.com"),
    ("signin", "https://eu-west-1.signin.aws.amazon.com/"),
    ("signin", "https://signin.amazonaws.cn"),
    ("signin", "https://us-gov-east-1.signin.amazonaws-us-gov.com"),
    ("signin", "https://eusc-de-east-1.signin.amazonaws-eusc.eu"),
)
LOOPBACK = (
    "http://127.0.0.1:8080",
    "http://127.8.9.10",
    "https://localhost:4566/",
    "http://LOCALHOST:1",
    "http://[::1]:5000/path",
    "http://127.0.0.1.:80",
)
HOSTILE = (
    # somebody else
    "https://example.com",
    "https://sts.example.com",
    "https://10.0.0.1",
    "https://169.254.169.254",
    "http://0.0.0.0:80",
    "http://[::]",
    "http://[::2]",
    # AWS's words in somebody else's name
    "https://sts.amazonaws.com.example.com",
    "https://sts.eu-west-1.amazonaws.com.evil.net",
    "https://sts.eu-west-1.amazonaws.comx",
    "https://evilsts.amazonaws.com",
    "https://xsts.eu-west-1.amazonaws.com",
    "https://sts-eu-west-1.amazonaws.com",
    "https://evil.net/sts.amazonaws.com",
    "https://evil.net?sts.amazonaws.com",
    "https://evil.net#sts.amazonaws.com",
    "https://sts.eu-west-1.notamazonaws.com",
    "https://127.0.0.1.evil.net",
    "https://localhost.evil.net",
    "https://signin.aws.amazon.com.evil.net",
    "https://evil.signin.aws.amazon.com",
    "https://xsignin.aws.amazon.com",
    "http://signin.aws.amazon.com",
    # AWS's hosts that anybody can have
    "https://sts.s3.amazonaws.com",
    "https://sts.evil.amazonaws.com",
    "https://a1b2c3.execute-api.eu-west-1.amazonaws.com",
    "https://sts.execute-api.eu-west-1.amazonaws.com",
    "https://sts.eu-west-1.elb.amazonaws.com",
    "https://sts.s3-website-eu-west-1.amazonaws.com",
    "https://sts.s3.eu-west-1.amazonaws.com",
    "https://vpce-0a1b.vpce-svc-0c2d.eu-west-1.vpce.amazonaws.com",
    "https://vpce-0a1b.sts.evil.vpce.amazonaws.com",
    "https://ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
    # AWS in clear, or by another scheme
    "http://sts.amazonaws.com",
    "http://sts.eu-west-1.amazonaws.com",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "unix:///run/evil.sock",
    "//sts.amazonaws.com",
    "sts.amazonaws.com",
    "",
    "https://",
    "https:///sts.amazonaws.com",
    # users, passwords, and what parsers disagree about
    "https://sts.amazonaws.com@evil.net",
    "https://user:password@127.0.0.1",
    "https://@127.0.0.1",
    "https://127.0.0.1\\@evil.net",
    "https://evil.net\\.sts.amazonaws.com",
    "https://evil.net\\@sts.amazonaws.com",
    "https://sts.amazonaws.com%2eevil.net",
    "https://sts.amazonaws.com%00.evil.net",
    "https://sts.amazonaws.com\x00.evil.net",
    "https://evil.net\t.sts.amazonaws.com",
    "https://sts.amazonaws.com\n.evil.net",
    "https://sts.amazonaws.com .evil.net",
    " https://sts.amazonaws.com",
    "https://[sts.amazonaws.com]",
    "https://[::1",
    "https://[::1%25evil.net]",
    # other alphabets and numbers
    "https://st\u017f.amazonaws.com",
    "https://sts.amazonaws。com",
    "https://\uff53ts.amazonaws.com",
    "https://①27.0.0.1",
    "https://0x7f.0.0.1",
    "https://2130706433",
    "https://127.1",
    "https://0177.0.0.1",
    "https://xn--sts-ynz.amazonaws.com",
    # ports
    "https://127.0.0.1:99999",
    "https://127.0.0.1:80:90",
    "https://127.0.0.1:evil",
    "https://127.0.0.1:-1",
    "https://sts.amazonaws.com:443@evil.net:443",
)


@pytest.mark.parametrize(("service", "url"), OWNED)
def test_an_override_to_aws_itself_passes(service: str, url: str) -> None:
    """A host of AWS's own for this very service, in any partition, may be named over https."""
    check_endpoint(url, service, ())
    others = SERVICES.keys() - {service}
    for other in others:
        with pytest.raises(EndpointRefused):
            check_endpoint(url, other, ())


@pytest.mark.parametrize("service", SERVICES)
def test_every_endpoint_that_botocore_makes_is_owned(service: str) -> None:
    """What botocore resolves for any region of any partition, FIPS or dual-stack, is recognised as AWS's own."""
    session = Session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition) or ["us-east-1"]
    ]
    variants: tuple[dict[str, bool], ...] = ({}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True})
    seen = set()
    for number, region in enumerate(regions):
        config = Config(signature_version=botocore.UNSIGNED, **variants[number % len(variants)])
        try:
            client = session.create_client(service.replace("_", "-"), region_name=region, config=config)
        except BotoCoreError:
            # Not every partition has dual-stack hosts.
            continue
        assert is_aws_endpoint(client.meta.endpoint_url, service), client.meta.endpoint_url
        seen.add(client.meta.endpoint_url)
    assert len(seen) > len(regions) * 0.9


@pytest.mark.parametrize("url", LOOPBACK)
def test_loopback_passes(url: str) -> None:
    """The very machine may be named, with or without https."""
    for service in SERVICES:
        check_endpoint(url, service, ())


@pytest.mark.parametrize("url", HOSTILE)
def test_everybody_else_is_refused(url: str) -> None:
    """An override that leads, or could be read to lead, elsewhere is refused with the setting that would allow it."""
    for service in SERVICES:
        with pytest.raises(EndpointRefused) as caught:
            check_endpoint(url, service, ())
        assert caught.value.hint is not None
        assert "allowed_endpoints" in caught.value.hint


def test_a_host_of_the_settings_passes_and_no_other() -> None:
    """What the settings allow is a host by its whole name, in any case."""
    check_endpoint("https://sso.corp.example:8443/x", "sso", ["SSO.corp.Example"])
    for url in ("https://evil.sso.corp.example", "https://corp.example", "https://sso.corp.example@evil.net"):
        with pytest.raises(EndpointRefused):
            check_endpoint(url, "sso", ["sso.corp.example"])


def test_the_order_of_overrides_is_that_of_the_sdks() -> None:
    """Environment before configuration, the service's own before the general one, and one switch turns all off."""
    environment = {"AWS_ENDPOINT_URL_SSO_OIDC": "1", "AWS_ENDPOINT_URL": "2"}
    configured = {"sso_oidc": "3", "*": "4"}
    found = []
    while environment or configured:
        found.append(find_override("sso_oidc", environment, configured))
        rest = environment or configured
        rest.pop(next(iter(rest)))
    assert found == ["1", "2", "3", "4"]
    assert find_override("sso_oidc", {}, {}) is None
    assert find_override("sso", {"AWS_ENDPOINT_URL_SSO_OIDC": "1"}, {"sts": "5"}) is None
    assert find_override("sts", {"AWS_ENDPOINT_URL": "2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"}, {}) is None
    assert find_override("sts", {"AWS_ENDPOINT_URL_STS": ""}, {}) is None
