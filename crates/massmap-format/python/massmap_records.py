"""Records, which keys and values of fixed width are stored as: FORMAT.md, section 2.4.1."""

import struct

from massmap_messagepack import FormatError

# What `struct` calls the scalars, by their names in schemas (2.6.1). Characters are numbers, and integers of 128 bits are bytes.
SCALARS = {
    "bool": "B",
    "char": "I",
    "u8": "B",
    "u16": "H",
    "u32": "I",
    "u64": "Q",
    "u128": "16s",
    "i8": "b",
    "i16": "h",
    "i32": "i",
    "i64": "q",
    "i128": "16s",
    "f32": "f",
    "f64": "d",
}

# Values whose MessagePack may take more than this many times their width, and this many bytes more, are not fixed.
MOST_TIMES, MOST_MORE = 64, 65536

# Most bytes of the header of an array, a map, a string or a byte array.
LONGEST_HEADER = 5


class NotFixed(Exception):
    """A schema whose values do not all take the same number of bytes."""


class Records:
    """The records of a schema. Raises NotFixed if it has none."""

    def __init__(self, schema):
        width, longest = widths(schema)
        if longest > MOST_TIMES * width + MOST_MORE:
            raise NotFixed
        form, self._take = layout(schema)
        self._struct = struct.Struct("<" + form)
        self.width = self._struct.size
        assert self.width == width

    def value(self, data, offset):
        """The value of the record at an offset: the same as that of its MessagePack."""
        return self._take(iter(self._struct.unpack_from(data, offset)))


def parts(schema):
    """The kind of a schema, what it consists of, and the lengths of the names of its fields."""
    if isinstance(schema, str):
        return schema, (), ()
    kind, *arguments = schema
    if kind == "array":
        element, count = arguments
        return kind, (element, count), ()
    if kind == "tuple":
        return kind, arguments[0], ()
    if kind in ("struct", "struct_map"):
        names = [name for name, _ in arguments[0]] if kind == "struct_map" else ()
        return kind, [field for _, field in arguments[0]], names
    return kind, arguments, ()


def widths(schema):
    """How many bytes a value takes as a record, and as MessagePack at most."""
    kind, inner, names = parts(schema)
    if kind == "unit":
        return 0, 1
    if kind in SCALARS:
        width = struct.calcsize("<" + SCALARS[kind])
        return width, {"bool": 1, "char": 5}.get(kind, width + (2 if width == 16 else 1))
    if kind == "bytes" and inner:
        return inner[0], inner[0] + LONGEST_HEADER
    if kind == "array":
        element, count = inner
        width, longest = widths(element) if count else (0, 0)
        return width * count, longest * count + LONGEST_HEADER
    if kind in ("tuple", "struct", "struct_map"):
        each = [widths(part) for part in inner]
        length_of_names = sum(LONGEST_HEADER + len(name.encode()) for name in names)
        longest = sum(longest for _, longest in each) + length_of_names + LONGEST_HEADER
        return sum(width for width, _ in each), longest
    raise NotFixed


def boolean(values):
    value = next(values)
    if value > 1:
        raise FormatError(f"a record has the byte {value} in place of a boolean")
    return value == 1


def character(values):
    code = next(values)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise FormatError(f"a record has the number {code:#x} in place of a character")
    return chr(code)


def layout(schema):
    """What `struct` calls a record, and a function that takes its value from what `struct` unpacks it to."""
    kind, inner, names = parts(schema)
    if kind == "unit":
        return "", lambda values: None
    if kind == "bool":
        return "B", boolean
    if kind == "char":
        return "I", character
    if kind in ("u128", "i128"):
        # In MessagePack these are bytes, the highest first.
        return "16s", lambda values: next(values)[::-1]
    if kind in SCALARS:
        return SCALARS[kind], next
    if kind == "bytes":
        return f"{inner[0]}s", next
    if kind == "array":
        element, count = inner
        form, take = layout(element) if count else ("", None)
        return form * count, lambda values: [take(values) for _ in range(count)]
    each = [layout(part) for part in inner]
    form = "".join(form for form, _ in each)
    if kind == "struct_map":
        return form, lambda values: {name: take(values) for name, (_, take) in zip(names, each)}
    return form, lambda values: [take(values) for _, take in each]
