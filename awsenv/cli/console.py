"""awsenv console: the AWS web console as the role of a profile."""

import sys
from datetime import timedelta

import click

from awsenv.actions.console import Page, Way, Wish, find_page, open_page
from awsenv.cli import options
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.terminal import say, say_notice, write
from awsenv.errors import LocalFileError, UsageError
from awsenv.model import Notice
from awsenv.runtime import Runtime


@click.command("console")
@click.option("--service", type=options.Text(), metavar="NAME", help="Open this service: s3, ec2, cloudwatch, …")
@click.option("--destination", type=options.Text(), metavar="PATH", help="Open this page of the console.")
@click.option("--region", type=options.Region(), metavar="REGION", help="Open it in this region.")
@click.option("--federated", is_flag=True, help="Sign in with the profile's keys, by the federation endpoint.")
@click.option("--portal", is_flag=True, help="Go by the access portal. Default for a role of an sso-session.")
@click.option(
    "--duration",
    type=options.Duration(),
    metavar="TIME",
    help="How long a federated console stays open: 15m to 12h. Default: as long as the keys.",
)
@click.option("--browser", type=options.Text(), metavar="COMMAND", help="A preset (chrome:Work) or a command with %s.")
@click.option("--print", "is_printed", is_flag=True, help="Print the address and open nothing.")
@options.no_login_option
@click.argument("profile", type=options.Text(), required=False)
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    profile: str | None,
    service: str | None,
    destination: str | None,
    region: str | None,
    federated: bool,
    portal: bool,
    duration: timedelta | None,
    browser: str | None,
    is_printed: bool,
    no_login: bool,
) -> None:
    """Open the AWS web console as PROFILE, by default this shell's, in the browser set for its sso-session.

    \b
    awsenv console --service s3 unicorn
    """
    if federated and portal:
        raise UsageError("--federated and --portal are two ways to the same: choose one")
    way: Way | None = "federated" if federated else "portal" if portal else None
    progress = TerminalProgress(runtime)
    try:
        page = find_page(
            Wish(profile, way, service, region, destination, duration, browser),
            runtime=runtime,
            notify=say_notice,
            progress=None if no_login else progress,
        )
        is_opened = not is_printed and open_page(page, runtime=runtime, progress=progress)
    finally:
        progress.clear()
    if is_opened:
        say(f"awsenv: the console is open in your browser: {page.place}")
    else:
        _hand_out(page, is_asked_for=is_printed)


def _hand_out(page: Page, *, is_asked_for: bool) -> None:
    if not is_asked_for:
        if page.is_secret and not sys.stdout.isatty():
            # It would stand in the log of a job, or in a file, that nobody meant it for.
            problem = "there is no browser here, and a secret address is not printed unasked but to a terminal"
            raise LocalFileError(problem, hint="awsenv console --print")
        say("awsenv: there is no browser here: open this address where there is one")
    if page.is_secret and sys.stdout.isatty():
        say_notice(Notice("for 15 minutes, whoever has this address is in this account, without a password"))
    write(f"{page.url}\n")
