"""A stand-in for the program: it writes its calls down and answers as it was told, in an instant."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stage import clean_environment

# What `renew` does with its answers follows the contract between the hook and the program.
_PROGRAM = """#!{python} -IS
import json, os, select, sys, termios, time

folder = {folder!r}
words = sys.argv[1:]
with open(folder + "/calls", "a") as calls:
    calls.write(" ".join(words) + "\\n")
told = json.load(open(folder + "/told"))
shell = words[words.index("--shell") + 1] if "--shell" in words else ""


def state(**variables):
    if shell == "fish":
        return "".join("set -gx %s '%s';\\n" % pair for pair in variables.items())
    return "".join("export %s='%s'\\n" % pair for pair in variables.items())


def renewed():
    number = int(os.environ.get("AWS_ACCESS_KEY_ID", "KEY0")[3:]) + 1
    key = "KEY%d" % number
    print(state(AWS_ACCESS_KEY_ID=key, AWSENV_KEY_ID=key, AWSENV_EXPIRES=int(time.time()) + told["life"]), end="")
    sys.exit(0)


def ask(may_hold):
    terminal = os.open("/dev/tty", os.O_RDWR)
    if select.select([terminal], [], [], 0)[0]:
        sys.exit(10)
    before = termios.tcgetattr(terminal)
    modes = termios.tcgetattr(terminal)
    modes[0] |= termios.ICRNL
    modes[3] = (modes[3] | termios.ISIG) & ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(terminal, termios.TCSADRAIN, modes)
    try:
        os.write(terminal, b"stand-in: log in?" + (b" [c]" if may_hold else b"") + b" ")
        key = os.read(terminal, 1)
    finally:
        os.write(terminal, b"\\r\\n")
        termios.tcsetattr(terminal, termios.TCSANOW, before)
    return {{b"l": 0, b"t": 11, b"c": 12}}.get(key, 4)


if words[:1] == ["renew"]:
    dead = int(os.environ["AWSENV_EXPIRES"]) - time.time() < 30
    code = told["renew"]
    if code == "ask":
        code = 4
        if dead and words[words.index("--mode") + 1] == "ask":
            try:
                code = ask("--may-hold" in words)
            except KeyboardInterrupt:
                sys.exit(130)
    if code == 4 and os.environ.get("AWSENV_SIGN_IN"):
        mark = os.path.expanduser("~/.aws/awsenv/dead/") + os.environ["AWSENV_SIGN_IN"]
        os.makedirs(os.path.dirname(mark), exist_ok=True)
        open(mark, "w").close()
    renewed() if code == 0 else sys.exit(code)
elif words[:1] == ["names"]:
    print("\\n".join(told["names"][words[1]]))
elif words[:1] in (["use"], ["off"]):
    print(state(AWSENV_PROFILE=words[-1]), end="")
else:
    print("passed: " + " ".join(words))
"""


@dataclass(frozen=True)
class StandIn:
    """The program `awsenv` on the PATH of `environment`, and what it has been asked."""

    folder: Path
    home: Path

    def tell(self, renew: int | str = 0, life: int = 3590, names: Mapping[str, list[str]] | None = None) -> None:
        """Say how `renew` is to end (a status, or `ask`), how long its keys live, and which names there are."""
        told = {"renew": renew, "life": life, "names": names or {"profiles": [], "sessions": [], "regions": []}}
        (self.folder / "told").write_text(json.dumps(told))

    def calls(self) -> list[str]:
        """Return the command lines so far."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def environment(self, more: Mapping[str, str | None] | None = None, **left: Any) -> dict[str, str]:
        """Return the variables of a shell that `use` has switched; `left` seconds of life."""
        expires = int(time.time()) + int(left.get("left", 3590))
        variables: dict[str, str | None] = {
            "HOME": str(self.home),
            "AWSENV_PROFILE": "unicorn",
            "AWSENV_LABEL": "unicorn {left}",
            "AWSENV_EXPORT": "all",
            "AWSENV_KEY_ID": "KEY1",
            "AWS_ACCESS_KEY_ID": "KEY1",
            "AWSENV_EXPIRES": str(expires),
            "TERM": "xterm",
            **(more or {}),
        }
        clean = clean_environment()
        clean["PATH"] = f"{self.folder}/bin:{clean['PATH']}"
        return {name: value for name, value in (clean | variables).items() if value is not None}


def install(folder: Path) -> StandIn:
    """Write the program below `folder`."""
    (folder / "bin").mkdir(parents=True)
    (folder / "home").mkdir()
    program = folder / "bin" / "awsenv"
    program.write_text(_PROGRAM.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o755)
    stand_in = StandIn(folder, folder / "home")
    stand_in.tell()
    return stand_in
