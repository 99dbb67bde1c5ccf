"""Measure what those wait who ask the credentials endpoint, all in the same moment.

They are one process, whose own time is in it.
"""

import selectors
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from aws.serving import Served, serving
from bench.table import ROUNDS
from stage import environment_of, furnish

from awsenv.demo.server import PracticeServer

CROWDS = (1, 100, 1000)
# So short that the first who ask have them renewed.
SHORT = timedelta(seconds=1)


def waits(served: Served, count: int) -> list[float]:
    """Return the milliseconds from each caller's knock to the end of its answer."""
    request, selector, knocked = served.request(), selectors.DefaultSelector(), {}
    for _ in range(count):
        connection = socket.socket()
        knocked[connection.fileno()] = time.perf_counter()
        connection.connect(("127.0.0.1", served.port))
        connection.sendall(request)
        selector.register(connection, selectors.EVENT_READ)
    taken: list[float] = []
    while len(taken) < count:
        for key, _ in selector.select(30):
            assert isinstance(key.fileobj, socket.socket)
            # It is one packet, and the end comes with it.
            assert key.fileobj.recv(65_536).startswith(b"HTTP/1.1 200 ")
            taken.append((time.perf_counter() - knocked[key.fd]) * 1000)
            selector.unregister(key.fileobj)
            key.fileobj.close()
    return sorted(taken)


def row(name: str, crowd: int, measure: Callable[[], list[float]], rounds: int) -> str:
    """Return a line of the table: the medians of the rounds."""
    found = [measure() for _ in range(rounds)]
    places = (crowd // 2, crowd * 99 // 100, crowd - 1)
    cells = [f"{statistics.median(taken[place] for taken in found):.1f}" for place in places]
    return f"| {name} | {' | '.join(cells)} |"


def report() -> Iterator[str]:
    """Yield the lines of the table."""
    with tempfile.TemporaryDirectory() as folder, PracticeServer() as practice:
        household = furnish(Path(folder) / "home", practice)
        environment = environment_of(household)
        yield "| callers at once, ms | half of them | 99 in 100 | all |"
        yield "|---|---|---|---|"
        with serving(environment) as (served, _):
            for crowd in CROWDS:
                yield row(f"{crowd:,}", crowd, partial(waits, served, crowd), ROUNDS)

        def renewed() -> list[float]:
            practice.rules.role_lifetime = SHORT
            shutil.rmtree(household.home / ".aws" / "cli" / "cache", ignore_errors=True)
            with serving(environment) as (served, _):
                practice.rules.role_lifetime = timedelta(hours=1)
                practice.journal.clear()
                taken = waits(served, CROWDS[-1])
                assert practice.journal.count() == 1
                return taken

        yield row(f"{CROWDS[-1]:,}, whose keys are over: one request to AWS", CROWDS[-1], renewed, 3)
