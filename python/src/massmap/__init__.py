"""An immutable key-value map in one file, in which every lookup costs exactly one I/O."""

from ._massmap import (
    ChecksumError,
    DuplicateKeyError,
    Error,
    FormatError,
    KeyTypeError,
    Map,
    SettingError,
    __version__,
    open,
)

__all__ = [
    "ChecksumError",
    "DuplicateKeyError",
    "Error",
    "FormatError",
    "KeyTypeError",
    "Map",
    "SettingError",
    "__version__",
    "open",
]
