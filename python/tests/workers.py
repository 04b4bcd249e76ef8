"""What the processes of tests do. Spawned processes import it by its name."""

import os
import random
from pathlib import Path
from typing import Any

import massmap


def look_up(map: massmap.Map, seed: int, lookups: int, at_once: int) -> None:
    """Look random keys up in a map of squares, single ones or batches, some of them missing."""
    numbers = random.Random(seed)
    count = len(map)
    for _ in range(lookups // at_once):
        keys = [numbers.randrange(count + count // 10) for _ in range(at_once)]
        expected = [key * key if key < count else None for key in keys]
        found = [map.get(keys[0])] if at_once == 1 else map.get_many(keys)
        assert found == expected, (keys, found)


def look_up_opened(map: massmap.Map, seed: int, lookups: int, at_once: int) -> None:
    """Look keys up in a map that was opened before."""
    look_up(map, seed, lookups, at_once)
    # A map can be opened here as well.
    keywords = map.__reduce__()[1][1]
    with massmap.open(map.path, **keywords) as again:
        look_up(again, seed, at_once, at_once)


def open_and_look_up(path: str, keywords: dict[str, Any], seed: int, lookups: int, at_once: int) -> None:
    """Look keys up in a map that is opened here."""
    with massmap.open(path, **keywords) as map:
        look_up(map, seed, lookups, at_once)


def build_bytes(path: Path, count: int) -> None:
    """Build a map of numbers to values of 1000 bytes."""
    numbers = random.Random(0)
    massmap.build(path, ((number, numbers.randbytes(1000)) for number in range(count)))


def private_memory() -> int:
    """How many bytes of memory belong to this process alone."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024


def measure(path: str | None, barrier: Any, results: Any, lookups: int) -> None:
    """Look keys up all over a map, unless there is none, and tell how much private memory that took when all others have done so."""
    if path is not None:
        map = massmap.open(path)
        numbers = random.Random(os.getpid())
        for _ in range(lookups):
            assert map.get_bytes(numbers.randrange(len(map))) is not None
    barrier.wait(600)
    results.put(private_memory())
    barrier.wait(600)
