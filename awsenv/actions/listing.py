"""list: every profile with its account, role, region and how long its credentials last. Asks no network."""

from collections.abc import Callable, Mapping
from datetime import datetime

from awsenv.errors import AwsenvError
from awsenv.files import login_cache, role_cache
from awsenv.files.account_names import load_account_names, write_account_names
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.files.summaries import Summary, find_summaries, observe_shared, write_summaries
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
    observed = observe_shared(runtime)
    kept = find_summaries(runtime, observed)
    profiles = load_profiles(runtime)
    summaries, notices = kept or ([_summary_of(profile) for profile in profiles], profiles.notices)
    if kept is None:
        write_summaries(runtime, observed, summaries, notices)
    names = load_account_names(runtime)
    active, cached = _active(runtime.environment), role_cache.entry_names(runtime)
    listed = [
        ListedProfile(
            name,
            source,
            account_id,
            account_name or names.get(account_id or ""),
            role,
            region,
            sso_session,
            # Few are asked for, so of long files no more is read than what these need.
            _expiry(profiles.find(name), runtime) if entry == "" or entry in cached else None,
            name == active,
            False,  # noqa: FBT003 - protected; by place, since there are thousands
        )
        for name, source, account_id, account_name, role, region, sso_session, entry in summaries
    ]
    for notice in notices:
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


def _summary_of(profile: Profile) -> Summary:
    entry = None
    match profile.source:
        case SsoRole() | AssumedRole():
            entry = f"{role_cache.key_of(profile.source)}.json"
        case WebIdentity() | LoginSession():
            entry = ""
    return Summary(
        name=profile.name,
        source=kind_of(profile.source),
        account_id=profile.account_id,
        account_name=profile.account_name,
        role=profile.role,
        region=profile.region,
        sso_session=profile.sso_session.name if profile.sso_session else None,
        entry=entry,
    )


def _expiry(profile: Profile | None, runtime: Runtime) -> datetime | None:
    match profile.source if profile else None:
        case SsoRole() | AssumedRole() | WebIdentity() as source:
            credentials = role_cache.find_credentials(runtime, source)
        case LoginSession(arn=arn):
            credentials = login_cache.find_login_credentials(runtime, arn)
        case _:
            return None
    return credentials.expires_at if credentials else None
