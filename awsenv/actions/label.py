"""The text that a prompt shows of a switch: safe in every shell's prompt, and as wide as it looks."""

import re
import unicodedata
from collections.abc import Mapping

from awsenv.environ import Destination
from awsenv.runtime import shown

LEFT = "{left}"
WIDEST = 80
# What the hook puts in place of the mark: "expired" is the longest.
_LEFT_COLUMNS = 7
_TAIL_COLUMNS = 24
# Each of these means something in the prompt of some shell, or in the text of a framework's configuration.
_ACTIVE = frozenset("$`\"'\\%!;{}")
# Halves of flags and shades of emoji: shells count each, terminals may draw two as one. And signs whose width the C
# library, by which shells count, and Unicode's newer tables do not agree on.
_UNSTEADY = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\u2630-\u2637\u268a-\u268f\u3248-\u324f\u4dc0-\u4dff\U0001d300-\U0001d376]"
)
_MARK = re.compile(r"\{([^{}]*)\}")


def label_for(destination: Destination, form: str, *, region: str | None) -> str:
    """Return the label of `destination` in the settings' `form`, with one literal `{left}` for the time left.

    `region` is that of the shell. What could act in a prompt becomes `?`, not nothing, so that two names that differ
    in it do not look the same. Never empty, and at most `WIDEST` columns with the time put in.
    """
    fields = _fields(destination, region)
    has_end = destination.credentials is not None and destination.credentials.expires_at is not None
    head, mark, tail = form.partition(LEFT)
    head, tail = (_filled(part, fields) for part in (head, tail))
    if mark and has_end:
        tail = _cut(tail, _TAIL_COLUMNS)
        room = WIDEST - _LEFT_COLUMNS - _columns(tail)
        text = _cut(head, room) + LEFT + tail
    else:
        text = _cut(_collapsed(head + tail).strip(" "), WIDEST)
    return text.strip(" ") or _cut(_plain(destination.profile_name), WIDEST) or "?"


def _fields(destination: Destination, region: str | None) -> dict[str, str]:
    known = {
        "profile": destination.profile_name,
        "account": destination.account_name or destination.account_id,
        "account_id": destination.account_id,
        "account_name": destination.account_name,
        "role": destination.role,
        "region": region,
    }
    return {name: _plain(text or "") for name, text in known.items()}


def _filled(part: str, fields: Mapping[str, str]) -> str:
    # Cut at the marks first, so that a name that looks like one stays a name.
    texts = _MARK.split(part)
    filled = [_plain(text, is_own=True) if index % 2 == 0 else fields[text] for index, text in enumerate(texts)]
    return _collapsed("".join(filled))


def _collapsed(text: str) -> str:
    # A field that is not known leaves no gap.
    return re.sub(" +", " ", text)


def _plain(text: str, *, is_own: bool = False) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return "".join(_safe(character, is_own=is_own) for character in text)


def _safe(character: str, *, is_own: bool) -> str:
    # Fonts for prompts have their icons among the private characters: welcome from the settings, from nobody else.
    is_icon = is_own and unicodedata.category(character) == "Co"
    if character in _ACTIVE or _UNSTEADY.match(character) or not (is_icon or shown(character) == character):
        return "?"
    # What has no width of its own is counted one way by shells and drawn another way by terminals.
    return character if _columns(character) > 0 else ""


def _cut(text: str, room: int) -> str:
    if _columns(text) <= room:
        return text
    kept, used = "", 0
    for character in text:
        used += _columns(character)
        if used > room - 2:
            break
        kept += character
    return f"{kept.rstrip(' ')}.."


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)
