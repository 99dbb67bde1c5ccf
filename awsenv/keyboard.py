"""The controlling terminal: a line or a single key from the person, in sane modes. Knows no words.

/dev/tty, since stdout belongs to the shell that evaluates it.
"""

import contextlib
import errno
import os
import select
import termios
from collections.abc import Iterator
from typing import Any

from awsenv.errors import LoginDeclined

# What a key or a paste sends at once arrives together; a person's next key comes later.
_ONE_STROKE = 0.05
_CHUNK = 4096


def read_line(question: str, *, secret: bool = False) -> str:
    """Put `question` and return the line typed after it, without its end; what was typed ahead is thrown away.

    Raises:
        LoginDeclined: the input ended without an answer, or there is no terminal.
    """
    with _opened() as terminal, _modes(terminal, echo=not secret, flushes=True):
        os.write(terminal, question.encode("utf-8", "replace"))
        with _line_ended(terminal):
            line = _read_line(terminal)
        if secret:
            os.write(terminal, b"\n")
    return line


def read_key(question: str) -> str | None:
    """Put `question` and return the key pressed, empty for Enter; None, unasked, where something was typed ahead.

    None as well where the terminal belongs to another job: a question from behind a pipeline would answer itself.

    More than a key, as a paste or an arrow sends it, is no answer, and neither is the end of input: a blank.

    Raises:
        LoginDeclined: there is no terminal.
    """
    with _opened() as terminal:
        if os.tcgetpgrp(terminal) != os.getpgrp():
            return None
        return _read_key(terminal, question)


def _read_key(terminal: int, question: str) -> str | None:
    with _modes(terminal, echo=False, by_line=False):
        if _has_input(terminal, 0.0):
            return None
        os.write(terminal, question.encode("utf-8", "replace"))
        with _line_ended(terminal):
            typed = _read_chunk(terminal)
        while typed and _has_input(terminal, _ONE_STROKE) and (more := _read_chunk(terminal)):
            # The Enter of who thinks that it takes one, or the rest of what no answer is.
            typed += more
        text = typed.decode("utf-8", "replace").rstrip("\r\n")
        key = text if typed and len(text) <= 1 and (text.isprintable()) else " "
        with contextlib.suppress(OSError):
            os.write(terminal, f"{key}\n".encode())
    return key


@contextlib.contextmanager
def _line_ended(terminal: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # What is said of Ctrl-C, or of the end of input, does not belong behind the question.
        with contextlib.suppress(OSError):
            os.write(terminal, b"\n")
        raise


@contextlib.contextmanager
def sane() -> Iterator[None]:
    """Hold the terminal in sane modes for the block; without one, nothing is held."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(LoginDeclined, termios.error):
            stack.enter_context(_modes(stack.enter_context(_opened()), echo=True))
        yield


@contextlib.contextmanager
def _opened() -> Iterator[int]:
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        # Service managers and containers hand out terminals that nobody controls.
        raise LoginDeclined("there is no terminal to ask on") from error
    try:
        yield terminal
    finally:
        os.close(terminal)


@contextlib.contextmanager
def _modes(terminal: int, *, echo: bool, by_line: bool = True, flushes: bool = False) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    try:
        # A command typed ahead is no answer to a question that nobody has seen.
        when = termios.TCSAFLUSH if flushes else termios.TCSADRAIN
        termios.tcsetattr(terminal, when, _sane(before, echo=echo, by_line=by_line))
        yield
    finally:
        # A terminal that hung up has no modes to restore.
        with contextlib.suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _sane(modes: list[Any], *, echo: bool, by_line: bool = True) -> list[Any]:
    # fish runs its event handlers with the terminal raw: Enter would never end the line (fish #2848).
    iflag, oflag, cflag, lflag, ispeed, ospeed, characters = modes
    lflag |= termios.ICANON | termios.ISIG | termios.ECHO | termios.ECHOE | termios.ECHOK
    if not echo:
        lflag &= ~(termios.ECHO | termios.ECHOE | termios.ECHOK)
    if not by_line:
        lflag &= ~termios.ICANON
        characters = list(characters)
        characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [iflag | termios.ICRNL, oflag | termios.OPOST | termios.ONLCR, cflag, lflag, ispeed, ospeed, characters]


def _has_input(terminal: int, seconds: float) -> bool:
    return bool(select.select([terminal], [], [], seconds)[0])


def _read_chunk(terminal: int) -> bytes:
    try:
        return os.read(terminal, _CHUNK)
    except OSError as error:
        # What a terminal that hung up says on Linux.
        if error.errno != errno.EIO:
            raise
        return b""


def _read_line(terminal: int) -> str:
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(terminal, 1024)
        if not chunk and not line:
            # Ctrl-D, or a terminal that hung up: nobody said yes.
            raise LoginDeclined("the question was not answered")
        if not chunk:
            break
        line += chunk
    return line.decode("utf-8", "surrogateescape").rstrip("\r\n")
