"""The README's pictures are there, small, and alone in the world."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_picture_is_shown_and_says_what_it_shows() -> None:
    """The README shows each picture once, with a text for who cannot see it."""
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)

    assert sorted(path for _, path in shown) == sorted(
        str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.svg")
    )
    assert all(text for text, _ in shown)


def test_pictures_are_small_and_load_nothing() -> None:
    """Each is under 40 KB of well-formed SVG without scripts, links, or an address of the machine that drew it."""
    for path in (ROOT / "docs").rglob("*.svg"):
        text = path.read_text(encoding="utf-8")
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}  # noqa: S314 - our own

        assert len(text.encode()) < 40_000
        assert tags <= {"svg", "rect", "path", "circle", "g", "text"}
        assert not re.search(r"href|url\(|@import|127\.0\.0\.1|/tmp|/home/|/root", text)
