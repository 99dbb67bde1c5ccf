"""`list` and `whoami` tell the truth without network, and nothing that a terminal would obey."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pexpect
import pyte
import pytest
from cli.real_shells import SHELLS, all_at_once, run_script
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run
from wcwidth import wcswidth

from awsenv.demo.faults import Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import PROFILES, QUOTED_NAME, expected_identity

FIELDS = [
    "name",
    "source",
    "account_id",
    "account_name",
    "role",
    "region",
    "sso_session",
    "expires_at",
    "active",
    "protected",
]
HOSTILE_NAMES = {
    "escape": "a\x1b]0;pwned\x07b\x1b[2J\x1b[?1049h\x1b[31m",
    "C1": "c\x9b31md\x9d0;pwned\x9c",
    "carriage": "innocent\x0b\x0c\x08\x7f\x0e\x0f",
    "bidi": "admin\u202enomar\u202c\u2066x\u2069",
    "invisible": "uni\u200bcorn\u2060\ufeff\u00ad\u3164",
    "bytes": "latin-\udce4\udcff",
    "wide": "\u6f22\u5b57\uff21\U0001f600",
    "combining": "e\u0301\u0301 o\u0308",
    "private": "\ue000\U000f0000",
    "tag": "x\U000e0041\U000e0001",
}


def answer_of(household: Household, *words: str, more: Mapping[str, str] | None = None) -> str:
    """Return what awsenv prints when it has nothing to complain of."""
    finished = run([AWSENV, *words], environment_of(household, more))

    assert (finished.returncode, finished.stderr) == (0, b"")
    return finished.stdout.decode()


def switched(household: Household, profile_name: str, *options: str) -> dict[str, str]:
    """Return the variables of a shell after a switch."""
    described = json.loads(answer_of(household, "use", "--json", *options, profile_name))
    variables: dict[str, str] = described["set"]
    return variables


def answer_amid_warnings(household: Household, *words: str) -> str:
    """Return what awsenv prints on stdout while it warns of a file."""
    finished = run([AWSENV, *words], environment_of(household))

    assert finished.returncode == 0
    assert all(line.startswith(b"awsenv: warning: ") for line in finished.stderr.splitlines())
    return finished.stdout.decode()


def listed(household: Household, more: Mapping[str, str] | None = None) -> dict[str, dict[str, object]]:
    """Return the rows of `list --json` by name."""
    return {row["name"]: row for row in json.loads(answer_of(household, "list", "--json", more=more))}


def append_profiles(household: Household, sections: Iterable[tuple[str, str]]) -> None:
    """Append sections to the config file, with names as they are."""
    text = "".join(f'[profile "{name}"]\n{body}\n' for name, body in sections)
    with household.config_path.open("ab") as file:
        file.write(text.encode("utf-8", "surrogateescape"))


def test_list_json_has_the_fields_of_the_contract(household: Household) -> None:
    """`list --json` is an array of objects with these very fields, one for each profile, in the order of the files."""
    rows = json.loads(answer_of(household, "list", "--json"))

    assert [list(row) for row in rows] == [FIELDS] * len(PROFILES)
    assert [row["name"] for row in rows] == [profile.name for profile in PROFILES]


def test_list_knows_account_role_and_source(household: Household) -> None:
    """Account, role, source and sso-session of each kind of profile stand in the list, as far as the files tell."""
    rows = listed(household)

    kinds = {name: row["source"] for name, row in rows.items()}
    assert kinds == {
        **dict.fromkeys(("awesome", "unicorn", "marketing", "devops", "partner", QUOTED_NAME), "sso-session"),
        **dict.fromkeys(("deploy", "audit", "build", "vendor", "mfa"), "assume-role"),
        "default": "none",
        "legacy": "sso-legacy",
        "robot": "static",
        "process": "process",
        "web": "web-identity",
    }
    for name, row in rows.items():
        if row["account_id"] is not None:
            assert row["account_id"] == (expected_identity(name) or ("",))[0]
    assert {name for name, row in rows.items() if row["account_id"] is None} == {"default", "robot", "process"}
    assert (rows["unicorn"]["role"], rows["unicorn"]["sso_session"]) == ("Developer", "company")
    assert (rows["deploy"]["role"], rows["deploy"]["sso_session"]) == ("Deploy", None)


def test_list_shows_the_time_left_of_cached_credentials(household: Household) -> None:
    """The end of the credentials at hand is listed, and nothing where there are none."""
    before = listed(household)
    switched(household, "unicorn")
    after = listed(household)

    assert {row["expires_at"] for row in before.values()} == {None}
    assert {name for name, row in after.items() if row["expires_at"]} == {"unicorn"}
    expires_at = datetime.fromisoformat(str(after["unicorn"]["expires_at"]).replace("Z", "+00:00"))
    assert timedelta(minutes=55) < expires_at - datetime.now(timezone.utc) <= timedelta(hours=1)
    line = next(line for line in answer_of(household, "list").splitlines() if "unicorn" in line.split())
    assert line.split()[-1] in {"59m", "58m", "1h00m"}


@pytest.mark.parametrize("options", [[], ["--only", "profile"], ["--only", "keys"]])
def test_list_marks_the_profile_of_this_shell(household: Household, options: list[str]) -> None:
    """Exactly the profile that the shell was switched to is marked, in the table and in JSON."""
    variables = switched(household, QUOTED_NAME, *options)

    assert [name for name, row in listed(household, variables).items() if row["active"]] == [QUOTED_NAME]
    marked = [line for line in answer_of(household, "list", more=variables).splitlines() if line.startswith("*")]
    assert [line.split("  ")[1].strip() for line in marked] == [QUOTED_NAME]
    assert "*" not in answer_of(household, "list")


def test_list_columns_are_aligned(household: Household) -> None:
    """Every column begins at the same place in every line."""
    header, *lines = answer_of(household, "list").splitlines()

    assert header.split() == ["PROFILE", "ACCOUNT", "ROLE", "REGION", "SOURCE", "LEFT"]
    for title in header.split():
        place = header.index(title)
        assert {line[place - 2 : place] for line in lines if len(line) > place} == {"  "}


def test_list_learns_account_names_once_a_company(household: Household) -> None:
    """`list --names` asks each Identity Center once, and whoever lists or switches later knows the names unasked."""
    assert "Team_Unicorn" not in answer_of(household, "list")

    assert "222233334444 Team_Unicorn" in answer_of(household, "list", "--names")

    asked = [call.caller for call in household.practice.journal.calls("ListAccounts")]
    # The legacy profile signs in to the company too, with a token of its own.
    assert sorted(map(str, asked)) == ["company", "company", "partner"]
    assert household.practice.journal.count() == len(asked)
    assert listed(household)["partner"]["account_name"] == "Partner"
    assert switched(household, "unicorn")["AWSENV_ACCOUNT_NAME"] == "Team_Unicorn"
    assert household.practice.journal.count("ListAccounts") == len(asked)


def test_list_of_names_passes_over_a_company_that_is_signed_out(household: Household) -> None:
    """Where one sign-in has ended, the names of the others are learned all the same, and it is told."""
    for path in household.token_path("company").parent.iterdir():
        path.unlink()
    furnish(household.home, household.practice, SignedIn(sso_sessions=("partner",), legacy=False))

    finished = run([AWSENV, "list", "--names"], environment_of(household))

    assert finished.returncode == 0
    assert b"555566667777 Partner" in finished.stdout
    assert b"awsenv: warning: " in finished.stderr
    assert b"company" in finished.stderr


def test_list_and_whoami_need_no_network(household: Household) -> None:
    """With the server gone, both answer all the same, and neither had asked it before."""
    variables = switched(household, "unicorn")
    environment = environment_of(household, variables)
    household.practice.journal.clear()
    household.practice.stop()

    assert b"unicorn" in run([AWSENV, "list"], environment).stdout
    finished = run([AWSENV, "whoami"], environment)

    assert finished.stderr == b""
    assert finished.stdout.decode().splitlines()[:4] == [
        "profile  unicorn",
        "account  222233334444",
        "role     Developer",
        "region   eu-west-1",
    ]
    assert household.practice.journal.count() == 0


def test_whoami_says_what_the_switch_said(household: Household) -> None:
    """`whoami --json` repeats profile, account, role, region and expiry of the switch."""
    variables = switched(household, "deploy")

    whoami = json.loads(answer_of(household, "whoami", "--json", more=variables))

    assert whoami == {
        "profile": "deploy",
        "account_id": "012345678901",
        "account_name": None,
        "role": "Deploy",
        "region": "eu-west-1",
        "export": "all",
        "expires_at": variables["AWS_CREDENTIAL_EXPIRATION"],
        "set_by": "awsenv",
    }


def test_whoami_of_a_shell_that_nobody_switched(household: Household) -> None:
    """Without a switch `whoami` tells what the variables say, and that awsenv did not set them."""
    assert answer_of(household, "whoami").startswith("no profile: ")
    assert json.loads(answer_of(household, "whoami", "--json"))["set_by"] is None
    told = answer_of(household, "whoami", more={"AWS_PROFILE": "unicorn"})
    assert told.splitlines() == ["profile  unicorn", "set by   environment"]
    assert "set by   environment" in answer_of(household, "whoami", more={"AWS_ACCESS_KEY_ID": "AKIA"})


@pytest.mark.parametrize("profile", ["unicorn", "audit", "robot", "process", "web"])
@pytest.mark.parametrize("options", [[], ["--only", "profile"], ["--only", "keys"]])
def test_whoami_verified_by_sts(household: Household, profile: str, options: list[str]) -> None:
    """`whoami --verify` names the account and ARN that STS knows for this shell."""
    variables = switched(household, profile, *options)

    whoami = json.loads(answer_of(household, "whoami", "--verify", "--json", more=variables))

    account_id, arn = expected_identity(profile) or ("", "")
    assert whoami["verified"]["account_id"] == account_id
    assert whoami["verified"]["arn"].startswith(arn.rstrip("*"))
    assert [call.caller for call in household.practice.journal.calls("GetCallerIdentity")] == [
        whoami["verified"]["arn"]
    ]


def test_whoami_tells_a_shell_in_another_account(household: Household) -> None:
    """Where STS names another account than the switch, `whoami --verify` says both and ends with 3."""
    robot = switched(household, "robot")
    keys = {name: robot[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    variables = {**switched(household, "unicorn", "--only", "profile"), **keys}

    finished = run([AWSENV, "whoami", "--verify"], environment_of(household, variables))

    assert (finished.returncode, finished.stdout) == (3, b"")
    told = finished.stderr.decode()
    assert "in account 444455556666 (arn:aws:iam::444455556666:user/robot), not in 222233334444" in told
    assert "hint: awsenv use unicorn" in told


def test_whoami_verify_fails_as_the_call_does(household: Household) -> None:
    """Keys that STS does not take end with 5, and an STS that cannot be reached with 6."""
    variables = switched(household, "unicorn")
    refused = run(
        [AWSENV, "whoami", "--verify"], environment_of(household, {**variables, "AWS_SESSION_TOKEN": "other"})
    )
    unreachable = run(
        [AWSENV, "whoami", "--verify"],
        environment_of(household, {**variables, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}),
    )

    assert (refused.returncode, unreachable.returncode) == (5, 6)
    assert b"Traceback" not in refused.stderr + unreachable.stderr


CONFLICTS = {
    'AWS_PROFILE is "a" and AWS_DEFAULT_PROFILE is "b"': {"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"},
    'awsenv switched this shell to "unicorn", but AWS_PROFILE is now "a"': {
        "AWSENV_PROFILE": "unicorn",
        "AWS_PROFILE": "a",
    },
    "AWS_REGION is set and empty": {"AWS_REGION": ""},
    "AWS_SECURITY_TOKEN is set beside AWS_SESSION_TOKEN": {"AWS_SECURITY_TOKEN": "x", "AWS_SESSION_TOKEN": "y"},
}


@pytest.mark.parametrize("problem", CONFLICTS)
def test_whoami_tells_conflicts(household: Household, problem: str) -> None:
    """What makes SDKs disagree over who this shell is, is told as a warning."""
    finished = run([AWSENV, "whoami"], environment_of(household, CONFLICTS[problem]))

    assert finished.returncode == 0
    assert f"awsenv: warning: {problem}" in finished.stderr.decode()


DRIFTS = {
    "AWS_DEFAULT_PROFILE is now": {"AWS_DEFAULT_PROFILE": "marketing"},
    "AWS_PROFILE is no longer set": {"AWS_PROFILE": None},
    "the keys in this shell are not the ones": {"AWS_ACCESS_KEY_ID": "AKIAOTHER"},
    "set since the switch": {"AWS_ROLE_ARN": "arn:aws:iam::012345678901:role/WebDeploy"},
}


@pytest.mark.parametrize("export", ["all", "profile", "keys"])
@pytest.mark.parametrize("problem", DRIFTS)
def test_whoami_tells_what_became_of_a_switch(household: Household, problem: str, export: str) -> None:
    """Whatever somebody changed after `use`, so that a tool would act as another, is told; without it nothing is."""
    only = [] if export == "all" else ["--only", export]
    switched = json.loads(answer_of(household, "use", "--json", *only, "unicorn"))["set"]
    if problem == "AWS_PROFILE is no longer set" and export == "keys":
        switched["AWS_PROFILE"], problem = "marketing", "AWS_PROFILE is now"
    changed = {name: value for name, value in (switched | DRIFTS.get(problem, {})).items() if value is not None}

    quiet = run([AWSENV, "whoami"], environment_of(household, switched if problem in DRIFTS else {}))
    told = run([AWSENV, "whoami"], environment_of(household, changed))

    assert quiet.stderr == b""
    assert problem.encode() in told.stderr


def test_whoami_verifies_what_tools_would_take(household: Household) -> None:
    """`--verify` asks STS for the identity that a tool without --profile has, not for the one that awsenv remembers."""
    switched = json.loads(answer_of(household, "use", "--json", "--only", "keys", "unicorn"))["set"]
    gone = {name: value for name, value in switched.items() if not name.startswith("AWS_") or "REGION" in name}
    web = {
        "AWS_ROLE_ARN": "arn:aws:iam::012345678901:role/WebDeploy",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(household.home / ".aws" / "practice-web-identity-token"),
    }

    lost = run([AWSENV, "whoami", "--verify"], environment_of(household, gone))
    elsewhere = run([AWSENV, "whoami", "--verify"], environment_of(household, gone | web))

    assert lost.returncode == 3
    assert elsewhere.returncode == 3
    assert b"account 012345678901" in elsewhere.stderr


@pytest.mark.parametrize("expires", ["", "soon", "-1", "9" * 40, "\u0665", "1e9", " 5", "x[$(touch pwned)]"])
def test_whoami_takes_the_environment_for_data(household: Household, expires: str) -> None:
    """An expiry that is none is no expiry, whatever stands in the variable."""
    switched = dict.fromkeys(("AWSENV_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "unicorn")
    whoami = json.loads(answer_of(household, "whoami", "--json", more=switched | {"AWSENV_EXPIRES": expires}))

    assert whoami["expires_at"] is None


def test_five_thousand_profiles(household: Household) -> None:
    """With 5,000 profiles more, `list`, `use` and `whoami` work, and the last one is found by its nearest name."""
    append_profiles(
        household,
        (
            (f"team-{number:04}", "sso_session = company\nsso_account_id = 222233334444\nsso_role_name = ReadOnly")
            for number in range(5000)
        ),
    )

    lines = answer_of(household, "list").splitlines()
    assert len(lines) == 1 + len(PROFILES) + 5000
    assert len(listed(household)) == len(PROFILES) + 5000
    variables = switched(household, "team-4999")
    assert variables["AWSENV_ACCOUNT_ID"] == "222233334444"
    assert "profile  team-4999\n" in answer_of(household, "whoami", more=variables)
    missed = run([AWSENV, "use", "--shell", "sh", "team-49999"], environment_of(household))
    assert b'did you mean "team-4999"' in missed.stderr


class WatchfulScreen(pyte.Screen):
    """A terminal that notes what it was made to do beyond printing text in colour."""

    def __init__(self) -> None:
        self.obeyed: list[str] = []
        super().__init__(400, 200)
        self.obeyed.clear()

    def set_title(self, param: str) -> None:
        """Note a title."""
        self.obeyed.append(f"title {param}")

    def set_mode(self, *modes: int, **_: object) -> None:
        """Note a mode, but for the one that makes a new line of a line feed."""
        self.obeyed += [f"mode {mode}" for mode in modes if mode != pyte.modes.LNM]
        super().set_mode(*modes)

    def erase_in_display(self, how: int = 0, *_: object, **__: object) -> None:
        """Note a wipe."""
        self.obeyed.append(f"erase {how}")

    def cursor_position(self, line: int | None = None, column: int | None = None) -> None:
        """Note a jump."""
        self.obeyed.append(f"cursor {line} {column}")
        super().cursor_position(line, column)

    def bell(self, *_: object) -> None:
        """Note a bell."""
        self.obeyed.append("bell")


@pytest.mark.parametrize("colours", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_hostile_names_move_no_terminal(household: Household, colours: Mapping[str, str]) -> None:
    """Names from the config file are shown as text: no cursor, title or mode changes, and the columns stay aligned."""
    body = "sso_session = company\nsso_account_id = 222233334444\nsso_role_name = Dev\x1b[5mx\nregion = \u202eeu"
    append_profiles(household, ((name, body) for name in HOSTILE_NAMES.values()))
    names = household.home / ".cache" / "awsenv" / "account-names.json"
    names.parent.mkdir(parents=True)
    names.write_text(json.dumps({"222233334444": "Team\x1b]0;pwned\x07\u202e\u200b \u6f22"}))
    environment = environment_of(household, {"TERM": "xterm", "COLUMNS": "400", **colours})

    terminal = pexpect.spawn(AWSENV, ["list"], env=environment, timeout=TIME_LIMIT, dimensions=(200, 400))
    terminal.expect(pexpect.EOF)
    printed = terminal.before
    terminal.close()

    screen = WatchfulScreen()
    stream = pyte.ByteStream(screen)
    stream.feed(printed)
    shown = [line.rstrip() for line in screen.display if line.strip()]
    lines = [line for line in shown if not line.startswith("awsenv: warning: ")]
    assert screen.obeyed == []
    assert screen.title == ""
    assert len(lines) == 1 + len(PROFILES) + len(HOSTILE_NAMES)
    assert (b"\x1b" in printed) == (not colours)
    rows = [line for line in lines if "sso-session" in line]
    ends = {wcswidth(line[: line.rindex("sso-session")]) for line in rows}
    assert len(ends) == 1
    text = printed.decode()
    assert [mark for mark in "\u202e\u200b\u2066\ufeff\u00ad\u3164\x9b" if mark in text] == []


def test_hostile_names_are_told_apart(household: Household) -> None:
    """A name with hidden characters never looks like another name."""
    append_profiles(household, ((name, "region = eu-west-1") for name in HOSTILE_NAMES.values()))
    append_profiles(household, [("uni\u200bcorn2", "region = eu-west-1")])

    text = answer_amid_warnings(household, "list")

    assert "uni\\u200bcorn2" in text
    assert "admin\\u202enomar\\u202c" in text
    assert "latin-\\xe4\\xff" in text
    assert "\u6f22\u5b57" in text


def test_hostile_names_survive_json(household: Household) -> None:
    """`list --json` is pure ASCII and gives every name back, odd bytes included."""
    append_profiles(household, ((name, "region = eu-west-1") for name in HOSTILE_NAMES.values()))

    text = answer_amid_warnings(household, "list", "--json")

    assert text.isascii()
    assert "\x1b" not in text
    assert set(HOSTILE_NAMES.values()) <= {row["name"] for row in json.loads(text)}


@pytest.mark.parametrize("command", ["list", "list --json", "list --names", "use --help"])
def test_a_reader_that_leaves_is_no_error(household: Household, command: str) -> None:
    """`awsenv list | head -1` is silent, in all shells."""
    append_profiles(household, ((f"team-{number}", "region = eu-west-1") for number in range(3000)))

    def read_one_line(shell: str) -> None:
        finished = run_script(shell, f"awsenv {command} | head -n 1", environment_of(household))

        assert finished.stdout.count(b"\n") <= 1
        assert finished.stderr == b"" or command.startswith("use")
        assert b"Traceback" not in finished.stderr

    all_at_once(read_one_line, SHELLS)


def test_a_full_disk_is_told(household: Household) -> None:
    """Where the output cannot be written whole, that is said, and the status is 7."""
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [AWSENV, "list"],
            env=environment_of(household),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=TIME_LIMIT,
            check=False,
        )

    assert finished.returncode == 7
    assert finished.stderr == b"awsenv: the output was not all written: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_closed_streams_are_no_error(household: Household, closed: str) -> None:
    """It works, and fails as documented, for a caller that has closed stdin or stderr."""
    script = f"awsenv whoami {closed}; awsenv use --shell sh weather {closed}; echo $?"

    finished = run(["sh", "-c", script], environment_of(household))

    lines = finished.stdout.decode().splitlines()
    assert lines[0].startswith("no profile")
    assert lines[1:] == ["(\\exit 3);", "3"]
    assert b"Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_only_where_it_is_wanted(household: Household, variables: Mapping[str, str], *, coloured: bool) -> None:
    """Colour goes to a terminal that takes it, never to a pipe, and NO_COLOR turns it off."""
    environment = environment_of(household, {"TERM": "xterm", **variables})
    terminal = pexpect.spawn(AWSENV, ["list"], env=environment, timeout=TIME_LIMIT, dimensions=(60, 200))
    terminal.expect(pexpect.EOF)
    on_terminal = b"\x1b" in terminal.before
    terminal.close()

    assert on_terminal == coloured
    assert b"\x1b" not in run([AWSENV, "list"], environment).stdout


FAILING = (
    ["use", "--shell", "bash", "weather"],
    ["use", "--shell", "bash", "unicorn"],
    ["exec", "unicorn", "--", "true"],
    ["list", "--names"],
    ["whoami", "--verify"],
)


@pytest.mark.parametrize("fault", [401, 403, 500, "html", "wrong-types", "truncated"])
def test_no_secret_in_any_word(household: Household, fault: int | Kind) -> None:
    """Neither lists nor failures nor their tracebacks tell a secret."""
    variables = switched(household, "deploy", "--only", "keys")
    for operation in ("GetRoleCredentials", "ListAccounts", "GetCallerIdentity"):
        household.practice.faults.set(operation, fault)
    environment = environment_of(household, {**variables, "AWSENV_DEBUG": "1"})
    for path in (household.home / ".aws" / "cli" / "cache").iterdir():
        path.unlink()

    def words_of_run(words: list[str]) -> str:
        finished = run([AWSENV, *words], environment)
        return finished.stderr.decode() + finished.stdout.decode()

    told = all_at_once(words_of_run, [*FAILING, ["list"], ["list", "--json"], ["whoami"], ["whoami", "--json"]])

    secrets = household.practice.secrets() | {variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]}
    assert [secret for secret in secrets if any(secret in text for text in told)] == []
    assert all("Traceback" in text for text in told[:3])


def test_debug_keeps_the_status_statement(household: Household) -> None:
    """AWSENV_DEBUG=1 adds where an error comes from, and changes neither stdout nor the exit code."""
    plain = run([AWSENV, "use", "--shell", "fish", "weather"], environment_of(household))
    debugged = run([AWSENV, "use", "--shell", "fish", "weather"], environment_of(household, {"AWSENV_DEBUG": "1"}))

    assert (debugged.stdout, debugged.returncode) == (plain.stdout, 3)
    assert debugged.stderr.startswith(b"Traceback (most recent call last):\n")
    assert debugged.stderr.endswith(plain.stderr)
