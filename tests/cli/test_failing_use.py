"""Every way in which `use` can fail changes nothing, makes `eval` fail as documented, and says why and what to type."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pexpect
import pytest
from cli.real_shells import (
    SHELLS,
    STRICT_SHELLS,
    all_at_once,
    command_of,
    dialect_of,
    find_awsenv_below,
    has_connection,
    run_script,
    status_of,
    variables_in,
    wait_until,
)
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.faults import Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.shells.quoting import quote
from awsenv.shells.rendering import render_status

Arrangement = Callable[[Household], Mapping[str, str]]

# What a shell may well hold before; it must be there afterwards to the byte.
PRIOR = {
    "AWS_PROFILE": "",
    "AWS_DEFAULT_PROFILE": 'it\'s a "default"',
    "AWS_ACCESS_KEY_ID": "AKIAOLD",
    "AWS_SESSION_TOKEN": "two\nlines",
    "AWS_ROLE_SESSION_NAME": "byte\udcff",
    "AWSENV_ROLE": "\u00e4\u6f22",
}


def signed_in(state: SignedIn) -> Arrangement:
    """Arrange for a state of the sign-ins."""

    def arrange(household: Household) -> Mapping[str, str]:
        for path in household.token_path("company").parent.iterdir():
            path.unlink()
        furnish(household.home, household.practice, state)
        return {}

    return arrange


def appended(text: str) -> Arrangement:
    """Arrange for more lines in the config file."""

    def arrange(household: Household) -> Mapping[str, str]:
        with household.config_path.open("a", encoding="utf-8") as file:
            file.write(text)
        return {}

    return arrange


def config_is(content: bytes | None) -> Arrangement:
    """Arrange for a config file of this content; None makes it a folder."""

    def arrange(household: Household) -> Mapping[str, str]:
        household.config_path.unlink()
        if content is None:
            household.config_path.mkdir()
        else:
            household.config_path.write_bytes(content)
        return {}

    return arrange


def config_is_missing(household: Household) -> Mapping[str, str]:
    """Arrange for no config file."""
    household.config_path.unlink()
    return {}


def config_links_to_itself(household: Household) -> Mapping[str, str]:
    """Arrange for a config file that not even root can open."""
    household.config_path.unlink()
    household.config_path.symlink_to(household.config_path)
    return {}


def config_is_a_pipe(household: Household) -> Mapping[str, str]:
    """Arrange for a config file whose opening would wait for ever."""
    household.config_path.unlink()
    os.mkfifo(household.config_path)
    return {}


def settings_are(text: str) -> Arrangement:
    """Arrange for a settings file."""

    def arrange(household: Household) -> Mapping[str, str]:
        path = household.home / ".config" / "awsenv" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return {}

    return arrange


def fault(operation: str, kind: Kind | int) -> Arrangement:
    """Arrange for a practice server that goes wrong."""

    def arrange(household: Household) -> Mapping[str, str]:
        household.practice.faults.set(operation, kind)
        return {}

    return arrange


def environment(**variables: str) -> Arrangement:
    """Arrange for variables."""
    return lambda _: variables


def no_token_file(household: Household) -> Mapping[str, str]:
    """Arrange for a web identity without its token."""
    (household.home / ".aws" / "practice-web-identity-token").unlink()
    return {}


@dataclass(frozen=True)
class Failure:
    """What is typed after `awsenv use`, and what must come of it; `problem` and `hint` are regular expressions.

    `hint` is None where there is no command to type, since the reason names the line to mend.
    """

    words: Sequence[str]
    status: int
    problem: str
    hint: str | None = ".+"
    arrange: Arrangement = field(default=lambda _: {})


LOGIN = r"awsenv login --sso-session company"
GONE = SignedIn(sso_sessions=("partner",), legacy=False)
EXPIRED = SignedIn(access_lifetime=timedelta(hours=-1), has_refresh_token=False)
WITHDRAWN = SignedIn(access_lifetime=timedelta(hours=-1))
ROLE = "arn:aws:iam::012345678901:role"

FAILURES = {
    "unknown profile": Failure(["weather"], 3, r'profile "weather" not found in /.*/\.aws/config', "awsenv list"),
    "near-miss name": Failure(["unicron"], 3, 'profile "unicron" not found', 'did you mean "unicorn"'),
    "no name": Failure([], 2, r"which profile\?", "awsenv list"),
    "empty name": Failure([""], 3, 'profile "" not found', "awsenv list"),
    "two names": Failure(["unicorn", "devops"], 2, r"unexpected extra argument \(devops\)", "awsenv use --help"),
    "no profile before": Failure(["-"], 3, "no previous profile in this shell", "awsenv list"),
    "token expired": Failure(["unicorn"], 4, "expired", LOGIN, signed_in(EXPIRED)),
    "token expired, renewal refused": Failure(
        ["unicorn"],
        4,
        "expired|withdrawn|refused|renewed",
        LOGIN,
        lambda household: {**signed_in(WITHDRAWN)(household), **fault("CreateToken", 400)(household)},
    ),
    "token missing": Failure(["unicorn"], 4, "company", LOGIN, signed_in(GONE)),
    "token missing, legacy": Failure(["legacy"], 4, ".", "awsenv login legacy", signed_in(GONE)),
    "token missing, in a chain": Failure(["audit"], 4, "company", LOGIN, signed_in(GONE)),
    "token withdrawn": Failure(["unicorn"], 4, ".", LOGIN, fault("GetRoleCredentials", 401)),
    "config is a folder": Failure(["unicorn"], 3, r"\.aws/config is a directory", None, config_is(None)),
    "config unreadable": Failure(["unicorn"], 7, r"\.aws/config", arrange=config_links_to_itself),
    "config is a pipe": Failure(["unicorn"], 3, r"\.aws/config is a device, pipe or socket", None, config_is_a_pipe),
    "config hostile": Failure(
        ["unicorn"],
        3,
        'profile "unicorn" not found',
        arrange=config_is(b"\x1b]0;pwned\x07\xff\x00[profile unicorn\n[[[" * 99),
    ),
    "config missing": Failure(["unicorn"], 3, "not found", arrange=config_is_missing),
    "settings no TOML": Failure(["unicorn"], 3, r"awsenv/config\.toml:2: ", None, settings_are("\nexport = \n")),
    "settings with an unknown key": Failure(
        ["unicorn"], 3, 'unknown key "exprot"', 'did you mean "export"', settings_are('exprot = "all"\n')
    ),
    "settings with a wrong value": Failure(
        ["unicorn"], 3, '"export" must be one of', None, settings_are("export = 7\n")
    ),
    "sso-session not in the config": Failure(
        ["odd"],
        3,
        'sso-session "nosuch"|"nosuch"',
        arrange=appended(
            "[profile odd]\nsso_session = nosuch\nsso_account_id = 111122223333\nsso_role_name = Developer\n"
        ),
    ),
    "profile without a source": Failure(["default"], 3, 'profile "default"', "look at /"),
    "source profile missing": Failure(
        ["odd"], 3, '"nosuch"', arrange=appended(f"[profile odd]\nrole_arn = {ROLE}/Deploy\nsource_profile = nosuch\n")
    ),
    "loop of roles": Failure(
        ["odd"],
        3,
        "loop: odd → even → odd",
        arrange=appended(
            f"[profile odd]\nrole_arn = {ROLE}/A\nsource_profile = even\n"
            f"[profile even]\nrole_arn = {ROLE}/B\nsource_profile = odd\n"
        ),
    ),
    "region with a control character": Failure(
        ["odd"],
        3,
        "region.*control character",
        arrange=appended("[profile odd]\nregion = eu\x1b[2J\naws_access_key_id = a\naws_secret_access_key = b\n"),
    ),
    "name with a control character": Failure(
        ["a\x1b]0;b\x07c"],
        3,
        r"control character|not found",
        arrange=appended('[profile "a\x1b]0;b\x07c"]\naws_access_key_id = a\naws_secret_access_key = b\n'),
    ),
    "unknown name with control characters": Failure(["\x1b[2J\r\nx\u202e"], 3, r"\\x1b\[2J\\x0d\\x0ax\\u202e"),
    "name that is no text": Failure(["\udcff"], 3, r"\\xff", "awsenv list"),
    "AWS refuses the role": Failure(
        ["unicorn"], 5, "Developer|GetRoleCredentials", arrange=fault("GetRoleCredentials", 403)
    ),
    "AWS refuses to assume": Failure(["build"], 5, "Build|AssumeRole", arrange=fault("AssumeRole", 403)),
    "AWS fails": Failure(["unicorn"], 6, "GetRoleCredentials", arrange=fault("GetRoleCredentials", 500)),
    "AWS throttles": Failure(["unicorn"], 6, "GetRoleCredentials", arrange=fault("GetRoleCredentials", 429)),
    "AWS does not answer": Failure(
        ["unicorn"], 6, "GetRoleCredentials", arrange=fault("GetRoleCredentials", "time-out")
    ),
    "hotel's sign-in page": Failure(["unicorn"], 6, "GetRoleCredentials", arrange=fault("GetRoleCredentials", "html")),
    "no network": Failure(
        ["unicorn"], 6, "GetRoleCredentials", "network", environment(AWS_ENDPOINT_URL_SSO="http://127.0.0.1:9")
    ),
    "endpoint of a stranger": Failure(
        ["unicorn"],
        3,
        "evil.example",
        "allowed_endpoints",
        environment(AWS_ENDPOINT_URL_SSO="https://portal.sso.evil.example"),
    ),
    "no such shell": Failure(["--shell", "tcsh", "unicorn"], 2, 'unknown shell "tcsh"', "one of: bash, zsh, fish, sh"),
    "unknown option": Failure(["--nosuch", "unicorn"], 2, "No such option.*--nosuch", "awsenv use --help"),
    "no such mode": Failure(["--only", "secrets", "unicorn"], 2, "--only", "awsenv use --help"),
    "no duration": Failure(["--min-ttl", "soon", "unicorn"], 2, "'soon' is no duration", "awsenv use --help"),
    "no region": Failure(["--region", "eu;reboot", "unicorn"], 2, "'eu;reboot' is no region", "awsenv use --help"),
    "MFA without a terminal": Failure(["mfa"], 4, "MFA code of arn:aws:iam::444455556666:mfa/robot", "in a terminal"),
    "credential_process fails": Failure(
        ["odd"], 7, "credential_process|false", arrange=appended("[profile odd]\ncredential_process = false\n")
    ),
    "credential_process is missing": Failure(
        ["odd"],
        7,
        "credential_process cannot be started",
        "/nosuch/tool",
        appended("[profile odd]\ncredential_process = /nosuch/tool --x\n"),
    ),
    "credential_process talks": Failure(
        ["odd"], 7, "credential_process|echo", arrange=appended("[profile odd]\ncredential_process = echo hello\n")
    ),
    "web identity token missing": Failure(["web"], 7, "practice-web-identity-token", "look at /", no_token_file),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failing_use_changes_nothing_and_makes_eval_fail(household: Household, name: str) -> None:
    """A failing `use` leaves every variable, gives `eval` its status, stops `set -e`, and tells reason and remedy."""
    failure = FAILURES[name]
    more = {**PRIOR, **failure.arrange(household)}

    def fail_in(shell: str) -> None:
        folder = household.home / shell
        folder.mkdir()
        words = " ".join(quote(word, dialect_of(shell)) for word in failure.words)
        script = (
            f'env -0 >before\neval "$(awsenv use {words} | tee text)"\necho status={status_of(shell)}\nenv -0 >after\n'
        )
        if shell in STRICT_SHELLS:
            script += '(set -e; eval "$(cat text)"; echo went on)\n'

        finished = run_script(shell, script, environment_of(household, more), cwd=folder)

        assert finished.stdout == b"status=%d\n" % failure.status, finished.stderr
        assert (folder / "text").read_bytes() == render_status(failure.status, dialect_of(shell))
        assert (folder / "after").read_bytes() == (folder / "before").read_bytes()
        assert variables_in((folder / "after").read_bytes())[b"AWS_SESSION_TOKEN"] == b"two\nlines"
        assert_told(finished.stderr, failure, household)

    all_at_once(fail_in, SHELLS)


def assert_told(stderr: bytes, failure: Failure, household: Household) -> None:
    """Demand a reason and a remedy in plain words, and nothing that must not be on a screen."""
    text = stderr.decode()
    lines = text.splitlines()
    told = [line for line in lines if not line.startswith("awsenv: warning: ")]
    assert re.match(f"awsenv: .*({failure.problem})", told[0]), text
    assert failure.hint is None or re.match(f"hint: .*({failure.hint})", told[1]), text
    assert [line for line in told[2 if failure.hint else 1 :] if not line.startswith("hint: ")] == []
    assert "Traceback" not in text
    assert all(line.isprintable() for line in lines)
    assert [secret for secret in household.practice.secrets() if secret in text] == []


@pytest.mark.parametrize("words", ["weather", "mfa", "--nosuch", "--shell tcsh unicorn"])
@pytest.mark.parametrize("shell", STRICT_SHELLS)
def test_failing_use_stops_a_strict_script(household: Household, shell: str, words: str) -> None:
    """A script under `set -e` ends at a failing `use`, with its status."""
    script = f'set -e\neval "$(awsenv use {words})"\necho went on\n'

    finished = run_script(shell, script, environment_of(household))

    assert finished.stdout == b""
    assert finished.returncode == {"weather": 3, "mfa": 4}.get(words, 2)


@pytest.mark.parametrize("command", ["use --help", "use -h", "use unicorn --help", "off -h", "use --shell fish -h"])
def test_help_inside_eval_is_inert(household: Household, command: str) -> None:
    """`eval "$(awsenv use --help)"` shows the help and evaluates nothing."""

    def look_in(shell: str) -> None:
        folder = household.home / shell
        folder.mkdir()
        script = f'env -0 >before\neval "$(awsenv {command} | tee text)"\necho {status_of(shell)}\nenv -0 >after\n'

        finished = run_script(shell, script, environment_of(household, PRIOR), cwd=folder)

        assert finished.stdout == b"0\n"
        assert finished.stderr.startswith(f"Usage: awsenv {command[:3].strip()} [OPTIONS]".encode())
        assert (folder / "text").read_bytes() == b""
        assert (folder / "after").read_bytes() == (folder / "before").read_bytes()

    all_at_once(look_in, SHELLS)


def test_a_profile_called_like_an_option_is_a_name_behind_two_dashes(household: Household) -> None:
    """What stands behind `--` is a name: neither help nor --json nor --shell."""
    for name in ("-h", "--json", "--shell=fish"):
        appended(f'[profile "{name}"]\naws_access_key_id = a\naws_secret_access_key = b\n')(household)
        switched = run([AWSENV, "use", "--shell", "bash", "--", name], environment_of(household))
        failed = run([AWSENV, "use", "--shell", "bash", "--", f"{name}x"], environment_of(household))

        assert f"AWS_PROFILE='{name}'".encode() in switched.stdout
        assert switched.stderr == b""
        assert failed.stdout == render_status(3, "bash")


@pytest.mark.parametrize("shell", STRICT_SHELLS)
def test_a_readonly_variable_stops_the_switch(household: Household, shell: str) -> None:
    """Where the shell holds one of the variables readonly, none is changed, and the variable is named."""
    script = 'readonly AWS_REGION=mine\nenv -0 >before\neval "$(awsenv use unicorn)"\necho $?\nenv -0 >after\n'

    finished = run_script(shell, script, environment_of(household, PRIOR), cwd=household.home)

    assert (finished.stdout, b"AWS_REGION is readonly" in finished.stderr) == (b"7\n", True)
    assert (household.home / "after").read_bytes() == (household.home / "before").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_use_changes_nothing(household: Household, number: signal.Signals) -> None:
    """A signal while AWS holds the answer back ends `use` with 128 and its number; the shell is as it was."""
    household.practice.faults.set("GetRoleCredentials", "time-out")

    def interrupt_in(shell: str) -> None:
        folder = household.home / shell
        folder.mkdir()
        script = (
            "env -0 >before\n"
            f'eval "$(awsenv use unicorn 2>words | tee text)"\necho status={status_of(shell)}\n'
            "env -0 >after\n"
        )
        with subprocess.Popen(
            command_of(shell, script), env=environment_of(household, PRIOR), cwd=folder, stdout=subprocess.PIPE
        ) as process:
            pid = wait_until(lambda: find_awsenv_below(process.pid), "awsenv to start")
            wait_until(lambda: has_connection(pid), "awsenv to ask AWS")
            os.kill(pid, number)
            stdout, _ = process.communicate(timeout=TIME_LIMIT)

        assert stdout == f"status={128 + number}\n".encode()
        assert (folder / "text").read_bytes() == render_status(128 + number, dialect_of(shell))
        assert (folder / "words").read_bytes() == b"awsenv: interrupted\n"
        assert (folder / "after").read_bytes() == (folder / "before").read_bytes()

    all_at_once(interrupt_in, SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("profile", ["unicorn", "mfa"])
def test_ctrl_c_at_the_keyboard_changes_nothing(household: Household, shell: str, profile: str) -> None:
    """Ctrl-C at a waiting `use`, at the network or at the MFA question, leaves shell and terminal as they were."""
    household.practice.faults.set("GetRoleCredentials", "time-out")
    program = shutil.which(SHELLS[shell][0])
    assert program is not None
    environment_before = environment_of(household, {**PRIOR, "TERM": "dumb"})
    screen = pexpect.spawn(
        program,
        [*SHELLS[shell][1:], "-i"],
        env=environment_before,
        cwd=str(household.home),
        timeout=TIME_LIMIT,
        encoding="utf-8",
        codec_errors="replace",
    )
    screen.sendline("env -0 >before; stty -a >modes-before; echo rea''dy")
    screen.expect_exact("ready\r\n")

    screen.sendline(f'eval "$(awsenv use {profile})"')
    if profile == "mfa":
        screen.expect_exact("MFA code of arn:aws:iam::444455556666:mfa/robot: ")
    else:
        pid = wait_until(lambda: find_awsenv_below(screen.pid), "awsenv to start")
        wait_until(lambda: has_connection(pid), "awsenv to ask AWS")
    screen.sendintr()
    screen.expect_exact("awsenv: interrupted")
    screen.sendline("env -0 >after; stty -a >modes-after; echo do''ne")
    screen.expect_exact("done\r\n")
    screen.close(force=True)

    folder = household.home
    # fish hands its variables to each command in another order once a local one came and went.
    assert variables_in((folder / "after").read_bytes()) == variables_in((folder / "before").read_bytes())
    assert (folder / "modes-after").read_text() == (folder / "modes-before").read_text()
