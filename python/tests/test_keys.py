"""What is taken as a key, and what is not."""

from typing import Any

import numpy
import pytest
from conftest import golden

import massmap


def test_integers_of_python_and_numpy_are_keys_and_others_are_missing() -> None:
    with massmap.open(golden("v2-default-integers")) as opened:
        key = next(iter(opened))
        value = opened[key]
        for same in (key, numpy.uint64(key), numpy.int64(key), numpy.array(key), Index(key)):
            assert opened[same] == value
            assert same in opened
        for missing in (-1, 2**64, 2**64 - 1, -(2**200), 2**200, numpy.int8(-1)):
            assert missing not in opened
            assert opened.get(missing) is None
            assert opened.get(missing, "default") == "default"
            with pytest.raises(KeyError) as error:
                opened[missing]
            assert error.value.args == (missing,)


class Index:
    """What Python takes for an integer where it needs one."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@pytest.mark.parametrize(
    "key",
    [
        "1",
        b"1",
        1.0,
        True,
        None,
        (1,),
        [1],
        object(),
        numpy.float64(1),
        numpy.bool_(True),
        {1: 1},
        numpy.array([1]),
    ],
)
def test_a_key_that_is_no_integer_is_a_type_error_of_a_map_of_integers(key: Any) -> None:
    with massmap.open(golden("v2-default-integers")) as opened:
        for look_up in (opened.__getitem__, opened.__contains__, opened.get, opened.get_encoded):
            with pytest.raises(massmap.KeyTypeError, match="u64|integers") as error:
                look_up(key)
            assert isinstance(error.value, TypeError)
            assert isinstance(error.value, massmap.Error)


@pytest.mark.parametrize("key", [1, b"key 1", ("key 1",), None, True, 1.5, numpy.int64(1), 2**200])
def test_a_key_that_is_no_string_is_a_type_error_of_a_map_of_strings(key: Any) -> None:
    with massmap.open(golden("v2-strings")) as opened:
        for look_up in (opened.__getitem__, opened.__contains__, opened.get):
            with pytest.raises(massmap.KeyTypeError, match="strings"):
                look_up(key)


def test_strings_that_are_no_text_are_missing() -> None:
    with massmap.open(golden("v2-strings")) as opened:
        assert opened["key 19"] == opened[numpy.str_("key 19")] == 19000
        assert "\ud800" not in opened
        assert opened.get("key 19\udfff") is None


def test_bytes_like_objects_are_keys_of_maps_of_bytes() -> None:
    with massmap.open(golden("v2-bytes")) as opened:
        for key, value in opened.items():
            array = numpy.frombuffer(key, dtype=numpy.uint8)
            for same in (key, bytearray(key), memoryview(key), array, numpy.bytes_(key)):
                if isinstance(same, bytes) and bytes(same) != key:
                    # NumPy takes zeros off the end.
                    continue
                assert opened[same] == value
        for missing in (b"", b"no such key", b"x" * 300, b"x" * 70000):
            assert missing not in opened
        for other in ("", 1, None, (1, 2), numpy.array([1.0]), numpy.uint8(1)):
            with pytest.raises(massmap.KeyTypeError, match="bytes"):
                opened[other]


def test_bytes_of_another_length_are_missing_from_a_map_of_bytes_of_one_length() -> None:
    with massmap.open(golden("v2-fixed-bytes")) as opened:
        assert opened.key_type == "3 bytes"
        assert b"ab" not in opened
        assert b"abcd" not in opened


def test_tuples_and_lists_are_keys_of_maps_of_tuples_and_sequences() -> None:
    with massmap.open(golden("v2-fixed-floats")) as opened:
        assert opened.key_type == "(char, u16, bool)"
        for key, value in opened.items():
            letter, number, flag = key
            for same in (
                key,
                list(key),
                (numpy.str_(letter), numpy.uint16(number), numpy.bool_(flag)),
            ):
                assert opened[same] == value
        assert ("a", 70000, True) not in opened
        assert ("a", 2**200, True) not in opened
        assert ("a", 1) not in opened
        for other in (("a", "1", True), ("a", 1, 1), "a", 1, ("ab", 2**200, "x")):
            with pytest.raises(massmap.KeyTypeError):
                opened[other]
    with massmap.open(golden("v2-sequences")) as opened:
        for key, value in opened.items():
            assert opened[list(key)] == value
        deep: Any = 1
        for _ in range(1000):
            deep = [deep]
        with pytest.raises(massmap.KeyTypeError, match="nests"):
            opened[deep]


def test_none_is_a_key_of_a_map_of_optional_values() -> None:
    with massmap.open(golden("v2-options")) as opened:
        assert opened.key_type == "optional u32"
        assert None in opened
        assert all(opened[key] == value for key, value in opened.items())
        assert -1 not in opened
        with pytest.raises(massmap.KeyTypeError):
            opened["1"]


def test_characters_are_strings_of_one() -> None:
    with massmap.open(golden("v2-scalars")) as opened:
        key = next(iter(opened))
        assert isinstance(key[0], str)
        assert isinstance(key[2], int)
        assert key in opened


def test_keys_that_only_their_program_can_hash_say_so() -> None:
    for name in ("v2-own-hash", "v2-own-function", "v2-enums"):
        with massmap.open(golden(name)) as opened:
            key = next(iter(opened))
            with pytest.raises(massmap.HashError, match="hash"):
                opened[key]


def test_lookups_with_several_entries_of_a_key_answer_the_first() -> None:
    with massmap.open(golden("single-bucket")) as opened:
        assert opened.info.duplicate_keys == "keep_all"
        entries = list(opened.items())
        assert len(entries) == len(opened) > len(dict(entries))
        assert opened[0] == next(value for key, value in entries if key == 0)
