"""Batches of lookups into arrays of NumPy."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tables import COUNT, built, squares

import massmap

INTEGERS = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"]


@pytest.mark.parametrize("key_type", INTEGERS)
@pytest.mark.parametrize("array_type", [order + name for name in INTEGERS for order in "<>"])
def test_integers_of_any_type_are_keys_of_any_type(
    tmp_path: Path, key_type: str, array_type: str
) -> None:
    limits = np.iinfo(key_type)
    stored = np.unique(np.array([limits.min, limits.max, 0, 1, 7, 100], key_type))
    opened = built(tmp_path, pa.array(stored), pa.array(np.arange(len(stored), dtype="i4")))
    known = {int(key): place for place, key in enumerate(stored)}
    bounds = np.iinfo(array_type)
    keys = np.array([bounds.min, bounds.max, 0, 1, 2, 7, 100, 1, bounds.max - 1], array_type)
    for keys in (keys, keys[::-1], keys[::3], keys[:0]):
        keys.flags.writeable = False
        expected = [known.get(int(key)) for key in keys]
        values, found = opened.get_many_numpy(keys)
        assert values.dtype == np.dtype("i4") and found.dtype == np.dtype(bool)
        assert found.tolist() == [value is not None for value in expected]
        assert values.tolist() == [value or 0 for value in expected]
        assert opened.get_many(keys) == expected


@pytest.mark.parametrize("is_mapped", [True, False])
@pytest.mark.parametrize(
    "value_type", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8", "?"]
)
def test_values_have_the_type_of_the_map(tmp_path: Path, value_type: str, is_mapped: bool) -> None:
    generator = np.random.default_rng(7)
    column = generator.integers(0, 256, COUNT * 8, dtype="u1").view(
        value_type if value_type != "?" else "u1"
    )[:COUNT]
    column = column % 2 == 0 if value_type == "?" else column
    keys = generator.permutation(COUNT)
    opened = built(tmp_path, pa.array(keys), pa.array(column), map=is_mapped)
    asked = np.concatenate([keys, [COUNT, -1], keys[:10]])
    values, found = opened.get_many_numpy(asked)
    assert values.dtype == np.dtype(value_type)
    assert values.flags.writeable
    assert found.tolist() == [True] * COUNT + [False] * 2 + [True] * 10
    assert values[:COUNT].tobytes() == column.tobytes()
    assert values[COUNT : COUNT + 2].tolist() == [0, 0]
    assert repr(values[found].tolist()) == repr(opened.get_many(asked[found]))


@pytest.mark.parametrize("keys_are_strings", [False, True])
def test_structs_are_rows_with_the_names_of_the_fields(
    tmp_path: Path, keys_are_strings: bool
) -> None:
    # With strings as keys, entries have no fixed width, and values are converted.
    numbers = np.arange(100)
    keys = (
        pa.array([f"key {number}" for number in numbers]) if keys_are_strings else pa.array(numbers)
    )
    inner = pa.StructArray.from_arrays(
        [pa.array(numbers.astype("u2")), pa.array(numbers % 3 == 0)], ["id", "is"]
    )
    columns = [pa.array(numbers / 7), inner, pa.array([b"%04d" % n for n in numbers], pa.binary(4))]
    opened = built(tmp_path, keys, pa.StructArray.from_arrays(columns, ["x", "in", "tag"]))
    values, found = opened.get_many_numpy(keys)
    assert values.dtype == np.dtype(
        [("x", "<f8"), ("in", [("id", "<u2"), ("is", "?")]), ("tag", "V4")]
    )
    assert found.all()
    assert (values["x"] == numbers / 7).all()
    assert (values["in"]["id"] == numbers).all()
    assert values["in"]["is"].tolist() == (numbers % 3 == 0).tolist()
    assert [tag.tobytes() for tag in values["tag"]] == [b"%04d" % n for n in numbers]


def test_arrays_of_one_length_are_rows_of_another_dimension(tmp_path: Path) -> None:
    rows = np.arange(3 * COUNT, dtype="f4").reshape(-1, 3)
    column = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 3)
    opened = built(tmp_path, pa.array(range(COUNT)), column)
    values, found = opened.get_many_numpy(np.arange(COUNT + 1)[::-1])
    assert values.shape == (COUNT + 1, 3) and values.dtype == np.dtype("f4")
    assert found.tolist() == [False] + [True] * COUNT
    assert (values[1:] == rows[::-1]).all() and (values[0] == 0).all()


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array(["a", "bc"]), "string.*get_many_arrow"),
        (pa.array([1, None]), "missing.*get_many_arrow"),
        (pa.array([[1], [2, 3]]), "no fixed width.*get_many_arrow"),
        (pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": "yz"}]), "string.*get_many_arrow"),
    ],
)
def test_values_of_no_fixed_width_are_refused(
    tmp_path: Path, column: pa.Array, message: str
) -> None:
    opened = built(tmp_path, pa.array([1, 2]), column)
    with pytest.raises(TypeError, match=message):
        opened.get_many_numpy(np.array([1, 2]))


def test_keys_have_one_dimension_and_a_type_of_keys(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    for keys in (np.array(2), np.arange(4).reshape(2, 2)):
        with pytest.raises(ValueError, match="dimension"):
            opened.get_many_numpy(keys)
    for keys in (
        np.array([2.0]),
        np.array(["2021-01-01"], "M8[D]"),
        np.array([(2, 3)], [("a", "i4"), ("b", "i4")]),
    ):
        with pytest.raises(TypeError, match="type"):
            opened.get_many_numpy(keys)
    for keys in (np.array([True]), np.array(["2"]), np.array([b"2"])):
        with pytest.raises(massmap.KeyTypeError):
            opened.get_many_numpy(keys)


def test_masked_arrays_are_no_keys(tmp_path: Path) -> None:
    opened = built(tmp_path, pa.array([1, 2]), pa.array([3, 4]))
    masked = np.ma.masked_equal([1, 2], 1)
    for look_up in (opened.get_many, opened.get_many_numpy, opened.get_many_arrow):
        with pytest.raises(TypeError, match="masked: give keys.compressed"):
            look_up(masked)
    assert opened.get_many(masked.compressed()) == [4]


def test_arrays_of_bytes_are_keys(tmp_path: Path) -> None:
    stored = [b"\0\1\2\3", b"\1\0\0\0", b"abcd", b"\0\0\0\0"]
    opened = built(tmp_path, pa.array(stored, pa.binary(4)), pa.array(range(4), pa.int8()))
    keys = np.array([*stored, b"nope"], "V4")
    values, found = opened.get_many_numpy(keys)
    assert values.tolist() == [0, 1, 2, 3, 0] and found.tolist() == [True] * 4 + [False]
    # NumPy drops zeros at the end of what it calls strings.
    assert opened.get_many(np.array([b"abcd", b"\0\1\2\3", b"abc"])) == [2, 0, None]
    assert opened.get_many([*stored, bytearray(b"abcd"), b"abcde"]) == [0, 1, 2, 3, 2, None]


def test_an_empty_map_gives_rows_of_nothing(tmp_path: Path) -> None:
    opened = built(tmp_path, pa.array([], pa.int64()), pa.array([], pa.int64()))
    values, found = opened.get_many_numpy(np.arange(3))
    assert len(values) == 3 and not found.any()
    assert opened.get_many([1, 2]) == [None, None]
    assert opened.get_many_arrow([1, 2]).to_pylist() == [None, None]


def test_values_outlive_the_map(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    values, found = opened.get_many_numpy([2, 3, 4])
    column = opened.get_many_arrow([2, 3, 4])
    opened.close()
    del opened
    assert values.tolist() == [4, 0, 16] and found.tolist() == [True, False, True]
    assert column.to_pylist() == [4, None, 16]
    values[0] = 5
    assert values.tolist() == [5, 0, 16]
