"""Lookups that are awaited."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable

import numpy as np
import pyarrow as pa
import pytest
from served import COUNT, Web

import massmap


@pytest.fixture(params=["mapped", "file", "http"])
def map(web: Web, request: pytest.FixtureRequest) -> massmap.Map:
    if request.param == "http":
        return massmap.open(web.url("squares"))
    return massmap.open(web.folder / "squares", map=request.param == "mapped")


def test_awaited_lookups_give_what_others_give(map: massmap.Map) -> None:
    async def look_up() -> None:
        assert await map.aget(7) == 49
        assert await map.aget(COUNT) is None
        assert await map.aget(-1, "none") == "none"
        assert await map.acontains(7) is True
        assert await map.acontains(COUNT) is False
        assert await map.acontains(1 << 64) is False
        keys = [*range(0, COUNT, 37), COUNT, -1, 7, 7, 1 << 200]
        assert await map.aget_many(keys, 0) == [key * key if 0 <= key < COUNT else 0 for key in keys]
        assert await map.aget_many([]) == []
        assert await map.aget_many(iter([7])) == [49]
        numbers = [3, -1, COUNT, 7]
        for array in (np.array(numbers), pa.array(numbers, "i4"), pa.chunked_array([numbers])):
            assert await map.aget_many(array, "none") == [9, "none", "none", 49]
        assert await map.aget_many(pa.array([2, None])) == [4, None]

    asyncio.run(look_up())


def test_wrong_keys_are_errors_of_the_awaitable(map: massmap.Map) -> None:
    async def look_up() -> None:
        awaitables: list[Awaitable[object]] = [
            map.aget("seven"),
            map.acontains("seven"),
            map.aget_many([7, "seven"]),
        ]
        for awaitable in awaitables:
            with pytest.raises(massmap.KeyTypeError):
                await awaitable
        with pytest.raises(TypeError, match="keys is a single str: put it into a list"):
            await map.aget_many("seven")

    asyncio.run(look_up())


def test_any_number_of_lookups_can_be_awaited_at_once(map: massmap.Map) -> None:
    async def look_up() -> None:
        found = await asyncio.gather(*(map.aget(key) for key in range(0, 3000, 3)))
        assert found == [key * key for key in range(0, 3000, 3)]

    asyncio.run(look_up())


def test_files_of_this_machine_answer_at_once(web: Web) -> None:
    async def look_up() -> None:
        for mapped in (True, False):
            map = massmap.open(web.folder / "squares", map=mapped)
            for awaitable in (map.aget(7), map.acontains(7), map.aget_many([7])):
                assert awaitable.done()
                await awaitable

    asyncio.run(look_up())


def test_lookups_are_awaited_in_an_event_loop_only(map: massmap.Map) -> None:
    with pytest.raises(RuntimeError, match="loop"):
        map.aget(7)


def test_a_map_can_be_awaited_in_several_loops_after_each_other(map: massmap.Map) -> None:
    async def look_up() -> object:
        return await map.aget(7)

    for _ in range(3):
        assert asyncio.run(look_up()) == 49


def test_lookups_wait_at_the_same_time(web: Web) -> None:
    map = massmap.open(web.url("squares"))

    async def look_up() -> None:
        with web.stalled():
            tasks = [asyncio.ensure_future(map.aget(key)) for key in range(0, 5000, 100)]
            await asyncio.to_thread(web.wait_for, "waiting", len(tasks))
            assert not any(task.done() for task in tasks)
        assert await asyncio.gather(*tasks) == [key * key for key in range(0, 5000, 100)]

    asyncio.run(look_up())


def test_cancelling_a_lookup_cancels_its_request(web: Web) -> None:
    map = massmap.open(web.url("squares"))

    async def look_up() -> None:
        before = web.count("given_up")
        with web.stalled():
            one = map.aget(7)
            many = map.aget_many(range(1000))
            await asyncio.to_thread(web.wait_for, "waiting", 2)
            one.cancel()
            many.cancel()
            for cancelled in (one, many):
                with pytest.raises(asyncio.CancelledError):
                    await cancelled
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(map.aget(8), 0.05)
            await asyncio.to_thread(web.wait_for, "given_up", before + 3)
        assert await map.aget(7) == 49

    asyncio.run(look_up())


def test_an_awaited_error_is_that_of_a_lookup(web: Web) -> None:
    shutil.copy(web.folder / "squares", web.folder / "replaced")
    map = massmap.open(web.url("replaced"))
    shutil.copy(web.folder / "others", web.folder / "replaced")

    async def look_up() -> None:
        with pytest.raises(massmap.ReplacedError):
            await map.aget(7)
        with pytest.raises(massmap.ReplacedError):
            await map.aget_many([7, 8])

    asyncio.run(look_up())


def test_a_loop_that_is_closed_gets_no_answer(web: Web) -> None:
    map = massmap.open(web.url("squares"))
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        map.aget(7)

    with web.stalled():
        loop.run_until_complete(begin())
        web.wait_for("waiting")
        loop.close()
    assert map[7] == 49

    async def look_up() -> object:
        return await map.aget(7)

    assert asyncio.run(look_up()) == 49


def test_a_map_that_is_closed_meanwhile_still_answers(web: Web) -> None:
    map = massmap.open(web.url("squares"))

    async def look_up() -> None:
        with web.stalled():
            awaitable = map.aget(7)
            await asyncio.to_thread(web.wait_for, "waiting")
            map.close()
        assert await awaitable == 49
        with pytest.raises(ValueError, match="closed"):
            map.aget(7)

    asyncio.run(look_up())


def test_the_loop_goes_on_while_a_batch_is_read(web: Web) -> None:
    map = massmap.open(web.url("squares"))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def look_up() -> None:
        turning = asyncio.ensure_future(turn())
        with web.stalled():
            awaitable = map.aget_many(range(COUNT))
            await asyncio.to_thread(web.wait_for, "waiting")
            assert turns > 0
        assert (await awaitable)[7] == 49
        turning.cancel()

    asyncio.run(look_up())


def test_awaited_objects_are_not_kept(web: Web) -> None:
    map = massmap.open(web.url("squares"))
    default = object()
    before = sys.getrefcount(default)

    async def look_up() -> None:
        for key in (7, COUNT, -1):
            await map.aget(key, default)
        await map.aget_many([7, COUNT], default)

    asyncio.run(look_up())
    asyncio.run(asyncio.sleep(0.05))
    assert sys.getrefcount(default) == before
