"""Measure everything and write docs/speed.md: `make bench`."""

import os
import platform
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import prompt, served, table

PATH = Path(__file__).parents[2] / "docs" / "speed.md"
HEAD = """# Speed

Made by `make bench`, against the practice Identity Center on loopback. Ratios are medians of the rounds, to
`python -c pass` of the same interpreter in the same run, or to the first row. Wall clock of a shared machine is good
for its order; instructions (valgrind) repeat. What CI watches repeats as well: modules loaded, processes started,
instructions.

{machine}

## Whole processes
"""
SHELLS = """
## In the shell
"""
SERVED = """
## The credentials endpoint
"""


def machine() -> str:
    """Return what the figures were measured on."""
    versions = [
        subprocess.run([shell, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
        for shell in ("bash", "zsh", "fish")
    ]
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}; {'; '.join(versions)}."


def main() -> None:
    """Write the report, and show it."""
    lines = [HEAD.format(machine=machine()), *table.report(), SHELLS, *prompt.report(), SERVED, *served.report()]
    PATH.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(PATH.read_text(encoding="utf-8"))  # noqa: T201


if __name__ == "__main__":
    main()
