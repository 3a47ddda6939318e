"""A coroutine that begins at once behaves like a task from its first wait on."""

import asyncio

import pytest

from tests.edge.conftest import pause
from voltaro.edge.eager import begin


async def test_what_needs_no_waiting_is_done_at_once_and_has_no_task():
    done = []

    async def work():
        done.append(1)

    assert begin(work(), at_once=True) is None
    assert done == [1]


async def test_what_waits_goes_on_when_that_has_come_in_a_task_of_its_own():
    first, second = [asyncio.get_running_loop().create_future() for _ in range(2)]
    seen = []

    async def work():
        seen.append(await first)
        await pause(0)
        seen.append(await second)
        async with asyncio.timeout(5):
            await pause(0)
        seen.append(asyncio.current_task())

    task = begin(work(), at_once=True)
    assert seen == []
    second.set_result("b")
    first.set_result("a")
    await task

    assert seen == ["a", "b", task]


async def test_what_it_raises_is_raised_where_it_was_before_or_after_the_wait():
    async def at_once():
        raise ValueError

    async def later(future):
        await future

    with pytest.raises(ValueError):
        begin(at_once(), at_once=True)
    failing = asyncio.get_running_loop().create_future()
    task = begin(later(failing), at_once=True)
    failing.set_exception(KeyError("x"))
    with pytest.raises(KeyError):
        await task


async def test_it_can_be_cancelled_while_it_waits():
    never = asyncio.get_running_loop().create_future()
    seen = []

    async def work():
        try:
            await never
        except asyncio.CancelledError:
            seen.append("told")
            raise

    task = begin(work(), at_once=True)
    await pause(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert seen == ["told"]
    assert never.cancelled()


async def test_cancelled_at_once_it_still_cleans_up():
    seen = []

    async def work():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append("cleaned")

    task = begin(work(), at_once=True)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert seen == ["cleaned"]
