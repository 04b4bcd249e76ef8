"""An immutable key-value map in one file, in which every lookup costs exactly one I/O."""

from ._errors import (
    ChecksumError,
    DecodeError,
    DuplicateKeyError,
    Error,
    FormatError,
    HashError,
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
    "ChecksumError",
    "DecodeError",
    "DuplicateKeyError",
    "Error",
    "Extension",
    "FormatError",
    "HashError",
    "Info",
    "KeyTypeError",
    "Map",
    "MapItems",
    "MapKeys",
    "MapValues",
    "Problem",
    "ReplacedError",
    "SettingError",
    "ValueTypeError",
    "VerifyReport",
    "__version__",
    "open",
]
