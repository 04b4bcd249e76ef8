"""Values without copies."""

import ctypes
import gc
import multiprocessing
from typing import Any

import numpy
import pytest
from conftest import golden

import massmap


@pytest.mark.parametrize("way", [{}, {"map": False}], ids=["mapped", "read"])
def test_bytes_are_those_of_the_value(way: dict[str, Any]) -> None:
    with massmap.open(golden("v2-bytes"), **way) as opened:
        for key, value in opened.items():
            view = opened.get_bytes(key)
            assert view is not None
            assert view == value
            assert view.readonly
            assert (view.format, view.itemsize, view.ndim) == ("B", 1, 1)
        assert opened.get_bytes(b"no such key") is None
        assert opened.get_encoded(b"no such key") is None


def test_strings_have_bytes_too_and_other_values_only_encoded_ones() -> None:
    with massmap.open(golden("v2-pages-4096")) as opened:
        key, value = next(iter(opened.items()))
        view = opened.get_bytes(key)
        assert view is not None and bytes(view).decode() == value
    with massmap.open(golden("v2-strings")) as opened:
        with pytest.raises(massmap.ValueTypeError, match="get_encoded"):
            opened.get_bytes("key 1")
        encoded = opened.get_encoded("key 1")
        assert encoded is not None and encoded.tobytes() == b"\xcd" + (1000).to_bytes(2)


def test_bytes_of_compressed_values_are_copied() -> None:
    with massmap.open(golden("v2-compressed-lengths")) as opened:
        for key, value in opened.items():
            view = opened.get_bytes(key)
            assert view is not None and bytes(view).decode() == value


def test_a_view_of_a_mapped_file_is_not_copied_and_keeps_the_file() -> None:
    opened = massmap.open(golden("v2-bytes"))
    entries = dict(opened)
    key = max(entries, key=lambda key: len(entries[key]))
    one, other = opened.get_bytes(key), opened.get_bytes(key)
    assert one is not None and other is not None
    first = numpy.frombuffer(one, dtype=numpy.uint8)
    second = numpy.frombuffer(other, dtype=numpy.uint8)
    assert first.__array_interface__["data"][0] == second.__array_interface__["data"][0]
    opened.close()
    del opened, one, other
    gc.collect()
    assert first.tobytes() == entries[key] == second.tobytes()
    with pytest.raises(ValueError):
        first[0] = 1


def test_values_are_copied_into_buffers() -> None:
    for way in (True, False):
        with massmap.open(golden("v2-bytes"), map=way) as opened:
            key, value = max(opened.items(), key=lambda entry: len(entry[1]))
            target = bytearray(b"\xff" * (len(value) + 3))
            assert opened.get_into(key, target) == len(value)
            assert target == value + b"\xff\xff\xff"
            array: Any = numpy.zeros(len(value), dtype=numpy.uint8)
            assert opened.get_into(key, array) == len(value)
            assert array.tobytes() == value
            assert opened.get_into(key, memoryview(target)[2:-1]) == len(value)
            shared: Any = multiprocessing.RawArray("B", len(value))
            others: list[Any] = [(ctypes.c_char * len(value))(), numpy.zeros(len(value), "i1")]
            for of_bytes in (shared, *others):
                assert opened.get_into(key, of_bytes) == len(value)
                assert memoryview(of_bytes).tobytes() == value
            assert opened.get_into(b"no such key", target) is None
            with pytest.raises(ValueError, match=f"{len(value)} bytes"):
                opened.get_into(key, bytearray(len(value) - 1))
            for unfit in (value, memoryview(bytearray(2 * len(value)))[::2]):
                with pytest.raises(BufferError, match="is read-only or has gaps: give a bytearray"):
                    opened.get_into(key, unfit)
            with pytest.raises(BufferError, match="no single bytes: give a bytearray"):
                opened.get_into(key, array.astype("f8"))
            for none in ("text", 5, numpy.zeros(9)):
                with pytest.raises((TypeError, BufferError)):
                    opened.get_into(key, none)  # type: ignore[arg-type]
