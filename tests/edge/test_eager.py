"""Work that begins at once behaves like a task from its first wait for anything but a commit."""

import asyncio

import pytest

from tests.edge.conftest import pause
from voltaro.edge.eager import begin
from voltaro.store.batch import Entry
from voltaro.store.commitment import Commitment, Committed


def commitment():
    return Commitment(Entry((), None, None), asyncio.get_running_loop())


@pytest.fixture
async def failures():
    """What the loop's exception handler was told."""
    told = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    yield told
    loop.set_exception_handler(None)


async def test_what_needs_no_waiting_is_done_at_once():
    done = []

    async def work():
        done.append(1)

    assert begin(work(), at_once=True) is None
    assert done == [1]


async def test_what_waits_for_commits_goes_on_at_once_when_they_are_told_and_has_no_task():
    first, second = commitment(), commitment()
    seen = []

    async def work():
        seen.append(await first)
        seen.append(asyncio.current_task())
        try:
            await second
        except KeyError as error:
            seen.append(error.args)

    before = asyncio.all_tasks()
    errand = begin(work(), at_once=True)
    first.tell(Committed.STORED)
    assert seen == [Committed.STORED, asyncio.current_task()]
    assert asyncio.all_tasks() == before
    assert not errand.is_over
    second.tell(KeyError("x"))

    assert seen[2:] == [("x",)]
    assert errand.is_over


async def test_what_waits_for_something_else_goes_on_in_a_task_of_its_own():
    commit, other, last = commitment(), asyncio.get_running_loop().create_future(), commitment()
    seen = []

    async def work():
        await commit
        seen.append(await other)
        await pause(0)
        async with asyncio.timeout(5):
            await last
        seen.append(asyncio.current_task())

    errand = begin(work(), at_once=True)
    commit.tell(Committed.STORED)
    assert seen == []
    other.set_result("a")
    last.tell(Committed.STORED)
    await errand.ended()

    assert seen[0] == "a"
    assert seen[1] not in {None, asyncio.current_task()}


@pytest.mark.parametrize("at_once", [True, False])
async def test_whoever_asks_hears_when_it_is_over(at_once):
    commit = commitment()

    async def work():
        await commit

    errand = begin(work(), at_once=at_once)
    ended = errand.ended()
    await pause(0)
    assert not ended.done()
    commit.tell(Committed.STORED)
    await ended


async def test_what_it_raises_is_reported_and_hurts_nobody_else(failures):
    commit, other = commitment(), asyncio.get_running_loop().create_future()

    async def at_once():
        raise ValueError

    async def after(waited_for):
        await waited_for
        raise IndexError

    assert begin(at_once(), at_once=True) is None
    errands = [begin(after(each), at_once=True) for each in (commit, other)]
    commit.tell(Committed.STORED)
    ended = errands[1].ended()
    other.set_result(None)
    await ended

    assert [type(each) for each in failures[:2]] == [ValueError, IndexError]
    assert errands[0].is_over


async def test_a_task_of_it_that_is_cancelled_cleans_up():
    never = asyncio.get_running_loop().create_future()
    seen = []

    async def work():
        try:
            await never
        finally:
            seen.append("cleaned")

    before = asyncio.all_tasks()
    ended = begin(work(), at_once=True).ended()
    (task,) = asyncio.all_tasks() - before
    task.cancel()
    await ended

    assert seen == ["cleaned"]
