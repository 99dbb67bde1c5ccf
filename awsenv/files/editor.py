"""Change a shared file under one lock, so that everybody sees the old file or the new and no change is lost."""

import contextlib
from collections.abc import Callable

from awsenv.errors import ConfigError, LocalFileError
from awsenv.files.atomic import Look, Overtaken, look_at, replace_file, write_private
from awsenv.files.ini import SIZE_LIMIT
from awsenv.files.leftovers import stale_in, sweep
from awsenv.files.locks import locked
from awsenv.files.lossless import SharedText, parse_shared
from awsenv.files.paths import as_path, config_path, credentials_path, parent_of
from awsenv.files.reading import Notify, find_bytes
from awsenv.model import Notice, Place
from awsenv.runtime import Runtime
from awsenv.values import Value

# One edit of a file of thousands of profiles takes a tenth of a second; sixty-four may want theirs at once.
LOCK_WAIT = 30.0
# Who writes without awsenv's lock, as the AWS CLI does, seldom does it twice in a row.
_MOST_TRIES = 20
_PAUSE = 0.05
_LOOKS_AT_NOTHING = 4
_BACKUP_SUFFIX = ".before-awsenv"


class SharedFile(Value):
    """One of the two shared files. Others may not read the credentials file, whatever its mode was.

    With `keeps_first`, the file as it was before the first edit is kept beside it, if anybody else wrote in it.
    """

    path: str
    is_config: bool
    keeps_first: bool = True


class Edited(Value):
    """What an edit came to: whether the file was written, and the backup that was made of it for the first time."""

    is_written: bool
    backup_path: str | None = None


def config_file(runtime: Runtime) -> SharedFile:
    """Return the shared config file.

    Raises:
        ConfigError: `AWS_CONFIG_FILE` is empty.
    """
    return SharedFile(_named(config_path(runtime), "AWS_CONFIG_FILE"), is_config=True)


def credentials_file(runtime: Runtime) -> SharedFile:
    """Return the shared credentials file.

    Raises:
        ConfigError: `AWS_SHARED_CREDENTIALS_FILE` is empty.
    """
    return SharedFile(_named(credentials_path(runtime), "AWS_SHARED_CREDENTIALS_FILE"), is_config=False)


def load_shared(file: SharedFile) -> SharedText:
    """Return the text of the file, to look at or to try a change on; a missing one is empty.

    Raises:
        MalformedConfig, CacheUnreadable: as `load_ini`; UTF-16 too.
    """
    return parse_shared(find_bytes(file.path, SIZE_LIMIT) or b"", file.path, is_config=file.is_config)


def edit_shared(
    file: SharedFile, change: Callable[[SharedText], object], *, runtime: Runtime, notify: Notify
) -> Edited:
    """Read the file, let `change` put and remove sections, and write it, if that changes anything.

    `change` is called again with what then stands there where somebody without the lock was faster.

    Raises:
        LocalFileError: it was not written; the old content stands.
        MalformedConfig: as `load_shared`.
        AwsenvError: what `change` raises; nothing is written then.
    """

    def rewrite(content: bytes) -> bytes:
        text = parse_shared(content, file.path, is_config=file.is_config)
        change(text)
        return text.content()

    return rewrite_shared(file, rewrite, runtime=runtime, notify=notify)


def rewrite_shared(file: SharedFile, rewrite: Callable[[bytes], bytes], *, runtime: Runtime, notify: Notify) -> Edited:
    """Write what `rewrite` makes of the file's bytes, where it is in such a state that sections cannot be edited.

    As `edit_shared` in all else.

    Raises:
        LocalFileError: it was not written; the old content stands.
        AwsenvError: what `rewrite` raises; nothing is written then.
    """
    # Two links to one file, or two files beside each other, whose leftovers look alike, share one lock.
    folder = parent_of(look_at(file.path).target)
    with locked(runtime, f"edit {folder}", LOCK_WAIT) as is_held:
        if is_held:
            # Beside a link stands its backup.
            for each in {folder, parent_of(file.path)}:
                sweep(each)
        for attempt in range(_MOST_TRIES):
            try:
                return _edit_once(file, rewrite, notify, is_second_look=attempt >= _LOOKS_AT_NOTHING)
            except Overtaken:
                runtime.sleep(_PAUSE)
    raise LocalFileError(f"{file.path} is written by another program all the time", hint="end that, then try again")


def sweep_beside(path: str, runtime: Runtime) -> None:
    """Remove what writers of a shared file that were killed have left beside it, if there is anything."""
    with contextlib.suppress(OSError, LocalFileError):
        folder = parent_of(look_at(path).target)
        if any(stale_in(as_path(folder), None)):
            with locked(runtime, f"edit {folder}", LOCK_WAIT) as is_held:
                if is_held:
                    sweep(folder)


def _edit_once(file: SharedFile, rewrite: Callable[[bytes], bytes], notify: Notify, *, is_second_look: bool) -> Edited:
    before = look_at(file.path)
    content = find_bytes(file.path, SIZE_LIMIT) or b""
    if before.status and not content and not is_second_look:
        # The AWS CLI empties the file before it fills it: what it is about to write would be lost.
        raise Overtaken
    new = rewrite(content)
    if new == content:
        return Edited(is_written=False)
    backup_path = _back_up(file, content) if before.status and file.keeps_first else None
    if before.status and before.status.st_nlink > 1:
        notify(Notice("the file's other names (hard links) keep what it was", Place(file.path)))
    mode = _mode_for(file, before)
    replace_file(before, new, mode)
    if before.status and before.status.st_mode & 0o777 & ~mode:
        text_of_modes = f"mode {before.status.st_mode & 0o777:04o}, now {mode:04o}"
        notify(Notice(f"others had more rights in this file than they may have ({text_of_modes})", Place(file.path)))
    return Edited(is_written=True, backup_path=backup_path)


def _back_up(file: SharedFile, content: bytes) -> str | None:
    # Beside the link and not beside its target: what is in the folder of the dotfiles is soon committed.
    backup_path = file.path + _BACKUP_SUFFIX
    if look_at(backup_path).status is not None or _is_awsenvs_alone(file, content):
        return None
    write_private(backup_path, content)
    return backup_path


def _is_awsenvs_alone(file: SharedFile, content: bytes) -> bool:
    # In a file that awsenv has made, nobody has anything to lose yet.
    anew = parse_shared(b"", file.path, is_config=file.is_config)
    try:
        for section_id, values in parse_shared(content, file.path, is_config=file.is_config).owned():
            anew.put(section_id, values)
    except ConfigError:
        return False
    return anew.content().split() == content.split()


def _mode_for(file: SharedFile, before: Look) -> int:
    if before.status is None:
        return 0o600
    # The config file holds no keys, and who shares its text with others has chosen so; to change it is for nobody else.
    return before.status.st_mode & (0o775 if file.is_config else 0o700)


def _named(path: str, variable: str) -> str:
    if not path:
        raise ConfigError(f"{variable} is empty, which AWS tools take for no file", hint=f"unset {variable}")
    return path
