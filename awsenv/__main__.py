"""The entry point."""

import signal
import sys


def main() -> None:
    """Run awsenv with the arguments of this process and exit."""
    # A Ctrl-C during the imports waits until somebody is there to answer it with a status.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    from awsenv.cli.app import run

    sys.exit(run(sys.argv[1:], signal_mask=mask))


if __name__ == "__main__":
    main()
