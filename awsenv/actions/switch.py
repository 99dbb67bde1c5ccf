"""use: what becomes of the shell's variables."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import shown_argument
from awsenv.actions.label import label_for
from awsenv.actions.meant import find_profile
from awsenv.environ import REGION_VARIABLES, Destination, is_saved_readable, saved_variables, switch
from awsenv.errors import IncompleteProfile, UnusableName
from awsenv.files import role_cache
from awsenv.files.account_names import load_account_names
from awsenv.files.prepared import Basis, discard_answers, observe
from awsenv.files.profiles import Profiles, load_profiles, sso_session_behind
from awsenv.files.settings import Settings, load_settings
from awsenv.files.tokens import token_name, token_path
from awsenv.model import AssumedRole, Credentials, EnvChange, Export, NoSource, Notice, Profile, SsoRole, StaticKeys
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

if TYPE_CHECKING:
    from awsenv.actions.flows import Progress

Notify = Callable[[Notice], None]


class Wish(Value):
    """What the person asked for: a profile by name, alias or `-`, and the options of `use` and `exec`.

    `export` and `region` are None where the settings and the profile decide; `min_ttl` as in `CredentialFinder`.
    """

    name: str
    export: Export | None = None
    region: str | None = None
    min_ttl: timedelta | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether only the name and the kind of export are wished for."""
        return self.region is None and self.min_ttl is None


class Switch(Value):
    """What a wish comes to: the change of the variables and what to tell about it.

    `basis` is what it was made from, and `cached` the token and role files behind it, where the next one who wishes the
    same may have the same without asking; None where not.
    """

    destination: Destination
    export: Export
    change: EnvChange
    basis: Basis | None = None
    cached: tuple[str, ...] = ()


def switch_to(wish: Wish, *, runtime: Runtime, notify: Notify, progress: "Progress | None" = None) -> Switch:
    """Return the switch to the profile wished for, with credentials that work.

    With `progress` and a person at the terminal, a sign-in that is over is offered to be made anew.

    Raises:
        ProfileNotFound: no such profile or alias; the nearest name is in the hint.
        UnusableName: a name or value that no variable should carry.
        AwsenvError: as `CredentialFinder.find`.
    """
    basis = observe(runtime)
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    told: list[Notice] = []

    def tell(notice: Notice) -> None:
        told.append(notice)
        notify(notice)

    profile = _chosen(wish, profiles, settings, runtime, notify)
    basis = replace(basis, warnings=tuple(map(str, profiles.notices)))
    _refuse_unusable(profile)
    export = wish.export or settings.export
    if export == "profile":
        _refuse_lost_source(profile)
    if not is_saved_readable(runtime.environment):
        tell(Notice("AWSENV_SAVED is damaged: what the AWS variables were before is not known any more"))
    finder = CredentialFinder(profile, profiles, runtime, tell, settings.allowed_endpoints, wish.min_ttl)
    if progress is not None and runtime.terminal.can_ask():
        from awsenv.actions.login import offer_login

        finder.offer_login = partial(offer_login, settings=settings, finder=finder, progress=progress)
    is_bare = export == "profile" and isinstance(profile.source, NoSource) and profile.source.is_bare
    credentials = None if is_bare else finder.find()
    destination = destination_of(profile, wish.region or profile.region, credentials, runtime)
    destination = replace(
        destination,
        label=label_for(destination, settings.prompt_format, region=_region_in(destination, runtime)),
        sign_in=sign_in_behind(profile, profiles),
    )
    change = switch(runtime.environment, destination, export)
    if not settings.prepared_answers:
        discard_answers(runtime)
    cached = _files_behind(profile, profiles, runtime)
    if cached is None or told or not wish.is_plain or not settings.prepared_answers:
        return Switch(destination, export, change)
    return Switch(destination, export, change, basis, cached)


def _chosen(wish: Wish, profiles: Profiles, settings: Settings, runtime: Runtime, notify: Notify) -> Profile:
    if profiles.may_hold_copies:
        from awsenv.files.synced import purge_expired

        purge_expired(runtime, notify)
    try:
        return find_profile(wish.name, profiles=profiles, settings=settings, runtime=runtime)
    finally:
        for notice in profiles.notices:
            notify(notice)


def sign_in_behind(profile: Profile, profiles: Profiles) -> str | None:
    """Return the name of the token file on which a profile's credentials hang, or None where they hang on none."""
    sso_session = sso_session_behind(profile, profiles)
    return token_name(sso_session) if sso_session else None


def _region_in(destination: Destination, runtime: Runtime) -> str | None:
    return destination.region or saved_variables(runtime.environment).get(REGION_VARIABLES[0])


def _refuse_unusable(profile: Profile) -> None:
    _refuse_odd_bytes(f"the profile name {profile.name!r}", profile.name)
    if not profile.name:
        raise UnusableName("a profile without a name cannot be exported: AWS_PROFILE would be empty")


def _files_behind(profile: Profile, profiles: Profiles, runtime: Runtime) -> tuple[str, ...] | None:
    # None: what the next one gets is not for a file to tell.
    match profile.source:
        case StaticKeys():
            return ()
        case SsoRole() | AssumedRole(credential_source=None) as source:
            sso_session = sso_session_behind(profile, profiles)
            token = (token_path(runtime, sso_session),) if sso_session else ()
            return (role_cache.credentials_path(runtime, source), *token)
    return None


def _refuse_lost_source(profile: Profile) -> None:
    # The switch unsets the very variables that these draw on; with the keys exported, nobody needs them any more.
    match profile.source:
        case AssumedRole(credential_source="Environment" | "EcsContainer" as name):
            raise IncompleteProfile(
                f'profile "{profile.name}" draws on credential_source = {name}, which a switch of the profile unsets',
                hint=f"awsenv use --only keys {shown_argument(profile.name)}",
            )


def destination_of(
    profile: Profile, region: str | None, credentials: Credentials | None, runtime: Runtime
) -> Destination:
    """Return where these credentials lead.

    Raises:
        UnusableName: a value that no variable should carry.
    """
    account_id = (credentials.account_id if credentials else None) or profile.account_id
    account_name = profile.account_name or load_account_names(runtime).get(account_id or "")
    destination = Destination(
        profile_name=profile.name,
        region=region,
        account_id=account_id,
        account_name=_plain(account_name) if account_name else None,
        role=profile.role,
        credentials=credentials,
    )
    _refuse_odd_bytes(f'the region of profile "{profile.name}"', region)
    _refuse_odd_bytes(f'the account id of profile "{profile.name}"', account_id)
    _refuse_odd_bytes(f'the role of profile "{profile.name}"', profile.role)
    if credentials is not None:
        _refuse_odd_bytes(f'the access key id of profile "{profile.name}"', credentials.access_key_id)
        _refuse_odd_bytes(f'the secret access key of profile "{profile.name}"', credentials.secret_access_key)
        _refuse_odd_bytes(f'the session token of profile "{profile.name}"', credentials.session_token)
    return destination


def _refuse_odd_bytes(what: str, text: str | None) -> None:
    if text is not None and any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise UnusableName(f"{what} holds a control character", hint="mend it in the shared files")


def _plain(text: str) -> str:
    # An account's name is chosen by whoever owns the account; it goes into prompts.
    return "".join(character for character in text if character.isprintable())
