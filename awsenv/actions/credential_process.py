"""credential-process: one profile's credentials, as the SDKs' protocol has them, without any question."""

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.meant import find_profile
from awsenv.actions.nobody import NobodyThere
from awsenv.files.profiles import load_profiles
from awsenv.files.reading import ignore
from awsenv.files.settings import load_settings
from awsenv.runtime import Runtime, moment_text
from awsenv.values import replace


def answer_for(name: str, runtime: Runtime) -> dict[str, object]:
    """Return the answer of a `credential_process` for the profile of this name.

    Raises:
        AwsenvError: as `find_profile` and `CredentialFinder.find`.
    """
    quiet = replace(runtime, terminal=NobodyThere())
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    profile = find_profile(name, profiles=profiles, settings=settings, runtime=runtime)
    # SDKs throw away what a process says beside its answer, or show it in the middle of somebody's output.
    credentials = CredentialFinder(profile, profiles, quiet, ignore, settings.allowed_endpoints).find()
    answer = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": moment_text(credentials.expires_at) if credentials.expires_at else None,
        "AccountId": credentials.account_id or profile.account_id,
    }
    return {key: value for key, value in answer.items() if value is not None}
