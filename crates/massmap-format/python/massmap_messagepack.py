"""MessagePack, as far as massmap files need it: decoding any value, and encoding keys as Rust programs do."""

import struct

MAX_DEPTH = 128

# By the marker that they stand behind.
NUMBERS = {
    0xCA + index: struct.Struct(form)
    for index, form in enumerate((">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q"))
}
LENGTHS = (struct.Struct(">B"), struct.Struct(">H"), struct.Struct(">I"))
# Markers of integers and what stands behind them, together.
PACKED = {marker: struct.Struct(">B" + NUMBERS[marker].format[1:]) for marker in range(0xCC, 0xD4)}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class FormatError(ValueError):
    """A file that is damaged, or not of this format."""


class MessagePack:
    """Decodes MessagePack values from bytes, one behind the other, from `position` to `end`."""

    __slots__ = ("data", "position", "end")

    def __init__(self, data, position=0, end=None):
        self.data, self.position = data, position
        self.end = len(data) if end is None else end

    def take(self, length):
        """The position of the next bytes; moves past them."""
        position = self.position
        self.position = position + length
        if self.position > self.end:
            raise FormatError("MessagePack data ends early")
        return position

    def value(self, depth=0):
        position = self.position
        if position >= self.end:
            raise FormatError("MessagePack data ends early")
        self.position = position + 1
        marker = self.data[position]
        if marker <= 0x7F:
            return marker
        if marker >= 0xE0:
            return marker - 256
        form = NUMBERS.get(marker)
        if form is not None:
            return self.number(form)
        if 0xA0 <= marker <= 0xBF:
            return self.string(marker & 0x1F)
        if 0xD9 <= marker <= 0xDB:
            return self.string(self.number(LENGTHS[marker - 0xD9]))
        if marker <= 0x8F:
            return self.map(marker & 0x0F, depth)
        if marker <= 0x9F:
            return self.array(marker & 0x0F, depth)
        if marker in CONSTANTS:
            return CONSTANTS[marker]
        if 0xC4 <= marker <= 0xC6:
            return self.bytes(self.number(LENGTHS[marker - 0xC4]))
        if 0xC7 <= marker <= 0xC9:
            return self.extension(self.number(LENGTHS[marker - 0xC7]))
        if 0xD4 <= marker <= 0xD8:
            return self.extension(1 << (marker - 0xD4))
        if marker in (0xDC, 0xDD):
            return self.array(self.number(LENGTHS[marker - 0xDB]), depth)
        if marker in (0xDE, 0xDF):
            return self.map(self.number(LENGTHS[marker - 0xDD]), depth)
        raise FormatError("byte 0xc1 cannot begin a MessagePack value")

    def number(self, form):
        return form.unpack_from(self.data, self.take(form.size))[0]

    def bytes(self, length):
        start = self.take(length)
        return bytes(self.data[start : start + length])

    def string(self, length):
        try:
            return self.bytes(length).decode()
        except UnicodeDecodeError as error:
            raise FormatError("a string that is not UTF-8") from error

    def extension(self, length):
        return ("extension", self.number(NUMBERS[0xD0]), self.bytes(length))

    def array(self, length, depth):
        self.check_depth(depth)
        return [self.value(depth + 1) for _ in range(length)]

    def map(self, length, depth):
        self.check_depth(depth)
        pairs = [(self.value(depth + 1), self.value(depth + 1)) for _ in range(length)]
        return {hashable(key): value for key, value in pairs}

    def check_depth(self, depth):
        if depth >= MAX_DEPTH:
            raise FormatError("arrays and maps nest too deep")

    def finish(self):
        if self.position != self.end:
            raise FormatError("bytes are left over behind a MessagePack value")


def hashable(value):
    """What can be a key of a dict: tuples instead of arrays and maps."""
    if isinstance(value, list):
        return tuple(map(hashable, value))
    if isinstance(value, dict):
        return tuple((key, hashable(item)) for key, item in value.items())
    return value


def packed_int(value):
    """An integer of up to 64 bits in its shortest encoding."""
    if value >= 0:
        if value > 0xFFFFFFFF:
            return PACKED[0xCF].pack(0xCF, value)
        marker = 0xCE if value > 0xFFFF else 0xCD if value > 0xFF else 0xCC if value > 0x7F else None
    else:
        marker = None if value >= -32 else 0xD0 if value >= -0x80 else 0xD1 if value >= -0x8000 else 0xD2
        if value < -0x80000000:
            marker = 0xD3
    return bytes((value & 0xFF,)) if marker is None else PACKED[marker].pack(marker, value)


def packed_string(data):
    """A string, given as UTF-8, in its shortest encoding."""
    length = len(data)
    if length <= 0x1F:
        return bytes((0xA0 | length,)) + data
    width = 0 if length <= 0xFF else 1 if length <= 0xFFFF else 2
    return bytes((0xD9 + width,)) + length.to_bytes(1 << width, "big") + data
