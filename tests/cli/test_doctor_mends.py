"""What `doctor --fix` must never do: end with an error, harm what was good, or show a secret."""

import json
import os
import random
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.configloader import load_config
from botocore.exceptions import ConfigParseError
from cli.wrong import CASES, CONFIG, CREDENTIALS, HOOK, KEYS, TEMPORARY, TOKEN, TOKEN_NAME, WELL, well_set_up, write
from stage import AWSENV, SOAK, at_most, clean_environment, run
from unit.files.fakes import NOW, make_runtime

import awsenv
from awsenv.actions.checks.findings import Amend, Finding, Rename
from awsenv.actions.checks.programs import no_programs, no_skews
from awsenv.actions.checks.surroundings import collect
from awsenv.actions.checks.table import CHECKS
from awsenv.actions.doctor import choose_checks, diagnose, mend, plan_mending
from awsenv.cli.diff import diff_lines
from awsenv.environ import Destination, switch
from awsenv.model import Credentials
from awsenv.runtime import Runtime
from awsenv.values import replace

FILES = 5_000 if SOAK else 80
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ODD_LINES = (
    *("[profile a b]\n", "[profile x]\n", "[default]\n", "[DEFAULT]\n", "[Profile y]\n", "[sso_session c]\n", "[x]]\n"),
    *("[ x ]\n", '[profile "x]\n', "[profile x']\n", "[profile]\n", "[profilex]\n", "[services]\n", "[]\n", "[\n"),
    *("region = eu_west_1 # no\n", "region\n", "  indented = 1\n", "s3 =\n  a = b\n", "region =\n", "= x\n", "\ufeff"),
    *("\0", "\r\n", "\udce4\n", "sso-session = c\n", "sso_account_id = 1234-5678-9012\n", "aws_session_token = t\n"),
    *("expiration = 2001-01-01T00:00:00Z\n", "role_arn = arn:aws:iam::123456789012:role/x\n", 'source_profile = "x"\n'),
    *("sso_start_url = http://x/start/#/\n", "# awsenv 00000000 wrote region; without\n", "region = a\n  b\n"),
)


def runtime_of(home: Path, variables: Mapping[str, str] | None = None) -> Runtime:
    """Return a runtime in a home, without any program on the PATH."""
    return make_runtime(home, {"PATH": str(home), "HOME": str(home), **(variables or {})})


def found_in(home: Path, variables: Mapping[str, str] | None = None) -> list[Finding]:
    """Return what all checks find."""
    return diagnose(CHECKS, "bash", is_online=False, runtime=runtime_of(home, variables))


def fix(home: Path, findings: list[Finding]) -> None:
    """Mend what was found, which must not fail."""
    assert mend(findings, runtime=runtime_of(home), notify=lambda _: None) == []


def profiles_in(home: Path) -> dict[str, object] | None:
    """Return what botocore reads, or None where it refuses the file."""
    try:
        profiles: dict[str, object] = load_config(str(home / CONFIG))["profiles"]
    except (ConfigParseError, UnicodeDecodeError):
        return None
    return profiles


def jumbled(dice: random.Random) -> bytes:
    """Return a shared file of lines that are right, wrong and odd."""
    texts = [text for case in CASES.values() for text in case.files.values() if isinstance(text, str)]
    lines = [line for text in (*texts, KEYS) for line in text.splitlines(keepends=True)]
    text = "".join(dice.choice((dice.choice(lines), dice.choice(ODD_LINES))) for _ in range(dice.randrange(25)))
    encoding = "utf-16" if dice.random() < 0.05 else "utf-8"
    return text.encode(encoding, "replace" if encoding == "utf-16" else "surrogateescape")


@pytest.mark.parametrize("part", range(4))
def test_whatever_stands_there_is_mended_or_left(tmp_path: Path, part: int) -> None:
    """Of any file no check fails, what can be mended is, for good, and what botocore could read it still can."""
    dice = random.Random(part)  # noqa: S311 - to be repeated
    for number in range(FILES // 4):
        home = tmp_path / str(number)
        for name in (CONFIG, CREDENTIALS):
            write(home / name, jumbled(dice))
        before, changed = profiles_in(home), set[str]()
        found = found_in(home)
        for _ in range(6):
            assert [each for each in found if "failed" in each.text] == []
            if not any(each.mend for each in found):
                break
            plan_mending(found, runtime_of(home))
            changed |= {each.mend.section_id.name for each in found if isinstance(each.mend, Amend | Rename)}
            fix(home, found)
            found = found_in(home)
        after = profiles_in(home)

        assert [each for each in found if each.mend] == [], (home / CONFIG).read_bytes()
        for name, values in (before or {}).items():
            assert after is not None
            assert name in changed or after[name] == values


def test_one_run_mends_what_comes_to_light(tmp_path: Path) -> None:
    """A section is read once its header is right: what is wrong in it is mended in the same run."""
    well_set_up(tmp_path)
    write(tmp_path / CONFIG, WELL.replace("[profile unicorn]", "[unicorn]").replace("= Admin", '= "Admin"'))
    environment = clean_environment({"HOME": str(tmp_path), "PATH": "/nowhere", "CI": "1"})
    finished = run([AWSENV, "doctor", "--fix", "--yes"], environment)

    assert finished.returncode == 0, finished.stdout
    assert (tmp_path / CONFIG).read_text() == WELL


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    """With --json and --fix the changes are told on stderr, and stdout holds what was found."""
    well_set_up(tmp_path)
    write(tmp_path / CONFIG, WELL.replace("[profile unicorn]", "[unicorn]"))
    environment = clean_environment({"HOME": str(tmp_path), "PATH": "/nowhere", "CI": "1"})
    finished = run([AWSENV, "doctor", "--fix", "--yes", "--json", "profile-header"], environment)

    assert [each["check"] for each in json.loads(finished.stdout)] == ["profile-header"]
    assert b"+[profile unicorn]" in finished.stderr
    assert finished.returncode == 0


def test_a_sign_in_of_meanwhile_is_not_removed(tmp_path: Path) -> None:
    """A token file that was broken when it was looked at, and is good when the answer comes, stays."""
    well_set_up(tmp_path)
    path = tmp_path / f".aws/sso/cache/{TOKEN_NAME}.json"
    write(path, "{")
    found = [each for each in found_in(tmp_path) if each.check == "broken-cache"]
    assert len(found) == 1
    write(path, json.dumps(TOKEN))
    fix(tmp_path, found)

    assert json.loads(path.read_text()) == TOKEN


def test_caches_of_others_are_left(tmp_path: Path) -> None:
    """A linked token is a token, and what other tools keep in the folder, under names of their own, is no rubbish."""
    well_set_up(tmp_path)
    write(tmp_path / "dotfiles/token", json.dumps(TOKEN))
    folder = tmp_path / ".aws/sso/cache"
    folder.mkdir(mode=0o700, parents=True)
    (folder / f"{TOKEN_NAME}.json").symlink_to(tmp_path / "dotfiles/token")
    write(folder / "editor-state.json", "[1]")
    write(folder / "notes.json", "")

    assert found_in(tmp_path) == []


def test_no_secret_is_shown_in_any_encoding(tmp_path: Path) -> None:
    """The change of a file in UTF-16, or in Latin-1, shows no secret, as that of any other."""
    for encoding in ("utf-16", "latin-1"):
        home = tmp_path / encoding
        well_set_up(home)
        write(home / CREDENTIALS, f"# é\n[k]\n{KEYS}[k]\n{TEMPORARY}".encode(encoding))
        plan = plan_mending(found_in(home), runtime_of(home))
        lines = [line for path, edits in plan.edits for line in diff_lines(path, edits)]

        assert any(line.startswith("+") for line in lines)
        assert SECRET not in re.sub(r"\\x00|\0", "", "".join(lines))
        assert "t0k3n" not in re.sub(r"\\x00|\0", "", "".join(lines))


def test_signs_in_names_and_paths_are_no_comments(tmp_path: Path) -> None:
    """What people call accounts and profiles, and what commands and paths hold, is not cut off at a # or a quote."""
    well_set_up(tmp_path)
    config = WELL + 'sso_account_name = Team #1\n[profile "a #b"]\nregion = eu-west-1\n'
    write(tmp_path / CONFIG, f"{config}[profile c]\nsource_profile = a #b\nca_bundle = /x #y\n")

    assert found_in(tmp_path) == []


def test_a_thousand_amends_take_no_longer_than_one_each(tmp_path: Path) -> None:
    """Thousands of sections are mended within seconds."""
    number = 5_000 if SOAK else 1_000
    sections = [f'[profile p{each}]\nregion = "eu-west-1"\noutput = "json"\n' for each in range(number)]
    well_set_up(tmp_path)
    write(tmp_path / CONFIG, WELL + "".join(sections))
    found = found_in(tmp_path)
    assert len(found) == 2 * number
    start = os.times().user
    fix(tmp_path, found)

    assert os.times().user - start < at_most(5)
    assert (tmp_path / CONFIG).read_text() == WELL + "".join(sections).replace('"', "")


def test_root_leaves_files_to_whom_the_home_belongs(tmp_path: Path) -> None:
    """Under sudo in somebody's home, it is root's files there that are wrong, and not that person's."""
    if os.geteuid() != 0:
        pytest.skip("only root can be root")
    well_set_up(tmp_path)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 12345, 12345)
    assert found_in(tmp_path) == []
    os.chown(tmp_path / CONFIG, 0, 0)
    (finding,) = found_in(tmp_path)

    assert finding.check == "foreign-owner"
    assert finding.fix == f"sudo chown 12345 {tmp_path / CONFIG}"


def test_a_copy_that_is_over_goes_as_a_whole(tmp_path: Path) -> None:
    """Of a copy that `sync` has made nothing is left, whichever way its end is written; what people added stays."""
    for number, end in enumerate(("expiration = 2026-07-13T12:00:00Z", "expiration = 1783944000000")):
        home = tmp_path / str(number)
        well_set_up(home)
        copy = f"[unicorn]\n{TEMPORARY}{end}\nx_awsenv_profile = unicorn\nx_awsenv_sign_in = company\n"
        write(home / CREDENTIALS, f"[k]\n{KEYS}region = eu-west-1\n\n{copy}")
        (finding,) = found_in(home)
        assert finding.check == "expired-leftover"
        assert finding.fix.startswith("awsenv sync")
        fix(home, [finding])

        assert (home / CREDENTIALS).read_text() == f"[k]\n{KEYS}region = eu-west-1\n"


def test_a_switched_shell_is_well(tmp_path: Path) -> None:
    """What `use` sets is no conflict, with the keys or without them."""
    well_set_up(tmp_path)
    keys = Credentials("ASIAIOSFODNN7EXAMPLE", "s", "t", NOW.replace(hour=18), "123456789012")
    for export in ("all", "profile", "keys"):
        change = switch({}, Destination("unicorn", region="eu-west-1", credentials=keys), export)

        assert found_in(tmp_path, change.apply({}) | {"AWSENV_SEGMENT": ""}) == []


def test_who_is_called_by_the_hook_has_one(tmp_path: Path) -> None:
    """Right after `use`, before the next prompt, nothing but the way in which it is called tells of the hook."""
    well_set_up(tmp_path)
    environment = clean_environment({"HOME": str(tmp_path), "AWSENV_PROFILE": "unicorn"})
    stub = Path(awsenv.__file__).with_name("__main__.py")
    for program, status in ((AWSENV, 3), (f"{sys.executable} -I {stub}", 0)):
        finished = run(["bash", "-c", f"{program} doctor hook-missing; exit"], environment)

        assert finished.returncode == status, finished.stderr


def test_one_file_for_both_is_not_turned_over(tmp_path: Path) -> None:
    """Where config and credentials are one file, no header is mended for the one that is right for the other."""
    well_set_up(tmp_path)
    write(tmp_path / CONFIG, f"{WELL}[k]\n{KEYS}")
    (tmp_path / CREDENTIALS).symlink_to(tmp_path / CONFIG)
    found = found_in(tmp_path)

    assert "one-file" in {each.check for each in found}
    assert not any(each.mend for each in found)


def test_another_home_is_told_of(tmp_path: Path) -> None:
    """Where HOME leads to no shared files and the user's own home has some, that is told, and else not."""
    around = collect(runtime_of(tmp_path), shell=None, is_hooked=True, programs=no_programs, skews=no_skews)
    (check,) = choose_checks(["other-home"])
    (found,) = check.find(replace(around, other_home="/home/erika"))
    well_set_up(tmp_path)
    later = collect(runtime_of(tmp_path), shell=None, is_hooked=True, programs=no_programs, skews=no_skews)

    assert found.fix == "export HOME=/home/erika"
    assert list(check.find(replace(later, other_home="/home/erika"))) == []


def test_the_hook_as_setup_writes_it_is_well(tmp_path: Path) -> None:
    """However the hook's line is written, as long as it works: by setup, by hand, from a file, for a login shell."""
    lines = (
        'if command -v awsenv >/dev/null 2>&1; then eval "$(awsenv init bash)"; fi # awsenv',
        "source <(awsenv init bash --no-prompt)",
        '[[ $- == *i* ]] && eval "$(command awsenv init bash)"',
        ". /opt/awsenv/shell/awsenv.bash",
    )
    for number, line in enumerate(lines):
        home = tmp_path / str(number)
        well_set_up(home)
        write(home / ".bashrc", "for f in ~/.bashrc.d/*; do . $f; done\n. ~/.bash/aws\n")
        write(home / ".bash/aws", f"{line}\n")
        write(home / ".bash_profile", "if [ -f ~/.bashrc ]; then . ~/.bashrc; fi\n")

        assert found_in(home) == []
    write(tmp_path / "0/.bash_profile", f". ~/.bashrc\n{HOOK}")
    assert [each.check for each in found_in(tmp_path / "0")] == ["hook-twice"]
