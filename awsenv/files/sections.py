"""Which sections of the shared files are profiles, sso-sessions and services, by botocore's rules."""

from collections.abc import Mapping

from awsenv.files.ini import IniFile
from awsenv.files.scanner import Section
from awsenv.files.sources import parse_whole_number
from awsenv.model import Notice, Place

# A section of the config file with one of these was meant to be a profile.
_PROFILE_KEYS = frozenset(
    {
        "aws_access_key_id",
        "credential_process",
        "credential_source",
        "login_session",
        "output",
        "region",
        "role_arn",
        "source_profile",
        "sso_account_id",
        "sso_role_name",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
    }
)


class ConfigSections:
    """The config file's sections by what they are and by name, in the order of the file."""

    def __init__(self) -> None:
        """Begin with none."""
        self.profiles: dict[str, Section] = {}
        self.sso_sessions: dict[str, Section] = {}
        self.services: dict[str, Section] = {}
        self.notices: list[Notice] = []


def sort_config(config: IniFile) -> ConfigSections:
    """Sort the sections of the config file, with notices on those that AWS tools pass over."""
    found = ConfigSections()
    for header, section in config.sections.items():
        if header.startswith("profile"):
            _put(found.profiles, "profile", section, found.notices, config.path)
        elif header.startswith("sso-session"):
            _put(found.sso_sessions, "sso-session", section, found.notices, config.path)
        elif header.startswith("services"):
            _put(found.services, "services", section, found.notices, config.path)
        elif header == "default":
            _put(found.profiles, "", section, found.notices, config.path)
        elif not _PROFILE_KEYS.isdisjoint(section.entries):
            text = f"AWS tools pass over [{header}]: in this file a profile is [profile {header}]"
            found.notices.append(Notice(text, Place(config.path, section.line)))
    return found


def notices_of_credentials(credentials: IniFile) -> list[Notice]:
    """Return notices on sections of the credentials file whose names were meant for the config file."""
    return [
        Notice(
            f'here the whole of [{header}] is the name of the profile: without the word "profile" it is meant',
            Place(credentials.path, section.line),
        )
        for header, section in credentials.sections.items()
        if header.startswith("profile ")
    ]


def notices_of_values(name: str, values: Mapping[str, str], place: Place) -> list[Notice]:
    """Return notices on values of a profile that AWS tools pass over."""
    duration_seconds = values.get("duration_seconds")
    if duration_seconds is None or parse_whole_number(duration_seconds) is not None:
        return []
    return [Notice(f'profile "{name}": duration_seconds is no whole number, so AWS\'s default counts', place)]


def name_in(header: str) -> str | None:
    """Return the second of exactly two words, quoted as in a shell, or None for any other header."""
    if "'" in header or '"' in header or "\\" in header:
        import shlex

        try:
            words = shlex.split(header)
        except ValueError:
            return None
    else:
        # What shlex takes for space, and not what str.split does.
        words = header.replace("\t", " ").split(" ")
        if "" in words:
            words = [word for word in words if word]
    return words[1] if len(words) == 2 else None  # noqa: PLR2004 - kind and name


def _put(named: dict[str, Section], kind: str, section: Section, notices: list[Notice], path: str) -> None:
    name = name_in(section.name) if kind else section.name
    if name is None:
        text = f'AWS tools pass over [{section.name}]: a name with spaces or quotes is written [{kind} "a name"]'
        notices.append(Notice(text, Place(path, section.line)))
        return
    if name in named:
        before = named[name]
        text = f"[{section.name}] takes the place of [{before.name}] on line {before.line}, whose keys are not read"
        notices.append(Notice(text, Place(path, section.line)))
    named[name] = section
