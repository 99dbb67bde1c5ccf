"""A company's own name for its start URL: where it leads, by the AWS CLI's rules. Follows one redirect, no more."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urljoin

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from awsenv.aws import retries
from awsenv.aws.pages import is_aws_page, is_owned_page, is_vanity_url, region_of
from awsenv.errors import AwsUnreachable, ConfigError
from awsenv.model import SsoSession
from awsenv.values import replace

# Method and address to the status and the Location of the answer.
Look = Callable[[str, str], tuple[int, str | None]]

_NO_SUCH_METHOD = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
_REDIRECTS = {301, 302, 303, 307, 308}


def resolved(sso_session: SsoSession, look: Look) -> SsoSession:
    """Return the session with the AWS-owned start URL to sign in at; one that is owned already is not looked at.

    Raises:
        ConfigError: it leads, or could be read to lead, to somebody else; or to another region than `sso_region`.
        AwsUnreachable: nobody answers there.
    """
    typed = sso_session.start_url
    if is_owned_page(typed):
        return sso_session
    if not is_vanity_url(typed):
        raise _refused(f"the start URL {typed} of {sso_session.token_key} is no https address of AWS's")
    status, location = look("HEAD", typed)
    if status in _NO_SUCH_METHOD:
        status, location = look("GET", typed)
    if status not in _REDIRECTS or not location:
        raise _refused(f"the start URL {typed} is not AWS's own and leads nowhere (HTTP {status})")
    # Only where it leads counts: of what stands behind it, a company's server may say anything.
    target = urljoin(typed, location).partition("?")[0].partition("#")[0].rstrip("/")
    if not is_aws_page(target):
        raise _refused(f"the start URL {typed} leads to {target}, which is not AWS's own")
    region = region_of(target)
    if region not in (None, sso_session.region):
        raise ConfigError(
            f"the start URL {typed} leads to Identity Center in {region}, and sso_region is {sso_session.region}",
            hint=f"set sso_region = {region}",
        )
    return replace(sso_session, start_url=target)


def looker(environment: Mapping[str, str], ca_bundle: str | None = None) -> Look:
    """Return a look that asks the network, by the proxies and certificates that AWS's requests go by."""

    def look(method: str, url: str) -> tuple[int, str | None]:
        session = URLLib3Session(
            verify=environment.get("AWS_CA_BUNDLE") or ca_bundle or True,
            proxies=get_environ_proxies(url),
            timeout=(retries.CONNECT_TIMEOUT, retries.READ_TIMEOUT),
        )
        try:
            answer = session.send(AWSRequest(method, url, stream_output=True).prepare())
        except BotoCoreError as error:
            raise AwsUnreachable(
                f"the start URL {url} does not answer ({type(error).__name__})",
                hint="check the network and sso_start_url, then try again",
            ) from error
        finally:
            session.close()
        return int(answer.status_code), answer.headers.get("location")

    return look


def _refused(problem: str) -> ConfigError:
    return ConfigError(
        problem,
        hint="look at sso_start_url: https://NAME.awsapps.com/start, or as the administrator gave it",
    )
