"""All golden files open, and have the entries that the independent reader finds in them."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN, golden

import massmap

massmap_reader = importlib.import_module("massmap_reader")

# Maps whose keys only a program with their types, or with their hash function, can look up.
NOT_LOOKED_UP = """
    any-keys enums fixed-named fixed-runs fixed-runs-parts fixed-structs maps own-function own-hash
    same-hash structs structs-named structs-with-field-names units
""".split()
WAYS: list[dict[str, Any]] = [{}, {"map": False}, {"direct": True}, {"checksums": "every-read"}]


def agrees(ours: object, encoded: object) -> bool:
    """Whether an object is what MessagePack decodes to without a schema."""
    if isinstance(ours, dict) and isinstance(encoded, list):
        # A struct without the names of its fields.
        return agrees(list(ours.values()), encoded)
    if isinstance(ours, dict) and isinstance(encoded, dict):
        return agrees(list(ours), list(encoded)) and agrees(
            list(ours.values()), list(encoded.values())
        )
    if isinstance(ours, list | tuple) and isinstance(encoded, dict):
        # A map among the keys, or a variant of an enum.
        pairs = [list(pair) for pair in encoded.items()]
        return agrees(ours, pairs) or agrees(ours, pairs[0]) or agrees(ours, list(encoded.values()))
    if isinstance(ours, list | tuple) and isinstance(encoded, list | tuple):
        return len(ours) == len(encoded) and all(map(agrees, ours, encoded))
    if isinstance(ours, bytes) and isinstance(encoded, list):
        return list(ours) == encoded
    if isinstance(ours, int) and isinstance(encoded, bytes):
        return encoded in (ours.to_bytes(16, signed=signed) for signed in (ours < 0,))
    return type(ours) is type(encoded) and (ours == encoded or ours != ours)


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) > 60


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_file_opens_and_its_keys_are_found(path: Path) -> None:
    entries = None
    for way in WAYS:
        with massmap.open(path, **way) as opened:
            items = list(opened.items())
            assert len(items) == len(opened) == opened.info.entries
            assert list(opened) == [key for key, _ in items]
            assert repr(list(opened.values())) == repr([value for _, value in items])
            assert repr(items) == repr(entries or items)
            entries = items
            assert opened.verify().ok
            try:
                found = [opened[key] for key, _ in items]
            except massmap.HashError as error:
                # What only a program with the types of the file can look up.
                assert str(path) in str(error)
                assert path.stem.removeprefix("v2-") in NOT_LOOKED_UP
                continue
            firsts: dict[object, object] = {}
            for key, value in items:
                assert key in opened
                firsts.setdefault(key, value)
            if opened.info.duplicate_keys != "keep_all":
                assert repr(found) == repr([firsts[key] for key, _ in items])


@pytest.mark.parametrize(
    "path", [path for path in GOLDEN if path.stem.startswith("v2-")], ids=lambda path: path.stem
)
def test_entries_are_those_that_the_independent_reader_finds(path: Path) -> None:
    if "compressed" in path.stem:
        pytest.importorskip("zstandard")
    with massmap.open(path) as opened, massmap_reader.MassMap(path) as reader:
        pairs = list(zip(opened.items(), reader, strict=True))
        for (key, value), (encoded_key, encoded_value) in pairs:
            assert agrees(key, encoded_key), (key, encoded_key)
            assert agrees(value, encoded_value), (value, encoded_value)
        assert opened.user_metadata == reader.user_metadata


def test_entries_of_format_1_are_those_that_were_written() -> None:
    with massmap.open(golden("strings")) as opened:
        assert opened.info.format == 1
        assert dict(opened) == {key: 1000 * int(key.removeprefix("key ")) for key in opened}
        assert opened == dict(opened)
    with massmap.open(golden("integers")) as opened:
        assert opened.info.format == 1
        assert dict(opened) == {8**number: -(4**number) for number in range(len(opened))}
