"""2.4.2: compressed values. Needs the package zstandard.

The numbers in the comments are the sections of FORMAT.md.
"""

import struct
import threading

from massmap_messagepack import FormatError, MessagePack

DESCRIPTION = struct.Struct("<IiIII")
ZSTD = 1
GIVEN = 1
MAX_DICTIONARY = 16 << 20
MAX_EXPANSION = 64
BLOCK_LENGTH = 128 << 10
LEVELS = range(1, 23)
# Files leave it out.
MAGIC_NUMBER = b"\x28\xb5\x2f\xfd"


class Compression:
    """What a file says of its compression."""

    def __init__(self, section):
        if not DESCRIPTION.size <= len(section) <= DESCRIPTION.size + MAX_DICTIONARY:
            raise FormatError("the section that says how values are compressed has the wrong length")
        algorithm, self.level, self.version, bits, self.limit = DESCRIPTION.unpack_from(section)
        if algorithm != ZSTD:
            raise FormatError(f"values are compressed with the algorithm {algorithm}, which this reader does not know")
        is_possible = self.level in LEVELS and self.limit <= MAX_DICTIONARY
        if not is_possible or bits not in (0, GIVEN) or (bits and self.limit):
            raise FormatError("the section that says how values are compressed is damaged")
        self.given = bits == GIVEN
        self.dictionary = bytes(section[DESCRIPTION.size :])

    def prepare(self):
        """Makes ready for decompressing."""
        try:
            import zstandard
        except ImportError:
            raise FormatError(
                "the values of the file are compressed with Zstandard: install the Python package zstandard to read them"
            ) from None
        dictionary = zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None
        self.new_decompressor = lambda: zstandard.ZstdDecompressor(dict_data=dictionary)
        self.error = zstandard.ZstdError
        # Each thread needs its own.
        self.decompressors = threading.local()
        try:
            self.decompressor()
        except self.error as error:
            raise FormatError(f"the dictionary of the file cannot be used: {error}") from None

    def decompressor(self):
        found = getattr(self.decompressors, "found", None)
        if found is None:
            found = self.decompressors.found = self.new_decompressor()
        return found

    def value(self, stored):
        """The value that stored bytes stand for."""
        decoder = MessagePack(self.messagepack(stored))
        value = decoder.value()
        decoder.finish()
        return value

    def messagepack(self, stored):
        if stored[:1] == b"\0":
            return stored[1:]
        length, end = parts_of_frame(stored)
        try:
            value = self.decompressor().decompress(MAGIC_NUMBER + stored[:end])
        except self.error as error:
            raise FormatError(f"a value cannot be decompressed: {error}") from None
        if len(value) != length:
            raise FormatError(f"a compressed value has {len(value)} bytes, and says that it has {length}")
        return value


def parts_of_frame(stored):
    """The length of the value that a frame says, and the end of the frame. Refuses what is not one frame with a length that is
    possible, before memory is taken for it."""
    if not stored or stored[0] & 0x1F:
        raise FormatError("a stored value is no frame, or one with a checksum, a dictionary's identifier or reserved bits")
    single, kind = bool(stored[0] & 0x20), stored[0] >> 6
    width = (1 if single else 0, 2, 4, 0)[kind]
    if not width:
        raise FormatError("a stored value is a frame that does not say its length in at most 4 bytes")
    position = 1 if single else 2
    length = int.from_bytes(stored[position : position + width], "little") + (256 if kind == 1 else 0)
    position += width
    most, last = 0, 0
    while not last:
        if position + 3 > len(stored):
            raise FormatError("a stored value ends within its frame")
        header = int.from_bytes(stored[position : position + 3], "little")
        last, block, size = header & 1, header >> 1 & 3, header >> 3
        if block == 3:
            raise FormatError("a stored value has a block of no kind")
        position += 3 + (1 if block == 1 else size)
        most += BLOCK_LENGTH if block == 2 else min(size, BLOCK_LENGTH)
    if position > len(stored):
        raise FormatError("a stored value ends within its frame")
    if length > most or length > MAX_EXPANSION * len(stored):
        raise FormatError("a stored value claims to be longer than its bytes can stand for")
    return length, position
