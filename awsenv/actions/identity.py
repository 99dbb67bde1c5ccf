"""whoami: who this shell is, from its variables alone; and who STS says it is."""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import shown_argument
from awsenv.actions.meant import find_profile
from awsenv.environ import CONFLICTING_VARIABLES, PROFILE_VARIABLES, REGION_VARIABLES, SERVED_VARIABLES, is_served
from awsenv.errors import ConflictingEnvironment, IncompleteProfile
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.settings import Settings, load_settings
from awsenv.model import AssumedRole, Credentials, Identity, NoSource, Notice, Place, Profile, WebIdentity
from awsenv.runtime import Runtime
from awsenv.values import Value

Notify = Callable[[Notice], None]


class Whoami(Value):
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
    """Return what makes tools disagree over who this shell is, one sentence each."""
    first, second = (environment.get(name) for name in PROFILE_VARIABLES)
    conflicts = [f"{name} is set and empty: some tools fail on that" for name in _BLANKS if environment.get(name) == ""]
    if first is not None and second is not None and first != second:
        conflicts.append(f'AWS_PROFILE is "{first}" and AWS_DEFAULT_PROFILE is "{second}": boto3 takes the second')
    if environment.get("AWS_SECURITY_TOKEN") and environment.get("AWS_SESSION_TOKEN"):
        conflicts.append("AWS_SECURITY_TOKEN is set beside AWS_SESSION_TOKEN: boto3 takes the first")
    return conflicts + (_drift(environment) if environment.get("AWSENV_PROFILE") else [])


def _drift(environment: Mapping[str, str]) -> list[str]:
    ours, export = environment["AWSENV_PROFILE"], environment.get("AWSENV_EXPORT")
    drift = []
    for name in PROFILE_VARIABLES:
        value, expected = environment.get(name), None if export == "keys" else ours
        if value != expected:
            now = "no longer set" if value is None else f'now "{value}"'
            drift.append(f'awsenv switched this shell to "{ours}", but {name} is {now}')
    if environment.get("AWS_ACCESS_KEY_ID") != environment.get("AWSENV_KEY_ID"):
        drift.append(f'the keys in this shell are not the ones that awsenv set for "{ours}"')
    own = SERVED_VARIABLES if is_served(environment) else ()
    left_over = [name for name in CONFLICTING_VARIABLES if environment.get(name) and name not in own]
    if left_over:
        drift.append(f"set since the switch, and stronger than it for some tools: {', '.join(left_over)}")
    return drift


def verify_shell(*, runtime: Runtime, notify: Notify) -> Identity:
    """Return who STS says this shell is, by what a tool without --profile would take: keys, then the profile.

    Raises:
        ConflictingEnvironment: STS reports another account than the one that awsenv switched to, or the two profile
            variables differ, so that there is no one answer.
        IncompleteProfile: there is nothing in this shell that says who it is.
        AwsenvError: as `CredentialFinder.find`, and whatever the call to STS meets.
    """
    environment = runtime.environment
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    profile = _effective_profile(environment, profiles, settings, runtime)
    finder = CredentialFinder(profile, profiles, runtime, notify, settings.allowed_endpoints)
    from awsenv.aws import sts, surroundings

    credentials = _keys_in(environment)
    if credentials is None and is_served(environment):
        credentials = surroundings.fetch_source_credentials("EcsContainer", environment)
    credentials = credentials or finder.find()

    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or profile.region
    identity = sts.fetch_identity(finder.clients, credentials, region=sts.region_for(None, region))
    expected = environment.get("AWSENV_ACCOUNT_ID")
    if expected and environment.get("AWSENV_PROFILE") and identity.account_id != expected:
        raise ConflictingEnvironment(
            f"STS says that this shell is in account {identity.account_id} ({identity.arn}), not in {expected}",
            hint=f"awsenv use {shown_argument(environment['AWSENV_PROFILE'])}",
        )
    return identity


_BLANKS = (*PROFILE_VARIABLES, *REGION_VARIABLES)


def _effective_profile(
    environment: Mapping[str, str], profiles: Profiles, settings: Settings, runtime: Runtime
) -> Profile:
    if is_served(environment):
        # Its keys come from the endpoint; where STS is asked is the profile's to say.
        return find_profile(environment["AWSENV_PROFILE"], profiles=profiles, settings=settings, runtime=runtime)
    names = {environment[name] for name in PROFILE_VARIABLES if environment.get(name)}
    if _keys_in(environment):
        found = profiles.find(next(iter(names))) if len(names) == 1 else None
        return found or Profile("", NoSource("has keys in the environment"), Place("environment"))
    if len(names) > 1:
        raise ConflictingEnvironment("AWS_PROFILE and AWS_DEFAULT_PROFILE differ: there is no one answer")
    name = next(iter(names), "default")
    token_file, role_arn = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"), environment.get("AWS_ROLE_ARN")
    found = profiles.find(name)
    # botocore's order: a web identity in the environment comes before all of a profile but an assumed role.
    if token_file and role_arn and not (found and isinstance(found.source, AssumedRole)):
        session_name = environment.get("AWS_ROLE_SESSION_NAME")
        return Profile(name, WebIdentity(role_arn, token_file, session_name), Place("environment"))
    if not names and found is None:
        raise IncompleteProfile("there are neither keys nor a profile in this shell", hint="awsenv use PROFILE")
    return found or find_profile(name, profiles=profiles, settings=settings, runtime=runtime)


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
