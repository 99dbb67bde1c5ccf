"""STS: assuming roles and asking who one is."""

from datetime import timezone
from typing import Any

from awsenv.aws.answers import parse_text
from awsenv.aws.clients import Clients
from awsenv.aws.translation import Operation
from awsenv.errors import AssumeRoleRefused, AwsenvError
from awsenv.model import AssumedRole, Credentials, Identity, WebIdentity, account_of

# STS answers in every region of a partition; this one is used where the profile names none.
_REGION_OF_PARTITION = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
}


def region_for(arn: str | None, region: str | None) -> str:
    """Return where to ask STS: the profile's region, else the main one of the partition that the ARN names."""
    partition = arn.split(":")[1] if arn and arn.count(":") > 1 else "aws"
    return region or _REGION_OF_PARTITION.get(partition, "us-east-1")


def assume_role(
    clients: Clients,
    role: AssumedRole,
    source_credentials: Credentials,
    *,
    region: str,
    session_name: str,
    token_code: str | None = None,
) -> tuple[Credentials, tuple[str, str] | None]:
    """Return the credentials of `role` and STS's `AssumedRoleUser`, which the AWS CLI keeps beside them.

    Raises:
        AssumeRoleRefused: the source may not, or the MFA code, external id or duration is wrong.
        AwsUnreachable: no usable answer.
    """
    client = clients.client("sts", region, source_credentials)
    arguments: dict[str, Any] = {
        "RoleArn": role.role_arn,
        "RoleSessionName": role.role_session_name or session_name,
        "ExternalId": role.external_id,
        "SerialNumber": role.mfa_serial,
        "TokenCode": token_code,
        "DurationSeconds": role.duration_seconds,
    }
    given = {name: value for name, value in arguments.items() if value is not None}
    operation = Operation("AssumeRole", {"*": _refused(role.role_arn)})
    return clients.call(operation, lambda: _assumed(client.assume_role(**given)))


def assume_role_with_web_identity(
    clients: Clients, role: WebIdentity, token: str, *, region: str, session_name: str
) -> tuple[Credentials, tuple[str, str] | None]:
    """Return the credentials of `role` for the bearer of `token`, and STS's `AssumedRoleUser`."""
    client = clients.client("sts", region)
    operation = Operation("AssumeRoleWithWebIdentity", {"*": _refused(role.role_arn)})
    return clients.call(
        operation,
        lambda: _assumed(
            client.assume_role_with_web_identity(
                RoleArn=role.role_arn,
                RoleSessionName=role.role_session_name or session_name,
                WebIdentityToken=token,
            )
        ),
    )


def fetch_identity(clients: Clients, credentials: Credentials, *, region: str) -> Identity:
    """Return who STS says the bearer of `credentials` is."""
    client = clients.client("sts", region, credentials)

    def request() -> Identity:
        answer = client.get_caller_identity()
        return Identity(
            account_id=parse_text(answer["Account"]),
            arn=parse_text(answer["Arn"]),
            user_id=parse_text(answer["UserId"]),
        )

    return clients.call(Operation("GetCallerIdentity"), request)


def _refused(role_arn: str) -> Any:
    def refusal(message: str) -> AwsenvError:
        # STS's own words; the profile is in order then.
        is_wrong_code = "invalid MFA one time pass code" in message
        return AssumeRoleRefused(
            f"AWS did not let you assume {role_arn} ({message})",
            hint="a code is good once, and for half a minute: try again with the next one"
            if is_wrong_code
            else "check role_arn, source_profile, external_id and mfa_serial of the profile",
        )

    return refusal


def _assumed(answer: dict[str, Any]) -> tuple[Credentials, tuple[str, str] | None]:
    keys, user = answer["Credentials"], answer.get("AssumedRoleUser", {})
    credentials = Credentials(
        access_key_id=parse_text(keys["AccessKeyId"]),
        secret_access_key=parse_text(keys["SecretAccessKey"]),
        session_token=parse_text(keys["SessionToken"]),
        expires_at=keys["Expiration"].astimezone(timezone.utc).replace(microsecond=0),
        account_id=account_of(user.get("Arn", "")),
    )
    return credentials, (user["AssumedRoleId"], user["Arn"]) if user else None
