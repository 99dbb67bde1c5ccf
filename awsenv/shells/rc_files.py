"""Where a shell loads the hook from, and the line that does it. Writes nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from awsenv.model import Dialect
from awsenv.runtime import Runtime, decoded, encoded
from awsenv.values import Value

HOOKED: tuple[Dialect, ...] = ("bash", "zsh", "fish")
# Without awsenv, as in a container with the same home, the shell starts as if the line were not there.
_LINES: dict[Dialect, str] = {
    "bash": 'if command -v awsenv >/dev/null 2>&1; then eval "$(awsenv init bash{})"; fi',
    "zsh": 'if command -v awsenv >/dev/null 2>&1; then eval "$(awsenv init zsh{})"; fi',
    "fish": "if command -sq awsenv; awsenv init fish{} | source; end",
}
# What login shells of bash read: the first of these that there is.
LOGIN_FILES = (".bash_profile", ".bash_login", ".profile")
_INIT = re.compile(r"(?:^|[\s;&|(`'\"/])awsenv['\"]?\s+init\s+(?:--\S+\s+)*['\"]?(?P<shell>[^\s'\"`;|)]+)")
_PROGRAM = re.compile(r"(?:^|[\s(`])['\"]?(/[^\s'\"`$]*/awsenv)['\"]?\s+init\s")
_SOURCED = re.compile(r"(?:^|[\s;&|])(?:\.|source)\s+['\"]?\S*awsenv\.(?P<shell>bash|zsh|fish)\b")
_QUICK = 2.0

AskZsh = Callable[[Runtime], str | None]


class StartFile(Value):
    """The file for the line; `others` are read at the start as well, and might hold a line that somebody wrote.

    `partly` are those of them that only login shells, or only others, read. `problem` says what keeps the file from
    being read in some shells, or None.
    """

    path: str
    others: tuple[str, ...] = ()
    problem: str | None = None
    partly: tuple[str, ...] = ()


def hook_line(dialect: Dialect, *, has_prompt: bool = True) -> str:
    """Return the line that loads the hook, with or without its segment in the prompt."""
    return _LINES[dialect].format("" if has_prompt else " --no-prompt")


def hook_lines(dialect: Dialect) -> tuple[str, ...]:
    """Return every form of that line."""
    return tuple(hook_line(dialect, has_prompt=has_prompt) for has_prompt in (True, False))


def program_in(code: str) -> str | None:
    """Return the program that a line loads the hook from, where it says so by an absolute path that holds no blank."""
    found = _PROGRAM.search(code)
    return found[1] if found else None


def loads_hook(code: str, dialect: Dialect) -> bool:
    """Tell whether a line of a start file, which is no comment, loads the hook of this shell, however it is written."""
    found = _INIT.search(code) or _SOURCED.search(code)
    # A variable may well say the right thing.
    return found is not None and (found["shell"] == dialect or found["shell"].startswith("$"))


def zdotdir_of_zsh(runtime: Runtime) -> str | None:
    """Return what zsh itself takes for ZDOTDIR, which `.zshenv` may set, empty for none; None where it does not say."""
    try:
        finished = subprocess.run(
            ["zsh", "-c", 'printf "\\0%s" "${ZDOTDIR-}"'],
            env={encoded(name): encoded(value) for name, value in runtime.environment.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_QUICK,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    # Whatever `.zshenv` prints comes before; where it ends the shell, nothing comes behind.
    _, mark, told = finished.stdout.rpartition(b"\0")
    return decoded(told) if mark else None


def find_start_file(
    dialect: Dialect,
    runtime: Runtime,
    *,
    is_macos: bool = sys.platform == "darwin",
    ask_zsh: AskZsh = zdotdir_of_zsh,
) -> StartFile:
    """Return the file that interactive shells of this kind read, for bash, zsh and fish."""
    home = decoded(str(runtime.home)).rstrip("/")
    if dialect == "zsh":
        return _zsh_file(home, runtime.environment.get("ZDOTDIR") or ask_zsh(runtime))
    if dialect == "fish":
        folder = runtime.environment.get("XDG_CONFIG_HOME", "")
        folder = f"{folder if folder.startswith('/') else f'{home}/.config'}/fish"
        # Not a file of its own in conf.d: those are read before config.fish, where PATH and the prompt are often set.
        return StartFile(f"{folder}/config.fish", tuple(_fish_files(folder)))
    return _bash_file(home, is_macos=is_macos)


def _zsh_file(home: str, zdotdir: str | None) -> StartFile:
    folder = (zdotdir or home).rstrip("/")
    partly = tuple(f"{folder}/{name}" for name in (".zprofile", ".zlogin"))
    # What zsh does at its start may take longer than anybody waits, or end it.
    is_guessed = zdotdir is None and _text_of(f"{home}/.zshenv") is not None
    problem = f"zsh did not say whether {home}/.zshenv sets ZDOTDIR: if so, --rc-file names the right file"
    return StartFile(f"{folder}/.zshrc", (f"{folder}/.zshenv", *partly), problem if is_guessed else None, partly)


def _fish_files(folder: str) -> list[str]:
    try:
        return sorted(decoded(str(path)) for path in _as_path(f"{folder}/conf.d").glob("*.fish"))
    except OSError:
        return []


def _bash_file(home: str, *, is_macos: bool) -> StartFile:
    rc, *logins = (f"{home}/{name}" for name in (".bashrc", *LOGIN_FILES))
    login = next((path for path in logins if _text_of(path) is not None), None)
    file, problem = rc, None
    # Terminals of macOS open login shells; everywhere else, and in tmux there, `.bashrc` counts.
    if is_macos and not (login and _reads_bashrc(_text_of(login) or "")):
        file = login or logins[0]
    elif login and not _reads_bashrc(_text_of(login) or ""):
        problem = f"login shells of bash read {login}, which does not load {rc}, so they will not have the hook"
    others = (rc,) if file != rc else tuple(logins)
    return StartFile(file, others, problem, others)


def _reads_bashrc(text: str) -> bool:
    return any(".bashrc" in line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _text_of(path: str) -> str | None:
    try:
        file = _as_path(path)
        return file.read_bytes().decode("utf-8", "replace") if file.is_file() else None
    except OSError:
        return None


def _as_path(text: str) -> Path:
    return Path(os.fsdecode(encoded(text)))
