"""The page of recipes is short, led to by the README, and nothing on it is left untried."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from recipes.page import README, blocks, recipes

LONGEST = 25


def blocks_in_tests() -> Iterator[tuple[str, str, int]]:
    """Yield the arguments of each call of `block` in this folder."""
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "block":
                title, language, *number = (ast.literal_eval(argument) for argument in node.args)
                yield title, language, *(number or [0])


def test_every_block_is_run() -> None:
    """There is no block on the page that no test takes, and none that is taken in vain."""
    assert set(blocks_in_tests()) == set(blocks())


@pytest.mark.parametrize("title", recipes())
def test_a_recipe_is_short(title: str) -> None:
    """A recipe is read at a glance."""
    assert len([line for line in recipes()[title].splitlines() if line]) <= LONGEST


def test_the_readme_leads_to_each() -> None:
    """The README has a line for each tool, which leads to its recipe."""
    section = README.partition("## Recipes")[2].partition("\n## ")[0]
    anchors = [title.lower().replace(" ", "-") for title in recipes()]

    assert re.findall(r"\]\(docs/recipes\.md#([a-z-]+)\)", section) == anchors
