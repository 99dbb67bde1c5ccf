"""What there is to migrate: each older profile, the account and role that it is of, or why it stays as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.migrate_roles import partition_of
from awsenv.actions.migrate_text import Shared
from awsenv.errors import AwsenvError, AwsUnreachable
from awsenv.files.profiles import Profiles
from awsenv.files.reading import ignore
from awsenv.model import (
    AssumedRole,
    Credentials,
    LoginSession,
    NoSource,
    Place,
    Process,
    Profile,
    SsoRole,
    StaticKeys,
    WebIdentity,
    account_of,
)
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

# What is shorter is no key of AWS's, and its end would be most of it.
_KEY_ID_LENGTH = 16
FinderFor = Callable[[Profile, Profiles], CredentialFinder]


class Old(Value):
    """A profile as it is. `source` is for people; `account_id` is None where nobody knows it.

    `problem` says why it stays as it is, `doubt` why its account is not known. `sso_role` is what it is already;
    `in_the_way` is where keys stand that go only when a person says so, `key_end` the end of their id.
    """

    name: str
    source: str
    account_id: str | None = None
    partition: str = "aws"
    role_name: str | None = None
    sso_role: SsoRole | None = None
    in_the_way: Place | None = None
    key_end: str | None = None
    problem: str | None = None
    doubt: str | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether it is of the newer kind, with nothing beside it."""
        return self._is_new and self.in_the_way is None

    @property
    def is_pending(self) -> bool:
        """Tell whether a role has to be found for it."""
        return self.problem is None and not self._is_new

    @property
    def is_left_over(self) -> bool:
        """Tell whether it is of the newer kind, but with old keys beside it."""
        return self._is_new and self.in_the_way is not None

    @property
    def _is_new(self) -> bool:
        return self.sso_role is not None and self.sso_role.sso_session.name is not None


def survey(
    profiles: Iterable[Profile], shared: Shared, finder_of: Callable[[Profile], CredentialFinder], *, asks_sts: bool
) -> Iterator[Old]:
    """Yield what there is to say of each profile, but of those that name no source of credentials at all.

    `asks_sts` finds out by STS whose the keys are that stand in the files.

    Raises:
        AwsUnreachable: STS does not answer.
    """
    for profile in profiles:
        if not (isinstance(profile.source, NoSource) and profile.source.is_bare):
            yield _Survey(profile, shared, finder_of, asks_sts).result()


_STAYING: Mapping[type, tuple[str, str]] = {
    StaticKeys: ("temporary keys", "its keys are temporary, and go by themselves"),
    WebIdentity: ("web identity", "it is a program's, which signs in by a web identity token"),
    Process: ("process", "its keys come from a credential_process"),
    LoginSession: ("console login", "it is a console login (login_session)"),
}


class _Survey(Value):
    profile: Profile
    shared: Shared
    finder_of: Callable[[Profile], CredentialFinder]
    asks_sts: bool

    def result(self) -> Old:
        match self.profile.source:
            case SsoRole(sso_session=sso_session) as role:
                return self._sso(role, sso_session.name)
            case AssumedRole() as role:
                return self._assumed(role)
            case StaticKeys(session_token=None) as keys:
                return self._of_keys(keys, "keys")
            case NoSource(problem=problem):
                return self._staying("-", f"it {problem}")
            case other:
                return self._staying(*_STAYING[type(other)])

    def _sso(self, role: SsoRole, session_name: str | None) -> Old:
        keys = self.profile.static_keys
        partition = partition_of(role.sso_session.region)
        if session_name is None:
            old = Old(self.profile.name, "start URL", role.account_id, partition, role.role_name, role)
            return self._with_place(old, keys)
        old = Old(self.profile.name, f"sso-session {session_name}", role.account_id, partition, role.role_name, role)
        if keys is None or keys.session_token is not None:
            # Temporary keys beside SSO are a tool's, which renews them.
            return old
        old = self._with_place(old, keys)
        account_id, _, doubt = self._ask_sts(keys)
        if account_id is not None and account_id != role.account_id:
            return replace(old, problem=f"the keys beside it are of account {account_id}: some tools take those")
        # Keys that AWS refuses lead nobody anywhere; of those that nobody asked about that is not known.
        return old if self.asks_sts else replace(old, problem=doubt)

    def _assumed(self, role: AssumedRole) -> Old:
        source = f"role of {role.source_profile or role.credential_source}"
        account_id = account_of(role.role_arn)
        if account_id is None or self.profile.role is None:
            return self._staying(source, f"its role_arn is no role's: {role.role_arn}")
        partition = role.role_arn.split(":")[1]
        old = Old(self.profile.name, source, account_id, partition, self.profile.role)
        return self._with_place(old, self.profile.static_keys)

    def _of_keys(self, keys: StaticKeys, source: str) -> Old:
        account_id, partition, doubt = self._ask_sts(keys)
        old = Old(self.profile.name, source, account_id, partition or partition_of(self.profile.region or ""))
        return self._with_place(replace(old, doubt=doubt), keys)

    def _ask_sts(self, keys: StaticKeys) -> tuple[str | None, str | None, str | None]:
        if not self.asks_sts:
            return None, None, "whose its keys are was not asked"
        from awsenv.aws import sts

        finder = self.finder_of(self.profile)
        credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
        try:
            identity = sts.fetch_identity(finder.clients, credentials, region=sts.region_for(None, self.profile.region))
        except AwsUnreachable as error:
            error.problem = f'whose keys profile "{self.profile.name}" has could not be asked: {error.problem}'
            error.hint = "try again, or --offline to leave that out"
            raise
        except AwsenvError as error:
            return None, None, f"whose its keys are is not known: {error.problem}"
        return identity.account_id, identity.arn.split(":")[1], None

    def _with_place(self, old: Old, keys: StaticKeys | None) -> Old:
        key_id = keys.access_key_id if keys else ""
        end = key_id[-4:] if len(key_id) >= _KEY_ID_LENGTH else None
        source = f"keys …{end}" if end and old.source == "keys" else old.source
        return replace(old, in_the_way=self.shared.in_the_way(old.name), key_end=end, source=source)

    def _staying(self, source: str, problem: str) -> Old:
        return Old(self.profile.name, source, problem=problem)


def finder_maker(runtime: Runtime, allowed_endpoints: tuple[str, ...]) -> FinderFor:
    """Return what makes a finder of a profile's credentials that asks AWS anew and tells nothing.

    Nothing fetched before proves that it could be fetched now, so that no cached entry is good enough.
    """
    longer_than_any = timedelta(days=2)
    made: dict[object, CredentialFinder] = {}

    def finder_for(profile: Profile, profiles: Profiles) -> CredentialFinder:
        finder = CredentialFinder(profile, profiles, runtime, ignore, allowed_endpoints, longer_than_any)
        door = profile.ca_bundle, profile.endpoint_variants, tuple(sorted(profile.endpoints.items()))
        first = made.setdefault(door, finder)
        if first is not finder:
            # botocore reads its models once for all of them, and each has the whole time for its requests.
            first.start_anew()
            finder.clients = first.clients
        return finder

    return finder_for
