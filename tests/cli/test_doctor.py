"""`doctor` finds each thing that is wrong, at its line, mends what can be mended, and is silent where all is well."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from cli.wrong import CASES, CONFIG, ELSEWHERE, KEYS, TEMPORARY, WELL, Case, well_set_up, write
from stage import AWSENV, environment_of, run
from unit.files.fakes import make_runtime

from awsenv.actions.checks import table
from awsenv.actions.checks.findings import Check, Finding
from awsenv.actions.checks.table import CHECKS
from awsenv.actions.doctor import choose_checks, diagnose, mend, plan_mending
from awsenv.actions.report import make_report
from awsenv.demo.household import Household
from awsenv.demo.playground import prepare
from awsenv.demo.server import PracticeServer
from awsenv.errors import UsageError
from awsenv.model import Notice
from awsenv.runtime import Runtime

Files = dict[str, tuple[bytes, int]]


def runtime_of(home: Path, variables: Mapping[str, str] | None = None) -> Runtime:
    """Return a runtime in a home, with its own programs alone on the PATH."""
    return make_runtime(home, {"PATH": str(home / "bin"), "HOME": str(home), **(variables or {})})


def found_by(name: str, runtime: Runtime) -> list[Finding]:
    """Return what one check finds."""
    return diagnose(choose_checks([name]), "bash", is_online=False, runtime=runtime)


def files_of(home: Path) -> Files:
    """Return every file below a home with its bytes and mode."""
    return {
        str(path.relative_to(home)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mode)
        for path in sorted(home.rglob("*"))
        # The lock of the edit, and the copy of before.
        if "before-awsenv" not in path.name and path.name not in {"awsenv", "locks"} and path.suffix != ".lock"
    }


def line_of(home: Path, case: Case) -> int:
    """Return the line on which a case is to be found, 0 where that is the file."""
    if not case.at or case.place is None:
        return 0
    text = (home / case.place).read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    wanted = case.at.removeprefix("LAST ")
    where = text.rindex(wanted) if wanted != case.at else text.index(wanted)
    # The text of a line may begin further up, to be told from others like it.
    return text[: where + len(wanted.rstrip("\n"))].count("\n") + 1


def test_every_check_has_a_case() -> None:
    """Each check is tried, and there are more than twenty-five."""
    assert {check.name for check in CHECKS} == CASES.keys() | ELSEWHERE
    assert len(CASES) >= 25


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_mended(tmp_path: Path, name: str) -> None:
    """Each check finds its case at the right line; what it mends is well at a second look, and nothing else changes."""
    case = CASES[name]
    case.set_up(tmp_path)
    runtime = runtime_of(tmp_path, case.variables)
    before = files_of(tmp_path)
    found = found_by(name, runtime)

    assert found
    first = found[0]
    place = (first.place.path, first.place.line) if first.place else None
    assert place == ((str(tmp_path / case.place), line_of(tmp_path, case)) if case.place else None)
    assert first.check == name
    assert first.text
    assert first.fix
    assert "\n" not in first.text + first.fix
    assert (first.mend is not None) == case.is_mended
    assert files_of(tmp_path) == before
    if case.is_mended:
        told: list[Notice] = []
        plan = plan_mending(found, runtime)
        assert not plan.is_empty
        assert mend(found, runtime=runtime, notify=told.append) == []
        assert found_by(name, runtime) == []
        after = files_of(tmp_path)
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        assert changed == {case.place} - {".aws/awsenv/locks/x.lock"}


def test_a_well_set_up_home_is_silent(tmp_path: Path) -> None:
    """Nothing is wrong with a set-up as the documentation has it."""
    well_set_up(tmp_path)

    assert diagnose(CHECKS, "bash", is_online=False, runtime=runtime_of(tmp_path)) == []


def test_a_copy_that_sync_keeps_is_no_mixture(tmp_path: Path) -> None:
    """Keys that awsenv has copied beside a profile of Identity Center are what they are meant to be."""
    well_set_up(tmp_path)
    write(tmp_path / ".aws" / "credentials", f"[unicorn]\n{TEMPORARY}x_awsenv_profile = unicorn\n")

    assert diagnose(CHECKS, "bash", is_online=False, runtime=runtime_of(tmp_path)) == []


def test_lines_that_are_not_mended_stay(tmp_path: Path) -> None:
    """Of a file with many things wrong, only the lines that are mended change; comments, order and odd bytes stay."""
    wrong = WELL.replace("[profile unicorn]", "[unicorn] ; mine").replace(
        "sso_region = eu-west-1", 'sso_region = "eu-west-1"'
    )
    well_set_up(tmp_path)
    write(tmp_path / CONFIG, wrong.replace("\n", "\r\n") + "# Universit\udce4t\r\n")
    runtime = runtime_of(tmp_path)
    findings = diagnose(choose_checks(["profile-header", "quoted-value"]), "bash", is_online=False, runtime=runtime)

    assert mend(findings, runtime=runtime, notify=lambda _: None) == []
    expected = WELL.replace("[profile unicorn]", "[profile unicorn] ; mine").replace("\n", "\r\n")
    assert (tmp_path / CONFIG).read_bytes() == expected.encode() + b"# Universit\xe4t\r\n"


def test_a_check_that_fails_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in one check is told of as such, and all others are made."""

    def broken_check(_around: object) -> list[Finding]:
        raise RuntimeError("canary")

    CASES["profile-header"].set_up(tmp_path)
    monkeypatch.setattr(table, "CHECKS", ())
    found = diagnose([Check(broken_check), *CHECKS], "bash", is_online=False, runtime=runtime_of(tmp_path))

    assert "profile-header" in {finding.check for finding in found}
    assert [finding.text for finding in found if finding.check == "broken-check"] == [
        "the check broken-check failed: RuntimeError, a bug in awsenv"
    ]


@pytest.mark.parametrize(
    ("variables", "fix"),
    [
        ({"AWS_PROFILE": "nobody", "AWS_DEFAULT_PROFILE": "unicorn"}, "; or set both: awsenv use unicorn"),
        ({"AWS_PROFILE": "nobody", "AWS_DEFAULT_PROFILE": "none"}, ""),
    ],
)
def test_no_mend_names_a_profile_that_is_none(tmp_path: Path, variables: dict[str, str], fix: str) -> None:
    """Of two variables that differ, both are to be set to one that exists, or unset."""
    well_set_up(tmp_path)
    (found,) = found_by("profile-variables", runtime_of(tmp_path, variables))

    assert found.fix == f"unset AWS_DEFAULT_PROFILE{fix}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("sso_rol_name", "sso_role_name"), ("soruce_profile", "source_profile"), ("regionn", "region")],
)
def test_a_key_with_one_slip_is_found(tmp_path: Path, typed: str, meant: str) -> None:
    """One letter missing, swapped or too many; keys of other tools are further away than that."""
    well_set_up(tmp_path)
    others = "aws_account_id = 1\naws_security_token = x\ncli_pager =\nretry_mode = legacy\nregion_name = x\n"
    write(tmp_path / CONFIG, f"{WELL}[profile slip]\n{others}{typed} = eu-west-1\n")
    (found,) = found_by("mistyped-key", runtime_of(tmp_path))

    assert found.text == f'no AWS tool reads the key "{typed}" of [profile slip]; "{meant}" is one'


def test_an_unknown_check_is_refused() -> None:
    """The nearest one is in the hint."""
    with pytest.raises(UsageError) as raised:
        choose_checks(["profile-heder"])

    assert raised.value.hint == 'did you mean "profile-header"?'


def test_a_report_tells_nothing_of_anybody(tmp_path: Path) -> None:
    """No name, id, key, address or path of the files and the environment stands in the report, only their hashes."""
    canaries = [f"canary{number}" for number in range(14)]
    text = (
        f"[profile {canaries[0]}]\nsso_session = {canaries[1]}\nsso_account_id = {canaries[2]}\n{canaries[3]} = x\n"
        f"sso_role_name = {canaries[4]}\nregion = {canaries[5]}\n[{canaries[6]}]\nregion = a\n"
        f"[sso-session {canaries[7]}]\nsso_start_url = https://{canaries[8]}.awsapps.com/start\n# {canaries[9]}\n"
    )
    home = tmp_path / canaries[10]
    write(home / CONFIG, text)
    write(home / ".aws" / "credentials", f"[{canaries[11]}]\n{KEYS}")
    runtime = runtime_of(home, {"AWS_PROFILE": canaries[12], f"AWS_{canaries[13]}": "x", "USER": "erika"})
    findings = diagnose(CHECKS, "bash", is_online=False, runtime=runtime)
    report = make_report(findings, "bash", runtime)

    assert findings
    assert "canary" not in report
    for secret in ("AKIA", "wJalr", "erika", str(tmp_path)):
        assert secret not in report
    assert all(finding.check in report for finding in findings)
    assert report.isascii()


def test_thousands_of_profiles_are_looked_through(tmp_path: Path) -> None:
    """All checks of 5,000 profiles find what is wrong with one of them."""
    well_set_up(tmp_path)
    many = "".join(
        f"[profile p{number}]\nsso_session = company\nsso_account_id = {number:012}\nsso_role_name = A\n"
        "region = eu-west-1\n"
        for number in range(5_000)
    )
    write(tmp_path / CONFIG, WELL + many.replace("[profile p4321]", "[p4321]"))
    found = diagnose(CHECKS, "bash", is_online=False, runtime=runtime_of(tmp_path))

    assert [finding.check for finding in found] == ["profile-header"]


def test_the_command(household: Household) -> None:
    """It says what is wrong and ends with 3, mends after it was told to, and is silent with 0 then."""
    home = household.home
    for path in home.iterdir():
        if path.name == ".aws":
            for file in (home / ".aws" / "credentials", home / CONFIG):
                file.unlink(missing_ok=True)
    write(home / CONFIG, WELL.replace("[profile unicorn]", "[unicorn]"))
    write(home / ".bashrc", 'eval "$(awsenv init bash)"\n')
    environment = {
        name: value
        for name, value in environment_of(household).items()
        if not name.startswith("AWS") and name != "BROWSER"
    }
    words = [AWSENV, "doctor", "profile-header", "session-unused"]
    finished = run(words, environment)

    assert finished.returncode == 3
    assert finished.stdout.decode().splitlines()[0] == str(home / CONFIG)
    assert b"AWS tools pass over [unicorn]" in finished.stdout
    assert finished.stderr.startswith(b"awsenv: 1 error and 1 warning\nhint: awsenv doctor --fix mends 1 of them")
    described = json.loads(run([*words, "--json"], environment).stdout)
    assert [(each["check"], each["line"], each["mendable"]) for each in described] == [
        ("profile-header", 7, True),
        ("session-unused", 2, False),
    ]
    refused = run([*words, "--fix"], environment)
    assert refused.returncode == 2
    assert refused.stderr.endswith(b"hint: awsenv doctor --fix --yes\n")
    shown = run([*words, "--dry-run"], environment)
    assert b"+[profile unicorn]" in shown.stdout
    assert (home / CONFIG).read_text() != WELL
    mended = run([*words, "--fix", "--yes"], environment)
    assert (mended.returncode, mended.stderr.splitlines()[-1]) == (0, b"awsenv: all is well")
    assert (home / CONFIG).read_text() == WELL
    last = run(words, environment)
    assert (last.returncode, last.stdout, last.stderr) == (0, b"", b"")


def test_many_alike_are_counted(tmp_path: Path) -> None:
    """Of more than ten findings of one check in a file, ten are told and the others counted, until it is asked for."""
    write(tmp_path / CONFIG, "".join(f"[p{number}]\nregion = eu-west-1\n" for number in range(500)))
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    short = run([AWSENV, "doctor"], environment)
    whole = run([AWSENV, "doctor", "profile-header"], environment)

    assert b"  and 490 more like these: awsenv doctor profile-header\n" in short.stdout
    assert short.stdout.count(b"[profile-header]") == 10
    assert b"500 errors" in short.stderr
    assert whole.stdout.count(b"[profile-header]") == 500
    assert b"more like these" not in whole.stdout


def test_the_practice_world_is_no_finding(tmp_path: Path, practice: PracticeServer) -> None:
    """Whoever tries doctor in `awsenv demo` is not told to leave the demo: what plays AWS's part is meant to."""
    playground = prepare(tmp_path / "home", practice, {"PATH": os.environ["PATH"]})
    finished = run([AWSENV, "doctor"], playground.environment)

    assert b"[legacy-sso]" in finished.stdout
    assert b"AWS_ENDPOINT_URL" not in finished.stdout


def test_the_clock_is_compared(household: Household) -> None:
    """With --online, each Identity Center is asked for its time, without a token of anybody's."""
    finished = run([AWSENV, "doctor", "--online", "clock-skew"], environment_of(household))
    assert (finished.returncode, finished.stdout) == (0, b"")
    calls = household.practice.journal.calls("GetRoleCredentials")
    assert calls
    # Its clock has stood still for a while.
    late = make_runtime(household.home, household.environment())
    found = diagnose(choose_checks(["clock-skew"]), "bash", is_online=True, runtime=late)
    assert {finding.severity for finding in found} == {"error"}
    assert "behind AWS's" in found[0].text


def test_checks_are_listed_as_json(household: Household) -> None:
    """--list --json is the list as JSON."""
    listed = json.loads(run([AWSENV, "doctor", "--list", "--json"], environment_of(household)).stdout)

    assert [each["check"] for each in listed] == [check.name for check in CHECKS]


@pytest.mark.parametrize("options", [("--list",), ("--report",)])
def test_lists_and_reports_end_well(household: Household, options: tuple[str, ...]) -> None:
    """They are no diagnosis: their status is 0 whatever there is to find."""
    finished = run([AWSENV, "doctor", *options], environment_of(household))

    assert finished.returncode == 0
    assert finished.stderr == b""
    assert os.environ.get("HOME", "x") not in finished.stdout.decode()
