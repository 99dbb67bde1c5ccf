"""Run text in real shells: which shells and modes there are, a clean environment, and what a script dumped."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from stage import SOAK

from awsenv.model import Dialect
from awsenv.runtime import decoded, encoded

Variables = dict[bytes, bytes]

# Says where a dump ends: no variable is an empty text.
DUMP = "env -0 >>$DUMP_FILE; printf '\\0' >>$DUMP_FILE"


@dataclass(frozen=True)
class Shell:
    """A shell in one of its modes."""

    name: str
    dialect: Dialect
    command: tuple[str, ...]

    def __str__(self) -> str:
        """Give pytest a readable name."""
        return self.name


def _bash(name: str, *options: str) -> Shell:
    return Shell(name, "bash", ("bash", "--norc", "--noprofile", *options))


def _zsh(name: str, *options: str, emulate: str | None = None) -> Shell:
    emulation = ("--emulate", emulate) if emulate else ()
    return Shell(name, "zsh", ("zsh", *emulation, "-f", *(word for option in options for word in ("-o", option))))


BASH = _bash("bash")
ZSH = _zsh("zsh")
FISH = Shell("fish", "fish", ("fish", "--no-config"))
DASH = Shell("dash", "sh", ("dash",))
MAIN_SHELLS = [BASH, ZSH, FISH, DASH]

QUOTING_MODES = [
    *MAIN_SHELLS,
    _bash("bash-posix", "--posix"),
    _zsh("zsh-rc-quotes", "RC_QUOTES"),
    _zsh("zsh-ksh-arrays", "KSH_ARRAYS", "SH_WORD_SPLIT"),
    _zsh("zsh-csh-junkie-quotes", "CSH_JUNKIE_QUOTES"),
    Shell("bash-as-sh", "sh", ("bash", "--posix", "--norc", "--noprofile")),
]
ODD_MODES = [
    _bash("bash-strict", "-euo", "pipefail", "-C"),
    _bash("bash-posix-strict", "--posix", "-euo", "pipefail"),
    _bash("bash-no-globs", "-f"),
    Shell("dash-strict", "sh", ("dash", "-eu")),
    _zsh("zsh-strict", "ERR_EXIT", "NO_UNSET", "PIPE_FAIL", "NO_CLOBBER"),
    _zsh("zsh-err-return", "ERR_RETURN"),
    _zsh("zsh-glob-subst", "GLOB_SUBST", "EXTENDED_GLOB"),
    _zsh("zsh-ignore-braces", "IGNORE_BRACES", "CSH_JUNKIE_LOOPS"),
    _zsh("zsh-ignore-close-braces", "IGNORE_CLOSE_BRACES"),
    _zsh("zsh-warnings", "WARN_CREATE_GLOBAL", "WARN_NESTED_VAR"),
    _zsh("zsh-posix-builtins", "POSIX_BUILTINS", "KSH_TYPESET", "ALL_EXPORT"),
    _zsh("zsh-as-sh", emulate="sh"),
    _zsh("zsh-as-ksh", emulate="ksh"),
    _zsh("zsh-as-csh", emulate="csh"),
]


@dataclass(frozen=True)
class Outcome:
    """What a script left: its status and output, the environments it dumped, the files in its folder."""

    status: int
    stdout: bytes
    stderr: bytes
    dumps: list[Variables] = field(repr=False)
    files: list[str]


class Bench:
    """Runs scripts, each in an empty folder of its own under `root`."""

    def __init__(self, root: Path) -> None:
        """Make a private home, where fish keeps its universal variables."""
        self.root = root
        self.home = root / "home"
        self.home.mkdir()
        self._runs = 0

    def run(
        self, shell: Shell, script: str | bytes, variables: Variables | None = None, locale: str = "C.UTF-8"
    ) -> Outcome:
        """Run `script`; a shell that is not installed fails the test, never skips it."""
        assert shutil.which(shell.command[0]), f"{shell.command[0]} is not installed: sh .ci/tools"
        self._runs += 1
        folder = self.root / f"run{self._runs}"
        folder.mkdir()
        script_file = self.root / f"run{self._runs}.script"
        script_file.write_bytes(script if isinstance(script, bytes) else encoded(script))
        dump_file = self.root / f"run{self._runs}.dump"
        dump_file.touch()
        environment = {
            b"PATH": os.environb[b"PATH"],
            b"HOME": os.fsencode(self.home),
            b"XDG_CONFIG_HOME": os.fsencode(self.home),
            b"LC_ALL": locale.encode(),
            b"DUMP_FILE": os.fsencode(dump_file),
            **(variables or {}),
        }
        done = subprocess.run(
            [*shell.command, str(script_file)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=1200 if SOAK else 120,
            check=False,
        )
        files = sorted(path.name for path in folder.iterdir())
        return Outcome(done.returncode, done.stdout, done.stderr, dumps_of(dump_file.read_bytes()), files)


def dumps_of(raw: bytes) -> list[Variables]:
    """Return the environments that `DUMP` wrote one after another, as far as they are about AWS."""
    dumps: list[Variables] = [{}]
    for entry in raw.split(b"\0")[:-1]:
        if not entry:
            dumps.append({})
        elif entry.startswith(b"AWS"):
            name, _, value = entry.partition(b"=")
            dumps[-1][name] = value
    return dumps[:-1]


def as_bytes(variables: dict[str, str]) -> Variables:
    """Return variables as a process gets them."""
    return {name.encode(): value.encode("utf-8", "surrogateescape") for name, value in variables.items()}


def as_text(variables: Variables) -> dict[str, str]:
    """Return variables as awsenv holds them."""
    return {decoded(name): decoded(value) for name, value in variables.items()}
