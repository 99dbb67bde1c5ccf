"""The commands and their table: what click makes of a command line."""

import contextlib
from collections.abc import Sequence
from importlib import import_module

import click

from awsenv import __version__
from awsenv.errors import AwsenvError, ExitCode, UsageError
from awsenv.runtime import Runtime

# What `--help` says stands here, so that it need not import them all.
COMMANDS = {
    "setup": "Set everything up, step by step: sign in, write profiles, load the hook; --remove undoes it.",
    "use": "Switch this shell to a profile; without the hook, print the statements that do.",
    "off": "Put the AWS variables of this shell back as they were.",
    "exec": "Run one command, or a shell, with a profile's environment.",
    "login": "Sign in to the sso-session behind a profile.",
    "logout": "Sign out of exactly one sso-session, at the server too.",
    "status": "List the sso-sessions and their expiry; --check asks whether a login is needed.",
    "list": "List the profiles with account, role, region and expiry.",
    "populate": "Write profiles for every account and role of an sso-session.",
    "migrate": "Turn profiles of keys and role_arn into SSO profiles, each by its name.",
    "doctor": "Find what is wrong with the set-up, and mend it.",
    "sync": "Copy temporary keys into the credentials file, for tools that read nothing else.",
    "credential-process": "Print a profile's keys in the SDKs' own protocol, for credential_process.",
    "export": "Print a profile's keys as env, dotenv, JSON, fish, PowerShell, docker or GitHub.",
    "serve": "Serve a profile's credentials on this machine, and renew them.",
    "console": "Open the AWS web console as the role of a profile, in the browser set for it.",
    "whoami": "Say which account and role this shell is in.",
    "init": "Print the hook for bash, zsh or fish.",
    "demo": "Try everything against a practice Identity Center on this machine.",
}
# For the hook: people have no use for them, and the README does not name them.
HIDDEN_COMMANDS = ("renew", "names")


class Commands(click.Group):
    """The commands, each imported when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or None."""
        is_known = cmd_name in COMMANDS or cmd_name in HIDDEN_COMMANDS
        found = import_module(f"awsenv.cli.{cmd_name.replace('-', '_')}").command if is_known else None
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of a command line; for an unknown one, tell what was probably meant."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise UsageError(f'there is no command "{args[0]}"', hint=_meant(args[0], ctx.obj))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, message="awsenv %(version)s")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Each terminal in one AWS account, visibly so.

    Begin with `awsenv setup`, or try it without an account: `awsenv demo`.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def invoke(arguments: Sequence[str], runtime: Runtime) -> int:
    """Run a command line and return its exit code.

    Raises:
        UsageError: click cannot make anything of it.
        AwsenvError: as the command does.
    """
    # Not click's own main(): it turns Ctrl-C and a reader that left into exits of its own.
    try:
        with group.make_context("awsenv", list(arguments), obj=runtime) as context:
            group.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.MissingParameter as error:
        if error.param is None or error.param.name != "profile":
            raise _refusal(error, arguments) from error
        raise UsageError("which profile?", hint="awsenv list") from error
    except click.ClickException as error:
        raise _refusal(error, arguments) from error
    return ExitCode.DONE


def _refusal(error: click.ClickException, arguments: Sequence[str]) -> UsageError:
    name = next((word for word in arguments if not word.startswith("-")), None)
    is_known = name in COMMANDS or name in HIDDEN_COMMANDS
    return UsageError(error.format_message(), hint=f"awsenv {name} --help" if is_known else "awsenv --help")


def _meant(word: str, runtime: Runtime) -> str:
    # Only a mistake comes here, so that nothing that succeeds waits for these.
    from awsenv.actions.hints import shown_argument
    from awsenv.files.nearest import nearest
    from awsenv.files.profiles import load_profiles
    from awsenv.files.settings import load_settings

    names: list[str] = []
    with contextlib.suppress(AwsenvError):
        names += [*load_profiles(runtime).names, *load_settings(runtime).aliases]
    command = nearest(word, COMMANDS)
    profile = word if word in names else None if command else nearest(word, names)
    if profile is not None:
        return f"awsenv use {shown_argument(profile)}"
    return f'did you mean "{command}"? all are in: awsenv --help' if command else "awsenv --help"
