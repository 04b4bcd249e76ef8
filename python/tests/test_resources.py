"""Threads, memory and files that maps take, and give back."""

import asyncio
import gc
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import workers
from served import Web

import massmap

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files of /proc")

# Rounds of each kind that must leave nothing behind, and the bytes of the file that many processes map.
ROUNDS = int(os.environ.get("MASSMAP_TEST_ROUNDS", "3000"))
MAPPED_BYTES = int(os.environ.get("MASSMAP_TEST_MAPPED_BYTES", str(32 << 20)))
PROCESSES = 8


def threads_of(code: str, *arguments: str) -> list[str]:
    """The names of the threads of a program at its end, but for the first."""
    names = """
        import os, sys
        def threads():
            folder = "/proc/self/task"
            others = [task for task in os.listdir(folder) if task != str(os.getpid())]
            return sorted(open(f"{folder}/{task}/comm").read().strip() for task in others)
    """
    program = textwrap.dedent(names) + textwrap.dedent(code) + "\nprint(threads())"
    run = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True)
    found: list[str] = eval(run.stdout)
    return found


def test_importing_opening_and_reading_files_starts_no_thread(web: Web) -> None:
    code = """
        import asyncio, pickle
        import massmap
        assert threads() == []
        for options in {}, {"map": False}:
            map = massmap.open(sys.argv[1], **options)
            assert map[7] == 49 and 8 in map
            assert map.get_many(range(5000))[9] == 81
            assert len(list(map)) == len(map) and not map.verify().problems
            assert pickle.loads(pickle.dumps(map))[7] == 49
            async def look_up():
                return await map.aget(7), await map.aget_many([7])
            assert asyncio.run(look_up()) == (49, [49])
    """
    assert threads_of(code, str(web.folder / "squares")) == []


def test_other_threads_run_while_a_value_is_decompressed(tmp_path: Path) -> None:
    massmap.build(tmp_path / "map", {1: "massmap " * 100_000}, compression="zstd")
    opened = massmap.open(tmp_path / "map")
    ready, begun, ran = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        ready.set()
        begun.wait()
        ran.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    interval = sys.getswitchinterval()
    try:
        # Whoever holds the GIL would keep it.
        sys.setswitchinterval(100.0)
        begun.set()
        calls = 0
        while not ran.is_set() and calls < 1000:
            calls += 1
            assert len(opened[1]) == 800_000
        assert ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()


def test_remote_maps_have_one_thread_for_all_of_them(web: Web) -> None:
    code = """
        import massmap
        maps = [massmap.open(sys.argv[1], cache=1 << 20) for _ in range(20)]
        for map in maps:
            assert map[7] == 49
            assert map.get_many(range(100))[9] == 81
    """
    assert threads_of(code, web.url("squares")) == ["massmap-request"]


def test_awaited_lookups_take_few_threads_however_many_they_are(web: Web) -> None:
    code = """
        import asyncio
        import massmap
        map = massmap.open(sys.argv[1])
        async def look_up():
            await asyncio.gather(*(map.aget(key) for key in range(1000)))
        asyncio.run(look_up())
        assert len(threads()) <= 9, threads()
        print(end="")
    """
    assert 2 <= len(threads_of(code, web.url("squares"))) <= 9


def test_python_may_end_while_answers_are_on_their_way(web: Web) -> None:
    code = """
        import asyncio
        import massmap
        map = massmap.open(sys.argv[1])
        async def look_up():
            awaited = [map.aget(key) for key in range(300)]
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        asyncio.run(look_up())
    """
    for _ in range(10):
        threads_of(code, web.url("squares"))


def open_files() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def growth(call: Callable[[], object], rounds: int) -> int:
    """How many bytes of memory this process has more after so many rounds than after a tenth of them."""
    for _ in range(max(rounds // 10, 200)):
        call()
    gc.collect()
    before, files = workers.private_memory(), open_files()
    for _ in range(rounds):
        call()
    gc.collect()
    assert open_files() <= files
    return workers.private_memory() - before


def fails(call: Callable[[], object], error: type[BaseException]) -> Callable[[], None]:
    """A function that calls another one, which must fail."""

    def fail() -> None:
        with pytest.raises(error):
            call()

    return fail


@pytest.mark.parametrize("mapped", [True, False], ids=["mapped", "file"])
def test_what_is_done_with_files_leaves_nothing_behind(web: Web, mapped: bool, tmp_path: Path) -> None:
    path = web.folder / "squares"
    map = massmap.open(path, map=mapped)
    damaged = tmp_path / "damaged"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    damaged.write_bytes(content)
    nowhere = str(tmp_path / "nowhere")

    def open_and_close() -> None:
        with massmap.open(path, map=mapped) as opened:
            assert opened[7] == 49

    def lend() -> None:
        view = massmap.open(path, map=mapped).get_encoded(7)
        assert view is not None and bytes(view) == b"\x31"

    def iterate() -> None:
        entries = iter(map.items())
        next(entries)

    def await_lookups() -> None:
        async def look_up() -> None:
            assert await map.aget(7) == 49

        asyncio.run(look_up())

    # About as many bytes as allocators keep for later. A leak of one small object a round would be more in the long run.
    allowed = (2 << 20) + 8 * ROUNDS
    for call, rounds in [
        (open_and_close, ROUNDS),
        (lambda: massmap.open(path, map=mapped), ROUNDS),
        (lambda: map[7], 10 * ROUNDS),
        (lambda: map.get(-1), 10 * ROUNDS),
        (lambda: map.get_many(range(20)), ROUNDS),
        (lend, ROUNDS),
        (iterate, ROUNDS),
        (await_lookups, ROUNDS // 10),
        (fails(lambda: map[-1], KeyError), ROUNDS),
        (fails(lambda: map["seven"], massmap.KeyTypeError), ROUNDS),
        (fails(lambda: massmap.open(nowhere), FileNotFoundError), ROUNDS),
        (fails(lambda: list(massmap.open(damaged, map=mapped)), massmap.FormatError), ROUNDS // 30),
    ]:
        assert growth(call, rounds) < allowed


def test_what_is_done_at_urls_leaves_nothing_behind(web: Web) -> None:
    # Each round waits for the server.
    rounds = ROUNDS // 30
    map = massmap.open(web.url("squares"))

    def open_and_close() -> None:
        with massmap.open(web.url("squares"), cache=1 << 16) as opened:
            assert opened[7] == 49

    async def look_up() -> None:
        assert await map.aget(7) == 49
        cancelled = map.aget(8)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled

    for call, times in [
        (open_and_close, rounds),
        (lambda: map[7], 5 * rounds),
        (lambda: map.get_many(range(100)), 5 * rounds),
        (lambda: asyncio.run(look_up()), rounds),
        (fails(lambda: massmap.open(web.url("nothing")), FileNotFoundError), rounds),
    ]:
        assert growth(call, times) < (4 << 20) + 64 * ROUNDS


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with values of 1000 bytes."""
    path = tmp_path_factory.mktemp("large") / "large"
    workers.build_bytes(path, MAPPED_BYTES // 1024)
    assert path.stat().st_size >= MAPPED_BYTES * 9 // 10
    return path


def private_memory(method: str, path: Path | None, lookups: int) -> int:
    """The largest private memory of eight processes that have looked keys up all over a map, all at the same time."""
    context: Any = multiprocessing.get_context(method)
    barrier, results = context.Barrier(PROCESSES), context.Queue()
    arguments = (str(path) if path else None, barrier, results, lookups)
    processes = [context.Process(target=workers.measure, args=arguments) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    found: list[int] = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join(60)
    most: int = max(found)
    return most


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_mapped_file_is_one_copy_for_all_processes(method: str, large_file: Path) -> None:
    empty = private_memory(method, None, 0)
    # Each page is asked for about four times, since several values lie in one.
    used = private_memory(method, large_file, MAPPED_BYTES // 1024)
    print(f"{method}: {(used - empty) / 2**20:.1f} MiB more than the {empty / 2**20:.1f} MiB of an empty process")
    assert used - empty < 10 << 20
