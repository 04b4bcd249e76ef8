"""Writes maps of format 1 with one bucket: the simplest way to a file with any bytes as values."""

import struct
from collections.abc import Iterable
from typing import Any


def packed(value: Any) -> bytes:
    """A value in MessagePack."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int() if value >= 0:
            return b"\xcf" + struct.pack(">Q", value) if value > 0x7F else bytes([value])
        case int():
            return b"\xd3" + struct.pack(">q", value)
        case float():
            return b"\xcb" + struct.pack(">d", value)
        case str():
            return b"\xdb" + struct.pack(">I", len(value.encode())) + value.encode()
        case bytes():
            return b"\xc6" + struct.pack(">I", len(value)) + value
        case list() | tuple():
            return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(packed, value))
        case dict():
            pairs = (packed(key) + packed(item) for key, item in value.items())
            return b"\xdf" + struct.pack(">I", len(value)) + b"".join(pairs)
    raise TypeError(type(value))


def file(
    entries: Iterable[tuple[bytes, bytes]], key_type: str = "u64", value_type: str = "T"
) -> bytes:
    """A file with these entries, which are MessagePack already."""
    entries = list(entries)
    bucket = b"\xdd" + struct.pack(">I", len(entries))
    bucket += b"".join(b"\x92" + key + value for key, value in entries)
    fields = (len(entries), 1, 1, [0, 1], ["foldhash", {"seed": 0}], key_type, value_type)
    metadata = packed([fields, [[24, len(bucket), len(entries)]]])
    header = b"MASSMAP!" + struct.pack(">QQ", 24 + len(bucket), len(metadata))
    return header + bucket + metadata
