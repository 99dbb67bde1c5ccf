"""doctor: what is wrong with the files, the environment and the shell, and the mending of what can be mended."""

import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

from awsenv.actions.checks.findings import Amend, Change, Check, Discard, Finding, Rename, Rewrite, Strike, Tighten
from awsenv.actions.checks.programs import Skew, ask_versions, no_programs, no_skews
from awsenv.actions.checks.surroundings import Surroundings, collect
from awsenv.actions.checks.table import CHECKS
from awsenv.actions.checks.whole_files import shared_text
from awsenv.errors import AwsenvError, LocalFileError, UsageError
from awsenv.files.atomic import remove_file
from awsenv.files.editor import SharedFile, config_file, credentials_file, rewrite_shared
from awsenv.files.edits import Edit
from awsenv.files.ini import SIZE_LIMIT
from awsenv.files.lossless import parse_shared
from awsenv.files.nearest import nearest
from awsenv.files.paths import as_path
from awsenv.files.reading import find_bytes
from awsenv.model import Notice
from awsenv.runtime import Runtime
from awsenv.values import Value, replace

Notify = Callable[[Notice], None]

_ASKED = ("aws", "terraform")
# Of more lines, only where they are rare is looked for, which is nearly as good and does not take minutes.
_MANY_LINES = 4_000


class Plan(Value):
    """What mending comes to: edits of files by path, modes to be set, and files to be removed."""

    edits: Sequence[tuple[str, Sequence[Edit]]]
    tightened: Sequence[Tighten]
    discarded: Sequence[Discard]

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to mend."""
        return not (self.edits or self.tightened or self.discarded)


def choose_checks(names: Sequence[str]) -> list[Check]:
    """Return the checks of these ids, or all.

    Raises:
        UsageError: no such check; the nearest one is in the hint.
    """
    by_name = {check.name: check for check in CHECKS}
    for name in names:
        if name not in by_name:
            meant = nearest(name, by_name)
            hint = f'did you mean "{meant}"?' if meant else "awsenv doctor --list"
            raise UsageError(f'there is no check "{name}"', hint=hint)
    return [check for check in CHECKS if not names or check.name in names]


def diagnose(checks: Sequence[Check], shell: str | None, *, is_online: bool, runtime: Runtime) -> list[Finding]:
    """Return what the checks find, file by file, those with errors first, and so in each.

    A check that fails is a finding, and hides no other.
    """
    wants_programs = any(check.name.endswith("-version") for check in checks)
    around = collect(
        runtime,
        shell=shell,
        # The hook sets the one at each prompt, and starts the program in the other way.
        is_hooked="AWSENV_SEGMENT" in runtime.environment or bool(sys.flags.isolated),
        programs=ask_versions(runtime, _ASKED) if wants_programs else no_programs,
        skews=_asking(runtime) if is_online else no_skews,
    )
    found = [finding for check in checks for finding in _found(check, around)]
    # bash reads a start file as a login shell, too, and then finds the same in it.
    found = list({(each.check, each.place, each.text): each for each in found}.values())
    worst = {_path_of(each) for each in found if each.severity == "error"}
    order = {path: index for index, path in enumerate(dict.fromkeys(_path_of(each) for each in found))}

    def rank(each: Finding) -> tuple[bool, int, bool, int]:
        path = _path_of(each)
        return path not in worst, order[path], each.severity != "error", _line_of(each)

    return sorted(found, key=rank)


def plan_mending(findings: Iterable[Finding], runtime: Runtime) -> Plan:
    """Return what would change; nothing is changed yet."""
    mends = [finding.mend for finding in findings if finding.mend is not None]
    edits = [
        (file.path, _differences(content, new))
        for file, changes in _changes(mends, runtime)
        if (content := find_bytes(file.path, SIZE_LIMIT) or b"") != (new := mended(content, file, changes))
    ]
    # One file may be found wanting for several reasons.
    tightened = {mend.path: mend for mend in mends if isinstance(mend, Tighten)}
    discarded = {mend.path: mend for mend in mends if isinstance(mend, Discard)}
    return Plan(edits, [*tightened.values()], [*discarded.values()])


def mend(findings: Iterable[Finding], *, runtime: Runtime, notify: Notify) -> list[AwsenvError]:
    """Mend what can be mended, each file as a whole or not at all, and return what could not be."""
    found = list(findings)
    mends = [finding.mend for finding in found if finding.mend is not None]
    failures = list[AwsenvError]()
    for file, changes in _changes(mends, runtime):
        try:
            edited = rewrite_shared(
                file,
                lambda content, file=file, changes=changes: mended(content, file, changes),  # type: ignore[misc]
                runtime=runtime,
                notify=notify,
            )
        except AwsenvError as error:
            failures.append(error)
        else:
            if edited.backup_path:
                notify(Notice(f"the file as it was before is {edited.backup_path}"))
    for each in mends:
        if isinstance(each, Tighten | Discard):
            failures += _tidied(each)
    return failures


def mended(content: bytes, file: SharedFile, changes: Sequence[Change | Rewrite]) -> bytes:
    """Return the bytes of a shared file with these changes; one that no longer applies changes nothing.

    Raises:
        MalformedConfig: no sections can be edited in it even so.
    """
    for rewrite in dict.fromkeys(change.change for change in changes if isinstance(change, Rewrite)):
        content = rewrite(content)
    if all(isinstance(change, Rewrite) for change in changes):
        return content
    text = parse_shared(content, file.path, is_config=file.is_config)
    for rename in changes:
        if isinstance(rename, Rename):
            text.rename(rename.header, rename.section_id)
    text.amend_all((each.section_id, each.values, each.without) for each in changes if isinstance(each, Amend))
    for strike in changes:
        if isinstance(strike, Strike):
            text.strike(strike.section_id)
    return text.content()


def _found(check: Check, around: Surroundings) -> list[Finding]:
    try:
        return [replace(finding, check=check.name) for finding in check.find(around)]
    except Exception as error:  # noqa: BLE001 - a bug in one must not hide what others find
        text = f"the check {check.name} failed: {type(error).__name__}, a bug in awsenv"
        return [Finding("warning", None, text, "report it; awsenv doctor --list names all others", check=check.name)]


def _changes(mends: Iterable[object], runtime: Runtime) -> list[tuple[SharedFile, list[Change | Rewrite]]]:
    changes: dict[bool, list[Change | Rewrite]] = {}
    for each in mends:
        if isinstance(each, Amend | Rename | Strike):
            changes.setdefault(each.section_id.kind != "credentials", []).append(each)
        elif isinstance(each, Rewrite):
            changes.setdefault(each.is_config, []).append(each)
    return [
        (config_file(runtime) if is_config else credentials_file(runtime), each) for is_config, each in changes.items()
    ]


def _tidied(mend: Tighten | Discard) -> list[AwsenvError]:
    try:
        if isinstance(mend, Tighten):
            as_path(mend.path).chmod(mend.mode)
        elif mend.is_still():
            remove_file(mend.path)
    except AwsenvError as error:
        return [error]
    except OSError as error:
        return [LocalFileError(f"cannot mend {mend.path}: {error.strerror}")]
    return []


def _differences(old: bytes, new: bytes) -> list[Edit]:
    # As people see it: between the bytes of UTF-16 nobody would know a secret for one.
    before, after = (shared_text(content).splitlines() for content in (old, new))
    is_long = max(len(before), len(after)) > _MANY_LINES
    found = SequenceMatcher(None, before, after, autojunk=is_long).get_opcodes()
    return [
        Edit(start, tuple(before[start:end]), tuple(after[new_start:new_end]))
        for tag, start, end, new_start, new_end in found
        if tag != "equal"
    ]


def _asking(runtime: Runtime) -> Callable[[], Sequence[Skew]]:
    answered = list[Skew]()

    def ask() -> Sequence[Skew]:
        if not answered:
            answered.extend(_skews(runtime))
        return answered

    return ask


def _skews(runtime: Runtime) -> Iterable[Skew]:
    from awsenv.actions.sessions import finder_for
    from awsenv.aws.identity_center import compare_clocks
    from awsenv.files.profiles import load_profiles
    from awsenv.files.settings import load_settings

    profiles, settings = load_profiles(runtime), load_settings(runtime)
    for name, sso_session in profiles.sso_sessions.items():
        told = list[Notice]()
        finder = finder_for(sso_session, None, profiles, runtime, told.append, settings.allowed_endpoints)
        try:
            compare_clocks(finder.clients, sso_session)
        except AwsenvError as error:
            yield Skew(name, problem=f"{name}: {error.problem}")
        else:
            yield Skew(name, text=told[0].text if told else None)


def _path_of(finding: Finding) -> str:
    return finding.place.path if finding.place else ""


def _line_of(finding: Finding) -> int:
    return finding.place.line if finding.place else 0
