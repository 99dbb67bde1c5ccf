"""awsenv status: every sso-session and what state its sign-in is in."""

import click

from awsenv.actions.sessions import (
    Choice,
    SessionStatus,
    choose_sessions,
    find_incomplete,
    incomplete,
    login_hint,
    sso_sessions_of,
    status_of,
)
from awsenv.cli import options
from awsenv.cli.terminal import RED, YELLOW, say, say_notice, telling, time_left, write_json, write_table
from awsenv.errors import TokenExpired
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.settings import load_settings
from awsenv.model import SsoSession
from awsenv.runtime import Runtime
from awsenv.values import asdict

_HEADER = ("SSO-SESSION", "START URL", "REGION", "STATE", "LEFT")
_COLOURS = {"dead": RED, "renewable": YELLOW, "valid": ""}


@click.command("status")
@click.option("--check", is_flag=True, help="End with status 4 where a login is needed.")
@click.option("--sso-session", type=options.Text(), metavar="NAME", help="Only this sso-session.")
@options.json_option
@click.argument("profile", type=options.Text(), required=False)
@click.pass_obj
def command(runtime: Runtime, *, profile: str | None, sso_session: str | None, check: bool, as_json: bool) -> None:
    """List every sso-session, or only that behind PROFILE: start URL, region, state and time left.

    valid: good now. renewable: renewed by itself at the next use. dead: a login is needed.
    """
    profiles = load_profiles(runtime)
    is_every = profile is None and sso_session is None
    with telling(profiles):
        sessions = sso_sessions_of(profiles) if is_every else _chosen(profile, sso_session, profiles, runtime)
    found = [status_of(session, runtime, say_notice) for session in sessions]
    if as_json:
        write_json([asdict(status) for status in found])
    elif not found:
        say("awsenv: there is no sso-session in the shared files")
        say("hint: awsenv setup")
    else:
        now = runtime.now()
        rows = [_row(status, time_left(status.expires_at, now)) for status in found]
        write_table(_HEADER, rows, lambda index: _COLOURS[found[index].state])
    dead = [session for session, status in zip(sessions, found, strict=True) if status.state == "dead"]
    if check and dead:
        names = ", ".join(session.token_key for session in dead)
        raise TokenExpired(f"not signed in to {names}", hint=login_hint(dead, profiles))
    lacking = find_incomplete(profiles) if check and is_every else []
    if lacking:
        raise incomplete(lacking, profiles)


def _chosen(profile: str | None, sso_session: str | None, profiles: Profiles, runtime: Runtime) -> list[SsoSession]:
    settings = load_settings(runtime)
    choice = Choice("status", profile, sso_session)
    chosen = choose_sessions(choice, profiles=profiles, settings=settings, runtime=runtime)
    return [session for session, _ in chosen]


def _row(status: SessionStatus, left: str) -> tuple[str, ...]:
    return status.name or "(legacy)", status.start_url, status.region, status.state, left
