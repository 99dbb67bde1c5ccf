"""off: the shell's variables as they were. Asks no file and no network, and loads nothing that does."""

from collections.abc import Callable

from awsenv.environ import is_saved_readable, restore
from awsenv.model import EnvChange, Notice
from awsenv.runtime import Runtime


def switch_off(*, runtime: Runtime, notify: Callable[[Notice], None]) -> EnvChange:
    """Return the change back to the variables from before the first switch. Reads no file and cannot fail."""
    if not is_saved_readable(runtime.environment):
        notify(Notice("AWSENV_SAVED is damaged: the AWS variables are cleared, not restored"))
    return restore(runtime.environment)
