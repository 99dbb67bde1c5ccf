"""The command line: finds the command, runs it, and is the only place that prints an error and picks an exit code."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import NoReturn

import click

from awsenv import __version__
from awsenv.cli import terminal
from awsenv.errors import AwsenvError, CommandNotStarted, ExitCode, LocalFileError, UsageError
from awsenv.runtime import Runtime, decoded, from_process

# What `--help` says stands here, so that it need not import them all.
COMMANDS = {
    "use": "Print the statements that switch this shell to a profile.",
    "off": "Print the statements that put the AWS variables back.",
    "exec": "Run a command with a profile's environment.",
    "login": "Sign in to the sso-session behind a profile.",
    "logout": "Sign out of exactly one sso-session, at the server too.",
    "status": "List the sso-sessions and their expiry; --check asks whether a login is needed.",
    "list": "List the profiles with account, role, region and expiry.",
    "populate": "Write profiles for every account and role of an sso-session.",
    "sync": "Copy temporary keys into the credentials file, for tools that read nothing else.",
    "credential-process": "Print a profile's keys in the SDKs' own protocol, for credential_process.",
    "migrate": "Turn profiles of keys and role_arn into SSO profiles of the same names.",
    "export": "Print a profile's keys as env, dotenv, JSON, fish, PowerShell, docker or GitHub.",
    "whoami": "Say which account and role this shell is in.",
    "init": "Print the hook for bash, zsh or fish.",
    "demo": "Try everything against a practice Identity Center on this machine.",
}
# For the hook: people have no use for them, and the README does not name them.
HIDDEN_COMMANDS = ("renew", "names")
# Their stdout is evaluated by a shell: nothing but statements may ever stand there.
EVALUATED = {"use", "off", "export"}
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)
_OUTPUT_FAILED = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)


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
    """Each terminal in one AWS account, visibly so."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


class Ended(BaseException):
    """A signal that asks this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(arguments: Sequence[str], *, signal_mask: Iterable[int] | None = None) -> int:
    """Run a command line (without the program's name) and return the exit code; errors are printed here.

    `signal_mask` is the caller's, to be put back once somebody can answer a signal; None where nothing was blocked.
    """
    terminal.open_missing_streams()
    runtime = from_process()
    name = _command_name(arguments)
    try:
        _listen(signal_mask)
        with _inert_help(name, arguments):
            code = _invoke(arguments, runtime)
        sys.stdout.flush()
    except BrokenPipeError:
        _die_of_broken_pipe()
    except Exception as error:  # noqa: BLE001 - the one place where every error ends
        if os.environ.get("AWSENV_DEBUG") == "1":
            terminal.say_trace(error)
        return _failed(error, name, arguments, runtime)
    except (KeyboardInterrupt, Ended) as ending:
        # The second Ctrl-C of an impatient person must not take the status away.
        for number in (signal.SIGINT, *_ENDINGS):
            signal.signal(number, signal.SIG_IGN)
        terminal.say("awsenv: interrupted")
        code = 128 + ending.number if isinstance(ending, Ended) else ExitCode.INTERRUPTED
        return _with_status(code, name, arguments, runtime)
    return code


def _listen(signal_mask: Iterable[int] | None) -> None:
    if signal_mask is None:
        return
    for number in _ENDINGS:
        # What the caller ignores, as nohup does, stays ignored.
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)
    sys.unraisablehook = _raise_again
    signal.pthread_sigmask(signal.SIG_SETMASK, signal_mask)


def _raise_again(lost: "sys.UnraisableHookArgs") -> None:
    # A signal that arrives in a finalizer is printed and forgotten by Python: it is sent again, a moment later.
    match lost.exc_value:
        case KeyboardInterrupt():
            number = signal.SIGINT
        case Ended(number=number):
            pass
        case _:
            return
    from threading import Timer

    again = Timer(0.01, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _end(number: int, _frame: object) -> NoReturn:
    raise Ended(number)


def _invoke(arguments: Sequence[str], runtime: Runtime) -> int:
    # Not click's own main(): it turns Ctrl-C and a reader that left into exits of its own.
    try:
        with group.make_context("awsenv", list(arguments), obj=runtime) as context:
            group.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    return ExitCode.DONE


def _failed(error: Exception, name: str | None, arguments: Sequence[str], runtime: Runtime) -> int:
    foreseen = _as_ours(error, name)
    terminal.say_error(foreseen)
    code = foreseen.exit_code
    if name == "exec" and not isinstance(foreseen, CommandNotStarted):
        code = ExitCode.EXEC_FAILED
    return _with_status(code, name, arguments, runtime)


def _as_ours(error: Exception, name: str | None) -> AwsenvError:
    match error:
        case AwsenvError():
            return error
        case click.ClickException():
            return UsageError(
                error.format_message(),
                hint=f"awsenv {name} --help" if name in COMMANDS or name in HIDDEN_COMMANDS else "awsenv --help",
            )
        case OSError(errno=number) if number in _OUTPUT_FAILED:
            # What is left in the buffer would be tried again at exit, and complain again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return LocalFileError(f"the output was not all written: {error.strerror}")
        case _:
            # Only the kind: the text of an unforeseen error may hold anything, a secret included.
            return AwsenvError(
                f"a bug in awsenv: {type(error).__name__}", hint=f"AWSENV_DEBUG=1 awsenv {name or ''} … shows where"
            )


def _with_status(code: int, name: str | None, arguments: Sequence[str], runtime: Runtime) -> int:
    # eval "$(failing command)" is 0 in every shell: the one statement printed gives the status.
    if _is_evaluated(name, arguments):
        from awsenv.shells.detection import dialect_for, find_dialect
        from awsenv.shells.rendering import render_status

        try:
            named = _option(arguments, "--shell") or {"env": "sh"}.get(
                form := _option(arguments, "--format") or "", form
            )
            dialect = dialect_for(named or None, runtime)
        except UsageError:
            # fish would not take the statement of sh where only the name after --shell is wrong.
            dialect = find_dialect(runtime) or "sh"
        with contextlib.suppress(OSError, LocalFileError):
            terminal.write(render_status(code, dialect))
    return code


@contextlib.contextmanager
def _inert_help(name: str | None, arguments: Sequence[str]) -> Iterator[None]:
    # eval "$(awsenv use --help)" must not run the help text.
    if _is_evaluated(name, arguments) and {"-h", "--help"} & set(_options(arguments)):
        with contextlib.redirect_stdout(sys.stderr):
            yield
    else:
        yield


def _is_evaluated(name: str | None, arguments: Sequence[str]) -> bool:
    if name == "export" and _option(arguments, "--format") not in (None, "env", "fish"):
        return False
    return name in EVALUATED and "--json" not in _options(arguments) and not sys.stdout.isatty()


def _command_name(arguments: Sequence[str]) -> str | None:
    return next((argument for argument in arguments if not argument.startswith("-")), None)


def _options(arguments: Sequence[str]) -> Sequence[str]:
    # What follows "--" is a name, whatever it looks like.
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _option(arguments: Sequence[str], name: str) -> str | None:
    arguments = _options(arguments)
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            return decoded(arguments[index + 1])
        if argument.startswith(name + "="):
            return decoded(argument[len(name) + 1 :])
    return None


def _die_of_broken_pipe() -> NoReturn:
    # As any other program whose reader left, `list | head` included.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    raise SystemExit(ExitCode.BUG)  # where SIGPIPE is blocked
