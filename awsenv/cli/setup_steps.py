"""setup: the steps in their order, and what is told where one of them ends it all."""

import contextlib
from collections.abc import Iterator

from awsenv.actions.populate import Wish
from awsenv.actions.sessions import status_of
from awsenv.actions.setup_hook import HookPlan
from awsenv.cli import setup_profiles, setup_shell
from awsenv.cli.setup_guard import show_guard_mode, wrote_guard_mode
from awsenv.cli.setup_questions import Questions
from awsenv.cli.setup_sign_in import SessionWish, choose_session, signed_in
from awsenv.cli.terminal import say, say_error
from awsenv.errors import AwsenvError
from awsenv.files.profiles import load_profiles
from awsenv.files.reading import ignore
from awsenv.files.settings import Settings
from awsenv.model import Dialect, Mode, SsoRole, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value


class Way(Value):
    """What the command line says of each step; `dialect` is None for no hook, `has_prompt` as in `plan_hook`."""

    session: SessionWish
    has_session: bool
    has_login: bool
    profiles: Wish
    has_profiles: bool
    dialect: Dialect | None
    rc_path: str | None
    has_prompt: bool | None
    guard_mode: Mode | None


def set_up(way: Way, settings: Settings, questions: Questions, runtime: Runtime) -> None:
    """Take every step that is wished for and agreed to.

    Raises:
        AwsenvError: what a step meets; what was done before is whole, and is told.
    """
    done = list[str]()
    with _telling(done):
        failures, profile_name, plan = list[AwsenvError](), None, None
        if way.has_session:
            profile_name = _set_up_profiles(way, settings, questions, runtime, done, failures)
        try:
            plan = _set_up_shell(way, settings, questions, runtime, done)
        except AwsenvError as error:
            # Who has a start file that nobody may write has profiles to be proven all the same.
            failures.append(error)
        if profile_name is not None and way.has_login:
            setup_profiles.tell_proof(profile_name, runtime)
            setup_profiles.tell_older(runtime)
        if failures:
            for failure in failures[1:]:
                say_error(failure)
            raise failures[0]
    setup_shell.tell_next(plan, profile_name, runtime)


def show(way: Way, settings: Settings, questions: Questions, runtime: Runtime) -> None:
    """Show what every step would change, as far as that can be told without a sign-in; nothing is written.

    Raises:
        AwsenvError: what a step meets.
    """
    if way.has_session:
        sso_session, is_new = choose_session(way.session, questions, runtime)
        if is_new:
            setup_profiles.show_session(sso_session, runtime)
        if way.has_profiles and status_of(sso_session, runtime, ignore).state == "valid":
            listing = setup_profiles.fetch_listing(sso_session, way.profiles, settings, runtime)
            setup_profiles.show_profiles(listing, way.profiles, runtime)
        elif way.has_profiles:
            say(f"awsenv: which profiles there would be, only a sign-in to {sso_session.token_key} can tell")
    if way.dialect is not None:
        setup_shell.show_hook(way.dialect, way.rc_path, has_prompt=way.has_prompt, runtime=runtime)
    if way.guard_mode is not None:
        show_guard_mode(way.guard_mode, runtime)


def _set_up_shell(
    way: Way, settings: Settings, questions: Questions, runtime: Runtime, done: list[str]
) -> HookPlan | None:
    """Return the plan of the hook, if it is there then."""
    plan, is_there = None, False
    if way.dialect is not None:
        plan, is_there = setup_shell.wrote_hook(
            way.dialect, way.rc_path, has_prompt=way.has_prompt, questions=questions, runtime=runtime
        )
        done += [f"the hook in {plan.path}"] if is_there and not plan.standing else []
    is_new = plan is not None and is_there and plan.is_change
    if way.guard_mode is not None or is_new:
        written = wrote_guard_mode(way.guard_mode, settings, questions, runtime)
        done += [written] if written else []
    return plan if is_there else None


def _set_up_profiles(
    way: Way,
    settings: Settings,
    questions: Questions,
    runtime: Runtime,
    done: list[str],
    failures: list[AwsenvError],
) -> str | None:
    """Return a profile to go on with, if there is one."""
    if way.has_login:
        sso_session, is_new, is_signed_in = signed_in(way.session, settings, questions, runtime)
        done += [f"signed in to {sso_session.token_key}"] if is_signed_in else []
    else:
        sso_session, is_new = choose_session(way.session, questions, runtime)
        is_signed_in = status_of(sso_session, runtime, ignore).state != "dead"
    if is_new:
        written = setup_profiles.wrote_session(sso_session, questions, runtime)
        if written is None:
            say("awsenv: without the sso-session no profile is written")
            return None
        done.append(written)
    if not is_signed_in:
        say("awsenv: without a sign-in no profile is written")
        return None
    if not way.has_profiles:
        return _first_with(sso_session, runtime)
    listing = setup_profiles.fetch_listing(sso_session, way.profiles, settings, runtime)
    there, written, refused = setup_profiles.wrote_profiles(listing, way.profiles, questions, runtime)
    done += [written] if written else []
    failures += refused
    # A role that may only look suffices for the proof, and is the one to begin with.
    modest = [each for each in there if "read" in each.role.lower() or "view" in each.role.lower()]
    return next((each.name for each in (*modest, *there)), None)


def _first_with(sso_session: SsoSession, runtime: Runtime) -> str | None:
    sources = ((profile.name, profile.source) for profile in load_profiles(runtime))
    return next(
        (name for name, source in sources if isinstance(source, SsoRole) and source.sso_session == sso_session), None
    )


@contextlib.contextmanager
def _telling(done: list[str]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if done:
            say(f"awsenv: done so far: {'; '.join(done)}")
        raise
