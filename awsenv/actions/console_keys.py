"""Whose keys open the web console: those of a role, and of no user; and how much of that the files tell."""

from datetime import timedelta

from awsenv.actions.credentials import CredentialFinder
from awsenv.aws import consoles
from awsenv.errors import IncompleteProfile, UsageError
from awsenv.files.profiles import Profiles
from awsenv.model import AssumedRole, Credentials, Profile, SsoRole, StaticKeys, WebIdentity
from awsenv.values import Value


class Bearer(Value):
    """Credentials that can open the console, and the partition that they are good in."""

    credentials: Credentials
    partition: str


def can_choose_duration(profile: Profile, profiles: Profiles) -> bool:
    """Tell whether AWS lets the bearer say how long the console stays open, as far as the files tell.

    Not so for a role that was assumed with another role's keys, or with those of a session.
    """
    match profile.source:
        case AssumedRole(source_profile=None):
            return False
        case AssumedRole(source_profile=name) if name == profile.name and profile.static_keys:
            return profile.static_keys.session_token is None
        case AssumedRole(source_profile=str(name)):
            found = profiles.find(name)
            behind = profiles.without_role(found).source if found else None
            return isinstance(behind, StaticKeys) and behind.session_token is None
        case _:
            return True


def partition_in_files(profile: Profile) -> str | None:
    """Return the partition of a profile's role, or None where its keys have to be asked."""
    match profile.source:
        case SsoRole(sso_session=sso_session):
            return consoles.partition_of(sso_session.region).name
        case AssumedRole(role_arn=role_arn) | WebIdentity(role_arn=role_arn):
            return _partition(role_arn)
        case _:
            return None


def find_bearer(finder: CredentialFinder, duration: timedelta | None) -> Bearer:
    """Return the credentials of the finder's profile, which are those of a role.

    Raises:
        IncompleteProfile: they are a user's.
        UsageError: AWS takes no duration for whom they are of.
        AwsenvError: as `CredentialFinder.find`, and what STS meets where only that can tell.
    """
    credentials, partition = finder.find(), partition_in_files(finder.profile)
    return Bearer(credentials, partition) if partition else _identified(credentials, finder, duration)


def _identified(credentials: Credentials, finder: CredentialFinder, duration: timedelta | None) -> Bearer:
    if credentials.session_token is None:
        raise _of_a_user(finder.profile)
    from awsenv.aws import sts

    region = sts.region_for(None, finder.profile.region)
    arn = sts.fetch_identity(finder.clients, credentials, region=region).arn
    kind = arn.rpartition(":")[2].partition("/")[0]
    if kind not in {"assumed-role", "federated-user"}:
        raise _of_a_user(finder.profile)
    if kind == "federated-user" and duration is not None:
        raise UsageError("AWS takes no --duration for the keys of a federated user")
    return Bearer(credentials, _partition(arn))


def _partition(arn: str) -> str:
    return arn.split(":")[1] if arn.count(":") > 1 else "aws"


def _of_a_user(profile: Profile) -> IncompleteProfile:
    return IncompleteProfile(
        f'the keys of "{profile.name}" are a user\'s, and the console opens only with those of a role',
        hint=f"a profile with role_arn and source_profile = {profile.name}",
    )
