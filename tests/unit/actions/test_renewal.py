"""What a renewal decides, in a home with a credential_process and an sso-session that nobody is signed in to."""

import hashlib
import json
import shlex
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from unit.actions.fakes import Recorder
from unit.aws.fakes import MORNING, Person, StoppedClock, runtime_of

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.renewal import Occasion, Refusal, renew
from awsenv.environ import KEY_VARIABLES
from awsenv.errors import ExitCode, HookCode
from awsenv.model import EnvChange, Mode, Notice
from awsenv.runtime import moment_text
from awsenv.values import replace

ALIVE, DEAD = 60, 29
LOGIN = f"awsenv login --sso-session {shlex.quote('a b')}"
SAID = f"not signed in to a b: {LOGIN}"


def home_with(folder: Path, lifetime: float) -> Path:
    """Write a home whose profile `vault` gives keys of this lifetime, and `sso` none without a login."""
    keys = {
        "Version": 1,
        "AccessKeyId": "ASIANEW",
        "SecretAccessKey": "canary",
        "SessionToken": "canary",
        "Expiration": moment_text(MORNING + timedelta(seconds=lifetime)),
    }
    vault = folder / "vault"
    vault.write_text(json.dumps(keys))
    (folder / ".aws").mkdir()
    (folder / ".aws" / "config").write_text(
        f"[profile vault]\ncredential_process = cat {vault}\n"
        '[sso-session "a b"]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n'
        "[profile sso]\nsso_session = a b\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
    )
    return folder


def shell_in(profile: str, left: float, **more: str) -> dict[str, str]:
    """Return the variables of a shell in this profile, whose keys have so many seconds left."""
    keys = {"AWS_ACCESS_KEY_ID": "ASIAOLD", "AWSENV_KEY_ID": "ASIAOLD", "AWSENV_EXPORT": "all"}
    sso = {"AWSENV_ACCOUNT_ID": "111122223333", "AWSENV_ROLE": "Admin"} if profile == "sso" else {}
    names = dict.fromkeys(("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWSENV_PROFILE"), profile)
    expires = str(int((MORNING + timedelta(seconds=left)).timestamp()))
    return {**keys, **sso, **names, "AWSENV_EXPIRES": expires, "PATH": "/usr/bin:/bin", **more}


def answer_of(
    home: Path, environment: Mapping[str, str], occasion: Occasion, *answers: str
) -> tuple[EnvChange | Refusal, Person, list[Notice]]:
    """Return what comes of a renewal with a person who gives these answers."""
    person, heard = Person(list(answers)), list[Notice]()
    clock = StoppedClock()
    runtime = runtime_of(clock, home, dict(environment), person)
    # A clock that stands would wait for ever.
    runtime = replace(runtime, monotonic=time.monotonic)
    return renew(occasion, runtime=runtime, notify=heard.append, progress=Recorder()), person, heard


@pytest.mark.parametrize("left", [ALIVE, DEAD])
def test_new_keys_and_nothing_else(tmp_path: Path, left: int) -> None:
    """The change has the new keys and what tells of them, dead or alive, and nobody hears or is asked anything."""
    answer, person, heard = answer_of(home_with(tmp_path, 3600), shell_in("vault", left), Occasion(), "l")

    assert isinstance(answer, EnvChange)
    assert answer.variables["AWS_ACCESS_KEY_ID"] == answer.variables["AWSENV_KEY_ID"] == "ASIANEW"
    assert answer.variables["AWSENV_LABEL"] == "vault {left}"
    assert set(answer.variables) == {
        *KEY_VARIABLES,
        "AWSENV_KEY_ID",
        "AWSENV_EXPIRES",
        "AWSENV_LABEL",
        "AWSENV_SIGN_IN",
    }
    assert (person.questions, heard) == ([], [])


def test_keys_that_end_no_later_are_no_renewal(tmp_path: Path) -> None:
    """A source that hands out the same keys until they are over is asked again later, without a word."""
    home = home_with(tmp_path, ALIVE)
    vault = home / "vault"
    # A variable has no fractions of a second, a vault may.
    vault.write_text(vault.read_text().replace("00Z", "00.75Z"))

    answer, _, _ = answer_of(home, shell_in("vault", ALIVE), Occasion())

    assert answer == Refusal(ExitCode.LOGIN_REQUIRED)


@pytest.mark.parametrize(
    ("given", "may_hold", "refusal"),
    [
        ("typed ahead", False, Refusal(HookCode.DEFERRED)),
        ("n", False, Refusal(ExitCode.LOGIN_REQUIRED, f"not signed in to a b: {LOGIN}")),
        ("c", False, Refusal(ExitCode.LOGIN_REQUIRED, f"not signed in to a b: {LOGIN}")),
        (" ", False, Refusal(ExitCode.LOGIN_REQUIRED, f"not signed in to a b: {LOGIN}")),
        ("c", True, Refusal(HookCode.HELD_BACK)),
        ("t", False, Refusal(HookCode.NOT_HERE, f"not asked again in this terminal; to log in: {LOGIN}")),
    ],
)
def test_each_answer_has_its_code(tmp_path: Path, given: str, refusal: Refusal, *, may_hold: bool) -> None:
    """Every answer but yes leaves the shell as it is, and the sign-in marked dead: a login made elsewhere is newer."""
    home = home_with(tmp_path, 0)

    answer, person, _ = answer_of(home, shell_in("sso", DEAD), Occasion("ask", may_hold=may_hold), *[given] * 3)

    assert answer == refusal
    assert ("[c]ancel the command" in person.questions[0]) == may_hold
    marks = list((home / ".aws").glob("awsenv/dead/*"))
    assert [mark.stat().st_mtime for mark in marks] == [MORNING.timestamp()] * (refusal.code != HookCode.DEFERRED)


@pytest.mark.parametrize("mode", ["ask", "auto", "warn", "off"])
@pytest.mark.parametrize("left", [ALIVE, DEAD])
def test_no_mode_asks_where_nobody_is(tmp_path: Path, mode: Mode, left: int) -> None:
    """Without a person every mode ends alike; the line is for dead keys, and for whoever wants to hear of them."""
    answer, person, _ = answer_of(home_with(tmp_path, 0), shell_in("sso", left), Occasion(mode))

    assert answer == Refusal(ExitCode.LOGIN_REQUIRED, SAID if left == DEAD and mode != "off" else None)
    assert person.questions == []


@pytest.mark.parametrize(
    "mark", ["71b21161ffa1e6516bcc072aaf5ef38cbe85b511", "../../../escape", "x" * 40, "A" * 40, ""]
)
def test_the_mark_is_the_one_that_the_hook_compares(tmp_path: Path, mark: str) -> None:
    """The name of the mark is the shell's variable where that is a name of a token file, else the session's own."""
    home = home_with(tmp_path, 0)

    answer_of(home, shell_in("sso", ALIVE, AWSENV_SIGN_IN=mark), Occasion())

    marks = [path.name for path in (home / ".aws" / "awsenv" / "dead").iterdir()]
    assert marks == [mark if mark.startswith("71b") else hashlib.sha1(b"a b").hexdigest()]  # noqa: S324 - a name
    assert not (tmp_path / "escape").exists()


def test_a_bug_is_told_by_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in the silent part is not silent, and what it says holds no secret."""

    def find(_: CredentialFinder) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(CredentialFinder, "find", find)

    answer, _, _ = answer_of(home_with(tmp_path, 3600), shell_in("vault", ALIVE), Occasion())

    assert answer == Refusal(ExitCode.BUG, "a bug in awsenv: ZeroDivisionError")
