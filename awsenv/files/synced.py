"""Sections of the credentials file that hold a copy of a profile's temporary keys, for tools that read nothing else.

Such a section says whose copy it is, so that awsenv itself goes on asking where the keys come from, and on which
sign-in they hang, so that a logout finds them. Keys that others put beside these stay, and so does the whole section
where others have put theirs in the place of these.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

from awsenv.errors import LocalFileError, MalformedConfig
from awsenv.files.copy_places import places
from awsenv.files.editor import SharedFile, credentials_file, edit_shared, sweep_beside
from awsenv.files.ini import SIZE_LIMIT
from awsenv.files.lossless import SharedText
from awsenv.files.owned import SectionId
from awsenv.files.paths import credentials_path
from awsenv.files.reading import Notify, find_bytes
from awsenv.files.sources import COPY_DIGEST, COPY_OF, COPY_SIGN_IN, copy_digest, is_copy
from awsenv.model import Credentials, ExpirationForm
from awsenv.runtime import Runtime, encoded, moment_text, parse_moment
from awsenv.values import Value

_ENDS = "x_security_token_expires"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class SyncedSection(Value):
    """A copy as it stands in the file; `sign_in` is the token key of its sso-session, if it hangs on one."""

    name: str
    profile_name: str
    sign_in: str | None
    expires_at: datetime | None


def synced_values(
    credentials: Credentials, profile_name: str, sign_in: str | None, region: str | None, form: ExpirationForm
) -> dict[str, str]:
    """Return the keys of a section with a copy of these credentials."""
    values = {"aws_access_key_id": credentials.access_key_id, "aws_secret_access_key": credentials.secret_access_key}
    if credentials.session_token:
        values["aws_session_token"] = credentials.session_token
    if region:
        values["region"] = region
    if credentials.expires_at:
        text = moment_text(credentials.expires_at)
        milliseconds = (credentials.expires_at - _EPOCH) // timedelta(milliseconds=1)
        values |= {"expiration": text if form == "iso" else str(milliseconds), _ENDS: text}
    values |= {COPY_OF: profile_name, COPY_DIGEST: copy_digest(credentials.access_key_id)}
    return values | ({COPY_SIGN_IN: sign_in} if sign_in else {})


def copies_file(runtime: Runtime) -> SharedFile:
    """Return the credentials file; of what changes every hour, and is secret, no second copy lies about."""
    return _copies_in(credentials_file(runtime).path)


def _copies_in(path: str) -> SharedFile:
    return SharedFile(path, is_config=False, keeps_first=False)


def find_synced(text: SharedText) -> Iterator[SyncedSection]:
    """Yield every section of the credentials file that holds a copy and is awsenv's."""
    for section_id, values in text.owned():
        if is_copy(values):
            expires_at = parse_moment(values.get(_ENDS, ""))
            yield SyncedSection(section_id.name, values[COPY_OF], values.get(COPY_SIGN_IN), expires_at)


def take_out(text: SharedText, name: str) -> None:
    """Let a copy be gone: the whole section, or what awsenv wrote into it where others did so too."""
    section_id = SectionId("credentials", name)
    if text.is_awsenvs_alone(section_id):
        text.remove(section_id)
    else:
        text.put(section_id, {})


def purge(runtime: Runtime, notify: Notify, is_over: Callable[[SyncedSection], bool]) -> list[str]:
    """Take out the copies that `is_over` tells of, and return the names of their sections.

    Raises:
        LocalFileError, MalformedConfig: the file cannot be read, or was not written.
    """
    path = credentials_path(runtime)
    return _purge(path, runtime, notify, is_over) if path else []


def purge_everywhere(runtime: Runtime, notify: Notify, is_over: Callable[[SyncedSection], bool]) -> list[str]:
    """Do as `purge` in every file that copies were written into, this terminal's or another's.

    Raises:
        LocalFileError, MalformedConfig: of the first file that cannot be read or written; the others are done.
    """
    gone: list[str] = []
    failures: list[LocalFileError | MalformedConfig] = []
    for path in places(runtime):
        try:
            gone += _purge(path, runtime, notify, is_over)
        except (LocalFileError, MalformedConfig) as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return gone


def _purge(path: str, runtime: Runtime, notify: Notify, is_over: Callable[[SyncedSection], bool]) -> list[str]:
    # By a quick look.
    if encoded(COPY_OF) not in (find_bytes(path, SIZE_LIMIT) or b""):
        sweep_beside(path, runtime)
        return []
    gone: list[str] = []

    def change(text: SharedText) -> None:
        gone[:] = [section.name for section in find_synced(text) if is_over(section)]
        for name in gone:
            take_out(text, name)

    edit_shared(_copies_in(path), change, runtime=runtime, notify=notify)
    return gone


def purge_expired(runtime: Runtime, notify: Notify) -> list[str]:
    """Take out the copies whose keys are dead; a file that cannot be changed is told of, and keeps them."""
    now = runtime.now()
    try:
        return purge_everywhere(
            runtime, notify, lambda section: section.expires_at is not None and section.expires_at <= now
        )
    except (LocalFileError, MalformedConfig):
        # Whoever came for something else should not fail over it; who writes the file meets the same error.
        return []
