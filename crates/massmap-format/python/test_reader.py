"""Tests massmap_reader.py with the example of FORMAT.md, and with files that the Rust side wrote. What needs no such files is
in test_parts.py.

    python3 test_reader.py [DIRECTORY]

The directory holds pairs of files, `<name>.massmap` and `<name>.json`; the latter says what is in the former:

    {
      "entries": [[key, value], ...],        in the order in which they were inserted; sequences and tuples are arrays
      "missing": [key, ...],                 keys that are not in the map
      "user_metadata": {"name": "value"}
    }

Files with another hash function than xxh3 are iterated, and lookups in them must be refused. `structs.massmap` has keys of a
type that the reader does not know, made of a 64-bit integer and a string, among them 7 and "seven" with the value 7.
"""

import enum
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
import zlib

from massmap_keys import KeyTypeError, canonical_bytes
from massmap_messagepack import FormatError, hashable
from massmap_reader import FIXED_ENTRIES, HEADER, SECTION, SECTION_TABLE, MassMap, UnsupportedError, as_json
from test_parts import Compressed, Fixed, Index, Keys, Parts  # noqa: F401: these run with the tests of this file

DIRECTORY = None
DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "FORMAT.md"
GOLDEN = DOCUMENT.parent.parent / "massmap/tests/golden"


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
        elif " to " in digits:
            begin, end = digits.split(" to ")
            data += data[int(begin, 16) : int(end, 16)]
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
        keys = opened.key_codec
        self.assertEqual(keys is None, not entries)
        found = sorted((repr(keys.stored(key)), json.dumps(as_json(value))) for key, value in opened)
        self.assertEqual(found, sorted((repr(keys.plain(key)), json.dumps(value)) for key, value in entries))
        if opened.hash_name != "xxh3":
            for key in [key for key, _ in entries[:1]] + expected["missing"]:
                with self.assertRaises(UnsupportedError):
                    opened.get(key)
            return
        first = {}
        for key, value in entries:
            first.setdefault(hashable(key), (key, value))
        absent = object()
        for key, value in first.values():
            reads = opened.reads
            self.assertEqual(as_json(opened.get(key, absent)), value, key)
            self.assertEqual(opened.reads, reads + 1, "a hit is one read")
        for key in expected["missing"]:
            reads = opened.reads
            self.assertIs(opened.get(key, absent), absent, key)
            self.assertLessEqual(opened.reads, reads + 1, "a miss is one read at most")
        self.check_keys_of_other_types(opened)

    def check_keys_of_other_types(self, opened):
        if not len(opened):
            # A file without keys does not say what they would be.
            return
        own = opened.key_codec.plain
        others = ["a", "", "1", 1, -1, 0, 2**70, True, 1.0, None, b"a", b"", (1, "a"), (), [1], {}, object()]
        refused = 0
        for key in others:
            try:
                own(key)
            except (KeyTypeError, OverflowError) as error:
                refused += 1
                message = f"the keys of the file are {opened.key_type}: {error}"
                self.assertRaisesRegex(type(error), re.escape(message), opened.get, key)
                # Where the type is known, canonical bytes do not make a key one of it.
                self.assertRaises(type(error), opened.get, key, None, b"a")
        self.assertGreater(refused, 8)

    def check_damage(self, data):
        runs = list(self.open(data).runs())
        size = self.open(data).header.page_size
        for first_page, pages, _, _ in runs:
            for page in range(first_page, first_page + pages):
                position = (1 + page) * size + page * 7919 % size
                damaged = self.open(flipped(data, 8 * position + page % 8))
                with self.assertRaisesRegex(FormatError, f"page {first_page} is damaged"):
                    damaged._run(first_page, pages)
                # Other runs are not affected.
                other = runs[(page + 1) % len(runs)]
                if other[0] != first_page:
                    damaged._run(*other[:2])
        tail = (1 + self.open(data).header.page_count) * size
        sections = self.open(data).header.sections.values()
        intact = vars(self.open(data).header)
        for first in range(0, 512, 1 if len(data) < 5_000 else 127):
            second = len(data) - 512 + first
            once = [flipped(data, 8 * position + first % 8) for position in (first, second)]
            for damaged in once:
                with self.open(damaged) as opened:
                    self.assertEqual(vars(opened.header), intact)
            self.assertRaises(FormatError, self.open, flipped(once[0], 8 * second + first % 8))
        positions = []
        for _, offset, length in sections:
            positions += range(offset, offset + length, 1 + length // 200)
        for position in positions:
            with self.assertRaises(FormatError, msg=f"byte {position}"):
                self.open(flipped(data, 8 * position + position % 8))
        for length in [0, 7, 8, 511, 512, size, tail, len(data) - 513, len(data) - 512, len(data) - 1]:
            if length < len(data):
                with self.assertRaises(FormatError, msg=f"{length} bytes"):
                    self.open(data[:length])


def with_header(data, header):
    """A file with this header, and right checksums of it, at both places. The sections may be others."""
    header = header[:8] + zlib.crc32(header[12:]).to_bytes(4, "little") + header[12:]
    return header + bytes(data[512:-512]) + header


def flipped(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << (bit % 8)
    return bytes(data)


class Example(Files):
    EXPECTED = {
        "entries": [["apple", 1], ["pear", 2], ["plum", 3]],
        "missing": ["fig", "", "apple ", "Apple"],
        "user_metadata": {"fruit": "yes"},
    }

    def test_has_the_documented_content(self):
        self.check_content(documented_example(), self.EXPECTED)

    def test_is_a_dict_for_python(self):
        opened = self.open(documented_example())
        content = dict(self.EXPECTED["entries"])
        self.assertEqual(dict(opened), content)
        self.assertEqual({key: value for key, value in opened}, content)
        self.assertEqual(len(opened), 3)
        for key in content:
            self.assertIn(key, opened)
        for key in self.EXPECTED["missing"]:
            self.assertNotIn(key, opened)
        for key in [1, ("apple", 1), "\ud800"]:
            with self.assertRaisesRegex(KeyTypeError, "the keys of the file are string: "):
                self.assertIn(key, opened)

    def test_shows_damage(self):
        self.check_damage(documented_example())

    def test_is_opened_in_one_read(self):
        self.assertEqual(self.open(documented_example()).reads, 1)

    def test_the_length_is_that_of_the_header(self):
        data = documented_example()
        # What is behind the end of an older, longer file.
        self.check_content(data + bytes(600), self.EXPECTED)
        # Too long to be read as a whole.
        longer = bytes(100_000) + data
        self.assertRaisesRegex(FormatError, f"the end is that of a file of {len(data)} bytes, not {len(longer)}", self.open, longer)
        self.assertRaisesRegex(FormatError, "no file of format 2", self.open, bytes(100_000))

    def test_every_bit_of_the_page_counts(self):
        data = documented_example()
        for bit in range(8 * 512, 8 * 1024):
            with self.assertRaisesRegex(FormatError, "page 0 is damaged"):
                list(self.open(flipped(data, bit)))

    def test_a_header_of_a_newer_version_is_refused(self):
        original = documented_example()
        fields = list(HEADER.unpack_from(original))
        for required, optional, error in [(1 << 9, 0, UnsupportedError), (0, 1 << 9, None)]:
            fields[3:5] = optional, required
            data = with_header(original, HEADER.pack(*fields) + original[HEADER.size : 512])
            if error:
                self.assertRaises(error, self.open, data)
            else:
                self.check_content(bytes(data), self.EXPECTED)

    def test_entries_that_cannot_be_fixed_are_refused(self):
        original = documented_example()
        fields = list(HEADER.unpack_from(original))
        fields[4] = FIXED_ENTRIES
        for count, length, error in [
            (3, 18, "string has no width"),
            (3, 19, "the same width"),
            (0, 0, "without pages"),
            (1, 2**32, "too long"),
            (3, 3, "string has no width"),
            (3, 504, "fill their pages"),
        ]:
            fields[6:8] = count, length
            data = with_header(original, HEADER.pack(*fields) + original[HEADER.size : 512])
            self.assertRaisesRegex(FormatError, error, self.open, data)

    def test_a_shard_says_which_one_it_is(self):
        original = documented_example()
        fields = list(HEADER.unpack_from(original))
        for shard, error in [((2, 3), None), ((0, 1), None), ((3, 3), "no shard 3 of 3"), ((1, 0), "no shard")]:
            fields[12:15] = *shard, b"a build of today"
            data = with_header(original, HEADER.pack(*fields) + original[HEADER.size : 512])
            if error:
                self.assertRaisesRegex(FormatError, error, self.open, data)
            else:
                opened = self.open(data)
                self.assertEqual((opened.header.shard_index, opened.header.shard_count), shard)
                self.assertEqual(opened.header.build_id, b"a build of today")

    def test_another_hash_function_is_refused(self):
        opened = self.open(documented_example())
        opened.hash_parameters = {"seed": 1}
        self.assertRaisesRegex(FormatError, "not the one", opened.get, "apple")
        opened.hash_name = "foldhash"
        self.assertRaises(UnsupportedError, opened.get, "apple")


class Golden(unittest.TestCase):
    """The committed files of format 2."""

    # Their keys are hashed in a way of their own, or are of types for which this reader has no canonical bytes: maps, nothing, and
    # structs with fields that are always nothing.
    WITHOUT_LOOKUPS = {"any-keys", "own-hash", "maps", "units", "structs", "structs-named"}
    WITHOUT_LOOKUPS |= {"fixed-structs", "fixed-named", "fixed-runs", "fixed-runs-parts"}

    def test_every_file_is_read(self):
        names = [line.split()[0] for line in (GOLDEN / "LIST").read_text(encoding="utf-8").splitlines()]
        names = [name for name in names if name.startswith("v2-")]
        self.assertTrue(names)
        for name in names:
            with self.subTest(name), MassMap(GOLDEN / f"{name}.massmap") as opened:
                self.check(name, opened)

    def check(self, name, opened):
        entries = list(opened)
        self.assertEqual(len(entries), len(opened))
        error = KeyTypeError if name.removeprefix("v2-") in self.WITHOUT_LOOKUPS else UnsupportedError
        first = {}
        for key, value in entries:
            first.setdefault(hashable(key), (key, value))
        for key, value in first.values():
            if name == "v2-scalars":
                # Stored as bytes, asked for as a number.
                key = [*key[:2], int.from_bytes(key[2], "big", signed=True), key[3]]
            if opened.hash_name == "xxh3" and error is UnsupportedError:
                self.assertEqual(as_json(opened.get(key, "absent")), as_json(value), key)
            else:
                self.assertRaises(error, opened.get, key)


class Written(Files):
    """The files of the directory."""

    def pairs(self):
        if DIRECTORY is None:
            self.skipTest("no directory given")
        paths = sorted(DIRECTORY.glob("*.json"))
        self.assertTrue(paths, f"no files in {DIRECTORY}")
        for path in paths:
            with self.subTest(path.name):
                yield path.with_suffix(".massmap").read_bytes(), json.loads(path.read_text(encoding="utf-8"))

    def test_has_the_expected_content(self):
        for data, expected in self.pairs():
            self.check_content(data, expected)

    def test_shows_damage(self):
        for data, _ in self.pairs():
            self.check_damage(data)

    def written(self, name):
        if DIRECTORY is None:
            self.skipTest("no directory given")
        expected = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
        opened = MassMap(DIRECTORY / f"{name}.massmap")
        self.addCleanup(opened.close)
        return opened, expected["entries"]

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_forked_processes_look_keys_up_in_the_file_that_their_parent_opened(self):
        for name in ["middle-u64", "middle-string", "runs-string"]:
            opened, entries = self.written(name)
            opened.get(entries[0][0])
            context = multiprocessing.get_context("fork")
            results = context.Queue()

            def child(first):
                results.put(wrong_lookups(opened, entries[first:] + entries[:first]))

            step = len(entries) // 4
            children = [context.Process(target=child, args=(number * step,)) for number in range(4)]
            for process in children:
                process.start()
            self.assertEqual([results.get(timeout=300) for _ in children], [[]] * 4, name)
            for process in children:
                process.join()
            self.assertEqual(wrong_lookups(opened, entries[:200]), [])

    def test_threads_share_an_open_file_with_and_without_reads_at_offsets(self):
        without = unittest.mock.patch("massmap_reader.os", unittest.mock.Mock(spec=["fstat"], fstat=os.fstat))
        for context in [unittest.mock.MagicMock(), without]:
            with context:
                opened, entries = self.written("middle-u64")
                self.assertEqual(opened.file.read_some == opened.file.move_and_read, context is without)
                results = []
                threads = [
                    threading.Thread(target=lambda: results.append(wrong_lookups(opened, entries[:4000])))
                    for _ in range(4)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(results, [[]] * 4)

    def test_each_record_of_the_index_is_decoded_once(self):
        opened, entries = self.written("middle-u64")
        decoded = []
        decode = opened.index.decode_record
        opened.index.decode_record = lambda number: decoded.append(number) or decode(number)
        for _ in range(2):
            self.assertEqual(wrong_lookups(opened, entries), [])
        self.assertEqual(len(decoded), len(set(decoded)))
        self.assertLessEqual(len(decoded), opened.index.records)

    def test_keys_are_given_in_the_type_of_the_file(self):
        class Text(str):
            pass

        class Name(str, enum.Enum):
            KEY = "key 1 ключ"

        strings, entries = self.written("small-string")
        for key in [Text(entries[1][0]), Name.KEY]:
            self.assertEqual(strings.get(key), entries[1][1])
        for key in [1, 1.0, True, None, b"key 1", ("key 1",)]:
            with self.assertRaisesRegex(KeyTypeError, "the keys of the file are string: .* is "):
                strings.get(key)

        class Number:
            def __init__(self, number):
                self.number = number

            def __index__(self):
                return self.number

        for name, last in [("u32", 2**32 - 1), ("u64", 2**64 - 1)]:
            integers, entries = self.written(f"keys-{name}")
            for key, value in entries:
                self.assertEqual(integers.get(key), value)
                self.assertEqual(integers.get(Number(key)), value)
            for key in ["1", Text("1"), 1.0, True, False, None, b"1", (1,)]:
                with self.assertRaisesRegex(KeyTypeError, f"the keys of the file are {name}: .* is "):
                    integers.get(key)
            for key in [-1, last + 1, -(2**63), 2**200, Number(-1)]:
                with self.assertRaisesRegex(OverflowError, f"the keys of the file are {name}: {name} is from 0 to {last}"):
                    integers.get(key)
            self.assertIsNone(integers.get(last - 1))

    def test_keys_that_the_type_does_not_have_are_never_missing(self):
        for name, keys, error, message in [
            ("small-string", ["\ud800", "a\udfff"], KeyTypeError, "has a surrogate at index [01], which no string"),
            ("keys-boxed", ["\udc80"], KeyTypeError, "has a surrogate"),
            ("keys-char", ["\ud800", "\udfff"], KeyTypeError, "has a surrogate at index 0, which no char has"),
            ("keys-nonzero", [2**64, -1], OverflowError, "u64"),
            ("keys-words", [b"a", bytearray(b"a"), b""], KeyTypeError, re.escape("no [u16; 3]")),
            ("keys-tuple", [(1, "\ud800")], KeyTypeError, "has a surrogate"),
            ("keys-array", [b"a", b"abc"], KeyTypeError, re.escape("[u8; 2]")),
        ]:
            opened, _ = self.written(name)
            for key in keys:
                with self.assertRaisesRegex(error, f"^the keys of the file are {re.escape(opened.key_type)}: .*{message}"):
                    opened.get(key, "missing")

    def test_files_become_dicts(self):
        for name in ["small-string", "keys-u64", "keys-char", "empty-string"]:
            opened, entries = self.written(name)
            self.assertEqual(as_json(dict(opened)), as_json(dict(entries)), name)
            self.assertEqual(sum(key in opened for key, _ in entries), len(opened))

    def test_scalars_of_numpy_are_what_they_hold(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("there is no numpy")
        strings, entries = self.written("small-string")
        self.assertEqual(strings.get(numpy.str_(entries[1][0])), entries[1][1])
        self.assertRaises(KeyTypeError, strings.get, numpy.bytes_(b"key"))
        for name in ["u32", "u64", "i64"]:
            integers, entries = self.written(f"keys-{name}")
            for kind in [numpy.uint64, numpy.int64, numpy.uint32, numpy.int8]:
                self.assertEqual(integers.get(kind(entries[-1][0])), entries[-1][1])
            for key in [numpy.str_("1"), numpy.float64(1), numpy.bool_(True), numpy.array([1])]:
                self.assertRaises(KeyTypeError, integers.get, key)
        self.assertRaises(OverflowError, self.written("keys-u32")[0].get, numpy.int64(-1))
        booleans, entries = self.written("keys-bool")
        self.assertEqual(booleans.get(numpy.bool_(entries[0][0])), entries[0][1])
        self.assertRaises(KeyTypeError, booleans.get, numpy.int64(1))

    def test_structs_and_enums_are_given_as_what_they_hold(self):
        opened, entries = self.written("keys-struct")
        for key, value in entries:
            self.assertEqual(opened.get(key), value)
            self.assertEqual(opened.get((key["number"], key["name"])), value)
        for key in [7, "seven", (7,), ("seven", 7), {"number": 7}]:
            with self.assertRaisesRegex(KeyTypeError, "the keys of the file are {number: u64, name: string}: "):
                opened.get(key)
        opened, entries = self.written("keys-enum")
        for key, value in entries:
            self.assertEqual(opened.get(key), value)
        self.assertRaises(KeyTypeError, opened.get, "Other")

    def test_keys_that_are_hashed_in_a_way_of_their_own_need_the_bytes_that_are_hashed(self):
        if DIRECTORY is None:
            self.skipTest("no directory given")
        with MassMap(DIRECTORY / "custom.massmap") as opened:
            with self.assertRaisesRegex(KeyTypeError, "hashed in a way of their own"):
                opened.get("KEY 7")
            self.assertEqual(opened.get("KEY 7", canonical=canonical_bytes("key 7")), 7)
            self.assertIsNone(opened.get("KEY 8", canonical=canonical_bytes("key 7")))

    def test_the_program_reads_keys_as_the_type_of_the_file(self):
        if DIRECTORY is None:
            self.skipTest("no directory given")
        program = pathlib.Path(__file__).with_name("massmap_reader.py")

        def run(name, *keys):
            command = [sys.executable, "-B", program, DIRECTORY / name, *keys]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"})
            return done.returncode, done.stdout, done.stderr

        self.assertEqual(run("keys-u32.massmap", "7", "0x8")[:2], (0, "7\n8\n"))
        self.assertEqual(run("keys-u32.massmap", "4000000000")[:2], (1, "null\n"))
        self.assertEqual(run("keys-bool.massmap", "true")[:2], (0, "1\n"))
        for name, key, message in [
            ("keys-u32.massmap", "seven", "invalid literal"),
            ("keys-u32.massmap", "4294967296", "from 0 to 4294967295"),
            ("keys-bool.massmap", "1", "neither true nor false"),
            ("keys-struct.massmap", "7", "cannot be written as text"),
        ]:
            status, out, errors = run(name, key)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(message, errors)


def wrong_lookups(opened, entries):
    """What is wrong with lookups of these entries, none of which comes twice."""
    wrong = []
    for key, value in entries:
        try:
            found = as_json(opened.get(key))
        except Exception as error:
            found = error
        if found != value:
            wrong.append(f"{key!r}: {found!r:.200}")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        DIRECTORY = pathlib.Path(sys.argv.pop(1))
    unittest.main()
