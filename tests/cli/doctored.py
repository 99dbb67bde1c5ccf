"""doctor in a home of a test: what it finds there, and how it mends that."""

from collections.abc import Mapping
from pathlib import Path

from unit.files.fakes import make_runtime

from awsenv.actions.checks.findings import Finding
from awsenv.actions.checks.table import CHECKS
from awsenv.actions.doctor import diagnose, mend
from awsenv.runtime import Runtime


def runtime_of(home: Path, variables: Mapping[str, str] | None = None) -> Runtime:
    """Return a runtime in a home, without any program on the PATH."""
    return make_runtime(home, {"PATH": str(home), "HOME": str(home), **(variables or {})})


def found_in(home: Path, variables: Mapping[str, str] | None = None) -> list[Finding]:
    """Return what all checks find."""
    return diagnose(CHECKS, "bash", is_online=False, runtime=runtime_of(home, variables))


def fix(home: Path, findings: list[Finding]) -> None:
    """Mend what was found, which must not fail."""
    assert mend(findings, runtime=runtime_of(home), notify=lambda _: None) == []
