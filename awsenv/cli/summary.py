"""Where a switch leads, in one line."""

from awsenv.actions.switch import Switch
from awsenv.cli.terminal import time_left
from awsenv.runtime import Runtime


def summary(switch: Switch, runtime: Runtime) -> str:
    """Return where a switch leads, for people: two accounts never look the same."""
    expires_at = switch.destination.credentials.expires_at if switch.destination.credentials else None
    place = place_of(switch)
    return place if expires_at is None else f"{place} · {time_left(expires_at, runtime.now())} left"


def place_of(switch: Switch) -> str:
    """Return the same without the time left."""
    there = switch.destination
    account = there.account_id or "account unknown"
    if there.account_name:
        account += f" ({there.account_name})"
    return " · ".join(part for part in (there.profile_name, account, there.role, there.region) if part)
