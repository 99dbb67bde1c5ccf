"""setup: the sso-session and its profiles into the config file, each shown before it is written; and proof."""

from collections.abc import Sequence

from awsenv.actions.assignments import Lister, Listing
from awsenv.actions.migrate import older_in
from awsenv.actions.populate import PopulatedProfile, Wish, populate, preview, refusal
from awsenv.actions.sessions import finder_for
from awsenv.actions.setup_proof import prove
from awsenv.actions.setup_session import preview_session, write_session
from awsenv.cli.bar import Bar
from awsenv.cli.diff import write_diff
from awsenv.cli.populated import tell, tell_of_nothing
from awsenv.cli.setup_questions import Questions
from awsenv.cli.setup_sign_in import region_parser
from awsenv.cli.terminal import say, say_notice, time_left
from awsenv.errors import AwsenvError
from awsenv.files.lossless import SharedText
from awsenv.files.profiles import load_profiles
from awsenv.files.settings import Settings
from awsenv.model import Notice, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import replace

# What is longer nobody reads before saying yes.
_LONGEST_DIFF = 80
_FEW = 5


def wrote_session(sso_session: SsoSession, questions: Questions, runtime: Runtime) -> str | None:
    """Write the sso-session, once agreed to, and return what was done; None where it was not agreed to."""
    text = preview_session(sso_session, runtime)
    where = f"sso-session {sso_session.token_key} in {text.path}"
    if not text.edits():
        return where
    write_diff(text.path, text.edits())
    if not questions.agrees(f"write the sso-session to {text.path}?"):
        return None
    edited = write_session(sso_session, runtime=runtime, notify=say_notice)
    if edited.backup_path:
        say(f"awsenv: the file as it was before is {edited.backup_path}")
    return where


def show_profiles(listing: Listing, wish: Wish, runtime: Runtime) -> None:
    """Show what writing the profiles would change."""
    text, population = preview([listing], wish, runtime)
    if wish.region is None and _lacks_region(population.of("added")):
        text, _ = preview([listing], replace(wish, region=listing.sso_session.region), runtime)
    write_diff(text.path, text.edits())


def show_session(sso_session: SsoSession, runtime: Runtime) -> None:
    """Show what writing the sso-session would change."""
    text = preview_session(sso_session, runtime)
    write_diff(text.path, text.edits())


def fetch_listing(sso_session: SsoSession, wish: Wish, settings: Settings, runtime: Runtime) -> Listing:
    """Return the accounts and roles of the sso-session, with a bar while it takes."""
    bar = Bar("accounts", runtime)

    def notify(notice: Notice) -> None:
        bar.clear()
        say_notice(notice)

    finder = finder_for(sso_session, None, load_profiles(runtime), runtime, notify, settings.allowed_endpoints)
    try:
        return Lister(wish.wants_account, bar, notify, lambda _: None).fetch(sso_session, finder)
    finally:
        bar.clear()


def wrote_profiles(
    listing: Listing, wish: Wish, questions: Questions, runtime: Runtime
) -> tuple[Sequence[PopulatedProfile], str | None, list[AwsenvError]]:
    """Write the profiles, once agreed to; return those that are there then, what was done, and what could not be."""
    text, population = preview([listing], wish, runtime)
    if wish.region is None and _lacks_region(population.of("added")):
        # Only of profiles that are new: what was chosen for the others, and since, stays.
        question, default = "the region of the profiles", listing.sso_session.region
        wish = replace(wish, region=questions.text(question, default, region_parser(), option="--region REGION"))
        text, population = preview([listing], wish, runtime)
    changes = population.of("added", "changed")
    if changes:
        _show(text, changes)
        count = f"{len(changes)} profile{'s' if len(changes) > 1 else ''}"
        if not questions.agrees(f"write {count} to {text.path}?"):
            return population.of("unchanged", "yours"), None, []
    edited, text, population = populate([listing], wish, (), runtime=runtime, notify=say_notice)
    for notice in population.notices:
        say_notice(notice)
    tell_of_nothing([listing], population)
    tell(population, (), edited, is_dry_run=False)
    there = population.of("added", "changed", "unchanged", "yours")
    taken = population.of("taken")
    failures: list[AwsenvError] = [refusal(taken, text, runtime)] if taken else []
    return there, f"{len(there)} profiles in {text.path}", failures


def tell_proof(name: str, runtime: Runtime) -> None:
    """Tell who AWS takes the bearer of a profile's credentials for."""
    there, identity = prove(name, runtime=runtime, notify=say_notice)
    account = f"{identity.account_id} ({there.account_name})" if there.account_name else identity.account_id
    left = there.credentials and time_left(there.credentials.expires_at, runtime.now())
    parts = [account, there.role, there.region, left and f"{left} left"]
    say(f"awsenv: {name} works: {' · '.join(part for part in parts if part)}")
    say(f"awsenv: AWS says that this is {identity.arn}")


def tell_older(runtime: Runtime) -> None:
    """Tell of profiles that could do without long-lived keys, or with a sign-in that renews itself."""
    older = older_in(load_profiles(runtime))
    if older:
        named = ", ".join(older[:_FEW]) + (" and more" if len(older) > _FEW else "")
        say(f"awsenv: of keys, role_arn or a start URL as before: {named}; to move them to SSO: awsenv migrate")


def _lacks_region(profiles: Sequence[PopulatedProfile]) -> bool:
    return any(profile.region is None for profile in profiles)


def _show(text: SharedText, changes: Sequence[PopulatedProfile]) -> None:
    edits = text.edits()
    if sum(len(edit.new) for edit in edits) <= _LONGEST_DIFF:
        write_diff(text.path, edits)
        return
    named = ", ".join(profile.name for profile in changes[:_FEW])
    say(f"awsenv: {len(changes)} profiles: {named} and more; --dry-run shows every line")
