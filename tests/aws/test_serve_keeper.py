"""What is kept for those who ask: fresh keys from one request to AWS, and never stale ones."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from stage import at_most

from awsenv.actions import serve_credentials
from awsenv.actions.serve_credentials import LEAST, MARGIN, Keeper
from awsenv.aws.container import Answer
from awsenv.errors import AwsenvError, AwsUnreachable, TokenExpired
from awsenv.model import Credentials

BEGINNING = datetime(2026, 1, 1, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
OVER = TokenExpired("the sign-in to company is over", hint="awsenv login")


@dataclass
class World:
    """AWS, a clock and a person, all in the test's hands."""

    now: datetime = BEGINNING
    life: timedelta | None = HOUR
    failure: Exception | None = None
    seconds: float = 0.0
    calls: int = 0
    reported: list[AwsenvError] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def issue(self) -> Credentials:
        """Return the next keys; they are numbered."""
        end = self.now + self.life if self.life else None
        return Credentials(f"ASIA{self.calls}", "secret", "token" if self.life else None, end, "222233334444")

    def fetch(self) -> Credentials:
        """Answer as AWS does just now."""
        self.calls += 1
        time.sleep(self.seconds)
        assert self.may_answer.wait(30)
        if self.failure is not None:
            raise self.failure
        return self.issue()

    def keeper(self) -> Keeper:
        """Return a keeper of the first keys."""
        return Keeper(self.fetch, self.issue(), now=lambda: self.now, report=self.reported.append)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Make a world in which a second passes in no time."""
    monkeypatch.setattr(serve_credentials, "_SHORTEST", 0.01)
    monkeypatch.setattr(serve_credentials, "_LONGEST", 0.02)
    monkeypatch.setattr(serve_credentials, "FAILURE_SECONDS", 0.0)
    return World()


def kept(world: World, scene: Callable[[Keeper], Coroutine[Any, Any, None]]) -> None:
    """Play a scene with a keeper that renews in the background."""

    async def play() -> None:
        keeper = world.keeper()
        keeping = asyncio.ensure_future(keeper.keep())
        try:
            await asyncio.wait_for(scene(keeper), 30)
        finally:
            keeping.cancel()

    asyncio.run(play())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    while not condition():  # noqa: ASYNC110 - what is waited for knows of no loop
        await asyncio.sleep(0.005)


def key_of(answer: Answer) -> str:
    """Return the key in an answer with one."""
    assert answer.status == 200, answer.body
    key_id = json.loads(answer.body)["AccessKeyId"]
    assert isinstance(key_id, str)
    return key_id


async def until_served(keeper: Keeper, key_id: str) -> None:
    """Wait until this key is handed out: what was fetched counts from when it is here, and not before."""
    while key_of(await keeper.answer()) != key_id:  # noqa: ASYNC110 - the same
        await asyncio.sleep(0.005)


def test_keys_are_renewed_before_any_sdk_wants_new_ones(world: World) -> None:
    """Nothing is fetched while they have more than the margin left; with that they are renewed, and nobody waits."""

    async def scene(keeper: Keeper) -> None:
        world.now += HOUR - MARGIN - timedelta(seconds=1)
        await asyncio.sleep(0.1)
        assert (key_of(await keeper.answer()), world.calls) == ("ASIA0", 0)
        world.may_answer.clear()
        world.now += timedelta(seconds=1)
        await until(lambda: world.calls == 1)
        assert key_of(await keeper.answer()) == "ASIA0"
        world.may_answer.set()
        await until_served(keeper, "ASIA1")
        await asyncio.sleep(0.1)
        assert (key_of(await keeper.answer()), world.calls) == ("ASIA1", 1)

    kept(world, scene)
    assert timedelta(minutes=15) < MARGIN


def test_who_wants_more_left_has_it_renewed_earlier(world: World) -> None:
    """A wider margin than that of the SDKs counts."""

    async def scene() -> None:
        first = world.issue()
        keeper = Keeper(world.fetch, first, now=lambda: world.now, report=world.reported.append, margin=HOUR / 2)
        keeping = asyncio.ensure_future(keeper.keep())
        world.now += HOUR / 2 - timedelta(seconds=1)
        await asyncio.sleep(0.1)
        assert world.calls == 0
        world.now += timedelta(seconds=1)
        await asyncio.wait_for(until(lambda: world.calls == 1), 30)
        keeping.cancel()

    asyncio.run(scene())


def test_short_lives_are_renewed_at_their_half(world: World) -> None:
    """Where AWS gives less than twice the margin, each key is asked for once, and renewed when half of it is used."""
    world.life = timedelta(minutes=15)

    async def scene(keeper: Keeper) -> None:
        # How old the first are is not known, and they have less than the margin.
        await until_served(keeper, "ASIA1")
        world.now += timedelta(minutes=7)
        await asyncio.sleep(0.1)
        assert world.calls == 1
        world.now += timedelta(minutes=1)
        await until_served(keeper, "ASIA2")
        await asyncio.sleep(0.1)
        assert (key_of(await keeper.answer()), world.calls) == ("ASIA2", 2)

    kept(world, scene)


def test_what_is_at_hand_is_served_while_it_lives(world: World) -> None:
    """Without AWS the old keys are served until they are as good as over, then 503 with the reason."""
    world.failure = AwsUnreachable("AWS did not answer", hint="check the network")

    async def scene(keeper: Keeper) -> None:
        world.now += HOUR - LEAST - timedelta(seconds=1)
        await until(lambda: world.calls > 2)
        assert key_of(await keeper.answer()) == "ASIA0"
        assert world.reported == []
        world.now += timedelta(seconds=1)
        answer = await keeper.answer()
        assert (answer.status, json.loads(answer.body)) == (
            503,
            {"code": "AwsUnreachable", "message": "AWS did not answer: check the network"},
        )
        assert world.reported == [world.failure]
        world.failure = None
        assert key_of(await keeper.answer()) != "ASIA0"

    kept(world, scene)


def test_a_dead_sign_in_is_told_once_and_a_login_counts_at_once(world: World) -> None:
    """The person hears of it while the keys still work, once; then 503 comes at once; a login counts with the next."""
    world.failure = OVER

    async def scene(keeper: Keeper) -> None:
        world.now += HOUR - MARGIN
        await until(lambda: world.calls > 3)
        assert world.reported == [OVER]
        world.now += HOUR
        for _ in range(3):
            answer = await keeper.answer()
            assert (answer.status, b"awsenv login" in answer.body) == (503, True)
        calls = world.calls
        await asyncio.sleep(0.1)
        # Nobody asks, and a person has to come first: AWS is left alone.
        assert world.calls <= calls + 1
        assert world.reported == [OVER]
        world.failure = None
        assert key_of(await keeper.answer()) != "ASIA0"
        world.failure = OVER
        world.now += HOUR
        assert (await keeper.answer()).status == 503
        assert world.reported == [OVER, OVER]

    kept(world, scene)


def test_one_request_however_many_ask(world: World) -> None:
    """1,000 who ask at once for keys that are over wait for one request to AWS."""
    world.seconds = 0.2

    async def scene(keeper: Keeper) -> None:
        world.now += 2 * HOUR
        answers = await asyncio.gather(*(keeper.answer() for _ in range(1000)))
        assert {key_of(answer) for answer in answers} == {"ASIA1"}
        assert world.calls == 1

    kept(world, scene)


def test_one_failure_however_many_ask(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is the answer of all who ask in the same moment: AWS is not asked by each."""
    monkeypatch.setattr(serve_credentials, "FAILURE_SECONDS", 5.0)
    world.failure = AwsUnreachable("AWS did not answer")

    async def scene(keeper: Keeper) -> None:
        world.now += 2 * HOUR
        for _ in range(100):
            assert (await keeper.answer()).status == 503
        assert world.calls == 1

    kept(world, scene)


def test_failures_in_a_row_come_slower(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as AWS fails, callers who never tire have it asked less and less; a sign-in is looked for as before."""
    monkeypatch.setattr(serve_credentials, "FAILURE_SECONDS", 0.02)
    world.failure = AwsUnreachable("AWS did not answer")

    async def scene(keeper: Keeper) -> None:
        world.now += 2 * HOUR
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            assert (await keeper.answer()).status == 503
            await asyncio.sleep(0.005)
        assert world.calls < 7
        # With what is over by now the next comes soon, and so does each after it.
        world.failure, end = OVER, time.monotonic() + 1.5
        while world.calls < 20:
            await keeper.answer()
            await asyncio.sleep(0.005)
        assert time.monotonic() < end + at_most(0)

    kept(world, scene)


def test_keys_that_come_over_are_no_reason_to_ask_again_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that is hours ahead all keys are over: that is a failure as any other, and said."""
    monkeypatch.setattr(serve_credentials, "FAILURE_SECONDS", 5.0)
    world.life = -HOUR

    async def scene(keeper: Keeper) -> None:
        for _ in range(50):
            answer = await keeper.answer()
            assert (answer.status, b"clock" in answer.body) == (503, True)
        assert world.calls == 1

    kept(world, scene)


def test_nobody_waits_longer_than_an_sdk_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS takes its time, who asks hears so before an SDK gives up, and gets the keys with its next try."""
    monkeypatch.setattr(serve_credentials, "PATIENCE", 0.05)
    world.may_answer.clear()

    async def scene(keeper: Keeper) -> None:
        world.now += 2 * HOUR
        answer = await asyncio.wait_for(keeper.answer(), at_most(0.5))
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "Renewing")
        assert world.calls == 1
        world.may_answer.set()
        await keeper.finish()
        assert (key_of(await keeper.answer()), world.calls) == ("ASIA1", 1)

    kept(world, scene)
    # The JavaScript SDK's second is the shortest.
    assert serve_credentials.PATIENCE < 1


def test_a_bug_is_told_by_its_kind_alone(world: World) -> None:
    """An unforeseen failure is 503 too, and its text, which may hold anything, is not told."""
    world.failure = RuntimeError("canary-secret")

    async def scene(keeper: Keeper) -> None:
        world.now += 2 * HOUR
        answer = await keeper.answer()
        assert (answer.status, b"RuntimeError" in answer.body, b"canary" in answer.body) == (503, True, False)

    kept(world, scene)
    assert [error.problem for error in world.reported] == ["a bug in awsenv: RuntimeError"]


def test_keys_without_an_end_get_one(world: World) -> None:
    """SDKs demand an end and a token, so that keys without either come with an hour and an empty one."""
    world.life = None

    async def scene(keeper: Keeper) -> None:
        world.now += 5 * HOUR
        fields = json.loads((await keeper.answer()).body)
        assert (fields["Expiration"], fields["Token"]) == ("2026-01-01T06:00:00Z", "")
        assert world.calls == 0

    kept(world, scene)


def test_an_answer_that_comes_after_the_end_is_nobodys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends while AWS takes its time says nothing when the answer comes, neither keys nor a traceback."""
    monkeypatch.setattr(serve_credentials, "PATIENCE", 0.05)
    world.may_answer.clear()
    before = set(threading.enumerate())

    async def scene(keeper: Keeper) -> None:
        world.now += 2 * HOUR
        assert (await keeper.answer()).status == 503

    kept(world, scene)
    late = set(threading.enumerate()) - before
    world.may_answer.set()
    for thread in late:
        thread.join(10)

    # What such a thread raises, pytest makes an error of this test.
    assert len(late) == 1
    assert world.calls == 1
