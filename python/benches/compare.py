"""Compares massmap with other stores that Python programs read: one table, in one run, in turns.

    pip install massmap pyarrow numpy pandas lmdb rocksdict semidbm bagz array-record
    python compare.py --rows 1000000 --output RESULTS.md

All are built of one Parquet file: numbers of 64 bits by ids of 64 bits. Everything is in the page cache. A store that is not installed is left
out, and named. Each figure is the median of the rounds; in each, the stores take turns of the same length.
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from stores import STORES, Store

BATCH = 1000
WORKERS = 4
# How often a store is opened in a turn, unless that takes long.
OPENINGS = 20

# What is measured of an open store, with its unit: nanoseconds for a key.
LOOKUPS = ["single get", "batch, list", "batch, NumPy", "batch, Arrow"]
COLUMNS = [*LOOKUPS, "open", "build from Parquet", "file", f"worker, of {WORKERS}"]


def write_table(path: Path, rows: int) -> np.ndarray[Any, Any]:
    """Write the Parquet file that all are built of, and return the ids."""
    random = np.random.default_rng(11)
    # Distinct, in no order, and below 2^63, which SQLite needs.
    ids = np.unique(random.integers(0, 1 << 63, rows + rows // 100 + 10, dtype=np.uint64))
    ids = random.permutation(ids)[:rows]
    pq.write_table(pa.table({"id": ids, "value": random.integers(0, 1 << 62, rows)}), path)
    return ids


def size(path: Path) -> int:
    """The bytes of a file, or of the files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    # Files with holes take less than they are long.
    return sum(file.stat().st_blocks * 512 for file in files)


def lookups(store: Store, keys: np.ndarray[Any, Any]) -> dict[str, Callable[[], int]]:
    """What is measured, by column: functions that look up some keys and return how many."""
    few = keys[:BATCH].tolist()
    batches = [keys[begin : begin + BATCH] for begin in range(0, len(keys) - BATCH + 1, BATCH)]
    lists = [batch.tolist() for batch in batches]
    arrows = [pa.array(batch) for batch in batches]
    turns = {"list": 0, "numpy": 0, "arrow": 0}

    def singles() -> int:
        get = store.get
        for key in few:
            get(key)
        return len(few)

    def batched(kind: str, call: Callable[[Any], Any], of: Sequence[Any]) -> Callable[[], int]:
        def one() -> int:
            turns[kind] += 1
            call(of[turns[kind] % len(of)])
            return BATCH

        return one

    functions = [
        singles,
        batched("list", store.get_list, lists),
        batched("numpy", store.get_numpy, batches),
        batched("arrow", store.get_arrow, arrows),
    ]
    return dict(zip(LOOKUPS, functions))


def turn(function: Callable[[], int], seconds: float) -> float:
    """Call a function for some time, and return the nanoseconds for each key."""
    function()
    begin, keys = time.perf_counter(), 0
    while (taken := time.perf_counter() - begin) < seconds:
        keys += function()
    return taken / keys * 1e9


def openings(store: Store, keys: list[int]) -> float:
    """The median of the seconds that opening a store and looking one of the keys up takes; of one opening if that takes long."""
    taken: list[float] = []
    for key in keys:
        begin = time.perf_counter()
        store.open()
        store.get(key)
        taken.append(time.perf_counter() - begin)
        store.close()
        if sum(taken) > 0.1:
            break
    return statistics.median(taken)


def check(store: Store, keys: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> None:
    """Check that a store answers what it should, in all ways."""
    expected = values.tolist()
    answers = [
        [store.get(key) for key in keys.tolist()],
        store.get_list(keys.tolist()),
        store.get_numpy(keys).tolist(),
        store.get_arrow(pa.array(keys)).to_pylist(),
    ]
    for answer in answers:
        assert answer == expected, f"{store.name} answers something else"


def private_bytes() -> int:
    """The memory of this process that it shares with no other."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    private = [line for line in lines if line.startswith("Private_")]
    return sum(int(line.split()[1]) << 10 for line in private)


def work(store: Store | None, keys: list[int], barrier: Any, results: Any) -> None:
    """Look keys up in a worker, and tell what memory that takes while all are at it."""
    if store is not None:
        if not store.survives_fork:
            store.open()
        for key in keys:
            store.get(key)
    barrier.wait()
    results.put(private_bytes())
    barrier.wait()


def print_memory(number: int, path: Path, keys: list[int]) -> None:
    """Print the private memory of each worker that looks up keys in a store; in none for a negative number."""
    store = STORES[number](path) if number >= 0 else None
    if store is not None and store.survives_fork:
        store.open()
        store.get(keys[0])
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(WORKERS), context.Queue()
    arguments = (store, keys, barrier, results)
    workers = [context.Process(target=work, args=arguments) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    print(json.dumps([results.get() for _ in workers]))
    for worker in workers:
        worker.join()


def memory_of(number: int, path: Path, keys: list[int]) -> float:
    """The median of the workers' private memory, in a process of their own."""
    run = subprocess.run(
        [sys.executable, __file__, "--memory", str(number), str(path)],
        input=json.dumps(keys),
        capture_output=True,
        text=True,
        check=True,
    )
    private: list[int] = json.loads(run.stdout)
    return statistics.median(private)


def measure(folder: Path, rows: int, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Build and measure all stores."""
    table = folder / "table.parquet"
    ids = write_table(table, rows)
    values = pq.read_table(table, columns=["value"])["value"].to_numpy()
    chosen = np.random.default_rng(13).permutation(rows)[: min(rows, 200_000)]
    results: dict[str, dict[str, list[float]]] = {}
    stores: list[tuple[int, Store]] = []
    for number, kind in enumerate(STORES):
        if not kind.is_there():
            continue
        store = kind(folder / kind.__name__)
        begin = time.perf_counter()
        store.build(table)
        built = time.perf_counter() - begin
        figures = {column: list[float]() for column in COLUMNS}
        figures["build from Parquet"].append(built)
        figures["file"].append(size(store.path))
        results[store.name] = figures
        stores.append((number, store))
        print(f"{store.name}: built in {built:.1f} s", file=sys.stderr)

    def keys_of(store: Store) -> np.ndarray[Any, Any]:
        return chosen if store.is_by_position else ids[chosen]

    def in_turn(number: int) -> list[Store]:
        """The stores, of which the first one of a round is another one each time."""
        all = [store for _, store in stores]
        return all[number % len(all) :] + all[: number % len(all)]

    for number in range(rounds):
        for store in in_turn(number):
            opened = openings(store, keys_of(store)[number * OPENINGS :][:OPENINGS].tolist())
            results[store.name]["open"].append(opened)
    for _, store in stores:
        store.open()
        check(store, keys_of(store)[:BATCH], values[chosen[:BATCH]])
    functions = {store.name: lookups(store, keys_of(store)) for _, store in stores}
    for number in range(rounds):
        for column in LOOKUPS:
            for store in in_turn(number):
                results[store.name][column].append(turn(functions[store.name][column], seconds))
    if Path("/proc/self/smaps_rollup").exists():
        empty = memory_of(-1, folder, [])
        for number, store in stores:
            keys = keys_of(store)[:50_000].tolist()
            private = memory_of(number, store.path, keys) - empty
            results[store.name][f"worker, of {WORKERS}"].append(max(private, 0.0))
    return {
        name: {column: statistics.median(found) for column, found in figures.items() if found}
        for name, figures in results.items()
    }


def shown(column: str, figure: float) -> str:
    """A figure with its unit."""
    if column in LOOKUPS:
        return f"{figure:,.0f} ns"
    if column.startswith(("file", "worker")):
        return f"{figure / 1e6:,.1f} MB"
    for limit, scale, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if figure < limit:
            return f"{figure * scale:.3g} {unit}"
    return f"{figure:.3g} s"


def report(results: dict[str, dict[str, float]], rows: int) -> str:
    """The results as a table of Markdown."""
    lines = [
        "| store | " + " | ".join(COLUMNS) + " |",
        "|---|" + "---:|" * len(COLUMNS),
    ]
    for name, figures in results.items():
        cells = (shown(it, figures[it]) if it in figures else "" for it in COLUMNS)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    absent = [kind.name for kind in STORES if not kind.is_there()]
    left_out = f" Not installed, and left out: {', '.join(absent)}." if absent else ""
    about = (
        f"{rows:,} numbers of 64 bits by ids of 64 bits, in the page cache. Lookups are of random ids that are there, nanoseconds for each: "
        f"one by one, and {BATCH:,} in a call, into a list, an array of NumPy and one of Arrow. Opening includes a first lookup. Memory "
        f"is what each of {WORKERS} forked workers has for itself after 50,000 lookups, beyond a worker without a store; what survives a "
        "fork was opened before. Python "
        f"{platform.python_version()}, {os.cpu_count()} processors.{left_out}"
    )
    return "\n".join([*lines, "", about, ""])


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description="Compares massmap with other stores in Python")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turn", type=float, default=0.3, help="seconds of a turn")
    parser.add_argument("--output", type=Path, help="a file of Markdown")
    parser.add_argument("--folder", type=Path, help="where to put the stores")
    parser.add_argument("--memory", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        number, path = arguments.memory
        return print_memory(int(number), Path(path), json.load(sys.stdin))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        results = measure(Path(folder), arguments.rows, arguments.rounds, arguments.turn)
    text = report(results, arguments.rows)
    if arguments.output:
        arguments.output.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
