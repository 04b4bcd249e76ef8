"""How long a build of a Parquet file takes, beside its parts: reading the file with pyarrow, and building the same rows in Rust from memory.

    python benches/build_parquet.py [ROWS] [DIRECTORY]

The second part is that of the example ``parquet_build`` of the crate ``massmap-data``, which cargo builds and runs; the table has the same
rows. Times are the best of three runs. Build the package with ``maturin develop --release`` before.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

import massmap

REPEATS = 3
REPOSITORY = Path(__file__).resolve().parents[2]
IN_RUST = "cargo run -q --release -p massmap-data --features parquet --example parquet_build --"


def best(work: Callable[[], object]) -> float:
    """The shortest of several runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def table(rows: int) -> pa.Table:
    """The rows of the example in Rust: an id, three numbers and a string."""
    ids = np.arange(rows, dtype=np.uint64)
    mixed = ids * np.uint64(0x9E3779B97F4A7C15)
    half = mixed >> np.uint64(32)
    return pa.table(
        {
            "id": ids,
            "count": mixed.view(np.int64) >> 20,
            "price": half / 64,
            "ratio": (half >> np.uint64(16)).astype(np.float32),
            "name": [f"name-{number:x}" for number in (mixed >> np.uint64(24)).tolist()],
        }
    )


def in_rust(rows: int) -> float:
    """Seconds of building from memory in Rust."""
    times = []
    for _ in range(REPEATS):
        command = [*IN_RUST.split(), str(rows)]
        ran = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
        found = re.search(r"building from memory\D*([\d.]+)", ran.stdout)
        assert found is not None, ran.stdout
        times.append(float(found[1]))
    return min(times)


def main() -> None:
    """Measures, and prints a table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as directory:
        source = Path(directory) / "table.parquet"
        target = Path(directory) / "map"
        whole = table(rows)
        pyarrow.parquet.write_table(whole, source, row_group_size=1 << 20)
        results = {
            "read with pyarrow": best(lambda: pyarrow.parquet.read_table(source)),
            "build in Rust from memory": in_rust(rows),
            "build_table of the file": best(lambda: massmap.build_table(target, source)),
            "build_table of the table": best(lambda: massmap.build_table(target, whole)),
        }
        few = min(rows, 1_000_000)
        items = dict(zip(range(few), whole["price"].slice(0, few).to_pylist(), strict=True))
        results[f"build of a dict of {few}"] = best(lambda: massmap.build(target, items))
    for name, seconds in results.items():
        print(f"{name:<28} {seconds:7.2f} s")
    read, memory, built, *_ = results.values()
    print(f"{'file to both parts':<28} {built / (read + memory):7.2f}")


if __name__ == "__main__":
    main()
