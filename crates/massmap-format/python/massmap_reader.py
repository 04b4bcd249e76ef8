"""Reads massmap files of format 2, from FORMAT.md alone.

Needs Python 3.9 and, to look keys up, the package xxhash. Run as a program it prints JSON:

    python3 massmap_reader.py FILE             what the file says about itself
    python3 massmap_reader.py FILE KEY...      the value of each key; null and exit code 1 if one is missing
    python3 massmap_reader.py --u64 FILE KEY   the same for a file with integer keys of 64 bits

A library and an example, written to be read beside the specification: the numbers in the comments are its sections.
"""

import argparse
import base64
import json
import os
import struct
import sys
import zlib

MAGIC = b"MASSMAP2"
HEADER = struct.Struct("<8sIIIIQQQQQ")
HEADER_LENGTH = 512
SECTION = struct.Struct("<IIQQ")
MOST_SECTIONS = 16
METADATA, PAGE_INDEX, MISS_FILTER, MISS_FILTER_PARTS = 1, 2, 3, 4
UNIFORM_ENTRIES = 1
MAX_DEPTH = 128
LONGEST_RUN = 2**32 - 1
U64 = 2**64 - 1


class FormatError(ValueError):
    """A file that is damaged, or not of this format."""


class UnsupportedError(FormatError):
    """A file that needs something which this reader does not have."""


def require(condition, message):
    if not condition:
        raise FormatError(message)


def spread(value):
    """2.1: the finalizer of MurmurHash3."""
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & U64
    value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & U64
    return value ^ (value >> 33)


def page_tweak(file_id, page):
    """2.1: what the checksum of a page is combined with."""
    return spread(file_id ^ (page * 0x9E3779B97F4A7C15 & U64)) & 0xFFFFFFFF


def canonical_bytes(key):
    """1.5.1, for strings, booleans, integers of 64 bits and sequences of bytes; tuples of these."""
    if isinstance(key, str):
        return key.encode() + b"\xff"
    if isinstance(key, bool):
        return bytes([key])
    if isinstance(key, int):
        return (key & U64).to_bytes(8, "little")
    if isinstance(key, (bytes, bytearray)):
        return len(key).to_bytes(8, "little") + bytes(key)
    if isinstance(key, tuple):
        return b"".join(map(canonical_bytes, key))
    raise TypeError(f"no canonical bytes for a key of type {type(key).__name__}: give them yourself")


def hashable(value):
    """What can be a key of a dict: tuples instead of arrays and maps."""
    if isinstance(value, list):
        return tuple(map(hashable, value))
    if isinstance(value, dict):
        return tuple((key, hashable(item)) for key, item in value.items())
    return value


class MessagePack:
    """Decodes MessagePack values from bytes, one behind the other."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def take(self, length):
        end = self.position + length
        require(end <= len(self.data), "MessagePack data ends early")
        taken = self.data[self.position : end]
        self.position = end
        return bytes(taken)

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self, depth=0):
        marker = self.take(1)[0]
        if marker <= 0x7F:
            return marker
        if marker <= 0x8F:
            return self.map(marker & 0x0F, depth)
        if marker <= 0x9F:
            return self.array(marker & 0x0F, depth)
        if marker <= 0xBF:
            return self.string(marker & 0x1F)
        if marker >= 0xE0:
            return marker - 256
        if marker in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[marker]
        if 0xC4 <= marker <= 0xC6:
            return self.take(self.number((">B", ">H", ">I")[marker - 0xC4]))
        if 0xC7 <= marker <= 0xC9:
            return self.extension(self.number((">B", ">H", ">I")[marker - 0xC7]))
        if 0xCA <= marker <= 0xD3:
            return self.number((">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q")[marker - 0xCA])
        if 0xD4 <= marker <= 0xD8:
            return self.extension(1 << (marker - 0xD4))
        if 0xD9 <= marker <= 0xDB:
            return self.string(self.number((">B", ">H", ">I")[marker - 0xD9]))
        if marker in (0xDC, 0xDD):
            return self.array(self.number((">H", ">I")[marker - 0xDC]), depth)
        if marker in (0xDE, 0xDF):
            return self.map(self.number((">H", ">I")[marker - 0xDE]), depth)
        raise FormatError("byte 0xc1 begins no MessagePack value")

    def string(self, length):
        try:
            return self.take(length).decode()
        except UnicodeDecodeError as error:
            raise FormatError("a string that is not UTF-8") from error

    def extension(self, length):
        return ("extension", self.number(">b"), self.take(length))

    def array(self, length, depth):
        require(depth < MAX_DEPTH, "arrays and maps nest too deep")
        return [self.value(depth + 1) for _ in range(length)]

    def map(self, length, depth):
        require(depth < MAX_DEPTH, "arrays and maps nest too deep")
        pairs = [(self.value(depth + 1), self.value(depth + 1)) for _ in range(length)]
        return {hashable(key): value for key, value in pairs}

    def finish(self):
        require(self.position == len(self.data), "bytes are left over behind a MessagePack value")


class Header:
    """2.3"""

    def __init__(self, data):
        require(data[:8] == MAGIC, f"no file of format 2: it begins with {data[:8].hex(' ')}")
        require(len(data) == HEADER_LENGTH, "the file ends within its header")
        fields = HEADER.unpack_from(data)
        require(fields[1] == zlib.crc32(data[12:]), "the header is damaged: its checksum does not fit")
        self.page_size, self.optional_features, required = fields[2:5]
        if required & ~UNIFORM_ENTRIES:
            raise UnsupportedError(f"the file needs features that this reader does not know: {required:#x}")
        self.uniform = bool(required & UNIFORM_ENTRIES)
        self.file_id, self.entry_count, self.entries_length, self.page_count, self.bins = fields[5:]
        self.sections = {}
        self.check()
        self.read_section_table(data)

    def check(self):
        size, pages = self.page_size, self.page_count
        require(512 <= size <= 1 << 20 and size & (size - 1) == 0, f"a page size of {size}")
        require((self.entry_count == 0) == (pages == 0), "entries without pages, or pages without entries")
        require(pages == 0 or self.bins > 0, "pages without bins")
        self.entry_length = None
        if self.uniform:
            # 2.4
            whole = self.entry_count > 0 and self.entries_length % self.entry_count == 0
            require(whole, "the entries cannot all have the same length")
            self.entry_length = self.entries_length // self.entry_count
            require(0 < self.entry_length <= LONGEST_RUN, "the entries are too long for any run")
        directory = (1 if self.uniform else 3) * self.entry_count
        least = 8 + directory + self.entries_length if pages else self.entries_length
        fits = 2 * self.entry_count <= self.entries_length and least <= pages * size
        require(fits, "the entries cannot fill their pages")

    def read_section_table(self, data):
        expected = self.page_size * (1 + self.page_count)
        for number in range(MOST_SECTIONS):
            kind, checksum, offset, length = SECTION.unpack_from(data, HEADER.size + number * SECTION.size)
            if kind == 0:
                break
            require(offset == expected and offset + length <= U64, "a section is out of place")
            require(kind not in self.sections, f"section {kind} comes twice")
            self.sections[kind] = (checksum, offset, length)
            expected = (offset + length + 7) // 8 * 8
        require(METADATA in self.sections, "there is no metadata")
        require(PAGE_INDEX in self.sections or self.page_count == 0, "there is no page index")
        both = MISS_FILTER in self.sections and MISS_FILTER_PARTS in self.sections
        require(not both, "there are two miss filters")


class PageIndex:
    """2.5"""

    def __init__(self, data, pages, bins):
        self.data, self.pages, self.bins = data, pages, bins
        self.low_bits = max(bins // pages, 1).bit_length() - 1
        zeros = (bins >> self.low_bits) + 1
        self.upper_bits = pages + zeros
        self.upper = -(-zeros // 256)
        self.low = self.upper + -(-self.upper_bits // 64)
        words = self.low + -(-pages * self.low_bits // 64)
        require(len(data) == 8 * words, "the page index has the wrong length")

    def word(self, index, end):
        require(0 <= index < end, "a search leads outside the page index")
        return struct.unpack_from("<Q", self.data, 8 * index)[0]

    def upper_bit(self, position):
        if position >= self.upper_bits:
            return 0
        return self.word(self.upper + position // 64, self.low) >> (position % 64) & 1

    def zero(self, rank):
        """The position of a zero: from the sample before it, bit by bit."""
        position = self.word(rank // 256, self.upper)
        left = rank % 256
        while True:
            require(position < self.upper_bits, "a search leads outside the page index")
            if not self.upper_bit(position):
                if left == 0:
                    return position
                left -= 1
            position += 1

    def first_bin(self, page, position):
        require(0 <= page < self.pages and position >= page, "a search leads to no page")
        bit = page * self.low_bits
        low = 0
        if self.low_bits:
            end = len(self.data) // 8
            low = self.word(self.low + bit // 64, end) >> (bit % 64)
            if bit % 64 + self.low_bits > 64:
                low |= self.word(self.low + bit // 64 + 1, end) << (64 - bit % 64)
        return ((position - page) << self.low_bits) + (low & ((1 << self.low_bits) - 1))

    def run_of_bin(self, wanted):
        """The first page and the number of pages of the run that holds a bin, its first bin and the bin behind it."""
        high = wanted >> self.low_bits
        position = self.zero(high - 1) + 1 if high else 0
        page = position - high
        while self.upper_bit(position) and self.first_bin(page, position) <= wanted:
            position, page = position + 1, page + 1
        behind = page
        following = position
        while following < self.upper_bits and not self.upper_bit(following):
            following += 1
        end_bin = self.first_bin(behind, following) if behind < self.pages else self.bins

        position, page = position - 1, page - 1
        while position > 0 and not self.upper_bit(position):
            position -= 1
        first_bin = self.first_bin(page, position)
        while page > 0 and self.upper_bit(position - 1) and self.first_bin(page - 1, position - 1) == first_bin:
            position, page = position - 1, page - 1
        holds = first_bin <= wanted < end_bin <= self.bins and behind <= self.pages
        require(holds, f"the page index is damaged: it does not lead to bin {wanted}")
        return page, behind - page, first_bin, end_bin


class MissFilter:
    """2.7, in one piece"""

    def __init__(self, data):
        require(len(data) >= 16, "the miss filter ends within its fields")
        self.seed, self.segment, self.bound = struct.unpack_from("<QII", data)
        self.fingerprints = data[16:]
        powers = self.segment > 0 and self.segment & (self.segment - 1) == 0
        fits = powers and self.bound > 0 and self.bound % self.segment == 0
        require(fits and len(self.fingerprints) == self.bound + 2 * self.segment, "the miss filter is damaged")

    def may_contain(self, spread_hash):
        mixed = spread((spread_hash + self.seed) & U64)
        first = mixed * self.bound >> 64
        second = (first + self.segment) ^ ((mixed >> 18) % self.segment)
        third = (first + 2 * self.segment) ^ (mixed % self.segment)
        found = self.fingerprints[first] ^ self.fingerprints[second] ^ self.fingerprints[third]
        return found == (mixed ^ mixed >> 32) & 0xFF


class MissFilterParts:
    """2.7, in parts"""

    def __init__(self, data):
        count = int.from_bytes(data[:8], "little")
        require(1 <= count <= len(data) // 8 - 2, "the miss filter ends within its offsets")
        offsets = struct.unpack_from(f"<{count + 1}Q", data, 8)
        fits = offsets[0] == 8 * (count + 2) and offsets[-1] == len(data)
        require(fits and list(offsets) == sorted(offsets), "the parts of the miss filter are out of place")
        parts = [data[start:end] for start, end in zip(offsets, offsets[1:])]
        self.parts = [MissFilter(part) if part else None for part in parts]

    def may_contain(self, spread_hash):
        part = self.parts[spread_hash * len(self.parts) >> 64]
        return part is not None and part.may_contain(spread_hash)


class Run:
    """2.4: a run of pages, its checksum checked. `entry_length` is that of each entry if they are uniform."""

    def __init__(self, data, file_id, first_page, entry_length):
        name = f"page {first_page}"
        checksum, self.count = struct.unpack_from("<II", data)
        fits = checksum == zlib.crc32(data[4:]) ^ page_tweak(file_id, first_page)
        require(fits, f"{name} is damaged or out of place: its checksum does not fit")
        self.data, self.name = data, name
        self.entry_length = entry_length
        self.width = 0 if entry_length else 2 if len(data) <= 65536 else 4
        self.limit = len(data) - self.width * self.count
        fits = 8 + self.count + (entry_length or 0) * self.count <= self.limit
        require(fits, f"the directory of {name} does not fit it")
        self.fingerprints = data[8 : 8 + self.count]

    def end(self, index):
        if self.entry_length:
            return 8 + self.count + self.entry_length * (index + 1)
        place = len(self.data) - self.width * (index + 1)
        return int.from_bytes(self.data[place : place + self.width], "little")

    def entry(self, index):
        """Key and value."""
        start = self.end(index - 1) if index else 8 + self.count
        end = self.end(index)
        require(8 + self.count <= start <= end <= self.limit, f"entry {index} of {self.name} lies outside")
        decoder = MessagePack(self.data[start:end])
        pair = decoder.value(), decoder.value()
        decoder.finish()
        return pair


class MassMap:
    """An open file. Each lookup reads one run of pages, usually one page."""

    def __init__(self, path):
        self.file = open(path, "rb")
        try:
            self._open()
        except BaseException:
            self.file.close()
            raise

    def _open(self):
        self.file_length = os.fstat(self.file.fileno()).st_size
        self.reads = 0
        self.header = Header(self._read(0, min(HEADER_LENGTH, self.file_length)))
        for _, offset, length in self.header.sections.values():
            require(offset + length <= self.file_length, "the file ends before its last section")
        self._read_metadata(self._section(METADATA))
        pages = self.header.page_count
        self.index = PageIndex(self._section(PAGE_INDEX), pages, self.header.bins) if pages else None
        self.filter = None
        for kind, form in ((MISS_FILTER, MissFilter), (MISS_FILTER_PARTS, MissFilterParts)):
            if kind in self.header.sections:
                self.filter = form(self._section(kind))

    def _read(self, offset, length):
        self.reads += 1
        self.file.seek(offset)
        data = self.file.read(length)
        require(len(data) == length, f"the file ends before offset {offset + length}")
        return data

    def _section(self, kind):
        checksum, offset, length = self.header.sections[kind]
        data = self._read(offset, length)
        require(zlib.crc32(data) == checksum, f"section {kind} is damaged: its checksum does not fit")
        return data

    def _read_metadata(self, data):
        """2.6"""
        decoder = MessagePack(data)
        value = decoder.value()
        decoder.finish()
        try:
            fields, self.duplicate_keys, (integer, text), self.user_metadata = value
            (entries, buckets, self.run_count, _, (self.hash_name, self.hash_parameters), *types) = fields
            self.key_type, self.value_type = types
        except (TypeError, ValueError) as error:
            raise FormatError("the metadata has other fields than it must have") from error
        counts = (self.header.entry_count, self.header.page_count)
        require((entries, buckets) == counts, "metadata and header disagree")
        self.hash_probes = (integer, text)

    def hash_function(self):
        """1.5: from canonical bytes to a hash. Refuses functions that this reader does not have."""
        parameters = self.hash_parameters
        seed = parameters.get("seed") if isinstance(parameters, dict) else None
        if self.hash_name != "xxh3" or type(seed) is not int or not 0 <= seed <= U64:
            raise UnsupportedError(f"this reader does not have the hash function {self.hash_name!r} {parameters!r}")
        import xxhash

        def function(data):
            return xxhash.xxh3_64_intdigest(data, seed=seed)

        probes = tuple(function(canonical_bytes(probe)) for probe in (0x0123456789ABCDEF, "massmap"))
        require(probes == self.hash_probes, "the hash function is not the one that the file was built with")
        return function

    def get(self, key, default=None, canonical=None):
        """The value of a key. `canonical` is for keys of other types than `canonical_bytes` knows."""
        if not hasattr(self, "_hash"):
            self._hash = self.hash_function()
        place = spread(self._hash(canonical_bytes(key) if canonical is None else canonical))
        if self.index is None or (self.filter and not self.filter.may_contain(place)):
            return default
        run = self._run(*self.index.run_of_bin(place * self.header.bins >> 64)[:2])
        # Rust programs store sequences of bytes as arrays of integers unless told otherwise, and tuples as arrays.
        forms = [key]
        if isinstance(key, (bytes, bytearray)):
            forms = [bytes(key), list(key)]
        elif isinstance(key, tuple):
            forms = [list(key)]
        for index, fingerprint in enumerate(run.fingerprints):
            if fingerprint == place & 0xFF:
                stored, value = run.entry(index)
                if any(stored == form and type(stored) is type(form) for form in forms):
                    return value
        return default

    def _run(self, first_page, pages):
        size = self.header.page_size
        fits = pages * size <= LONGEST_RUN and first_page + pages <= self.header.page_count
        require(fits, f"the page index is damaged: a run of {pages} pages from page {first_page} on")
        data = self._read((1 + first_page) * size, pages * size)
        return Run(data, self.header.file_id, first_page, self.header.entry_length)

    def runs(self):
        """All runs, in order: first page, number of pages, first bin, the bin behind the last one."""
        page = next_bin = 0
        while page < self.header.page_count:
            run = self.index.run_of_bin(next_bin)
            require(run[0] == page, f"the page index is damaged: it does not lead to page {page}")
            yield run
            page, next_bin = page + run[1], run[3]

    def __iter__(self):
        """All keys and values, in the order of the file."""
        count = 0
        for first_page, pages, _, _ in self.runs():
            run = self._run(first_page, pages)
            for index in range(run.count):
                yield run.entry(index)
            count += run.count
        require(count == self.header.entry_count, f"{count} entries, the header says {self.header.entry_count}")

    def __len__(self):
        return self.header.entry_count

    def close(self):
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def info(self):
        return {
            "entry_count": self.header.entry_count,
            "page_count": self.header.page_count,
            "page_size": self.header.page_size,
            "bins": self.header.bins,
            "miss_filter": self.filter is not None,
            "hash": {"name": self.hash_name, "parameters": self.hash_parameters},
            "key_type": self.key_type,
            "value_type": self.value_type,
            "duplicate_keys": self.duplicate_keys,
            "user_metadata": self.user_metadata,
        }


def as_json(value):
    """JSON has no bytes, and only strings as keys."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value


def main():
    parser = argparse.ArgumentParser(description="Reads massmap files of format 2.")
    parser.add_argument("--u64", action="store_true", help="keys are integers of 64 bits, not strings")
    parser.add_argument("file")
    parser.add_argument("keys", nargs="*", metavar="key")
    arguments = parser.parse_args()
    missing = object()
    status = 0
    try:
        with MassMap(arguments.file) as opened:
            if not arguments.keys:
                print(json.dumps(as_json(opened.info()), indent=2, ensure_ascii=False))
            for key in arguments.keys:
                value = opened.get(int(key, 0) if arguments.u64 else key, missing)
                if value is missing:
                    value, status = None, 1
                print(json.dumps(as_json(value), ensure_ascii=False))
    except (FormatError, OSError) as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
