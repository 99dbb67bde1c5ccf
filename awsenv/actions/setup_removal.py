"""setup --remove: which sections of the config file are awsenv's and may go, and which must stay."""

from collections.abc import Callable, Collection, Iterator, Mapping

from awsenv.files.editor import Edited, config_file, edit_shared, load_shared
from awsenv.files.lossless import SharedText
from awsenv.files.owned import Kind, SectionId
from awsenv.files.paths import as_path
from awsenv.files.settings import settings_path
from awsenv.model import Notice
from awsenv.runtime import Runtime
from awsenv.values import Value

_BACKUP_SUFFIX = ".before-awsenv"
# A key of a profile, and the kind of section that it names.
_NAMED_BY: Mapping[str, Kind] = {"sso_session": "sso-session", "source_profile": "profile"}


class OwnSections(Value):
    """What awsenv wrote into the config file at `path`; of `kept`, sections of other authors still have need.

    `others_keys` are those that somebody else has put into sections which may go.
    """

    path: str
    removable: tuple[SectionId, ...]
    kept: tuple[SectionId, ...]
    others_keys: Mapping[SectionId, tuple[str, ...]]


def find_own_sections(runtime: Runtime) -> OwnSections:
    """Return the sections that awsenv wrote, in the order of the file.

    Raises:
        MalformedConfig, CacheUnreadable, ConfigError: as `load_shared`.
    """
    text = load_shared(config_file(runtime))
    own = [section_id for section_id, _ in text.owned() if section_id.kind in ("profile", "sso-session")]
    needed = _needed(text, set(own))
    removable = tuple(each for each in own if each not in needed)
    others_keys = {each: text.others_keys(each) for each in removable}
    return OwnSections(text.path, removable, tuple(each for each in own if each in needed), others_keys)


def remove_own_sections(
    sections: Collection[SectionId], *, runtime: Runtime, notify: Callable[[Notice], None]
) -> Edited:
    """Remove these sections, as far as they are awsenv's still.

    Raises:
        LocalFileError, ConfigError: as `edit_shared`; nothing is written then.
    """

    def change(text: SharedText) -> None:
        for each in sections:
            if text.is_owned(each):
                text.remove(each)

    return edit_shared(config_file(runtime), change, runtime=runtime, notify=notify)


def find_left(runtime: Runtime) -> list[str]:
    """Return the paths of what stays: the copy of the config file from before awsenv's first change, the settings."""
    paths = (config_file(runtime).path + _BACKUP_SUFFIX, settings_path(runtime))
    return [path for path in paths if as_path(path).exists()]


def _needed(text: SharedText, own: Collection[SectionId]) -> set[SectionId]:
    needed = set[SectionId]()
    waiting = [each for each in text.ids() if each not in own]
    while waiting:
        for named in _named_in(text.find(waiting.pop()) or {}):
            # What is needed has needs of its own: a source profile its sso-session.
            if named in own and named not in needed:
                needed.add(named)
                waiting.append(named)
    return needed


def _named_in(values: Mapping[str, str]) -> Iterator[SectionId]:
    for key, kind in _NAMED_BY.items():
        if key in values:
            yield SectionId(kind, values[key])
