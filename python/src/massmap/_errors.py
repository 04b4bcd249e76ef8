"""The exceptions. Errors of the system are ``OSError``, and a lack of memory is ``MemoryError``."""

from typing import Any


class Error(Exception):
    """What every error of massmap is, but for those of the system."""

    __module__ = "massmap"


class FormatError(Error):
    """A file is no map, or is damaged."""

    __module__ = "massmap"


class ChecksumError(FormatError):
    """A part of a file does not match its checksum."""

    __module__ = "massmap"


class DecodeError(Error, ValueError):
    """A value takes more memory than ``value_limit`` allows."""

    __module__ = "massmap"


class HashError(Error):
    """Keys of a file cannot be looked up here.

    They are hashed by an unknown function, or as only the program knows that wrote the file.
    """

    __module__ = "massmap"


class KeyTypeError(Error, TypeError):
    """A key is of another type than the keys of the map."""

    __module__ = "massmap"


class ValueTypeError(Error, TypeError):
    """Values are of another type than expected."""

    __module__ = "massmap"


class ReplacedError(Error):
    """The file is another one than a pickled map was opened from."""

    __module__ = "massmap"


class DuplicateKeyError(Error):
    """Two entries of a build have the same key."""

    __module__ = "massmap"

    key: Any = None
    """The key."""


class InputError(Error, ValueError):
    """The data of a table are none that a map can be built of."""

    __module__ = "massmap"


class SettingError(Error, ValueError):
    """Settings that exclude each other, or that are out of range."""

    __module__ = "massmap"
