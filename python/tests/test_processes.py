"""Maps in processes that are forked, spawned or made by a fork server."""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import workers
from served import COUNT, Web, squares_file

import massmap

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="forks"),
    # Of threads in a process that forks, which is what is tested.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]

WORKERS = 4
LOOKUPS = 10_000
# Fewer in the gate, since each costs a fork, and a connection where the map is remote.
REPETITIONS = int(os.environ.get("MASSMAP_TEST_FORKS", "25"))
METHODS = ["fork", "spawn", "forkserver"]


PLACES: dict[str, dict[str, Any]] = {
    "mapped": {},
    "file": {"map": False},
    "http": {},
    "http-cache": {"cache": 1 << 20, "timeout": 60, "hedge": True},
}


def place(web: Web, name: str) -> tuple[str, dict[str, Any], int]:
    """Path and options of a map, and how many keys are looked up at once: a request takes about a millisecond."""
    if name.startswith("http"):
        return web.url("squares"), PLACES[name], 100
    return str(web.folder / "squares"), PLACES[name], 1


def run_all(method: str, target: Callable[..., None], arguments: tuple[Any, ...], at_once: int) -> None:
    """Run a function in four processes, with a seed of its own in each."""
    context: Any = multiprocessing.get_context(method)
    seeds = range(WORKERS)
    processes = [context.Process(target=target, args=(*arguments, seed, LOOKUPS, at_once)) for seed in seeds]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    assert codes == [0] * WORKERS


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("method", METHODS)
def test_workers_look_up_in_a_map_that_was_opened_before(web: Web, method: str, name: str) -> None:
    path, options, at_once = place(web, name)
    map = massmap.open(path, **options)
    assert map[7] == 49
    run_all(method, workers.look_up_opened, (map,), at_once)
    assert map[8] == 64


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("method", METHODS)
def test_workers_look_up_in_a_map_that_they_open(web: Web, method: str, name: str) -> None:
    path, options, at_once = place(web, name)
    # So that the parent has a runtime.
    map = massmap.open(path, **options)
    run_all(method, workers.open_and_look_up, (path, options), at_once)
    assert map[8] == 64


def look_up_in_worker(map: massmap.Map, key: int) -> int:
    found: int = map[key]
    return found


@pytest.mark.parametrize("method", METHODS)
def test_a_pool_takes_maps_as_arguments(web: Web, method: str) -> None:
    maps = [massmap.open(place(web, name)[0]) for name in ("mapped", "http")]
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        for map in maps:
            found = pool.map(look_up_in_worker, [map] * 20, range(20), timeout=60)
            assert list(found) == [key * key for key in range(20)]


def in_child(call: Callable[[], None]) -> None:
    """Fork, call a function in the child, and check that it ends well and soon."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            call()
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(code)
    end = time.monotonic() + 30
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
        time.sleep(0.0005)


@contextmanager
def repeated(calls: list[Callable[[], object]]) -> Iterator[None]:
    """Call functions again and again, each in a thread."""
    is_over = False
    failures: list[BaseException] = []

    def repeat(call: Callable[[], object]) -> None:
        try:
            while not is_over:
                call()
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=repeat, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over = True
        for thread in threads:
            thread.join(60)
    assert not failures
    assert not any(thread.is_alive() for thread in threads)


def check(map: massmap.Map) -> None:
    """Look keys up in all ways."""
    assert map[7] == 49
    assert map.get(COUNT) is None
    assert map.get_many([8, 9]) == [64, 81]

    async def look_up() -> None:
        assert await map.aget(7) == 49
        assert await map.aget_many([8, COUNT]) == [64, None]

    asyncio.run(look_up())


@pytest.mark.parametrize("name", PLACES)
def test_a_process_forks_while_threads_look_up(web: Web, name: str) -> None:
    path, options, _ = place(web, name)
    map = massmap.open(path, **options)

    async def look_up() -> None:
        await asyncio.gather(*(map.aget(key) for key in range(20)))

    def reopen() -> None:
        with massmap.open(path, **options) as again:
            assert again[7] == 49

    def child() -> None:
        check(map)
        reopen()

    calls: list[Callable[[], object]] = [
        lambda: map[7],
        lambda: map.get_many(range(0, COUNT, 1000)),
        lambda: asyncio.run(look_up()),
        reopen,
    ]
    with repeated(calls):
        for _ in range(REPETITIONS):
            in_child(child)
    check(map)


def test_a_process_forks_while_maps_are_built(tmp_path: Path) -> None:
    path = squares_file(tmp_path / "squares", COUNT)
    map = massmap.open(path)
    # Of one map after the other, so that files are replaced, too; with little memory, so that entries go to temporary files.
    squares = {number: number * number for number in range(COUNT)}
    small = {number: number for number in range(100)}

    def build() -> None:
        massmap.build(tmp_path / "built", squares, memory_limit=1 << 20, threads=2)

    def child() -> None:
        workers.look_up(map, 0, 100, 100)
        massmap.build(tmp_path / "of-child", small, threads=2)
        assert massmap.open(tmp_path / "of-child")[7] == 7

    with repeated([build]):
        for _ in range(REPETITIONS):
            in_child(child)
    assert len(massmap.open(tmp_path / "built")) == COUNT
    # The child has ended within no build of the parent, whose temporary files are the parent's.
    assert sorted(os.listdir(tmp_path)) == ["built", "of-child", "squares"]


def test_forks_of_forks_look_up(web: Web) -> None:
    maps = [massmap.open(place(web, name)[0], **PLACES[name]) for name in PLACES]

    def fork(depth: int) -> None:
        for map in maps:
            check(map)
        if depth > 0:
            in_child(lambda: fork(depth - 1))
        for map in maps:
            check(map)

    fork(3)


def test_a_fork_shares_no_connections(web: Web) -> None:
    map = massmap.open(web.url("squares"))
    assert map[7] == 49
    before = web.count("connections")
    in_child(lambda: check(map))
    after = web.count("connections")
    # Besides those of the statistics.
    assert after >= before + 2
    # The parent goes on with its own.
    assert map[8] == 64
    assert web.count("connections") == after + 1


def test_maps_may_end_in_a_fork(web: Web) -> None:
    maps = [massmap.open(web.url("squares"), **options) for options in (PLACES["http"], PLACES["http-cache"])]
    view = maps[0].get_encoded(7)

    def child() -> None:
        assert maps[0][7] == 49
        while maps:
            maps.pop().close()
        assert view is not None and bytes(view) == b"\x31"

    in_child(child)
    for map in maps:
        check(map)


def test_a_replaced_object_is_refused_in_a_fork(web: Web) -> None:
    path = squares_file(web.folder / "replaced", 1000)
    map = massmap.open(web.url("replaced"))
    # All of it was read when it was opened, but for what a larger file has.
    large = squares_file(web.folder / "large", COUNT)
    path.write_bytes(large.read_bytes())
    map = massmap.open(web.url("replaced"))
    squares_file(path, COUNT, first=1)

    def child() -> None:
        with pytest.raises(massmap.ReplacedError):
            map[7]

    in_child(child)


def test_a_map_is_forked_in_an_event_loop(web: Web) -> None:
    map = massmap.open(web.url("squares"))

    async def look_up() -> None:
        awaitable = map.aget(7)
        in_child(lambda: workers.look_up(map, 0, 100, 100))
        assert await awaitable == 49

    asyncio.run(look_up())
