"""The requests of a sign-in to Identity Center, by device code and by the browser. Waits for nobody, opens nothing."""

import base64
import hashlib
import math
import secrets
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from awsenv.aws.answers import oidc_client, parse_lifetime, parse_number, parse_text, parse_token
from awsenv.aws.clients import Clients
from awsenv.aws.pages import check_page
from awsenv.aws.retries import CODE_ANSWER, CODE_BUDGET, ONLY_ANSWER
from awsenv.aws.translation import Operation
from awsenv.errors import AccessRefused, AwsenvError, AwsUnreachable, LoginDeclined, LoginTimedOut
from awsenv.model import AccessToken, Registration, SsoSession
from awsenv.values import Value

# With this scope the answer brings a refresh token; without it people sign in again every hour.
ACCESS_SCOPE = "sso:account:access"
CALLBACK_PATH = "/oauth/callback"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_BROWSER_GRANTS = ("authorization_code", "refresh_token")
# RFC 8628 section 3.2: an answer that names no interval means five seconds.
_INTERVAL = 5
_LONGEST_WAIT = 3600
_CLIENT_ERRORS = {"invalid_client", "unauthorized_client"}
_BUSY_ERRORS = {"server_error", "temporarily_unavailable"}


class NotYet(AwsenvError):
    """The person has not decided; `is_too_fast` asks for five seconds more between two polls, for good."""

    def __init__(self, *, is_too_fast: bool) -> None:
        super().__init__("the sign-in is not approved yet")
        self.is_too_fast = is_too_fast


class ClientUnknown(AccessRefused):
    """Identity Center does not know this registration any more: another one is needed."""


class DeviceCode(Value, hidden=("device_code",)):
    """A sign-in that waits for the person; times are in seconds from when it was asked for."""

    complete_url: str
    user_code: str
    expires_in: int
    interval: int
    device_code: str


class BrowserRequest(Value, hidden=("state", "verifier")):
    """What goes out with the browser: the page to open, and what proves that the answer is for us."""

    url: str
    redirect_uri: str
    state: str
    verifier: str


def register_client(clients: Clients, sso_session: SsoSession, *, for_browser: bool) -> Registration:
    """Register this tool as the AWS CLI does, so that the two can share the registration."""
    client = clients.client("sso_oidc", sso_session.region)
    scopes = sso_session.scopes or ((ACCESS_SCOPE,) if sso_session.name is not None else ())
    arguments: dict[str, Any] = {
        "clientName": f"botocore-client-{sso_session.name or int(time.time())}",
        "clientType": "public",
    }
    if scopes:
        arguments["scopes"] = list(scopes)
    if for_browser:
        arguments |= {
            "grantTypes": list(_BROWSER_GRANTS),
            # Without a port: Identity Center then takes any of this machine's (RFC 8252 section 7.3).
            "redirectUris": [f"http://127.0.0.1{CALLBACK_PATH}"],
            "issuerUrl": sso_session.start_url,
        }

    def request() -> Registration:
        answer = client.register_client(**arguments)
        return Registration(
            client_id=parse_text(answer["clientId"]),
            client_secret=parse_text(answer["clientSecret"]),
            expires_at=datetime.fromtimestamp(answer["clientSecretExpiresAt"], timezone.utc),
            scopes=tuple(scopes),
            grant_types=_BROWSER_GRANTS if for_browser else (),
        )

    return clients.call(Operation("RegisterClient"), request)


def start_device_authorization(
    clients: Clients, sso_session: SsoSession, registration: Registration, *, allowed: Collection[str] = ()
) -> DeviceCode:
    """Return a device code for the person to approve; `allowed` are hosts of pages beyond AWS's own.

    Raises:
        ClientUnknown: the registration is over.
        ConfigError: the page to open is not one of AWS's.
    """
    client = oidc_client(clients, sso_session.region)

    def request() -> DeviceCode:
        answer = client.start_device_authorization(
            clientId=registration.client_id,
            clientSecret=registration.client_secret,
            startUrl=sso_session.start_url,
        )
        verification_url = parse_text(answer["verificationUri"])
        complete_url = parse_text(answer.get("verificationUriComplete") or verification_url)
        # Before a person reads them, and not only before a browser does.
        check_page(verification_url, allowed)
        check_page(complete_url, allowed)
        return DeviceCode(
            complete_url=complete_url,
            user_code=parse_text(answer["userCode"]),
            expires_in=min(max(math.floor(parse_number(answer["expiresIn"])), 1), _LONGEST_WAIT),
            interval=max(math.ceil(parse_number(answer.get("interval") or 0)), 0) or _INTERVAL,
            device_code=parse_text(answer["deviceCode"]),
        )

    return clients.call(Operation("StartDeviceAuthorization", _CLIENT_REFUSALS), request)


def redeem_device_code(
    clients: Clients, sso_session: SsoSession, registration: Registration, device_code: DeviceCode, *, now: datetime
) -> AccessToken:
    """Return the access token of an approved device code; asks once, since who asks has an interval to keep.

    Raises:
        AwsUnreachable: no usable answer.
        NotYet: the person has not decided.
        LoginDeclined: the person said no.
        LoginTimedOut: the code is over.
    """

    def over(message: str) -> AwsenvError:
        return LoginTimedOut(f"the code for {sso_session.token_key} was not approved in time ({message})")

    def declined(message: str) -> AwsenvError:
        return LoginDeclined(f"the sign-in to {sso_session.token_key} was declined ({message})")

    refusals: dict[int | str, Any] = {
        "AccessDeniedException": declined,
        "AuthorizationPendingException": lambda _message: NotYet(is_too_fast=False),
        "SlowDownException": lambda _message: NotYet(is_too_fast=True),
        "ExpiredTokenException": over,
        "*": _declined(sso_session),
    }
    grant = {"grantType": _DEVICE_GRANT, "deviceCode": device_code.device_code}
    return _create_token(clients, sso_session, registration, grant, refusals, now)


def browser_request(
    clients: Clients, sso_session: SsoSession, registration: Registration, *, port: int
) -> BrowserRequest:
    """Return the page at which the person signs in, bound to the listener at `port` and to this very attempt."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect_uri = f"http://127.0.0.1:{port}{CALLBACK_PATH}"
    # No SDK models this operation: its address is that of the service, resolved as for every other call.
    base = clients.client("sso_oidc", sso_session.region).meta.endpoint_url.rstrip("/")
    query = urlencode(
        {
            "response_type": "code",
            "client_id": registration.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge_method": "S256",
            "scopes": " ".join(sso_session.scopes or (ACCESS_SCOPE,)),
            "code_challenge": challenge,
        }
    )
    return BrowserRequest(f"{base}/authorize?{query}", redirect_uri, state, verifier)


def callback_refusal(sso_session: SsoSession, error: str) -> AwsenvError:
    """Return what `error`, brought back by the browser in place of a code, means (RFC 6749 section 4.1.2.1)."""
    if error in _CLIENT_ERRORS:
        return _unknown(error)
    if error in _BUSY_ERRORS:
        return AwsUnreachable(
            f"Identity Center was not able to sign in to {sso_session.token_key} ({error})",
            hint="try again in a moment",
        )
    return LoginDeclined(f"the sign-in to {sso_session.token_key} was declined ({error})")


def redeem_browser_code(
    clients: Clients,
    sso_session: SsoSession,
    registration: Registration,
    request: BrowserRequest,
    code: str,
    *,
    now: datetime,
) -> AccessToken:
    """Return the access token for the code that the browser brought back.

    Raises:
        LoginDeclined: Identity Center did not take the code.
    """
    grant = {
        "grantType": "authorization_code",
        "redirectUri": request.redirect_uri,
        "codeVerifier": request.verifier,
        "code": code,
    }
    return _create_token(clients, sso_session, registration, grant, {"*": _declined(sso_session)}, now)


def _create_token(
    clients: Clients,
    sso_session: SsoSession,
    registration: Registration,
    grant: dict[str, str],
    refusals: dict[int | str, Any],
    now: datetime,
) -> AccessToken:
    # RFC 8628 section 3.5: who polls keeps the interval, after an error too.
    is_poll = grant["grantType"] == _DEVICE_GRANT
    patience = ONLY_ANSWER if is_poll else CODE_ANSWER
    client = oidc_client(clients, sso_session.region, read_timeout=patience)

    def request() -> AccessToken:
        answer = client.create_token(clientId=registration.client_id, clientSecret=registration.client_secret, **grant)
        return AccessToken(
            start_url=sso_session.start_url,
            region=sso_session.region,
            expires_at=now + timedelta(seconds=parse_lifetime(answer["expiresIn"])),
            access_token=parse_token(answer["accessToken"]),
            refresh_token=parse_token(answer["refreshToken"]) if answer.get("refreshToken") else None,
            client_id=registration.client_id,
            client_secret=registration.client_secret,
            registration_expires_at=registration.expires_at,
        )

    operation = Operation("CreateToken", _CLIENT_REFUSALS | refusals)
    return clients.call(operation, request, once=is_poll, spends=patience, budget=CODE_BUDGET)


def _declined(sso_session: SsoSession) -> Any:
    def declined(message: str) -> AwsenvError:
        return LoginDeclined(f"Identity Center did not complete the sign-in to {sso_session.token_key} ({message})")

    return declined


def _unknown(message: str) -> AwsenvError:
    return ClientUnknown(f"Identity Center does not know this tool's registration ({message})", hint="awsenv login")


_CLIENT_REFUSALS: dict[int | str, Callable[[str], AwsenvError]] = {"InvalidClientException": _unknown}
