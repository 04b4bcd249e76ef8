"""Keys of massmap files, by what the file says they are: what is hashed of a key, and how it is stored.

Two types whose keys look alike in Python, such as u32 and u64, are hashed differently (1.5.1 of FORMAT.md). So the type is
taken from the file, and keys of another one are refused rather than not found.
"""

import operator
import re

from massmap_messagepack import FormatError, packed_int, packed_string

# What is stored under no key of the type.
NO_KEY = object()


class KeyTypeError(TypeError):
    """A key of another type than the keys of the file."""


def type_name(key):
    return f"{type(key).__module__}.{type(key).__qualname__}".replace("builtins.", "")


def utf8(text, name):
    """The bytes of a string that is a key of the type `name`, or part of one."""
    # Of a subclass, such as numpy.str_ and string enums, the characters.
    text = str.__str__(text)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = f"{text!r:.200} has a surrogate at index {error.start}, which no {name} has"
        raise KeyTypeError(message) from None


class Keys:
    """Keys of one type.

    plain(key)        what stands for a key of the file: equal for equal keys. Raises KeyTypeError for keys of other types, and
                      OverflowError for integers that the type does not have
    canonical(plain)  what is hashed of it (1.5.1)
    packed(plain)     the MessagePack that Rust programs store for it, or None where there are several ways
    stored(value)     what stands for a decoded key, or NO_KEY
    parse(text)       the key that a text stands for; raises ValueError if it is none
    """

    def __init__(self, name):
        self.name = name

    def refuse(self, key):
        return KeyTypeError(f"{key!r:.200} is {type_name(key)}, no {self.name}")

    def packed(self, plain):
        return None

    def parse(self, text):
        raise ValueError(f"keys of the type {self.name} cannot be written as text")


class Strings(Keys):
    def plain(self, key):
        if not isinstance(key, str):
            raise self.refuse(key)
        return utf8(key, self.name)

    def canonical(self, plain):
        return plain + b"\xff"

    def packed(self, plain):
        return packed_string(plain)

    def stored(self, value):
        return value.encode() if type(value) is str else NO_KEY

    def parse(self, text):
        return text


class Characters(Keys):
    def plain(self, key):
        if not isinstance(key, str) or len(key) != 1:
            raise self.refuse(key)
        return utf8(key, self.name).decode()

    def canonical(self, plain):
        return ord(plain).to_bytes(4, "little")

    def stored(self, value):
        return value if type(value) is str and len(value) == 1 else NO_KEY

    def parse(self, text):
        return text


class Booleans(Keys):
    def plain(self, key):
        if not is_boolean(key):
            raise self.refuse(key)
        return bool(key)

    def canonical(self, plain):
        return bytes((plain,))

    def stored(self, value):
        return value if type(value) is bool else NO_KEY

    def parse(self, text):
        if text not in ("true", "false"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text == "true"


class Integers(Keys):
    def __init__(self, name, bits, signed):
        super().__init__(name)
        self.width, self.signed = bits // 8, signed
        self.first = -(1 << (bits - 1)) if signed else 0
        self.last = (1 << (bits - 1 if signed else bits)) - 1

    def plain(self, key):
        if type(key) is not int:
            if is_boolean(key):
                raise self.refuse(key)
            try:
                # numpy.int64 and the like, but neither floats nor strings.
                key = operator.index(key)
            except TypeError:
                raise self.refuse(key) from None
        if not self.first <= key <= self.last:
            raise OverflowError(f"{self.name} is from {self.first} to {self.last}, and {key:#x} is not")
        return key

    def canonical(self, plain):
        return plain.to_bytes(self.width, "little", signed=self.signed)

    def packed(self, plain):
        return packed_int(plain) if self.width <= 8 else None

    def stored(self, value):
        if self.width == 16 and type(value) is bytes and len(value) == 16:
            return int.from_bytes(value, "big", signed=self.signed)
        return value if type(value) is int else NO_KEY

    def parse(self, text):
        return int(text, 0)


class ByteStrings(Keys):
    """Byte strings of any length, or of one."""

    def __init__(self, name, length=None):
        super().__init__(name)
        self.length = length

    def plain(self, key):
        if not isinstance(key, (bytes, bytearray)) or self.length not in (None, len(key)):
            raise self.refuse(key)
        return bytes(key)

    def canonical(self, plain):
        return len(plain).to_bytes(8, "little") + plain

    def stored(self, value):
        return value if type(value) is bytes else NO_KEY


class Sequences(Keys):
    """Any number of elements of one type, or `count`. Bytes stand for those of eight bits without a sign only."""

    def __init__(self, name, element, count=None):
        super().__init__(name)
        self.element, self.count = element, count
        is_byte = isinstance(element, Integers) and element.width == 1 and not element.signed
        self.forms = (list, tuple, bytes, bytearray) if is_byte else (list, tuple)

    def plain(self, key):
        if not isinstance(key, self.forms) or self.count not in (None, len(key)):
            raise self.refuse(key)
        return tuple(map(self.element.plain, key))

    def canonical(self, plain):
        return len(plain).to_bytes(8, "little") + b"".join(map(self.element.canonical, plain))

    def stored(self, value):
        if not isinstance(value, (list, bytes)):
            return NO_KEY
        plain = tuple(map(self.element.stored, value))
        return NO_KEY if NO_KEY in plain else plain


class Tuples(Keys):
    def __init__(self, name, fields):
        super().__init__(name)
        self.fields = fields

    def plain(self, key):
        if not isinstance(key, (list, tuple)) or len(key) != len(self.fields):
            raise self.refuse(key)
        return tuple(field.plain(item) for field, item in zip(self.fields, key))

    def canonical(self, plain):
        return b"".join(field.canonical(item) for field, item in zip(self.fields, plain))

    def stored(self, value):
        if not isinstance(value, list) or len(value) != len(self.fields):
            return NO_KEY
        plain = tuple(field.stored(item) for field, item in zip(self.fields, value))
        return NO_KEY if NO_KEY in plain else plain


class Structs(Tuples):
    """Structs are given as tuples of their fields, or as dicts."""

    def __init__(self, name, names, fields):
        super().__init__(name, fields)
        self.names = names

    def in_order(self, key):
        """The fields of a dict that has all of them and no others."""
        if isinstance(key, dict) and key.keys() == set(self.names):
            return [key[name] for name in self.names]
        return key

    def plain(self, key):
        return super().plain(self.in_order(key))

    def stored(self, value):
        return super().stored(self.in_order(value))


class Variants(Keys):
    """Variants of an enum: those without content are given as their names, others as dicts from their name to their content."""

    def __init__(self, name, variants):
        super().__init__(name)
        self.variants = variants

    def taken_apart(self, key):
        """The name of a variant, its keys, and its content."""
        if isinstance(key, dict) and len(key) == 1:
            ((name, content),) = key.items()
            index, keys = self.variants.get(name, (None, None))
            if keys is not None:
                return name, keys, content
        elif isinstance(key, str) and self.variants.get(key, (None, self))[1] is None:
            return key, None, None
        return None

    def plain(self, key):
        parts = self.taken_apart(key)
        if parts is None:
            raise self.refuse(key)
        name, keys, content = parts
        return name, keys and keys.plain(content)

    def canonical(self, plain):
        name, content = plain
        index, keys = self.variants[name]
        return index.to_bytes(8, "little") + (keys.canonical(content) if keys else b"")

    def stored(self, value):
        parts = self.taken_apart(value)
        if parts is None:
            return NO_KEY
        name, keys, content = parts
        content = keys and keys.stored(content)
        return NO_KEY if content is NO_KEY else (name, content)


class Options(Keys):
    def __init__(self, name, some):
        super().__init__(name)
        self.some = some

    def plain(self, key):
        return None if key is None else self.some.plain(key)

    def canonical(self, plain):
        if plain is None:
            return bytes(8)
        return (1).to_bytes(8, "little") + self.some.canonical(plain)

    def stored(self, value):
        return None if value is None else self.some.stored(value)


def is_boolean(key):
    """bool, or that of numpy, which this does without."""
    return isinstance(key, bool) or type_name(key) in ("numpy.bool", "numpy.bool_")


def described(schema):
    """What a schema is called in messages."""
    if isinstance(schema, str):
        return "none" if schema == "never" else schema
    try:
        kind, *rest = schema
        if kind == "bytes":
            return f"{rest[0]} bytes"
        if kind == "option":
            return f"optional {described(rest[0])}"
        if kind == "sequence":
            return f"[{described(rest[0])}]"
        if kind == "array":
            return f"[{described(rest[0])}; {rest[1]}]"
        if kind == "map":
            return f"map from {described(rest[0])} to {described(rest[1])}"
        if kind == "tuple":
            return "(" + ", ".join(map(described, rest[0])) + ")"
        if kind in ("struct", "struct_map"):
            return "{" + ", ".join(f"{name}: {described(field)}" for name, field in rest[0]) + "}"
        if kind == "enum":
            return "one of " + ", ".join(str(variant[1]) for variant in rest[0])
    except (TypeError, ValueError, IndexError):
        pass
    return "any"


def keys_of_schema(schema):
    """The keys that a schema describes (2.6.1), None if this does not know it: a kind of a later version, or one that has no
    canonical bytes."""
    name = described(schema)
    if isinstance(schema, str):
        integer = re.fullmatch(r"([iu])(8|16|32|64|128)", schema)
        if integer:
            return Integers(name, int(integer[2]), integer[1] == "i")
        kinds = {"string": Strings, "char": Characters, "bool": Booleans, "bytes": ByteStrings}
        return kinds[schema](name) if schema in kinds else None
    try:
        kind, *rest = schema
        if kind == "bytes":
            return ByteStrings(name, rest[0])
        if kind == "option":
            some = keys_of_schema(rest[0])
            # A nested option without a value is stored like one around it.
            return some and not isinstance(some, Options) and Options(name, some) or None
        if kind in ("sequence", "array"):
            element = keys_of_schema(rest[0])
            return element and Sequences(name, element, *rest[1:])
        if kind == "tuple":
            fields = [keys_of_schema(field) for field in rest[0]]
            return Tuples(name, fields) if None not in fields else None
        if kind in ("struct", "struct_map"):
            names = [name for name, _ in rest[0]]
            fields = [keys_of_schema(field) for _, field in rest[0]]
            return Structs(name, names, fields) if None not in fields else None
        if kind == "enum":
            variants = {}
            for index, variant, *content in rest[0]:
                keys = keys_of_schema(content[0]) if content else None
                if content and keys is None:
                    return None
                variants[variant] = (index, keys)
            return Variants(name, variants)
    except (TypeError, ValueError, IndexError) as error:
        raise FormatError("the type of the keys is described otherwise than it must be") from error
    return None


def canonical_bytes(key):
    """1.5.1 for keys of types that `keys_of_schema` does not know, made of strings, booleans, integers of 64 bits, sequences of
    bytes, and tuples of these."""
    if isinstance(key, str):
        return utf8(key, "string") + b"\xff"
    if isinstance(key, bool):
        return bytes([key])
    if isinstance(key, int):
        return key.to_bytes(8, "little", signed=key < 0)
    if isinstance(key, (bytes, bytearray)):
        return len(key).to_bytes(8, "little") + bytes(key)
    if isinstance(key, tuple):
        return b"".join(map(canonical_bytes, key))
    raise KeyTypeError(f"no canonical bytes for a key of type {type_name(key)}: give them yourself")


def same(stored, key):
    """Whether a decoded key of a type that `keys_of_schema` does not know is this one. True is not 1, and 1.0 neither."""
    if isinstance(key, (list, tuple, bytes, bytearray)):
        # Rust programs store sequences of bytes as arrays of integers unless told otherwise.
        return isinstance(stored, (list, bytes)) and len(stored) == len(key) and all(map(same, stored, key))
    if isinstance(key, str):
        return type(stored) is str and stored == str.__str__(key)
    if not is_boolean(key) and hasattr(key, "__index__"):
        return type(stored) is int and stored == operator.index(key)
    return type(stored) is type(key) and stored == key
