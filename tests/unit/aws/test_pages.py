import contextlib
import itertools
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.flows import LoginWish, _open
from awsenv.aws.pages import check_page, is_owned_page, is_vanity_url, region_of
from awsenv.aws.vanity import Look, looker, resolved
from awsenv.errors import AwsUnreachable, ConfigError
from awsenv.files.profiles import load_profiles
from awsenv.model import NoSource, Place, Profile, SsoSession
from awsenv.values import replace

ID = "ssoins-1234567890abcdef"
DIRECTORY = "d-1234567890"
# Start URLs as people have them, in every partition, and the region that each tells.
START_URLS = (
    ("https://acme.awsapps.com/start", None),
    ("https://acme.awsapps.com/start/", None),
    ("https://ACME.awsapps.com/start/#/", None),
    ("https://acme.awsapps.com:443/start#", None),
    ("HTTPS://ACME.AWSAPPS.COM/start", None),
    ("https://acme.awsapps.com./start", None),
    ("https://acme.awsapps.com.:443/start", None),
    (f"Https://{ID}.portal.eu-west-1.app.aws./", "eu-west-1"),
    (f"https://{DIRECTORY}.awsapps.com/start", None),
    (f"https://start.us-gov-home.awsapps.com/directory/{DIRECTORY}", None),
    (f"https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/{DIRECTORY}", None),
    (f"https://start.cn-north-1.home.awsapps.cn/directory/{DIRECTORY}", None),
    (f"https://start.home.awsapps.cn/directory/{DIRECTORY}", None),
    (f"https://{ID}.portal.eu-west-1.app.aws", "eu-west-1"),
    (f"https://{ID}.portal.us-gov-east-1.app.aws/", "us-gov-east-1"),
    (f"https://{ID}.eu-central-1.portal.amazonaws.com", "eu-central-1"),
    (f"https://{ID}.us-gov-west-1.portal.amazonaws.com/start", "us-gov-west-1"),
    (f"https://{ID}.cn-northwest-1.portal.amazonaws.com.cn", "cn-northwest-1"),
    (f"https://{ID}.portal.cn-north-1.app.amazonwebservices.com.cn", "cn-north-1"),
    (f"https://{ID}.eusc-de-east-1.portal.amazonaws.eu", "eusc-de-east-1"),
    (f"https://{ID}.portal.eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1"),
    (f"https://identitycenter.amazonaws.com/{ID}", None),
    (f"https://identitycenter.amazonaws.com.cn/{ID}", None),
    (f"https://identitycenter.us-gov.amazonaws.com/{ID}", None),
)
VERIFICATION = (
    "https://device.sso.eu-west-1.amazonaws.com/",
    "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
    "https://device.sso.cn-north-1.amazonaws.com.cn/?user_code=ABCD-EFGH",
    "https://device.sso.us-gov-west-1.amazonaws.com/?user_code=ABCD-EFGH",
    "https://acme.awsapps.com/start/#/device?user_code=ABCD-EFGH",
    f"https://{ID}.eu-west-1.portal.amazonaws.com/#/device?user_code=ABCD-EFGH",
    "https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&scopes=sso%3Aaccount%3Aaccess",
    "https://oidc.us-iso-east-1.c2s.ic.gov/authorize?x=1",
    "https://oidc.eusc-de-east-1.amazonaws.eu/authorize?x=1",
    "http://127.0.0.1:8080/authorize?x=1",
    "http://localhost:4566/practice/device?user_code=ABCD-EFGH",
    "http://[::1]:1/",
)
OURS = (
    "acme.awsapps.com",
    "device.sso.eu-west-1.amazonaws.com",
    "oidc.eu-west-1.amazonaws.com",
    f"{ID}.portal.eu-west-1.app.aws",
    f"{ID}.eu-west-1.portal.amazonaws.com",
    "start.cn-north-1.home.awsapps.cn",
    "identitycenter.amazonaws.com",
    "127.0.0.1",
)
# What is wrong with each, around a host of ours; {host} is it.
TEMPLATES = (
    # somebody else, who names it
    "https://{host}.evil.example/start",
    "https://{host}.evil.example:443/start",
    "https://evil.example/{host}",
    "https://evil.example/https://{host}/start",
    "https://evil.example?{host}",
    "https://evil.example#{host}",
    "https://evil.example#@{host}/",
    "https://evil-{host}.example",
    "https://{host}evil.example/",
    "https://{host}-evil.example/",
    "https://xn--{host}.evil.example/",
    # users and passwords
    "https://{host}@evil.example/",
    "https://{host}:443@evil.example/",
    "https://evil.example@{host}/",
    "https://user:password@{host}/",
    "https://@{host}/",
    "https://{host}%40evil.example/",
    "https://{host}%2eevil.example/",
    # what parsers disagree about
    "https://evil.example\\@{host}/",
    "https://evil.example\\.{host}/",
    "https:\\\\{host}/",
    "https:/\\{host}/",
    "https:/{host}/start",
    "https:{host}/start",
    "https:///{host}/start",
    "https://evil.example%2f.{host}/",
    "https://evil.example%5c.{host}/",
    "https://evil.example%23.{host}/",
    "https://evil.example%00.{host}/",
    "https://{host}%00.evil.example/",
    "https://evil.example;.{host}/",
    "https://evil.example&.{host}/",
    "https://evil_example.{host}:x/",
    "https://[{host}]/",
    "https://[{host}/",
    "https://[::1]@{host}/",
    "https://{host},evil.example/",
    # spaces and control bytes
    " https://{host}/",
    "https://{host}/\n",
    "https://{host}/ --profile",
    "https://evil.example/\t.{host}",
    "ht\ttps://evil.example/{host}",
    "https://{host}/start\x00",
    "https://{host}/start\x1b[2J",
    "https://{host}/start\r\nHost: evil.example",
    "https://evil.example\n.{host}/",
    "https://{host}/\x7f",
    # options and words of a shell
    "-{host}",
    "--app=https://{host}/",
    "-https://{host}/",
    '"https://{host}/',
    "https://{host}/`id`",
    "https://{host}/<script>",
    "https://{host}/{{x}}",
    "https://{host}/^&calc",
    "https://{host}/|x",
    # other schemes
    "javascript:alert(1)//{host}/",
    "javascript://{host}/%0aalert(1)",
    "JavaScript:https://{host}/",
    "data:text/html,https://{host}/",
    "file:///etc/passwd#{host}",
    "file://{host}/etc/passwd",
    "ftp://{host}/",
    "ssh://{host}/",
    "vscode://{host}/",
    "ms-settings:https://{host}",
    "view-source:https://{host}/",
    "intent://{host}/#Intent;scheme=https;end",
    "ext+container:name=x&url=https://{host}",
    "chrome://{host}/",
    "about:blank#{host}",
    "blob:https://{host}/",
    "//{host}/start",
    "{host}/start",
    "{host}",
    "https//{host}/",
    "HTTPS//{host}/",
    # other alphabets
    "https://xn--{host}/",
    "https://{host}\u3002evil.example/",
    "https://\u202e{host}/",
    "https://evil.example\u2044.{host}/",
    "https://\uff45vil.{host}/",
    "https://{host}/\u00e9",
    "https://{host}\u200b.evil.example/",
    # ports
    "https://{host}:99999/",
    "https://{host}:80:443/",
    "https://{host}:-1/",
    "https://{host}:evil/",
    "https://{host}:\u0664\u0664\u0663/",
)
# Not for loopback, which may be plain http at any port.
FOR_AWS = (
    "http://{host}/start",
    "http://{host}:443/start",
    "https://{host}:8443/",
    "https://{host}:22/",
    "https://{host}../start",
    "https://.{host}/start",
    "https://a..{host}/start",
    "https://-a.{host}/start",
    "https://a-.{host}/start",
    "https://a_b.{host}/start",
    "https://xn--80ak6aa92e.{host}/",
    "https://a.xn--p1ai.{host}/",
)
ELSEWHERE = (
    "",
    "https://",
    "https://awsapps.com",
    "https://aws/",
    "https://evil.example",
    "https://evilawsapps.com/start",
    "https://acme.awsapps.co/start",
    "https://acme.awsapps.com.cn/start",
    "https://acme.awsapps.comm/start",
    "https://acme.aws-apps.com/start",
    "https://acme.awsapps.org/start",
    "https://acme.app.awsx/",
    "https://acme.evilapp.aws.example/",
    "https://amazonaws.com/",
    "https://acme.awsapps.eu/start",
    "https://a1b2c3.execute-api.eusc-de-east-1.api.amazonwebservices.eu/start",
    "https://evil.s3.eusc-de-east-1.api.amazonwebservices.eu/start.html",
    "https://evil.portal.s3.api.amazonwebservices.eu/",
    "https://a.b.portal.eusc-de-east-1.api.amazonwebservices.eu/",
    "https://portal.eusc-de-east-1.api.amazonwebservices.eu/",
    "https://evil.s3.amazonaws.com/start",
    "https://s3.eu-west-1.amazonaws.com/evil/start.html",
    "https://evil.s3-website-eu-west-1.amazonaws.com/",
    "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/start",
    "https://evil.eu-west-1.elb.amazonaws.com/",
    "https://ec2-1-2-3-4.compute-1.amazonaws.com/",
    "https://evil.cloudfront.net/start",
    "https://evil.lambda-url.eu-west-1.on.aws/",
    "https://evil.awsapprunner.com/",
    "https://device.sso.evil.amazonaws.com/",
    "https://oidc.evil.example.amazonaws.com/",
    "https://oidc.s3.amazonaws.com/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://[::]/",
    "https://[fe80::1%25lo]/",
    "https://localhost.evil.example/",
    "https://127.0.0.1.evil.example/",
    "https://127.0.0.1.nip.io/",
)


def hostile_urls() -> list[str]:
    """Return every template around every host of ours, and those that stand alone: more than a thousand."""
    made = [template.format(host=host) for template, host in itertools.product(TEMPLATES, OURS)]
    made += [template.format(host=host) for template, host in itertools.product(FOR_AWS, OURS[:-1])]
    for url in ("https://acme.awsapps.com/start", "https://device.sso.eu-west-1.amazonaws.com/"):
        # No byte but the plain ones, wherever it stands.
        odd = [chr(code) for code in (*range(0x21), 0x7F, 0x80, 0xA0, 0xAD, 0x2028, 0xFEFF, 0xFF0F, 0xDC80)]
        made += [url[:position] + each + url[position:] for each in odd for position in (0, 8, len(url) - 6, len(url))]
    return list(dict.fromkeys([*made, *ELSEWHERE]))


def test_there_are_a_thousand() -> None:
    """The list is as long as it says."""
    assert len(hostile_urls()) >= 1000


def test_no_hostile_page_is_opened() -> None:
    """Whatever does not plainly lead to AWS or to this machine is refused, as a page and as a start URL."""
    passed = []
    for url in hostile_urls():
        with contextlib.suppress(ConfigError):
            check_page(url)
            passed.append(url)
        if is_owned_page(url):
            passed.append(url)
    assert passed == []


@pytest.mark.parametrize(("url", "region"), START_URLS)
def test_every_real_start_url_is_taken(url: str, region: str | None) -> None:
    """A start URL in any form of any partition may be signed in to, and tells its region where it has one."""
    check_page(url)
    assert (is_owned_page(url), is_vanity_url(url), region_of(url)) == (True, False, region)


@pytest.mark.parametrize("url", VERIFICATION)
def test_every_real_page_is_opened(url: str) -> None:
    """The pages that Identity Center sends a browser to are opened, and so are those of a practice server."""
    check_page(url)


class _Redirector(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/go" else 404)
        if self.path == "/go":
            self.send_header("Location", "https://acme.awsapps.com/start")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - named by http.server

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def company_server() -> Iterator[str]:
    """Return the address of a server that leads on from /go and has nothing else."""
    with HTTPServer(("127.0.0.1", 0), _Redirector) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _session(start_url: str, region: str = "eu-west-1") -> SsoSession:
    return SsoSession("acme", start_url, region)


def _answers(*answers: tuple[int, str | None]) -> tuple[Look, list[tuple[str, str]]]:
    left = list(answers)
    asked: list[tuple[str, str]] = []

    def look(method: str, url: str) -> tuple[int, str | None]:
        asked.append((method, url))
        return left.pop(0)

    return look, asked


VANITY = "https://aws.acme.example"
OWNED = "https://acme.awsapps.com/start"
DUAL = f"https://{ID}.portal.eu-west-1.app.aws"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", [OWNED, OWNED + "/", OWNED + "?x=1#/", "HTTPS" + OWNED[5:], DUAL])
def test_a_companys_own_name_leads_to_its_start_url(status: int, location: str) -> None:
    """One HEAD, one redirect, and what it names is signed in to; all else of the session stays."""
    look, asked = _answers((status, location))
    found = resolved(_session(VANITY), look)
    assert found == _session(DUAL if location == DUAL else OWNED)
    assert asked == [("HEAD", VANITY)]


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_without_head_is_asked_by_get(status: int) -> None:
    """Where HEAD is no method, one GET is made, as the AWS CLI does."""
    look, asked = _answers((status, None), (302, OWNED))
    assert resolved(_session(VANITY), look).start_url == OWNED
    assert asked == [("HEAD", VANITY), ("GET", VANITY)]


def test_an_owned_start_url_is_never_looked_at() -> None:
    """What is AWS's already costs no request, and is used as typed."""
    look, asked = _answers()
    for url, _ in START_URLS:
        assert resolved(_session(url), look).start_url == url
    assert asked == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, None), "leads nowhere"),
        ((404, None), "leads nowhere"),
        ((405, OWNED), "leads nowhere"),
        ((302, None), "leads nowhere"),
        ((302, ""), "leads nowhere"),
        ((302, "/start"), "not AWS's own"),
        ((302, "https://other.acme.example/"), "not AWS's own"),
        ((302, "http://acme.awsapps.com/start"), "not AWS's own"),
        ((302, "http://127.0.0.1:8080/start"), "not AWS's own"),
        ((302, "https://127.0.0.1/start"), "not AWS's own"),
        ((302, "https://acme.awsapps.com.evil.example/start"), "not AWS's own"),
        ((302, "https://acme.awsapps.com@evil.example/"), "not AWS's own"),
        ((302, "//evil.example/start"), "not AWS's own"),
        ((302, "javascript:alert(1)"), "not AWS's own"),
        ((302, f"https://{ID}.portal.us-east-1.app.aws"), "leads to Identity Center in us-east-1"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(answer: tuple[int, str | None], words: str) -> None:
    """No second redirect, no http, no other host, no other region."""
    look, _ = _answers(answer, (200, None))
    with pytest.raises(ConfigError, match=words):
        resolved(_session(VANITY), look)


def test_a_hostile_start_url_is_not_even_asked() -> None:
    """Only a plain https address with a host's name is looked at; none of the hostile ones that are not is."""
    look, asked = _answers(*[(302, "https://evil.example/")] * 10_000)
    for url in hostile_urls():
        with pytest.raises(ConfigError):
            resolved(_session(url), look)
    for _, url in asked:
        assert url.startswith("https://")
        assert url.isascii()
        assert url.isprintable()
        assert not set("@\\%` ") & set(re.split(r"[/?#]", url)[2])


def test_the_network_is_asked_and_no_redirect_followed(company_server: str) -> None:
    """The real look answers the first status and where it leads, and goes there never."""
    look = looker({})
    assert look("HEAD", f"{company_server}/go") == (302, "https://acme.awsapps.com/start")
    assert look("GET", f"{company_server}/no") == (404, None)
    with pytest.raises(AwsUnreachable, match="does not answer"):
        look("HEAD", "http://127.0.0.1:1/")


def test_no_browser_is_started_for_a_hostile_page(tmp_path: Path) -> None:
    """The login itself, sent to a thousand hostile pages, starts nothing."""
    started: list[object] = []
    runtime = replace(runtime_of(StoppedClock(), tmp_path), start=started.append)
    profile = Profile("x", NoSource("is none"), Place("f"))
    finder = CredentialFinder(profile, load_profiles(runtime), runtime, lambda _: None)
    for url in hostile_urls():
        for browser in ("true %s", "true --url=%s", None):
            with pytest.raises(ConfigError):
                _open(url, LoginWish(browser=browser), finder)
    assert started == []
    assert _open("https://acme.awsapps.com/start", LoginWish(browser="true %s"), finder)
    assert started == [["true", "https://acme.awsapps.com/start"]]
