"""Keeps the copies that the settings name fresh, as long as somebody works in a shell with the hook."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from awsenv.actions.alone import start_alone
from awsenv.actions.credentials import SAFETY_MARGIN, CredentialFinder
from awsenv.actions.nobody import NobodyThere
from awsenv.errors import LocalFileError
from awsenv.files.profiles import load_profiles, sso_session_behind
from awsenv.files.reading import ignore
from awsenv.files.settings import load_settings
from awsenv.model import EnvChange
from awsenv.runtime import Runtime
from awsenv.values import replace


def keep_copies_fresh(renewed: EnvChange, runtime: Runtime) -> None:
    """Begin to bring the copies up to date that the settings want of the sign-in behind this shell.

    In a process that nobody waits for, and which says nothing: the prompt is there meanwhile. Copies that would end
    before the keys of the shell, and so before the next time, are made anew.

    Raises:
        AwsenvError: as `load_settings` and `load_profiles`.
    """
    settings = load_settings(runtime)
    if not settings.syncs:
        return
    profiles = load_profiles(runtime)
    profile = profiles.find(runtime.environment.get("AWSENV_PROFILE", ""))
    sso_session = sso_session_behind(profile, profiles) if profile else None
    globs = settings.syncs.get(sso_session.name or sso_session.start_url, ()) if sso_session else ()
    if profile is None or sso_session is None or not globs:
        return
    quiet = replace(runtime, terminal=NobodyThere())
    finder = CredentialFinder(profile, profiles, quiet, ignore, settings.allowed_endpoints, _lasting(renewed, runtime))

    def work(started: Callable[[], None]) -> None:
        from awsenv.actions.sync import sync_for

        started()
        sync_for(sso_session, globs, settings.sync_expiration, finder)

    with contextlib.suppress(LocalFileError):
        start_alone(work, what="the renewal of copies")


def _lasting(renewed: EnvChange, runtime: Runtime) -> timedelta:
    ends_at = datetime.fromtimestamp(int(renewed.variables.get("AWSENV_EXPIRES") or 0), timezone.utc)
    # The hook asks for new keys somewhat before the end of these.
    return max(SAFETY_MARGIN, ends_at - runtime.now() - SAFETY_MARGIN)
