"""Checks of awsenv's own: its settings, and which program the hook and the PATH lead to."""

import re
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, checks_of, error, warning
from awsenv.files.nearest import nearest
from awsenv.files.paths import parent_of
from awsenv.model import Place

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings


def settings(around: "Surroundings") -> Findings:
    """Find a settings file that cannot be read: every command but `off` ends with that."""
    if around.settings_problem is not None:
        problem, hint = around.settings_problem
        found = re.match(re.escape(around.settings_path) + r":(\d+)?:?\s*", problem)
        text = problem[found.end() :] if found else problem
        line = int(found[1]) if found and found[1] else 0
        yield error(
            Place(around.settings_path, line), f"{text}: awsenv does nothing with it", hint or "correct the line"
        )


def settings_names(around: "Surroundings") -> Findings:
    """Find settings for a profile or an sso-session that does not exist."""
    if around.settings is None:
        return
    profiles = {profile.name: None for profile in around.profiles}
    for alias, name in around.settings.aliases.items():
        if name not in profiles:
            meant = nearest(name, profiles)
            text = f'the alias "{alias}" leads to the profile "{name}", which does not exist'
            yield warning(Place(around.settings_path), text, f'did you mean "{meant}"?' if meant else "remove it")
    for name in around.settings.browsers:
        if name not in around.sections.sso_sessions:
            text = f"[sso-session.{name}] is for an sso-session that does not exist"
            yield warning(Place(around.settings_path), text, "remove it, or correct the name")


def other_program(around: "Surroundings") -> Findings:
    """Find another awsenv on the PATH than the one that runs, as after a second installation."""
    found, own = around.program_on_path, around.interpreter
    # python, python3 and python3.11 of one folder are one installation.
    if found is not None and found.interpreter and own and parent_of(found.interpreter) != parent_of(own):
        text = f"the awsenv on the PATH is another installation than this one, which runs by {own}"
        yield warning(Place(found.path), text, "remove one of them; then start a new shell")


CHECKS = checks_of(settings, settings_names, other_program)
