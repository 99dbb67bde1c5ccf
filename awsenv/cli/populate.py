"""awsenv populate: profiles for every account and role that an sso-session gives."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

import click

from awsenv.actions.assignments import Lister, Listing, OfferLogin, choose_named_sessions, kept_unless_used
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.populate import Population, Wish, populate, preview, prune, refusal
from awsenv.actions.sessions import finder_for
from awsenv.cli import options
from awsenv.cli.bar import Bar
from awsenv.cli.diff import write_diff
from awsenv.cli.populated import described, list_stale, tell, tell_of_nothing
from awsenv.cli.program import own_program
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say, say_error, say_notice, telling, write_json
from awsenv.errors import AwsenvError, LoginDeclined, UsageError
from awsenv.files.editor import Edited
from awsenv.files.lossless import SharedText
from awsenv.files.processes import ProcessWish
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.settings import Settings, load_settings
from awsenv.model import SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value


class _Way(Value):
    is_pruned: bool
    is_agreed: bool
    is_dry_run: bool
    is_json: bool


@click.command("populate")
@options.populate_options
@click.option(
    "--prune", "is_pruned", is_flag=True, help="Remove profiles that Identity Center gives no more; asks first."
)
@click.option("--yes", "is_agreed", is_flag=True, help="Remove them without a question.")
@click.option(
    "--credential-process",
    "is_process",
    is_flag=True,
    help="Write a second profile beside each, which asks awsenv for its keys: for tools that cannot read SSO.",
)
@options.process_name_option
@click.option("--dry-run", is_flag=True, help="Show what would change in the config file, and write nothing.")
@options.no_login_option
@options.json_option
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    sso_sessions: tuple[str, ...],
    every: bool,
    accounts: tuple[str, ...],
    roles: tuple[str, ...],
    template: str | None,
    region: str | None,
    is_pruned: bool,
    is_agreed: bool,
    is_process: bool,
    process_name: str | None,
    dry_run: bool,
    no_login: bool,
    as_json: bool,
) -> None:
    """Write a profile into the config file for every account and role that an sso-session gives.

    Only sections that awsenv has written are ever changed or removed; run again, it changes what is new.

    \b
    awsenv populate --sso-session company --account 'Team*' --dry-run
    """
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    chosen_template = options.wanted_template(template, settings)
    globs = (settings.populate.accounts, accounts), (settings.populate.roles, roles)
    process = ProcessWish(own_program(), process_name or ProcessWish.template) if is_process else None
    wish = Wish(chosen_template, *globs, region, settings.populate.keys, process)
    with telling(profiles):
        chosen = choose_named_sessions(sso_sessions, every=every, profiles=profiles)
    listings, failures = _listed(chosen, wish, profiles, settings, runtime, may_ask=not no_login)
    if listings:
        way = _Way(is_pruned=is_pruned, is_agreed=is_agreed, is_dry_run=dry_run, is_json=as_json)
        with kept_unless_used(listings, runtime):
            failures += _written(listings, wish, way, runtime)
    for failure in failures[1:]:
        say_error(failure)
    if failures:
        raise failures[0]


def _listed(
    chosen: Sequence[SsoSession],
    wish: Wish,
    profiles: Profiles,
    settings: Settings,
    runtime: Runtime,
    *,
    may_ask: bool,
) -> tuple[list[Listing], list[AwsenvError]]:
    progress, bar = TerminalProgress(runtime), Bar("accounts", runtime)

    def offer_for(finder: CredentialFinder) -> OfferLogin | None:
        if not (may_ask and runtime.terminal.can_ask()):
            return None
        from awsenv.actions.login import offer_login

        bar.clear()
        return partial(offer_login, settings=settings, finder=finder, progress=progress)

    lister = Lister(wish.wants_account, bar, _clearing(bar), offer_for)
    listings, failures = list[Listing](), list[AwsenvError]()
    # One that fails keeps nobody from the next.
    for sso_session in chosen:
        finder = finder_for(sso_session, None, profiles, runtime, say_notice, settings.allowed_endpoints)
        try:
            listings.append(lister.fetch(sso_session, finder))
        except AwsenvError as error:
            failures.append(error)
        finally:
            bar.clear()
            progress.clear()
    return listings, failures


def _clearing(bar: Bar) -> Callable[..., None]:
    def notify(notice: object) -> None:
        bar.clear()
        say(f"awsenv: warning: {notice}")

    return notify


def _written(listings: Sequence[Listing], wish: Wish, way: _Way, runtime: Runtime) -> list[AwsenvError]:
    stale = set[str]()
    if way.is_pruned or way.is_dry_run:
        text, population = preview(listings, wish, runtime)
        stale = {profile.name for profile in population.of("vanished", "renamed")} if way.is_pruned else stale
    if way.is_dry_run:
        edited = Edited(is_written=False)
        prune(text, population, stale)
        if not way.is_json:
            write_diff(text.path, text.edits())
    else:
        if stale and not _may_remove(text, population, stale, way, runtime):
            stale = set()
        edited, text, population = populate(listings, wish, stale, runtime=runtime, notify=say_notice)
    for notice in population.notices:
        say_notice(notice)
    tell_of_nothing(listings, population)
    if way.is_json:
        write_json(described(population, stale, text.path, edited, is_dry_run=way.is_dry_run))
    else:
        tell(population, stale, edited, is_dry_run=way.is_dry_run)
    if not population.of("added", "changed", "unchanged", "yours", "taken") and wish.is_narrowed:
        say("awsenv: warning: nothing fits: look at --account and --role, and at [populate] in the settings")
    taken = population.of("taken") + [each for each in population.processes if each.state == "taken"]
    return [refusal(taken, text, runtime)] if taken else []


def _may_remove(text: SharedText, population: Population, stale: Collection[str], way: _Way, runtime: Runtime) -> bool:
    list_stale(population, text)
    if way.is_agreed:
        return True
    those = f"these {len(stale)} profiles" if len(stale) > 1 else "this profile"
    if not runtime.terminal.can_ask():
        raise UsageError(f"nobody is here to agree that {those} go", hint="awsenv populate --prune --yes")
    try:
        return runtime.terminal.ask(f"awsenv: remove {those}? [y/N] ").strip().lower() in {"y", "yes"}
    except LoginDeclined:
        return False
