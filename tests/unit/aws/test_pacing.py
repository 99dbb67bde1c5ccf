import random
import threading

from unit.aws.fakes import StoppedClock

from awsenv.aws.pacing import CALLS_PER_SECOND, Pace
from awsenv.demo.portal import Throttle


def test_requests_are_spaced_evenly() -> None:
    """However fast they are asked for, there are fewer than twenty in any second."""
    clock = StoppedClock()
    pace = Pace(clock.monotonic, clock.sleep)
    throttle = Throttle(clock.monotonic)
    for _ in range(400):
        pace.wait()
        assert throttle.admits(20, 2)
        pace.answered()

    assert clock.seconds + 0.001 >= 399 / CALLS_PER_SECOND
    assert clock.seconds <= 1.03 * 400 / 20


def test_requests_that_were_held_up_are_not_made_up_for() -> None:
    """On a machine that is slow to wake, requests are late by up to a fifth of a second: never over twenty a second."""
    clock = StoppedClock()
    slow = random.Random(7)  # noqa: S311 - a case that can be had again

    def sleep(seconds: float) -> None:
        clock.sleep(seconds + (slow.random() ** 8) * 0.2)

    pace = Pace(clock.monotonic, sleep)
    moments = list[float]()
    for _ in range(2_000):
        pace.wait()
        moments.append(clock.seconds)

    assert all(later - earlier >= 1.0 for earlier, later in zip(moments, moments[20:], strict=False))


def test_threads_share_one_rhythm() -> None:
    """Eight threads together are no faster than one."""
    clock = StoppedClock()
    moments: list[float] = []
    asleep = threading.Lock()

    def sleep(seconds: float) -> None:
        with asleep:
            clock.seconds = max(clock.seconds, clock.seconds + seconds)

    pace = Pace(clock.monotonic, sleep)

    def work() -> None:
        for _ in range(20):
            pace.wait()
            moments.append(clock.seconds)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moments) == 160
    assert clock.seconds >= 159 / CALLS_PER_SECOND - 0.001


def test_a_refusal_holds_everybody_back_and_slows_them() -> None:
    """After a refusal all wait, for as long as AWS says or a little; they go slower then, and answers speed them up."""
    clock = StoppedClock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.wait()
    assert pace.throttled(3.0)
    # Refused together, they count once.
    assert pace.throttled(0.0)
    pace.wait()
    assert clock.seconds >= 3.0
    before = clock.seconds
    pace.wait()
    assert clock.seconds - before > 1 / CALLS_PER_SECOND + 0.005
    for _ in range(40):
        pace.answered()
    pace.wait()
    before = clock.seconds
    pace.wait()
    assert abs(clock.seconds - before - 1 / CALLS_PER_SECOND) < 0.0001


def test_pauses_grow_and_it_ends() -> None:
    """Without any answer the pauses double, and after a minute of nothing but refusals it is given up."""
    clock = StoppedClock()
    pace = Pace(clock.monotonic, clock.sleep)
    pauses = []
    while pace.throttled(0.0):
        before = clock.seconds
        pace.wait()
        pauses.append(clock.seconds - before)
        assert len(pauses) < 50

    assert pauses[0] < pauses[3] < pauses[5]
    assert 45 < clock.seconds < 65


def test_other_failures_are_tried_again_for_some_seconds() -> None:
    """Who gets no answer at all gives up sooner, and an answer to anybody gives everybody time again."""
    clock = StoppedClock()
    pace = Pace(clock.monotonic, clock.sleep)

    assert pace.failed(4.0)
    assert pace.failed(4.0)
    assert not pace.failed(4.0)
    pace.answered()
    assert pace.failed(4.0)
