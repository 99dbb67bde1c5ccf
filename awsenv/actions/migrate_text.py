"""What a migration makes of the two shared files: which keys come, which go, and what was there is kept beside them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields

from awsenv.errors import LocalFileError
from awsenv.files.atomic import look_at, write_private
from awsenv.files.editor import Edited, config_file, credentials_file, edit_shared, load_shared
from awsenv.files.edits import Edit
from awsenv.files.ini import SIZE_LIMIT, parse_ini
from awsenv.files.lossless import SharedText, parse_shared
from awsenv.files.owned import SectionId, check_section, header_of, refuse_lost
from awsenv.files.paths import credentials_path
from awsenv.files.profiles import Profiles
from awsenv.files.reading import Notify, find_bytes
from awsenv.model import Place, SsoRole
from awsenv.runtime import Runtime

_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
# What some SDK would take before SSO, or refuse beside it.
_OLD = (
    *("role_arn", "source_profile", "credential_source", "external_id", "mfa_serial", "role_session_name"),
    *("duration_seconds", "web_identity_token_file", "credential_process", "login_session"),
    *("sso_start_url", "sso_region", "sso_registration_scopes"),
    *_KEYS,
)
# In the credentials file these would count more than those of the config file.
_OLD_IN_CREDENTIALS = (*_OLD, "sso_session", "sso_account_id", "sso_role_name")
_BACKUP_SUFFIX = ".before-awsenv"


@dataclass(slots=True)
class Shared:
    """Both files as they are, and then as a migration has changed them; nothing is written."""

    config: SharedText
    credentials: SharedText
    _before: Mapping[SectionId, Mapping[str, str] | None] = field(default_factory=dict, repr=False)
    _edits: list[Edit] = field(default_factory=list)

    def in_the_way(self, name: str) -> Place | None:
        """Return where keys stand that go only when a person says so, or None where there are none.

        What `sync` has written into the credentials file is awsenv's own, and renewed by it.
        """
        in_credentials = SectionId("credentials", name)
        if not self.credentials.is_owned(in_credentials) and not _absent(
            self.credentials.find(in_credentials), _OLD_IN_CREDENTIALS
        ):
            return self.credentials.place_of(in_credentials)
        in_config = SectionId("profile", name)
        return None if _absent(self.config.find(in_config), _KEYS) else self.config.place_of(in_config)

    def left_over(self, name: str) -> list[str]:
        """Return the keys that would rank above SSO, or be refused beside it, after the change."""
        found = dict(self.config.find(SectionId("profile", name)) or {})
        left = [key for key in _OLD if key in found]
        in_credentials = SectionId("credentials", name)
        if not self.credentials.is_owned(in_credentials):
            left += [key for key in _OLD_IN_CREDENTIALS if key in (self.credentials.find(in_credentials) or {})]
        return left

    def profiles(self) -> Profiles:
        """Return the profiles of both files as they are here."""
        return Profiles(
            parse_ini(self.config.content(), self.config.path),
            parse_ini(self.credentials.content(), self.credentials.path),
        )

    def change(self, roles: Mapping[str, SsoRole], retired: Collection[str]) -> None:
        """Let the profiles of these names be those roles, and the keys of `retired` be gone.

        Raises:
            UnusableName: a name that cannot stand in such a file.
            MalformedConfig: as it is indented, some other section would be another afterwards.
        """
        ids = [SectionId("profile", name) for name in roles] + [SectionId("credentials", name) for name in retired]
        self._before = {each: self._text_of(each).find(each) for each in ids}
        others = self._values_but(ids)
        lines = len(self.config.content().splitlines())
        added = {name: role for name, role in roles.items() if self._before[SectionId("profile", name)] is None}
        _move(self.config, {name: role for name, role in roles.items() if name not in added})
        self._edits = self.config.edits()
        before = len(self.config.content().splitlines())
        _move(self.config, added)
        new = self.config.content().splitlines()[before:]
        if new:
            self._edits.append(Edit(lines, (), tuple(line.decode("utf-8", "surrogateescape") for line in new)))
        _clear(self.credentials, retired)
        for (text, said), (_, says) in zip(others, self._values_but(ids), strict=True):
            refuse_lost(said, says, text.path)

    def edits(self) -> list[tuple[str, list[Edit]]]:
        """Return what changes, by the path of each file."""
        return [(self.config.path, self._edits), (self.credentials.path, self.credentials.edits())]

    def write(
        self, roles: Mapping[str, SsoRole], retired: Collection[str], *, runtime: Runtime, notify: Notify
    ) -> list[str]:
        """Write the same change, the config file first, and return the paths of what was kept of the files before.

        Between the two a profile is of the same account by its role and by its keys.

        Raises:
            LocalFileError, ConfigError: as `edit_shared`; or a section has changed since.
        """
        kept: list[str] = []

        def change_config(text: SharedText) -> None:
            self._check(text, "profile", roles)
            kept.extend(_keep(text))
            _move(text, roles)

        def change_credentials(text: SharedText) -> None:
            self._check(text, "credentials", retired)
            kept.extend(_keep(text))
            _clear(text, retired)

        made = [edit_shared(config_file(runtime), change_config, runtime=runtime, notify=notify)] if roles else []
        if any(self._before.get(SectionId("credentials", name)) for name in retired):
            try:
                made.append(edit_shared(credentials_file(runtime), change_credentials, runtime=runtime, notify=notify))
            except LocalFileError as error:
                error.problem = f"the profiles are migrated, but their old keys still stand there: {error.problem}"
                error.hint = "awsenv migrate --retire-keys"
                raise
        return list(dict.fromkeys([*_backups(made), *kept]))

    def _values_but(
        self, changed: Sequence[SectionId]
    ) -> list[tuple[SharedText, dict[SectionId, Mapping[str, str] | None]]]:
        known = frozenset(changed)
        return [(text, text.values_but(known)) for text in (self.config, self.credentials)]

    def _text_of(self, section_id: SectionId) -> SharedText:
        return self.credentials if section_id.kind == "credentials" else self.config

    def _check(self, text: SharedText, kind: str, names: Collection[str]) -> None:
        # What was shown and agreed to is what is written, and nothing else.
        for section_id, values in self._before.items():
            if section_id.kind == kind and section_id.name in names and text.find(section_id) != values:
                raise LocalFileError(
                    f"{section_id} in {text.path} was changed by another program meanwhile: nothing is written there",
                    hint="awsenv migrate",
                )


def load_both(runtime: Runtime) -> Shared:
    """Return both shared files.

    Raises:
        MalformedConfig, CacheUnreadable, ConfigError: as `load_shared` and `config_file`.
    """
    path = credentials_path(runtime)
    nothing = parse_shared(b"", path, is_config=False)
    return Shared(load_shared(config_file(runtime)), load_shared(credentials_file(runtime)) if path else nothing)


def _move(text: SharedText, roles: Mapping[str, SsoRole]) -> None:
    added: dict[SectionId, Mapping[str, str]] = {}
    changes: list[tuple[SectionId, Mapping[str, str], Collection[str]]] = []
    for name, role in roles.items():
        section_id = SectionId("profile", name)
        values = {
            "sso_session": role.sso_session.token_key,
            "sso_account_id": role.account_id,
            "sso_role_name": role.role_name,
        }
        if text.find(section_id) is None:
            check_section(section_id, values)
            added[section_id] = values
        else:
            changes.append((section_id, values, _OLD))
    text.amend_all(changes)
    if added:
        _append(text, added)


def _append(text: SharedText, sections: Mapping[SectionId, Mapping[str, str]]) -> None:
    # Without awsenv's mark: the profile is the person's own, only its home was the credentials file. With the mark
    # `populate --prune` would take it for one of its own that has another name by now.
    content = text.content()
    eol = b"\r\n" if b"\r\n" in content else b"\n"
    for section_id, values in sections.items():
        content += eol if content.endswith(eol) else eol + eol
        lines = [f"[{header_of(section_id)}]", *(f"{key} = {value}" for key, value in values.items())]
        content += b"".join(line.encode("utf-8", "surrogateescape") + eol for line in lines)
    grown = parse_shared(content, text.path, is_config=text.is_config)
    for each in fields(text):
        setattr(text, each.name, getattr(grown, each.name))


def _clear(text: SharedText, names: Collection[str]) -> None:
    section_ids = [SectionId("credentials", name) for name in names]
    found = [each for each in section_ids if text.find(each) is not None and not text.is_owned(each)]
    text.amend_all((each, {}, _OLD_IN_CREDENTIALS) for each in found)
    text.strike(*(each for each in found if not text.find(each)))


def _keep(text: SharedText) -> list[str]:
    # The editor's own copy is made once, of a file that may have had no such keys or profiles yet.
    content = text.content()
    path, number = text.path + _BACKUP_SUFFIX, 1
    if look_at(path).status is None:
        return []
    while (kept := find_bytes(path, SIZE_LIMIT)) is not None:
        if kept == content:
            return [path]
        number += 1
        path = f"{text.path}{_BACKUP_SUFFIX}-{number}"
    write_private(path, content)
    return [path]


def _backups(made: Collection[Edited]) -> list[str]:
    return [each.backup_path for each in made if each.backup_path]


def _absent(values: Mapping[str, str] | None, keys: Collection[str]) -> bool:
    return values is None or not any(key in values for key in keys)
