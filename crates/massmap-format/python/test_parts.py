"""Tests of the parts of massmap_reader.py that need no file."""

import random
import struct
import unittest
import unittest.mock
import zlib
from bisect import bisect_left

from massmap_compression import DESCRIPTION, Compression, parts_of_frame
from massmap_keys import NO_KEY, KeyTypeError, canonical_bytes, described, keys_of_schema, same
from massmap_messagepack import FormatError, MessagePack, packed_int, packed_string
from massmap_reader import MissFilter, PageIndex, Run, page_tweak, spread
from massmap_records import NotFixed, Records


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

    def test_the_documented_index_of_six_pages_finds_each_bin(self):
        data = b"".join(number.to_bytes(8, "little") for number in (250, 700))
        data += bytes(4) + bytes([0x78, 0x08, *[0] * 14]) + bytes([64, 0, 0, 0])
        data += bytes([250, 0, 44, 244, 88, 88])
        index = PageIndex(data, 6, 1000)
        firsts = [250, 256, 300, 500, 600]
        for wanted in range(250, 700):
            page = max(page for page, first in enumerate(firsts) if first <= wanted)
            end = (firsts + [700])[page + 1]
            self.assertEqual(index.run_of_bin(wanted), (page, 1 + page // 4, firsts[page], end))
        for wanted in [0, 249, 700, 999]:
            self.assertIsNone(index.run_of_bin(wanted))

    def test_a_miss_filter_looks_into_the_line_of_the_hash(self):
        # The coefficients of hash 1 << 62 have a common bit with these words; three of four lines are not stored.
        def encoded(lines, first, words):
            return struct.pack("<QQ", lines, first) + bytes(48) + struct.pack("<8Q", *words)

        high = 1 << 63
        nothing_known = encoded(4, 1, [high, high, high, 0, 0, 0, 0, 0])
        for spread_hash, expected in [(0, False), (1 << 62, True), ((1 << 63) - 1, True), (1 << 63, False)]:
            self.assertIs(MissFilter(nothing_known).may_contain(spread_hash), expected)
        # The parities of a line of zeros are 0. At level 6, two of them count.
        allowed = [sum(MissFilter(encoded(1, 0, words)).may_contain(spread(n)) for n in range(4000)) for words in
                   ([0] * 8, [0, high, high, 0, 0, 0, 0, 0])]
        self.assertTrue(4 < allowed[0] < 40 and 800 < allowed[1] < 1200, allowed)
        good = encoded(4, 1, [0] * 8)
        for damaged in [b"", good[:64], good[:-1], good + b"\0", encoded(1, 1, [0] * 8), encoded(0, 0, [0] * 8)]:
            self.assertRaises(FormatError, MissFilter, damaged)

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


class Fixed(unittest.TestCase):
    """2.4.1"""

    def run_of(self, count, key, value, directory=b"\x05" + bytes(7)):
        data = count.to_bytes(4, "little") + directory + b"\1\2\3\4"
        data += bytes(508 - len(data))
        checksum = zlib.crc32(data) ^ page_tweak(5, 6)
        return Run(checksum.to_bytes(4, "little") + data, 5, 6, (Records(key), Records(value)), len(directory) // 8, 0)

    def test_entries_lie_one_behind_the_other_and_in_their_slots(self):
        run = self.run_of(2, "u8", "i8")
        self.assertEqual([run.entry(0), run.entry(1)], [(1, 2), (3, 4)])
        self.assertEqual(run.slots, 62)
        self.assertEqual([list(run.entries_of(slot)) for slot in range(3)], [[0], [1], []])
        self.assertEqual(list(run.entries_of(61)), [])
        self.assertEqual(self.run_of(2, "unit", "u16").entry(1), (None, 0x0403))

    def test_slots_are_found_in_any_directory(self):
        choose = random.Random(7)
        for words in [1, 7, 40]:
            for _ in range(20):
                count = choose.randrange(min(64 * words, 504 - 8 * words))
                slots = sorted(choose.randrange(64 * words - count) for _ in range(count))
                bits = sum(1 << slot + index for index, slot in enumerate(slots))
                run = self.run_of(count, "u8", "unit", bits.to_bytes(8 * words, "little"))
                for slot in range(run.slots):
                    self.assertEqual(list(run.entries_of(slot)), [i for i, other in enumerate(slots) if other == slot])

    def test_a_directory_without_the_zeros_or_with_more_ones_than_entries_is_refused(self):
        for directory in [b"\xff" * 8, b"\xff" * 7 + b"\x7f"]:
            self.assertRaisesRegex(FormatError, "is damaged", self.run_of(2, "u8", "u8", directory).entries_of, 0)
        self.assertRaises(FormatError, self.run_of(2, "u8", "u8", b"\xff" * 8).entries_of, 61)

    def test_a_run_that_is_too_short_is_refused(self):
        self.assertEqual(self.run_of(62, "u32", "u32").count, 62)
        for count, width in [(63, 7), (64, 1), (2**32 - 1, 1), (1, 496)]:
            self.assertRaisesRegex(FormatError, "does not fit", self.run_of, count, "u8", ["bytes", width])

    def test_records_are_read_by_their_schemas(self):
        for schema, record, expected in [
            ("unit", "", None),
            ("bool", "01", True),
            ("char", "e9000000", "é"),
            ("u16", "3412", 0x1234),
            ("i16", "feff", -2),
            ("u64", "ff" * 8, 2**64 - 1),
            ("f32", "0000c03f", 1.5),
            ("f64", "00000000000004c0", -2.5),
            # As in MessagePack, the highest byte first.
            ("u128", "05" + "00" * 14 + "01", b"\1" + bytes(14) + b"\5"),
            (["bytes", 2], "6162", b"ab"),
            (["bytes", 0], "", b""),
            (["array", "u16", 3], "010002000300", [1, 2, 3]),
            (["array", "never", 0], "", []),
            (["tuple", ["u8", ["array", ["tuple", ["bool", "u8"]], 2], "unit"]], "0901020003", [9, [[True, 2], [False, 3]], None]),
            (["struct", [["x", "i8"], ["y", "u8"]]], "ff02", [-1, 2]),
            (["struct_map", [["x", "i8"], ["y", ["struct_map", [["z", "u8"]]]]]], "ff02", {"x": -1, "y": {"z": 2}}),
        ]:
            records = Records(schema)
            self.assertEqual(records.width, len(record) // 2, schema)
            self.assertEqual(records.value(b"xx" + bytes.fromhex(record), 2), expected, schema)

    def test_records_are_checked(self):
        for schema, record in [("bool", "02"), ("bool", "ff"), ("char", "00d80000"), ("char", "00001100"), ("char", "ffffffff")]:
            self.assertRaises(FormatError, Records(schema).value, bytes.fromhex(record), 0)

    def test_some_schemas_have_no_width(self):
        for schema in [
            "never", "any", "string", "bytes", "unknown", ["option", "u8"], ["sequence", "u8"], ["map", "u8", "u8"],
            ["enum", [[0, "A"]]], ["tuple", ["u8", "string"]], ["array", "never", 1], ["struct", [["x", ["option", "unit"]]]],
            # Far longer as MessagePack.
            ["array", "unit", 65_532], ["array", ["array", "unit", 100], 1000],
            ["array", ["struct_map", [["n" * 70, "u8"]]], 1 << 20],
        ]:
            self.assertRaises(NotFixed, Records, schema)
        for schema, width in [
            (["array", "unit", 65_531], 0),
            (["array", ["struct_map", [["n" * 70, "u8"]]], 100], 100),
            (["array", ["struct", [["n" * 70, "u8"]]], 1 << 12], 1 << 12),
        ]:
            self.assertEqual(Records(schema).width, width)


class Index(unittest.TestCase):
    """2.5"""

    def encoded(self, first_bins, bins):
        """As the document says."""
        start = first_bins[0] >> 8
        groups = (bins - 1 >> 8) - start + 1
        records = -(-groups // 32)
        ranks = [bisect_left(first_bins, start + group << 8) for group in range(groups)] + [len(first_bins)]
        far = set()
        for first, following in zip(first_bins, first_bins[1:]):
            if following - first >= 256:
                far.update(range((first >> 8) - start, (following >> 8) - start + 1))
        existing = groups - 32 * (records - 1)
        last = ranks[32 * (records - 1)]
        bases = [*ranks[:groups:32], last + -(-32 * (len(first_bins) - last) // existing)]
        halves, numbers, tables = [], [], []
        for record in range(records):
            base, pages = bases[record], bases[record + 1] - bases[record]
            own = range(32 * record, min(groups, 32 * record + 32))
            deviations = [ranks[group] - base - (group % 32 * pages // 32) + 8 for group in own]
            stored = [d if 0 < d < 16 and group not in far else 0 for group, d in zip(own, deviations)]
            stored += [0] * (32 - len(own))
            halves.append(bytes(even | odd << 4 for even, odd in zip(stored[::2], stored[1::2])))
            if pages and 0 in stored[: len(own)]:
                numbers.append(record)
                tables += [ranks[min(group, groups)] for group in range(32 * record, 32 * record + 32)]
        return (
            struct.pack("<QQ", first_bins[0], bins)
            + b"".join(struct.pack("<I", base) + pairs for base, pairs in zip(bases, halves))
            + struct.pack("<I", bases[-1])
            + bytes(first & 0xFF for first in first_bins)
            + struct.pack(f"<{len(numbers) + len(tables)}I", *numbers, *tables)
        )

    def check(self, first_bins, bins, wanted):
        index = PageIndex(self.encoded(first_bins, bins), len(first_bins), bins)
        for bin_ in wanted:
            first_bin = max(first for first in first_bins if first <= bin_)
            first_page, pages = first_bins.index(first_bin), first_bins.count(first_bin)
            end = min([first for first in first_bins if first > first_bin], default=bins)
            self.assertEqual(index.run_of_bin(bin_), (first_page, pages, first_bin, end))

    def test_every_bin_is_found(self):
        choose = random.Random(7)
        for pages, bins in [(1, 1), (1, 64), (2, 2), (3, 1), (3, 1000), (40, 2560), (700, 1500), (900, 70_000), (30, 7)]:
            for _ in range(3):
                first_bins = [0] + sorted(choose.randrange(bins) for _ in range(pages - 1))
                self.check(first_bins, bins, {0, bins - 1, *(choose.randrange(bins) for _ in range(300))})

    def test_bins_are_found_in_crowded_and_empty_blocks(self):
        bins = 1 << 20
        for first_bins in [
            [0] * 2000,
            [0] + [bins - 1] * 999,
            [0, *range(bins - 900, bins)],
            [*range(900), bins - 1],
            [0] * 300 + [5000] * 600 + [5001] + [bins // 2] * 700,
        ]:
            neighbours = {first + step for first in first_bins for step in (-1, 0, 1)}
            self.check(first_bins, bins, [bin_ for bin_ in sorted(neighbours)[::7] if 0 <= bin_ < bins])

    def test_a_damaged_index_leads_to_a_run_of_the_bin_or_to_an_error(self):
        first_bins = [0] * 5 + [90] * 300 + [*range(20_000, 60_000, 100)]
        bins = 64_000
        data = self.encoded(first_bins, bins)
        errors = 0
        for bit in range(0, 8 * len(data), 5):
            damaged = bytearray(data)
            damaged[bit // 8] ^= 1 << bit % 8
            for bin_ in [0, 89, 91, 30_000, 63_999]:
                try:
                    run = PageIndex(bytes(damaged), 705, bins).run_of_bin(bin_)
                    if run is None:
                        # The bins that it covers were changed.
                        self.assertLess(bit, 128)
                        continue
                    first_page, pages, first_bin, end = run
                    self.assertTrue(0 <= first_page < first_page + pages <= 705)
                    self.assertTrue(first_bin <= bin_ < end <= bins)
                except FormatError:
                    errors += 1
        self.assertGreater(errors, 1000)


class Keys(unittest.TestCase):
    def test_types_have_their_canonical_bytes(self):
        for schema, key, expected in [
            ("string", "é", "c3a9ff"),
            ("string", "", "ff"),
            ("bytes", b"ab", "02000000000000006162"),
            (["bytes", 2], b"ab", "02000000000000006162"),
            ("u8", 7, "07"),
            ("u16", 258, "0201"),
            ("u32", 258, "02010000"),
            ("u64", 258, "0201000000000000"),
            ("i32", -2, "feffffff"),
            ("i128", -1, "ff" * 16),
            ("u128", 2**128 - 1, "ff" * 16),
            ("bool", True, "01"),
            ("char", "é", "e9000000"),
            (["sequence", "u8"], b"ab", "02000000000000006162"),
            (["sequence", "u16"], [1, 2], "020000000000000001000200"),
            (["sequence", "u8"], [], "0000000000000000"),
            (["array", ["array", "u8", 2], 1], [[5, 6]], "010000000000000002000000000000000506"),
            (["tuple", ["u8", "string"]], (1, "a"), "0161ff"),
            (["tuple", ["u8", ["tuple", [["sequence", "u8"], "bool"]]]], (1, (b"", False)), "01000000000000000000"),
            (["option", "u8"], None, "0000000000000000"),
            (["option", "u8"], 7, "010000000000000007"),
            (["struct", [["a", "u8"], ["b", "string"]]], (1, "a"), "0161ff"),
            (["struct_map", [["a", "u8"], ["b", "string"]]], {"b": "a", "a": 1}, "0161ff"),
            (["enum", [[1, "One"], [2, "Two", "u8"]]], "One", "0100000000000000"),
            (["enum", [[1, "One"], [2, "Two", "u8"]]], {"Two": 7}, "020000000000000007"),
        ]:
            keys = keys_of_schema(schema)
            self.assertEqual(keys.canonical(keys.plain(key)).hex(), expected, schema)

    def test_other_types_are_not_known(self):
        for schema in [
            "",
            "never",
            "unit",
            "any",
            "f64",
            "u63",
            "date",
            ["time", 1, [2]],
            ["option", "any"],
            ["option", ["option", "u8"]],
            ["tuple", ["u8", "f32"]],
            ["array", "any", 2],
            ["struct", [["a", "f64"]]],
            ["enum", [[0, "A"], [1, "B", "any"]]],
            ["map", "u8", "u8"],
        ]:
            self.assertIsNone(keys_of_schema(schema), schema)

    def test_values_of_other_types_are_no_keys(self):
        for schema, good, bad in [
            ("u8", [0, 255, 7], ["7", 7.0, True, None, b"7", [7]]),
            ("bool", [True, False], [1, 0, "true", None]),
            ("char", ["a", "\U0001f980"], ["", "ab", 97, b"a", "\ud800", "\udfff"]),
            ("string", ["", "a"], [b"a", 1, None, ["a"], "\ud800", "a\udc00b"]),
            (["sequence", "u16"], [[], [1, 2], (1,)], [b"", b"a", bytearray(b"a")]),
            (["sequence", "i8"], [[], [-1]], [b"", b"a"]),
            (["sequence", "string"], [["a"]], [b"", ["\ud800"]]),
            (["sequence", "u8"], [b"", b"a", [1, 2], (1,)], ["a", [True], ["a"], 1, None]),
            (["array", "u8", 2], [b"ab", [1, 2]], [b"a", b"abc", []]),
            (["tuple", ["u8", "bool"]], [(1, True), [1, False]], [(1, 1), (True, True), (1,), (1, True, 1), "ab", None]),
            (["option", "u8"], [None, 7], [True, "7", [7], []]),
            ("bytes", [b"", b"a", bytearray(b"a")], ["a", [1], 1, None]),
            (["bytes", 2], [b"ab"], [b"a", "ab"]),
            (["struct", [["a", "u8"]]], [(1,), [1], {"a": 1}], [1, {}, {"b": 1}, {"a": 1, "b": 2}, {"a": "1"}]),
            (["enum", [[0, "A"], [1, "B", "u8"]]], ["A", {"B": 1}], ["B", {"A": None}, {"B": "1"}, "C", {"C": 1}, {}, 0]),
        ]:
            keys = keys_of_schema(schema)
            for key in good:
                keys.plain(key)
            for key in bad:
                self.assertRaises(KeyTypeError, keys.plain, key)
        for schema, key in [
            ("u8", 256),
            ("u8", -1),
            ("i8", 128),
            ("i8", -129),
            ("i128", 2**127),
            (["sequence", "u8"], [256]),
        ]:
            self.assertRaises(OverflowError, keys_of_schema(schema).plain, key)

    def test_stored_values_stand_for_keys_of_their_type_only(self):
        for schema, value, expected in [
            ("u8", 7, 7),
            ("u8", True, NO_KEY),
            ("bool", 1, NO_KEY),
            ("u128", bytes(15) + b"\7", 7),
            ("i128", b"\xff" * 16, -1),
            ("u128", bytes(8), NO_KEY),
            (["sequence", "u8"], [1, 2], (1, 2)),
            (["sequence", "u8"], b"\1\2", (1, 2)),
            (["sequence", "u8"], [1, "2"], NO_KEY),
            (["tuple", ["u8", "bool"]], [1, True], (1, True)),
            (["tuple", ["u8", "bool"]], [1], NO_KEY),
            (["option", "u8"], None, None),
            (["option", "u8"], "a", NO_KEY),
            (["struct_map", [["a", "u8"]]], {"a": 1}, (1,)),
            (["struct_map", [["a", "u8"]]], {"b": 1}, NO_KEY),
            (["enum", [[0, "A"], [1, "B", "u8"]]], "A", ("A", None)),
            (["enum", [[0, "A"], [1, "B", "u8"]]], {"B": 1}, ("B", 1)),
            (["enum", [[0, "A"], [1, "B", "u8"]]], "B", NO_KEY),
        ]:
            stored = keys_of_schema(schema).stored(value)
            self.assertEqual((type(stored), stored), (type(expected), expected))

    def test_schemas_are_described_as_in_the_program(self):
        for schema, expected in [
            ("u64", "u64"),
            ("never", "none"),
            (["bytes", 16], "16 bytes"),
            (["option", ["sequence", "u8"]], "optional [u8]"),
            (["array", "u8", 2], "[u8; 2]"),
            (["map", "string", "any"], "map from string to any"),
            (["tuple", ["u8", "string"]], "(u8, string)"),
            (["struct_map", [["a", "u8"], ["b", "bool"]]], "{a: u8, b: bool}"),
            (["enum", [[0, "A"], [1, "B", "u8"]]], "one of A, B"),
            (["time", 1], "any"),
        ]:
            self.assertEqual(described(schema), expected)
        for schema in [["option"], ["tuple", "u8"], ["struct", ["a"]], ["enum", [[1]]], 7]:
            with self.assertRaises(FormatError):
                if keys_of_schema(schema) is None:
                    raise FormatError("no keys")

    def test_packed_keys_are_what_is_decoded_and_as_short_as_can_be(self):
        edges = [1 << bits for bits in (0, 5, 7, 8, 15, 16, 31, 32, 63, 64)]
        values = {sign * edge + step for edge in edges for sign in (1, -1) for step in (-1, 0, 1)}
        for value in values:
            if not -(2**63) <= value < 2**64:
                continue
            packed = packed_int(value)
            decoder = MessagePack(packed)
            self.assertEqual(decoder.value(), value)
            decoder.finish()
            least = 0 if -32 <= value <= 127 else 1 if -128 <= value <= 255 else 2 if -(2**15) <= value < 2**16 else 4
            least = 8 if not -(2**31) <= value < 2**32 else least
            self.assertEqual(len(packed), 1 + least, value)
        for length, header in [(0, 1), (31, 1), (32, 2), (255, 2), (256, 3), (65_535, 3), (65_536, 5)]:
            packed = packed_string(b"a" * length)
            self.assertEqual((MessagePack(packed).value(), len(packed)), ("a" * length, header + length))

    def test_decoded_keys_of_unknown_types_are_compared_by_type_and_value(self):
        for stored, key in [(1, 1), ([1, "a"], (1, "a")), (b"ab", b"ab"), ([97, 98], b"ab"), ([[1], None], ((1,), None))]:
            self.assertTrue(same(stored, key))
        for stored, key in [(1, True), (True, 1), (1, 1.0), ("a", b"a"), (b"a", "a"), ([1], [True]), ([1], [1, 1]), (None, 0)]:
            self.assertFalse(same(stored, key))

    def test_integers_beyond_64_bits_have_no_canonical_bytes_of_64(self):
        for key in [2**64, -(2**63) - 1]:
            self.assertRaises(OverflowError, canonical_bytes, key)

    def test_strings_with_surrogates_have_no_canonical_bytes(self):
        for key in ["\ud800", (1, "a\udc00")]:
            self.assertRaisesRegex(KeyTypeError, "has a surrogate", canonical_bytes, key)


class Compressed(unittest.TestCase):
    """2.4.2"""

    @staticmethod
    def block(last, kind, size, content=b""):
        return (last | kind << 1 | size << 3).to_bytes(3, "little") + content

    def test_a_frame_says_its_length_in_one_two_or_four_bytes(self):
        for header, length in [
            ("20 c8", 200),
            ("60 01 00", 257),
            ("40 50 01 00", 257),
            ("a0 2c 01 00 00", 300),
            ("80 50 2c 01 00 00", 300),
        ]:
            frame = bytes.fromhex(header) + self.block(1, 1, length, b"x")
            self.assertEqual(parts_of_frame(frame + bytes(5)), (length, len(frame)))

    def test_frames_that_are_not_allowed_or_not_possible_are_refused(self):
        good = self.block(1, 1, 9, b"x")
        for data, message in [
            (b"", "no frame"),
            (b"\x24\x09" + good, "checksum"),
            (b"\x21\x05\x09" + good, "identifier"),
            (b"\x28\xb5\x2f\xfd\x20\x09" + good, "reserved"),
            (b"\x50\x2a\x4d\x18" + bytes(4), "reserved"),
            (b"\xe0" + bytes(8) + good, "its length"),
            (b"\x20\x0a" + good, "longer than"),
            (b"\x20\x09" + good[:-1], "ends within"),
            (b"\x20\x09" + self.block(0, 1, 9, b"x"), "ends within"),
            (b"\x20\x09" + self.block(1, 0, 9, b"x"), "ends within"),
            (b"\x20\x09" + self.block(1, 3, 9, b"x"), "no kind"),
            (b"\xa0\x00\x00\x01\x00" + self.block(1, 1, 1 << 16, b"x"), "longer than"),
        ]:
            with self.assertRaisesRegex(FormatError, message):
                parts_of_frame(data)

    def test_a_description_has_a_known_algorithm_and_known_bits(self):
        def section(*fields):
            return DESCRIPTION.pack(*fields) + b"dictionary"

        found = Compression(section(1, 3, 10507, 0, 4096))
        self.assertEqual((found.level, found.version, found.limit, found.given), (3, 10507, 4096, False))
        self.assertEqual(found.dictionary, b"dictionary")
        self.assertTrue(Compression(section(1, 3, 10507, 1, 0)).given)
        for data, message in [
            (section(2, 3, 10507, 0, 0), "algorithm 2"),
            (section(1, 3, 10507, 2, 0), "damaged"),
            (section(1, 3, 10507, 1, 1), "damaged"),
            (section(1, 0, 10507, 0, 0), "damaged"),
            (section(1, 23, 10507, 0, 0), "damaged"),
            (section(1, 3, 10507, 0, (16 << 20) + 1), "damaged"),
            (section(1, 3, 10507, 0, 0)[:19], "wrong length"),
            (bytes(20 + (16 << 20) + 1), "wrong length"),
        ]:
            with self.assertRaisesRegex(FormatError, message):
                Compression(data)

    def test_without_the_package_an_error_says_which_one_is_needed(self):
        with unittest.mock.patch.dict("sys.modules", zstandard=None):
            with self.assertRaisesRegex(FormatError, "install the Python package zstandard"):
                Compression(DESCRIPTION.pack(1, 3, 10507, 0, 0)).prepare()

    def test_values_are_those_that_were_compressed(self):
        try:
            import zstandard
        except ImportError:
            self.skipTest("there is no zstandard")
        dictionary = b"a dictionary of mere content, " * 4
        for content in [b"", dictionary]:
            compression = Compression(DESCRIPTION.pack(1, 3, 10507, 1, 0) + content)
            compression.prepare()
            parameters = zstandard.ZstdCompressionParameters(
                compression_level=3, write_dict_id=False, format=zstandard.FORMAT_ZSTD1_MAGICLESS
            )
            used = zstandard.ZstdCompressionDict(content) if content else None
            compressor = zstandard.ZstdCompressor(compression_params=parameters, dict_data=used)
            for text in ["a dictionary of mere content", "a" * 300, "x" * 100_000]:
                value = packed_string(text.encode())
                frame = compressor.compress(value)
                self.assertEqual(compression.value(frame + bytes(-(-len(value) // 64))), text)
                self.assertEqual(compression.value(b"\0" + value), text)
            with self.assertRaises(FormatError):
                compression.value(b"\0\x01\x01")
            damaged = bytearray(compressor.compress(packed_string(b"abc" * 50)))
            damaged[1] ^= 1
            with self.assertRaises(FormatError):
                compression.value(bytes(damaged))


if __name__ == "__main__":
    unittest.main()
