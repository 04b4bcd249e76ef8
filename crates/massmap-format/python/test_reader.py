"""Tests massmap_reader.py with the example of FORMAT.md, and with files that the Rust side wrote.

    python3 test_reader.py [DIRECTORY]

The directory holds pairs of files, `<name>.massmap` and `<name>.json`; the latter says what is in the former:

    {
      "key_type": "string" or "u64",
      "entries": [[key, value], ...],        in the order in which they were inserted
      "missing": [key, ...],                 keys that are not in the map
      "user_metadata": {"name": "value"}
    }

Files with another hash function than xxh3 are iterated, and lookups in them must be refused.
"""

import json
import pathlib
import sys
import tempfile
import unittest
import zlib

from massmap_reader import (
    HEADER,
    SECTION,
    UNIFORM_ENTRIES,
    FormatError,
    MassMap,
    MessagePack,
    MissFilterParts,
    PageIndex,
    Run,
    UnsupportedError,
    as_json,
    canonical_bytes,
    page_tweak,
    spread,
)

DIRECTORY = None
DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "FORMAT.md"


def documented_example():
    """The bytes of the dump in section 2.14."""
    dump = DOCUMENT.read_text(encoding="utf-8").split("\n## 2.14 ")[1].split("```")[1]
    data = bytearray()
    for line in dump.strip().splitlines():
        offset, digits = line.split("  ", 2)[:2]
        if int(offset, 16) != len(data):
            raise AssertionError(f"the bytes before {offset} are not {len(data)}")
        if " × " in digits:
            byte, count = digits.split(" × ")
            data += bytes.fromhex(byte) * int(count)
        else:
            data += bytes.fromhex(digits)
    return bytes(data)


class Files(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def open(self, data):
        path = self.directory / "file.massmap"
        path.write_bytes(data)
        opened = MassMap(path)
        self.addCleanup(opened.close)
        return opened

    def check_content(self, data, expected):
        opened = self.open(data)
        entries = expected["entries"]
        self.assertEqual(len(opened), len(entries))
        self.assertEqual(opened.user_metadata, expected["user_metadata"])
        found = sorted(json.dumps(as_json(pair), sort_keys=True) for pair in opened)
        self.assertEqual(found, sorted(json.dumps(pair, sort_keys=True) for pair in entries))
        if opened.hash_name != "xxh3":
            for key in [key for key, _ in entries[:1]] + expected["missing"]:
                with self.assertRaises(UnsupportedError):
                    opened.get(key)
            return
        first = {}
        for key, value in entries:
            first.setdefault(key, value)
        absent = object()
        for key, value in first.items():
            reads = opened.reads
            self.assertEqual(as_json(opened.get(key, absent)), value, key)
            self.assertEqual(opened.reads, reads + 1, "a hit is one read")
        for key in expected["missing"]:
            reads = opened.reads
            self.assertIs(opened.get(key, absent), absent, key)
            self.assertLessEqual(opened.reads, reads + 1, "a miss is one read at most")

    def check_damage(self, data):
        runs = list(self.open(data).runs())
        size = self.open(data).header.page_size
        for first_page, pages, _, _ in runs:
            for page in range(first_page, first_page + pages):
                place = (1 + page) * size + page * 7919 % size
                damaged = self.open(flipped(data, 8 * place + page % 8))
                with self.assertRaisesRegex(FormatError, f"page {first_page} is damaged"):
                    damaged._run(first_page, pages)
                # Other runs are not affected.
                other = runs[(page + 1) % len(runs)]
                if other[0] != first_page:
                    damaged._run(*other[:2])
        tail = (1 + self.open(data).header.page_count) * size
        sections = self.open(data).header.sections.values()
        places = list(range(512))
        for _, offset, length in sections:
            places += range(offset, offset + length, 1 + length // 200)
        for place in places:
            with self.assertRaises(FormatError, msg=f"byte {place}"):
                self.open(flipped(data, 8 * place + place % 8))
        for length in [0, 7, 8, 511, 512, size, tail, len(data) - 1]:
            if length < len(data):
                with self.assertRaises(FormatError, msg=f"{length} bytes"):
                    self.open(data[:length])


def flipped(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << (bit % 8)
    return bytes(data)


class Example(Files):
    EXPECTED = {
        "key_type": "string",
        "entries": [["apple", 1], ["pear", 2], ["plum", 3]],
        "missing": ["fig", "", "apple ", "Apple"],
        "user_metadata": {"fruit": "yes"},
    }

    def test_has_the_documented_content(self):
        self.check_content(documented_example(), self.EXPECTED)

    def test_shows_damage(self):
        self.check_damage(documented_example())

    def test_is_found_in_four_reads(self):
        self.assertEqual(self.open(documented_example()).reads, 4)

    def test_every_bit_of_the_page_counts(self):
        data = documented_example()
        for bit in range(8 * 512, 8 * 1024):
            with self.assertRaisesRegex(FormatError, "page 0 is damaged"):
                list(self.open(flipped(data, bit)))

    def test_a_header_of_a_newer_version_is_refused(self):
        data = bytearray(documented_example())
        fields = list(HEADER.unpack_from(data))
        for required, optional, error in [(1 << 9, 0, UnsupportedError), (0, 1 << 9, None)]:
            fields[3:5] = optional, required
            HEADER.pack_into(data, 0, *fields)
            fields[1] = zlib.crc32(data[12:512])
            HEADER.pack_into(data, 0, *fields)
            if error:
                self.assertRaises(error, self.open, data)
            else:
                self.check_content(bytes(data), self.EXPECTED)

    def test_entries_that_cannot_have_one_length_are_refused(self):
        data = bytearray(documented_example())
        fields = list(HEADER.unpack_from(data))
        fields[4] = UNIFORM_ENTRIES
        for count, length, error in [
            (3, 18, None),
            (3, 19, "the same length"),
            (0, 0, "without pages"),
            (1, 2**32, "too long"),
            (3, 3, "fill their pages"),
            (3, 504, "fill their pages"),
        ]:
            fields[6:8] = count, length
            HEADER.pack_into(data, 0, *fields)
            fields[1] = zlib.crc32(data[12:512])
            HEADER.pack_into(data, 0, *fields)
            if error:
                self.assertRaisesRegex(FormatError, error, self.open, data)
            else:
                self.assertEqual(self.open(data).header.entry_length, length // count)

    def test_a_second_miss_filter_is_refused(self):
        data = bytearray(documented_example())
        place = HEADER.size + 3 * SECTION.size
        for kind, error in [(5, None), (4, FormatError)]:
            # A section of no bytes, whose checksum is 0, at the end.
            SECTION.pack_into(data, place, kind, 0, len(data), 0)
            data[8:12] = zlib.crc32(data[12:512]).to_bytes(4, "little")
            if error:
                self.assertRaisesRegex(error, "two miss filters", self.open, data)
            else:
                self.check_content(bytes(data), self.EXPECTED)

    def test_another_hash_function_is_refused(self):
        opened = self.open(documented_example())
        opened.hash_parameters = {"seed": 1}
        self.assertRaisesRegex(FormatError, "not the one", opened.get, "apple")
        opened.hash_name = "foldhash"
        self.assertRaises(UnsupportedError, opened.get, "apple")


class Parts(unittest.TestCase):
    def test_hashes_are_spread_as_documented(self):
        self.assertEqual(spread(1), 0xB456BCFC34C2CB2C)
        self.assertEqual(zlib.crc32(b"123456789"), 0xCBF43926)

    def test_keys_have_the_documented_bytes(self):
        for key, expected in [
            ("é", b"\xc3\xa9\xff"),
            (258, b"\x02\x01" + bytes(6)),
            (-1, b"\xff" * 8),
            (True, b"\x01"),
            (b"ab", b"\x02" + bytes(7) + b"ab"),
            ((1, "a"), b"\x01" + bytes(7) + b"a\xff"),
        ]:
            self.assertEqual(canonical_bytes(key), expected)

    def test_the_documented_index_of_four_pages_finds_each_bin(self):
        data = b"".join(word.to_bytes(8, "little") for word in (0x1, 0x4D, 0x6040))
        index = PageIndex(data, 4, 256)
        firsts = [0, 65, 70, 192]
        for wanted in range(256):
            page = max(page for page, first in enumerate(firsts) if first <= wanted)
            end = (firsts + [256])[page + 1]
            self.assertEqual(index.run_of_bin(wanted), (page, 1, firsts[page], end))

    def test_a_miss_filter_in_parts_looks_into_the_part_of_the_hash(self):
        def encoded(*parts):
            places = [8 * (len(parts) + 2)]
            for part in parts:
                places.append(places[-1] + len(part))
            return b"".join(word.to_bytes(8, "little") for word in [len(parts), *places]) + b"".join(parts)

        # With the seed 6 the hash 1 is mixed to spread(7): places 3, 7 ^ 2 and 11 ^ 1 among 16, fingerprint 0xdd ^ 0xcb.
        fields = (6).to_bytes(8, "little") + (4).to_bytes(4, "little") + (8).to_bytes(4, "little")
        part = fields + bytes(3) + bytes([0xDD ^ 0xCB]) + bytes(12)
        for parts, expected in [((part,), True), ((part, b""), True), ((b"", part), False), ((b"",), False)]:
            self.assertIs(MissFilterParts(encoded(*parts)).may_contain(1), expected)
        good = encoded(part, b"")
        for damaged in [
            b"",
            bytes(24),
            b"\xff" * 24,
            good[:-1],
            good + b"\0",
            encoded(part[:-1]),
            good[:16] + (2**64 - 1).to_bytes(8, "little") + good[24:],
            good[:16] + bytes(8) + good[24:],
        ]:
            self.assertRaises(FormatError, MissFilterParts, damaged)

    def test_messagepack_is_decoded(self):
        for data, expected in [
            ("c0", None),
            ("c3", True),
            ("e0", -32),
            ("d1ff00", -256),
            ("cfffffffffffffffff", 2**64 - 1),
            ("cb3ff8000000000000", 1.5),
            ("a161", "a"),
            ("c40161", b"a"),
            ("82a161019101c2", {"a": 1, (1,): False}),
            ("dc000201a0", [1, ""]),
            ("d60501020304", ("extension", 5, b"\1\2\3\4")),
        ]:
            decoder = MessagePack(bytes.fromhex(data))
            self.assertEqual(decoder.value(), expected)
            decoder.finish()
        for data in ["", "c1", "91", "a2ff", "a1ff", "dd7fffffff", "91" * 129 + "01"]:
            self.assertRaises(FormatError, MessagePack(bytes.fromhex(data)).value)


class Uniform(unittest.TestCase):
    """2.4, where all entries have the same length."""

    def run_of(self, count, entry_length):
        data = count.to_bytes(4, "little") + b"\7\x08" + b"\1\2\3\4" + bytes(498)
        checksum = zlib.crc32(data) ^ page_tweak(5, 6)
        return Run(checksum.to_bytes(4, "little") + data, 5, 6, entry_length)

    def test_entries_lie_one_behind_the_other(self):
        run = self.run_of(2, 2)
        self.assertEqual(list(run.fingerprints), [7, 8])
        self.assertEqual([run.entry(0), run.entry(1)], [(1, 2), (3, 4)])

    def test_a_run_that_is_too_short_or_an_entry_of_other_than_two_values_is_refused(self):
        self.assertEqual(self.run_of(168, 2).count, 168)
        for count, entry_length in [(169, 2), (2**32 - 1, 2), (1, 504)]:
            self.assertRaisesRegex(FormatError, "does not fit", self.run_of, count, entry_length)
        self.assertRaises(FormatError, self.run_of(2, 3).entry, 0)


class Written(Files):
    """The files of the directory."""

    def pairs(self):
        if DIRECTORY is None:
            self.skipTest("no directory given")
        paths = sorted(DIRECTORY.glob("*.massmap"))
        self.assertTrue(paths, f"no files in {DIRECTORY}")
        for path in paths:
            with self.subTest(path.name):
                yield path.read_bytes(), json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    def test_has_the_expected_content(self):
        for data, expected in self.pairs():
            self.assertIn(expected["key_type"], ("string", "u64"))
            self.check_content(data, expected)

    def test_shows_damage(self):
        for data, _ in self.pairs():
            self.check_damage(data)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        DIRECTORY = pathlib.Path(sys.argv.pop(1))
    unittest.main()
