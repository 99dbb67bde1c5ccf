"""awsenv logout: end a sign-in to Identity Center."""

import click

from awsenv.actions.logout import Logout, sign_out
from awsenv.actions.sessions import Choice, choose_sessions, finder_for
from awsenv.cli import options
from awsenv.cli.terminal import say, say_notice, telling
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.runtime import Runtime


@click.command("logout")
@options.session_options
@click.argument("profile", type=options.Text(), required=False)
@click.pass_obj
def command(runtime: Runtime, *, profile: str | None, sso_session: str | None, every: bool) -> None:
    """Sign out of the sso-session behind PROFILE, by default this shell's, and of no other.

    Identity Center is told; the sign-in goes, and with it the cached credentials of every role that hangs on it.
    """
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    with telling(profiles):
        choice = Choice("logout", profile, sso_session, every)
        chosen = choose_sessions(choice, profiles=profiles, settings=settings, runtime=runtime)
    if not chosen:
        say("awsenv: there is no sso-session in the shared files")
        say("hint: awsenv setup")
    finders = (
        finder_for(session, named, profiles, runtime, say_notice, settings.allowed_endpoints)
        for session, named in chosen
    )
    logouts = sign_out([(session, finder) for (session, _), finder in zip(chosen, finders, strict=True)])
    for logout in logouts:
        _tell(logout)
    if any(logout.was_signed_in or logout.removed_roles or logout.removed_copies for logout in logouts):
        say("awsenv: keys already handed out to shells and programs live until they expire")


def _tell(logout: Logout) -> None:
    name = logout.sso_session.token_key
    if not (logout.was_signed_in or logout.removed_roles or logout.removed_copies):
        say(f"awsenv: not signed in to {name}")
        return
    roles = f"{logout.removed_roles} role{'s' if logout.removed_roles != 1 else ''}"
    removed = f"; cached credentials of {roles} removed" if logout.removed_roles else ""
    say(f"awsenv: signed out of {name}{removed}")
    if logout.removed_copies:
        copies = f"{logout.removed_copies} section{'s' if logout.removed_copies != 1 else ''}"
        say(f"awsenv: {copies} that sync wrote removed from the credentials file")
