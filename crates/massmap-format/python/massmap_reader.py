"""Reads massmap files of format 2, from FORMAT.md alone.

Needs Python 3.9, to look keys up the package xxhash, and for files with compressed values the package zstandard. Run as a program it prints JSON:

    python3 massmap_reader.py FILE             what the file says about itself
    python3 massmap_reader.py FILE KEY...      the value of each key, which is read as the file's key type; null and exit
                                               code 1 if one is missing

A library and an example, written to be read beside the specification: the numbers in the comments are its sections. An open
file can be used by several threads, and by the children of a process that forks.
"""

import argparse
import base64
import json
import os
import struct
import sys
import threading
import zlib
from array import array
from bisect import bisect_left, bisect_right

from massmap_compression import Compression
from massmap_keys import NO_KEY, KeyTypeError, canonical_bytes, described, keys_of_schema, same
from massmap_messagepack import FormatError, MessagePack
from massmap_records import NotFixed, Records

MAGIC = b"MASSMAP2"
HEADER = struct.Struct("<8sIIIIQQQQQIIII16sQ24x")
HEADER_LENGTH = 512
SECTION_TABLE = 128
SUFFIX_LENGTH = 65536
SECTION = struct.Struct("<IIQQ")
RUN = struct.Struct("<II")
MOST_SECTIONS = 16
METADATA, PAGE_INDEX, MISS_FILTER, COMPRESSION = 1, 2, 3, 4
# The kinds of sections that end with checksums of their blocks.
IN_BLOCKS = (PAGE_INDEX, MISS_FILTER)
BLOCK_LENGTH = 4096
FIXED_ENTRIES, COMPRESSED_VALUES = 1, 2
LONGEST_RUN = 2**32 - 1
U64 = 2**64 - 1


class UnsupportedError(FormatError):
    """A file that needs something which this reader does not have."""


class DamagedHeader(FormatError):
    """These bytes are no header, or a damaged one. The file has another."""


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


class PositionalFile:
    """A file that is read at offsets. It has no position that others could move: threads, or processes that share the
    descriptor since a fork."""

    def __init__(self, path):
        self.file = open(path, "rb", buffering=0)
        self.descriptor = self.file.fileno()
        # Windows has no reads at offsets, but no fork either: there a lock does.
        self.lock = threading.Lock()
        self.read_some = self.read_there if hasattr(os, "pread") else self.move_and_read

    def read_there(self, length, offset):
        return os.pread(self.descriptor, length, offset)

    def move_and_read(self, length, offset):
        with self.lock:
            self.file.seek(offset)
            return self.file.read(length)

    def read(self, length, offset):
        data = self.read_some(length, offset)
        while len(data) < length:
            # Systems read less than 2 GiB at a time.
            more = self.read_some(length - len(data), offset + len(data))
            require(more, f"the file ends before offset {offset + length}")
            data += more
        return data

    def length(self):
        return os.fstat(self.descriptor).st_size

    def close(self):
        self.file.close()


class Header:
    """2.3"""

    def __init__(self, data):
        if data[:8] != MAGIC:
            raise DamagedHeader(f"no file of format 2: it begins with {data[:8].hex(' ')}")
        require(len(data) == HEADER_LENGTH, "the file ends within its header")
        fields = HEADER.unpack_from(data)
        if fields[1] != zlib.crc32(data[12:]):
            raise DamagedHeader("the header is damaged: its checksum does not fit")
        self.page_size, self.optional_features, required = fields[2:5]
        if required & ~(FIXED_ENTRIES | COMPRESSED_VALUES):
            raise UnsupportedError(f"the file needs features that this reader does not know: {required:#x}")
        self.fixed, self.compressed = bool(required & FIXED_ENTRIES), bool(required & COMPRESSED_VALUES)
        require(not (self.fixed and self.compressed), "entries of fixed width with compressed values")
        self.file_id, self.entry_count, self.entries_length, self.page_count, self.bins = fields[5:10]
        self.directory_words, self.choices = fields[10:12]
        self.shard_index, self.shard_count, self.build_id, self.entries_digest = fields[12:]
        self.sections = {}
        self.check()
        self.read_section_table(data)

    def check(self):
        size, pages = self.page_size, self.page_count
        require(512 <= size <= 1 << 20 and size & (size - 1) == 0, f"a page size of {size}")
        require((self.entry_count == 0) == (pages == 0), "entries without pages, or pages without entries")
        require(pages == 0 or self.bins > 0, "pages without bins")
        is_shard = self.shard_index < self.shard_count or self.shard_index == self.shard_count == 0
        require(is_shard, f"no shard {self.shard_index} of {self.shard_count} exists")
        self.entry_length = None
        if self.fixed:
            # 2.4.1
            whole = self.entry_count > 0 and self.entries_length % self.entry_count == 0
            require(whole, "the entries cannot all have the same width")
            self.entry_length = self.entries_length // self.entry_count
            require(0 < self.entry_length <= LONGEST_RUN, "the entries are too long for any run")
        words = self.directory_words
        require(1 <= words <= size // 64, f"directories of {words} words")
        ends = (0 if self.fixed else 2) * self.entry_count
        begin = 8 + 4 * part_count(size) + 8 * words * pages
        least = begin + ends + self.entries_length if pages else self.entries_length
        shortest = 1 if self.fixed else 2
        fits = shortest * self.entry_count <= self.entries_length and least <= pages * size
        fits = fits and (pages == 0 or self.entry_count < 64 * words * pages)
        require(fits, "the entries cannot fill their pages")

    def read_section_table(self, data):
        expected = self.page_size * (1 + self.page_count)
        for number in range(MOST_SECTIONS):
            kind, checksum, offset, length = SECTION.unpack_from(data, SECTION_TABLE + number * SECTION.size)
            if kind == 0:
                break
            require(offset == expected and offset + length <= U64, "a section is out of place")
            require(kind not in self.sections, f"section {kind} comes twice")
            self.sections[kind] = (checksum, offset, length)
            expected = (offset + length + 63) // 64 * 64
        self.file_length = expected + HEADER_LENGTH
        require(self.file_length <= U64, "the file is too long")
        require(METADATA in self.sections, "there is no metadata")
        require(PAGE_INDEX in self.sections or self.page_count == 0, "there is no page index")
        require(COMPRESSION in self.sections or not self.compressed, "it is not said how values are compressed")


class PageIndex:
    """2.5. Decoded in records, each when a search first comes to it."""

    def __init__(self, data, pages, bins):
        require(len(data) >= 16, "the page index has the wrong length")
        self.data, self.pages = data, pages
        self.first_bin, self.end_bin = struct.unpack_from("<QQ", data)
        covers = self.first_bin < self.end_bin <= min(bins, self.first_bin + 8192 * pages)
        require(covers, "the page index is damaged: it covers bins that do not exist")
        self.first_group = self.first_bin >> 8
        self.groups = (self.end_bin - 1 >> 8) - self.first_group + 1
        self.records = -(-self.groups // 32)
        self.positions = 16 + 20 * self.records + 4
        numbers = self.positions + pages
        tables, rest = divmod(len(data) - numbers, 4 + 128)
        require(0 <= tables <= self.records and rest == 0, "the page index has the wrong length")
        # The first page of each record, and the number of pages.
        starts = [start for start, _ in struct.iter_unpack("<I16s", data[16 : self.positions - 4])]
        self.line_end = struct.unpack_from("<I", data, self.positions - 4)[0]
        self.starts = [*starts, pages]
        require(self.starts[0] == 0 and self.starts == sorted(self.starts), "the page index is damaged: its ranks do not ascend")
        # Where the table of each record is that has one.
        place = numbers + 4 * tables
        self.tables = {
            number: place + 128 * table for table, number in enumerate(struct.unpack_from(f"<{tables}I", data, numbers))
        }
        self.decoded = {}

    def record(self, number):
        """The first bins of the pages of a record, in order."""
        first_bins = self.decoded.get(number)
        if first_bins is None:
            first_bins = self.decoded[number] = self.decode_record(number)
        return first_bins

    def ranks(self, number):
        """For each group of a record, how many pages begin before it; and how many begin before the end of the record."""
        start, end = self.starts[number : number + 2]
        pages = (self.line_end if number == self.records - 1 else end) - start
        place = 16 + 20 * number + 4
        ranks = []
        for group in range(min(32, self.groups - 32 * number)):
            deviation = self.data[place + group // 2] >> group % 2 * 4 & 15
            if deviation:
                ranks.append(start + (group * pages >> 5) + deviation - 8)
            elif pages == 0:
                ranks.append(start)
            else:
                require(number in self.tables, "the page index is damaged: a table is missing")
                ranks.append(struct.unpack_from("<I", self.data, self.tables[number] + 4 * group)[0])
        return [*ranks, end]

    def decode_record(self, number):
        ranks = self.ranks(number)
        fits = ranks[0] == self.starts[number] and ranks == sorted(ranks)
        require(fits, "the page index is damaged: its ranks do not ascend")
        first_bins = array("Q")
        for group, (start, end) in enumerate(zip(ranks, ranks[1:])):
            bins = self.first_group + 32 * number + group << 8
            first_bins.extend(bins + low for low in self.data[self.positions + start : self.positions + end])
        fits = list(first_bins) == sorted(first_bins)
        if first_bins:
            begin = self.first_bin if number == 0 else self.first_bin + 1
            fits = fits and begin <= first_bins[0] and first_bins[-1] < self.end_bin
        if number == 0:
            fits = fits and first_bins[:1] == array("Q", [self.first_bin])
        require(fits, "the page index is damaged: its bins do not ascend")
        return first_bins

    def run_of_page(self, page):
        """The first page of the run that a page belongs to, and its first bin."""
        number = bisect_right(self.starts, page, 0, self.records) - 1
        first_bins = self.record(number)
        first_bin = first_bins[page - self.starts[number]]
        # Pages with equal first bins are in the same record.
        return self.starts[number] + bisect_left(first_bins, first_bin), first_bin

    def run_of_bin(self, wanted):
        """The first page and the number of pages of the run that holds a bin, its first bin and the bin behind it; None if no
        run does."""
        if not self.first_bin <= wanted < self.end_bin:
            return None
        number = (wanted >> 8) - self.first_group >> 5
        first_bins = self.record(number)
        behind = bisect_right(first_bins, wanted)
        if 2 <= behind < len(first_bins) and first_bins[behind - 2] < first_bins[behind - 1]:
            # As nearly always: a run of one page, in the midst of its record.
            return self.starts[number] + behind - 1, 1, first_bins[behind - 1], first_bins[behind]
        behind += self.starts[number]
        first_page, first_bin = self.run_of_page(behind - 1)
        end_bin = self.run_of_page(behind)[1] if behind < self.pages else self.end_bin
        return first_page, behind - first_page, first_bin, end_bin


class MissFilter:
    """2.7"""

    def __init__(self, data):
        require(len(data) >= 128 and len(data) % 64 == 0, "the miss filter has the wrong length")
        self.lines, self.first = struct.unpack_from("<QQ", data)
        self.stored = len(data) // 64 - 1
        require(self.first + self.stored <= self.lines, "the miss filter is damaged: it has lines that do not exist")
        self.data = data

    def may_contain(self, spread_hash):
        line = (spread_hash * self.lines >> 64) - self.first
        if not 0 <= line < self.stored:
            return False
        words = struct.unpack_from("<8Q", self.data, 64 * (line + 1))
        level = words[0] >> 63 | words[1] >> 63 << 1 | words[2] >> 63 << 2
        if level == 7:
            return True
        product = spread_hash * 0x9E3779B97F4A7C15 & U64
        coefficients = (product ^ product >> 32) & U64 >> 1
        product = coefficients * 0xFF51AFD7ED558CCD
        parities = product >> 64 ^ product & U64
        first = parities >> 61
        for number in range(8 - level):
            word = (first + number) % 8
            if bin(words[word] & coefficients).count("1") & 1 != parities >> 8 * word & 1:
                return False
        return True


def find_zero(text, number):
    """The position of a zero, counted from 0, in a text of zeros and ones; -1 if there are not so many."""
    # By halves: counting is much faster than looking for one zero after the other.
    begin, end = 0, len(text)
    if text.count("0") <= number:
        return -1
    while end - begin > 1:
        middle = (begin + end) // 2
        zeros = text.count("0", begin, middle)
        if number < zeros:
            end = middle
        else:
            begin, number = middle, number - zeros
    return begin


def records_of(schema):
    """2.4.1: the records of keys or values of fixed width."""
    try:
        return Records(schema)
    except NotFixed:
        raise FormatError(f"the entries cannot be fixed: {described(schema)} has no width") from None


def part_count(page_size):
    """2.4: the number of parts of a run that have checksums of their own."""
    return min(8, page_size // 512) if page_size > 512 else 0


class Run:
    """2.4: a run of pages, its checksums checked. `records` are those of keys and values if the entries are fixed, `compression`
    is that of values that may be compressed."""

    __slots__ = ("data", "first_page", "records", "compression", "entry_length", "width", "count", "directory_end", "begin", "limit")

    def __init__(self, data, file_id, first_page, records, directory_words, parts, compression=None):
        """`directory_words` and `parts` are those of the whole run."""
        checksum, count = RUN.unpack_from(data)
        self.directory_end = 8 + 8 * directory_words
        # Behind the checksums of parts.
        self.begin = self.directory_end + 4 * parts
        covered = memoryview(data)[4 : self.begin if parts else len(data)]
        if checksum != zlib.crc32(covered) ^ page_tweak(file_id, first_page):
            raise FormatError(f"page {first_page} is damaged or out of place: its checksum does not fit")
        for part in range(parts):
            begin, end = (max(self.begin, len(data) * number // parts) for number in (part, part + 1))
            checksum = data[self.directory_end + 4 * part :][:4]
            if int.from_bytes(checksum, "little") != zlib.crc32(memoryview(data)[begin:end]):
                raise FormatError(f"page {first_page} is damaged: the checksum of part {part} does not fit")
        self.data, self.first_page, self.records, self.count = data, first_page, records, count
        self.compression = compression
        self.entry_length = sum(each.width for each in records) if records else 0
        self.width = 0 if records else 2 if len(data) <= 65536 else 4
        # Before the ends.
        self.limit = len(data) - self.width * count
        if count >= 64 * directory_words or self.begin + self.entry_length * count > self.limit:
            raise FormatError(f"the directory of page {first_page} does not fit it")

    @property
    def slots(self):
        """Their number."""
        return 8 * (self.directory_end - 8) - self.count

    def entries_of(self, slot):
        """The numbers of the entries in a slot: those whose ones stand between its zero and the one before."""
        # The lowest bit first. A zero in front of all others stands before slot 0.
        bits = int.from_bytes(self.data[8 : self.directory_end], "little")
        text = "0" + format(bits, f"0{8 * (self.directory_end - 8)}b")[::-1]
        start = find_zero(text, slot)
        end = text.find("0", start + 1)
        if start < 0 or end < 0 or end - 1 - slot > self.count:
            raise FormatError(f"the directory of page {self.first_page} is damaged")
        return range(start - slot, end - 1 - slot)

    def end(self, index):
        position = len(self.data) - self.width * (index + 1)
        return int.from_bytes(self.data[position : position + self.width], "little")

    def entry_range(self, index):
        """Where an entry begins and ends."""
        if self.records:
            start = self.begin + self.entry_length * index
            end = start + self.entry_length
        else:
            end = self.end(index)
            start = self.end(index - 1) if index else self.begin
        if not self.begin <= start <= end <= self.limit:
            raise FormatError(f"entry {index} of page {self.first_page} lies outside")
        return start, end

    def entry(self, index):
        """Key and value."""
        if self.records:
            keys, values = self.records
            start, _ = self.entry_range(index)
            return keys.value(self.data, start), values.value(self.data, start + keys.width)
        decoder = MessagePack(self.data, *self.entry_range(index))
        return decoder.value(), self.only(decoder)

    def value(self, slot, packed, is_key, default):
        """The value of the first entry in a slot whose key is encoded as `packed`, if that is not None, or whose decoded key
        `is_key`."""
        data = self.data
        for index in self.entries_of(slot):
            start, end = self.entry_range(index)
            if self.records:
                keys, values = self.records
                if is_key(keys.value(data, start)):
                    return values.value(data, start + keys.width)
                continue
            decoder = MessagePack(data, start, end)
            if packed is not None and data.startswith(packed, start, end):
                # No encoding of a value is the beginning of another's.
                decoder.position += len(packed)
                return self.only(decoder)
            # Encodings that begin with the same marker are those of different values.
            is_other = packed is not None and data.startswith(packed[:1], start, end)
            if not is_other and is_key(decoder.value()):
                return self.only(decoder)
        return default

    def only(self, decoder):
        """The value that is left of an entry."""
        if self.compression:
            return self.compression.value(bytes(self.data[decoder.position : decoder.end]))
        value = decoder.value()
        decoder.finish()
        return value


class MassMap:
    """An open file. Each lookup reads one run of pages, usually one page."""

    def __init__(self, path):
        self.file = PositionalFile(path)
        try:
            self._open()
        except BaseException:
            self.file.close()
            raise

    def _open(self):
        self.file_length = self.file.length()
        self.reads = 0
        self.suffix = (self.file_length, b"")
        begin = max(self.file_length - SUFFIX_LENGTH, 0)
        self.suffix = (begin, self._read(begin, self.file_length - begin))
        self.header = self._find_header()
        self._read_metadata(self._section(METADATA))
        pages = self.header.page_count
        self.index = PageIndex(self._section(PAGE_INDEX), pages, self.header.bins) if pages else None
        self.filter = MissFilter(self._section(MISS_FILTER)) if MISS_FILTER in self.header.sections else None
        self.compression = None
        if COMPRESSION in self.header.sections:
            self.compression = Compression(self._section(COMPRESSION))
        if self.header.compressed:
            self.compression.prepare()
        self.suffix = (self.file_length, b"")

    def _find_header(self):
        """2.3: the one at the end, or if that is damaged, the one at the beginning."""
        length = self.file_length
        try:
            first = Header(self._read(0, min(HEADER_LENGTH, length))) if self.suffix[0] == 0 else None
        except DamagedHeader as error:
            first = error
        if first is None or isinstance(first, DamagedHeader):
            begin = max(length - HEADER_LENGTH, 0)
            try:
                header = Header(self._read(begin, length - begin))
                require(header.file_length == length, f"the end is that of a file of {header.file_length} bytes, not {length}")
                return header
            except DamagedHeader:
                if first is not None:
                    raise first from None
            first = Header(self._read(0, HEADER_LENGTH))
        require(first.file_length <= length, "the file ends before its second header")
        return first

    def _read(self, offset, length):
        begin, suffix = self.suffix
        if begin <= offset and offset + length <= begin + len(suffix):
            return suffix[offset - begin : offset - begin + length]
        self.reads += 1
        return self.file.read(length, offset)

    def _section(self, kind):
        checksum, offset, length = self.header.sections[kind]
        data = self._read(offset, length)
        # 2.3: the checksum covers the section, or the checksums of its blocks.
        content = length
        if kind in IN_BLOCKS:
            blocks = -(-length // (BLOCK_LENGTH + 4))
            content = length - 4 * blocks
            fits = content >= 0 and -(-content // BLOCK_LENGTH) == blocks
            require(fits, f"section {kind} has a length that no section has")
        covered = data[content:] if kind in IN_BLOCKS else data
        require(zlib.crc32(covered) == checksum, f"section {kind} is damaged: its checksum does not fit")
        if kind in IN_BLOCKS:
            for block, (stored,) in enumerate(struct.iter_unpack("<I", covered)):
                start = BLOCK_LENGTH * block
                computed = zlib.crc32(data[start : min(start + BLOCK_LENGTH, content)])
                require(computed == stored, f"block {block} of section {kind} is damaged: its checksum does not fit")
        return data[:content]

    def _read_metadata(self, data):
        """2.6"""
        decoder = MessagePack(data)
        value = decoder.value()
        decoder.finish()
        try:
            fields, self.duplicate_keys, (integer, text), self.user_metadata, types = value
            (entries, buckets, self.run_count, _, (self.hash_name, self.hash_parameters), *names) = fields
            self.type_names = tuple(map(str, names))
            self.key_schema, self.value_schema, self.has_canonical_keys = types
        except (TypeError, ValueError) as error:
            raise FormatError("the metadata has other fields than it must have") from error
        counts = (self.header.entry_count, self.header.page_count)
        require((entries, buckets) == counts, "metadata and header disagree")
        self.hash_probes = (integer, text)
        require(type(self.has_canonical_keys) is bool, "the metadata does not say how keys are hashed")
        self.key_type, self.value_type = described(self.key_schema), described(self.value_schema)
        self.records = None
        if self.header.fixed:
            self.records = records_of(self.key_schema), records_of(self.value_schema)
            width = sum(each.width for each in self.records)
            require(width == self.header.entry_length, "the entries do not have the width of their types")
        # Not `keys`: what has an attribute of that name is taken for a dict by dict().
        self.key_codec = keys_of_schema(self.key_schema)
        self._hash = None

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
        """The value of a key, whose type is taken from the file: integers, booleans, strings, byte strings, and sequences, tuples,
        structs, enums and optional values of these. A key that is not of this type raises KeyTypeError, among them strings with
        surrogates, and an integer that the type does not have OverflowError: neither is ever said to be missing. Keys of other
        types, and those that are hashed in a way of their own, need the bytes that are hashed of them as `canonical`; a key of
        another type is then what its MessagePack decodes to.
        """
        if self.header.entry_count == 0:
            return default
        if not self.has_canonical_keys and canonical is None:
            raise KeyTypeError("the keys of the file are hashed in a way of their own: give the bytes that are hashed")
        if self._hash is None:
            self._hash = self.hash_function()
        keys = self.key_codec
        if keys is None:
            if canonical is None:
                raise KeyTypeError(f"this reader does not know keys of the type {self.key_type!r:.200}: give canonical bytes")
            packed = None

            def is_key(stored):
                return same(stored, key)
        else:
            try:
                plain = keys.plain(key)
            except (KeyTypeError, OverflowError) as error:
                raise type(error)(f"the keys of the file are {self.key_type}: {error}") from None
            packed = keys.packed(plain)
            if canonical is None:
                canonical = keys.canonical(plain)

            def is_key(stored):
                stored = keys.stored(stored)
                if stored is NO_KEY:
                    raise FormatError(f"a stored key is not of the type {self.key_type}")
                return stored == plain

        spread_hash = spread(self._hash(canonical))
        if self.index is None or (self.filter and not self.filter.may_contain(spread_hash)):
            return default
        found = self.index.run_of_bin(spread_hash * self.header.bins >> 64)
        if found is None:
            return default
        first_page, pages, first_bin, end_bin = found
        run = self._run(first_page, pages)
        place = (spread_hash * self.header.bins >> 32) - (first_bin << 32)
        fraction = place // (end_bin - first_bin)
        return run.value(fraction * run.slots >> 32, packed, is_key, default)

    def _run(self, first_page, pages):
        size = self.header.page_size
        if pages * size > LONGEST_RUN or first_page + pages > self.header.page_count:
            raise FormatError(f"the page index is damaged: a run of {pages} pages from page {first_page} on")
        data = self._read((1 + first_page) * size, pages * size)
        words = pages * self.header.directory_words
        compression = self.compression if self.header.compressed else None
        return Run(data, self.header.file_id, first_page, self.records, words, part_count(self.header.page_size), compression)

    def runs(self):
        """All runs, in order: first page, number of pages, first bin, the bin behind the last one."""
        page, next_bin = 0, self.index.first_bin if self.index else 0
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

    def __contains__(self, key):
        """Whether there is a key, which is taken as `get` takes it, unlike what iterating gives."""
        missing = object()
        return self.get(key, missing) is not missing

    def parse_key(self, text):
        """The key that a text stands for, by the file's key type. Raises ValueError if it is none."""
        if self.key_codec is None:
            raise KeyTypeError(f"keys of the type {self.key_type!r:.200} cannot be given as text")
        return self.key_codec.parse(text)

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
            "directory_words": self.header.directory_words,
            "shard": [self.header.shard_index, self.header.shard_count] if self.header.shard_count else None,
            "build_id": self.header.build_id.hex(),
            "miss_filter": self.filter is not None,
            "compressed": self.header.compressed,
            "hash": {"name": self.hash_name, "parameters": self.hash_parameters},
            "key_type": self.key_type,
            "value_type": self.value_type,
            "canonical_keys": self.has_canonical_keys,
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
                value = opened.get(opened.parse_key(key), missing)
                if value is missing:
                    value, status = None, 1
                print(json.dumps(as_json(value), ensure_ascii=False))
    except (KeyTypeError, OverflowError, ValueError, OSError) as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
