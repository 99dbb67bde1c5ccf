import re
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from awsenv.aws.consoles import (
    PARTITIONS,
    login_url,
    page_at,
    partition_named,
    partition_of,
    portal_link,
    service_page,
)
from awsenv.aws.endpoints import is_aws_endpoint
from awsenv.errors import ConfigError, UsageError
from awsenv.runtime import decoded

AWS, CHINA, GOV, EUSC = PARTITIONS
# What the facts say of each region: its partition, the sign-in host, and the console's.
PLACES = (
    ("us-east-1", AWS, "signin.aws.amazon.com", "us-east-1.console.aws.amazon.com"),
    ("mx-central-1", AWS, "signin.aws.amazon.com", "mx-central-1.console.aws.amazon.com"),
    ("cn-north-1", CHINA, "signin.amazonaws.cn", "cn-north-1.console.amazonaws.cn"),
    ("cn-northwest-1", CHINA, "signin.amazonaws.cn", "cn-northwest-1.console.amazonaws.cn"),
    ("us-gov-west-1", GOV, "signin.amazonaws-us-gov.com", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ("us-gov-east-1", GOV, "us-gov-east-1.signin.amazonaws-us-gov.com", "us-gov-east-1.console.amazonaws-us-gov.com"),
    ("eusc-de-east-1", EUSC, "eusc-de-east-1.signin.amazonaws-eusc.eu", "eusc-de-east-1.console.amazonaws-eusc.eu"),
)
FOREIGN = (
    "console.aws.amazon.com",
    "//evil.example/",
    "https:/console.aws.amazon.com",
    "http://console.aws.amazon.com/",
    "https://console.aws.amazon.com.evil.example/",
    "https://evilconsole.aws.amazon.com/",
    "https://evil-console.aws.amazon.com/",
    "https://.console.aws.amazon.com/",
    "https://a..console.aws.amazon.com/",
    "https://console.aws.amazon.com@evil.example/",
    "https://console.aws.amazon.com:8443/",
    "https://console.aws.amazon.com\\@evil.example/",
    "https://evil.example/console.aws.amazon.com",
    "https://evil.example#.console.aws.amazon.com",
    "https://evil.example?.console.aws.amazon.com/",
    "https://evil.example\\.console.aws.amazon.com/",
    "https://evil.example\n.console.aws.amazon.com/",
    "https://evil.example%2f.console.aws.amazon.com/",
    "https://signin.aws.amazon.com/",
    "https://console.amazonaws.cn/",
    "javascript:alert(1)",
    "",
    " https://console.aws.amazon.com/",
    "https://consol\u0435.aws.amazon.com/",
)
FIELDS = ("account_id", "role_name", "destination")


@pytest.mark.parametrize(("region", "partition", "sign_in", "console"), PLACES)
def test_each_partition_has_its_own_hosts(region: str, partition: object, sign_in: str, console: str) -> None:
    """Sign-in and console of a region are where AWS has them, and the sign-in host is one that may be asked."""
    found = partition_of(region)

    assert found is partition
    assert found is partition_named(found.name)
    assert found.sign_in_host(region) == sign_in
    assert is_aws_endpoint(f"https://{sign_in}", "signin")
    assert service_page(found, region) == f"https://{console}/console/home?region={region}"


def test_regions_are_told_apart_as_botocore_does() -> None:
    """Every region that botocore knows is of the partition that botocore has it in, or of one without a console."""
    session = Session()
    seen = 0
    for name in session.get_available_partitions():
        for region in session.get_available_regions("ec2", name):
            if name.startswith("aws-iso"):
                with pytest.raises(ConfigError, match="knows no web console"):
                    partition_of(region)
            else:
                assert partition_of(region).name == name
                seen += 1
    assert seen > 30


@pytest.mark.parametrize("name", ["aws-iso", "aws-iso-b", "", "AWS"])
def test_a_partition_without_a_known_console(name: str) -> None:
    """No address is made where none is known."""
    with pytest.raises(ConfigError, match="knows no web console"):
        partition_named(name)


def test_without_a_region() -> None:
    """Where nobody names a region, the console's own host decides, and the sign-in is that of the main region."""
    assert [partition.sign_in_host(None) for partition in PARTITIONS] == [
        "signin.aws.amazon.com",
        "signin.amazonaws.cn",
        "signin.amazonaws-us-gov.com",
        "eusc-de-east-1.signin.amazonaws-eusc.eu",
    ]
    assert service_page(CHINA, None) == "https://console.amazonaws.cn/console/home"


@pytest.mark.parametrize(
    ("service", "page"),
    [
        ("s3", "/s3/home?region=eu-west-1"),
        ("EC2", "/ec2/home?region=eu-west-1"),
        ("ddb", "/dynamodbv2/home?region=eu-west-1"),
        ("logs", "/cloudwatch/home?region=eu-west-1#logsV2:log-groups"),
        ("never-heard-of", "/never-heard-of/home?region=eu-west-1"),
    ],
)
def test_services_have_short_names(service: str, page: str) -> None:
    """A known name leads to the service's page, and any other word to the one that it would have."""
    assert service_page(AWS, "eu-west-1", service) == f"https://eu-west-1.console.aws.amazon.com{page}"


@pytest.mark.parametrize("service", ["", "s3/../x", "a b", "-s3", "s3?x", "//evil", "s\u00b3", "a.b", "x" * 64, "s3\n"])
def test_a_service_is_a_word(service: str) -> None:
    """Anything but a word is refused."""
    with pytest.raises(UsageError, match="no name of a service"):
        service_page(AWS, None, service)


@pytest.mark.parametrize("destination", FOREIGN)
def test_nobody_elses_page(destination: str) -> None:
    """An address is the console's, plainly, or refused."""
    if destination.startswith("/"):
        assert page_at(AWS, None, destination) == f"https://console.aws.amazon.com{destination}"
        return
    with pytest.raises(UsageError, match="no page of the console"):
        page_at(AWS, None, destination)


def test_what_is_encoded_already_stays() -> None:
    """A path may be given as the browser shows it; a percent sign of no code is one."""
    assert (
        page_at(AWS, None, "/a%20b/100%/%zz?c d#é") == "https://console.aws.amazon.com/a%20b/100%25/%25zz?c%20d#%C3%A9"
    )


def test_a_page_of_the_console_by_its_address() -> None:
    """What stands in the browser's address bar can be given back, whatever host of the console it has."""
    for host in ("console.aws.amazon.com", "123456789012-abcdefgh.eu-west-1.console.aws.amazon.com"):
        address = f"https://{host}/ec2/home?region=eu-west-1#Instances:tag:a=b%20c;v=3"
        assert page_at(AWS, "us-east-1", address) == address
        assert page_at(AWS, None, f"https://{host.upper()}:443?a") == f"https://{host}?a"
    assert page_at(AWS, None, "HTTPS://console.aws.amazon.com") == "https://console.aws.amazon.com/"


@given(st.text(), st.sampled_from(["/", "https://console.aws.amazon.com/", "//", "/\\", "/@", "https://x.", ""]))
def test_no_destination_changes_the_host(text: str, prefix: str) -> None:
    """Whatever a destination says, the browser gets to the console of the partition, over https, or nowhere."""
    try:
        page = page_at(AWS, "eu-west-1", prefix + text)
    except UsageError:
        return
    parts = urlsplit(page)
    host = parts.hostname or ""

    assert page.isascii()
    assert page.isprintable()
    assert not re.search(r"%(?![0-9A-Fa-f]{2})", page)
    assert not set(' "<>\\^`{|}') & set(page)
    assert (parts.scheme, parts.port, parts.username) == ("https", None, None)
    assert host == "console.aws.amazon.com" or host.endswith(".console.aws.amazon.com")


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=3, max_size=3))
def test_whatever_stands_in_an_address_comes_out_again(texts: list[str]) -> None:
    """Every field is encoded, so that none becomes part of another, and each is read back as it was."""
    texts = [decoded(text.encode("utf-8", "replace") + b"\xff") for text in texts]
    url = login_url("https://signin.aws.amazon.com", *texts)
    link = portal_link("https://acme.awsapps.com/start", *texts)

    for address, names in ((url, ("SigninToken", "Destination", "Issuer")), (link.replace("#/console", ""), FIELDS)):
        parts = urlsplit(address)
        fields = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True, errors="surrogateescape")
        assert [fields[name] for name in names] == [[text] for text in texts]
        assert parts.fragment == ""
        assert address.isascii()
        assert address.isprintable()


@pytest.mark.parametrize("tail", ["", "/", "#", "/#", "/#/", "#/console?account_id=1"])
def test_a_start_url_is_as_people_write_it(tail: str) -> None:
    """The link is the same whatever the start URL ends in; without a destination it has none."""
    link = portal_link(f"https://acme.awsapps.com/start{tail}", "012345678901", "Admin", None)

    assert link == "https://acme.awsapps.com/start/#/console?account_id=012345678901&role_name=Admin"
