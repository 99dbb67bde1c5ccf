"""whoami: who this shell is, from its variables alone; and who STS says it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.switch import find_profile
from awsenv.errors import ConflictingEnvironment
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.model import Credentials, Identity, NoSource, Notice, Place, Profile
from awsenv.runtime import Runtime

Notify = Callable[[Notice], None]


@dataclass(frozen=True, slots=True)
class Whoami:
    """Who this shell is; the field names are those of `--json`.

    `set_by` is `awsenv`, `environment` (variables that somebody else set) or None for a shell in no account.
    """

    profile: str | None
    account_id: str | None
    account_name: str | None
    role: str | None
    region: str | None
    export: str | None
    expires_at: datetime | None
    set_by: str | None


def describe_shell(*, runtime: Runtime, notify: Notify) -> Whoami:
    """Return who this shell is, without network and without reading the shared files."""
    environment = runtime.environment
    for conflict in find_conflicts(environment):
        notify(Notice(conflict))
    ours = environment.get("AWSENV_PROFILE")
    foreign = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE")
    has_keys = bool(environment.get("AWS_ACCESS_KEY_ID"))
    return Whoami(
        profile=ours or foreign,
        account_id=environment.get("AWSENV_ACCOUNT_ID") if ours else None,
        account_name=environment.get("AWSENV_ACCOUNT_NAME") if ours else None,
        role=environment.get("AWSENV_ROLE") if ours else None,
        region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        export=environment.get("AWSENV_EXPORT") if ours else None,
        expires_at=_moment(environment.get("AWSENV_EXPIRES")) if ours else None,
        set_by="awsenv" if ours else "environment" if foreign or has_keys else None,
    )


def find_conflicts(environment: Mapping[str, str]) -> list[str]:
    """Return what makes SDKs disagree over who this shell is, one sentence each."""
    conflicts = []
    ours, first, second = (environment.get(name) for name in ("AWSENV_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"))
    if first is not None and second is not None and first != second:
        conflicts.append(f'AWS_PROFILE is "{first}" and AWS_DEFAULT_PROFILE is "{second}": boto3 takes the second')
    if ours and first is not None and first != ours:
        conflicts.append(f'awsenv switched this shell to "{ours}", but AWS_PROFILE is now "{first}"')
    conflicts += [
        f"{name} is set and empty: some tools fail on that" for name in _BLANKS if environment.get(name) == ""
    ]
    if environment.get("AWS_SECURITY_TOKEN") and environment.get("AWS_SESSION_TOKEN"):
        conflicts.append("AWS_SECURITY_TOKEN is set beside AWS_SESSION_TOKEN: boto3 takes the first")
    return conflicts


def verify_shell(*, runtime: Runtime, notify: Notify) -> Identity:
    """Return who STS says this shell is, by the keys or else by the profile that its variables name.

    Raises:
        ConflictingEnvironment: STS reports another account than the one that awsenv switched to.
        AwsenvError: as `CredentialFinder.find`, and whatever the call to STS meets.
    """
    environment = runtime.environment
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    keys = _keys_in(environment)
    name = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE") or environment.get("AWSENV_PROFILE")
    if keys is None or name:
        profile = find_profile(name or "default", profiles=profiles, settings=settings, runtime=runtime)
    else:
        profile = Profile("", NoSource("has keys in the environment"), Place("environment"))
    finder = CredentialFinder(profile, profiles, runtime, notify, settings.allowed_endpoints)
    credentials = keys or finder.find()
    from awsenv.aws import sts

    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or profile.region
    identity = sts.fetch_identity(finder.clients, credentials, region=sts.region_for(None, region))
    expected = environment.get("AWSENV_ACCOUNT_ID")
    if expected and environment.get("AWSENV_PROFILE") and identity.account_id != expected:
        raise ConflictingEnvironment(
            f"STS says that this shell is in account {identity.account_id} ({identity.arn}), not in {expected}",
            hint=f"awsenv use {environment['AWSENV_PROFILE']}",
        )
    return identity


_BLANKS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")


def _keys_in(environment: Mapping[str, str]) -> Credentials | None:
    access_key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret:
        return None
    session_token = environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN") or None
    return Credentials(access_key_id, secret, session_token)


def _moment(seconds: str | None) -> datetime | None:
    # Whatever stands in the environment is data from outside; eleven digits last until the year 5138.
    if seconds is None or not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):  # noqa: PLR2004
        return None
    return datetime.fromtimestamp(int(seconds), timezone.utc)
