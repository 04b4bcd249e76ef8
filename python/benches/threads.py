"""How much faster two threads look up than one, in one map in memory.

    python benches/threads.py [ENTRIES]

Needs a release build of the package and two processors that nobody else uses.
"""

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import massmap

AT_ONCE = 10_000
SECONDS = 2.0
TURNS = 5


def rate(call: Callable[[Any], object], batches: Sequence[Any], threads: int) -> float:
    """How many keys a second so many threads look up."""
    counts = [0] * threads
    start = threading.Barrier(threads + 1)

    def look_up(number: int) -> None:
        start.wait()
        end = time.perf_counter() + SECONDS
        turn = number
        while time.perf_counter() < end:
            call(batches[turn % len(batches)])
            turn += threads
            counts[number] += AT_ONCE

    running = [threading.Thread(target=look_up, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    start.wait()
    begin = time.perf_counter()
    for thread in running:
        thread.join()
    return sum(counts) / (time.perf_counter() - begin)


def main() -> None:
    """Print the best of some turns for each kind of batch."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    numbers = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "squares.massmap"
        squares = ((number, number * number) for number in range(entries))
        massmap.build(path, squares, key_type="u64", value_type="u64")
        lists = [[numbers.randrange(entries) for _ in range(AT_ONCE)] for _ in range(100)]
        arrays = [np.array(keys, np.uint64) for keys in lists]
        for mapped in (True, False):
            map = massmap.open(path, map=mapped)
            kinds: list[tuple[str, Callable[[Any], object], Sequence[Any]]] = [
                ("get_many", map.get_many, lists),
                ("get_many_numpy", map.get_many_numpy, arrays),
                ("get_many_arrow", map.get_many_arrow, [pa.array(keys) for keys in arrays]),
            ]
            for name, call, batches in kinds:
                rates = [max(rate(call, batches, threads) for _ in range(TURNS)) for threads in (1, 2)]
                print(
                    f"{name:16}{'mapped' if mapped else 'file':8}"
                    f"{rates[0] / 1e6:8.2f} M/s by one thread{rates[1] / 1e6:8.2f} M/s by two: {rates[1] / rates[0]:.2f}x"
                )


if __name__ == "__main__":
    main()
