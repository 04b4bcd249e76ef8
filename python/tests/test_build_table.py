"""Building maps of tables."""

import datetime
import errno
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from conftest import REPOSITORY

import massmap
from massmap._cli import main

FIXTURES = sorted(
    path
    for path in (REPOSITORY / "crates/massmap-data/tests/fixtures").iterdir()
    if path.suffix in {".parquet", ".arrow", ".arrows", ".feather"}
)


def read(path: Path) -> pa.Table:
    """The table in a file, as pyarrow reads it."""
    if path.suffix == ".parquet":
        whole = pyarrow.parquet.read_table(path, coerce_int96_timestamp_unit="us")
        if "int96" in path.name:
            # Instants, which pyarrow does not know to be such.
            at = whole["at"].cast(pa.timestamp("us", "UTC"))
            whole = whole.set_column(whole.column_names.index("at"), "at", at)
        return whole
    if path.suffix == ".arrows":
        return pa.ipc.open_stream(path).read_all()
    return pa.ipc.open_file(path).read_all()


@pytest.mark.parametrize("settings", [{"nulls": "keep"}, {"nulls": "skip", "times": "integer"}, {"value": "name", "nulls": "skip"}])
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_tables_of_pyarrow_give_the_files_that_they_were_read_from(
    tmp_path: Path, path: Path, settings: Any
) -> None:
    if path.name.startswith("pyarrow-large") and settings.get("value"):
        settings = {**settings, "value": None}
    expected = massmap.build_table(tmp_path / "expected", path, **settings)
    assert massmap.build_table(tmp_path / "map", read(path), **settings) == expected
    assert (tmp_path / "map").read_bytes() == (tmp_path / "expected").read_bytes()


def test_there_are_fixtures() -> None:
    assert len(FIXTURES) == 16


def table(rows: int = 5_000) -> pa.Table:
    numbers = np.arange(rows, dtype=np.uint32)
    return pa.table(
        {
            "id": numbers,
            "name": [f"name {number}" for number in range(rows)],
            "price": numbers / 8,
        }
    )


def sources(whole: pa.Table, directory: Path) -> dict[str, Any]:
    """The same table in other hands."""
    pyarrow.parquet.write_table(whole, directory / "table.parquet", row_group_size=1000)
    pyarrow.feather.write_feather(whole, directory / "table.feather")
    whole.to_pandas().to_csv(directory / "table.csv", index=False)

    def batches() -> Iterator[pa.RecordBatch]:
        yield from whole.to_batches(max_chunksize=777)

    polars = pytest.importorskip("polars")
    return {
        "path": str(directory / "table.parquet"),
        "paths": [directory / "table.feather"],
        "pattern": directory / "table.parq*",
        "reader": whole.to_reader(max_chunksize=100),
        "generator": pa.RecordBatchReader.from_batches(whole.schema, batches()),
        "batch": whole.combine_chunks().to_batches()[0],
        "slices": pa.concat_tables([whole.slice(0, 5), whole.slice(5)]),
        "pandas": whole.to_pandas(),
        "polars": polars.from_arrow(whole),
        "views": whole.cast(
            pa.schema([("id", pa.uint32()), ("name", pa.string_view()), ("price", pa.float64())])
        ),
    }


def test_the_same_table_in_any_hands_gives_the_same_bytes(tmp_path: Path) -> None:
    whole = table()
    (tmp_path / "in").mkdir()
    expected = massmap.build_table(tmp_path / "expected", whole, key="name")
    assert (expected.key_type, expected.value_type) == ("string", "{id: u32, price: f64}")
    for name, source in sources(whole, tmp_path / "in").items():
        massmap.build_table(tmp_path / "map", source, key="name")
        assert (tmp_path / "map").read_bytes() == (tmp_path / "expected").read_bytes(), name
    with massmap.open(tmp_path / "map") as opened:
        assert opened["name 8"] == {"id": 8, "price": 1.0}


def test_relations_of_duckdb_are_tables(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    relation = connection.sql("select range::int as id, range * 2 as value from range(5000)")
    info = massmap.build_table(tmp_path / "map", relation, key="id", value="value")
    assert (info.entries, info.key_type, info.value_type) == (5000, "i32", "i64")
    assert massmap.open(tmp_path / "map")[7] == 14


def test_several_columns_make_tuples_and_structs(tmp_path: Path) -> None:
    whole = table(100)
    path = tmp_path / "map"
    massmap.build_table(path, whole, key=["id", "name"], value="price")
    assert massmap.open(path)[8, "name 8"] == 1.0
    massmap.build_table(path, whole, key="id", value=["price", "name"], value_as="tuple")
    assert massmap.open(path)[8] == (1.0, "name 8")
    odd = pa.table({"a,b": [1, 2], 'c"d': [3, 4], "e": [5, 6]})
    massmap.build_table(path, odd, key=["a,b", "e"], value='c"d')
    assert massmap.open(path)[1, 5] == 3
    massmap.build_table(path, odd, key="a,b", value=['c"d', "e"])
    assert massmap.open(path)[1] == {'c"d': 3, "e": 5}


@pytest.mark.parametrize("name", ["table.csv", "table.tsv", "table.ndjson", "table.json"])
def test_files_of_text_are_read_as_the_command_line_reads_them(tmp_path: Path, name: str) -> None:
    rows = [{"id": number, "name": f"{number}é", "price": number / 8} for number in range(500)]
    path = tmp_path / name
    if name.endswith("json"):
        lines = [json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) if name == "table.ndjson" else f"[{','.join(lines)}]")
    else:
        mark = "," if name == "table.csv" else "\t"
        lines = [mark.join(map(str, row.values())) for row in rows]
        path.write_text("\n".join([mark.join(rows[0]), *lines]))
    arguments = ["--key", "id", "--value", "name,price", "--key-type", "u16", "--value-type", "string,f64"]
    assert main(["build", "-i", str(path), "-o", str(tmp_path / "expected"), *arguments]) == 0
    massmap.build_table(
        tmp_path / "map", path, key="id", value=["name", "price"], key_type="u16", value_type=["string", float]
    )
    assert (tmp_path / "map").read_bytes() == (tmp_path / "expected").read_bytes()


def test_the_dialect_of_a_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("'a;b';1\nc;2\n")
    info = massmap.build_table(
        tmp_path / "map", path, input_format="csv", header="none", delimiter=";", quote="'", value_type="u64"
    )
    assert dict(massmap.open(tmp_path / "map")) == {"a;b": 1, "c": 2}
    assert info.value_type == "u64"


def test_folders_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        pyarrow.parquet.write_table(pa.table({"k": [1], "v": [number]}), tmp_path / "in" / f"{number}.parquet")
    massmap.build_table(tmp_path / "map", tmp_path / "in", duplicate_keys="last")
    assert dict(massmap.open(tmp_path / "map")) == {1: 2}


def test_times_are_text_or_integers(tmp_path: Path) -> None:
    day = pa.table({"k": [1], "day": [datetime.date(2024, 2, 29)]})
    massmap.build_table(tmp_path / "map", day)
    assert massmap.open(tmp_path / "map")[1] == "2024-02-29"
    massmap.build_table(tmp_path / "map", day, times="integer")
    assert massmap.open(tmp_path / "map")[1] == 19782


def test_a_table_of_a_map_is_built_again_like_it(tmp_path: Path) -> None:
    entries = {f"key {number}": {"x": number, "y": [number / 2]} for number in range(100)}
    massmap.build(tmp_path / "first", entries, value_type="{x: u32, y: [f32]}", miss_filter=True)
    arguments = ["dump", str(tmp_path / "first"), "--format", "arrow", "-o", str(tmp_path / "dump.arrow")]
    assert main(arguments) == 0
    for source in (tmp_path / "dump.arrow", read(tmp_path / "dump.arrow")):
        massmap.build_table(tmp_path / "second", source, like=tmp_path / "first")
        assert (tmp_path / "second").read_bytes() == (tmp_path / "first").read_bytes()


def test_the_schema_of_a_table_is_told_before_building(tmp_path: Path) -> None:
    whole = table(10)
    schema = massmap.table_schema(whole, key="id", value="price")
    assert schema["key"] == {"type": "u32", "columns": [{"name": "id", "type": "u32"}]}
    assert schema["entry_widths"] == [4, 8]
    pyarrow.parquet.write_table(whole, tmp_path / "table.parquet")
    assert massmap.table_schema(tmp_path / "table.parquet")["inputs"][0]["rows"] == 10
    with pytest.raises(TypeError, match="no keyword argument 'page_size'"):
        massmap.table_schema(whole, page_size=512)  # type: ignore[call-arg]


def test_progress_knows_how_many_rows_there_are(tmp_path: Path) -> None:
    whole = table(100_000)
    pyarrow.parquet.write_table(whole, tmp_path / "table.parquet")
    for source in (whole, tmp_path / "table.parquet"):
        told: list[tuple[str, int, int | None]] = []
        massmap.build_table(
            tmp_path / "map", source, memory_limit=1_000_000, progress=lambda *step: told.append(step)
        )
        assert told[-1] == ("write", 100_000, 100_000)
        assert {total for _, _, total in told} == {100_000}


@pytest.mark.parametrize("kind", ["items", "table"])
def test_other_threads_run_during_a_build(tmp_path: Path, kind: str) -> None:
    rows = 100_000
    ended = threading.Event()
    seen = threading.Event()

    def look() -> None:
        # Whoever held the GIL throughout would let this thread see only the finished file.
        while not ended.is_set() and not seen.is_set():
            if any(name.endswith(".tmp") for name in os.listdir(tmp_path)):
                seen.set()

    thread = threading.Thread(target=look)
    thread.start()
    if kind == "items":
        massmap.build(tmp_path / "map", {number: number for number in range(rows)})
    else:
        massmap.build_table(tmp_path / "map", table(rows))
    ended.set()
    thread.join()
    assert seen.is_set()


def test_a_build_that_waits_for_its_source_is_cancelled(tmp_path: Path) -> None:
    released = threading.Event()

    def batches() -> Iterator[pa.RecordBatch]:
        yield from table(10).to_batches()
        released.wait(600)
        yield from table(10).to_batches()

    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)

    reader = pa.RecordBatchReader.from_batches(table(1).schema, batches())
    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        massmap.build_table(tmp_path / "map", reader)
    timer.join()
    released.set()
    while os.listdir(tmp_path):
        time.sleep(0.01)


def broken() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        yield from table(10).to_batches()
        raise ZeroDivisionError("no more")

    return pa.RecordBatchReader.from_batches(table(1).schema, batches())


WRONG: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (pa.table({"k": [1, 1], "v": [1, 2]}), {}, massmap.DuplicateKeyError, "several rows of the table have the key 1; give dup"),
    (pa.table({"k": [1, None], "v": [1, 2]}), {}, massmap.InputError, 'row 2, batch 1, field "k": .*nulls="skip"'),
    (pa.table({"k": [1], "v": [None]}), {}, massmap.InputError, 'field "v"'),
    (pa.table({"k": [1.5], "v": [1]}), {}, massmap.InputError, "cannot be a key: it has floats"),
    (pa.table({"k": [1]}), {}, massmap.InputError, "there is no column for the value"),
    (pa.table({"k": [1], "v": [1]}), {"key": "x"}, massmap.InputError, 'there is no column "x" among "k", "v"'),
    (pa.table({"k": [1], "v": [1]}), {"key": "k", "value": "k"}, massmap.SettingError, "both"),
    (pa.table({"k": [300], "v": [1]}), {"key_type": "u8"}, massmap.InputError, "u8"),
    (pa.table({"k": ["x" * 200], "v": [1]}), {"max_record": 100}, massmap.InputError, "100 bytes; max_record"),
    (pa.table({"k": [1], "v": [1]}), {"header": "none"}, massmap.SettingError, "header is for tables of text"),
    (pa.table({"k": [1], "v": [1]}), {"nulls": "drop"}, massmap.SettingError, "'drop', and must be"),
    (pa.table({"k": [1], "v": [1]}), {"key_type": "f32"}, massmap.SettingError, "key_type is f32, which no"),
    (pa.table({"k": [1], "v": [1]}), {"key": []}, massmap.SettingError, "key is an empty list"),
    ("missing.parquet", {}, FileNotFoundError, "missing.parquet"),
    ("*.parquet", {}, massmap.InputError, "no file matches"),
    ({"k": [1]}, {}, TypeError, "this is of the type dict"),
    ([1], {}, TypeError, "this is of the type int"),
]


@pytest.mark.parametrize(("source", "settings", "error", "message"), WRONG)
def test_wrong_tables_are_named_and_the_old_file_stays(
    tmp_path: Path, source: Any, settings: Any, error: type[Exception], message: str
) -> None:
    path = tmp_path / "map"
    path.write_text("old")
    with pytest.raises(error, match=message) as raised:
        massmap.build_table(path, source, **settings)
    if isinstance(raised.value, OSError):
        assert (raised.value.errno, raised.value.filename) == (errno.ENOENT, source)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["map"]


def test_a_reader_that_was_read_is_no_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "map"
    reader = table(10).to_reader()
    assert massmap.build_table(path, reader).entries == 10
    with pytest.raises(massmap.InputError, match="it has no rows, like a reader that has been read before: allow_empty"):
        massmap.build_table(path, reader)
    assert len(massmap.open(path)) == 10
    assert massmap.build_table(path, reader, allow_empty=True).entries == 0
    assert massmap.build_table(path, table(0)).entries == 0


def test_what_a_reader_raises_is_told(tmp_path: Path) -> None:
    with pytest.raises(massmap.InputError, match="after row 10, batch 2: it cannot be read: .*no more"):
        massmap.build_table(tmp_path / "map", broken())
    assert os.listdir(tmp_path) == []


def test_a_duplicate_key_of_a_file_is_told_with_both_places(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pa.table({"k": ["a", "b", "a"], "v": [1, 2, 3]}), tmp_path / "t.parquet")
    with pytest.raises(massmap.DuplicateKeyError, match="row 1, row group 1 and row 3.* both have") as raised:
        massmap.build_table(tmp_path / "map", tmp_path / "t.parquet")
    assert raised.value.key == "a"
