import gzip
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import botocore
import pytest
from stage import AWSENV, at_most, environment_of, furnish, run

from awsenv.demo.faults import Fault, Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.playground import prepare
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer
from awsenv.errors import ExitCode
from awsenv.shells.rendering import render_status

LOGIN, REFUSED, UNREACHABLE = ExitCode.LOGIN_REQUIRED, ExitCode.AWS_REFUSED, ExitCode.AWS_UNREACHABLE
CONFIG, DONE = ExitCode.CONFIG, ExitCode.DONE

AT_ONCE = 6
# Fifteen seconds are promised. Two of them are left for start-up, which on a machine that plays six cells at a time
# is no measure of anything: the watch starts when the first request arrives.
LONGEST = at_most(13.0)
MOST_CALLS = 4
CLASS_DUMP = re.compile(r"Traceback|\b\w*(?:Error|Exception)\(|<class |botocore\.")

KINDS: tuple[Kind, ...] = ("time-out", "reset", "lost", "truncated", "html", "empty", "wrong-types", "redirect")
WORTH_A_RETRY: tuple[tuple[Fault | Kind | int, ExitCode], ...] = (
    *((kind, UNREACHABLE) for kind in (*KINDS, "slow-drip")),
    *((status, UNREACHABLE) for status in (429, 500, 502, 503, 504)),
    (Fault("error", status=429, retry_after=1), UNREACHABLE),
    (Fault("error", status=429, retry_after=3600), UNREACHABLE),
    (Fault("error", status=503, retry_after=1), UNREACHABLE),
)
PORTAL = (
    *WORTH_A_RETRY,
    (400, REFUSED),
    (Fault("error", status=400, code="ValidationException"), REFUSED),
    (Fault("error", status=400, code="ThrottlingException"), UNREACHABLE),
    (401, LOGIN),
    (403, REFUSED),
    (404, REFUSED),
    (Fault("error", status=403, code="AccessDeniedException"), REFUSED),
)
SIGN_IN_CODES = (
    "AccessDeniedException",
    "AuthorizationPendingException",
    "ExpiredTokenException",
    "InvalidGrantException",
    "InvalidRequestException",
    "InvalidScopeException",
    "UnauthorizedClientException",
    "UnsupportedGrantTypeException",
)
SIGN_IN = (
    *WORTH_A_RETRY,
    *((Fault("error", status=400, code=code), LOGIN) for code in SIGN_IN_CODES),
    (Fault("error", status=400, code="SlowDownException"), UNREACHABLE),
    (Fault("error", status=401, code="InvalidClientException"), LOGIN),
    (403, LOGIN),
    (404, LOGIN),
)
STS_CODES = (
    (400, "ExpiredTokenException", REFUSED),
    (400, "IDPCommunicationError", UNREACHABLE),
    (400, "MalformedPolicyDocument", REFUSED),
    (400, "PackedPolicyTooLarge", REFUSED),
    (400, "RequestExpired", REFUSED),
    (400, "Throttling", UNREACHABLE),
    (400, "ValidationError", REFUSED),
    (401, "UnrecognizedClientException", REFUSED),
    (403, "ExpiredToken", REFUSED),
    (403, "InvalidClientTokenId", REFUSED),
    (403, "RegionDisabledException", REFUSED),
    (403, "SignatureDoesNotMatch", REFUSED),
    (404, "InvalidAction", REFUSED),
)
STS = (
    *WORTH_A_RETRY,
    *((Fault("error", status=status, code=code), exit_code) for status, code, exit_code in STS_CODES),
    (403, REFUSED),
)
SIGNED_IN = SignedIn()
EXPIRED = SignedIn(access_lifetime=timedelta(hours=-1))
ENDING = SignedIn(access_lifetime=timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault of one operation, met on the way to a profile; what must come of it."""

    operation: str
    profile_name: str
    fault: Fault | Kind | int
    expected: ExitCode
    signed_in: SignedIn = SIGNED_IN
    times: int | None = None
    calls: int | None = None
    rotates: bool = True

    def __str__(self) -> str:
        return f"{self.operation} x {self.fault} x {self.times or 'for good'}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    finished: subprocess.CompletedProcess[bytes]
    seconds: float
    calls: int
    secrets: frozenset[str]
    before: dict[str, bytes]
    after: dict[str, bytes]


def _use(name: str) -> tuple[str, ...]:
    return (AWSENV, "use", "--shell", "sh", name)


def _files(household: Household) -> dict[str, bytes]:
    paths = (path for path in (household.home / ".aws").rglob("*.json") if path.is_file())
    return {str(path.relative_to(household.home)): path.read_bytes() for path in paths}


def _played(cell: Cell, home: Path) -> Outcome:
    with PracticeServer(rules=Rules(rotates_refresh_tokens=cell.rotates)) as practice:
        household = furnish(home, practice, cell.signed_in)
        # As if written a while ago: a token that somebody refreshed this minute is left alone.
        os.utime(household.token_path("company"), (time.time() - 600,) * 2)
        practice.faults.set(cell.operation, cell.fault, cell.times)
        before = _files(household)
        finished = run(_use(cell.profile_name), environment_of(household))
        seconds = (practice.now() - practice.journal.calls()[0].at).total_seconds()
        calls, secrets = practice.journal.count(cell.operation), frozenset(practice.secrets())
        return Outcome(finished, seconds, calls, secrets, before, _files(household))


def _complaints(cell: Cell, outcome: Outcome) -> Iterable[str]:
    finished, words = outcome.finished, outcome.finished.stderr.decode()
    checks: dict[str, bool] = {
        f"exit {finished.returncode}, not {int(cell.expected)}": finished.returncode == cell.expected,
        f"{outcome.seconds:.1f} s": outcome.seconds <= LONGEST,
        f"{outcome.calls} calls": outcome.calls == cell.calls if cell.calls else 1 <= outcome.calls <= MOST_CALLS,
        "a class or a traceback on stderr": not CLASS_DUMP.search(words),
        "a secret on stderr": not any(secret in words for secret in outcome.secrets),
    }
    if cell.expected is not DONE:
        checks |= {
            "more than the status on stdout": finished.stdout == render_status(cell.expected, "sh"),
            "no problem on stderr": words.startswith("awsenv: "),
            "more than a problem and a hint": len(words.splitlines()) <= 2,
            "no hint": cell.expected is REFUSED or "\nhint: " in words,
            "a changed file": outcome.before == outcome.after,
        }
    return [f"{cell}: {complaint} ({words.strip()!r})" for complaint, holds in checks.items() if not holds]


def _demand(cells: Sequence[Cell], folder: Path) -> None:
    def problems_of(number: int) -> Iterable[str]:
        return _complaints(cells[number], _played(cells[number], folder / f"home{number}"))

    # The slow ones first, so that none of them runs alone at the end.
    slowest = sorted(range(len(cells)), key=lambda number: cells[number].fault not in ("time-out", "slow-drip"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        problems = [problem for problems in pool.map(problems_of, slowest) for problem in problems]
    assert not problems, "\n".join(problems)


def test_every_fault_of_role_credentials_ends_in_its_exit_code(tmp_path: Path) -> None:
    """Whatever GetRoleCredentials meets, `use` says so in words, with the right code, soon, and changes nothing."""
    cells = [Cell("GetRoleCredentials", "unicorn", fault, expected) for fault, expected in PORTAL]
    _demand(cells, tmp_path)


def test_every_fault_of_a_refresh_ends_in_its_exit_code(tmp_path: Path) -> None:
    """Whatever the refresh of an expired access token meets, a refusal asks for a login and all else for patience."""
    # Without rotation: a spoilt answer would otherwise spend the refresh token, and the next try be refused.
    cells = [Cell("CreateToken", "unicorn", fault, expected, EXPIRED, rotates=False) for fault, expected in SIGN_IN]
    _demand(cells, tmp_path)


def test_every_fault_of_assume_role_ends_in_its_exit_code(tmp_path: Path) -> None:
    """Whatever AssumeRole meets, `use` says so in words, with the right code, soon, and changes nothing."""
    cells = [Cell("AssumeRole", "build", fault, expected) for fault, expected in STS]
    _demand(cells, tmp_path)


def test_one_passing_fault_goes_unnoticed(tmp_path: Path) -> None:
    """A fault that the second call does not meet costs nobody anything; only a spent refresh token is gone.

    It is not sent again while its first answer may still come.
    """
    faults: tuple[Fault | Kind | int, ...] = (*KINDS, "slow-drip", 503, Fault("error", status=429, retry_after=1))
    cells = []
    for operation, profile_name, signed_in, met in (
        ("GetRoleCredentials", "unicorn", SIGNED_IN, faults),
        ("CreateToken", "unicorn", EXPIRED, faults),
        ("AssumeRole", "build", SIGNED_IN, ("truncated", "slow-drip", 500)),
    ):
        for fault in met:
            is_spent = operation == "CreateToken" and fault in ("lost", "truncated", "wrong-types")
            is_slow = operation == "CreateToken" and fault in ("time-out", "slow-drip")
            expected = LOGIN if is_spent else UNREACHABLE if is_slow else DONE
            cells.append(Cell(operation, profile_name, fault, expected, signed_in, times=1, calls=1 if is_slow else 2))
    _demand(cells, tmp_path)


def test_a_slow_refresh_does_not_end_the_sign_in(tmp_path: Path) -> None:
    """A refresh that AWS answers after seconds is waited for, whether the token is dead or good, and sent once."""
    slow = Fault("delay", seconds=7.0)
    cells = [Cell("CreateToken", "unicorn", slow, DONE, signed_in, calls=1) for signed_in in (EXPIRED, ENDING)]
    _demand(cells, tmp_path)


def test_a_failing_refresh_does_not_matter_while_the_token_is_good(tmp_path: Path) -> None:
    """While the access token has minutes left, no failure of its refresh keeps anybody from credentials."""
    faults: tuple[Fault | Kind | int, ...] = (*KINDS, "slow-drip", 400, 401, 403, 429, 503)
    cells = [Cell("CreateToken", "unicorn", fault, DONE, ENDING) for fault in faults]
    _demand(cells, tmp_path)


def test_two_slow_services_share_one_patience(tmp_path: Path) -> None:
    """A dead network costs one wait, not one for each request of a command."""
    faults: tuple[Kind, ...] = ("time-out", "slow-drip")
    cells = [Cell("*", "unicorn", fault, UNREACHABLE, ENDING) for fault in faults]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(_played, cells, (tmp_path / "home0", tmp_path / "home1")))
    assert [outcome.finished.returncode for outcome in outcomes] == [UNREACHABLE] * len(cells)
    assert max(outcome.seconds for outcome in outcomes) <= LONGEST


def test_a_network_that_is_not_there_is_worth_a_retry(household: Household, practice: PracticeServer) -> None:
    """Where nothing listens, or the proxy is gone, `use` ends 6 with a hint and no class names."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    unreachable = {f"AWS_ENDPOINT_URL_{service}": nowhere for service in ("SSO", "SSO_OIDC", "STS")}
    ways = [(name, unreachable) for name in ("unicorn", "build", "web")]
    ways.append(("vendor", {"HTTPS_PROXY": nowhere, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}))

    def tried(way: tuple[str, dict[str, str]]) -> subprocess.CompletedProcess[bytes]:
        return run(_use(way[0]), environment_of(household, way[1]))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for finished in pool.map(tried, ways):
            words = finished.stderr.decode()
            assert (finished.returncode, CLASS_DUMP.search(words)) == (UNREACHABLE, None), words
            assert words.startswith("awsenv: ")
            assert "\nhint: " in words
    assert practice.journal.count() == 0


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_has_no_part_in_loopback(household: Household, practice: PracticeServer, name: str) -> None:
    """A request to this very machine never goes through a proxy, whatever the proxy variables say."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        environment = environment_of(household, {name: f"http://127.0.0.1:{proxy.getsockname()[1]}", "NO_PROXY": ""})
        finished = run(_use("deploy"), environment)
        proxy.settimeout(0)
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert (finished.returncode, practice.journal.count()) == (DONE, 2)


def _rules_of_somebody_else(folder: Path, url: str) -> None:
    for path in (Path(botocore.__path__[0]) / "data" / "sso").glob("*/endpoint-rule-set-1.json*"):
        target = folder / "sso" / path.parent.name / "endpoint-rule-set-1.json"
        target.parent.mkdir(parents=True)
        rule = {"conditions": [], "endpoint": {"url": url, "properties": {}, "headers": {}}, "type": "endpoint"}
        parameters = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
        target.write_text(json.dumps({"version": "1.0", "parameters": parameters["parameters"], "rules": [rule]}))


@pytest.mark.parametrize("by_variable", [True, False])
def test_nobody_elses_endpoint_rules_count(
    household: Household, practice: PracticeServer, tmp_path: Path, *, by_variable: bool
) -> None:
    """Models and endpoint rules beside botocore's own, in AWS_DATA_PATH or ~/.aws/models, send no token anywhere."""
    folder = tmp_path / "data" if by_variable else household.home / ".aws" / "models"
    _rules_of_somebody_else(folder, practice.url)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    # AWS's own endpoints, behind a proxy that is gone: nothing leaves this machine.
    more = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "HTTPS_PROXY": nowhere}
    finished = run(_use("unicorn"), environment_of(household, more | {"AWS_DATA_PATH": str(tmp_path / "data")}))
    assert (finished.returncode, practice.journal.count()) == (UNREACHABLE, 0), finished.stderr


def test_the_playground_has_no_proxy(practice: PracticeServer, tmp_path: Path) -> None:
    """The practice world's shell inherits no proxy, in capitals or not, nor an exception list of the caller's."""
    names = ("http_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy", "NO_PROXY")
    environment = prepare(tmp_path, practice, dict.fromkeys(names, "http://proxy.example:3128")).environment
    assert {name: text for name, text in environment.items() if name.lower().endswith("_proxy")} == {
        "NO_PROXY": "127.0.0.1"
    }


def test_a_variable_that_botocore_chokes_on_is_configuration(tmp_path: Path) -> None:
    """A value that botocore refuses in its own variables ends 3 and names the value, and is no bug of awsenv."""
    names = (
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        "AWS_DEFAULTS_MODE",
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
        "AWS_STS_REGIONAL_ENDPOINTS",
    )
    with PracticeServer() as practice:
        household = furnish(tmp_path / "home", practice)

        def tried(name: str) -> subprocess.CompletedProcess[bytes]:
            return run(_use("build"), environment_of(household, {name: "sideways"}))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for finished in pool.map(tried, names):
                assert finished.returncode == CONFIG, finished.stderr
                assert b"sideways" in finished.stderr
        assert practice.journal.count() == 0


def test_a_cached_role_outlives_a_dead_network(household: Household, practice: PracticeServer) -> None:
    """While AWS does not answer, credentials that have a few minutes left are handed out, with a warning."""
    practice.rules.role_lifetime = timedelta(minutes=10)
    assert run(_use("build"), environment_of(household)).returncode == DONE
    practice.faults.set("AssumeRole", 503)
    second = run(_use("build"), environment_of(household))
    assert (second.returncode, second.stdout.count(b"AWS_SESSION_TOKEN") > 0) == (DONE, True)
    assert b"a little longer" in second.stderr
    third = run((AWSENV, "use", "--min-ttl", "10m", "--shell", "sh", "build"), environment_of(household))
    assert third.returncode == UNREACHABLE
