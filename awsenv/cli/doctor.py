"""awsenv doctor: find what is wrong with the set-up, and mend it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import click

from awsenv.actions.checks.findings import Finding
from awsenv.actions.checks.table import CHECKS
from awsenv.actions.doctor import Plan, choose_checks, diagnose, mend, plan_mending
from awsenv.cli import options
from awsenv.cli.diff import diff_lines, write_diff
from awsenv.cli.terminal import BOLD, PLAIN, RED, YELLOW, has_colour, say, say_error, say_notice, write, write_json
from awsenv.errors import FoundWrong, LoginDeclined, UsageError
from awsenv.runtime import Runtime, shown
from awsenv.shells.detection import find_dialect
from awsenv.values import Value

_MOST_ROUNDS = 5
# Five thousand profiles made by one mistaken script are one finding to a reader.
_MOST_ALIKE = 10


class _Way(Value):
    is_agreed: bool
    is_json: bool
    is_whole: bool
    diagnose: Callable[[], list[Finding]]


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Mend what can be mended; shows the changes and asks first.")
@click.option("--yes", "is_agreed", is_flag=True, help="Mend it without a question.")
@click.option("--dry-run", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--online", is_flag=True, help="Compare the clock with Identity Center's as well.")
@click.option("--report", is_flag=True, help="Print all that helps to help you, with names hashed and no secret.")
@click.option("--list", "is_list", is_flag=True, help="List the checks.")
@options.json_option
@click.argument("checks", nargs=-1, type=options.Text(), metavar="[CHECK]...")
@click.pass_obj
def command(
    runtime: Runtime,
    *,
    checks: tuple[str, ...],
    fix: bool,
    is_agreed: bool,
    dry_run: bool,
    online: bool,
    report: bool,
    is_list: bool,
    as_json: bool,
) -> None:
    """Look for what is wrong in the shared files, the environment, the caches and the shell's start files.

    Says nothing, and ends with status 0, where nothing is.

    \b
    awsenv doctor --fix
    """
    if is_list:
        _write_checks(is_json=as_json)
        return
    chosen, shell = choose_checks(checks), find_dialect(runtime)
    findings = diagnose(chosen, shell, is_online=online, runtime=runtime)
    if report:
        from awsenv.actions.report import make_report

        write(make_report(findings, shell, runtime))
        return
    if as_json:
        write_json([_described(finding) for finding in findings])
    else:
        _write(findings, is_whole=bool(checks))
    if dry_run:
        _show(plan_mending(findings, runtime), is_json=as_json)
    elif fix:
        way = _Way(is_agreed, as_json, bool(checks), lambda: diagnose(chosen, shell, is_online=online, runtime=runtime))
        findings = _mended(findings, way, runtime)
    if findings:
        raise FoundWrong(_count(findings), hint=_hint(findings, is_mending=fix or dry_run))
    if fix:
        say("awsenv: all is well")


def _write_checks(*, is_json: bool) -> None:
    if is_json:
        write_json([{"check": check.name, "purpose": check.purpose} for check in CHECKS])
    else:
        write("".join(f"{check.name:<24}  {check.purpose}\n" for check in CHECKS))


def _described(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "severity": finding.severity,
        "file": finding.place.path if finding.place else None,
        "line": (finding.place.line or None) if finding.place else None,
        "problem": finding.text,
        "fix": finding.fix,
        "mendable": finding.mend is not None,
    }


def _write(findings: Sequence[Finding], *, is_whole: bool) -> None:
    lines, is_coloured = list[str](), has_colour()
    for path, in_file in groupby(findings, key=lambda each: each.place.path if each.place else "the environment"):
        lines.append(f"{BOLD}{shown(path)}{PLAIN}" if is_coloured else shown(path))
        seen = Counter[str]()
        for finding in in_file:
            seen[finding.check] += 1
            if is_whole or seen[finding.check] <= _MOST_ALIKE:
                lines += _told(finding, is_coloured=is_coloured)
        if not is_whole:
            lines += [
                f"  and {count - _MOST_ALIKE} more like these: awsenv doctor {check}"
                for check, count in seen.items()
                if count > _MOST_ALIKE
            ]
    if lines:
        write("\n".join(lines) + "\n")


def _told(finding: Finding, *, is_coloured: bool) -> tuple[str, str]:
    colour = (RED if finding.severity == "error" else YELLOW) if is_coloured else ""
    line = f"{finding.place.line}: " if finding.place and finding.place.line else ""
    told = f"  {line}{colour}{finding.severity}{PLAIN if colour else ''}: {shown(finding.text)}"
    return told, f"      fix: {shown(finding.fix)}  [{finding.check}]"


def _mended(findings: list[Finding], way: _Way, runtime: Runtime) -> list[Finding]:
    # What is mended can bring to light what stood behind it: a section is read once its header is right.
    for _ in range(_MOST_ROUNDS):
        plan = plan_mending(findings, runtime)
        if plan.is_empty:
            break
        _show(plan, is_json=way.is_json)
        if not _may_mend(is_agreed=way.is_agreed, runtime=runtime):
            break
        failures = mend(findings, runtime=runtime, notify=say_notice)
        for failure in failures:
            say_error(failure)
        findings = way.diagnose()
        if findings and not way.is_json:
            say("awsenv: left, after these changes:")
            _write(findings, is_whole=way.is_whole)
        if failures:
            break
    return findings


def _show(plan: Plan, *, is_json: bool) -> None:
    lines = [f"chmod {each.mode:o} {shown(each.path)}" for each in plan.tightened]
    lines += [f"rm {shown(each.path)}" for each in plan.discarded]
    if is_json:
        # stdout is for who reads JSON.
        for line in (*(line for path, edits in plan.edits for line in diff_lines(path, edits)), *lines):
            say(line)
        return
    for path, edits in plan.edits:
        write_diff(path, edits)
    if lines:
        write("\n".join(lines) + "\n")


def _may_mend(*, is_agreed: bool, runtime: Runtime) -> bool:
    if is_agreed:
        return True
    if not runtime.terminal.can_ask():
        raise UsageError("nobody is here to agree to these changes", hint="awsenv doctor --fix --yes")
    try:
        return runtime.terminal.ask("awsenv: make these changes? [Y/n] ").strip().lower() in {"", "y", "yes"}
    except LoginDeclined:
        return False


def _count(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    told = [f"{errors} error{'s' if errors > 1 else ''}"] if errors else []
    told += [f"{warnings} warning{'s' if warnings > 1 else ''}"] if warnings else []
    return " and ".join(told)


def _hint(findings: Iterable[Finding], *, is_mending: bool) -> str | None:
    mendable = sum(finding.mend is not None for finding in findings)
    return f"awsenv doctor --fix mends {mendable} of them" if mendable and not is_mending else None
