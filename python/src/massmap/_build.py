"""Building and merging maps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict
from uuid import UUID

from . import _massmap
from ._info import Info
from ._progress import ProgressCallback, reporting

if TYPE_CHECKING:
    from typing import Unpack

Path: TypeAlias = str | PathLike[str]
TypeName: TypeAlias = str | type
"""A type: its name, such as ``"u64"``, or ``int``, ``float``, ``str``, ``bytes``, ``bool`` or a type of NumPy."""
Types: TypeAlias = TypeName | Sequence[TypeName]


class Table(Protocol):
    """What hands over its batches, as Arrow's C stream interface says: tables of pyarrow, polars, pandas and DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Compression(TypedDict, total=False):
    """How values are compressed with Zstandard."""

    level: int
    """From 1 to 22; 9 unless set."""
    dictionary_size: int
    """Length of the longest dictionary that is made of the values, in bytes; 32 KiB unless set, 0 for none."""
    dictionary: bytes
    """The dictionary, instead of making one."""


class MergeSettings(TypedDict, total=False):
    """Settings of builds and merges. ``None`` is the same as leaving one out."""

    format: Literal[1, 2] | None
    """The format of the file. Builds write format 2 unless told otherwise; merges format 1 if all inputs have it."""
    duplicate_keys: Literal["error", "first", "last", "keep_all"] | None
    """What to do with entries whose keys are equal: an error unless set, or in a merge what the maps say."""
    page_size: int | None
    """What a lookup reads: a power of two from 512 to 1,048,576 bytes; 4096 unless set, or less for small entries."""
    for_object_store: bool | None
    """Sets the page size for a map that will be read from an object store or by HTTP."""
    longest_run: int | None
    """How many pages entries may share, from 1 to 16; 1 unless set. More save space where entries are large."""
    miss_filter: bool | None
    """Whether most lookups of missing keys cost no read, for about 9 bits a key."""
    compression: Literal["zstd", "none"] | int | Compression | None
    """How values are compressed: ``"zstd"``, a level, or a :class:`Compression`."""
    user_metadata: Mapping[str, str] | None
    """Notes about the map."""
    type_names: bool | None
    """Whether the file gets the names that Rust has for its types."""
    bucket_count: int | None
    """Number of buckets (format 1 only); 1024 unless set."""
    memory_limit: int | None
    """About how many bytes of memory the work takes; 512 MiB unless set. What does not fit goes to temporary files."""
    spill_dir: Path | None
    """Directory for these; that of the file unless set."""
    threads: int | None
    """How many threads work beside the one that takes the entries; 1 for none, as many as there are processors unless set."""


class BuildSettings(MergeSettings, total=False):
    """Settings of builds. ``None`` is the same as leaving one out."""

    like: Path | None
    """A map whose format, types, hash function, layout, compression and notes the new one gets, as far as nothing else is set."""
    hash: Literal["xxh3", "foldhash"] | None
    """The hash function: ``"xxh3"`` unless set, in format 1 ``"foldhash"``."""
    hash_seed: int | None
    """Its seed; 0 unless set."""
    field_names: bool | None
    """Whether structs are stored with the names of their fields."""
    target_bucket_bytes: int | None
    """Average length of a bucket (format 1 only), in place of ``bucket_count``."""
    shard: tuple[int, int] | None
    """Which part to build, from 0, and of how many; :func:`merge` makes one map of all."""
    build_id: bytes | UUID | str | None
    """What all shards of a build have in common: 16 bytes."""


class Reading(TypedDict, total=False):
    """How tables are read. ``None`` is the same as leaving one out."""

    key: str | Sequence[str] | None
    """The column of the key: the first one unless set, in JSON the field ``key``. Several make a tuple."""
    value: str | Sequence[str] | None
    """The column of the value: all but the key unless set. Several make a struct."""
    key_type: Types | None
    """Type of the keys, or of each of their columns: as in the table unless set; in text, strings."""
    value_type: Types | None
    """The same of values; in JSON they are of any type unless set."""
    value_as: Literal["struct", "tuple"] | None
    """What several columns become as a value: a struct unless set."""
    nulls: Literal["error", "skip", "keep"] | None
    """What to do with nulls: an error unless set; ``"skip"`` leaves such rows out, and ``"keep"`` makes values optional."""
    times: Literal["text", "integer"] | None
    """What dates and times become: text as in ISO 8601 unless set."""
    input_format: Literal["json", "ndjson", "csv", "tsv", "parquet", "arrow"] | None
    """Format of files whose names do not tell it."""
    header: Literal["each", "first", "none"] | None
    """Which CSV and TSV files begin with a line that names the columns: each unless set."""
    delimiter: str | None
    """Between cells."""
    quote: str | None
    """Around cells; the empty string for none."""
    escape: str | None
    """Makes the next special character ordinary."""
    max_record: int | None
    """Size limit of a record, in bytes; 64 MiB unless set."""
    allow_empty: bool | None
    """Whether files without any record are allowed."""
    zstd_window_log: int | None
    """Largest window of zstd data, as a power of 2; 27 unless set."""


class TableSettings(Reading, BuildSettings, total=False):
    """Settings of builds from tables. ``None`` is the same as leaving one out."""


class ColumnSchema(TypedDict):
    """A column that keys or values are made of."""

    name: str
    type: str


class PartSchema(TypedDict):
    """What keys or values are."""

    type: str
    columns: list[ColumnSchema]


class InputSchema(TypedDict):
    """A table that is read."""

    input: str
    format: str
    rows: int | None


class TableSchema(TypedDict):
    """What would be built of a table."""

    key: PartSchema
    value: PartSchema
    entry_widths: list[int] | None
    inputs: list[InputSchema]


_READING = frozenset(Reading.__annotations__)


def build(
    path: Path,
    items: Mapping[Any, Any] | Iterable[tuple[Any, Any]],
    *,
    key_type: TypeName | None = None,
    value_type: TypeName | None = None,
    progress: bool | ProgressCallback | None = None,
    **settings: Unpack[BuildSettings],
) -> Info:
    """Builds a map and puts it at ``path``.

    ``items`` is a mapping, or any iterable of pairs of a key and a value, which is read once; it may be of any length.

    Types are given by name: integers from ``"u8"`` to ``"u128"`` and ``"i8"`` to ``"i128"``, ``"f32"``, ``"f64"``, ``"bool"``,
    ``"char"``, ``"string"``, ``"bytes"``, ``"any"``, and such as ``"16 bytes"``, ``"optional u32"``, ``"[f32]"``, ``"[f32; 768]"``,
    ``"(u32, string)"``, ``"{x: f32, y: f32}"`` and ``"map from string to u32"``; or as ``int``, ``float``, ``str``, ``bytes``,
    ``bool``, or a type of NumPy.

    A type that is not given is that of **the first item**: ``i64`` for an ``int``, ``f64`` for a ``float``, string, bytes and bool
    for those of Python, the same type for a scalar of NumPy, a sequence for a NumPy array, a tuple of these for a ``tuple``; for
    anything else, such as ``None``, a ``list`` or a ``dict``, values are of ``any`` type, each one for itself. An item that does
    not fit is a :class:`KeyTypeError` or a :class:`ValueTypeError` that says which one. Nothing is converted with a loss.

    >>> import massmap
    >>> massmap.build("fruits.massmap", {"apple": 1, "fig": 2}).entries
    2
    >>> massmap.open("fruits.massmap")["fig"]
    2
    >>> squares = ((number, number / 2) for number in range(1000))
    >>> info = massmap.build("halves.massmap", squares, key_type="u32", miss_filter=True)
    >>> info.key_type, info.value_type
    ('u32', 'f64')

    The file appears when it is complete, and replaces the one that was there. If the iterable, the callback or a signal raises,
    the build ends and leaves the old file and nothing else; but the last call of the callback, with all entries, is when the new
    file is there. The work is done without the GIL on other threads; the iterable is read, and ``progress`` is called, on the calling
    thread.

    :param progress: a function that is called some times a second with the phase (``"read"``, ``"arrange"``, ``"compress"`` or
        ``"write"``), the number of entries done in it, and the number of all if it is known; or ``True`` for a bar of tqdm if that
        is installed.
    :param settings: those of :class:`BuildSettings`.
    :returns: what the new file says about itself.
    """
    with reporting(progress) as callback:
        _massmap._build(path, items, key_type, value_type, callback, dict(settings))
    return _info(path)


def build_table(
    path: Path,
    table: Table | Path | Sequence[Path],
    *,
    progress: bool | ProgressCallback | None = None,
    **settings: Unpack[TableSettings],
) -> Info:
    """Builds a map of the rows of a table and puts it at ``path``.

    ``table`` is a ``Table``, ``RecordBatch`` or ``RecordBatchReader`` of pyarrow, a data frame of polars or pandas, a relation of
    DuckDB, or anything else with ``__arrow_c_stream__``; or the path of a Parquet, Arrow, CSV, TSV, JSON or NDJSON file, plain or
    compressed, a folder or a pattern, a URL, or a list of these. Files are read as the command line reads them, in bounded memory.
    Keys and values have the types of their columns, of all rows alike.

    >>> import massmap, pyarrow
    >>> table = pyarrow.table({"id": [3, 5], "name": ["fig", "pear"], "price": [0.5, 0.25]})
    >>> massmap.build_table("fruits.massmap", table, key="id").value_type
    '{name: string, price: f64}'
    >>> massmap.open("fruits.massmap")[5]
    {'name': 'pear', 'price': 0.25}
    >>> massmap.build_table("names.massmap", table, key=["name", "id"], value="price").key_type
    '(string, i64)'

    :param progress: as for :func:`build`.
    :param settings: those of :class:`Reading` and of :class:`BuildSettings`.
    :returns: what the new file says about itself.
    """
    reading, others = _split(dict(settings))
    with reporting(progress) as callback:
        _massmap._build_table(path, table, reading, callback, others)
    return _info(path)


def table_schema(
    table: Table | Path | Sequence[Path], *, like: Path | None = None, **reading: Unpack[Reading]
) -> TableSchema:
    """What :func:`build_table` would build of a table: the types of keys and values, and the columns they come from.

    Streams such as a ``RecordBatchReader`` cannot be read again afterwards.

    >>> import massmap, pyarrow
    >>> table = pyarrow.table({"id": [3, 5], "price": [0.5, 0.25]})
    >>> massmap.table_schema(table)["value"]
    {'type': 'f64', 'columns': [{'name': 'price', 'type': 'f64'}]}
    """
    unknown = sorted(set(reading) - _READING)
    if unknown:
        raise TypeError(f"there is no keyword argument {unknown[0]!r}")
    schema: TableSchema = json.loads(_massmap._table_schema(table, dict(reading), like))
    return schema


def merge(
    path: Path,
    inputs: Iterable[Path],
    *,
    progress: bool | ProgressCallback | None = None,
    **settings: Unpack[MergeSettings],
) -> Info:
    """Merges maps into one and puts it at ``path``, which may be one of them.

    The maps need the same hash function, and keys that are integers or strings; maps of format 1 whose ranges of buckets do not
    overlap may have any. The merged map has the notes of all, and what the maps have in common unless it is set: page size, miss
    filter, compression, what to do with duplicate keys. Entries of earlier maps come first.

    >>> import massmap
    >>> squares = {number: number * number for number in range(1000)}
    >>> parts = ["part-0.massmap", "part-1.massmap"]
    >>> for index, part in enumerate(parts):
    ...     _ = massmap.build(part, squares, shard=(index, 2))
    >>> massmap.merge("squares.massmap", parts).entries
    1000

    :param progress: as for :func:`build`.
    :param settings: those of :class:`MergeSettings`.
    :returns: what the new file says about itself.
    """
    with reporting(progress) as callback:
        _massmap._merge(path, [fspath(each) for each in _listed(inputs)], callback, dict(settings))
    return _info(path)


def _listed(inputs: Iterable[Path]) -> Iterable[Path]:
    if isinstance(inputs, (str, PathLike)):
        raise TypeError("inputs is one path, and must be a list of paths")
    return inputs


def _split(settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of reading, and all others."""
    reading = {name: value for name, value in settings.items() if name in _READING}
    return reading, {name: value for name, value in settings.items() if name not in _READING}


def _info(path: Path) -> Info:
    with _massmap.open(path, map=False) as opened:
        return opened.info
