"""awsenv migrate: profiles of keys and role_arn become SSO profiles of the same names and accounts."""

from collections.abc import Collection, Sequence
from functools import partial

import click

from awsenv.actions.assignments import Lister, Listing, OfferLogin, choose_named_sessions, kept_unless_used
from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.migrate import Move, plan, retired_by, roles_of, settle
from awsenv.actions.migrate_proof import Proof
from awsenv.actions.migrate_roles import Wanted, parse_wanted, wanted_accounts
from awsenv.actions.migrate_survey import finder_maker, survey
from awsenv.actions.migrate_text import Shared, load_both
from awsenv.actions.sessions import finder_for
from awsenv.cli import options
from awsenv.cli.bar import Bar
from awsenv.cli.migrated import account_of, described, failures_of, show, tell
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say, say_error, say_notice, telling, write_json
from awsenv.errors import LoginDeclined, ProfileNotFound, UsageError
from awsenv.files.nearest import nearest
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.settings import Settings, load_settings
from awsenv.model import SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value


class _Way(Value):
    names: tuple[str, ...]
    is_retiring: bool
    is_agreed: bool
    is_dry_run: bool
    is_verified: bool
    is_offline: bool
    may_sign_in: bool
    is_json: bool


@click.command("migrate")
@click.option("--sso-session", type=options.Text(), metavar="NAME", help="The sso-session. Default: the only one.")
@click.option(
    "--map",
    "maps",
    type=options.Text(),
    multiple=True,
    metavar="PROFILE=ACCOUNT/ROLE",
    help="Which role a profile becomes; the account by id or name. May be given several times.",
)
@click.option("--retire-keys", is_flag=True, help="Take old keys out of the files, once SSO is proven.")
@click.option("--offline", is_flag=True, help="Do not ask STS whose the keys in the files are.")
@click.option("--no-verify", is_flag=True, help="Do not try each profile before it is written.")
@click.option("--dry-run", is_flag=True, help="Show the plan and the difference, and write nothing.")
@click.option("--yes", "is_agreed", is_flag=True, help="Ask no question.")
@options.no_login_option
@options.json_option
@click.argument("profiles", nargs=-1, type=options.Text(), metavar="[PROFILE]...")
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profiles: tuple[str, ...],
    sso_session: str | None,
    maps: tuple[str, ...],
    retire_keys: bool,
    offline: bool,
    no_verify: bool,
    dry_run: bool,
    is_agreed: bool,
    no_login: bool,
    as_json: bool,
) -> None:
    """Turn profiles of keys, role_arn or a start URL into SSO profiles of the same names and accounts.

    \b
    awsenv migrate --dry-run
    awsenv migrate unicorn --map unicorn=222233334444/Developer
    """
    if retire_keys and no_verify:
        raise UsageError("keys are retired only where SSO is proven", hint="awsenv migrate --retire-keys")
    way = _Way(
        names=profiles,
        is_retiring=retire_keys,
        is_agreed=is_agreed,
        is_dry_run=dry_run,
        is_verified=not no_verify,
        is_offline=offline,
        may_sign_in=not no_login,
        is_json=as_json,
    )
    _migrate(runtime, sso_session, maps, way)


def _migrate(runtime: Runtime, session_name: str | None, maps: Sequence[str], way: _Way) -> None:
    settings, known = load_settings(runtime), load_profiles(runtime)
    with telling(known):
        session = _session(session_name, known)
        for name in way.names:
            _check_known(name, known)
    wanted = {each.profile: each for each in (parse_wanted(text, known.names) for text in maps)}
    finder_of = finder_maker(runtime, settings.allowed_endpoints)
    chosen = [each for each in known if not way.names or each.name in way.names]
    olds = list(survey(chosen, load_both(runtime), lambda each: finder_of(each, known), asks_sts=not way.is_offline))
    pending = {each.name: each.account_id for each in olds if each.is_pending}
    for name in wanted.keys() - pending.keys():
        say(f'awsenv: warning: --map for "{name}" changes nothing: there is nothing to be matched')
    accounts = wanted_accounts(pending.values(), [wanted[name] for name in pending if name in wanted])
    listing = _listed(session, accounts, known, settings, runtime, may_sign_in=way.may_sign_in)
    with kept_unless_used([listing] if pending else [], runtime):
        moves = plan(olds, listing, wanted, retires=way.is_retiring)
        moves = _asked(moves, listing, way, runtime)
        moves, shared = settle(moves, runtime)
        proof = Proof(known, finder_of, runtime) if way.is_verified else None
        _carry_out(moves, shared, proof, way, runtime)


def _session(name: str | None, profiles: Profiles) -> SsoSession:
    try:
        return choose_named_sessions([name] if name is not None else [], every=False, profiles=profiles)[0]
    except UsageError as error:
        error.hint = "awsenv migrate --sso-session NAME"
        raise


def _check_known(name: str, profiles: Profiles) -> None:
    if name not in profiles:
        suggestion = nearest(name, profiles.names)
        hint = f'did you mean "{suggestion}"? all are in: awsenv list' if suggestion else "awsenv list"
        raise ProfileNotFound(f'profile "{name}" not found in {profiles.config_path}', hint=hint)


def _listed(
    session: SsoSession,
    accounts: Collection[str],
    profiles: Profiles,
    settings: Settings,
    runtime: Runtime,
    *,
    may_sign_in: bool,
) -> Listing:
    if not accounts:
        return Listing(session, {}, {})
    progress, bar = TerminalProgress(runtime), Bar("accounts", runtime)

    def offer_for(finder: CredentialFinder) -> OfferLogin | None:
        if not (may_sign_in and runtime.terminal.can_ask()):
            return None
        from awsenv.actions.login import offer_login

        bar.clear()
        return partial(offer_login, settings=settings, finder=finder, progress=progress)

    def wants(account_id: str, name: str) -> bool:
        return account_id in accounts or name.casefold() in accounts

    finder = finder_for(session, None, profiles, runtime, say_notice, settings.allowed_endpoints)
    try:
        return Lister(wants, bar, say_notice, offer_for).fetch(session, finder)
    finally:
        bar.clear()
        progress.clear()


def _asked(moves: list[Move], listing: Listing, way: _Way, runtime: Runtime) -> list[Move]:
    if way.is_agreed or way.is_dry_run or way.is_json or not runtime.terminal.can_ask():
        return moves
    wanted = dict[str, Wanted]()
    for move in moves:
        role_name = _answer(move, runtime) if move.state == "open" and move.candidates else None
        if role_name is not None and move.account_id:
            wanted[move.name] = Wanted(move.name, move.account_id, role_name)
    if not wanted:
        return moves
    planned = plan([move.old for move in moves if move.name in wanted], listing, wanted, retires=way.is_retiring)
    answered = {move.name: move for move in planned}
    return [answered.get(move.name, move) for move in moves]


def _answer(move: Move, runtime: Runtime) -> str | None:
    say(f"awsenv: {move.name} ({account_of(move)}): {move.reason}")
    for number, candidate in enumerate(move.candidates, start=1):
        say(f"  {number}  {candidate}")
    while True:
        try:
            typed = runtime.terminal.ask("awsenv: which one? A number, or Enter to leave it as it is: ").strip()
        except LoginDeclined:
            return None
        if not typed:
            return None
        if typed in move.candidates:
            return typed
        if typed.isascii() and typed.isdigit() and 1 <= int(typed[:6]) <= len(move.candidates):
            return move.candidates[int(typed[:6]) - 1]


def _carry_out(moves: list[Move], shared: Shared, proof: Proof | None, way: _Way, runtime: Runtime) -> None:
    backups: list[str] = []
    if not way.is_json:
        show(moves, shared)
    is_written = False
    if roles_of(moves) and not way.is_dry_run and _is_agreed(len(roles_of(moves)), way, runtime):
        if proof:
            moves, shared = proof.proven(moves, shared)
        backups = shared.write(roles_of(moves), retired_by(moves), runtime=runtime, notify=say_notice)
        is_written = bool(roles_of(moves))
    if way.is_json:
        write_json(described(moves, shared, backups, is_written=is_written, is_dry_run=way.is_dry_run))
    tell(moves, backups, is_written=is_written, is_dry_run=way.is_dry_run)
    failures = failures_of(moves, way.names, is_dry_run=way.is_dry_run)
    for failure in failures[1:]:
        say_error(failure)
    if failures:
        raise failures[0]


def _is_agreed(count: int, way: _Way, runtime: Runtime) -> bool:
    if way.is_agreed:
        return True
    those = f"these {count} profiles" if count > 1 else "this profile"
    # Nobody agrees to a plan that is not shown.
    if way.is_json or not runtime.terminal.can_ask():
        raise UsageError(f"nobody is here to agree that {those} change", hint="awsenv migrate --yes")
    try:
        return runtime.terminal.ask(f"awsenv: change {those}? [y/N] ").strip().lower() in {"y", "yes"}
    except LoginDeclined:
        return False
