"""The hook's call for new keys, without a terminal: what it changes, what it leaves, and how quiet it is about it."""

import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from cli.real_shells import SHELLS, all_at_once, run_script, variables_in, wait_until
from cli.renewals import ALIVE, DEAD, aged, dead_mark, end_sign_ins, forget_roles, switched
from stage import AWSENV, at_most, environment_of, run

from awsenv.demo.faults import Fault, Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.story import MARKETING
from awsenv.environ import KEY_VARIABLES, OWNED_VARIABLES
from awsenv.model import Export

TOLD = {"AWSENV_EXPIRES", "AWSENV_LABEL", "AWSENV_SIGN_IN"}
KEYS = {*KEY_VARIABLES, "AWSENV_KEY_ID"}
HINT = "awsenv login --sso-session company"
# Three seconds are the promise; the rest is a start.
AT_MOST = at_most(4.5)


def renew(environment: Mapping[str, str], *options: str, at: str = "prompt") -> tuple[int, bytes, str]:
    """Run it as the hook does, and return status, stdout and stderr."""
    finished = run([AWSENV, "renew", "--shell", "sh", "--at", at, *options], environment)
    return finished.returncode, finished.stdout, finished.stderr.decode()


def evaluated(shell: str, environment: Mapping[str, str], options: str = "--at prompt") -> dict[str, str]:
    """Return the variables of a shell that has evaluated a renewal; it must have been silent."""
    script = f'eval "$(awsenv renew --shell {shell} {options})"; env -0'
    finished = run_script(shell, script, environment)
    assert (finished.returncode, finished.stderr) == (0, b"")
    return {
        name.decode(): text.decode("utf-8", "surrogateescape") for name, text in variables_in(finished.stdout).items()
    }


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the names of awsenv's variables that differ."""
    return {name for name in OWNED_VARIABLES if before.get(name) != after.get(name)}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("export", ["all", "keys", "profile"])
@pytest.mark.parametrize("seconds", [ALIVE, DEAD])
def test_keys_are_renewed_without_a_word(household: Household, shell: str, export: Export, seconds: int) -> None:
    """With the sign-in alive, keys that are near their end or past it are new, and nothing else of the shell is."""
    options = () if export == "all" else ("--only", export)
    environment = aged(switched(household, "unicorn", *options), seconds) | {"AWS_REGION": "by-hand-1"}
    forget_roles(household)
    household.practice.rules.role_lifetime = timedelta(hours=2)

    after = evaluated(shell, environment)

    moved = {"AWSENV_EXPIRES"} if export == "profile" else {*KEYS, "AWSENV_EXPIRES"}
    assert changed(environment, after) == moved
    assert 7100 < int(after["AWSENV_EXPIRES"]) - time.time() <= 7200
    assert after.get("AWS_ACCESS_KEY_ID") == after.get("AWSENV_KEY_ID")
    if export != "profile":
        identity = household.practice.identity_of(after["AWS_ACCESS_KEY_ID"])
        assert identity is not None
        assert identity.account_id == after["AWSENV_ACCOUNT_ID"]


@pytest.mark.parametrize("seconds", [ALIVE, DEAD])
def test_a_sign_in_that_can_be_renewed_is(household: Household, seconds: int) -> None:
    """With the access token expired and a refresh token there, one refresh and no question give new keys."""
    environment = aged(switched(household), seconds)
    end_sign_ins(household, SignedIn(access_lifetime=timedelta(hours=-1)))
    household.practice.journal.clear()

    code, text, said = renew(environment)

    assert (code, said) == (0, "")
    assert text
    assert household.practice.journal.count("CreateToken") == 1


def test_keys_that_another_terminal_fetched_are_taken_over(household: Household) -> None:
    """What the AWS CLI's cache has already costs no request."""
    environment = aged(switched(household), ALIVE)
    household.practice.journal.clear()

    assert renew(environment)[0] == 0
    assert household.practice.journal.count() == 0


def test_terminals_that_renew_at_once_ask_aws_once(household: Household) -> None:
    """However many prompts are drawn in the same moment, one of them fetches the keys, and all have them."""
    environment = aged(switched(household), DEAD)
    forget_roles(household)
    household.practice.journal.clear()

    answers = all_at_once(lambda _: renew(environment), range(6))

    assert {(code, said) for code, _, said in answers} == {(0, "")}
    assert len({text for _, text, _ in answers}) == 1
    assert household.practice.journal.count("GetRoleCredentials") == 1


def without(name: str) -> Callable[[Mapping[str, str]], dict[str, str]]:
    """Return what takes a variable away."""
    return lambda environment: {each: text for each, text in environment.items() if each != name}


def by_hand(**variables: str) -> Callable[[Mapping[str, str]], dict[str, str]]:
    """Return what sets variables."""
    return lambda environment: {**environment, **variables}


@pytest.mark.parametrize(
    "drift",
    [
        by_hand(AWS_ACCESS_KEY_ID="AKIASOMEBODY"),
        without("AWS_ACCESS_KEY_ID"),
        without("AWSENV_KEY_ID"),
        by_hand(AWS_PROFILE="other"),
        by_hand(AWS_DEFAULT_PROFILE="other"),
        without("AWS_PROFILE"),
        by_hand(AWSENV_PROFILE="other"),
        without("AWSENV_PROFILE"),
        by_hand(AWSENV_EXPORT="x"),
        without("AWSENV_EXPIRES"),
        *(
            by_hand(AWSENV_EXPIRES=text)
            for text in ("", "soon", "-1", "08", "1e9", "9" * 12, "x[$(touch f)]", "\u0661", "1\n")
        ),
    ],
)
def test_a_shell_that_is_no_longer_as_it_was_left_is_left_alone(
    household: Household, drift: Callable[[Mapping[str, str]], dict[str, str]]
) -> None:
    """Keys, profile or expiry that somebody else set are not awsenv's: status 3, not a word, and no request."""
    environment = drift(aged(switched(household), DEAD))
    forget_roles(household)
    household.practice.journal.clear()

    assert renew(environment) == (3, b"", "")
    assert household.practice.journal.count() == 0


@pytest.mark.parametrize("seconds", [ALIVE, DEAD])
def test_a_profile_that_is_gone_is_told(household: Household, seconds: int) -> None:
    """A profile that no longer stands in the files gives status 3 and one line, whatever the keys."""
    environment = aged(switched(household), seconds)
    household.config_path.write_text("")

    code, text, said = renew(environment)

    assert (code, text) == (3, b"")
    assert said == (
        f'awsenv: profile "unicorn", which this shell is in, is gone from {household.config_path}: awsenv list\n'
    )


@pytest.mark.parametrize("seconds", [ALIVE, DEAD])
@pytest.mark.parametrize(
    ("key", "value"), [("sso_account_id = 222233334444", MARKETING), ("sso_role_name = Developer", "ReadOnly")]
)
def test_keys_of_another_account_or_role_never_slip_in(
    household: Household, key: str, value: str, seconds: int
) -> None:
    """A profile that was edited to lead elsewhere is not renewed under the old name: status 3, one line, no request."""
    environment = aged(switched(household), seconds)
    name = key.partition(" = ")[0]
    household.config_path.write_text(household.config_path.read_text().replace(key, f"{name} = {value}"))
    forget_roles(household)
    household.practice.journal.clear()

    code, text, said = renew(environment)

    assert (code, text) == (3, b"")
    problem = 'profile "unicorn" leads to another account or role than when this shell was switched'
    assert said == f"awsenv: {problem}: awsenv use unicorn\n"
    assert household.practice.journal.count() == 0


def settings_are_broken(household: Household) -> None:
    """Write settings that are no TOML."""
    path = household.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("=")


def fault(operation: str, kind: Fault | Kind | int) -> Callable[[Household], None]:
    """Return what switches a fault on."""
    return lambda household: household.practice.faults.set(operation, kind)


@pytest.mark.parametrize("seconds", [ALIVE, DEAD])
@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        (settings_are_broken, 3, "config.toml:1"),
        (end_sign_ins, 4, f"not signed in to company: {HINT}"),
        (fault("GetRoleCredentials", 401), 4, "no longer accepts the sign-in to company"),
        (fault("GetRoleCredentials", 403), 5, "does not give you the role Developer"),
        (fault("GetRoleCredentials", 500), 6, "GetRoleCredentials"),
    ],
    ids=["settings", "signed out", "withdrawn", "refused", "failing"],
)
def test_trouble_is_told_in_one_line_once_the_keys_are_dead(
    household: Household, trouble: Callable[[Household], None], code: int, words: str, seconds: int
) -> None:
    """A renewal that fails ends with the code of any command; while the keys still work, it says nothing at all."""
    environment = aged(switched(household), seconds)
    forget_roles(household)
    trouble(household)

    status, text, said = renew(environment)

    assert (status, text) == (code, b"")
    if seconds == ALIVE:
        assert said == ""
    else:
        assert said.count("\n") == 1
        assert words in said


@pytest.mark.parametrize("profile", ["mfa", "process"])
def test_other_sources_are_renewed_too_but_for_those_that_need_a_code(household: Household, profile: str) -> None:
    """A credential_process is run again; a role that needs an MFA code asks nothing and tells what to type."""
    environment = aged(switched(household, "process"), DEAD)
    if profile == "process":
        assert [renew(aged(environment, seconds))[0] for seconds in (ALIVE, DEAD)] == [0, 0]
        return
    renamed = {
        name: text.replace("process", "mfa")
        for name, text in environment.items()
        if name in {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWSENV_PROFILE"}
    }
    environment |= renamed | {"AWSENV_ACCOUNT_ID": "444455556666", "AWSENV_ROLE": "Sensitive"}

    assert renew(aged(environment, ALIVE)) == (4, b"", "")
    assert renew(environment) == (
        4,
        b"",
        'awsenv: the keys of "mfa" have expired, and new ones need an MFA code: awsenv use mfa\n',
    )


def test_a_source_that_gives_the_same_keys_again_is_not_taken_for_a_renewal(household: Household) -> None:
    """Keys that end no later than those at hand are no renewal, so that the hook backs off."""
    environment = switched(household)
    environment["AWSENV_EXPIRES"] = str(int(time.time()) + ALIVE)
    household.practice.rules.role_lifetime = timedelta(seconds=60)
    forget_roles(household)

    assert renew(environment) == (4, b"", "")


@pytest.mark.parametrize("mode", ["ask", "auto", "warn", "off"])
@pytest.mark.parametrize("at", ["prompt", "command"])
def test_nobody_is_asked_without_a_terminal(household: Household, mode: str, at: str) -> None:
    """Without a terminal every mode ends with 4; `off` says nothing, the others say what to type."""
    environment = aged(switched(household), DEAD)
    end_sign_ins(household)
    household.practice.journal.clear()

    line = "" if mode == "off" else f"awsenv: not signed in to company: {HINT}\n"
    assert renew(environment, "--mode", mode, at=at) == (4, b"", line)
    assert household.practice.journal.count() == 0


@pytest.mark.parametrize("seconds", [ALIVE, DEAD])
def test_a_dead_sign_in_leaves_a_mark_that_a_login_outdates(household: Household, seconds: int) -> None:
    """The mark lies where the hook looks, is moved by each failure, and a login made since is newer for every shell."""
    environment = aged(switched(household), seconds)
    end_sign_ins(household)
    mark = dead_mark(household, environment)

    assert renew(environment, "--mode", "off")[0] == 4
    first = mark.stat()
    os.utime(mark, (1, 1))
    assert renew(environment, "--mode", "off")[0] == 4

    assert (first.st_mode & 0o777, mark.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert mark.stat().st_mtime >= first.st_mtime
    end_sign_ins(household, SignedIn())
    token = household.token_path("company")
    assert mark.name == token.stem
    for shell in SHELLS:
        assert run_script(shell, f"test {token} -nt {mark} && echo newer", environment).stdout == b"newer\n"
    assert renew(environment)[0] == 0


def test_no_other_end_leaves_the_mark(household: Household) -> None:
    """AWS that does not answer, or refuses, says nothing of the sign-in."""
    environment = aged(switched(household), ALIVE)
    forget_roles(household)
    for status in (403, 500):
        household.practice.faults.set("GetRoleCredentials", status)
        assert renew(environment)[0] in {5, 6}

    assert not dead_mark(household, environment).exists()


@pytest.mark.parametrize("kind", ["time-out", "slow-drip"])
def test_a_dead_network_is_no_stutter_while_the_keys_work(household: Household, kind: Kind) -> None:
    """With AWS silent and keys that still work, the prompt is there within some three seconds, and not a word."""
    environment = aged(switched(household), ALIVE)
    end_sign_ins(household, SignedIn(access_lifetime=timedelta(seconds=-1)))
    household.practice.faults.set("*", kind)
    began = time.monotonic()

    assert renew(environment) == (6, b"", "")
    assert time.monotonic() - began < AT_MOST


def test_a_slow_helper_is_no_stutter_while_the_keys_work(household: Household) -> None:
    """A credential_process that dawdles costs the prompt no more than a dead network does."""
    environment = aged(switched(household, "process"), ALIVE)
    config = household.config_path.read_text()
    household.config_path.write_text(re.sub("credential_process = .*", "credential_process = sleep 6", config))
    began = time.monotonic()

    assert renew(environment) == (6, b"", "")
    assert time.monotonic() - began < AT_MOST


def test_what_takes_longer_is_there_the_next_time(household: Household) -> None:
    """A refresh that is under way when the prompt stops waiting for it comes to its end: the sign-in is not lost."""
    environment = aged(switched(household), ALIVE)
    end_sign_ins(household, SignedIn(access_lifetime=timedelta(seconds=-1)))
    before = household.token_path("company").read_bytes()
    household.practice.faults.set("CreateToken", Fault("delay", seconds=5), times=1)

    assert renew(environment) == (6, b"", "")
    assert household.token_path("company").read_bytes() == before

    wait_until(lambda: household.token_path("company").read_bytes() != before, "the new token")
    assert renew(environment)[0] == 0
    assert household.practice.journal.count("CreateToken") == 1


def test_the_settings_decide_the_mode_and_the_margin(household: Household) -> None:
    """Without --mode it is the guard's; keys with less than the margin left are not taken from the cache."""
    environment = aged(switched(household), ALIVE)
    path = household.home / ".config" / "awsenv" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('renew_margin = "1h30m"\nguard.mode = "off"\nprompt.format = "{role} {left}"\n')
    household.practice.rules.role_lifetime = timedelta(hours=2)

    after = evaluated("bash", environment)

    assert int(after["AWSENV_EXPIRES"]) - time.time() > 7000
    assert after["AWSENV_LABEL"] == "Developer {left}"
    end_sign_ins(household)
    assert renew(aged(after, DEAD)) == (4, b"", "")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--shell", "sh"),
        ("--at", "prompt"),
        ("--shell", "sh", "--at", "night"),
        ("--shell", "cmd", "--at", "prompt"),
    ],
)
def test_a_wrong_call_is_a_usage_error(household: Household, options: tuple[str, ...]) -> None:
    """The protocol has no defaults for what the hook must know."""
    finished = run([AWSENV, "renew", *options], environment_of(household))

    assert (finished.returncode, finished.stdout) == (2, b"")


def test_it_is_not_among_the_commands(household: Household) -> None:
    """The hook's commands are nobody else's: help does not list them, and tells of them when asked."""
    lines = run([AWSENV, "--help"], environment_of(household)).stdout.split(b"Commands:")[1].splitlines()
    listed = {line.split()[0] for line in lines if line[:3].startswith(b"  ") and line[2:3].strip()}

    assert {b"use", b"exec", b"demo"} <= listed
    assert not {b"renew", b"names"} & listed
    assert b"For the hook" in run([AWSENV, "renew", "-h"], environment_of(household)).stdout


def test_copies_that_the_settings_name_are_renewed_beside(household: Household) -> None:
    """A renewal makes new copies of keys that would end before the shell's new ones, and the prompt does not wait."""
    settings = household.home / ".config" / "awsenv" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[sso-session.company]\nsync = ["marketing"]\n', encoding="utf-8")
    environment = aged(switched(household), ALIVE)
    household.practice.rules.role_lifetime = timedelta(minutes=30)
    assert run([AWSENV, "sync", "marketing"], environment_of(household)).returncode == 0
    before = household.credentials_path.read_text(encoding="utf-8")
    household.practice.rules.role_lifetime = timedelta(hours=2)
    household.practice.faults.set("GetRoleCredentials", Fault("delay", seconds=3.0))

    code, _, said = renew(environment)

    assert (code, said) == (0, "")
    assert household.credentials_path.read_text(encoding="utf-8") == before
    wait_until(lambda: household.credentials_path.read_text(encoding="utf-8") != before, "a new copy")
    # The shell's own keys were at hand.
    assert household.practice.journal.count("GetRoleCredentials") == 3


def test_no_copy_is_made_beside_where_no_setting_asks(household: Household) -> None:
    """Copies that somebody made by hand end when they end."""
    environment = aged(switched(household), ALIVE)
    forget_roles(household)
    household.practice.rules.role_lifetime = timedelta(hours=2)
    household.practice.journal.clear()

    assert renew(environment)[0] == 0
    time.sleep(0.5)
    assert household.practice.journal.count("GetRoleCredentials") == 1
