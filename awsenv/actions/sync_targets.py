"""sync: whose keys are to be copied, and into which sections."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from awsenv.actions.hints import shown_argument
from awsenv.actions.meant import find_profile
from awsenv.errors import IncompleteProfile, ProfileNotFound, UsageError
from awsenv.files.processes import asked_of_awsenv
from awsenv.files.profiles import Profiles
from awsenv.files.settings import Settings
from awsenv.files.synced import SyncedSection
from awsenv.model import AssumedRole, LoginSession, NoSource, Process, Profile, SsoRole, StaticKeys, WebIdentity
from awsenv.runtime import Runtime
from awsenv.values import Value

_GLOB = "*?["


class Wish(Value):
    """What the person asked for: names, aliases and globs, or every profile; `section` is another name for the copy."""

    names: tuple[str, ...] = ()
    every: bool = False
    section: str | None = None


class Target(Value):
    """A profile whose keys are to be copied, and the name of the section."""

    profile: Profile
    section: str


def choose_targets(
    wish: Wish, copies: Sequence[SyncedSection], *, profiles: Profiles, settings: Settings, runtime: Runtime
) -> list[Target]:
    """Return what a command line names; without a name it is what is copied already.

    Raises:
        UsageError: names and all, no name where nothing is copied yet, or another name for several profiles.
        ProfileNotFound: no such name, and nothing that a glob fits.
        IncompleteProfile: it has no temporary keys to copy.
    """
    if wish.names and wish.every:
        raise UsageError("name profiles, or all, and not both")
    originals = {copy.name: copy.profile_name for copy in copies if copy.name != copy.profile_name}
    if wish.every:
        found = [Target(profile, profile.name) for profile in _with_keys(profiles, originals)]
    elif wish.names:
        found = [
            target
            for name in wish.names
            for target in _named(name, originals, profiles=profiles, settings=settings, runtime=runtime)
        ]
    else:
        found = list(_copied(copies, profiles))
    if not found:
        raise UsageError("which profiles? None is in the credentials file yet", hint="awsenv sync PROFILE")
    if wish.section is not None:
        if len({target.profile.name for target in found}) > 1:
            raise UsageError("only one profile can be under another name", hint="awsenv sync PROFILE --as NAME")
        found = [Target(found[0].profile, wish.section)]
    return list({target.section: target for target in found}.values())


def fitting(globs: Iterable[str], profiles: Profiles, originals: Mapping[str, str]) -> Iterator[Profile]:
    """Yield the profiles with temporary keys whose names are these, or fit these globs."""
    wanted = tuple(globs)
    for profile in _with_keys(profiles, originals):
        if any(profile.name == glob or fnmatchcase(profile.name, glob) for glob in wanted):
            yield profile


def _named(
    name: str, originals: Mapping[str, str], *, profiles: Profiles, settings: Settings, runtime: Runtime
) -> Iterator[Target]:
    if any(sign in name for sign in _GLOB) and name not in profiles:
        targets = [Target(profile, profile.name) for profile in fitting([name], profiles, originals)]
        if not targets:
            raise ProfileNotFound(f'no profile with temporary keys fits "{name}"', hint="awsenv list")
        yield from targets
        return
    profile = find_profile(originals.get(name, name), profiles=profiles, settings=settings, runtime=runtime)
    match profile.source:
        case StaticKeys():
            problem = "has keys of its own, which do not expire: there is nothing to copy"
            raise IncompleteProfile(f'profile "{profile.name}" {problem}', hint=f"look at {profile.place}")
        case NoSource(problem=problem):
            raise IncompleteProfile(f'profile "{profile.name}" {problem}', hint=f"look at {profile.place}")
        case Process(command=command) if asked := asked_of_awsenv(command):
            problem = f'asks awsenv for the keys of "{asked}" as often as it needs them: a copy would only go stale'
            raise IncompleteProfile(f'profile "{profile.name}" {problem}', hint=f"awsenv sync {shown_argument(asked)}")
    yield Target(profile, name if name in originals else profile.name)


def _with_keys(profiles: Profiles, originals: Mapping[str, str]) -> Iterator[Profile]:
    for profile in profiles:
        kinds = (SsoRole, AssumedRole, WebIdentity, Process, LoginSession)
        source = profile.source
        # Those that renew their keys through awsenv would have dead ones instead, where SDKs rank a copy first.
        is_served = isinstance(source, Process) and asked_of_awsenv(source.command) is not None
        if isinstance(source, kinds) and not is_served and profile.name not in originals:
            yield profile


def _copied(copies: Sequence[SyncedSection], profiles: Profiles) -> Iterator[Target]:
    for copy in copies:
        profile = profiles.find(copy.profile_name)
        # What is no more cannot be kept fresh; its copy goes when its keys are over.
        if profile is not None and not isinstance(profile.source, NoSource | StaticKeys):
            yield Target(profile, copy.name)


def sync_command(targets: Sequence[Target]) -> str:
    """Return the command that copies these again."""
    return " ".join(["awsenv sync", *(shown_argument(target.profile.name) for target in targets)])
