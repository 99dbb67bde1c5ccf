"""STS's query protocol: who a key belongs to, and which role it may become."""

import hashlib
import re
from datetime import timedelta

from awsenv.demo.journal import Call
from awsenv.demo.keyring import Bearer, IssuedKey, Keyring
from awsenv.demo.rules import Rules
from awsenv.demo.signature import is_signed_by, is_timely, parse_authorization
from awsenv.demo.wire import Answer, Refusal, Request, xml_answer, xml_element
from awsenv.demo.world import Role, World
from awsenv.model import Credentials, Identity, account_of
from awsenv.values import replace

OPERATIONS = frozenset({"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken"})
SHORTEST, LONGEST_ROLE, LONGEST_CHAINED, LONGEST_SESSION = 900, 43_200, 3_600, 129_600
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


class Sts:
    """Answers the four operations that credentials are made and checked with."""

    def __init__(self, world: World, rules: Rules, keyring: Keyring) -> None:
        self._world = world
        self._rules = rules
        self._keyring = keyring

    def answer(self, call: Call, request: Request) -> Answer:
        """Answer one call, or raise the Refusal that STS would."""
        parameters = request.parameters()
        if call.operation not in OPERATIONS:
            raise Refusal(400, "InvalidAction", f"Could not find operation {call.operation} for version 2011-06-15")
        if call.operation == "AssumeRoleWithWebIdentity":
            return self._with_web_identity(call, parameters)
        caller = self._caller(call, request)
        match call.operation:
            case "GetCallerIdentity":
                identity = caller.bearer.identity
                fields = {"Arn": identity.arn, "UserId": identity.user_id, "Account": identity.account_id}
                return xml_answer(call.operation, "".join(xml_element(name, text) for name, text in fields.items()))
            case "AssumeRole":
                return self._assume_role(call, caller, parameters)
            case _:
                return self._session_token(call, caller, parameters)

    def _caller(self, call: Call, request: Request) -> IssuedKey:
        header = request.headers.get("authorization", "")
        if not header:
            raise Refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        authorization = parse_authorization(header)
        if authorization is None:
            raise Refusal(400, "IncompleteSignature", "Authorization header requires a whole version 4 signature")
        key = self._keyring.find(authorization.access_key_id)
        token = request.headers.get("x-amz-security-token")
        if key is None or key.credentials.session_token != token:
            raise Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        call.caller = key.bearer.identity.arn
        if not is_signed_by(request, authorization, key.credentials.secret_access_key):
            raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match yours.")
        if not is_timely(request, self._keyring.now()):
            raise Refusal(403, "SignatureDoesNotMatch", "Signature expired: the request's date is too far from ours.")
        expires_at = key.credentials.expires_at
        if expires_at is not None and expires_at <= self._keyring.now():
            raise Refusal(403, "ExpiredToken", "The security token included in the request is expired")
        return key

    def _assume_role(self, call: Call, caller: IssuedKey, parameters: dict[str, str]) -> Answer:
        role_arn = parameters.get("RoleArn", "")
        session_name = _session_name(parameters)
        seconds = _seconds(parameters, int(self._rules.role_lifetime.total_seconds()), LONGEST_ROLE)
        bearer = caller.bearer
        has_mfa = bearer.has_mfa or self._brings_mfa(bearer, parameters)
        role = self._world.role(role_arn)
        if role is None or not _trusts(role, bearer.principal, parameters.get("ExternalId"), has_mfa=has_mfa):
            refused = (
                f"User: {bearer.identity.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
            )
            raise Refusal(403, "AccessDenied", refused)
        asked = "DurationSeconds" in parameters
        if asked and not bearer.is_user and seconds > LONGEST_CHAINED:
            limit = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            raise Refusal(400, "ValidationError", limit)
        if asked and seconds > role.max_duration:
            limit = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise Refusal(400, "ValidationError", limit)
        return self._assumed(call, role, session_name, seconds, is_chained=not bearer.is_user)

    def _with_web_identity(self, call: Call, parameters: dict[str, str]) -> Answer:
        role = self._world.role(parameters.get("RoleArn", ""))
        session_name = _session_name(parameters)
        seconds = _seconds(parameters, int(self._rules.role_lifetime.total_seconds()), LONGEST_ROLE)
        subject = self._world.web_identity_tokens.get(parameters.get("WebIdentityToken", ""))
        if subject is None:
            raise Refusal(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for this token")
        call.caller = subject
        if role is None or not _trusts(role, subject, None, has_mfa=False):
            raise Refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        return self._assumed(call, role, session_name, seconds)

    def _session_token(self, call: Call, caller: IssuedKey, parameters: dict[str, str]) -> Answer:
        if caller.credentials.session_token is not None:
            raise Refusal(403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
        seconds = _seconds(parameters, LONGEST_CHAINED * 12, LONGEST_SESSION)
        has_mfa = self._brings_mfa(caller.bearer, parameters)
        bearer = Bearer(caller.bearer.identity, caller.bearer.principal, is_user=True, has_mfa=has_mfa)
        return xml_answer(call.operation, _credentials(self._keyring.issue(bearer, timedelta(seconds=seconds))))

    def _assumed(self, call: Call, role: Role, session_name: str, seconds: int, *, is_chained: bool = False) -> Answer:
        bearer = replace(role_session(role.role_arn, session_name), is_chained=is_chained)
        credentials = self._keyring.issue(bearer, timedelta(seconds=seconds))
        user = xml_element("AssumedRoleId", bearer.identity.user_id) + xml_element("Arn", bearer.identity.arn)
        return xml_answer(call.operation, f"{_credentials(credentials)}<AssumedRoleUser>{user}</AssumedRoleUser>")

    def _brings_mfa(self, bearer: Bearer, parameters: dict[str, str]) -> bool:
        if "SerialNumber" not in parameters and "TokenCode" not in parameters:
            return False
        serial, code = parameters.get("SerialNumber", ""), parameters.get("TokenCode", "")
        if not self._keyring.redeem_mfa_code(bearer, serial, code):
            failed = "MultiFactorAuthentication failed with invalid MFA one time pass code."
            raise Refusal(403, "AccessDenied", failed)
        return True


def role_session(role_arn: str, session_name: str) -> Bearer:
    """Return who a session of a role is."""
    account_id, role_name = account_of(role_arn) or "", role_arn.rpartition("/")[2]
    role_id = "AROA" + hashlib.sha256(role_arn.encode()).hexdigest()[:16].upper()
    arn = f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}"
    return Bearer(Identity(account_id, arn, f"{role_id}:{session_name}"), role_arn)


def _trusts(role: Role, principal: str, external_id: str | None, *, has_mfa: bool) -> bool:
    brings_id = role.external_id is None or role.external_id == external_id
    return principal in role.trusted and brings_id and (has_mfa or not role.requires_mfa)


def _session_name(parameters: dict[str, str]) -> str:
    name = parameters.get("RoleSessionName", "")
    if not SESSION_NAME.fullmatch(name):
        raise _invalid("roleSessionName", name, r"Member must satisfy regular expression pattern: [\w+=,.@-]*")
    return name


def _seconds(parameters: dict[str, str], default: int, longest: int) -> int:
    text = parameters.get("DurationSeconds")
    if text is None:
        return default
    if not text.isdecimal() or int(text) < SHORTEST:
        raise _invalid("durationSeconds", text, f"Member must have value greater than or equal to {SHORTEST}")
    if int(text) > longest:
        raise _invalid("durationSeconds", text, f"Member must have value less than or equal to {longest}")
    return int(text)


def _invalid(name: str, value: str, constraint: str) -> Refusal:
    message = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
    return Refusal(400, "ValidationError", message)


def _credentials(credentials: Credentials) -> str:
    assert credentials.expires_at is not None  # noqa: S101 - Keyring.issue() always sets it
    fields = {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token or "",
        "Expiration": credentials.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return f"<Credentials>{''.join(xml_element(name, text) for name, text in fields.items())}</Credentials>"
