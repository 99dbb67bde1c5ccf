"""Load the profiles and sso-sessions of the shared files. Knows which file says what; fetches nothing."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from awsenv.files.ini import IniFile, load_ini, parse_nested
from awsenv.files.paths import config_path, credentials_path
from awsenv.files.sections import ConfigSections, notices_of_credentials, notices_of_values, sort_config
from awsenv.files.sources import (
    COPIED_KEYS,
    COPY_OF,
    COPY_SIGNS,
    ProfileKeys,
    find_source,
    find_static_keys,
    is_copy,
    parse_sso_session,
)
from awsenv.model import (
    AssumedRole,
    LoginSession,
    NoSource,
    Notice,
    Place,
    Process,
    Profile,
    SsoRole,
    SsoSession,
    WebIdentity,
)
from awsenv.runtime import Runtime
from awsenv.values import replace

_VARIANTS = ("fips", "dualstack")
_ROLE_KEYS = ("role_arn", "source_profile", "credential_source")
_PLAIN_SSO_KEYS = frozenset({"sso_session", "sso_account_id", "sso_role_name", "sso_account_name", "region", "output"})


class Profiles:
    """The profiles of both shared files, in the order of `aws configure list-profiles`.

    The text is read once; of a long file, no more than what a name needs, as long as nobody asks for all of them. A
    `Profile` is made when it is asked for, so that one of thousands costs no more than one.
    """

    def __init__(self, config: IniFile, credentials: IniFile) -> None:
        """Take the two files as they were read."""
        self.config_path = config.path or "AWS_CONFIG_FILE, which is empty"
        self.credentials_path = credentials.path
        self._config_file = config
        self._credentials = credentials
        self._notices: list[Notice] = []
        self._made: dict[str, Profile] = {}
        self._is_whole = not (config.is_long or credentials.is_long)
        self._parts: dict[str, Profiles] = {}
        self._whole = self

    @cached_property
    def _config(self) -> ConfigSections:
        self._is_whole = True
        return sort_config(self._config_file)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names: those of the config file in its order, then those only in the credentials file."""
        return tuple(dict.fromkeys((*self._config.profiles, *self._credentials.sections)))

    @cached_property
    def sso_sessions(self) -> Mapping[str, SsoSession]:
        """The `[sso-session NAME]` sections by name; one without start URL or region is only a notice."""
        found = {}
        for name, section in self._config.sso_sessions.items():
            sso_session = parse_sso_session(name, section.values())
            if sso_session is not None:
                found[name] = sso_session
            else:
                text = f'the sso-session "{name}" lacks sso_start_url or sso_region'
                self._notices.append(Notice(text, Place(self.config_path, section.line)))
        return found

    def regions(self) -> Iterator[str]:
        """Yield the regions that profiles name, each as often as they do, without making the profiles."""
        for section in (*self._config.profiles.values(), *self._credentials.sections.values()):
            region = section.find("region")
            if region:
                yield region

    def unusual(self) -> Iterator[Profile]:
        """Yield the profiles that are more than a role of a named sso-session, as all but a few of thousands are.

        Only these can be of an sso-session that is in no section, or give a person something to know.
        """
        in_credentials = self._credentials.sections
        for name in self.names:
            section = self._config.profiles.get(name)
            if (
                section is None
                or name in in_credentials
                or not section.entries.keys() <= _PLAIN_SSO_KEYS
                or section.find("sso_session") not in self.sso_sessions
                or self._config_file.defaults.entries
                or self._credentials.defaults.entries
            ):
                yield self._at(name)

    @property
    def incomplete_sso_sessions(self) -> tuple[str, ...]:
        """The names of the sections that lack start URL or region, so that nobody can sign in to them."""
        return tuple(name for name in self._config.sso_sessions if name not in self.sso_sessions)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person should know of the files, as far as they were read, and of the profiles looked at so far."""
        found = [notice for part in self._parts.values() for notice in part.notices]
        if self._is_whole:
            found += [
                *self._config_file.notices,
                *self._config.notices,
                *self._credentials.notices,
                *notices_of_credentials(self._credentials),
            ]
        return tuple(dict.fromkeys((*found, *self._notices)))

    @property
    def may_hold_copies(self) -> bool:
        """Tell whether a copy of keys that awsenv wrote can stand in the credentials file."""
        return COPY_OF in self._credentials.text

    def find(self, name: str) -> Profile | None:
        """Return the profile of this very name, or None."""
        part = self._part_for(name)
        return part._at(name) if part._has(name) else None  # noqa: SLF001 - of this class

    def place_of_own(self, name: str) -> Place | None:
        """Return where the config file itself says what a profile's credentials come from, or None where it does not.

        A copy of another profile's keys may have its name, and SDKs would disagree about which of the two it is.
        """
        part = self._part_for(name)
        section = part._config.profiles.get(name)  # noqa: SLF001 - of this class
        if section is None:
            return None
        values = section.values()
        source = find_source(ProfileKeys(values, values, {}, part._config.sso_sessions))  # noqa: SLF001 - of this class
        return None if isinstance(source, NoSource) else Place(self.config_path, section.line)

    def without_role(self, profile: Profile) -> Profile:
        """Return a profile as botocore reads the source of another: where keys stand in it, its role is passed over.

        The keys are not taken at once: web identity, SSO, a console login and a process keep their places.
        """
        if profile.static_keys is None or not isinstance(profile.source, AssumedRole | NoSource):
            return profile
        keys = self._part_for(profile.name)._keys_of(profile.name)  # noqa: SLF001 - of this class
        merged = {key: value for key, value in keys.merged.items() if key not in _ROLE_KEYS}
        return replace(profile, source=find_source(replace(keys, merged=merged)))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._part_for(name)._has(name)  # noqa: SLF001 - of this class

    def __iter__(self) -> Iterator[Profile]:
        for name in self.names:
            yield self._at(name)

    def __len__(self) -> int:
        return len(self.names)

    def _part_for(self, name: str) -> "Profiles":
        if self._is_whole:
            return self
        if name not in self._parts:
            part = self._parts[name] = Profiles(self._config_file.excerpt(name), self._credentials.excerpt(name))
            part._is_whole = True
            part._whole = self._whole
        return self._parts[name]

    def _has(self, name: str) -> bool:
        return name in self._config.profiles or name in self._credentials.sections

    def _at(self, name: str) -> Profile:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _keys_of(self, name: str, visited: tuple[str, ...] = ()) -> ProfileKeys:
        in_config, in_credentials = self._config.profiles.get(name), self._credentials.sections.get(name)
        config = in_config.values() if in_config else {}
        credentials = in_credentials.values() if in_credentials else {}
        if is_copy(credentials):
            return self._keys_of_copy(name, config, credentials, visited)
        if COPY_OF in credentials:
            credentials = {key: value for key, value in credentials.items() if key not in COPY_SIGNS}
        return ProfileKeys(config | credentials, config, credentials, self._config.sso_sessions)

    def _keys_of_copy(
        self, name: str, config: dict[str, str], credentials: dict[str, str], visited: tuple[str, ...]
    ) -> ProfileKeys:
        # What was copied is asked for anew, where it came from: a copy dies, and nobody would see it.
        original = credentials[COPY_OF]
        own = {key: value for key, value in credentials.items() if key not in COPIED_KEYS}
        sessions = self._config.sso_sessions
        plain = ProfileKeys(config | own, config, own, sessions)
        # A profile of that name may have been written since the copy was: it is nobody's copy.
        if (original == name and name in self._config.profiles) or not isinstance(find_source(plain), NoSource):
            return plain
        there = self._whole._part_for(original)  # noqa: SLF001 - of this class
        if original == name or original in visited or not there._has(original):  # noqa: SLF001
            return ProfileKeys(config | own | {COPY_OF: original}, config, own, sessions)
        found = there._keys_of(original, (*visited, name))  # noqa: SLF001
        return ProfileKeys(
            {**found.merged, **config, **own},
            {**found.config, **config},
            {**found.credentials, **own},
            found.sso_sessions,
        )

    def _place_of(self, name: str) -> Place:
        if name in self._config.profiles:
            return Place(self.config_path, self._config.profiles[name].line)
        in_credentials = self._credentials.sections.get(name)
        return Place(self.credentials_path, in_credentials.line if in_credentials else 0)

    def _make(self, name: str) -> Profile:
        keys, place = self._keys_of(name), self._place_of(name)
        values = keys.merged
        source, static_keys = find_source(keys), find_static_keys(keys)
        self._notices += notices_of_values(name, values, place)
        if static_keys and isinstance(source, SsoRole | WebIdentity | Process | LoginSession):
            text = (
                f'profile "{name}" holds keys beside another source: the JavaScript, Go and Java SDKs may take the keys'
            )
            self._notices.append(Notice(f"{text}, boto3 and the AWS CLI do not; remove one", place))
        return Profile(
            name=name,
            source=source,
            place=place,
            region=values.get("region") or None,
            account_name=values.get("sso_account_name") or None,
            account_id_hint=values.get("aws_account_id") or None,
            ca_bundle=values.get("ca_bundle") or None,
            static_keys=static_keys,
            endpoints=self._endpoints(values),
            endpoint_variants=frozenset(
                variant for variant in _VARIANTS if values.get(f"use_{variant}_endpoint", "").lower() == "true"
            ),
        )

    def _endpoints(self, values: Mapping[str, str]) -> dict[str, str]:
        if values.get("ignore_configured_endpoint_urls", "").lower() == "true":
            return {}
        endpoints = {"*": values["endpoint_url"]} if values.get("endpoint_url") else {}
        services = self._config.services.get(values.get("services", ""))
        for service_id, nested in services.values().items() if services else ():
            endpoint_url = parse_nested(nested).get("endpoint_url")
            if endpoint_url:
                endpoints[service_id] = endpoint_url
        return endpoints


def load_profiles(runtime: Runtime) -> Profiles:
    """Return the profiles of the shared config and credentials files; a missing file has none.

    Raises:
        MalformedConfig: one of them is no regular file, or absurdly long.
        CacheUnreadable: one of them exists and cannot be opened.
    """
    return Profiles(load_ini(config_path(runtime)), load_ini(credentials_path(runtime)))


def sso_session_behind(profile: Profile, profiles: Profiles) -> SsoSession | None:
    """Return the sso-session at the root of a profile's chain of source profiles, or None where it has none."""
    visited: set[str] = set()
    current: Profile | None = profile
    while current is not None and current.name not in visited:
        visited.add(current.name)
        match current.source:
            case SsoRole(sso_session=sso_session):
                return sso_session
            case AssumedRole(source_profile=str(name)):
                found = profiles.find(name)
                current = profiles.without_role(found) if found else None
            case _:
                return None
    return None
