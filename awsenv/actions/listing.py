"""list: every profile with its account, role, region and how long its credentials last. Asks no network."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from awsenv.errors import AwsenvError
from awsenv.files import login_cache, role_cache
from awsenv.files.account_names import load_account_names, write_account_names
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.model import (
    AssumedRole,
    LoginSession,
    NoSource,
    Notice,
    Process,
    Profile,
    Source,
    SsoRole,
    StaticKeys,
    WebIdentity,
)
from awsenv.runtime import Runtime
from awsenv.values import Value

Notify = Callable[[Notice], None]


class ListedProfile(Value):
    """One row of `awsenv list`; the field names are those of `--json`.

    `expires_at` is the end of the credentials at hand in the AWS CLI's cache, None where there are none.
    """

    name: str
    source: str
    account_id: str | None
    account_name: str | None
    role: str | None
    region: str | None
    sso_session: str | None
    expires_at: datetime | None
    active: bool
    protected: bool = False


def list_profiles(*, runtime: Runtime, notify: Notify) -> list[ListedProfile]:
    """Return every profile in the order of `aws configure list-profiles`."""
    profiles = load_profiles(runtime)
    names = load_account_names(runtime)
    active, cached = _active(runtime.environment), role_cache.entry_names(runtime)
    listed = [_listed(profile, names, active, _expiry(profile.source, cached, runtime)) for profile in profiles]
    for notice in profiles.notices:
        notify(notice)
    return listed


def learn_account_names(*, runtime: Runtime, notify: Notify) -> None:
    """Ask each Identity Center that is signed in to for the names of its accounts, and remember them.

    A session that cannot be asked is told of and passed over.
    """
    from awsenv.actions.credentials import CredentialFinder
    from awsenv.aws import identity_center

    settings, profiles = load_settings(runtime), load_profiles(runtime)
    asked: set[str] = set()
    for profile in profiles:
        sso_session = profile.sso_session
        if sso_session is None or sso_session.token_key in asked:
            continue
        asked.add(sso_session.token_key)
        finder = CredentialFinder(profile, profiles, runtime, notify, settings.allowed_endpoints)
        try:
            access_token = finder.access_token(sso_session)
            learned = identity_center.fetch_accounts(finder.clients, sso_session, access_token)
            write_account_names(runtime, learned)
        except AwsenvError as error:
            notify(Notice(f"{error.problem}; its account names are not known"))


_KINDS: dict[type[Source], str] = {
    AssumedRole: "assume-role",
    WebIdentity: "web-identity",
    StaticKeys: "static",
    Process: "process",
    LoginSession: "login",
    NoSource: "none",
}


def kind_of(source: Source) -> str:
    """Return the word for where a profile gets its credentials from."""
    if isinstance(source, SsoRole):
        return "sso-session" if source.sso_session.name is not None else "sso-legacy"
    return _KINDS[type(source)]


def _active(environment: Mapping[str, str]) -> str | None:
    # What tools would take; awsenv's own word counts only where it left the profile variables out.
    named = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE")
    return named or (environment.get("AWSENV_PROFILE") if environment.get("AWS_ACCESS_KEY_ID") else None)


def _listed(
    profile: Profile, names: Mapping[str, str], active: str | None, expires_at: datetime | None
) -> ListedProfile:
    return ListedProfile(
        name=profile.name,
        source=kind_of(profile.source),
        account_id=profile.account_id,
        account_name=profile.account_name or names.get(profile.account_id or ""),
        role=profile.role,
        region=profile.region,
        sso_session=profile.sso_session.name if profile.sso_session else None,
        expires_at=expires_at,
        active=profile.name == active,
    )


def _expiry(source: Source, cached: Collection[str], runtime: Runtime) -> datetime | None:
    match source:
        case SsoRole() | AssumedRole() | WebIdentity() if not cached:
            return None
        case SsoRole() | AssumedRole() if f"{role_cache.key_of(source)}.json" not in cached:
            return None
        case SsoRole() | AssumedRole() | WebIdentity():
            credentials = role_cache.find_credentials(runtime, source)
        case LoginSession(arn=arn):
            credentials = login_cache.find_login_credentials(runtime, arn)
        case _:
            return None
    return credentials.expires_at if credentials else None
