"""Profiles that ask awsenv for another profile's keys: beside it, in the config file, and never within it."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from awsenv.actions.sync import Synced
from awsenv.actions.sync_targets import Target
from awsenv.errors import AwsenvError, ConfigError, SectionNotOwned, UnusableName
from awsenv.files.editor import config_file, credentials_file, edit_shared, load_shared
from awsenv.files.lossless import SharedText
from awsenv.files.owned import SectionId
from awsenv.files.paths import credentials_path
from awsenv.files.processes import ProcessWish, asked_profile, process_command
from awsenv.files.reading import Notify
from awsenv.model import Process
from awsenv.runtime import Runtime

State = Literal["added", "changed", "unchanged", "taken"]


def put_process(
    text: SharedText, name: str, profile_name: str, region: str | None, wish: ProcessWish, taken: Collection[str]
) -> State:
    """Let there be a profile `name` that asks for the keys of another; `taken` are names of the credentials file.

    Raises:
        UnusableName: such a profile cannot be.
    """
    section_id = SectionId("profile", name)
    before = text.find(section_id)
    # Whatever says more than this says where other credentials come from.
    is_ours = (
        text.is_owned(section_id)
        and before is not None
        and asked_profile(before) is not None
        and not any(key.startswith("sso_") for key in before)
    )
    if name in taken or (before is not None and not is_ours):
        return "taken"
    values = {"credential_process": process_command(wish.program, profile_name)}
    is_changed = text.put(section_id, values | ({"region": region} if region else {}))
    return "unchanged" if not is_changed else "added" if before is None else "changed"


def owned_processes(text: SharedText) -> Iterator[tuple[str, str]]:
    """Yield each profile of awsenv's that asks for another's keys, and whose."""
    for section_id, values in text.owned():
        asked = asked_profile(values)
        if section_id.kind == "profile" and asked is not None:
            yield section_id.name, asked


def names_of_keys(runtime: Runtime) -> Collection[str]:
    """Return the names in the credentials file: each would lend its keys to a profile of the same name."""
    if not credentials_path(runtime):
        return ()
    return {section_id.name for section_id in load_shared(credentials_file(runtime)).ids()}


def write_processes(
    targets: Sequence[Target], wish: ProcessWish, *, is_dry_run: bool, runtime: Runtime, notify: Notify
) -> tuple[list[Synced], list[AwsenvError]]:
    """Write a profile for each target; a section of another name than the profile's is the name that is wanted.

    Raises:
        LocalFileError, ConfigError: nothing is written.
    """
    taken = names_of_keys(runtime)
    written: list[Synced] = []
    refused: list[AwsenvError] = []

    def change(text: SharedText) -> None:
        written.clear()
        refused.clear()
        for target in targets:
            profile = target.profile
            if isinstance(profile.source, Process):
                # It would ask awsenv, to be sent where it asks already.
                if len(targets) == 1:
                    refused.append(ConfigError(f'"{profile.name}" has a credential_process of its own'))
                continue
            name = wish.name_for(profile.name) if target.section == profile.name else target.section
            try:
                state = put_process(text, name, profile.name, profile.region, wish, taken)
            except UnusableName as error:
                refused.append(error)
                continue
            if state == "taken":
                refused.append(_refusal(text, name, runtime))
            shown = "renewed" if state == "changed" else state
            written.append(Synced(profile.name, name, profile.account_id, profile.role, None, shown))

    file = config_file(runtime)
    if is_dry_run:
        change(load_shared(file))
    else:
        edit_shared(file, change, runtime=runtime, notify=notify)
    return written, refused


def remove_processes(names: Sequence[str], *, is_dry_run: bool, runtime: Runtime, notify: Notify) -> list[Synced]:
    """Take out the profiles that ask for the keys of these, or have these names; without a name all of them."""
    removed: list[Synced] = []

    def change(text: SharedText) -> None:
        removed.clear()
        for name, asked in list(owned_processes(text)):
            if not names or name in names or asked in names:
                text.remove(SectionId("profile", name))
                removed.append(Synced(asked, name, None, None, None, "removed"))

    file = config_file(runtime)
    if is_dry_run:
        change(load_shared(file))
    else:
        edit_shared(file, change, runtime=runtime, notify=notify)
    return removed


def _refusal(text: SharedText, name: str, runtime: Runtime) -> SectionNotOwned:
    section_id = SectionId("profile", name)
    place = str(text.place_of(section_id)) if text.find(section_id) is not None else credentials_path(runtime)
    return SectionNotOwned(
        f'not written, since "{name}" stands in {place} already',
        hint="rename that section, or choose other names with --process-name",
    )
