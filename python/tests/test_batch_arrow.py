"""Batches of lookups into columns of Arrow."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tables import COUNT, built, squares

import massmap


@pytest.mark.parametrize("is_mapped", [True, False])
@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2, 3], pa.int8()),
        pa.array([1, 2, 3], pa.uint64()),
        pa.array([0.5, float("inf"), -0.0], pa.float32()),
        pa.array([0.1, 1e300, -2.0]),
        pa.array([True, False, True]),
        pa.array(["", "a", "ä" * 1000]),
        pa.array([b"", b"\0", b"abc"]),
        pa.array([b"ab", b"cd", b"\0\0"], pa.binary(2)),
        pa.array([1, None, 3]),
        pa.array(["a", None, ""]),
        pa.array([[1], [], [2, 3]]),
        pa.array([[1, None], None, [2, 3]]),
        pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": ""}, {"a": 3, "b": "yz"}]),
        pa.array([{"a": [1], "b": {"c": None}}, {"a": [], "b": {"c": 0.5}}, None]),
    ],
    ids=lambda column: str(column.type) if isinstance(column, pa.Array) else None,
)
def test_columns_have_the_type_of_the_values(
    tmp_path: Path, column: pa.Array, is_mapped: bool
) -> None:
    opened = built(tmp_path, pa.array(["a", "b", "c"]), column, map=is_mapped)
    values = opened.get_many_arrow(["c", "?", "a", "b", "c"])
    values.validate(full=True)
    expected = column.to_pylist()
    assert values.to_pylist() == [expected[2], None, expected[0], expected[1], expected[2]]
    if not pa.types.is_nested(column.type):
        assert values.type == column.type
    assert opened.get_many(["c", "?", "a"]) == [expected[2], None, expected[0]]


@pytest.mark.parametrize("is_mapped", [True, False])
def test_keys_are_columns_of_any_library(tmp_path: Path, is_mapped: bool) -> None:
    opened = squares(tmp_path, map=is_mapped)
    expected = [16, None, None, 4]
    numbers = [4, None, 3, 2]
    columns: list[Any] = [
        pa.array(numbers, kind)
        for kind in (pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.uint64())
    ]
    columns += [
        pa.array([9, 9, *numbers, 9])[2:6],
        pa.chunked_array([[4], [], [None, 3], [2]]),
        pa.chunked_array([[1, 4, None], [3, 2, 1]])[1:5],
        pa.array(numbers).dictionary_encode(),
        pl.Series([9, *numbers])[1:],
        pl.Series(numbers, dtype=pl.UInt8),
        pd.Series(numbers, dtype="Int64"),
    ]
    for keys in columns:
        assert opened.get_many_arrow(keys).to_pylist() == expected, keys
        assert opened.get_many(keys) == expected, keys
        values, found = opened.get_many_numpy(keys)
        assert values.tolist() == [16, 0, 0, 4] and found.tolist() == [True, False, False, True]
    assert opened.get_many_arrow(pa.array([], pa.int64())).to_pylist() == []
    assert opened.get_many_arrow(pa.nulls(3)).to_pylist() == [None] * 3
    assert opened.get_many_arrow(pa.array([None, None], pa.uint32())).to_pylist() == [None] * 2


def test_strings_and_bytes_are_keys_in_any_layout(tmp_path: Path) -> None:
    texts = ["", "a", "long enough to lie elsewhere", "ä"]
    opened = built(tmp_path, pa.array(texts), pa.array(range(4)))
    keys = pa.array(["nothing", *texts, None, "b"])[1:]
    expected = [0, 1, 2, 3, None, None]
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert opened.get_many_arrow(keys.cast(kind)).to_pylist() == expected
    series = pl.Series([*texts, None, "b"])
    assert opened.get_many_arrow(series).to_pylist() == expected
    assert opened.get_many_arrow(series.cast(pl.Categorical)).to_pylist() == expected
    assert opened.get_many_arrow(pd.Series(texts)).to_pylist() == [0, 1, 2, 3]
    with pytest.raises(massmap.KeyTypeError):
        opened.get_many_arrow(pa.array([b"a"]))
    with pytest.raises(massmap.KeyTypeError):
        opened.get_many_arrow(pa.array([1]))


def test_bytes_are_keys_in_any_layout(tmp_path: Path) -> None:
    stored = [b"\0\1", b"ab", b"\xff\xff"]
    opened = built(tmp_path, pa.array(stored), pa.array(["x", "y", "z"]))
    keys = pa.array([*stored, b"cd", None])
    for kind in (pa.binary(), pa.large_binary(), pa.binary(2), pa.binary_view()):
        assert opened.get_many_arrow(keys.cast(kind)).to_pylist() == ["x", "y", "z", None, None]


@pytest.mark.parametrize(
    "keys", [pa.array([1.5]), pa.array([Decimal(2)]), pa.array([[1]]), pa.table({"key": [1]})]
)
def test_columns_of_what_is_no_key_are_refused(tmp_path: Path, keys: Any) -> None:
    opened = squares(tmp_path)
    with pytest.raises(TypeError):
        opened.get_many_arrow(keys)


def test_many_rows_come_back_in_their_order(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    keys = pa.array([number * 7 % (2 * COUNT) for number in range(20 * COUNT)])
    expected = [key * key if key % 2 == 0 else None for key in keys.to_pylist()]
    assert opened.get_many_arrow(keys).to_pylist() == expected
