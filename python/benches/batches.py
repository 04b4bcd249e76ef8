"""Rates of batches of lookups, in a mapped file that is in the page cache.

    python benches/batches.py [--entries 10000000] [--map FILE]

Prints millions of lookups a second by the clock, and nanoseconds of processor time for each.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import massmap

LOOKUPS = 2_000_000


def spread(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Keys all over the range of 64 bits, one for each number."""
    return numbers.astype("u8") * np.uint64(0x9E3779B97F4A7C15)


def build(path: Path, entries: int) -> None:
    """Builds a map from spread numbers to the numbers."""
    numbers = np.arange(entries, dtype="u8")
    massmap.build_table(path, pa.table({"key": spread(numbers), "value": numbers}), key="key")


def measure(
    name: str, look_up: Callable[[Any], Any], batches: Sequence[Any], threads: int = 1
) -> float:
    """Prints the rate of looking up batches, each by one of the threads. The best of three runs counts."""
    lookups = sum(len(batch) for batch in batches)

    def run(first: int) -> None:
        for batch in batches[first::threads]:
            look_up(batch)

    best = (float("inf"), float("inf"))
    for _ in range(3):
        workers = [threading.Thread(target=run, args=(first,)) for first in range(threads)]
        begin, processor = time.perf_counter(), time.process_time()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = min(best, (time.perf_counter() - begin, time.process_time() - processor))
    elapsed, processor = best
    print(
        f"{name:<44}{lookups / elapsed / 1e6:>8.2f} M/s {processor / lookups * 1e9:>8.0f} ns of processor time",
        flush=True,
    )
    return lookups / elapsed


def main() -> None:
    """Builds a map, unless there is one, and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument(
        "--map", type=Path, help="where the map is, or is put; a temporary file otherwise"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.map or Path(folder) / "numbers.massmap"
        if not path.exists():
            build(path, arguments.entries)
        with massmap.open(path) as opened:
            report(opened)


def report(opened: massmap.Map) -> None:
    """Measures all ways to look up."""
    keys = spread(np.random.default_rng(7).integers(0, len(opened), LOOKUPS))
    values, found = opened.get_many_numpy(keys)
    assert found.all() and (spread(values) == keys).all()
    print(f"{len(opened):,} entries, {opened.key_type} to {opened.value_type}")
    few = keys[: LOOKUPS // 4].tolist()
    measure("one by one", lambda batch: [opened[key] for key in batch], [few])
    for size in (1_000, 10_000, 100_000):
        arrays = [keys[start : start + size] for start in range(0, LOOKUPS, size)]
        lists = [array.tolist() for array in arrays]
        columns = [pa.array(array) for array in arrays]
        ways: dict[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
            "get_many": (opened.get_many, lists),
            "get_many of arrays": (opened.get_many, arrays),
            "get_many_numpy": (opened.get_many_numpy, arrays),
            "get_many_numpy of lists": (opened.get_many_numpy, lists),
            "get_many_arrow": (opened.get_many_arrow, columns),
        }
        for name, (look_up, batches) in ways.items():
            alone = measure(f"{name}, {size:,} keys", look_up, batches)
            both = measure(f"{name}, {size:,} keys, 2 threads", look_up, batches, threads=2)
            print(f"{'':<44}{both / alone:>8.2f} times one thread")


if __name__ == "__main__":
    main()
