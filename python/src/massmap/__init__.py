"""An immutable key-value map in one file, in which every lookup costs exactly one I/O."""

from ._build import (
    BuildSettings,
    Compression,
    MergeSettings,
    Reading,
    TableSchema,
    TableSettings,
    build,
    build_table,
    merge,
    table_schema,
)
from ._errors import (
    ChecksumError,
    DecodeError,
    DuplicateKeyError,
    Error,
    FormatError,
    HashError,
    InputError,
    KeyTypeError,
    ReplacedError,
    SettingError,
    ValueTypeError,
)
from ._extension import Extension
from ._info import Info, Problem, VerifyReport
from ._massmap import Map, __version__, open
from ._views import MapItems, MapKeys, MapValues

__all__ = [
    "BuildSettings",
    "ChecksumError",
    "Compression",
    "DecodeError",
    "DuplicateKeyError",
    "Error",
    "Extension",
    "FormatError",
    "HashError",
    "Info",
    "InputError",
    "KeyTypeError",
    "Map",
    "MapItems",
    "MapKeys",
    "MapValues",
    "MergeSettings",
    "Problem",
    "Reading",
    "ReplacedError",
    "SettingError",
    "TableSchema",
    "TableSettings",
    "ValueTypeError",
    "VerifyReport",
    "__version__",
    "build",
    "build_table",
    "merge",
    "open",
    "table_schema",
]
