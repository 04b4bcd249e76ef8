"""Batches of lookups answer as single lookups do."""

import gc
import resource
import threading
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import GOLDEN
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import COUNT, built, squares

import massmap

WAYS: list[dict[str, Any]] = [{}, {"map": False}, {"checksums": "every-read"}]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_batches_of_golden_files_answer_as_single_lookups_do(path: Path) -> None:
    for way in WAYS:
        with massmap.open(path, **way) as opened:
            keys = list(opened)
            keys += keys[::-3] + keys[:5] * 2
            try:
                single = [opened[key] for key in keys]
            except massmap.HashError:
                with pytest.raises(massmap.HashError):
                    opened.get_many(keys)
                continue
            # Values may be no numbers, which equal nothing.
            assert repr(opened.get_many(keys)) == repr(single)
            assert repr(opened.get_many(iter(keys))) == repr(single)
            assert repr(opened.get_many_arrow(keys).to_pylist()).count("None") >= repr(
                single
            ).count("None")


@pytest.mark.parametrize("is_mapped", [True, False])
def test_keys_that_are_missing_get_the_default(tmp_path: Path, is_mapped: bool) -> None:
    opened = squares(tmp_path, map=is_mapped)
    keys = [4, 3, 4, -1, 2**64, 2**200, -(2**200), 0]
    assert opened.get_many(keys) == [16, None, 16, None, None, None, None, 0]
    missing = object()
    assert opened.get_many(keys, missing)[1] is missing
    assert opened.get_many(keys, default=0) == [16, 0, 16, 0, 0, 0, 0, 0]
    assert opened.get_many([]) == []


def test_keys_come_from_any_iterable(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    expected = [4, None, 16]
    for keys in (
        (2, 3, 4),
        iter([2, 3, 4]),
        (number for number in (2, 3, 4)),
        range(2, 5),
        {2: "a", 3: "b", 4: "c"},
        {2: "a", 3: "b", 4: "c"}.keys(),
        np.arange(2, 5),
        [np.uint8(2), np.int64(3), np.float64(4).astype(np.int16)],
        pa.array([2, 3, 4]),
        pa.chunked_array([[2], [], [3, 4]]),
        array("h", [2, 3, 4]),
    ):
        assert opened.get_many(keys) == expected, keys


def test_what_cannot_be_keys_is_refused(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    keys: list[Any]
    for keys in (["2"], [2, "2"], [2.0], [None], [True], [b"2"], [(2,)]):
        with pytest.raises(massmap.KeyTypeError):
            opened.get_many(keys)
        with pytest.raises(massmap.KeyTypeError):
            opened.get_many_numpy(keys)
        with pytest.raises(massmap.KeyTypeError):
            opened.get_many_arrow(keys)
    single: Any
    for single in ("234", b"234", bytearray(b"234")):
        with pytest.raises(TypeError, match="put it into a list"):
            opened.get_many(single)
    single = 2
    with pytest.raises(TypeError):
        opened.get_many(single)

    def failing() -> Any:
        yield 2
        raise LookupError("no more keys")

    with pytest.raises(LookupError, match="no more keys"):
        opened.get_many(failing())
    opened.close()
    for get in (opened.get_many, opened.get_many_numpy, opened.get_many_arrow):
        with pytest.raises(ValueError, match="closed"):
            get([2])


def test_strings_of_all_kinds_are_keys(tmp_path: Path) -> None:
    texts = ["", "a", "ab", "ä", "🦀" * 40, "a\0", "x" * 10_000]
    opened = built(tmp_path, pa.array(texts), pa.array(range(len(texts))))
    keys = [*texts, "b", "\udc80", "a\0\0"]
    expected = [*range(len(texts)), None, None, None]
    assert opened.get_many(keys) == expected
    assert [opened.get(key) for key in keys] == expected
    # Zeros at the end are padding in NumPy.
    assert opened.get_many(np.array(["ab", "ä", "nix", ""])) == [2, 3, None, 0]
    assert opened.get_many(np.array(["ab", "ä", "nix", ""]).astype(">U7")) == [2, 3, None, 0]
    assert opened.get_many(np.array(texts, dtype=object)) == list(range(len(texts)))
    with pytest.raises(massmap.KeyTypeError):
        opened.get_many(np.arange(2))
    with pytest.raises(massmap.KeyTypeError):
        opened.get_many(np.array([b"ab"]))


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.integers(-(2**63), 2**63 - 1),
        st.one_of(st.none(), st.lists(st.text(max_size=9), max_size=4)),
        max_size=80,
    ),
    st.lists(st.integers(-(2**64), 2**64), max_size=30),
)
def test_any_batch_answers_as_a_dict_does(entries: dict[int, Any], others: list[int]) -> None:
    # Hypothesis wants no fixtures that all examples share.
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        values = pa.array(entries.values(), pa.list_(pa.string()))
        opened = built(Path(folder), pa.array(entries, pa.int64()), values)
        keys = [*entries, *others, *entries]
        expected = [entries.get(key) for key in keys]
        assert opened.get_many(keys) == expected
        assert opened.get_many_arrow(keys).to_pylist() == expected


def test_batches_may_be_huge(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    numbers = np.arange(400_000) % (3 * COUNT)
    expected = [n * n if n % 2 == 0 and n < 2 * COUNT else None for n in numbers.tolist()]
    assert opened.get_many(numbers) == expected
    assert opened.get_many(numbers.tolist()) == expected
    values, found = opened.get_many_numpy(numbers)
    assert found.tolist() == [value is not None for value in expected]
    assert values.tolist() == [value or 0 for value in expected]
    assert opened.get_many_arrow(numbers).to_pylist() == expected


def test_threads_look_up_at_the_same_time(tmp_path: Path) -> None:
    opened = squares(tmp_path)
    keys = np.arange(0, 2 * COUNT, 2)
    wrong: list[object] = []

    def look_up() -> None:
        for _ in range(50):
            values, found = opened.get_many_numpy(keys)
            if not found.all() or (values != keys * keys).any() or opened.get_many([2]) != [4]:
                wrong.append(values)

    threads = [threading.Thread(target=look_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    "look_up",
    [
        lambda opened, keys: opened.get_many(keys),
        lambda opened, keys: opened.get_many_numpy(keys),
        lambda opened, keys: opened.get_many_arrow(keys),
        lambda opened, keys: opened.get_many_arrow(pa.array(keys)),
        lambda opened, keys: opened.get_many(keys.tolist()),
    ],
    ids=["list", "numpy", "arrow", "arrow-keys", "list-keys"],
)
def test_memory_does_not_grow(
    tmp_path: Path, look_up: Callable[[massmap.Map, Any], object]
) -> None:
    opened = squares(tmp_path)
    keys = np.arange(20_000)

    def peak() -> int:
        for _ in range(60):
            look_up(opened, keys)
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    peak()
    before = peak()
    # A single batch that stayed would be 160 KB or more, and 60 of them 10 MB.
    assert peak() - before < 4096
