"""awsenv list: every profile, one a line."""

import click

from awsenv.actions.listing import ListedProfile, learn_account_names, list_profiles
from awsenv.cli import options
from awsenv.cli.terminal import GREEN, RED, say, say_notice, time_left, write_json, write_table
from awsenv.runtime import Runtime
from awsenv.values import asdict

_HEADER = ("", "PROFILE", "ACCOUNT", "ROLE", "REGION", "SOURCE", "LEFT")


@click.command("list")
@click.option("--names", is_flag=True, help="First ask each Identity Center that is signed in to for account names.")
@options.json_option
@click.pass_obj
def command(runtime: Runtime, *, names: bool, as_json: bool) -> None:
    """List the profiles with account, role, region, source and the time that cached credentials have left.

    The profile of this shell is marked with an asterisk.
    """
    if names:
        learn_account_names(runtime=runtime, notify=say_notice)
    profiles = list_profiles(runtime=runtime, notify=say_notice)
    if as_json:
        write_json([asdict(profile) for profile in profiles])
        return
    if not profiles:
        say("awsenv: there is no profile in the shared files")
        say("hint: awsenv setup")
        return
    now = runtime.now()
    rows = [_row(profile, time_left(profile.expires_at, now)) for profile in profiles]

    def style(index: int) -> str:
        return GREEN if profiles[index].active else RED if rows[index][-1] == "expired" else ""

    write_table(_HEADER, rows, style)


def _row(profile: ListedProfile, left: str) -> tuple[str, ...]:
    account = " ".join(part for part in (profile.account_id, profile.account_name) if part)
    return (
        "*" if profile.active else "",
        profile.name,
        account or "-",
        profile.role or "-",
        profile.region or "-",
        profile.source,
        left,
    )
