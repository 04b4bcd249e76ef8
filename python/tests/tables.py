"""Maps for tests of batches, built from tables."""

from pathlib import Path
from typing import Literal

import pyarrow as pa

import massmap

COUNT = 1000


def table(keys: pa.Array, values: pa.Array) -> pa.Table:
    """A table with these columns."""
    return pa.table({"key": keys, "value": values})


def built(folder: Path, keys: pa.Array, values: pa.Array, *, map: bool = True) -> massmap.Map:
    """The map of these keys and values, which are columns of Arrow."""
    path = folder / "built.massmap"
    nulls: Literal["keep", "error"] = "keep" if values.null_count else "error"
    massmap.build_table(path, table(keys, values), key="key", nulls=nulls)
    return massmap.open(path, map=map)


def squares(folder: Path, key_type: pa.DataType | None = None, *, map: bool = True) -> massmap.Map:
    """The squares of even numbers below 2 * COUNT, by integers of a type, or of 64 bits."""
    numbers = range(0, 2 * COUNT, 2)
    keys = pa.array(numbers, key_type or pa.uint64())
    return built(
        folder, keys, pa.array([number * number for number in numbers], pa.int64()), map=map
    )
