"""What a server held in memory goes with it, which whoever starts many in one process counts on."""

import gc
import weakref

import pytest
from fastapi import FastAPI

from tests.edge.conftest import eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_server_that_ended_leaves_nothing_in_memory(database_url, tmp_path):
    before = {id(each) for each in gc.get_objects() if isinstance(each, FastAPI)}
    async with running(database_url, tmp_path) as server:
        station = await server.connects()
        await station.beats()
        for path in ("/api/v1/stations", "/api/v1/openapi.json", "/ui/"):
            await server.http.get(path)
        # Everything else of a server hangs on it.
        applications = [
            weakref.ref(each)
            for each in gc.get_objects()
            if isinstance(each, FastAPI) and id(each) not in before
        ]
    assert len(applications) == 1

    async def still_there() -> list[object]:
        gc.collect()
        return [each for ref in applications if (each := ref()) is not None]

    await eventually(still_there, lambda found: not found)
