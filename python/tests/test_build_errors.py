"""Builds that fail, and what they leave behind."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import golden

import massmap


class Broken:
    def __index__(self) -> int:
        raise ZeroDivisionError


UNFIT: list[tuple[dict[str, Any], Any, type[Exception], str]] = [
    ({}, {1.5: 1}, massmap.KeyTypeError, "item 0: the key is f64, of which no keys can be"),
    ({"key_type": "f32"}, {}, massmap.KeyTypeError, "key_type is f32, and keys of this type"),
    ({}, {"a": 1, 2: 3}, massmap.KeyTypeError, "item 1: the key 2 does not fit: it is of the type int, not s"),
    ({"key_type": "u8"}, {256: 1}, massmap.KeyTypeError, "it is the integer 256, not u8; key_type"),
    ({"key_type": "i128"}, {2**200: 1}, massmap.KeyTypeError, "it is the integer 16069"),
    ({"key_type": "u8"}, {True: 1}, massmap.KeyTypeError, "of the type bool, not u8"),
    ({"key_type": "char"}, {"ab": 1}, massmap.KeyTypeError, "a string of 2 characters, not char"),
    ({}, {"a\ud800": 1}, massmap.KeyTypeError, "a string with surrogates, which is not UTF-8"),
    ({"key_type": "2 bytes"}, {b"abc": 1}, massmap.KeyTypeError, "it is 3 bytes, not 2 bytes"),
    ({}, {1: 1, 2: "x"}, massmap.ValueTypeError, "item 1: the value of the key 2 does not fit: it is of"),
    ({}, {1: 1, 2: None}, massmap.ValueTypeError, "it is None, not i64; value_type chooses"),
    ({"value_type": "f32"}, {1: 0.1}, massmap.ValueTypeError, "0.1, which f32 does not have exactly"),
    ({"value_type": "f64"}, {1: 2**53 + 1}, massmap.ValueTypeError, "of the type int, not f64"),
    ({"value_type": "[u8; 2]"}, {1: [1]}, massmap.ValueTypeError, "an array of 1 element, not"),
    ({"value_type": "[f32]"}, {1: "ab"}, massmap.ValueTypeError, "of the type str, not "),
    ({"value_type": "[(u8, f64)]"}, {1: [(1, 2), (1, "x")]}, massmap.ValueTypeError, r"`\[1\]\[1\]` is of the"),
    ({"value_type": "{x: u8}"}, {1: {"x": 1, "y": 2}}, massmap.ValueTypeError, "the unknown field 'y'"),
    ({"value_type": "{x: u8}"}, {1: {}}, massmap.ValueTypeError, 'a dict without the field "x"'),
    ({"value_type": "any"}, {1: {"a": [1, 2**64]}}, massmap.ValueTypeError, r"`a\[1\]` is an integer of more"),
    ({"value_type": "any"}, {1: {2}}, massmap.ValueTypeError, "of the type set, not None, a bool, int"),
    ({"value_type": "bool"}, {1: 1}, massmap.ValueTypeError, "of the type int, not bool"),
    ({"value_type": "i64"}, {1: np.arange(3)}, massmap.ValueTypeError, "of the type ndarray, not i64"),
    ({"value_type": "i64"}, {1: Broken()}, ZeroDivisionError, "^$"),
    ({}, [1], TypeError, "item 0 is of the type int, and must be a pair"),
    ({}, ["ab"], TypeError, "item 0 is a str of the length 2, and must be a pair"),
    ({}, [(1, 2), (1, 2, 3)], TypeError, "item 1 is a tuple of the length 3, and must be a pair"),
    ({}, 5, TypeError, "not iterable"),
    ({}, [(1, 2), (1, 3)], massmap.DuplicateKeyError, 'the key 1; give duplicate_keys="first", "last" or'),
    ({"page_size": 100}, {}, massmap.SettingError, "it must be a power of two"),
    ({"page_size": 2**40}, {}, massmap.SettingError, "page_size is 1099511627776, and must be a number"),
    ({"page_size": 512, "for_object_store": True}, {}, massmap.SettingError, "exclude each other"),
    ({"bucket_count": 5}, {}, massmap.SettingError, "format 2 has no number of buckets"),
    ({"duplicate_keys": "maybe"}, {}, massmap.SettingError, "'maybe', and must be \"error\" or"),
    ({"format": 3}, {}, massmap.SettingError, "format is 3, and must be 1 or 2"),
    ({"shard": (4, 4)}, {}, massmap.SettingError, "there is no shard 4 of 4"),
    ({"build_id": b"short"}, {}, massmap.SettingError, "must be 16 bytes, a UUID or 32"),
    ({"compression": 23}, {}, massmap.SettingError, "there is no level 23"),
    ({"compression": {"speed": 1}}, {}, TypeError, 'no keyword argument "speed"'),
    ({"user_metadata": {"a": 1}}, {}, massmap.SettingError, "must be a dict from strings to strings"),
    ({"pagesize": 512}, {}, TypeError, 'no keyword argument "pagesize"'),
    ({"key_type": "u7"}, {}, massmap.SettingError, '"u7" is no type; there are integers'),
    ({"key_type": "(u8, [u8)"}, {}, massmap.SettingError, 'key_type is "'),
    ({"key_type": "[" * 1000}, {}, massmap.SettingError, "nests deeper"),
    ({"key_type": 5}, {}, massmap.SettingError, "key_type is 5, and must be the name of a type"),
    ({"like": "missing"}, {}, FileNotFoundError, "missing"),
]


@pytest.mark.parametrize(("arguments", "items", "error", "message"), UNFIT)
def test_what_does_not_fit_is_named_and_the_old_file_stays(
    tmp_path: Path, arguments: dict[str, Any], items: Any, error: type[Exception], message: str
) -> None:
    path = tmp_path / "map"
    path.write_text("old")
    with pytest.raises(error, match=message):
        massmap.build(path, items, **arguments)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["map"]


def test_a_value_that_contains_itself_is_an_error(tmp_path: Path) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(massmap.ValueTypeError, match="nests too deep, or in itself"):
        massmap.build(tmp_path / "map", {1: endless})


@pytest.mark.parametrize(("key", "key_type"), [("é" * 3, "string"), (7, "u32"), ((1, "a"), "(u8, string)")])
def test_the_error_of_a_duplicate_key_has_the_key(tmp_path: Path, key: Any, key_type: str) -> None:
    with pytest.raises(massmap.DuplicateKeyError) as raised:
        massmap.build(tmp_path / "map", [(key, 1), (key, 2)], key_type=key_type)
    assert raised.value.key == key


def failing(count: int, error: BaseException) -> Iterator[tuple[int, int]]:
    for number in range(count):
        yield number, number
    raise error


@pytest.mark.parametrize("count", [0, 1, 100_000])
@pytest.mark.parametrize("error", [KeyError("mine"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_what_an_iterable_raises_ends_the_build(tmp_path: Path, count: int, error: BaseException) -> None:
    path = tmp_path / "map"
    path.write_text("old")
    with pytest.raises(type(error)) as raised:
        massmap.build(path, failing(count, error), memory_limit=1_000_000)
    assert raised.value is error
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["map"]


@pytest.mark.parametrize("phase", ["read", "write"])
def test_what_the_callback_raises_ends_the_build(tmp_path: Path, phase: str) -> None:
    path = tmp_path / "map"
    path.write_text("old")

    def progress(current: str, done: int, total: int | None) -> None:
        if current == phase:
            raise ZeroDivisionError

    def slowly() -> Iterator[tuple[int, int]]:
        for number in range(32):
            threading.Event().wait(0.01)
            yield number, number

    with pytest.raises(ZeroDivisionError):
        massmap.build(path, slowly(), progress=progress)
    # The last call comes when the file is there.
    assert path.read_text() == "old" if phase == "read" else massmap.open(path)[3] == 3
    assert os.listdir(tmp_path) == ["map"]


@pytest.mark.parametrize("progress", [1, "yes", []])
def test_what_cannot_be_called_is_no_callback_and_the_old_file_stays(tmp_path: Path, progress: Any) -> None:
    path = tmp_path / "map"
    path.write_text("old")
    calls: list[Callable[[], object]] = [
        lambda: massmap.build(path, {1: 2}, progress=progress),
        lambda: massmap.build_table(path, pa.table({"a": [1], "b": [2]}), progress=progress),
        lambda: massmap.merge(path, [golden("v2-strings")], progress=progress),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="progress is .*, and must be a function, True or False"):
            call()
    assert path.read_text() == "old"


@pytest.mark.parametrize("compression", [True, False])
def test_compression_is_no_bool(tmp_path: Path, compression: Any) -> None:
    with pytest.raises(massmap.SettingError, match='compression is .*, and must be "zstd", "none"'):
        massmap.build(tmp_path / "map", {1: 2}, compression=compression)


@pytest.mark.parametrize("kind", ["table", "path"])
def test_tables_and_paths_of_tables_are_for_build_table(tmp_path: Path, kind: str) -> None:
    table = pa.table({"a": [1], "b": [2]})
    tables = [table, table.to_batches()[0], table.to_reader(), pl.DataFrame(table), pd.DataFrame({"a": [1], "b": [2]})]
    for items in tables if kind == "table" else ["table.parquet", Path("table.parquet")]:
        with pytest.raises(TypeError, match=f"items is a {kind}: build_table builds of it"):
            massmap.build(tmp_path / "map", items)  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


def test_a_child_that_the_iterable_forks_does_not_wait_for_the_build(tmp_path: Path) -> None:
    program = f"""
import os, massmap
children = []
def items():
    for number in range(10_000):
        if number == 5_000:
            children.append(os.fork())
        yield number, number
try:
    massmap.build({str(tmp_path / "map")!r}, items())
except massmap.Error as error:
    assert children == [0] and "forked by the iterable" in str(error), error
    os._exit(7)
assert os.waitpid(children[0], 0)[1] == 7 << 8
assert massmap.open({str(tmp_path / "map")!r})[9_999] == 9_999
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60)
    assert os.listdir(tmp_path) == ["map"]


def test_a_dict_that_changes_meanwhile_is_an_error(tmp_path: Path) -> None:
    entries = {number: number for number in range(10)}

    class Growing:
        def __iter__(self) -> Iterator[tuple[int, int]]:
            for key, value in entries.items():
                entries[key + 100] = value
                yield key, value

    with pytest.raises(RuntimeError, match="changed size"):
        massmap.build(tmp_path / "map", Growing())
    assert os.listdir(tmp_path) == []


def test_progress_tells_phases_and_counts_on_the_calling_thread(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    threads = set()

    def progress(phase: str, done: int, total: int | None) -> None:
        told.append((phase, done, total))
        threads.add(threading.get_ident())

    massmap.build(tmp_path / "map", {number: number for number in range(200_000)}, progress=progress)
    assert threads == {threading.get_ident()}
    assert told[-1] == ("write", 200_000, 200_000)
    assert all(total in (200_000, None) for _, _, total in told)
    assert [phase for phase, _, _ in told] == sorted(phase for phase, _, _ in told)


def test_progress_bars_are_those_of_tqdm(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    massmap.build(tmp_path / "map", {1: 2}, progress=True)
    assert "write: 100%" in capfd.readouterr().err


def test_builds_on_several_threads_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    entries = {number: str(number) for number in range(20_000)}
    massmap.build(tmp_path / "expected", entries)

    def build(number: int) -> None:
        massmap.build(tmp_path / str(number), entries)

    threads = [threading.Thread(target=build, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = (tmp_path / "expected").read_bytes()
    assert [(tmp_path / str(number)).read_bytes() for number in range(4)] == [expected] * 4


MEMORY = """
import resource, sys
import massmap

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

massmap.build(sys.argv[1], {number: "small" for number in range(1000)})
before = peak()
entries = ((number, "x" * 1000) for number in range(200_000))
massmap.build(sys.argv[1], entries, memory_limit=8_000_000, threads=1)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
def test_the_memory_limit_holds_for_iterables_of_any_length(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "map")]
    completed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(completed.stdout) < 40_000_000
    assert len(massmap.open(tmp_path / "map")) == 200_000
