"""A lock that holds across processes and dies with its holder. Never on a file of AWS's, which others replace."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator

from awsenv.errors import FileLocked
from awsenv.files.digests import sha1_of
from awsenv.files.folders import hand_over, make_private_folder, write_failed
from awsenv.files.paths import as_path, home_path, parent_of
from awsenv.runtime import Runtime

# Short enough that the next one proceeds within 100 ms of a holder's death.
_POLL_SECONDS = 0.025
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)
_HELD = (errno.EWOULDBLOCK, errno.EACCES)


def lock_path(runtime: Runtime, name: str) -> str:
    """Return the path of the lock; it hangs on HOME alone, as the token files do, whatever a terminal's XDG says."""
    digest = sha1_of(name)
    return home_path(runtime, ".aws", "awsenv", "locks", f"{digest}.lock")


@contextlib.contextmanager
def locked(runtime: Runtime, name: str, wait_seconds: float) -> Iterator[bool]:
    """Hold the lock called `name` for the block; yield False where it cannot be had and is not waited for.

    That is where the file system has no locks, and where the holder is stopped, as by Ctrl-Z: nobody knows when it
    goes on.

    Raises:
        FileLocked: another process still had it after `wait_seconds`.
        LocalFileError: there is no place for the lock file.
    """
    path = lock_path(runtime, name)
    make_private_folder(parent_of(path))
    try:
        descriptor = os.open(as_path(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise write_failed(path, error) from error
    owner = os.getpid()
    # Born under a umask that takes everything away, nobody could open it again.
    with contextlib.suppress(OSError):
        os.fchmod(descriptor, 0o600)
        hand_over(descriptor, as_path(parent_of(path)).stat())
    try:
        is_held = _wait_for(descriptor, name, runtime, wait_seconds)
        yield is_held
    finally:
        # A child forked inside the block shares the descriptor: what it closes must stay locked for its parent.
        if os.getpid() == owner:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        # What was done under the lock is done.
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _wait_for(descriptor: int, name: str, runtime: Runtime, wait_seconds: float) -> bool:
    deadline = runtime.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return False
            if error.errno not in _HELD:
                raise write_failed(lock_path(runtime, name), error) from error
        else:
            _leave_process_id(descriptor)
            return True
        process_id = _holder_id(descriptor)
        if _is_stopped(process_id):
            return False
        if runtime.monotonic() >= deadline:
            raise _still_held(process_id, name, wait_seconds)
        runtime.sleep(_POLL_SECONDS)


def _still_held(process_id: str | None, name: str, wait_seconds: float) -> FileLocked:
    holder = f"process {process_id}" if process_id else FileLocked.holder
    error = FileLocked(f'{holder} holds the lock "{name}" for more than {wait_seconds:g} s')
    error.holder = holder
    return error


def _is_stopped(process_id: str | None) -> bool:
    # Behind the name of the program, which may hold anything, stands the state; other systems than Linux do not tell.
    try:
        state = as_path(f"/proc/{process_id}/stat").read_bytes().rpartition(b") ")[2][:1]
    except OSError:
        return False
    return state in (b"T", b"t")


def _leave_process_id(descriptor: int) -> None:
    # Only for the message of those who wait: a full disk is no reason to go without the lock.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)


def _holder_id(descriptor: int) -> str | None:
    with contextlib.suppress(OSError):
        process_id = os.pread(descriptor, 32, 0).strip()
        if process_id.isdigit():
            return process_id.decode()
    return None
