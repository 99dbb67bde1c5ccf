"""setup --remove: what setup wrote, out again; each part is shown and asked for before it goes."""

from collections.abc import Sequence

from awsenv.actions.logout import sign_out
from awsenv.actions.sessions import finder_for
from awsenv.actions.setup_hook import plan_removal, remove_hook
from awsenv.actions.setup_removal import OwnSections, find_left, find_own_sections, remove_own_sections
from awsenv.actions.setup_settings import plan_settings_removal, remove_settings
from awsenv.cli.diff import write_diff
from awsenv.cli.setup_questions import Questions
from awsenv.cli.terminal import say, say_notice
from awsenv.files.owned import SectionId
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import load_settings
from awsenv.model import Dialect
from awsenv.runtime import Runtime
from awsenv.values import Value

_LONGEST_LIST = 100


class RemovalWish(Value):
    """What is to go: the line of which shells, the sections or not, and the sign-ins or not; None asks."""

    dialects: tuple[Dialect, ...]
    rc_path: str | None
    has_hook: bool
    has_sections: bool
    signs_out: bool | None
    is_dry_run: bool


def remove_all(wish: RemovalWish, questions: Questions, runtime: Runtime) -> list[str]:
    """Remove what is wished for and agreed to; return what was done.

    Raises:
        AwsenvError: what a file or Identity Center meets; what was done before stays done.
    """
    done = _remove_hooks(wish, questions, runtime) if wish.has_hook else []
    if wish.has_sections:
        done += _remove_sections(wish, questions, runtime)
    if not done:
        say("awsenv: nothing was removed")
    for path in find_left(runtime) if done else ():
        say(f"awsenv: {path} stays")
    return done


def _remove_hooks(wish: RemovalWish, questions: Questions, runtime: Runtime) -> list[str]:
    done = []
    for plan in plan_removal(wish.dialects, wish.rc_path, runtime):
        if plan.is_change:
            write_diff(plan.path, plan.edits())
            if not wish.is_dry_run and questions.agrees(f"take this line out of {plan.path}?"):
                remove_hook(plan, runtime=runtime, notify=say_notice)
                done.append(f"the line in {plan.path} is gone")
                say(f"awsenv: {done[-1]}; shells that are open keep the hook until they end")
        if plan.standing:
            say(f"awsenv: {plan.standing} loads the hook, and stays: setup did not write that")
    settings = plan_settings_removal(runtime)
    if settings.is_change:
        write_diff(settings.path, settings.edits())
        if not wish.is_dry_run and questions.agrees(f"take this line out of {settings.path}?"):
            remove_settings(runtime=runtime, notify=say_notice)
            done.append(f"the line in {settings.path} is gone")
            say(f"awsenv: {done[-1]}")
    return done


def _remove_sections(wish: RemovalWish, questions: Questions, runtime: Runtime) -> list[str]:
    found = find_own_sections(runtime)
    _list(found)
    if not found.removable or wish.is_dry_run:
        return []
    count = f"{len(found.removable)} section{'s' if len(found.removable) > 1 else ''}"
    if not questions.agrees(f"remove {count} from {found.path}?"):
        return []
    done = _sign_out(found.removable, wish, questions, runtime)
    remove_own_sections(found.removable, runtime=runtime, notify=say_notice)
    done.append(f"{count} of {found.path} {'are' if len(found.removable) > 1 else 'is'} gone")
    say(f"awsenv: {done[-1]}")
    return done


def _sign_out(sections: Sequence[SectionId], wish: RemovalWish, questions: Questions, runtime: Runtime) -> list[str]:
    # While the sections still say which roles hang on the sign-in.
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    names = [each.name for each in sections if each.kind == "sso-session" and each.name in profiles.sso_sessions]
    done = []
    for name in names:
        asked = wish.signs_out
        if asked is None:
            asked = questions.agrees(f"sign out of {name}, too?", default=False)
        if not asked:
            say(f"awsenv: the sign-in to {name}, if there is one, stays until it expires")
            continue
        session = profiles.sso_sessions[name]
        finder = finder_for(session, None, profiles, runtime, say_notice, settings.allowed_endpoints)
        sign_out([(session, finder)])
        done.append(f"signed out of {name}")
        say(f"awsenv: {done[-1]}")
    return done


def _list(found: OwnSections) -> None:
    for section in found.removable[:_LONGEST_LIST]:
        keys = ", ".join(found.others_keys[section])
        lost = f", but for {keys}, which would go with it" if keys else ""
        say(f"awsenv: {section} in {found.path} was written by awsenv{lost}")
    if len(found.removable) > _LONGEST_LIST:
        say(f"awsenv: and {len(found.removable) - _LONGEST_LIST} more")
    for section in found.kept:
        say(f"awsenv: {section} stays: a section that is not awsenv's names it")
