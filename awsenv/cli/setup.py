"""awsenv setup: the guided first run, and the same unattended."""

from typing import get_args

import click

from awsenv.actions.populate import Wish
from awsenv.cli import options
from awsenv.cli.setup_questions import Questions
from awsenv.cli.setup_remove import RemovalWish, remove_all
from awsenv.cli.setup_shell import choose_shell
from awsenv.cli.setup_sign_in import SessionWish
from awsenv.cli.setup_steps import Way, set_up, show
from awsenv.errors import UsageError
from awsenv.files.settings import load_settings
from awsenv.model import Mode
from awsenv.runtime import Runtime
from awsenv.shells.rc_files import HOOKED

_UNATTENDED = "awsenv setup --yes --start-url URL --sso-region REGION"


@click.command("setup")
@click.option("--sso-session", type=options.Text(), metavar="NAME", help="The sso-session: one there is, or a new one.")
@click.option("--start-url", type=options.Text(), metavar="URL", help="The AWS access portal URL of a new one.")
@click.option("--sso-region", type=options.Text(), metavar="REGION", help="The region of its Identity Center.")
@click.option("--no-login", is_flag=True, help="Do not sign in.")
@click.option("--device-code", is_flag=True, help="Sign in by a code to approve in any browser, on any machine.")
@options.profile_options
@click.option("--no-populate", is_flag=True, help="Write no profiles; with --remove, keep them.")
@click.option("--shell", "shell_name", type=options.Text(), metavar="SHELL", help="Default: the shell that called.")
@click.option("--rc-file", type=options.Text(), metavar="FILE", help="The start file for the hook.")
@click.option("--no-hook", is_flag=True, help="Leave the start files alone.")
@click.option("--prompt/--no-prompt", "has_prompt", default=None, help="Profile and time left in the prompt, or not.")
@click.option(
    "--guard",
    "guard_mode",
    type=click.Choice(list(get_args(Mode))),
    help="What the hook does before a command when the sign-in is over.",
)
@click.option("--yes", "is_agreed", is_flag=True, help="Ask nothing; every question has its default for an answer.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--remove", is_flag=True, help="Take out what setup and populate wrote.")
@click.option("--logout", "signs_out", is_flag=True, help="With --remove: sign out, too.")
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    sso_session: str | None,
    start_url: str | None,
    sso_region: str | None,
    no_login: bool,
    device_code: bool,
    region: str | None,
    template: str | None,
    accounts: tuple[str, ...],
    roles: tuple[str, ...],
    no_populate: bool,
    shell_name: str | None,
    rc_file: str | None,
    no_hook: bool,
    has_prompt: bool | None,
    guard_mode: Mode | None,
    is_agreed: bool,
    dry_run: bool,
    remove: bool,
    signs_out: bool,
) -> None:
    """Set everything up, step by step: sign in, write a profile for every account and role, load the hook.

    Each step shows what it would write and asks; run again, it changes what is new.

    \b
    awsenv setup
    awsenv setup --yes --start-url company.awsapps.com/start --sso-region eu-west-1
    awsenv setup --remove
    """
    questions = Questions(runtime, is_agreed=is_agreed or dry_run)
    if not (questions.is_asked or is_agreed or dry_run):
        raise UsageError("setup asks, and nobody is here to answer", hint=_UNATTENDED)
    if remove:
        dialects = HOOKED if shell_name is None else (choose_shell(shell_name, runtime),)
        removal = RemovalWish(dialects, rc_file, not no_hook, not no_populate, signs_out or None, dry_run)
        remove_all(removal, questions, runtime)
        return
    settings = load_settings(runtime)
    globs = (settings.populate.accounts, accounts), (settings.populate.roles, roles)
    chosen_template = options.wanted_template(template, settings)
    way = Way(
        SessionWish(sso_session, start_url, sso_region, device_code),
        has_session=not (no_login and no_populate and sso_session is None and start_url is None),
        has_login=not no_login,
        profiles=Wish(chosen_template, *globs, region, settings.populate.keys),
        has_profiles=not no_populate,
        # Known to be none before anybody signs in for nothing.
        dialect=None if no_hook else choose_shell(shell_name, runtime),
        rc_path=rc_file,
        has_prompt=has_prompt,
        guard_mode=guard_mode,
    )
    (show if dry_run else set_up)(way, settings, questions, runtime)
