"""A person with a real browser: run by awsenv as one, it opens the page in headless Chromium and really clicks.

    chromium.py FOLDER PAGE

FOLDER/decision names the element to click. What was seen goes to FOLDER/seen, and what went wrong to FOLDER/failed.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
)
PATIENCE = 60.0


class Driver:
    """Chromium's own WebDriver, spoken to in plain HTTP."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def begin(self, profile: str) -> None:
        """Start Chromium with a profile of its own."""
        options = {"binary": "/usr/bin/chromium", "args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._base += f"/session/{self._ask('POST', '/session', wanted)['sessionId']}"

    def go(self, page: str) -> None:
        """Open a page."""
        self._ask("POST", "/url", {"url": page})

    def title(self) -> str:
        """Return the text of the page's headline."""
        return str(self._ask("GET", f"/element/{self._find('h1')}/text"))

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return str(self._ask("GET", f"/element/{self._find(selector)}/text"))

    def click(self, selector: str) -> None:
        """Click an element, which must be there to be seen and to be hit."""
        self._ask("POST", f"/element/{self._find(selector)}/click", {})

    def end(self) -> None:
        """Close the browser."""
        self._ask("DELETE", "")

    def _find(self, selector: str) -> str:
        return str(self._ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT])

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the driver's own address
            self._base + path, data, {"Content-Type": "application/json"}, method=method
        )
        with self._opener.open(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]


def decide(driver: Driver, page: str, decision: str) -> dict[str, str]:
    """Open the page, click what was decided, and return what stood there before and after."""
    driver.go(page)
    seen = {"asked": driver.title(), "code": driver.text("#code") if "user_code" in page else ""}
    driver.click(f"#{decision}")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # Between two pages there is no headline, or that of a page which is just going.
        with contextlib.suppress(urllib.error.HTTPError):
            if (after := driver.title()) != seen["asked"]:
                return seen | {"after": after}
        time.sleep(0.05)
    raise TimeoutError(seen["asked"])


def main(folder: Path, page: str) -> None:
    """Do it, from the driver's start to its end."""
    with (
        tempfile.TemporaryDirectory(prefix="awsenv-chromium-", ignore_cleanup_errors=True) as profile,
        subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True) as service,
    ):
        try:
            assert service.stdout is not None
            line = next(line for line in service.stdout if "started successfully on port" in line)
            driver = Driver(int(line.rstrip(".\n").rpartition(" ")[2]))
            driver.begin(profile)
            try:
                seen = decide(driver, page, (folder / "decision").read_text())
            finally:
                driver.end()
            (folder / "seen").write_text(json.dumps(seen))
        finally:
            service.terminate()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except Exception:
        (Path(sys.argv[1]) / "failed").write_text(traceback.format_exc())
        raise
