"""A shell that was switched a while ago: its variables, and what has become of its keys and its sign-in since."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from stage import AWSENV, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.model import EnvChange

ALIVE, DEAD = 100, -100


def switched(
    household: Household, profile: str = "unicorn", *options: str, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a shell after `use`."""
    environment = environment_of(household, more)
    finished = run([AWSENV, "use", "--shell", "sh", "--json", *options, profile], environment)
    assert finished.returncode == 0, finished.stderr
    change = json.loads(finished.stdout)
    return EnvChange(dict.fromkeys(change["unset"]) | change["set"]).apply(environment)


def aged(environment: Mapping[str, str], seconds_left: int) -> dict[str, str]:
    """Return the environment as it is when its keys have so many seconds left."""
    return {**environment, "AWSENV_EXPIRES": str(int(time.time()) + seconds_left)}


def forget_roles(household: Household) -> None:
    """Take away what the cache of roles has."""
    shutil.rmtree(household.home / ".aws" / "cli", ignore_errors=True)


def end_sign_ins(household: Household, state: SignedIn | None = None) -> None:
    """Let every sign-in be over, or in another state, and no role be cached."""
    forget_roles(household)
    for path in household.token_path("company").parent.iterdir():
        path.unlink()
    furnish(household.home, household.practice, state or SignedIn(sso_sessions=(), legacy=False))


def dead_mark(household: Household, environment: Mapping[str, str]) -> Path:
    """Return the path of the mark that the hook looks at."""
    return household.home / ".aws" / "awsenv" / "dead" / environment["AWSENV_SIGN_IN"]
