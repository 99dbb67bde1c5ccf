"""From one profile to the next: the source profiles, processes and token files that a profile's keys name."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from awsenv.environ import original
from awsenv.errors import (
    AwsenvError,
    CacheUnreadable,
    ConfigError,
    IncompleteProfile,
    LocalFileError,
    ProfileLoop,
)
from awsenv.files.nearest import nearest
from awsenv.files.profiles import Profiles
from awsenv.files.reading import find_bytes
from awsenv.files.role_cache import TOKEN_LIMIT
from awsenv.model import AssumedRole, NoSource, Process, Profile, Source

# Nobody means more; Python would give up at a hundred or so, with a traceback.
LONGEST_CHAIN = 32
# For the processes that awsenv starts, in case they start awsenv: whose credentials they are to bring.
_RESOLVING = "AWSENV_RESOLVING"


def incomplete(profile: Profile, source: NoSource, profiles: Profiles) -> IncompleteProfile:
    """Return the error for a profile that cannot give credentials."""
    return IncompleteProfile(
        f'profile "{profile.name}" {source.problem}',
        hint=_look_at(profile, source.unknown_sso_session, profiles.sso_sessions),
    )


def next_profile(profile: Profile, name: str, visited: Sequence[str], profiles: Profiles) -> Profile:
    """Return the source profile `name` of `profile`; `visited` are the names on the way, `profile`'s the last.

    Raises:
        IncompleteProfile: there is no such profile.
        ProfileLoop: it is on the way already, or the way is longer than anybody means.
    """
    problem = None
    if name in visited:
        problem = f"the source profiles form a loop: {' → '.join([*visited, name])}"
    elif len(visited) > LONGEST_CHAIN:
        problem = f"more than {LONGEST_CHAIN} source profiles follow one another: {' → '.join(visited[:3])} → …"
    if problem:
        raise ProfileLoop(problem, hint=f"look at {profile.place}")
    found = profiles.find(name)
    if found is None:
        raise IncompleteProfile(
            f'profile "{profile.name}" names a source_profile "{name}" that does not exist',
            hint=_look_at(profile, name, profiles.names),
        )
    return found


def _look_at(profile: Profile, name: str | None = None, names: Iterable[str] = ()) -> str:
    meant = nearest(name, names) if name else None
    return f'did you mean "{meant}"? look at {profile.place}' if meant else f"look at {profile.place}"


def asks_for_code(source: Source, profiles: Profiles) -> bool:
    """Tell whether a role on the way to `source` needs an MFA code."""
    names: set[str] = set()
    while isinstance(source, AssumedRole):
        name = source.source_profile
        if source.mfa_serial:
            return True
        found = profiles.find(name) if name and name not in names else None
        if name is None or found is None:
            break
        names.add(name)
        source = found.source
    return False


@contextlib.contextmanager
def named(profile: Profile) -> Iterator[None]:
    """Name `profile` in the errors of what it starts, which knows no profile."""
    try:
        yield
    except AwsenvError as error:
        error.problem = f'profile "{profile.name}": {error.problem}'
        error.hint = error.hint or f"look at {profile.place}"
        raise


def check_ring(profile: Profile, environment: Mapping[str, str]) -> None:
    """Find out that a process further up waits for the answer: that would go on until the machine gives up, or a lock.

    Raises:
        ProfileLoop: a process started for `profile` has started this one.
    """
    if profile.name in _resolving(environment):
        of = "the credential_process of" if isinstance(profile.source, Process) else "a credential_process behind"
        raise ProfileLoop(f'{of} profile "{profile.name}" asks awsenv for that very profile', hint=_look_at(profile))


def guarded_environment(wanted: Profile, profile: Profile, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment for the process of `profile`, started for the sake of `wanted`; raises as `check_ring`."""
    check_ring(profile, environment)
    names = dict.fromkeys((*_resolving(environment), wanted.name, profile.name))
    return original(environment) | {_RESOLVING: "\n".join(names)}


def _resolving(environment: Mapping[str, str]) -> list[str]:
    return [name for name in environment.get(_RESOLVING, "").split("\n") if name]


def read_web_identity_token(token_file: str, profile: Profile) -> str:
    """Return the text of `token_file`; raises `CacheUnreadable` with the reason."""
    try:
        content = find_bytes(token_file, TOKEN_LIMIT)
        reason = f"there is no {token_file}" if content is None else "it is no text"
        if content is not None:
            return content.decode()
    except (ConfigError, LocalFileError) as error:
        reason = error.problem
    except UnicodeDecodeError:
        pass
    raise CacheUnreadable(
        f'the web_identity_token_file of profile "{profile.name}" cannot be read: {reason}',
        hint=f"look at {profile.place}",
    )
