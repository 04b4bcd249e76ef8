"""Values that Python has no type for."""

from typing import NamedTuple


class Extension(NamedTuple):
    """An extension type of MessagePack, as programs in other languages may store them.

    >>> massmap.Extension(5, b"abc").data
    b'abc'
    """

    code: int
    """Its type, from -128 to 127."""
    data: bytes
    """Its content."""
