"""setup's wish for the settings: what the hook does when a sign-in is over."""

from collections.abc import Callable

from awsenv.errors import SettingsError
from awsenv.files.edits import Edit
from awsenv.files.own_settings import with_guard_mode, without_guard_mode
from awsenv.files.rc import edit_rc, find_rc
from awsenv.files.rc_text import edit_of
from awsenv.files.settings import parse_settings, settings_path
from awsenv.model import Mode, Notice
from awsenv.runtime import Runtime
from awsenv.values import Value

Notify = Callable[[Notice], None]


class SettingsPlan(Value):
    """What becomes of the settings file: `after` is None where it goes."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def is_change(self) -> bool:
        """Tell whether anything changes."""
        return self.before != self.after

    def edits(self) -> list[Edit]:
        """Return what changes, to be shown."""
        return edit_of(self.before, self.after)


def plan_guard_mode(mode: Mode, runtime: Runtime) -> SettingsPlan:
    """Return what is to become of the settings file, so that the guard has this mode.

    Raises:
        SettingsError: the file sets it already, to another one; or is none.
        CacheUnreadable, MalformedConfig: as `find_rc`.
    """
    path = settings_path(runtime)
    before = find_rc(path)
    if parse_settings(before or b"", path).guard_mode == mode:
        return SettingsPlan(path, before, before)
    return SettingsPlan(path, before, _changed(before, mode, path))


def write_guard_mode(mode: Mode, *, runtime: Runtime, notify: Notify) -> bool:
    """Set the guard's mode, and tell whether that changes the file.

    Raises:
        SettingsError: as `plan_guard_mode`; nothing is written then.
        LocalFileError: it was not written.
    """
    path = settings_path(runtime)
    return edit_rc(path, lambda content: _changed(content, mode, path), runtime=runtime, notify=notify)


def plan_settings_removal(runtime: Runtime) -> SettingsPlan:
    """Return what becomes of the settings file without what setup wrote.

    Raises:
        CacheUnreadable, MalformedConfig: as `find_rc`.
    """
    path = settings_path(runtime)
    before = find_rc(path)
    return SettingsPlan(path, before, None if before is None else without_guard_mode(before))


def remove_settings(*, runtime: Runtime, notify: Notify) -> bool:
    """Take out of the settings file what setup wrote, and tell whether that changes it.

    Raises:
        LocalFileError: it was not written.
    """

    def change(content: bytes | None) -> bytes | None:
        return None if content is None else without_guard_mode(content)

    return edit_rc(settings_path(runtime), change, runtime=runtime, notify=notify)


def _changed(content: bytes | None, mode: Mode, path: str) -> bytes:
    changed = with_guard_mode(content, mode)
    try:
        parse_settings(changed, path)
    except SettingsError as error:
        # TOML takes a table only once, and which of its keys are whose nobody may guess.
        hint = f'set mode = "{mode}" under [guard] in {path}'
        raise SettingsError(f"{path} has a [guard] of its own, which setup leaves alone", hint=hint) from error
    return changed
