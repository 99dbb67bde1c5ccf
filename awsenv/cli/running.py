"""Run a command line: the only place that prints an error, picks an exit code and answers signals."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from awsenv.cli import terminal
from awsenv.errors import AwsenvError, CommandNotStarted, ExitCode, LocalFileError, UsageError
from awsenv.runtime import Runtime, decoded, from_process

# Their stdout is evaluated by a shell: nothing but statements may ever stand there.
EVALUATED = {"use", "off", "export", "serve"}
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)
# The signals that asked this process to end.
_heard: list[int] = []
_OUTPUT_FAILED = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)


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
        if signal_mask is not None and name != "serve" and _is_evaluated(name, arguments):
            # Stopped inside `$( )` it is no job of the shell's: fish, for one, could never wake it again.
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        with _inert_help(name, arguments):
            code = _invoke(arguments, runtime)
        sys.stdout.flush()
    except BrokenPipeError:
        _die_of_broken_pipe()
    except Exception as error:  # noqa: BLE001 - the one place where every error ends
        if _heard and not isinstance(error, AwsenvError):
            # What was under way when the signal came has made an error of its own of it, as parts of Python do.
            return _interrupted(_heard[-1], name, arguments, runtime)
        if os.environ.get("AWSENV_DEBUG") == "1":
            terminal.say_trace(error)
        return _failed(error, name, arguments, runtime)
    except KeyboardInterrupt:
        return _interrupted(signal.SIGINT, name, arguments, runtime)
    except Ended as ending:
        return _interrupted(ending.number, name, arguments, runtime)
    return code


def _interrupted(number: int, name: str | None, arguments: Sequence[str], runtime: Runtime) -> int:
    # The second Ctrl-C of an impatient person must not take the status away.
    for each in (signal.SIGINT, *_ENDINGS):
        signal.signal(each, signal.SIG_IGN)
    terminal.say("awsenv: interrupted")
    return _with_status(128 + number, name, arguments, runtime)


def _listen(signal_mask: Iterable[int] | None) -> None:
    if signal_mask is None:
        return
    for number in (signal.SIGINT, *_ENDINGS):
        # What the caller ignores, as nohup does, stays ignored.
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
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
    _heard.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Ended(number)


def _invoke(arguments: Sequence[str], runtime: Runtime) -> int:
    # Nothing but a switch is asked for many times a day: it need not wait for click, which takes as long to load as the
    # rest of it.
    if arguments[:1] == ["use"]:
        from awsenv.cli.switching import parse_plain, print_switch

        line = parse_plain(arguments)
        if line is not None:
            print_switch(runtime, line)
            return ExitCode.DONE
    from awsenv.cli.app import invoke

    return invoke(arguments, runtime)


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
        case ImportError():
            # As after an upgrade of Python, or while one of awsenv is under way.
            hint = "install it again: pipx install --force awsenv-shell"
            return LocalFileError(f"this installation is broken: {error}", hint=hint)
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
    if name == "serve" and _option(arguments, "--env-file") is not None:
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
