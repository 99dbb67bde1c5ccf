"""The page of recipes: what a test runs is what stands there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def recipes() -> dict[str, str]:
    """Return the text of each recipe by its heading."""
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def block(title: str, language: str, number: int = 0) -> str:
    """Return the text of a fenced block: of those in a language in a recipe, the one of this number."""
    texts: list[str] = [text for kind, text in _FENCED.findall(recipes()[title]) if kind == language]
    return texts[number]


def blocks() -> list[tuple[str, str, int]]:
    """Return what `block` takes for each block of the page."""
    found = []
    for title, text in recipes().items():
        languages = [language for language, _ in _FENCED.findall(text)]
        found += [(title, language, languages[:place].count(language)) for place, language in enumerate(languages)]
    return found
