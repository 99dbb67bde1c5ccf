"""Where a switch leads, in one line."""

from awsenv.actions.switch import Switch
from awsenv.cli.terminal import time_left
from awsenv.runtime import Runtime


def summary(switch: Switch, runtime: Runtime) -> str:
    """Return where a switch leads, for people: two accounts never look the same."""
    there = switch.destination
    account = there.account_id or "account unknown"
    if there.account_name:
        account += f" ({there.account_name})"
    expires_at = there.credentials.expires_at if there.credentials else None
    parts = [there.profile_name, account, there.role, there.region]
    if expires_at is not None:
        parts.append(f"{time_left(expires_at, runtime.now())} left")
    return " · ".join(part for part in parts if part)
