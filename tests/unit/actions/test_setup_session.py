from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.actions.setup_session import (
    doubt_about,
    find_known,
    make_session,
    name_for,
    parse_region,
    parse_start_url,
    region_behind,
    write_session,
)
from awsenv.errors import SectionNotOwned, UnusableName, UsageError
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.reading import ignore

URL = "https://company.awsapps.com/start"


def profiles_of(home: Path, text: str) -> Profiles:
    """Return the profiles of a config file."""
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)
    return load_profiles(make_runtime(home))


@pytest.mark.parametrize(
    "typed",
    [
        URL,
        "company.awsapps.com/start",
        " https://company.awsapps.com/start/ \n",
        "https://company.awsapps.com/start#",
        "https://company.awsapps.com/start/#/?tab=accounts",
        "https://company.awsapps.com/start?a=b#/saml/x",
        "HTTPS://Company.AWSapps.com/start",
        "http://company.awsapps.com/start",
        "https://company.awsapps.com",
        "https://company.awsapps.com/",
        "<https://company.awsapps.com/start>",
        '"https://company.awsapps.com/start"',
        "company",
    ],
)
def test_what_people_paste_is_the_start_url(typed: str) -> None:
    """However it was copied, it is the same start URL."""
    assert parse_start_url(typed) == URL


@pytest.mark.parametrize(
    "url",
    [
        "https://d-1234567890.awsapps.com/start",
        "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws",
        "https://start.us-gov-home.awsapps.com/directory/company",
        "https://start.home.awsapps.cn/directory/company",
        "https://aws.example.com/Path",
        "http://127.0.0.1:8080/start",
        "http://localhost:8080",
    ],
)
def test_other_start_urls_stay_as_they_are(url: str) -> None:
    """New forms, other partitions, a company's own name, and this machine."""
    assert parse_start_url(url) == url
    assert parse_start_url(f"{url}/#/") == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "#/",
        "two words",
        "https://",
        "ftp://company.awsapps.com/start",
        "https://user@company.awsapps.com/start",
        "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
        "https://eu-west-1.console.aws.amazon.com/singlesignon",
        "https://console.aws.amazon.com/",
        "https://company.signin.aws.amazon.com/console",
        "https://10.0.0.1/start",
        "https://xn--cmpany-bta.awsapps.com/start",
        "\x1b]0;x\x07",
        "\udcff",
    ],
)
def test_what_is_no_start_url_is_refused(typed: str) -> None:
    """Other pages of AWS's, and what is no address, are told apart; nothing of it reaches the terminal raw."""
    with pytest.raises(UsageError, match="is no start URL") as caught:
        parse_start_url(typed)
    assert caught.value.problem.isprintable()


def test_regions() -> None:
    """A region is told by its shape; a zone, or a slip of the finger, gets the nearest one for a hint."""
    assert parse_region(" EU-West-1 ") == "eu-west-1"
    assert parse_region("us-gov-west-1") == "us-gov-west-1"
    for typed in ("eu-west-1a", "Ireland", "", "eu_west_1", "eu-west-1.evil.example"):
        with pytest.raises(UsageError, match="is no region"):
            parse_region(typed)
    with pytest.raises(UsageError) as caught:
        parse_region("eu-west-1a")
    assert caught.value.hint == 'did you mean "eu-west-1"?'
    assert doubt_about("eu-west-1") is None
    assert 'did you mean "eu-west-1"?' in (doubt_about("eu-wset-1") or "")


@pytest.mark.parametrize(
    ("start_url", "name"),
    [
        (URL, "company"),
        ("https://start.us-gov-home.awsapps.com/directory/x", "my-sso"),
        ("https://d-1234567890.awsapps.com/start", "my-sso"),
        ("https://ssoins-12.portal.eu-west-1.app.aws", "my-sso"),
        ("https://aws.example.com", "example"),
        ("http://127.0.0.1:80", "my-sso"),
        ("http://localhost:80", "my-sso"),
    ],
)
def test_a_session_has_the_companys_name(start_url: str, name: str) -> None:
    """The name that is offered is the company's, where the start URL tells it."""
    assert name_for(start_url) == name


def test_the_region_is_known_from_elsewhere(tmp_path: Path) -> None:
    """The start URL may tell the region, and so may a section or a legacy profile that has the same."""
    profiles = profiles_of(tmp_path, f"[sso-session x]\nsso_start_url = {URL}/\nsso_region = eu-central-1\n")

    assert region_behind("https://ssoins-1.portal.eu-west-3.app.aws", profiles) == "eu-west-3"
    assert region_behind(URL, profiles) == "eu-central-1"
    assert region_behind("https://other.awsapps.com/start", profiles) is None


def test_a_legacy_start_url_that_a_section_has_is_not_offered(tmp_path: Path) -> None:
    """Only start URLs without a section are there to be made one of."""
    legacy = "[profile {}]\nsso_start_url = https://{}.awsapps.com/start/\nsso_region = eu-west-1\n"
    legacy += "sso_account_id = 1\nsso_role_name = x\n"
    session = f"[sso-session x]\nsso_start_url = {URL}\nsso_region = eu-west-1\n"
    known = find_known(profiles_of(tmp_path, session + legacy.format("a", "company") + legacy.format("b", "old")))

    assert [each.name for each in known.named] == ["x"]
    assert [each.start_url for each in known.legacy] == ["https://old.awsapps.com/start/"]
    assert known.legacy_profiles == (("b",),)


def test_an_own_section_is_brought_up_to_date(tmp_path: Path) -> None:
    """What awsenv wrote it may change; what somebody made of it since it may not."""
    runtime = make_runtime(tmp_path)
    config = tmp_path / ".aws" / "config"
    assert write_session(make_session("x", URL, "eu-west-1"), runtime=runtime, notify=ignore).is_written
    assert write_session(make_session("x", URL, "eu-west-2"), runtime=runtime, notify=ignore).is_written
    assert "sso_region = eu-west-2" in config.read_text()

    config.write_text("\n".join(line for line in config.read_text().splitlines() if not line.startswith("#")))
    with pytest.raises(SectionNotOwned, match=r"\[sso-session x\] stands in .*config:1 with another"):
        write_session(make_session("x", URL, "eu-west-1"), runtime=runtime, notify=ignore)


@pytest.mark.parametrize("name", ["", " x", "a\nb", "a\x00b"])
def test_unusable_names(name: str) -> None:
    """A name that no section can have is refused before anybody signs in."""
    with pytest.raises(UnusableName):
        make_session(name, URL, "eu-west-1")
