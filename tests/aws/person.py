"""The person at the browser: a program that awsenv starts as one, which notes the page and decides as it was told."""

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# Follows what the page itself offers, as a person does who reads "allow" and clicks it.
_PROGRAM = """#!{python} -IS
import html, pathlib, re, sys, urllib.parse, urllib.request

folder, page = pathlib.Path({folder!r}), sys.argv[-1]
with open(folder / "opened", "a") as opened:
    opened.write(page + "\\n")
decision = (folder / "decision").read_text()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
if decision in ("allow", "deny"):
    text = opener.open(page, timeout=60).read().decode()
    link = re.search('<a id="%s" href="([^"]+)"' % decision, text)
    button = re.search('<button id="%s" name="decision" value="([^"]+)"' % decision, text)
    if link:
        opener.open(urllib.parse.urljoin(page, html.unescape(link[1])), timeout=60).read()
    elif button:
        opener.open(page, data=b"decision=" + button[1].encode(), timeout=60).read()
while (folder / "stays").exists():
    __import__("time").sleep(0.05)
"""


@dataclass(frozen=True)
class Person:
    """Who sits at the browser; `browser` is what BROWSER names."""

    folder: Path
    browser: str

    def will(self, decision: str) -> None:
        """Decide all pages from now on: allow, deny, or nothing."""
        (self.folder / "decision").write_text(decision)

    def opened(self) -> list[str]:
        """Return the pages that were opened, one for each start of the browser."""
        try:
            return (self.folder / "opened").read_text().split()
        except FileNotFoundError:
            return []


def seat(folder: Path, decision: str = "allow") -> Person:
    """Return a person with a folder of their own to be told in."""
    folder.mkdir()
    program = folder / "browser"
    program.write_text(_PROGRAM.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o700)
    person = Person(folder, str(program))
    person.will(decision)
    return person


def port_in(page: str) -> int:
    """Return the port that an authorization page leads back to."""
    port = urlsplit(parse_qs(urlsplit(page).query)["redirect_uri"][0]).port
    assert port is not None
    return port
