"""Quote a value as one word of a shell's own grammar. Knows bytes and dialects, no variables and no statements."""

from collections.abc import Callable
from itertools import groupby

from awsenv.errors import UnusableName
from awsenv.model import Dialect
from awsenv.runtime import encoded

# The parenthesis for bash's extglob, whose patterns vanish under nullglob.
_GLOB_SIGNS = "*?[("
_UNSAFE_SIGNS = f" '\\{_GLOB_SIGNS}"


def quote(text: str, dialect: Dialect, what: str = "value") -> str:
    """Return `text` as exactly one word, quoted whatever it holds.

    For bash, zsh and fish the word is one line of ASCII in every locale: a lead byte of GBK or Shift-JIS would swallow
    the quote or backslash behind it. POSIX sh has no escape for that and gets the bytes as they are.

    Raises:
        UnusableName: no shell variable can carry the text; `what` names the field.
    """
    try:
        raw = encoded(text)
    except UnicodeEncodeError:
        raise UnusableName(f"{what} holds half a character, which no shell variable can carry") from None
    if b"\0" in raw:
        raise UnusableName(f"{what} holds a NUL byte, which no shell variable can carry")
    return _QUOTERS[dialect](text, raw)


def _quote_sh(text: str, _raw: bytes) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _quote_bash(text: str, raw: bytes) -> str:
    # An unquoted `eval $(…)` globs and joins the words with single blanks: then octal, which survives that.
    plain = text.isascii() and text.isprintable() and "  " not in text and not any(sign in text for sign in _GLOB_SIGNS)
    return _quote_sh(text, raw) if plain else "$'" + "".join(map(_ansi_c, raw)) + "'"


def _ansi_c(byte: int) -> str:
    return chr(byte) if _is_printable(byte) and chr(byte) not in _UNSAFE_SIGNS else f"\\{byte:03o}"


def _quote_fish(_text: str, raw: bytes) -> str:
    # fish makes one character of neighbouring \X escapes only where no quote stands between them, hence the runs.
    words = [_fish_word(bytes(run), is_printable=is_printable) for is_printable, run in groupby(raw, _is_printable)]
    return "".join(words) or "''"


def _fish_word(run: bytes, *, is_printable: bool) -> str:
    if is_printable:
        return "'" + run.decode("ascii").replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "".join(f"\\X{byte:02x}" for byte in run)


def _is_printable(byte: int) -> bool:
    return ord(" ") <= byte <= ord("~")


_QUOTERS: dict[Dialect, Callable[[str, bytes], str]] = {
    "bash": _quote_bash,
    "zsh": _quote_bash,
    "fish": _quote_fish,
    "sh": _quote_sh,
}
