"""The outside, handed in: environment, home, clock and terminal. Tests hand in their own and patch nothing."""

import errno
import os
import pwd
import re
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

from awsenv import keyboard
from awsenv.values import Value

_UNITS = {"s": 1, "m": 60, "h": 3600, "": 1}

# A browser that fails without a display, or xdg-open without a browser, does so within this many seconds.
_AT_ONCE = 0.5
# What a shell says of a program that it could not start.
_NOT_STARTED = (126, 127)
# Characters that move, hide or reorder what stands around them, beyond what Python calls unprintable.
_DECEPTIVE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0\ufffc")

# What `forbid_core_dumps` found, as long as it holds.
_callers_limits: list[tuple[int, int]] = []


class Terminal(Protocol):
    """The person at the keyboard, if there is one."""

    def can_ask(self) -> bool:
        """Tell whether a question may be put: stdin and stderr are terminals and `CI` is unset."""
        ...

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Put `question` and return the line typed, without its end; `secret` keeps it off the screen.

        Raises:
            LoginDeclined: the person ended the input without an answer, or there is no terminal after all.
        """
        ...

    def ask_key(self, question: str) -> str | None:
        """Put `question` and return the key pressed, empty for Enter; None, unasked, where input waits already.

        Raises:
            LoginDeclined: there is no terminal after all.
        """
        ...

    def sane(self) -> AbstractContextManager[None]:
        """Hold the terminal in modes in which lines end at Enter and Ctrl-C interrupts, and restore what it had."""
        ...


def _start_nothing(command: Sequence[str]) -> None:
    raise FileNotFoundError(command[0])


class Runtime(Value):
    """All that awsenv knows of the machine it runs on.

    `now` is aware UTC; `monotonic` and `sleep` are in seconds; `start` starts a program and does not wait for it: it
    raises OSError for one that is not there or fails at once. The
    environment is decoded as UTF-8 with surrogate escapes whatever the locale says, as the shared files are.
    """

    environment: Mapping[str, str]
    home: Path
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    terminal: Terminal
    start: Callable[[Sequence[str]], None] = _start_nothing


class ControllingTerminal:
    """Asks on /dev/tty, since stdout belongs to the shell that evaluates it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment for `CI`."""
        self._ci = bool(environment.get("CI"))

    def can_ask(self) -> bool:
        """Tell whether a question may be put."""
        return not self._ci and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Put the question on the controlling terminal, in sane modes, and restore the modes it had."""
        return keyboard.read_line(shown(question), secret=secret)

    def ask_key(self, question: str) -> str | None:
        """Put the question on the controlling terminal, unless something was typed ahead."""
        return keyboard.read_key(shown(question))

    def sane(self) -> AbstractContextManager[None]:
        """Hold the controlling terminal in sane modes."""
        return keyboard.sane()


def from_process() -> Runtime:
    """Return the runtime of this very process."""
    environment = {decoded(name): decoded(value) for name, value in os.environb.items()}
    return Runtime(
        environment=environment,
        home=_home(environment),
        now=lambda: datetime.now(timezone.utc),
        monotonic=time.monotonic,
        sleep=time.sleep,
        terminal=ControllingTerminal(environment),
        start=_start_detached,
    )


def _start_detached(command: Sequence[str]) -> None:
    # A session of its own and no terminal: a browser that blocks, or draws on the screen, holds nothing up.
    import shutil
    import subprocess

    words = [encoded(word) for word in command]
    if shutil.which(words[0]) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command[0])
    # By way of a shell that ends at once, so that the command that `exec` becomes has no child that it did not start.
    with subprocess.Popen(
        [b"/bin/sh", b"-c", b'("$@" >/dev/null; echo $?) &', b"sh", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as shell:
        status = _read_soon(shell.stdout.fileno()) if shell.stdout else b""
    # What a Windows program ends with, as seen from WSL, means nothing, unless it is the shell that tells of it.
    is_foreign = words[0].lower().endswith(b".exe")
    if status.strip() not in (b"", b"0") and not (is_foreign and int(status) not in _NOT_STARTED):
        raise OSError(errno.ECHILD, f"it ended at once, with status {int(status)}")


def _read_soon(descriptor: int) -> bytes:
    import select

    return os.read(descriptor, 16) if select.select([descriptor], [], [], _AT_ONCE)[0] else b""


def forbid_core_dumps() -> None:
    """Let this process leave no core: SIGQUIT would write every secret in memory to a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    _callers_limits.append((soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def allow_core_dumps() -> None:
    """Put the caller's limit back, for the command that this process becomes."""
    while _callers_limits:
        resource.setrlimit(resource.RLIMIT_CORE, _callers_limits.pop())


def decoded(text: bytes | str) -> str:
    """Return text as awsenv holds it: UTF-8 with surrogate escapes, whatever the locale decoded it as."""
    raw = text if isinstance(text, bytes) else os.fsencode(text)
    return raw.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """Return the bytes that `decoded` came from."""
    return text.encode("utf-8", "surrogateescape")


def shown(text: str) -> str:
    """Return text from a file, AWS or the environment as it may stand on a terminal.

    Control characters, bidirectional marks, zero-width characters and lone surrogates become visible escapes.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() and character not in _DECEPTIVE else _escape(character)
        for character in text
    )


def parse_moment(text: str) -> datetime | None:
    """Return the aware UTC moment of any time form found in AWS's files, or None for a text that is none.

    Read are RFC 3339 with `Z` or an offset, with or without fractions, the `UTC` suffix of old AWS CLIs, and times
    without a zone, which are UTC there.
    """
    plain = text.strip().removesuffix("UTC").removesuffix("Z").removesuffix("z")
    # datetime of Python 3.10 takes three or six digits of a second's fraction, and no others.
    head, dot, rest = plain.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    plain = head + dot + rest[:digits][:6].ljust(6, "0") + rest[digits:] if dot else plain
    try:
        moment = datetime.fromisoformat(plain)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def parse_duration(text: str) -> timedelta | None:
    """Return the time span of `90s`, `30m`, `2h`, `1h30m` or bare seconds, or None for a text that is none."""
    if not re.fullmatch(r"([0-9]{1,6}[smh])+|[0-9]{1,8}", text, re.ASCII):
        return None
    parts = re.findall(r"([0-9]+)([smh]?)", text)
    return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))


def moment_text(moment: datetime) -> str:
    """Return a moment in the form that every SDK and prompt reads: RFC 3339, UTC, whole seconds."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _home(environment: Mapping[str, str]) -> Path:
    # An empty HOME would mean /.aws to the AWS CLI: nobody wants that.
    home = environment.get("HOME")
    if not home:
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            # A container's made-up user: nothing is there to be read, and whatever is written says why it cannot be.
            home = f"{os.devnull}/home"
    return Path(os.fsdecode(encoded(home)))


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
