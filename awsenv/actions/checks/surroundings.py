"""What doctor has collected before any check looks at it: files, environment, caches, start files. Judges nothing."""

import os
import pwd
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from awsenv.actions.checks.caches import CacheFile, collect_caches
from awsenv.actions.checks.folders import Folder, copies_beside, look, own_folders
from awsenv.actions.checks.programs import Program, Skew, interpreter_of
from awsenv.actions.checks.start_files import Start, collect_starts
from awsenv.errors import AwsenvError
from awsenv.files.ini import SIZE_LIMIT, IniFile, parse_ini
from awsenv.files.owned import SectionId
from awsenv.files.paths import as_path, config_path, credentials_path, home_path
from awsenv.files.reading import find_bytes
from awsenv.files.scanner import Section
from awsenv.files.sections import ConfigSections, sort_config
from awsenv.files.settings import Settings, load_settings, settings_path
from awsenv.model import Place
from awsenv.runtime import Runtime, decoded
from awsenv.values import Value


class Shared(Value):
    """One of the shared files; `content` is None where there is none, or `problem` keeps it from being read."""

    path: str
    is_config: bool
    content: bytes | None
    ini: IniFile
    status: os.stat_result | None
    problem: str | None = None

    def place(self, line: int = 0) -> Place:
        """Return a line of this file."""
        return Place(self.path, line)


class ProfileFacts(Value):
    """What the shared files say of one profile: its section in each, and every key, the credentials file's first."""

    name: str
    config: Section | None
    credentials: Section | None
    config_path: str
    credentials_path: str
    values: Mapping[str, str]

    def place(self, key: str = "") -> Place:
        """Return where a key stands; the section's header for one that does not."""
        for section, path in ((self.credentials, self.credentials_path), (self.config, self.config_path)):
            if section is not None and key in section.entries:
                return Place(path, section.entries[key][1])
        is_config = self.config is not None
        section = self.config or self.credentials
        return Place(self.config_path if is_config else self.credentials_path, section.line if section else 0)

    def is_in_config(self, key: str) -> bool:
        """Tell whether the value of a key is the config file's."""
        return self.credentials is None or key not in self.credentials.entries

    def section_id(self, *, is_config: bool) -> SectionId:
        """Return its section in one of the files."""
        return SectionId("profile" if is_config else "credentials", self.name)

    def has(self, *keys: str) -> bool:
        """Tell whether one of the keys stands there."""
        return any(key in self.values for key in keys)


class OwnProgram(Value):
    """The awsenv that the PATH leads to, and the Python that it runs by, where its first lines say so."""

    path: str
    interpreter: str | None


class Surroundings(Value):
    """Everything that the checks may look at.

    `now` is aware UTC; `user_id` is whose files they should be; `other_home` is the user's own home folder, if it is
    another one and has a config file.
    """

    environment: Mapping[str, str]
    home: str
    other_home: str | None
    now: datetime
    user_id: int
    config: Shared
    credentials: Shared
    sections: ConfigSections
    profiles: Sequence[ProfileFacts]
    settings: Settings | None
    settings_path: str
    settings_problem: tuple[str, str | None] | None
    folders: Sequence[Folder]
    copies: Sequence[Folder]
    caches: Sequence[CacheFile]
    starts: Sequence[Start]
    is_hooked: bool
    shell: str | None
    interpreter: str | None
    program_on_path: OwnProgram | None
    programs: Callable[[], Sequence[Program]]
    skews: Callable[[], Sequence[Skew]]

    @property
    def shared(self) -> tuple[Shared, Shared]:
        """Both shared files."""
        return self.config, self.credentials

    @property
    def is_one_file(self) -> bool:
        """Tell whether both shared files are one, by a link or by their variables."""
        one, other = self.config.status, self.credentials.status
        return one is not None and other is not None and (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)

    def find(self, name: str) -> ProfileFacts | None:
        """Return the profile of this name."""
        return next((profile for profile in self.profiles if profile.name == name), None)


def collect(
    runtime: Runtime,
    *,
    shell: str | None,
    is_hooked: bool,
    programs: Callable[[], Sequence[Program]],
    skews: Callable[[], Sequence[Skew]],
) -> Surroundings:
    """Look at everything once; what cannot be read is told of by the checks, and raises nothing."""
    config, credentials = (
        _read(config_path(runtime), is_config=True),
        _read(credentials_path(runtime), is_config=False),
    )
    sections = sort_config(config.ini)
    settings, settings_problem = _settings(runtime)
    return Surroundings(
        environment=runtime.environment,
        home=home_path(runtime),
        other_home=_other_home(runtime),
        now=runtime.now(),
        user_id=_user_id(runtime),
        config=config,
        credentials=credentials,
        sections=sections,
        profiles=_profiles(config, credentials, sections),
        settings=settings,
        settings_path=settings_path(runtime),
        settings_problem=settings_problem,
        folders=own_folders(runtime),
        copies=copies_beside((config.path, credentials.path)),
        caches=collect_caches(runtime),
        starts=collect_starts(runtime),
        is_hooked=is_hooked,
        shell=shell,
        interpreter=decoded(sys.executable) if sys.executable else None,
        program_on_path=_program_on_path(runtime),
        programs=programs,
        skews=skews,
    )


def _read(path: str, *, is_config: bool) -> Shared:
    try:
        status = as_path(path).stat() if path else None
    except (OSError, ValueError):
        status = None
    problem = None
    content: bytes | None = None
    try:
        content = find_bytes(path, SIZE_LIMIT) if path else None
        ini = parse_ini(content or b"", path)
    except AwsenvError as error:
        problem, ini = error.problem, parse_ini(b"", path)
    return Shared(path, is_config, content, ini, status, problem)


def _profiles(config: Shared, credentials: Shared, sections: ConfigSections) -> list[ProfileFacts]:
    found = list[ProfileFacts]()
    in_credentials = credentials.ini.sections
    for name in dict.fromkeys((*sections.profiles, *in_credentials)):
        one, other = sections.profiles.get(name), in_credentials.get(name)
        values = (one.values() if one else {}) | (other.values() if other else {})
        found.append(ProfileFacts(name, one, other, config.path, credentials.path, values))
    return found


def _user_id(runtime: Runtime) -> int:
    # root in somebody's home, as under sudo, is to leave there what that person can use.
    home = look(home_path(runtime)) if os.geteuid() == 0 else None
    return home.owner if home else os.geteuid()


def _other_home(runtime: Runtime) -> str | None:
    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return None
    return home if home != home_path(runtime) and look(f"{home}/.aws/config") else None


def _program_on_path(runtime: Runtime) -> OwnProgram | None:
    found = shutil.which("awsenv", path=runtime.environment.get("PATH", ""))
    return OwnProgram(decoded(found), interpreter_of(found)) if found else None


def _settings(runtime: Runtime) -> tuple[Settings | None, tuple[str, str | None] | None]:
    try:
        return load_settings(runtime), None
    except AwsenvError as error:
        return None, (error.problem, error.hint)
