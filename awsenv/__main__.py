"""The entry point."""

import os
import sys


def main() -> None:
    """Run awsenv with the arguments of this process and exit."""
    if sys.argv[1:2] in (["use"], ["exec"]):
        from awsenv import quick

        quick.main([os.fsencode(argument) for argument in sys.argv[1:]], dict(os.environb))
    run_command_line()


def run_command_line() -> None:
    """Run the command line proper and exit."""
    import signal

    # A Ctrl-C during the imports waits until somebody is there to answer it with a status.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    from awsenv.cli.app import run
    from awsenv.cli.terminal import let_go_of_streams
    from awsenv.runtime import forbid_core_dumps

    forbid_core_dumps()
    code = run(sys.argv[1:], signal_mask=mask)
    # What is done is done: a Ctrl-C while Python tidies up must not turn it into a failure.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    let_go_of_streams()
    sys.exit(code)


if __name__ == "__main__":
    main()
