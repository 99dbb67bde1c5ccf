import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aws.person import seat
from stage import AWSENV, SOAK, at_most, environment_of, furnish, run

from awsenv.demo.faults import Fault, Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer
from awsenv.errors import ExitCode

DONE, LOGIN, REFUSED = ExitCode.DONE, ExitCode.LOGIN_REQUIRED, ExitCode.AWS_REFUSED
UNREACHABLE, CONFIG = ExitCode.AWS_UNREACHABLE, ExitCode.CONFIG
AT_ONCE = 6
# Fifteen seconds are promised beyond the person's.
LONGEST = at_most(13.0)
CODE_LIFETIME = 5.0
CLASS_DUMP = re.compile(r"Traceback|\b\w*(?:Error|Exception)\(|<class |botocore\.|a bug in awsenv")
NOBODY = SignedIn(sso_sessions=(), legacy=False)

BROKEN: tuple[Fault | Kind | int, ...] = (
    "time-out",
    "reset",
    "lost",
    "truncated",
    "html",
    "empty",
    "wrong-types",
    "redirect",
    "slow-drip",
    429,
    500,
    502,
    503,
    504,
    Fault("error", status=429, retry_after=3600),
    Fault("error", status=503, retry_after=1),
)
REFUSALS: tuple[Fault | Kind | int, ...] = (
    400,
    401,
    403,
    404,
    Fault("error", status=400, code="InvalidRequestException"),
    Fault("error", status=400, code="UnauthorizedClientException"),
    Fault("error", status=400, code="AccessDeniedException"),
)
EVERY = (*BROKEN, *REFUSALS)
# At home every third cell of a row, so that each fault still meets some operation; all of them on the long run.
STEP = 1 if SOAK else 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault of one operation of a login, and what must come of it."""

    operation: str
    arguments: tuple[str, ...]
    fault: Fault | Kind | int
    expected: ExitCode
    times: int | None = None
    signed_in: SignedIn = NOBODY
    waits: float = 0.0

    def __str__(self) -> str:
        return f"{' '.join(self.arguments)}: {self.operation} x {self.fault} x {self.times or 'for good'}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    finished: subprocess.CompletedProcess[bytes]
    seconds: float
    secrets: frozenset[str]
    before: dict[str, bytes]
    after: dict[str, bytes]


def _tokens(household: Household) -> dict[str, bytes]:
    paths = (household.home / ".aws" / "sso" / "cache").glob("*.json")
    return {path.name: path.read_bytes() for path in paths if b"accessToken" in path.read_bytes()}


def _played(cell: Cell, folder: Path) -> Outcome:
    folder.mkdir()
    rules = Rules(device_code_lifetime=timedelta(seconds=CODE_LIFETIME), approves_by_itself=True)
    with PracticeServer(rules=rules) as practice:
        household = furnish(folder / "home", practice, cell.signed_in)
        person = seat(folder / "person")
        before = _tokens(household)
        practice.faults.set(cell.operation, cell.fault, cell.times)
        started = time.monotonic()
        finished = run([AWSENV, *cell.arguments], environment_of(household, {"BROWSER": person.browser}))
        calls = practice.journal.calls()
        if calls:
            started = max(started, time.monotonic() - (practice.now() - calls[0].at).total_seconds())
        return Outcome(finished, time.monotonic() - started, frozenset(practice.secrets()), before, _tokens(household))


def _complaints(cell: Cell, outcome: Outcome) -> Iterable[str]:
    finished, words = outcome.finished, outcome.finished.stderr.decode()
    checks = {
        f"exit {finished.returncode}, not {int(cell.expected)}": finished.returncode == cell.expected,
        f"{outcome.seconds:.1f} s": outcome.seconds <= LONGEST + cell.waits,
        "a class or a traceback on stderr": not CLASS_DUMP.search(words),
        "a secret on stderr": not any(secret in words for secret in outcome.secrets),
        "something on stdout": finished.stdout == b"",
        "no word": words.startswith("awsenv: "),
        "a token": (outcome.before != outcome.after) is (cell.expected is DONE),
    }
    return [f"{cell}: {complaint} ({words.strip()!r})" for complaint, holds in checks.items() if not holds]


def _demand(cells: Sequence[Cell], folder: Path) -> None:
    def problems_of(number: int) -> Iterable[str]:
        return _complaints(cells[number], _played(cells[number], folder / f"cell{number}"))

    slowest = sorted(range(len(cells)), key=lambda number: cells[number].fault not in ("time-out", "slow-drip"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        problems = [problem for problems in pool.map(problems_of, slowest) for problem in problems]
    assert not problems, "\n".join(problems)


PKCE = ("login", "--sso-session", "company")
DEVICE = ("login", "--device-code", "--no-browser", "--sso-session", "company")


# These spend the code, and spoil the refusal of the second try not so much that it could not be told for one.
SPENT = ("truncated", "wrong-types")


def _as_refusal(operation: str, fault: Fault | Kind | int) -> ExitCode:
    if operation == "CreateToken" and fault in SPENT:
        return LOGIN
    if fault not in REFUSALS:
        return UNREACHABLE
    return LOGIN if operation == "CreateToken" else REFUSED


@pytest.mark.parametrize(
    ("operation", "arguments", "first"),
    [
        ("RegisterClient", PKCE, 0),
        ("RegisterClient", DEVICE, 1),
        ("StartDeviceAuthorization", DEVICE, 2),
        ("CreateToken", PKCE, 0),
    ],
)
def test_every_fault_of_a_login_ends_in_its_exit_code(
    operation: str, arguments: tuple[str, ...], first: int, tmp_path: Path
) -> None:
    """Whatever a request of a login meets: words, the right code, soon, and no token."""
    faults = EVERY[first % STEP :: STEP]
    cells = [Cell(operation, arguments, fault, _as_refusal(operation, fault)) for fault in faults]
    _demand(cells, tmp_path)


def test_every_fault_of_a_poll_ends_in_its_exit_code(tmp_path: Path) -> None:
    """A poll that fails is tried until the code is over; what is refused ends the login at once."""
    cells = [
        Cell("CreateToken", DEVICE, fault, _as_refusal("CreateToken", fault), waits=CODE_LIFETIME)
        for fault in EVERY[1 % STEP :: STEP]
    ]
    for code, expected in (
        ("AuthorizationPendingException", LOGIN),
        ("SlowDownException", LOGIN),
        ("ExpiredTokenException", LOGIN),
        ("InvalidGrantException", LOGIN),
        ("InvalidClientException", REFUSED),
    ):
        fault = Fault("error", status=400, code=code)
        cells.append(Cell("CreateToken", DEVICE, fault, expected, waits=CODE_LIFETIME))
    _demand(cells, tmp_path)


def test_what_passes_is_not_noticed(tmp_path: Path) -> None:
    """A fault that the second request does not meet costs nobody the login."""
    faults: tuple[Fault | Kind | int, ...] = ("reset", "html", "empty", 503, "time-out", 429)
    cells = [
        Cell(operation, arguments, fault, DONE, times=1)
        for operation, arguments in (
            ("RegisterClient", PKCE),
            ("CreateToken", PKCE),
            ("StartDeviceAuthorization", DEVICE),
        )
        for fault in faults[:: 1 if SOAK else 2]
    ]
    cells += [Cell("CreateToken", DEVICE, fault, DONE, times=1) for fault in ("reset", 503)]
    _demand(cells, tmp_path)


def test_a_list_of_accounts_that_fails_fails_no_login(tmp_path: Path) -> None:
    """Who cannot be listed is signed in all the same, and does not wait for long."""
    _demand([Cell("ListAccounts", PKCE, fault, DONE) for fault in EVERY[2 % STEP :: STEP]], tmp_path)


def test_a_logout_that_fails_is_a_logout(tmp_path: Path) -> None:
    """Whatever the server says or does not say, the files are gone soon, and the exit code is 0."""
    arguments = ("logout", "--sso-session", "company")
    _demand([Cell("Logout", arguments, fault, DONE, signed_in=SignedIn()) for fault in EVERY[::STEP]], tmp_path)


OFFSETS = (
    timedelta(hours=-24),
    timedelta(hours=-1),
    timedelta(minutes=-10),
    timedelta(minutes=-1),
    timedelta(0),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=24),
)


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
@pytest.mark.parametrize("state", ["expired", "ending"])
def test_a_clock_that_is_off_is_named_and_loops_nowhere(offset: timedelta, state: str, tmp_path: Path) -> None:
    """However far AWS's clock is from this one: one refresh at most a call, and beyond five minutes a word of it."""
    lifetime = timedelta(hours=-1) if state == "expired" else timedelta(minutes=10)
    with PracticeServer() as practice:
        household = furnish(tmp_path / "home", practice, SignedIn(access_lifetime=lifetime))
        practice.rules.clock_offset = offset
        for _ in range(2):
            practice.journal.clear()
            finished = run([AWSENV, "use", "--shell", "sh", "unicorn"], environment_of(household))
            words = finished.stderr.decode()
            assert finished.returncode in (DONE, LOGIN), words
            assert practice.journal.count("CreateToken") <= 1
            assert practice.journal.count() <= 2
            assert not CLASS_DUMP.search(words)
            asked = practice.journal.count() > 0
            minutes = round(abs(offset).total_seconds() / 60)
            said = re.findall(r"clock is (\d+) minutes (ahead of|behind) AWS's", words)
            if abs(offset) > timedelta(minutes=5) and asked:
                assert len(said) == 1, words
                assert abs(int(said[0][0]) - minutes) <= 1
                assert said[0][1] == ("behind" if offset > timedelta(0) else "ahead of")
            else:
                assert said == []


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_a_login_works_by_any_clock(offset: timedelta, tmp_path: Path) -> None:
    """A token's life is counted by this machine's clock, so that a login holds whatever AWS's says."""
    with PracticeServer(rules=Rules(clock_offset=offset, approves_by_itself=True)) as practice:
        household = furnish(tmp_path / "home", practice, NOBODY)
        person = seat(tmp_path / "person")
        environment = environment_of(household, {"BROWSER": person.browser})
        finished = run([AWSENV, *PKCE], environment)
        assert finished.returncode == DONE, finished.stderr
        assert (b"clock is" in finished.stderr) is (abs(offset) > timedelta(minutes=5))
        assert finished.stderr.count(b"clock is") <= 1
        again = run([AWSENV, "status", "--check", "unicorn"], environment)
        assert again.returncode == DONE, again.stderr
        assert practice.journal.count("CreateToken") == 1
