"""Practice companies of any size, and a household with nothing but their sso-sessions."""

from collections.abc import Sequence
from pathlib import Path

from stage import furnish

from awsenv.demo.household import Household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import story
from awsenv.demo.world import Account, World
from awsenv.values import replace

FIRST = 700_000_000_000
ROLES = ("Admin", "Billing", "Developer", "ReadOnly")


def account(number: int, name: str | None = None, roles: Sequence[str] = ROLES) -> Account:
    """Return an account of the company."""
    return Account(str(FIRST + number), f"Team {number:03}" if name is None else name, "a@example.com", tuple(roles))


def world_of(accounts: Sequence[Account]) -> World:
    """Return the story's world whose company has these accounts instead."""
    world = story()
    company = replace(world.companies[0], accounts=tuple(accounts))
    return replace(world, companies=(company, *world.companies[1:]))


def bare_household(home: Path, practice: PracticeServer) -> Household:
    """Write a household that is signed in and whose config file has sso-sessions and comments, and no profile."""
    household = furnish(home, practice)
    lines = household.config_path.read_text().splitlines(keepends=True)
    end = next(index for index, line in enumerate(lines) if line.startswith("[default]"))
    household.config_path.write_text("".join([*lines[:end], "# Everybody's\n[default]\nregion = eu-west-1\n"]))
    household.credentials_path.unlink()
    return household
