"""The entry point."""

import os
import sys


def main() -> None:
    """Run awsenv with the arguments of this process and exit."""
    if sys.argv[1:2] in (["use"], ["exec"]):
        try:
            from awsenv import quick
        except ImportError as error:
            sys.exit(_broken(error))
        quick.main([os.fsencode(argument) for argument in sys.argv[1:]], dict(os.environb))
    run_command_line()


def run_command_line() -> None:
    """Run the command line proper and exit."""
    import gc
    import signal

    # What a command makes is wanted until its end: to look through it every 700 objects is in vain.
    gc.set_threshold(50_000)
    # A Ctrl-C during the imports waits until somebody is there to answer it with a status.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        from awsenv.cli.running import run
        from awsenv.cli.terminal import let_go_of_streams
        from awsenv.runtime import forbid_core_dumps
    except ImportError as error:
        # As after an upgrade of Python, or while one of awsenv is under way.
        sys.exit(_broken(error))
    forbid_core_dumps()
    code = run(sys.argv[1:], signal_mask=mask)
    # What is done is done: a Ctrl-C while Python tidies up must not turn it into a failure.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    let_go_of_streams()
    # All is written and closed: to take thousands of objects apart one by one is as long as an empty Python's start.
    os._exit(code)


def _broken(error: ImportError) -> int:
    problem = (
        f"awsenv: this installation is broken: {error}\nhint: install it again: pipx install --force awsenv-shell\n"
    )
    os.write(2, problem.encode("utf-8", "backslashreplace"))
    return 7


if __name__ == "__main__":
    main()
