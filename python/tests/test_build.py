"""Building maps of mappings and iterables."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from conftest import GOLDEN
from hypothesis import given, settings
from hypothesis import strategies as st

import massmap
from massmap._cli import main

INTEGERS = {f"{sign}{bits}": (sign, bits) for sign in "ui" for bits in (8, 16, 32, 64, 128)}


def bounds(name: str) -> tuple[int, int]:
    """The least and the largest integer of a type."""
    sign, bits = INTEGERS[name]
    return (0, 2**bits - 1) if sign == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def text() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def scalars() -> dict[str, st.SearchStrategy[Any]]:
    """Types that may be keys, and their values."""
    return {
        **{name: st.integers(*bounds(name)) for name in INTEGERS},
        "bool": st.booleans(),
        "char": st.characters(exclude_categories=["Cs"]),
        "string": text(),
        "bytes": st.binary(max_size=20),
        "5 bytes": st.binary(min_size=5, max_size=5),
    }


Typed = tuple[str, st.SearchStrategy[Any]]


def types(leaves: dict[str, st.SearchStrategy[Any]], is_key: bool) -> st.SearchStrategy[Typed]:
    """Types, and strategies for their values as they come out of maps."""
    listed = tuple if is_key else list
    leaf = st.sampled_from(sorted(leaves)).map(lambda name: (name, leaves[name]))

    def around(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
        def sequence(element: Typed) -> Typed:
            name, values = element
            if name == "u8":
                return "[u8]", st.binary(min_size=1, max_size=4)
            # Of sequences that are all empty, a file does not say what their elements would be.
            return f"[{name}]", st.lists(values, min_size=1, max_size=4).map(listed)

        def optional(inner: Typed) -> Typed:
            return f"optional {inner[0]}", st.none() | inner[1]

        def several(elements: list[Typed]) -> Typed:
            names = ", ".join(name for name, _ in elements)
            return f"({names},)", st.tuples(*(values for _, values in elements))

        def structure(elements: list[Typed]) -> Typed:
            names = ", ".join(f"f{number}: {name}" for number, (name, _) in enumerate(elements))
            values = [values for _, values in elements]
            if is_key:
                return f"{{{names}}}", st.tuples(*values)
            fields = {f"f{number}": value for number, value in enumerate(values)}
            return f"{{{names}}}", st.fixed_dictionaries(fields)

        not_optional = inner.filter(lambda typed: not typed[0].startswith("optional"))
        parts = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            inner.map(sequence),
            not_optional.map(optional),
            parts.map(several),
            parts.map(structure),
        )

    return st.recursive(leaf, around, max_leaves=4)


def values() -> st.SearchStrategy[Typed]:
    floats = {
        "f64": st.floats(allow_nan=False),
        "f32": st.floats(width=32, allow_nan=False),
        "map from string to i32": st.dictionaries(text(), st.integers(*bounds("i32")), max_size=3),
        "any": st.recursive(
            st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
            | text() | st.binary(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text(), inner, max_size=3),
            max_leaves=5,
        ),
    }
    return types(scalars() | floats, is_key=False)


@settings(max_examples=60, deadline=None)
@given(st.data(), types(scalars(), is_key=True), values())
def test_entries_of_every_type_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, key: Typed, value: Typed
) -> None:
    path = tmp_path_factory.getbasetemp() / "typed.massmap"
    entries = data.draw(st.dictionaries(key[1], value[1], max_size=8))
    massmap.build(path, entries, key_type=key[0], value_type=value[0])
    with massmap.open(path) as opened:
        assert dict(opened.items()) == entries
        # A file of which all keys have None in a place does not say what else might be there.
        if "unit" not in opened.key_type and "none" not in opened.key_type:
            for key_object, value_object in entries.items():
                assert opened[key_object] == value_object
        assert opened.verify().ok


@pytest.mark.parametrize(
    ("entries", "key_type", "value_type"),
    [
        ({1: 2}, "i64", "i64"),
        ({"a": 1.5}, "string", "f64"),
        ({b"a": "x"}, "1 bytes", "string"),
        ({True: b"x", False: b"xy"}, "bool", "bytes"),
        ({(1, "a"): (2, 0.5, True)}, "(i64, string)", "(i64, f64, bool)"),
        ({np.uint32(1): np.float32(0.5)}, "u32", "f32"),
        ({np.int8(1): np.uint64(2**64 - 1)}, "i8", "u64"),
        ({np.str_("a"): np.bool_(True)}, "string", "bool"),
        ({1: np.arange(3, dtype=np.float32)}, "i64", "[f32; 3]"),
        ({1: np.arange(3)}, "i64", "[i64; 3]"),
        ({1: {"a": 1}}, "i64", "map from string to u64"),
        ({1: [1, "a", None]}, "i64", "[any; 3]"),
        ({1: None}, "i64", "unit"),
    ],
)
def test_the_first_item_decides_about_types_that_are_not_given(
    tmp_path: Path, entries: dict[Any, Any], key_type: str, value_type: str
) -> None:
    info = massmap.build(tmp_path / "map", entries)
    assert (info.key_type, info.value_type) == (key_type, value_type)
    with massmap.open(tmp_path / "map") as opened:
        for key, value in entries.items():
            found = opened[key]
            expected = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
            assert found == expected


@pytest.mark.parametrize("given", ["u32", np.uint32, np.dtype(np.uint32), " u32 "])
def test_types_are_given_by_name_or_as_those_of_numpy(tmp_path: Path, given: Any) -> None:
    assert massmap.build(tmp_path / "map", {1: 2}, key_type=given, value_type=float).key_type == "u32"
    with massmap.open(tmp_path / "map") as opened:
        assert repr(opened[1]) == "2.0"


def pairs() -> Iterator[tuple[int, int]]:
    for number in range(10_000):
        yield number, number * number


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_the_same_entries_of_any_source_give_the_same_bytes(tmp_path: Path, threads: int | None) -> None:
    entries = dict(pairs())
    massmap.build(tmp_path / "expected", entries)
    expected = (tmp_path / "expected").read_bytes()
    sources: list[Any] = [
        pairs(),
        list(pairs()),
        [list(pair) for pair in pairs()],
        MappingProxyType(entries),
        entries.items(),
        reversed(entries.items()),
        massmap.open(tmp_path / "expected"),
    ]
    for source in sources:
        massmap.build(tmp_path / "map", source, threads=threads, memory_limit=100_000)
        assert (tmp_path / "map").read_bytes() == expected


@pytest.mark.parametrize("key_type", [*INTEGERS, "string"])
@pytest.mark.parametrize("value_type", ["json", "string", "bool", "u64", "u128", "i64", "i128", "f64"])
@pytest.mark.parametrize("format", [1, 2])
def test_files_are_those_of_the_command_line(
    tmp_path: Path, key_type: str, value_type: str, format: Any
) -> None:
    examples: dict[str, list[Any]] = {
        "json": [None, True, 1, -1, 2**64 - 1, 1.5, "x", [1, "y", []], {"b": 1, "a": {"é": None, "z": 2}}],
        "string": ["", "a", "é" * 100],
        "bool": [True, False],
        "f64": [0.0, -1.5, 1e300],
    }
    of_values = examples.get(value_type) or list(bounds(value_type))
    if key_type == "string":
        keys: list[Any] = [f"key {number}" for number in range(200)]
    else:
        least, most = bounds(key_type)
        keys = sorted({least, most, *range(100), *(range(-100, 0) if least < 0 else ())})
    entries = [(key, of_values[number % len(of_values)]) for number, key in enumerate(keys)]
    lines = tmp_path / "entries.ndjson"
    lines.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    expected = tmp_path / "expected"
    arguments = ["--key-type", key_type, "--value-type", value_type, "--format", f"v{format}"]
    arguments += ["--bucket-count", "64"] if format == 1 else []
    assert main(["build", "-i", str(lines), "-o", str(expected), *arguments]) == 0
    massmap.build(
        tmp_path / "map",
        entries,
        key_type=key_type,
        value_type=value_type,
        format=format,
        bucket_count=64 if format == 1 else None,
    )
    assert (tmp_path / "map").read_bytes() == expected.read_bytes()


REBUILT = [
    path
    for path in GOLDEN
    if path.stem.startswith("v2-")
    # Keys that only their program can hash.
    and path.stem not in {"v2-any-keys", "v2-own-function", "v2-own-hash", "v2-same-hash"}
]


@pytest.mark.parametrize("path", REBUILT, ids=lambda path: path.stem)
def test_golden_files_are_built_again_like_themselves(tmp_path: Path, path: Path) -> None:
    with massmap.open(path) as opened:
        massmap.build(tmp_path / "map", opened.items(), like=path)
    assert (tmp_path / "map").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", REBUILT, ids=lambda path: path.stem)
def test_golden_files_are_built_again_with_the_names_of_their_types(tmp_path: Path, path: Path) -> None:
    with massmap.open(path) as opened:
        info = opened.info
        if any(word in info.key_type + info.value_type for word in ("one of", "none")):
            pytest.skip("enums and elements that there are none of have no names")
        if info.entry_layout == "compressed" or info.shard or "named" in path.stem:
            pytest.skip("these settings are not all in the info of a file")
        settings: dict[str, Any] = {
            "key_type": info.key_type,
            "value_type": info.value_type,
            "hash": info.hash_function,
            "hash_seed": info.hash_parameters["seed"],
            "duplicate_keys": info.duplicate_keys,
            "miss_filter": info.has_miss_filter,
            "user_metadata": opened.user_metadata,
        }
        massmap.build(tmp_path / "map", opened.items(), **settings)
    with massmap.open(tmp_path / "map") as rebuilt:
        assert sorted(map(repr, rebuilt.items())) == sorted(map(repr, massmap.open(path).items()))
        assert (rebuilt.key_type, rebuilt.value_type) == (info.key_type, info.value_type)


def test_a_map_like_another_one_takes_over_its_settings(tmp_path: Path) -> None:
    massmap.build(
        tmp_path / "first",
        {"a": {"x": 1.0}},
        value_type="{x: f32}",
        miss_filter=True,
        field_names=True,
        page_size=8192,
        user_metadata={"source": "here"},
        hash_seed=7,
    )
    info = massmap.build(tmp_path / "second", {"b": {"x": 0.5}}, like=tmp_path / "first")
    assert (info.value_type, info.page_size, info.has_miss_filter) == ("{x: f32}", 8192, True)
    assert info.hash_parameters == {"seed": 7}
    assert massmap.open(tmp_path / "second").user_metadata == {"source": "here"}
    with pytest.raises(massmap.ValueTypeError, match="`x` is of the type str, not f32"):
        massmap.build(tmp_path / "second", {"b": {"x": "y"}}, like=tmp_path / "first")
    for name, value in {"key_type": "string", "format": 2, "hash_seed": 1, "field_names": True}.items():
        conflict: Any = {name: value}
        with pytest.raises(massmap.SettingError, match=f"like and {name} exclude each other"):
            massmap.build(tmp_path / "second", {}, like=tmp_path / "first", **conflict)


def test_settings_are_those_of_the_builder(tmp_path: Path) -> None:
    path = tmp_path / "map"
    entries = {number: "value" * 10 for number in range(1000)}
    identity = uuid.uuid4()
    assert massmap.build(path, entries, page_size=512).page_size == 512
    assert massmap.build(path, entries, for_object_store=True).page_size == 16384
    assert massmap.build(path, entries, miss_filter=True).has_miss_filter
    assert massmap.build(path, entries, format=1, bucket_count=7).buckets == 7
    assert massmap.build(path, entries, format=1, hash="xxh3").hash_function == "xxh3"
    assert massmap.build(path, entries, hash="foldhash", hash_seed=3).hash_parameters == {"seed": 3}
    assert massmap.build(path, entries, compression="zstd").compression_level == 9
    assert massmap.build(path, entries, compression=3).compression_level == 3
    assert massmap.build(path, entries, compression="none").compression_level is None
    given: Any = {"level": 4, "dictionary": b"value" * 100}
    assert massmap.build(path, entries, compression=given).compression_level == 4
    info = massmap.build(path, entries, shard=(1, 4), build_id=identity)
    assert (info.shard, info.build_id) == ((1, 4), identity.bytes)
    assert info.entries < 400
    assert massmap.build(path, entries, shard=(1, 4), build_id=str(identity)).build_id == identity.bytes
    assert massmap.build(path, [("a", 1), ("a", 2)], duplicate_keys="keep_all").entries == 2
    massmap.build(path, [("a", 1), ("a", 2)], duplicate_keys="first")
    assert dict(massmap.open(path)) == {"a": 1}
    massmap.build(path, [("a", 1), ("a", 2)], duplicate_keys="last")
    assert dict(massmap.open(path)) == {"a": 2}
    massmap.build(path, {"a": (1, 2.0)}, type_names=True, format=1)
    assert massmap.open(path).key_type == "string"
    for none in ("page_size", "like", "compression", "shard"):
        nothing: Any = {none: None}
        assert massmap.build(path, entries, **nothing).entries == 1000


@pytest.mark.parametrize("order", "<>=")
@pytest.mark.parametrize("code", ["u2", "u4", "u8", "i2", "i4", "i8", "f4", "f8"])
def test_the_order_of_bytes_in_arrays_is_heeded(tmp_path: Path, order: str, code: str) -> None:
    numbers = [1, 2, 300, 0]
    array = np.array(numbers, order + code)
    kind = {"u": "u", "i": "i", "f": "f"}[code[0]] + str(8 * int(code[1]))
    for value_type in (None, f"[{kind}]", f"[{kind}; 4]", "any"):
        massmap.build(tmp_path / "map", {"key": array}, value_type=value_type)
        assert massmap.open(tmp_path / "map")["key"] == numbers
    massmap.build(tmp_path / "map", {1: array[2]})
    assert massmap.open(tmp_path / "map")[1] == 300


TIMES: list[Any] = [
    np.datetime64("2020-01-01", "ns"),
    np.datetime64("2020-01-01", "D"),
    np.datetime64("NaT"),
    np.timedelta64(5, "ns"),
    np.array(["2020-01-01"], "M8[ns]"),
    np.zeros(2, "i4,f4")[0],
    np.ma.masked_equal([1.0, 2.0], 1.0),
    np.ma.masked,
]


@pytest.mark.parametrize("value", TIMES, ids=repr)
@pytest.mark.parametrize("value_type", ["any", None, "i64", "[i64]", "f64", "[f64]", "bytes"])
def test_what_numpy_has_and_maps_do_not_is_refused(tmp_path: Path, value: Any, value_type: str | None) -> None:
    with pytest.raises(massmap.ValueTypeError, match="item 0"):
        massmap.build(tmp_path / "map", {1: value}, value_type=value_type)


@pytest.mark.parametrize("keys", [[b"b", b"a", b""], [True, False], [(2, "a"), (1, "b"), (1, "a")], [2**127, 2**127 - 1, 5]])
def test_equal_dicts_have_equal_bytes(tmp_path: Path, keys: list[Any]) -> None:
    for name, order in (("one", keys), ("other", keys[::-1])):
        massmap.build(tmp_path / name, {1: {key: 0 for key in order}}, value_type=map_type(keys[0]))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert list(massmap.open(tmp_path / "one")[1]) == sorted(keys)


def test_keys_of_dicts_that_have_no_order_are_kept_as_they_are(tmp_path: Path) -> None:
    nan = float("nan")
    mixed = {number if number % 3 else nan if number % 2 else str(number): number for number in range(200)}
    floats = {nan if number % 7 == 0 else float(number * 31 % 200): number for number in range(200)}
    for value in (mixed, floats):
        massmap.build(tmp_path / "map", {1: value}, value_type="any")
        assert sorted(massmap.open(tmp_path / "map")[1].values()) == sorted(value.values())


def map_type(key: Any) -> str:
    """The type of maps with keys like this one."""
    names = {bytes: "bytes", bool: "bool", tuple: "(i64, string)", int: "u128"}
    return f"map from {names[type(key)]} to u8"


def test_no_entries_make_an_empty_map(tmp_path: Path) -> None:
    nothing: list[Any] = [{}, [], iter(())]
    for items in nothing:
        info = massmap.build(tmp_path / "map", items)
        assert info.entries == 0
    massmap.build(tmp_path / "typed", {}, key_type="u64", value_type="f64")
    assert (tmp_path / "map").read_bytes() == (tmp_path / "typed").read_bytes()
