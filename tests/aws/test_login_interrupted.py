"""Ctrl-C during a login, at any point: what it leaves behind."""

import json
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aws.person import seat
from stage import AWSENV, SOAK, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer

POINTS = 500 if SOAK else 24
AT_ONCE = 3
# As long as a whole login takes here, from the first moment at which awsenv can answer a signal.
SPAN = 1.6
EXPIRED = SignedIn(sso_sessions=("company",), legacy=False, has_refresh_token=False)


def interrupted_after(household: Household, browser: str, flow: list[str], seconds: float) -> tuple[int, str]:
    """Log in, interrupt it `seconds` after it began to listen to signals, and return how it ended and what it said."""
    with subprocess.Popen(
        [AWSENV, "login", "--force", *flow, "--sso-session", "company"],
        env=environment_of(household, {"BROWSER": browser}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _wait_until_it_listens(process)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=TIME_LIMIT)
        return process.returncode, said.decode()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]") -> None:
    # Before that a signal meets Python's own start, which no program can answer for.
    bit = 1 << (signal.SIGTERM - 1)
    deadline = time.monotonic() + TIME_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        if int(caught.split()[1], 16) & bit:
            return


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (None, 1)]
)
def test_what_a_signal_was_turned_into_is_no_bug(tmp_path: Path, number: signal.Signals | None, status: int) -> None:
    """Where a library makes an error of its own of a signal, it is told as the interruption; without one, as a bug."""
    script = (
        "import os, sys\n"
        "from awsenv.cli import running\n"
        "def lose_signal(*_):\n"
        "    try:\n"
        "        os.kill(os.getpid(), int(sys.argv[1]))\n"
        "        sum(range(100_000))\n"
        "    except BaseException:\n"
        "        pass\n"
        "    raise TypeError('canary')\n"
        "running._invoke = lose_signal\n"
        "sys.exit(running.run(['status'], signal_mask=()))\n"
    )
    finished = run([sys.executable, "-c", script, str(int(number or 0))], {"HOME": str(tmp_path), "PATH": ""})

    assert finished.returncode == status
    assert (finished.stderr == b"awsenv: interrupted\n") == (number is not None)
    assert (b"a bug in awsenv: TypeError" in finished.stderr) == (number is None)


def test_an_interrupted_login_leaves_nothing_half_done(tmp_path: Path, practice: PracticeServer) -> None:
    """Interrupted at any point a login ends 130 in one line; token files are old or new, and the next login works."""
    practice.rules.approves_by_itself = True
    homes = [furnish(tmp_path / f"home{number}", practice, EXPIRED) for number in range(AT_ONCE)]
    browsers = [seat(tmp_path / f"person{number}").browser for number in range(AT_ONCE)]

    def sweep(number: int) -> list[int]:
        household, codes = homes[number], []
        token = household.token_path("company")
        for point in range(number, POINTS, AT_ONCE):
            before = token.read_bytes()
            flow = ["--device-code"] if point % 2 else []
            code, said = interrupted_after(household, browsers[number], flow, SPAN * point / POINTS)
            after = token.read_bytes()
            assert code in {0, 130}, said
            assert "Traceback" not in said
            assert code == 0 or said.count("awsenv: interrupted") == 1
            assert after == before or json.loads(after)["accessToken"]
            assert stat.S_IMODE(token.stat().st_mode) == 0o600
            assert [path.name for path in token.parent.iterdir() if path.suffix != ".json"] == []
            codes.append(code)
        return codes

    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = [code for part in pool.map(sweep, range(AT_ONCE)) for code in part]

    assert len(codes) == POINTS
    assert codes.count(130) >= POINTS // 3
    for household, browser in zip(homes, browsers, strict=True):
        again = run(
            [AWSENV, "login", "--force", "--sso-session", "company"], environment_of(household, {"BROWSER": browser})
        )
        assert again.returncode == 0, again.stderr
