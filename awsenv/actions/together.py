"""Do the same for many at once, a few at a time, and hand over what comes of each as soon as it is there."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Twenty calls a second of up to four tenths of a second each.
WORKERS = 8


def together(work: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[T, R | BaseException]]:
    """Yield each item with what `work` returned for it, or raised, in the order in which they are done.

    Whoever leaves the loop leaves the rest undone.
    """
    todo: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[T, R | BaseException]] = queue.SimpleQueue()
    is_over = threading.Event()
    for item in items:
        todo.put(item)

    def run() -> None:
        while not is_over.is_set():
            try:
                item = todo.get_nowait()
            except queue.Empty:
                return
            try:
                outcome: R | BaseException = work(item)
            except BaseException as error:  # noqa: BLE001 - for whoever waits for it
                outcome = error
            done.put((item, outcome))

    for _ in range(min(WORKERS, len(items))):
        # Never waited for: who gives up does so at once.
        threading.Thread(target=run, daemon=True).start()
    try:
        for _ in items:
            yield done.get()
    finally:
        is_over.set()
