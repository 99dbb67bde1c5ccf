"""Which sign-in a profile hangs on, through all its source profiles."""

from awsenv.files.profiles import Profiles
from awsenv.model import AssumedRole, Profile, SsoRole, SsoSession


def sso_session_behind(profile: Profile, profiles: Profiles) -> SsoSession | None:
    """Return the sso-session at the root of a profile's chain of source profiles, or None where it has none."""
    visited: set[str] = set()
    current: Profile | None = profile
    while current is not None and current.name not in visited:
        visited.add(current.name)
        match current.source:
            case SsoRole(sso_session=sso_session):
                return sso_session
            case AssumedRole(source_profile=str(name)):
                current = profiles.find(name)
                if current is not None and current.static_keys:
                    return None
            case _:
                return None
    return None
