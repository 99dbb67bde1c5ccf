"""The entry point."""

import sys


def main() -> None:
    """Run awsenv with the arguments of this process and exit."""
    from awsenv.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
