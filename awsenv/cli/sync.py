"""awsenv sync: copies of temporary keys, for tools that read nothing but the credentials file."""

from collections.abc import Sequence

import click

from awsenv.actions.sync import Synced, Way, find_copies, write_copies
from awsenv.actions.sync_keys import KeyRing
from awsenv.actions.sync_targets import Target, Wish, choose_targets
from awsenv.cli import options
from awsenv.cli.bar import Bar
from awsenv.cli.program import own_program
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.sync_sign_in import Offer
from awsenv.cli.synced import tell, tell_removed
from awsenv.cli.terminal import say_error, say_notice, telling, write_json
from awsenv.errors import AwsenvError, UsageError
from awsenv.files.processes import ProcessWish
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.settings import Settings, load_settings
from awsenv.files.synced import purge_expired
from awsenv.runtime import Runtime
from awsenv.values import Value, asdict


class _Way(Value):
    is_dry_run: bool
    is_json: bool
    may_ask: bool


@click.command("sync")
@click.option("--all", "every", is_flag=True, help="Every profile with temporary keys.")
@click.option("--as", "section", type=options.Text(), metavar="NAME", help="Another name for the copy of one profile.")
@click.option("--default", "is_default", is_flag=True, help="The same as --as default: for tools that name no profile.")
@click.option("--watch", "is_watching", is_flag=True, help="Go on keeping them fresh until Ctrl-C.")
@click.option("--clean", "is_cleaning", is_flag=True, help="Take the copies out again: of these profiles, or all.")
@click.option(
    "--process",
    "is_process",
    is_flag=True,
    help="Write profiles into the config file that ask awsenv for the keys, and no keys.",
)
@options.process_name_option
@click.option("--dry-run", is_flag=True, help="Tell what would become of each, fetch no keys and write nothing.")
@options.no_login_option
@options.json_option
@click.argument("profiles", type=options.Text(), nargs=-1, metavar="[PROFILE]...")
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profiles: tuple[str, ...],
    every: bool,
    section: str | None,
    is_default: bool,
    is_watching: bool,
    is_cleaning: bool,
    is_process: bool,
    process_name: str | None,
    dry_run: bool,
    no_login: bool,
    as_json: bool,
) -> None:
    """Copy the temporary keys of each PROFILE, a name or a glob, into the credentials file.

    That is for tools that read nothing else. Without a name, what was copied before is brought up to date. Only
    sections that awsenv wrote are changed or removed.

    \b
    awsenv sync unicorn 'team-*'
    awsenv sync unicorn --default --watch
    """
    if is_default:
        if section is not None:
            raise UsageError("--default and --as name two sections, and there is one")
        section = "default"
    way = _Way(is_dry_run=dry_run, is_json=as_json, may_ask=not no_login)
    wish = Wish(profiles, every, section)
    process = ProcessWish(own_program(), process_name or ProcessWish.template) if is_process else None
    _refuse_odd(wish, way, is_cleaning=is_cleaning, is_watching=is_watching, is_process=is_process)
    if is_cleaning:
        _clean(profiles, way, runtime, is_process=is_process)
    elif is_watching:
        from awsenv.cli.sync_watching import watch

        watch(wish, runtime, may_ask=way.may_ask)
    else:
        _sync(wish, way, process, runtime)


def _refuse_odd(wish: Wish, way: _Way, *, is_cleaning: bool, is_watching: bool, is_process: bool) -> None:
    if is_cleaning and (wish.every or wish.section is not None or is_watching):
        raise UsageError("--clean goes with names of profiles alone", hint="awsenv sync --clean")
    if is_watching and (way.is_dry_run or way.is_json):
        raise UsageError("--watch goes on for ever: neither --dry-run nor --json goes with it")
    if is_watching and is_process:
        raise UsageError("--process writes no keys that --watch could keep fresh")
    if is_process and not (is_cleaning or wish.names or wish.every):
        raise UsageError("which profiles?", hint="awsenv sync --process PROFILE")


def _clean(names: tuple[str, ...], way: _Way, runtime: Runtime, *, is_process: bool) -> None:
    if is_process:
        from awsenv.actions.process_profiles import remove_processes as remove
    else:
        from awsenv.actions.sync import remove_copies as remove
    removed = remove(names, is_dry_run=way.is_dry_run, runtime=runtime, notify=say_notice)
    if way.is_json:
        write_json([asdict(each) for each in removed])
    else:
        tell_removed(removed, "config" if is_process else "credentials", is_dry_run=way.is_dry_run)


def _sync(wish: Wish, way: _Way, process: ProcessWish | None, runtime: Runtime) -> None:
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    with telling(profiles):
        copies = find_copies(runtime)
        targets = choose_targets(wish, copies, profiles=profiles, settings=settings, runtime=runtime)
    if not way.is_dry_run:
        purge_expired(runtime, say_notice)
    if process is not None:
        from awsenv.actions.process_profiles import write_processes

        synced, failures = write_processes(
            targets, process, is_dry_run=way.is_dry_run, runtime=runtime, notify=say_notice
        )
    else:
        synced, failures = _written(targets, way, profiles, settings, runtime)
    if way.is_json:
        write_json([asdict(each) for each in synced])
    else:
        tell(synced, "config" if process else "credentials", is_dry_run=way.is_dry_run)
    for failure in failures[1:]:
        say_error(failure)
    if failures:
        raise failures[0]


def _written(
    targets: Sequence[Target], way: _Way, profiles: Profiles, settings: Settings, runtime: Runtime
) -> tuple[list[Synced], list[AwsenvError]]:
    bar, progress = Bar("profiles", runtime), TerminalProgress(runtime)
    offer = Offer(settings, progress, bar, runtime, may_ask=way.may_ask)
    ring = KeyRing(profiles, runtime, offer.notify, settings.allowed_endpoints, bar, offer.find)
    wanted = list({target.profile.name: target.profile for target in targets}.values())
    try:
        outcomes = {} if way.is_dry_run else ring.fetch(wanted)
    finally:
        bar.clear()
        progress.clear()
    return write_copies(
        targets,
        outcomes,
        Way(settings.sync_expiration, is_dry_run=way.is_dry_run),
        ring=ring,
        notify=say_notice,
    )
