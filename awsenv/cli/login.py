"""awsenv login: sign in to Identity Center."""

from collections.abc import Callable, Sequence

import click

from awsenv.actions.login import sign_in, wish_for
from awsenv.actions.sessions import Choice, choose_sessions, find_incomplete, finder_for, incomplete
from awsenv.cli import options
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say, say_error, say_notice, telling
from awsenv.errors import AwsenvError
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.files.synced import purge_expired
from awsenv.model import Profile, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace


@click.command("login")
@options.session_options
@click.option("--force", is_flag=True, help="Sign in anew even if the sign-in is good.")
@click.option("--device-code", is_flag=True, help="Show a code to approve in any browser, on any machine.")
@click.option("--browser", type=options.Text(), metavar="COMMAND", help="A preset (chrome:Work) or a command with %s.")
@click.option("--no-browser", is_flag=True, help="Show the page and open nothing.")
@click.argument("profile", type=options.Text(), required=False)
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profile: str | None,
    sso_session: str | None,
    every: bool,
    force: bool,
    device_code: bool,
    browser: str | None,
    no_browser: bool,
) -> None:
    """Sign in to the sso-session behind PROFILE, by default this shell's; one login serves every profile of it.

    A sign-in that is still good is left alone. The AWS CLI and all SDKs find it too.
    """
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    progress = TerminalProgress(runtime)
    with telling(profiles):
        choice = Choice("login", profile, sso_session, every)
        chosen = choose_sessions(choice, profiles=profiles, settings=settings, runtime=runtime)
    if profiles.may_hold_copies:
        purge_expired(runtime, say_notice)
    if not chosen:
        say("awsenv: there is no sso-session in the shared files")
        say("hint: awsenv setup")

    def sign_in_to(session: SsoSession, named: Profile | None) -> None:
        wish = replace(wish_for(session, settings), opens_browser=not no_browser, is_forced=force)
        wish = replace(wish, flow="device-code" if device_code else wish.flow, browser=browser or wish.browser)
        finder = finder_for(session, named, profiles, runtime, say_notice, settings.allowed_endpoints)
        progress.finish(sign_in(session, wish, finder=finder, progress=progress))

    failures = _failures(sign_in_to, chosen, progress)
    lacking = find_incomplete(profiles) if every else []
    if lacking:
        failures.append(incomplete(lacking, profiles))
    for failure in failures[1:]:
        say_error(failure)
    if failures:
        raise failures[0]


def _failures(
    sign_in_to: Callable[[SsoSession, Profile | None], None],
    chosen: Sequence[tuple[SsoSession, Profile | None]],
    progress: TerminalProgress,
) -> list[AwsenvError]:
    # One that fails keeps nobody from the next.
    failures = []
    for session, named in chosen:
        try:
            sign_in_to(session, named)
        except AwsenvError as error:
            failures.append(error)
        finally:
            progress.clear()
    return failures
