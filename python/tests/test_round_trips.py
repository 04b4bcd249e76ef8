"""What is built is read again: maps of all types, against a dict."""

import struct
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import massmap

INTEGERS = {
    f"{sign}{bits}": (0, 2**bits - 1) if sign == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for sign in "ui"
    for bits in (8, 16, 32, 64, 128)
}
TEXTS = st.text(max_size=40)
LETTERS = st.characters(codec="utf-8")
SINGLE = st.floats(width=32, allow_nan=False)
# Types of keys with what they have.
KEYS: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.integers(*limits) for name, limits in INTEGERS.items()},
    "string": TEXTS,
    "char": LETTERS,
    "bytes": st.binary(max_size=300),
    "3 bytes": st.binary(min_size=3, max_size=3),
    "bool": st.booleans(),
    "optional u32": st.none() | st.integers(*INTEGERS["u32"]),
    "(u32, string)": st.tuples(st.integers(*INTEGERS["u32"]), TEXTS),
    "(char, bool, i128)": st.tuples(LETTERS, st.booleans(), st.integers(*INTEGERS["i128"])),
    "[u16]": st.lists(st.integers(*INTEGERS["u16"]), max_size=5).map(tuple),
    "[u8]": st.binary(max_size=20),
    "(u8, (string, optional i64))": st.tuples(
        st.integers(0, 255), st.tuples(TEXTS, st.none() | st.integers(*INTEGERS["i64"]))
    ),
}
# Keys without parts that are missing: files say nothing of the type of what all keys lack, and such
# keys cannot be looked up.
FULL = {
    "optional u32": 5,
    "[u16]": (1, 2),
    "[u8]": b"ab",
    "(u8, (string, optional i64))": (1, ("a", 1)),
}
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | TEXTS
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **KEYS,
    "[u16]": st.lists(st.integers(*INTEGERS["u16"]), max_size=5),
    "f64": st.floats(allow_nan=False),
    "f32": SINGLE,
    "[f32; 3]": st.lists(SINGLE, min_size=3, max_size=3),
    "{name: string, parts: [(u8, f64)]}": st.fixed_dictionaries(
        {
            "name": TEXTS,
            "parts": st.lists(st.tuples(st.integers(0, 255), st.floats(allow_nan=False))),
        }
    ),
    "map from string to [u8]": st.dictionaries(TEXTS, st.binary(max_size=9), max_size=4),
    "map from (u8, bool) to u64": st.dictionaries(
        st.tuples(st.integers(0, 255), st.booleans()), st.integers(0, 2**64 - 1), max_size=4
    ),
    "any": ANY,
}


# A file of sequences that are all empty does not say that they are of bytes.
FULL_VALUES = {"[u8]": b"ab", "map from string to [u8]": {"": b"ab"}}


def check(path: Path, expected: dict[Any, Any], missing: list[Any]) -> None:
    for way in (True, False):
        with massmap.open(path, map=way) as opened:
            assert len(opened) == len(expected)
            assert dict(opened) == expected
            assert opened == expected
            for key, value in expected.items():
                found = opened[key]
                assert found == value
                assert type(found) is type(value)
                assert key in opened
            for key in missing:
                assert (key in opened) == (key in expected)
                assert opened.get(key) == expected.get(key)
            assert opened.verify().ok


@pytest.mark.parametrize("key_type", KEYS)
@settings(deadline=None, max_examples=4)
@given(data=st.data())
def test_keys_of_every_type(
    key_type: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys = KEYS[key_type]
    expected = data.draw(st.dictionaries(keys, st.integers(0, 2**32 - 1), max_size=12))
    if key_type in FULL:
        expected[FULL[key_type]] = 7
    path = tmp_path_factory.mktemp("keys") / "map"
    massmap.build(path, expected, key_type=key_type, value_type="u32")
    check(path, expected, data.draw(st.lists(keys, max_size=5)))


@pytest.mark.parametrize("value_type", VALUES)
@settings(deadline=None, max_examples=4)
@given(data=st.data())
def test_values_of_every_type(
    value_type: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = VALUES[value_type]
    expected = data.draw(st.dictionaries(st.integers(0, 2**32 - 1), values, max_size=12))
    if value_type in FULL_VALUES:
        expected[7] = FULL_VALUES[value_type]
    path = tmp_path_factory.mktemp("values") / "map"
    massmap.build(path, expected, key_type="u32", value_type=value_type)
    check(path, expected, [])


@settings(deadline=None, max_examples=5)
@given(
    expected=st.dictionaries(TEXTS, TEXTS | st.text(min_size=100, max_size=200), max_size=12),
    way=st.sampled_from(
        [
            {"compression": "zstd"},
            {"format": 1},
            {"miss_filter": True},
            {"page_size": 512, "longest_run": 4},
            {"hash": "foldhash", "hash_seed": 7},
        ]
    ),
)
def test_files_of_every_kind(
    expected: dict[str, str], way: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("kinds") / "map"
    massmap.build(path, expected, key_type="string", value_type="string", **way)
    check(path, expected, ["", "a"])


def test_floats_keep_all_of_their_bits(tmp_path: Path) -> None:
    numbers = [float("nan"), -0.0, float("inf"), 5e-324, 1e308]
    massmap.build(tmp_path / "map", enumerate(numbers), key_type="u8", value_type="f64")
    with massmap.open(tmp_path / "map") as opened:
        found = [struct.pack("d", opened[number]) for number in range(len(numbers))]
        assert found == [struct.pack("d", number) for number in numbers]


def test_characters_are_keys_and_longer_strings_are_missing(tmp_path: Path) -> None:
    massmap.build(tmp_path / "map", {"a": 1, "é": 2}, key_type="char", value_type="u8")
    with massmap.open(tmp_path / "map") as opened:
        assert (opened["a"], opened[numpy.str_("é")]) == (1, 2)
        assert "" not in opened
        assert "ab" not in opened
        for other in (1, b"a", None, ("a",)):
            with pytest.raises(massmap.KeyTypeError, match="char"):
                opened[other]
