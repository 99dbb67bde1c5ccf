"""Values that hurt, from a seed, so that a failure can be seen again."""

import random
from collections.abc import Iterator

from stage import SOAK

HOT = [
    "",
    " ",
    "a  b",
    " lead and trail ",
    "-n",
    "--",
    "=ls",
    "=nosuch",
    "~",
    "~root/x",
    "!!",
    "!x",
    "%n",
    "%F{red}",
    "*",
    "?",
    "[a-z]",
    "{a,b}",
    "$(touch pwned)",
    "`touch pwned`",
    "${HOME}",
    "$HOME",
    "(touch pwned)",
    "; touch pwned;",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\'; touch pwned; '",
    "a\\",
    "a\\\\",
    "\\X41",
    "\\n",
    "\\",
    "'",
    "''",
    '"',
    "a'b\"c",
    "line\nline",
    "line\r\nline\n",
    "\n",
    "tab\there",
    "\x1b[31m",
    "\x7f",
    "\u0080\u009f",
    "\u202eevil\u202c",
    "\ufdd0\uffff\ufeff",
    "\uf600\uf6ff\ue000",
    "\U0010ffff",
    "k\u00e4se \u6f22\u5b57",
    "\udcff",
    "\udc80\udcfe\udcc3",
    "\u00e9\udcc3\u00e9",
    "\udc81\udc82\udc88\udc85",
    "# no comment",
    "a&b|c<d>e",
    "x" * 10240,
    "'\\" * 5120,
    "end } ; fi done }",
    "begin; end",
]
_PIECES = [piece for piece in HOT if len(piece) < 100]
_SCALARS = [(1, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xDC80, 0xDCFF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]


def scale(number: int, full: int) -> int:
    """Return how many of a thing to try: the daily number, or the full one in a soak run."""
    return full if SOAK else number


def values(seed: int, count: int) -> Iterator[str]:
    """Yield `count` values: the hot list first, then joins of it and random text and bytes."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for index in range(count):
        yield HOT[index] if index < len(HOT) else value(chance)


def value(chance: random.Random) -> str:
    """Return one value that a shell variable can carry."""
    # Stray bytes that happen to spell a character together are that character to everybody else.
    return _text(chance).encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _text(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.4:
        return "".join(chance.choice(_PIECES) for _ in range(chance.randint(1, 4)))
    if kind < 0.6:
        return "".join(map(chr, chance.choices(range(1, 0x80), k=chance.randint(0, 30))))
    if kind < 0.8:
        return bytes(chance.choices(range(1, 0x100), k=chance.randint(0, 30))).decode("utf-8", "surrogateescape")
    return "".join(chr(chance.randint(*chance.choice(_SCALARS))) for _ in range(chance.randint(0, 20)))
