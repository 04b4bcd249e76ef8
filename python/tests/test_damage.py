"""No file, whatever its bytes, does more than raise an exception."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN

import massmap

# What an exception may be. A panic of Rust would be none of them, nor even an `Exception`.
EXPECTED = (massmap.Error, OSError, MemoryError)
LONGEST = 100_000


def use_all(path: Path, **way: Any) -> int:
    """Does everything with a file that can be done. Returns how many exceptions came up."""
    errors = 0

    def attempt(use: Callable[[], Any]) -> Any:
        nonlocal errors
        try:
            return use()
        except EXPECTED:
            errors += 1
            return None

    opened = attempt(lambda: massmap.open(path, **way))
    if opened is None:
        return errors
    with opened:
        for part in (opened.items, opened.values):
            entries: Iterator[Any] = iter(part())
            for _ in range(300):
                attempt(partial(next, entries, None))
        key = attempt(lambda: next(iter(opened), None))
        for sought in (key, 1, "key 1", b"key", (1, 2), None):
            for look_up in (opened.__contains__, opened.get, opened.get_bytes, opened.get_encoded):
                attempt(partial(look_up, sought))
        attempt(lambda: opened.info)
        attempt(lambda: opened.user_metadata)
        attempt(lambda: opened.verify())
        repr(opened)
    return errors


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with a few changes, like those of a broken disk or of someone who means harm."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 30])):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place] = chance.choice(
                    [0, 1, 0x7F, 0x80, 0x9F, 0xC1, 0xC6, 0xC9, 0xDB, 0xDD, 0xDF, 0xFF]
                )
            case 2:
                changed[place : place + 8] = chance.randbytes(8)
            case _:
                other = chance.randrange(len(changed))
                changed[place : place + 16] = changed[other : other + 16]
    if chance.randrange(10) == 0:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


@pytest.mark.parametrize(
    "path", [path for path in GOLDEN if path.stat().st_size < LONGEST], ids=lambda path: path.stem
)
def test_a_mutated_file_gives_values_or_exceptions(path: Path, tmp_path: Path) -> None:
    content, chance = path.read_bytes(), random.Random(path.stem)
    errors = 0
    for number in range(24):
        target = tmp_path / str(number)
        target.write_bytes(mutated(content, chance))
        errors += use_all(target, map=number % 2 == 0, checksums="never" if number % 3 else None)
    assert errors > 0


@pytest.mark.parametrize("name", ["integers", "strings", "structs", "v2-empty"])
def test_a_file_that_was_cut_off_is_an_exception(name: str, tmp_path: Path) -> None:
    (path,) = (path for path in GOLDEN if path.stem == name)
    content = path.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 50)):
        target = tmp_path / str(length)
        target.write_bytes(content[:length])
        assert use_all(target) > 0
