"""`off` always gets out, and what `use` chooses follows the options, then the settings, then the profile."""

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from threading import Barrier

import pexpect
import pytest
from cli.real_shells import SHELLS, all_at_once, command_of, dialect_of, run_script, status_of, variables_in
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import QUOTED_NAME
from awsenv.environ import KEY_VARIABLES, OWNED_VARIABLES, PROFILE_VARIABLES
from awsenv.runtime import moment_text
from awsenv.shells.quoting import quote

PRIOR = {
    "AWS_PROFILE": "mine",
    "AWS_DEFAULT_PROFILE": "",
    "AWS_REGION": "two\nlines",
    "AWS_ACCESS_KEY_ID": "AKIA'OLD\\",
    "AWS_SESSION_TOKEN": "byte\udcff",
    "AWS_ROLE_ARN": "\u6f22",
}


def write_settings(household: Household, text: str) -> None:
    """Write the settings file."""
    path = household.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def use(household: Household, *words: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables that `use` sets, and demand that it complains of nothing."""
    finished = run([AWSENV, "use", "--json", *words], environment_of(household, more))

    assert (finished.returncode, finished.stderr) == (0, b"")
    variables: dict[str, str] = json.loads(finished.stdout)["set"]
    return variables


def break_everything(household: Household) -> None:
    """Stop the server, and make a folder of the config file and nonsense of the settings."""
    household.practice.stop()
    household.config_path.unlink()
    household.config_path.mkdir()
    household.credentials_path.unlink()
    write_settings(household, "= nonsense [")


@pytest.mark.parametrize("broken", [False, True])
def test_off_restores_to_the_byte(household: Household, *, broken: bool) -> None:
    """`use a; use b; use -; off` leaves every variable as it was, also offline and with broken files."""
    environment = environment_of(household, PRIOR)
    # The shells meet before `off`, so that what is broken then is broken for all.
    meeting = Barrier(3, action=lambda: break_everything(household) if broken else None)

    def go_round(shell: str) -> None:
        folder = household.home / shell
        folder.mkdir()
        os.mkfifo(folder / "go")
        quoted = quote(QUOTED_NAME, dialect_of(shell))
        script = (
            "env -0 >before\n"
            f'eval "$(awsenv use unicorn)"; eval "$(awsenv use {quoted})"; eval "$(awsenv use -)"\n'
            'echo "$AWS_PROFILE"; echo "$AWSENV_PREVIOUS"\n'
            "cat go\n"
            f'eval "$(awsenv off)"; echo {status_of(shell)}\n'
            "env -0 >after\n"
        )
        with subprocess.Popen(
            command_of(shell, script),
            env=environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            with (folder / "go").open("w"):
                meeting.wait(TIME_LIMIT)
            stdout, stderr = process.communicate(timeout=TIME_LIMIT)

        assert (stderr, stdout.splitlines()) == ("", ["unicorn", QUOTED_NAME, "0"])
        before, after = (variables_in((folder / name).read_bytes()) for name in ("before", "after"))
        assert after == before
        assert before[b"AWS_SESSION_TOKEN"] == b"byte\xff"

    all_at_once(go_round, SHELLS)


def test_off_without_a_switch_changes_nothing(household: Household) -> None:
    """`off` in a shell that was never switched leaves its variables alone, twice over."""

    def leave(shell: str) -> None:
        folder = household.home / shell
        folder.mkdir()
        script = f'env -0 >before; eval "$(awsenv off)"; eval "$(awsenv off)"; echo {status_of(shell)}; env -0 >after'

        finished = run_script(shell, script, environment_of(household, PRIOR), cwd=folder)

        assert (finished.stdout, finished.stderr) == (b"0\n", b"")
        before, after = (variables_in((folder / name).read_bytes()) for name in ("before", "after"))
        assert after == before

    all_at_once(leave, SHELLS)


@pytest.mark.parametrize(
    "saved", ["", "{", "null", "[]", '"x"', "[" * 100_000, "\udcff", '{"AWS_PROFILE":7,"PATH":"/evil"}']
)
def test_off_with_damaged_memory_clears(household: Household, saved: str) -> None:
    """Where AWSENV_SAVED is damaged, `off` clears the AWS variables, says so, and sets nothing it does not own."""
    more = {"AWSENV_SAVED": saved, "AWSENV_PROFILE": "unicorn", "AWS_PROFILE": "unicorn", "AWS_SECRET_ACCESS_KEY": "x"}

    finished = run([AWSENV, "off", "--json"], environment_of(household, more))

    change = json.loads(finished.stdout)
    assert finished.returncode == 0
    assert change["set"] == {}
    assert sorted(change["unset"]) == sorted(OWNED_VARIABLES)
    assert (b"AWSENV_SAVED is damaged" in finished.stderr) == (not saved.startswith('{"'))


@pytest.mark.parametrize("words", [["use", "unicorn"], ["off"]])
def test_statements_never_go_to_a_terminal(household: Household, words: list[str]) -> None:
    """On a terminal `use` and `off` print no statement, since it would hold keys, but what to type instead."""
    environment = environment_of(household, {"AWSENV_SAVED": '{"AWS_SECRET_ACCESS_KEY":"canary"}'})

    terminal = pexpect.spawn(AWSENV, words, env=environment, timeout=TIME_LIMIT, dimensions=(50, 300))
    terminal.expect(pexpect.EOF)
    printed = terminal.before.decode()
    terminal.close()

    assert terminal.exitstatus == 2
    assert f'hint: eval "$(awsenv {" ".join(words)})"' in printed
    assert "export" not in printed
    assert "canary" not in printed
    assert household.practice.journal.count() == 0


def test_words_too_many_for_off(household: Household) -> None:
    """Words too many are a usage error that changes nothing."""
    finished = run([AWSENV, "off", "--shell", "bash", "unicorn"], environment_of(household))

    assert (finished.returncode, finished.stdout) == (2, b"(\\builtin exit 2);\n")


def test_aliases_of_the_settings(household: Household) -> None:
    """An alias switches to its profile; a profile of the same name comes first, and a near miss names the alias."""
    write_settings(household, 'aliases = { uni = "unicorn", devops = "unicorn", gone = "nosuch" }\n')

    assert use(household, "uni")["AWSENV_PROFILE"] == "unicorn"
    assert use(household, "devops")["AWSENV_ACCOUNT_ID"] == "444455556666"
    missed = run([AWSENV, "use", "--shell", "sh", "gone"], environment_of(household))
    assert missed.returncode == 3
    assert b'the alias "gone" leads to "nosuch"' in missed.stderr


@pytest.mark.parametrize("setting", ["all", "keys", "profile"])
@pytest.mark.parametrize("only", [None, "keys", "profile"])
def test_export_of_the_settings_and_only(household: Household, setting: str, only: str | None) -> None:
    """The setting `export` chooses what is set; `--only` overrules it."""
    write_settings(household, f'export = "{setting}"\n')

    variables = use(household, *(["--only", only] if only else []), "unicorn")

    chosen = only or setting
    assert variables["AWSENV_EXPORT"] == chosen
    assert [name in variables for name in PROFILE_VARIABLES] == [chosen != "keys"] * 2
    assert [name in variables for name in KEY_VARIABLES] == [chosen != "profile"] * 4


def test_region_by_option_profile_or_before(household: Household) -> None:
    """`--region` comes before the profile's region; a profile without one gives back the region before the first."""
    with household.config_path.open("a") as file:
        file.write("[profile bare]\naws_access_key_id = a\naws_secret_access_key = b\n")
    before = {"AWS_REGION": "sa-east-1"}

    first = use(household, "devops", more=before)
    second = use(household, "bare", more=first)
    third = use(household, "bare", "--region", "ap-south-1", more=second)
    nowhere = use(household, "bare")

    def regions(variables: Mapping[str, str]) -> tuple[str | None, str | None]:
        return variables.get("AWS_REGION"), variables.get("AWS_DEFAULT_REGION")

    assert regions(first) == ("eu-central-1", "eu-central-1")
    assert regions(second) == ("sa-east-1", None)
    assert regions(third) == ("ap-south-1", "ap-south-1")
    assert regions(nowhere) == (None, None)


def test_min_ttl_fetches_what_would_end_too_soon(household: Household) -> None:
    """A cached entry with less than `--min-ttl` left is fetched again; with enough left it is used."""
    use(household, "unicorn")

    def fetches_with(left: timedelta, *words: str) -> int:
        (entry,) = (household.home / ".aws" / "cli" / "cache").iterdir()
        fields = json.loads(entry.read_text())
        fields["Credentials"]["Expiration"] = moment_text(datetime.now(timezone.utc) + left)
        entry.write_text(json.dumps(fields))
        household.practice.journal.clear()
        use(household, *words, "unicorn")
        return household.practice.journal.count("GetRoleCredentials")

    twenty = timedelta(minutes=20)
    assert fetches_with(twenty) == 0
    assert fetches_with(twenty, "--min-ttl", "18m") == 0
    assert fetches_with(twenty, "--min-ttl", "30m") == 1
    assert fetches_with(timedelta(minutes=10)) == 1
    assert fetches_with(timedelta(minutes=10), "--min-ttl", "300") == 0


def test_min_ttl_beyond_what_aws_gives_is_told(household: Household) -> None:
    """Where AWS itself gives less than `--min-ttl`, the switch is made and the end is told."""
    finished = run([AWSENV, "use", "--json", "--min-ttl", "5h", "unicorn"], environment_of(household))

    assert finished.returncode == 0
    assert b'awsenv: warning: the credentials of "unicorn" end in' in finished.stderr


def test_a_warm_switch_needs_no_sign_in(household: Household) -> None:
    """While cached credentials are good, `use` works with the sign-in gone and the server stopped."""
    environment = environment_of(household)
    first = use(household, "unicorn")
    for path in household.token_path("company").parent.iterdir():
        path.unlink()
    furnish(household.home, household.practice, SignedIn(sso_sessions=(), legacy=False, access_lifetime=timedelta()))
    household.practice.stop()

    finished = run([AWSENV, "use", "--json", "unicorn"], environment)

    assert json.loads(finished.stdout)["set"]["AWS_ACCESS_KEY_ID"] == first["AWS_ACCESS_KEY_ID"]
