"""Desks at which awsenv is used: a household, and one of the ways in which an answer is read."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.real_shells import SHELLS, run_script, variables_in
from stage import AWSENV, environment_of, miss, run

from awsenv.demo.household import Household

# The console script, and the function of each shell: all read the same answers.
READERS = ("console", *SHELLS)
ROLE, MARK = "Developer", "Mark-er-1"


@dataclass(frozen=True, slots=True)
class Desk:
    """A household whose files are old enough to be trusted, and one way to switch in it."""

    household: Household
    reader: str
    more: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the commands at this desk."""
        return environment_of(self.household, self.more)

    @property
    def folder(self) -> Path:
        """The folder of the prepared answers."""
        runtime = self.more.get("XDG_RUNTIME_DIR")
        return Path(runtime) / "awsenv" if runtime else self.household.home / ".cache" / "awsenv" / "prepared"

    @property
    def answer(self) -> Path:
        """The answer that this reader has for the story's first profile."""
        return self.folder / f"{'sh' if self.reader == 'console' else self.reader}.default.unicorn"

    def run(self, *commands: str, environment: Mapping[str, str] | None = None) -> tuple[dict[str, str], str]:
        """Return the variables after these commands, in one new shell, and what was told."""
        given = dict(self.environment if environment is None else environment)
        if self.reader == "console":
            lines = [f'eval "$({AWSENV} {command} --shell sh)"' for command in commands]
            finished = run(["sh", "-c", "\n".join([*lines, "env -0"])], given)
        else:
            hook = run([AWSENV, "init", self.reader], given).stdout.decode()
            lines = [f"awsenv {command}" for command in commands]
            finished = run_script(self.reader, "\n".join([hook, *lines, "env -0"]), given)
        found = {name.decode(): value.decode() for name, value in variables_in(finished.stdout).items()}
        return {name: value for name, value in found.items() if name.startswith("AWS")}, finished.stderr.decode()

    def role(self, command: str = "use unicorn", environment: Mapping[str, str] | None = None) -> str | None:
        """Return the role that this command leads to."""
        return self.run(command, environment=environment)[0].get("AWSENV_ROLE")

    def mark(self) -> None:
        """Have an answer, and change it so that who reads it can be told from who asks anew."""
        assert self.role() == ROLE
        content = self.answer.read_bytes()
        assert content.count(ROLE.encode()) >= 1
        self.answer.write_bytes(content.replace(ROLE.encode(), MARK.encode()))
        assert self.role() == MARK, "the answer is not read at all"


def settle(household: Household) -> None:
    """Make the shared files older than any clock's tick."""
    long_ago = time.time() - 3600
    for path in (household.config_path, household.home / ".aws" / "credentials"):
        os.utime(path, (long_ago, long_ago))


def give_away(path: Path) -> None:
    """Make a file somebody else's."""
    if os.geteuid() != 0:
        miss("only root can give a file away")
    os.chown(path, 12345, 12345, follow_symlinks=False)
