"""The stores that ``compare`` measures, each with the settings that suit it best."""

import pickle
import sqlite3
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Numbers = np.ndarray[Any, np.dtype[Any]]


def columns(table: Path) -> tuple[Numbers, Numbers]:
    """The ids and the values of the Parquet file that stores are built from."""
    read = pq.read_table(table, columns=["id", "value"])
    return read["id"].to_numpy(), read["value"].to_numpy()


def parts(numbers: Numbers, order: str) -> Iterator[bytes]:
    """Each number as 8 bytes."""
    encoded = numbers.astype(f"{order}u8").tobytes()
    return (encoded[begin : begin + 8] for begin in range(0, len(encoded), 8))


class Store(ABC):
    """What is measured. Values that are looked up are numbers of 64 bits, as Python objects or in arrays."""

    # As the table shows it.
    name: str
    # The package that it needs, other than those of the standard library.
    package: str | None = None
    # Whether records are found by their position only, so that ids would need a store of their own.
    is_by_position = False
    # Whether an open store can be used after a fork, so that workers share what it has in memory.
    survives_fork = False

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def is_there(cls) -> bool:
        """Whether it can be measured here."""
        return cls.package is None or find_spec(cls.package) is not None

    @abstractmethod
    def build(self, table: Path) -> None:
        """Build the file of a Parquet file."""

    @abstractmethod
    def open(self) -> None:
        """Open what was built."""

    def close(self) -> None:
        """Close it again."""

    @abstractmethod
    def get(self, key: int) -> int:
        """Return one value."""

    @abstractmethod
    def get_list(self, keys: list[int]) -> list[int]:
        """Return the values of many keys."""

    def get_numpy(self, keys: Numbers) -> Numbers:
        """Return the values of an array of keys."""
        return np.array(self.get_list(keys.tolist()), np.int64)

    def get_arrow(self, keys: pa.Array) -> pa.Array:
        """Return the values of a column of keys."""
        return pa.array(self.get_numpy(keys.to_numpy()))


class Massmap(Store):
    name = "massmap"
    survives_fork = True

    def build(self, table: Path) -> None:
        import massmap

        massmap.build_table(self.path, table, key="id", value="value")

    def open(self) -> None:
        import massmap

        self.map = massmap.open(self.path)
        # Without a call in between.
        self.get = self.map.__getitem__  # type: ignore[method-assign, assignment]
        self.get_list = self.map.get_many  # type: ignore[method-assign, assignment]
        self.get_arrow = self.map.get_many_arrow  # type: ignore[method-assign]

    def close(self) -> None:
        self.map.close()

    def get(self, key: int) -> int:
        return self.map[key]  # type: ignore[no-any-return]

    def get_list(self, keys: list[int]) -> list[int]:
        return self.map.get_many(keys)  # type: ignore[return-value]

    def get_numpy(self, keys: Numbers) -> Numbers:
        values: Numbers = self.map.get_many_numpy(keys)[0]
        return values


class Bytes(Store):
    """A store of bytes."""

    @abstractmethod
    def get_parts(self, keys: Sequence[bytes]) -> Sequence[bytes]:
        """Return the encoded values of encoded keys."""

    def get_list(self, keys: list[int]) -> list[int]:
        encoded = struct.pack(f"<{len(keys)}Q", *keys)
        found = self.get_parts([encoded[at : at + 8] for at in range(0, len(encoded), 8)])
        return list(struct.unpack(f"<{len(keys)}q", b"".join(found)))

    def get_numpy(self, keys: Numbers) -> Numbers:
        return np.frombuffer(b"".join(self.get_parts(list(parts(keys, "<")))), "<i8")


class Lmdb(Bytes):
    name = "LMDB (py-lmdb)"
    package = "lmdb"

    def build(self, table: Path) -> None:
        import lmdb

        ids, values = columns(table)
        order = np.argsort(ids)
        env = lmdb.open(
            str(self.path),
            subdir=False,
            map_size=1 << 38,
            max_dbs=1,
            sync=False,
            writemap=True,
            lock=False,
        )
        db = env.open_db(integerkey=True, create=True, key=b"map")
        with env.begin(write=True) as txn:
            items = list(zip(parts(ids[order], "<"), parts(values[order], "<")))
            txn.cursor(db).putmulti(items, append=True)
        env.sync(True)
        env.close()

    def open(self) -> None:
        import lmdb

        self.env = lmdb.open(
            str(self.path), subdir=False, readonly=True, lock=False, readahead=False, max_dbs=1
        )
        db = self.env.open_db(b"map", integerkey=True, create=False)
        self.txn: Any = self.env.begin(db, buffers=True)
        self.cursor = self.txn.cursor(db)

    def close(self) -> None:
        self.txn.abort()
        self.env.close()

    def get(self, key: int) -> int:
        return int.from_bytes(self.txn.get(key.to_bytes(8, "little")), "little")

    def get_parts(self, keys: Sequence[bytes]) -> Sequence[bytes]:
        found: list[tuple[Any, Any]] = self.cursor.getmulti(keys)
        return [value for _, value in found]


class RocksDb(Bytes):
    name = "RocksDB (rocksdict)"
    package = "rocksdict"

    @staticmethod
    def options() -> Any:
        from rocksdict import BlockBasedOptions, Cache, DataBlockIndexType, DBCompressionType, Options

        blocks = BlockBasedOptions()
        blocks.set_block_cache(Cache(1 << 30))
        blocks.set_bloom_filter(10, False)
        blocks.set_data_block_index_type(DataBlockIndexType.binary_and_hash())
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_compression_type(DBCompressionType.none())
        options.set_allow_mmap_reads(True)
        return options

    def build(self, table: Path) -> None:
        from rocksdict import Rdict, SstFileWriter

        ids, values = columns(table)
        # Sorted by the bytes of the keys.
        order = np.argsort(ids.astype("<u8").byteswap())
        sorted_file = self.path.with_suffix(".sst")
        writer = SstFileWriter(self.options())
        writer.open(str(sorted_file))
        for key, value in zip(parts(ids[order], "<"), parts(values[order], "<")):
            writer[key] = value
        writer.finish()
        store = Rdict(str(self.path), self.options())
        store.ingest_external_file([str(sorted_file)])
        store.close()
        sorted_file.unlink()

    def open(self) -> None:
        from rocksdict import AccessType, Rdict

        self.store: Any = Rdict(str(self.path), self.options(), access_type=AccessType.read_only())

    def close(self) -> None:
        self.store.close()

    def get(self, key: int) -> int:
        return int.from_bytes(self.store[key.to_bytes(8, "little")], "little")

    def get_parts(self, keys: Sequence[bytes]) -> Sequence[bytes]:
        return self.store[list(keys)]  # type: ignore[no-any-return]


class SemiDbm(Bytes):
    name = "semidbm"
    package = "semidbm"

    def build(self, table: Path) -> None:
        import semidbm

        ids, values = columns(table)
        store = semidbm.open(str(self.path), "n")
        for key, value in zip(parts(ids, "<"), parts(values, "<")):
            store[key] = value
        store.close()

    def open(self) -> None:
        import semidbm

        self.store = semidbm.open(str(self.path), "r", verify_checksums=False)

    def close(self) -> None:
        self.store.close()

    def get(self, key: int) -> int:
        return int.from_bytes(self.store[key.to_bytes(8, "little")], "little")

    def get_parts(self, keys: Sequence[bytes]) -> Sequence[bytes]:
        return [self.store[key] for key in keys]


class GnuDbm(SemiDbm):
    name = "dbm.gnu"
    package = "_gdbm"

    def build(self, table: Path) -> None:
        import dbm.gnu

        ids, values = columns(table)
        with dbm.gnu.open(str(self.path), "nf") as store:
            for key, value in zip(parts(ids, "<"), parts(values, "<")):
                store[key] = value
            store.reorganize()

    def open(self) -> None:
        import dbm.gnu

        self.store = dbm.gnu.open(str(self.path), "ru")


class Sqlite(Store):
    name = "sqlite3"

    def build(self, table: Path) -> None:
        ids, values = columns(table)
        order = np.argsort(ids)
        with sqlite3.connect(self.path) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE map (id INTEGER PRIMARY KEY, value INTEGER)")
            rows = zip(ids[order].tolist(), values[order].tolist())
            connection.executemany("INSERT INTO map VALUES (?, ?)", rows)
        connection.close()

    def open(self) -> None:
        self.connection = sqlite3.connect(
            f"file:{self.path}?mode=ro&immutable=1", uri=True, cached_statements=16
        )
        self.connection.execute(f"PRAGMA mmap_size = {1 << 38}")
        self.connection.execute("PRAGMA cache_size = -65536")

    def close(self) -> None:
        self.connection.close()

    def get(self, key: int) -> int:
        query = "SELECT value FROM map WHERE id = ?"
        return self.connection.execute(query, (key,)).fetchone()[0]  # type: ignore[no-any-return]

    def get_list(self, keys: list[int]) -> list[int]:
        query = f"SELECT id, value FROM map WHERE id IN ({','.join('?' * len(keys))})"
        found = dict(self.connection.execute(query, keys).fetchall())
        return [found[key] for key in keys]


class Dict(Store):
    name = "dict, pickled"
    survives_fork = True

    def build(self, table: Path) -> None:
        ids, values = columns(table)
        with self.path.open("wb") as file:
            pickle.dump(dict(zip(ids.tolist(), values.tolist())), file, pickle.HIGHEST_PROTOCOL)

    def open(self) -> None:
        with self.path.open("rb") as file:
            self.dict = pickle.load(file)
        self.get = self.dict.__getitem__  # type: ignore[method-assign]

    def get(self, key: int) -> int:
        return self.dict[key]  # type: ignore[no-any-return]

    def get_list(self, keys: list[int]) -> list[int]:
        return [self.dict[key] for key in keys]


class Pandas(Store):
    name = "pandas .loc"
    survives_fork = True
    package = "pandas"

    def build(self, table: Path) -> None:
        import pandas as pd

        ids, values = columns(table)
        pd.Series(values, index=ids).to_pickle(self.path)

    def open(self) -> None:
        import pandas as pd

        self.series = pd.read_pickle(self.path)

    def get(self, key: int) -> int:
        return self.series.loc[key]  # type: ignore[no-any-return]

    def get_list(self, keys: list[int]) -> list[int]:
        return self.series.loc[keys].tolist()  # type: ignore[no-any-return]

    def get_numpy(self, keys: Numbers) -> Numbers:
        return self.series.loc[keys].to_numpy()  # type: ignore[no-any-return]


class Bagz(Bytes):
    name = "bagz, by position"
    package = "bagz"
    is_by_position = True

    def build(self, table: Path) -> None:
        import bagz

        with bagz.Writer(str(self.path)) as writer:
            for value in parts(columns(table)[1], "<"):
                writer.write(value)

    def open(self) -> None:
        import bagz

        self.records = bagz.Reader(str(self.path))

    def get(self, key: int) -> int:
        return int.from_bytes(self.records[key], "little")

    def get_parts(self, keys: Sequence[bytes]) -> Sequence[bytes]:
        raise NotImplementedError("records have positions, no keys")

    def get_list(self, keys: list[int]) -> list[int]:
        # Faster than `read_indices` for records as short as these.
        found = b"".join([self.records[key] for key in keys])
        return list(struct.unpack(f"<{len(keys)}q", found))

    def get_numpy(self, keys: Numbers) -> Numbers:
        return np.frombuffer(b"".join([self.records[key] for key in keys.tolist()]), "<i8")


class ArrayRecord(Bagz):
    name = "array_record, by position"
    package = "array_record"

    def build(self, table: Path) -> None:
        from array_record.python.array_record_module import ArrayRecordWriter

        writer = ArrayRecordWriter(str(self.path), "group_size:1,uncompressed")
        for value in parts(columns(table)[1], "<"):
            writer.write(value)
        writer.close()

    def open(self) -> None:
        from array_record.python.array_record_data_source import ArrayRecordDataSource

        options = {"index_storage_option": "in_memory"}
        self.source = ArrayRecordDataSource([str(self.path)], reader_options=options)

    def get(self, key: int) -> int:
        return int.from_bytes(self.source[key], "little")

    def get_list(self, keys: list[int]) -> list[int]:
        found = b"".join(self.source.__getitems__(keys))
        return list(struct.unpack(f"<{len(keys)}q", found))

    def get_numpy(self, keys: Numbers) -> Numbers:
        return np.frombuffer(b"".join(self.source.__getitems__(keys.tolist())), "<i8")


STORES: list[type[Store]] = [
    Massmap,
    Lmdb,
    RocksDb,
    Sqlite,
    GnuDbm,
    SemiDbm,
    Bagz,
    ArrayRecord,
    Pandas,
    Dict,
]
