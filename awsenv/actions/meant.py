"""Which profile is meant by a name."""

from awsenv.errors import ConfigError, ProfileNotFound
from awsenv.files.nearest import nearest
from awsenv.files.profiles import Profiles
from awsenv.files.settings import Settings
from awsenv.model import Profile
from awsenv.runtime import Runtime


def find_profile(name: str, *, profiles: Profiles, settings: Settings, runtime: Runtime) -> Profile:
    """Return the profile of a name, an alias, or of `-`, the one before the present.

    Raises:
        ProfileNotFound: with the nearest name in the hint.
        ConfigError: `-` where there was none before.
    """
    if name == "-":
        name = runtime.environment.get("AWSENV_PREVIOUS") or ""
        if not name:
            raise ConfigError("there is no previous profile in this shell", hint="awsenv list")
    profile = profiles.find(name)
    if profile is None and name in settings.aliases:
        profile = profiles.find(settings.aliases[name])
        if profile is None:
            raise ProfileNotFound(
                f'the alias "{name}" leads to "{settings.aliases[name]}", which is not in {profiles.config_path}',
                hint="awsenv list",
            )
    if profile is None:
        suggestion = nearest(name, [*profiles.names, *settings.aliases])
        every = "awsenv list" if profiles.names else "awsenv setup"
        raise ProfileNotFound(
            f'profile "{name}" not found in {profiles.config_path}',
            hint=f'did you mean "{suggestion}"? all are in: {every}' if suggestion else every,
        )
    return profile
