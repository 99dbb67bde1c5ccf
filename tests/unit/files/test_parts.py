"""Where the sections of a file are is found by their headers alone, where that is the same as to read all of it."""

import random

import pytest
from stage import SOAK

from awsenv.files import parts
from awsenv.files.ini import IniFile, parse_ini
from awsenv.files.owned import SectionId, mark_of

SEEDS = 30_000 if SOAK else 3_000
OWNED = mark_of(SectionId("profile", "a"), ("region",))
LINES = (
    *(
        "[profile a]",
        "[profile b] # mine",
        "[b]",
        "[",
        "[]",
        "]x[",
        "[default]",
        "[DEFAULT]",
        " [profile c]",
        "\x0c[d]",
    ),
    *("region = x", "region=y", "  more = z", "s3 =", "  a = b", "\tc", "key", "= v", "x: [y]", "", "  ", "# no"),
    *("; no", OWNED, f"  {OWNED}", "# awsenv", "[sso-session s]", '[profile "q q"]', "[profile é]", "\x1c[e]"),
)


def found_in(ini: IniFile) -> list[object]:
    """Return all that is known of each part, in the order of the file."""
    by_id, strays = parts.parts_of(ini, ini.raw_lines(), is_config=True)
    named = [*by_id.items(), *strays.items()]
    every = [(name, index, part) for name, found in named for index, part in enumerate(found)]
    return [
        (name, index, part.start, part.end, part.lines, part.mark, part.mark_index, part.section.entries)
        for name, index, part in sorted(every, key=lambda each: each[2].start)
    ]


def test_headers_alone_tell_where_sections_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts found by their headers are those that the whole reading finds, with the same marks, keys and lines."""
    plain_headers, by_headers = parts._plain_headers, 0  # noqa: SLF001 - to be taken out
    for seed in range(SEEDS):
        chance = random.Random(seed)  # noqa: S311 - a case that can be had again
        end = chance.choice(["\n", "\n", "\n", "\r\n"])
        text = end.join(chance.choices(LINES, k=chance.randrange(12))) + chance.choice(["", end])
        ini = parse_ini(text.encode(), "config")
        monkeypatch.setattr(parts, "_plain_headers", plain_headers)
        by_headers += plain_headers(text, ini.raw_lines()) is not None
        found = found_in(ini)
        monkeypatch.setattr(parts, "_plain_headers", lambda *_: None)

        assert found == found_in(ini), repr(text)
    assert by_headers > SEEDS // 10
