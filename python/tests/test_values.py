"""Values come out as they went in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import golden
from format_1 import file, packed
from hypothesis import given, settings
from hypothesis import strategies as st

import massmap

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text() | st.integers(0, 1000), inner, max_size=5)
    ),
    max_leaves=20,
)


@pytest.fixture(scope="session")
def opened_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., massmap.Map]:
    """Opens maps of format 1 with one entry with the key 1."""
    directory = tmp_path_factory.mktemp("values")
    count = 0

    def opened(value: bytes, value_type: str = "T", **way: Any) -> massmap.Map:
        nonlocal count
        count += 1
        path = directory / str(count)
        path.write_bytes(file([(b"\x01", value)], value_type=value_type))
        return massmap.open(path, **way)

    return opened


@settings(deadline=None, max_examples=200)
@given(value=VALUES)
def test_any_value_comes_out_as_it_went_in(
    opened_with: Callable[..., massmap.Map], value: Any
) -> None:
    for way in (True, False):
        with opened_with(packed(value), map=way) as opened:
            assert opened[1] == value
            assert type(opened[1]) is type(value)
            assert list(opened.items()) == [(1, value)]
            view = opened.get_encoded(1)
            assert view is not None and view.tobytes() == packed(value)


@settings(deadline=None, max_examples=100)
@given(value=st.lists(SCALARS | st.lists(SCALARS, max_size=3), max_size=4), content=SCALARS)
def test_lists_in_keys_of_maps_are_tuples(
    opened_with: Callable[..., massmap.Map], value: list[Any], content: Any
) -> None:
    hashable = tuple(tuple(each) if isinstance(each, list) else each for each in value)
    encoded = b"\x81" + packed(value) + packed(content)
    with opened_with(encoded) as opened:
        assert opened[1] == {hashable: content}
    # A map in a key.
    with opened_with(b"\x81" + encoded + packed(content)) as opened:
        assert opened[1] == {((hashable, content),): content}


def test_names_of_types_tell_what_bytes_and_arrays_are(
    opened_with: Callable[..., massmap.Map],
) -> None:
    wide = (2**100).to_bytes(16)
    for value_type, encoded, expected in [
        ("u128", packed(wide), 2**100),
        ("i128", packed((-(2**100)).to_bytes(16, signed=True)), -(2**100)),
        ("T", packed(wide), wide),
        ("core::option::Option<u128>", packed(wide), 2**100),
        ("alloc::vec::Vec<u8>", packed([1, 2, 255]), b"\x01\x02\xff"),
        ("alloc::vec::Vec<u8>", packed(b"abc"), b"abc"),
        ("alloc::vec::Vec<u8>", packed([1, 256]), [1, 256]),
        ("alloc::vec::Vec<u16>", packed([1, 256]), [1, 256]),
        ("(u8, alloc::string::String)", packed([1, "a"]), (1, "a")),
        ("(u8, alloc::string::String)", packed([1]), [1]),
        ("u64", packed("not a number"), "not a number"),
        ("char", packed("é"), "é"),
        ("f32", b"\xca\x3f\xc0\x00\x00", 1.5),
        ("T", b"\xd4\x05a", massmap.Extension(5, b"a")),
        ("T", b"\xc7\x00\xff", massmap.Extension(-1, b"")),
    ]:
        with opened_with(encoded, value_type) as opened:
            assert opened[1] == expected, value_type
            assert type(opened[1]) is type(expected), value_type


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        (b"\xa2a\xff", "UTF-8"),
        (b"\x91\xa1\xff", "byte 1 is not UTF-8"),
        (b"\x91" * 127 + b"\x90", None),
        (b"\x81\x01" * 60 + b"\x01", None),
        (b"\x81\x90\x01", None),
        (b"\x81" * 100 + b"\x01" * 101, None),
    ],
)
def test_what_nests_and_what_is_no_text(
    opened_with: Callable[..., massmap.Map], encoded: bytes, message: str | None
) -> None:
    with opened_with(encoded) as opened:
        if message is None:
            repr(opened[1])
        else:
            with pytest.raises(massmap.FormatError, match=message):
                opened[1]


def test_a_value_of_little_bytes_and_much_memory_is_refused(
    opened_with: Callable[..., massmap.Map],
) -> None:
    encoded = b"\xdd" + (2_000_000).to_bytes(4) + b"\x90" * 2_000_000
    with opened_with(encoded) as opened:
        with pytest.raises(massmap.DecodeError, match="value_limit"):
            opened[1]
        view = opened.get_encoded(1)
        assert view is not None and view.nbytes == len(encoded)
    with opened_with(encoded, value_limit=2**30) as opened:
        assert len(opened[1]) == 2_000_000
    # What takes as much memory as in the file has no limit.
    blob = b"x" * 3_000_000
    with opened_with(packed([blob, "y" * 3_000_000]), value_limit=1000) as opened:
        assert opened[1] == [blob, "y" * 3_000_000]


def test_structs_enums_and_maps_have_their_names() -> None:
    with massmap.open(golden("v2-compressed")) as opened:
        for value in opened.values():
            assert list(value) == ["title", "year", "tags", "text"]
            assert isinstance(value["tags"], list)
    with massmap.open(golden("v2-enums")) as opened:
        for value in opened.values():
            match value:
                case "Point":
                    pass
                case {"Circle": int()} | {"Segment": (int(), str())}:
                    assert len(value) == 1
                case {"Polygon": {"color": str(), "corners": int() | None}}:
                    assert len(value) == 1
                case _:
                    pytest.fail(repr(value))
        for key in opened:
            match key:
                case "Point":
                    pass
                case ("Circle", int()) | ("Segment", (int(), str())):
                    pass
                case ("Polygon", (str(), int() | None)):
                    pass
                case _:
                    pytest.fail(repr(key))
    with massmap.open(golden("v2-maps")) as opened:
        for key, value in opened.items():
            assert isinstance(key, tuple) and isinstance(value, dict)
            assert all(isinstance(inner, dict) for inner in value.values())


def test_integers_of_128_bits_are_integers() -> None:
    with massmap.open(golden("v2-scalars")) as opened:
        for (_, _, integer, text), (_, wide, *_) in opened.items():
            number = int(text)
            assert isinstance(integer, int) and isinstance(wide, int)
            assert abs(integer) == wide or number == 0


def test_keys_and_values_of_an_empty_map_are_none(tmp_path: Path) -> None:
    for name in ("v2-empty", "empty"):
        with massmap.open(golden(name)) as opened:
            assert (len(opened), list(opened), dict(opened)) == (0, [], {})
            assert opened == {}
            assert opened.get("a") is None
            assert "a" not in opened
