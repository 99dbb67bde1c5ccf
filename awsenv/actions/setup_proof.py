"""setup's last step: proof that a profile works, in AWS's own words."""

from collections.abc import Callable

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.meant import find_profile
from awsenv.actions.switch import destination_of
from awsenv.environ import Destination
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.model import Identity, Notice
from awsenv.runtime import Runtime


def prove(name: str, *, runtime: Runtime, notify: Callable[[Notice], None]) -> tuple[Destination, Identity]:
    """Return where a profile leads, with credentials, and who STS says that is.

    Raises:
        AwsenvError: as `CredentialFinder.find`, and whatever the call to STS meets.
    """
    from awsenv.aws import sts

    settings, profiles = load_settings(runtime), load_profiles(runtime)
    profile = find_profile(name, profiles=profiles, settings=settings, runtime=runtime)
    finder = CredentialFinder(profile, profiles, runtime, notify, settings.allowed_endpoints)
    credentials = finder.find()
    there = destination_of(profile, profile.region, credentials, runtime)
    region = sts.region_for(None, profile.region)
    return there, sts.fetch_identity(finder.clients, credentials, region=region)
