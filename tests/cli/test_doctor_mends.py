"""What `doctor --fix` must never do: end with an error, harm what was good, or show a secret."""

import json
import os
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.configloader import load_config
from botocore.exceptions import ConfigParseError
from cli.doctored import fix, found_in, runtime_of
from cli.wrong import CASES, CONFIG, CREDENTIALS, HOOK, KEYS, TEMPORARY, TOKEN, TOKEN_NAME, WELL, well_set_up, write
from stage import AWSENV, SOAK, at_most, clean_environment, run
from unit.files.fakes import NobodyThere

from awsenv.actions.checks.findings import Amend, Rename
from awsenv.actions.doctor import plan_mending
from awsenv.cli.app import group
from awsenv.cli.diff import diff_lines
from awsenv.errors import FoundWrong
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


class Somebody(NobodyThere):
    """A person who gives one answer to everything."""

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, list[str]()

    def can_ask(self) -> bool:
        """Be there."""
        return True

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Answer."""
        assert not secret
        self.asked.append(question)
        return self.answer


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


def test_no_secret_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Wherever a secret stands, and whatever is wrong with it, no output has it: findings, JSON, changes, report."""
    canary = "wJalrCanarySecretKey0123456789abcdefghij"
    well_set_up(tmp_path)
    write(
        tmp_path / CREDENTIALS,
        f"aws_secret_access_key = {canary}\n[a]\n{canary}\naws_secret_access_key = '{canary}'\n"
        f"aws_access_key_id = {canary}\n[b]\naws_secret_key = {canary}\naws_access_key = {canary}\n"
        f"aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws-session-token = {canary}\n[c]\n"
        f"aws_session_token = {canary}\naws_session_token = {canary}\naws_secret_access_key {canary}\n"
        f"[c]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE # {canary}\n[d]\naws_secret_access_key = {canary}\n",
    )
    write(tmp_path / f".aws/sso/cache/{'0' * 40}.json", f'{{"accessToken": "{canary}", "refreshToken": "{canary}')
    write(tmp_path / ".bashrc", f"{HOOK}export AWS_SECRET_ACCESS_KEY={canary} AWS_ACCESS_KEY_ID={canary}\n")
    write(tmp_path / ".config/awsenv/config.toml", f'exprt = "{canary}"\n')
    variables = dict.fromkeys(("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWSENV_SAVED"), canary)
    variables |= {"AWS_SECURITY_TOKEN": f"old{canary}", "AWS_CONTAINER_AUTHORIZATION_TOKEN": canary}
    runtime = runtime_of(tmp_path, variables)
    for options in ([], ["--json"], ["--dry-run"], ["--report"], ["--fix", "--yes"]):
        with group.make_context("awsenv", ["doctor", *options], obj=runtime) as context, suppress(FoundWrong):
            group.invoke(context)
    out, err = capfd.readouterr()

    assert len(out) > 5_000
    assert "ecret" in out
    assert canary not in out + err


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


@pytest.mark.parametrize("answer", ["n", "y", ""])
def test_nothing_changes_without_an_answer(tmp_path: Path, capfd: pytest.CaptureFixture[str], answer: str) -> None:
    """The changes are shown, then a question is put; only after a yes is anything changed."""
    well_set_up(tmp_path)
    wrong = WELL.replace("[profile unicorn]", "[unicorn]")
    write(tmp_path / CONFIG, wrong)
    somebody = Somebody(answer)
    runtime = replace(runtime_of(tmp_path), terminal=somebody)
    with group.make_context("awsenv", ["doctor", "--fix", "profile-header"], obj=runtime) as context:
        if answer == "n":
            with pytest.raises(FoundWrong):
                group.invoke(context)
        else:
            group.invoke(context)

    assert "+[profile unicorn]" in capfd.readouterr().out
    assert somebody.asked == ["awsenv: make these changes? [Y/n] "]
    assert (tmp_path / CONFIG).read_text() == (wrong if answer == "n" else WELL)


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


def test_keys_that_somebody_put_into_a_copy_stay(tmp_path: Path) -> None:
    """Long-lived keys are no leftover, whatever end stands beside them from the copy that they were written over."""
    well_set_up(tmp_path)
    copy = KEYS + "aws_session_token = t\nexpiration = 2026-07-13T12:00:00Z\n"
    write(tmp_path / CREDENTIALS, f"[unicorn]\n{copy}x_awsenv_profile = unicorn\nx_awsenv_digest = 00000000\n")

    assert [finding.check for finding in found_in(tmp_path)] == ["key-mixture"]


def test_one_file_for_both_is_not_turned_over(tmp_path: Path) -> None:
    """Where config and credentials are one file, no header is mended for the one that is right for the other."""
    well_set_up(tmp_path)
    write(tmp_path / CONFIG, f"{WELL}[k]\n{KEYS}")
    (tmp_path / CREDENTIALS).symlink_to(tmp_path / CONFIG)
    found = found_in(tmp_path)

    assert "one-file" in {each.check for each in found}
    assert not any(each.mend for each in found)
