import shlex
import sys
import time
from pathlib import Path

import pytest
from stage import at_most
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.aws import process
from awsenv.aws.process import fetch_process_credentials
from awsenv.errors import ProcessFailed
from awsenv.model import Credentials

CANARY = "canary-3f1c"
WHOLE = '{"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "s", "SessionToken": "t"}'
UNUSABLE = (
    "",
    " ",
    "null",
    "[]",
    "7",
    f'"{CANARY}"',
    f"{{'Version': 1, 'SecretAccessKey': '{CANARY}'}}",
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}"',
    f'{{"Version": 2, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}"}}',
    f'{{"Version": "1", "AccessKeyId": "a", "SecretAccessKey": "{CANARY}"}}',
    f'{{"AccessKeyId": "a", "SecretAccessKey": "{CANARY}"}}',
    f'{{"Version": 1, "SecretAccessKey": "{CANARY}"}}',
    f'{{"Version": 1, "AccessKeyId": "{CANARY}"}}',
    f'{{"Version": 1, "AccessKeyId": "", "SecretAccessKey": "{CANARY}"}}',
    f'{{"Version": 1, "AccessKeyId": null, "SecretAccessKey": "{CANARY}"}}',
    f'{{"Version": 1, "AccessKeyId": ["{CANARY}"], "SecretAccessKey": "s"}}',
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": {{"x": "{CANARY}"}}}}',
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}", "SessionToken": 7}}',
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}", "Expiration": "soon"}}',
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}", "Expiration": 1795424400}}',
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}", "Expiration": "2026-11-23T08:59:59Z"}}',
    f'{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "{CANARY}", "Expiration": "2026-11-23T09:00:00Z"}}',
    f'{WHOLE} {{"more": "{CANARY}"}}',
    f"Enter the code: {CANARY}",
    "[" * 100_000,
    f'{{"Version": {"1" * 10_000}, "x": "{CANARY}"}}',
    f"<html>{CANARY}</html>",
    f"\udcff\udcfe{CANARY}",
)


def _fetched(command: str, environment: dict[str, str] | None = None) -> Credentials:
    runtime = runtime_of(StoppedClock(), Path("/nowhere"))
    return fetch_process_credentials(command, environment=environment or {"PATH": "/usr/bin:/bin"}, runtime=runtime)


def _python(code: str) -> str:
    return shlex.join([sys.executable, "-I", "-S", "-c", code])


def _printing(text: str) -> str:
    # The text goes by a file: it may be long, and its bytes odd.
    return f"cat {shlex.quote(text)}"


@pytest.mark.parametrize("number", range(len(UNUSABLE)))
def test_other_output_is_refused_and_never_quoted(number: int, tmp_path: Path) -> None:
    """Whatever else a helper prints is refused, and none of it stands in the message: it may be a secret."""
    printed = tmp_path / "printed"
    printed.write_bytes(UNUSABLE[number].encode("utf-8", "surrogateescape"))
    with pytest.raises(ProcessFailed) as caught:
        _fetched(_printing(str(printed)))
    assert caught.value.problem.startswith("credential_process printed ")
    assert CANARY not in f"{caught.value.problem}{caught.value.hint}{caught.value!r}"
    assert caught.value.__context__ is None or CANARY not in str(caught.value.__context__)


def test_what_the_protocol_allows_is_taken(tmp_path: Path) -> None:
    """A session token, an expiry with any offset and an account id are optional, and more fields do not matter."""
    printed = tmp_path / "a file"
    printed.write_text('{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s", "More": [], "Expiration": null}')
    assert _fetched(_printing(str(printed))) == Credentials("a", "s")
    printed.write_text(WHOLE[:-1] + ', "Expiration": "2026-11-23T12:30:00+02:00", "AccountId": "012345678901"}\n\n')
    credentials = _fetched(_printing(str(printed)))
    assert (credentials.session_token, credentials.account_id) == ("t", "012345678901")
    assert str(credentials.expires_at) == "2026-11-23 10:30:00+00:00"


def test_a_failing_helper_is_quoted_on_its_complaint_alone() -> None:
    """Its exit status and its stderr are told, its stdout is not."""
    code = f"import sys; print('{CANARY}'); sys.stderr.write('the vault is closed'); sys.exit(3)"
    with pytest.raises(ProcessFailed, match="failed with status 3: the vault is closed"):
        _fetched(_python(code))
    with pytest.raises(ProcessFailed, match="failed with status -9: it said nothing"):
        _fetched(_python("import os; os.kill(os.getpid(), 9)"))


def test_a_long_complaint_is_cut() -> None:
    """A helper that fails with pages of text does not fill the screen."""
    with pytest.raises(ProcessFailed) as caught:
        _fetched(_python("import sys; sys.stderr.write('x' * 1_000_000); sys.exit(1)"))
    assert len(caught.value.problem) < 1_000


@pytest.mark.parametrize("command", ["", "   ", "/nowhere/helper --now", "'unclosed", "/", "a\0b"])
def test_a_command_that_cannot_start_is_named(command: str) -> None:
    """No program, no words, or half a quotation: the reason is told, and no class or literal of Python's."""
    with pytest.raises(ProcessFailed, match="credential_process cannot be started: ") as caught:
        _fetched(command)
    assert caught.value.hint == (command if command.strip() else "awsenv list")
    assert "b'" not in caught.value.problem
    assert "range" not in caught.value.problem


def test_a_helper_that_leaves_a_daemon_is_not_waited_for() -> None:
    """What a helper printed counts a second after its end, though a daemon of its own holds stdout open."""
    daemon = "import time; time.sleep(30)"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-I', '-S', '-c', {daemon!r}]); print({WHOLE!r})"
    began = time.monotonic()
    assert _fetched(_python(code)).access_key_id == "AKIA1"
    assert time.monotonic() - began < at_most(5.0)


def test_a_helper_may_print_more_than_a_pipe_holds() -> None:
    """Both outputs are read while the helper runs, so that none of them stops it."""
    code = f"import sys; sys.stderr.write('x' * 1_000_000); print({WHOLE!r}, ' ' * 1_000_000)"
    assert _fetched(_python(code)).access_key_id == "AKIA1"


def test_a_helper_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time limit the helper is killed and named."""
    monkeypatch.setattr(process, "TIME_LIMIT", 0.2)
    for code in ("import time; time.sleep(60)", "import os, time; os.close(1); os.close(2); time.sleep(60)"):
        with pytest.raises(ProcessFailed, match="gave no answer") as caught:
            _fetched(_python(code))
        assert caught.value.hint == _python(code)


def test_a_helper_gets_the_words_and_the_variables_as_they_are() -> None:
    """Words are split as botocore does, no shell reads them, and every byte of a variable arrives."""
    check = (
        "import os, sys; "
        "assert sys.argv[1:] == ['a b', '$HOME', '`id`', ';', '*'], sys.argv; "
        "assert set(os.environb) <= {b'ODD', b'LC_CTYPE'}, os.environb; "
        "assert os.environb[b'ODD'] == b'\\xff\\xc3\\xa4', os.environb; "
        f"print({WHOLE!r})"
    )
    command = f"{_python(check)} 'a b' $HOME `id` ';' *"
    assert _fetched(command, {"ODD": "\udcff\u00e4"}).access_key_id == "AKIA1"
