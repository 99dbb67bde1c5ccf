"""The error tree and its exit codes. Each error says what is wrong and what to type next.

AwsenvError                  1
├── UsageError               2
├── ConfigError              3
│   ├── ProfileNotFound
│   ├── SsoSessionNotFound
│   ├── IncompleteProfile
│   ├── ProfileLoop
│   ├── MalformedConfig
│   ├── UnusableName
│   ├── EndpointRefused
│   ├── SettingsError
│   ├── FoundWrong
│   └── ConflictingEnvironment
├── LoginRequired            4
│   ├── TokenMissing
│   ├── TokenExpired
│   ├── LoginDeclined
│   └── LoginTimedOut
├── AccessRefused            5
│   ├── RoleNotAssigned
│   └── AssumeRoleRefused
├── AwsUnreachable           6
├── LocalFileError           7
│   ├── CacheUnreadable
│   ├── FileLocked
│   ├── UnsafeFolder
│   ├── SectionNotOwned
│   └── ProcessFailed
└── CommandNotStarted        125
    ├── CommandNotExecutable 126
    └── CommandNotFound      127
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What awsenv's exit status says; the numbers are a promise to scripts."""

    DONE = 0
    BUG = 1
    USAGE = 2
    CONFIG = 3
    LOGIN_REQUIRED = 4
    AWS_REFUSED = 5
    AWS_UNREACHABLE = 6
    LOCAL_FILE = 7
    EXEC_FAILED = 125
    NOT_EXECUTABLE = 126
    NOT_FOUND = 127
    INTERRUPTED = 130


class HookCode(IntEnum):
    """What `renew` tells the hook beyond that: a contract between the two, of no meaning to anybody else."""

    DEFERRED = 10
    NOT_HERE = 11
    HELD_BACK = 12


class AwsenvError(Exception):
    """The root of every foreseen failure: one line of problem, one line of remedy.

    `hint` is the next command to type, or nothing where there is none.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, problem: str, *, hint: str | None = None) -> None:
        """Say what is wrong, with the name involved, and what to type next."""
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


class UsageError(AwsenvError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class ConfigError(AwsenvError):
    """The shared files, the settings or the environment say something unusable."""

    exit_code = ExitCode.CONFIG


class ProfileNotFound(ConfigError):
    """No profile of this name stands in the shared files."""


class SsoSessionNotFound(ConfigError):
    """No sso-session of this name stands in the config file."""


class IncompleteProfile(ConfigError):
    """A profile lacks a key that its source of credentials needs."""


class ProfileLoop(ConfigError):
    """A source profile leads back to one already visited."""


class MalformedConfig(ConfigError):
    """A shared file cannot be read as one."""


class UnusableName(ConfigError):
    """A name or value holds a byte that no shell variable or terminal can carry."""


class EndpointRefused(ConfigError):
    """An endpoint override points neither at AWS nor at loopback."""


class SettingsError(ConfigError):
    """The settings file has an unknown key or a value of the wrong kind."""


class FoundWrong(ConfigError):
    """doctor has found something, and has said what."""


class ConflictingEnvironment(ConfigError):
    """The shell's variables contradict one another."""


class LoginRequired(AwsenvError):
    """Credentials need a login, or an answer, that nobody was there to give."""

    exit_code = ExitCode.LOGIN_REQUIRED


class TokenMissing(LoginRequired):
    """There is no access token for this sso-session."""


class TokenExpired(LoginRequired):
    """The access token is past its expiry, or was withdrawn, and cannot be refreshed."""


class LoginDeclined(LoginRequired):
    """The person, or the identity provider, said no."""


class LoginTimedOut(LoginRequired):
    """Nobody finished the login in time."""


class AccessRefused(AwsenvError):
    """AWS understood the request and refused it."""

    exit_code = ExitCode.AWS_REFUSED


class RoleNotAssigned(AccessRefused):
    """Identity Center does not give this user this role in this account."""


class AssumeRoleRefused(AccessRefused):
    """STS did not let the source credentials assume the role."""


class AwsUnreachable(AwsenvError):
    """No usable answer came: no network, time-out, throttling or a failing service."""

    exit_code = ExitCode.AWS_UNREACHABLE


class LocalFileError(AwsenvError):
    """A file or program of this machine does not do its part."""

    exit_code = ExitCode.LOCAL_FILE


class CacheUnreadable(LocalFileError):
    """A cache file exists and cannot be opened."""


class FileLocked(LocalFileError):
    """Another process held a lock for longer than is sensible; `holder` names it for a message."""

    holder = "another process"


class UnsafeFolder(LocalFileError):
    """A folder that secrets would be written to can be changed by others."""


class SectionNotOwned(LocalFileError):
    """A section of a shared file that is to be written stands there already and is somebody else's."""


class ProcessFailed(LocalFileError):
    """A credential_process did not start, failed, or answered something else."""


class CommandNotStarted(AwsenvError):
    """`exec` failed before the command ran; every other code is the command's."""

    exit_code = ExitCode.EXEC_FAILED


class CommandNotExecutable(CommandNotStarted):
    """The command exists and cannot be executed."""

    exit_code = ExitCode.NOT_EXECUTABLE


class CommandNotFound(CommandNotStarted):
    """No such command on the PATH."""

    exit_code = ExitCode.NOT_FOUND
