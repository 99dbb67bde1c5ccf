"""What can be turned on the practice Identity Center while it runs: lifetimes, rotation, paging, throttling."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True)
class Rules:
    """The service's manners. Change a field and the next call follows it.

    `clock_offset` is how far AWS's clock is ahead of this machine's. `calls_per_second` throttles the portal: no second
    may have more, nor a twentieth of one more than `burst`; `retry_after` is what a refusal names, in seconds.
    Accounts in `withdrawn_accounts` are not given any more.
    `approves_by_itself` answers device codes and browser sign-ins as if the person had agreed at once.
    """

    role_lifetime: timedelta = timedelta(hours=1)
    access_token_lifetime: timedelta = timedelta(hours=1)
    sign_in_lifetime: timedelta = timedelta(hours=8)
    registration_lifetime: timedelta = timedelta(days=90)
    device_code_lifetime: timedelta = timedelta(minutes=10)
    device_interval: int = 1
    rotates_refresh_tokens: bool = True
    returns_refresh_token: bool = True
    page_size: int = 100
    calls_per_second: int | None = None
    burst: int | None = None
    retry_after: int | None = None
    withdrawn_accounts: frozenset[str] = frozenset()
    clock_offset: timedelta = timedelta(0)
    approves_by_itself: bool = False
