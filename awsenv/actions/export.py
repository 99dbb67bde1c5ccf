"""export: one profile's keys and region, for other readers than the shell that asks."""

from typing import TYPE_CHECKING

from awsenv.actions.switch import Notify, Wish, switch_to
from awsenv.environ import keys_alone
from awsenv.errors import IncompleteProfile
from awsenv.model import EnvChange
from awsenv.runtime import Runtime
from awsenv.values import replace

if TYPE_CHECKING:
    from awsenv.actions.flows import Progress

# What no log should show.
SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def export_keys(wish: Wish, *, runtime: Runtime, notify: Notify, progress: "Progress | None" = None) -> EnvChange:
    """Return what a process needs to be the profile wished for, and what it must not have beside it.

    Raises:
        AwsenvError: as `switch_to`.
    """
    there = switch_to(replace(wish, export="keys"), runtime=runtime, notify=notify, progress=progress).destination
    if there.credentials is None:
        raise IncompleteProfile(f'profile "{there.profile_name}" has no keys to export')
    return keys_alone(there.credentials, there.region)
