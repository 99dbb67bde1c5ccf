"""Leave the answer to a `use` or `exec` for the next time, and tell which can be left."""

from awsenv.actions.credentials import SAFETY_MARGIN
from awsenv.actions.switch import Switch, Wish
from awsenv.environ import REGION_VARIABLES
from awsenv.files.prepared import LONGEST_LIFE, Answer, write_answer
from awsenv.model import Dialect, EnvChange
from awsenv.runtime import Runtime, encoded
from awsenv.shells.rendering import render_open

# Behind it a shell takes the number of seconds for none.
_LAST_YEAR = 5000
# What the reader puts in itself.
_CARRIED = ("AWSENV_SAVED", "AWSENV_PREVIOUS")


def prepare(wish: Wish, switch: Switch, said: str, dialect: Dialect | None, runtime: Runtime) -> None:
    """Leave the answer to `wish` for the shell of `dialect`, or without one for `exec`; in vain where none can last.

    `said` is what a terminal is told, without the time left.
    """
    there, values = switch.destination, switch.change.variables
    if dialect is None and switch.basis is not None and switch.basis.warnings:
        # Told each time, and before the command: that is for the command line.
        return
    if switch.basis is None or wish.name == "-" or any("__awsenv_" in (value or "") for value in values.values()):
        return
    if not there.region and any(values.get(name) for name in REGION_VARIABLES):
        # The region is this shell's, and in the label.
        return
    ends_at = there.credentials.expires_at if there.credentials else None
    now = runtime.now()
    until = min(now + LONGEST_LIFE, ends_at - SAFETY_MARGIN) if ends_at else now + LONGEST_LIFE
    if until <= now or (ends_at and ends_at.year > _LAST_YEAR):
        return
    answer = Answer(
        form=dialect or "exec",
        mode=wish.export or "default",
        name=wish.name,
        profile_name=there.profile_name,
        has_region=bool(there.region),
        until=until,
        ends_at=ends_at,
        key_id=there.credentials.access_key_id if there.credentials else None,
        said=said,
        body=render_open(switch.change, dialect) if dialect else _lines(switch.change),
    )
    write_answer(runtime, answer, switch.basis, switch.cached)


def _lines(change: EnvChange) -> bytes:
    kept = {name: value for name, value in change.variables.items() if name not in _CARRIED}
    return encoded("".join(f"{name}\n" if value is None else f"{name}={value}\n" for name, value in kept.items()))
