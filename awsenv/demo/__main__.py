"""Run the practice Identity Center in a process of its own: `python -m awsenv.demo [HOME]`.

Prints one line of JSON with the url and the variables to set, writes the household into HOME if one is named, and
ends with its stdin.
"""

import json
import sys
from pathlib import Path
from typing import TextIO

from awsenv.demo.household import write_household
from awsenv.demo.server import PracticeServer


def main(arguments: list[str], stdin: TextIO, stdout: TextIO) -> None:
    """Serve until stdin closes, so that a server never outlives the program that started it."""
    with PracticeServer() as practice:
        environment = practice.environment()
        if arguments:
            environment = write_household(Path(arguments[0]), practice).environment()
        stdout.write(json.dumps({"url": practice.url, "environment": environment}) + "\n")
        stdout.flush()
        stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin, sys.stdout)
