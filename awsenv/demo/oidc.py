"""The sign-in service (SSO OIDC): client registration, device codes, the browser flow and refresh tokens."""

import re
from typing import Any, TypeGuard
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from awsenv.demo.grants import AuthorizationCode, Client, Grants, Tokens
from awsenv.demo.journal import Call
from awsenv.demo.rules import Rules
from awsenv.demo.wire import Answer, Refusal, Request, html_answer, json_answer, page_answer
from awsenv.demo.world import World

OPERATIONS = {
    ("POST", "/client/register"): "RegisterClient",
    ("POST", "/device_authorization"): "StartDeviceAuthorization",
    ("POST", "/token"): "CreateToken",
    ("GET", "/authorize"): "Authorize",
}
DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_BACK = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}/oauth/callback")
OAUTH_ERRORS = {
    "AuthorizationPendingException": "authorization_pending",
    "SlowDownException": "slow_down",
    "ExpiredTokenException": "expired_token",
    "AccessDeniedException": "access_denied",
    "InvalidGrantException": "invalid_grant",
    "InvalidClientException": "invalid_client",
    "InvalidRequestException": "invalid_request",
    "InvalidScopeException": "invalid_scope",
    "UnauthorizedClientException": "unauthorized_client",
    "UnsupportedGrantTypeException": "unsupported_grant_type",
    "InternalServerException": "server_error",
}


class Oidc:
    """Answers the operations that end in an access token."""

    def __init__(self, world: World, rules: Rules, grants: Grants) -> None:
        self._world = world
        self._rules = rules
        self._grants = grants

    def answer(self, call: Call, request: Request) -> Answer:
        """Answer one call, or raise the Refusal that the real service would."""
        fields = request.json()
        match call.operation:
            case "RegisterClient":
                return self._register(fields)
            case "StartDeviceAuthorization":
                return self._start_device(fields, request.headers.get("host", "127.0.0.1"))
            case "Authorize":
                return self._authorize(request.parameters())
            case _:
                return self._create_token(call, fields)

    def _register(self, fields: dict[str, Any]) -> Answer:
        name, issuer = fields.get("clientName"), fields.get("issuerUrl")
        if not _is_text(name) or not name or fields.get("clientType") != "public":
            raise _refusal("InvalidRequestException", "clientName and a clientType of public are needed")
        if issuer is not None and not _is_text(issuer):
            raise _refusal("InvalidRequestException", "issuerUrl must be a text")
        company = self._world.company_at(issuer) if issuer else None
        scopes, grant_types, _ = (_texts(fields, each) for each in ("scopes", "grantTypes", "redirectUris"))
        client = self._grants.register(name, company.sso_session_name if company else None, scopes, grant_types)
        return json_answer(
            {
                "clientId": client.client_id,
                "clientSecret": client.client_secret,
                "clientIdIssuedAt": int(client.issued_at.timestamp()),
                "clientSecretExpiresAt": int(client.expires_at.timestamp()),
            }
        )

    def _start_device(self, fields: dict[str, Any], host: str) -> Answer:
        client = self._client(fields)
        company = self._world.company_at(str(fields.get("startUrl", "")))
        if company is None:
            raise _refusal("InvalidRequestException", "Invalid startUrl provided")
        device = self._grants.start_device(company.sso_session_name, client.client_id)
        page = f"http://{host}/practice/device"
        return json_answer(
            {
                "deviceCode": device.device_code,
                "userCode": device.user_code,
                "verificationUri": page,
                "verificationUriComplete": f"{page}?user_code={device.user_code}",
                "expiresIn": int(self._rules.device_code_lifetime.total_seconds()),
                "interval": self._rules.device_interval,
            }
        )

    def _authorize(self, parameters: dict[str, str]) -> Answer:
        client = self._grants.client(parameters.get("client_id", ""))
        back, challenge = parameters.get("redirect_uri", ""), parameters.get("code_challenge", "")
        # Only ever back to this machine, and to nothing of it but a listener for this.
        is_valid = _BACK.fullmatch(back) and challenge and parameters.get("code_challenge_method", "S256") == "S256"
        if client is None or client.sso_session_name is None or not is_valid:
            return html_answer("This sign-in request is not valid", 400)
        decision = parameters.pop("decision", "allow" if self._rules.approves_by_itself else "")
        if decision == "":
            return _consent(client.name, parameters)
        answered = {"error": "access_denied"}
        if decision == "allow":
            code = AuthorizationCode(client.sso_session_name, client.client_id, back, challenge)
            answered = {"code": self._grants.authorize(code)}
        location = f"{back}?{urlencode(answered | {'state': parameters.get('state', '')})}"
        return Answer(302, headers=(("Location", location),))

    def _create_token(self, call: Call, fields: dict[str, Any]) -> Answer:
        client = self._client(fields)
        match fields.get("grantType"):
            case "refresh_token":
                tokens = self._grants.refresh(client.client_id, str(fields.get("refreshToken")))
                if tokens is None:
                    raise _refusal("InvalidGrantException", "Invalid refresh token provided")
            case "authorization_code":
                tokens = self._from_browser(client, fields)
            case grant if grant == DEVICE_CODE_GRANT:
                tokens = self._from_device(client, str(fields.get("deviceCode")))
            case _:
                raise _refusal("UnsupportedGrantTypeException", "Unsupported grantType")
        call.caller = tokens.sso_session_name
        lifetime = int((tokens.expires_at - self._grants.now()).total_seconds() + 1)
        answer = {"accessToken": tokens.access_token, "tokenType": "Bearer", "expiresIn": lifetime}
        return json_answer(answer | ({"refreshToken": tokens.refresh_token} if tokens.refresh_token else {}))

    def _from_browser(self, client: Client, fields: dict[str, Any]) -> Tokens:
        code, back, verifier = (fields.get(name) for name in ("code", "redirectUri", "codeVerifier"))
        if not (_is_text(code) and _is_text(back) and _is_text(verifier)):
            raise _refusal("InvalidRequestException", "code, redirectUri and codeVerifier are needed")
        known = self._grants.redeem_code(code, client.client_id, back, verifier)
        if known is None:
            raise _refusal("InvalidGrantException", "Invalid authorization code or code verifier")
        return self._grants.issue(known.sso_session_name, client.client_id)

    def _from_device(self, client: Client, device_code: str) -> Tokens:
        device, now = self._grants.device(device_code), self._grants.now()
        if device is None or device.client_id != client.client_id:
            raise _refusal("InvalidGrantException", "Invalid device code provided")
        if device.expires_at <= now:
            raise _refusal("ExpiredTokenException", "The device code has expired")
        if device.decision == "denied":
            raise _refusal("AccessDeniedException", "The person denied the request")
        if device.decision == "approved":
            self._grants.end_device(device_code)
            return self._grants.issue(device.sso_session_name, client.client_id)
        previous, device.polled_at = device.polled_at, now
        # Half the interval: clients that wait as told arrive a few milliseconds early by their own clock.
        if previous and (now - previous).total_seconds() < self._rules.device_interval / 2:
            raise _refusal("SlowDownException", "Polling too fast")
        raise _refusal("AuthorizationPendingException", "The person has not decided yet")

    def _client(self, fields: dict[str, Any]) -> Client:
        client = self._grants.client(str(fields.get("clientId", "")))
        if client is None or client.client_secret != fields.get("clientSecret"):
            raise _refusal("InvalidClientException", "Invalid client provided", 401)
        if client.expires_at <= self._grants.now():
            raise _refusal("InvalidClientException", "Client is expired", 401)
        return client


def _is_text(value: object) -> TypeGuard[str]:
    # JSON can write half a character, which no page and no digest can.
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _texts(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if value is not None and not (isinstance(value, list) and all(_is_text(each) for each in value)):
        raise _refusal("InvalidRequestException", f"{name} must be a list of texts")
    return tuple(value or ())


def _consent(name: str, parameters: dict[str, str]) -> Answer:
    # Relative links keep the browser on this server whatever name it was reached by.
    links = " ".join(
        f'<a id="{each}" href="?{escape(urlencode(parameters | {"decision": each}))}">{each}</a>'
        for each in ("allow", "deny")
    )
    return page_answer(f"Practice sign-in: {name} asks for access", f"<p>{links}</p>")


def _refusal(code: str, message: str, status: int = 400) -> Refusal:
    return Refusal(status, code, message, oauth_error=OAUTH_ERRORS[code])
