"""sync: copies of temporary keys in the credentials file, for tools that read nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from awsenv.actions.credentials import SAFETY_MARGIN, CredentialFinder
from awsenv.actions.sync_keys import KeyRing, Outcome, described
from awsenv.actions.sync_targets import Target, fitting
from awsenv.errors import AwsenvError, IncompleteProfile, SectionNotOwned, UnusableName
from awsenv.files.copy_places import note_place
from awsenv.files.editor import edit_shared, load_shared
from awsenv.files.lossless import SharedText
from awsenv.files.owned import SectionId
from awsenv.files.profiles import Profiles, sso_session_behind
from awsenv.files.sources import is_copy
from awsenv.files.synced import SyncedSection, copies_file, find_synced, purge, synced_values, take_out
from awsenv.model import Credentials, ExpirationForm, Notice, Profile, SsoSession
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

# taken: a section, or a profile, that is not awsenv's has the name; failed: there are no keys.
State = Literal["added", "renewed", "unchanged", "taken", "failed", "removed"]
Notify = Callable[[Notice], None]


class Synced(Value):
    """One profile and what became of its copy; the field names are those of `--json`."""

    profile: str
    section: str
    account_id: str | None
    role: str | None
    expires_at: datetime | None
    state: State


class Way(Value):
    """How copies are written."""

    form: ExpirationForm = "iso"
    is_dry_run: bool = False


def find_copies(runtime: Runtime) -> list[SyncedSection]:
    """Return the copies that stand in the credentials file."""
    return list(find_synced(load_shared(copies_file(runtime))))


def write_copies(
    targets: Sequence[Target],
    outcomes: Mapping[str, Outcome],
    way: Way,
    *,
    ring: KeyRing,
    notify: Notify,
) -> tuple[list[Synced], list[AwsenvError]]:
    """Write the copies of those whose keys there are, all at once; return what became of each, and what failed.

    The keys are of `ring`, which knows of a logout meanwhile: then they are not written. Without any outcomes, as for a
    dry run, only what would become of them is told.

    Raises:
        LocalFileError, MalformedConfig: nothing is written.
    """
    file, runtime = copies_file(ring.runtime), ring.runtime
    if way.is_dry_run:
        done = _put_all(load_shared(file), targets, outcomes, way, ring)
    else:
        tries: list[_Done] = []
        ends = [each.expires_at for each in outcomes.values() if isinstance(each, Credentials) and each.expires_at]
        if ends:
            note_place(runtime, file.path, max(ends))
        edit_shared(
            file,
            lambda text: tries.append(_put_all(text, targets, outcomes, way, ring)),
            runtime=runtime,
            notify=notify,
        )
        done = tries[-1]
    return done.synced, [*described(done.outcomes), *done.refused]


class _Done(Value):
    """What became of each target in one text of the file; `outcomes` are those that still count."""

    synced: list[Synced]
    outcomes: Mapping[str, Outcome]
    refused: list[AwsenvError]


def _put_all(
    text: SharedText, targets: Sequence[Target], outcomes: Mapping[str, Outcome], way: Way, ring: KeyRing
) -> _Done:
    # Asked while the file is held: a logout that comes later finds what is written here.
    done = _Done([], {**outcomes, **dict(_still(targets, outcomes, ring))}, [])
    for target in targets:
        outcome = done.outcomes.get(target.profile.name)
        state, error = _put(text, target, outcome, way, ring.profiles)
        each = _described(text, target, outcome, state)
        if way.is_dry_run and each.expires_at and each.expires_at - ring.runtime.now() >= SAFETY_MARGIN:
            # Keys that still count would be copied again.
            each = replace(each, state="unchanged")
        done.synced.append(each)
        done.refused.extend([error] if error else [])
    return done


def remove_copies(names: Sequence[str], *, is_dry_run: bool, runtime: Runtime, notify: Notify) -> list[Synced]:
    """Take out the copies of these profiles, or in these sections; without a name all of them."""

    def is_meant(copy: SyncedSection) -> bool:
        return not names or copy.name in names or copy.profile_name in names

    copies = {copy.name: copy for copy in find_copies(runtime) if is_meant(copy)}
    gone = list(copies) if is_dry_run else purge(runtime, notify, is_meant)
    return [
        Synced(copy.profile_name, copy.name, None, None, copy.expires_at, "removed")
        for copy in (copies[name] for name in gone if name in copies)
    ]


def sync_for(sso_session: SsoSession, globs: Sequence[str], form: ExpirationForm, finder: CredentialFinder) -> None:
    """Copy the keys of the profiles that the settings name for this sso-session; what fails is only told of.

    The keys last as `finder` wants them to, if AWS lets them.
    """
    runtime, profiles, notify = finder.runtime, finder.profiles, finder.notify
    try:
        originals = {copy.name: copy.profile_name for copy in find_copies(runtime) if copy.name != copy.profile_name}
        chosen = [
            profile
            for profile in fitting(globs, profiles, originals)
            if sso_session_behind(profile, profiles) == sso_session
        ]
        for glob in globs:
            if problem := _vain(glob, sso_session, profiles, originals):
                notify(Notice(f'the settings sync "{glob}" after a login to {sso_session.token_key}, {problem}'))
        ring = KeyRing(profiles, runtime, notify, tuple(finder.allowed_endpoints), _Uncounted(), lambda _: None)
        ring.min_ttl = finder.min_ttl
        if finder.fresh_sign_in is not None:
            ring.trust(*finder.fresh_sign_in)
        targets = [Target(profile, profile.name) for profile in chosen]
        _, failures = write_copies(targets, ring.fetch(chosen), Way(form), ring=ring, notify=notify)
    except AwsenvError as error:
        failures = [error]
    for failure in failures:
        notify(Notice(failure.problem))


def _still(targets: Sequence[Target], outcomes: Mapping[str, Outcome], ring: KeyRing) -> Iterator[tuple[str, Outcome]]:
    for profile in (target.profile for target in targets):
        outcome = outcomes.get(profile.name)
        if isinstance(outcome, Credentials):
            yield profile.name, _refusal(profile, outcome) or ring.ended(profile) or outcome


def _refusal(profile: Profile, credentials: Credentials) -> AwsenvError | None:
    if credentials.expires_at is not None:
        return None
    # Neither their end nor a logout would ever take such a copy away.
    problem = "the keys do not say when they are over, so that a copy would stay for ever"
    return IncompleteProfile(problem, hint=f"look at {profile.place}")


def _vain(glob: str, sso_session: SsoSession, profiles: Profiles, originals: Mapping[str, str]) -> str | None:
    fits = list(fitting([glob], profiles, originals))
    if any(sso_session_behind(profile, profiles) == sso_session for profile in fits):
        return None
    if fits:
        return "on which nothing of that name hangs"
    return "and it has no temporary keys" if glob in profiles else "and there is no such profile"


def _put(
    text: SharedText, target: Target, outcome: Outcome | None, way: Way, profiles: Profiles
) -> tuple[State, AwsenvError | None]:
    profile, section_id = target.profile, SectionId("credentials", target.section)
    if isinstance(outcome, AwsenvError):
        return "failed", None
    before = text.find(section_id)
    if taken := _taken(text, target, profiles):
        if before is not None and text.is_owned(section_id) and is_copy(before):
            # The profile of that name was written after the copy, and has another's keys until it is gone.
            take_out(text, target.section)
        return "taken", taken
    if outcome is None:
        return ("added" if before is None else "renewed"), None
    sso_session = sso_session_behind(profile, profiles)
    region = profile.region if target.section != profile.name else None
    sign_in = sso_session.token_key if sso_session else None
    try:
        is_changed = text.put(section_id, synced_values(outcome, profile.name, sign_in, region, way.form))
    except UnusableName as error:
        error.problem = f'"{profile.name}" not synced: {error.problem}'
        return "failed", error
    return ("unchanged" if not is_changed else "added" if before is None else "renewed"), None


def _taken(text: SharedText, target: Target, profiles: Profiles) -> SectionNotOwned | None:
    section_id = SectionId("credentials", target.section)
    place = None
    standing = text.find(section_id)
    if standing is not None and not (text.is_owned(section_id) and _is_free(standing)):
        place = text.place_of(section_id)
    elif target.section != target.profile.name:
        # Some tools would take the copy, and others what this profile says.
        place = profiles.place_of_own(target.section)
    if place is None:
        return None
    return SectionNotOwned(
        f'"{target.profile.name}" not synced: "{target.section}" stands in {place} and was not written by awsenv',
        hint="rename or remove that section, or choose another name: awsenv sync PROFILE --as NAME",
    )


def _is_free(values: Mapping[str, str]) -> bool:
    return "aws_access_key_id" not in values or is_copy(values)


def _described(text: SharedText, target: Target, outcome: Outcome | None, state: State) -> Synced:
    profile = target.profile
    expires_at, account_id = None, profile.account_id
    if isinstance(outcome, Credentials) and state != "taken":
        expires_at, account_id = outcome.expires_at, outcome.account_id or account_id
    else:
        # What still stands there.
        copies = (copy for copy in find_synced(text) if copy.name == target.section)
        expires_at = next((copy.expires_at for copy in copies), None)
    return Synced(profile.name, target.section, account_id, profile.role, expires_at, state)


class _Uncounted:
    def advance(self, done: int, total: int) -> None:
        """Tell nobody."""
