"""Maps are mappings."""

import gc
import threading
import weakref
from collections.abc import ItemsView, KeysView, Mapping, MutableMapping, ValuesView
from typing import Any

import pytest
from conftest import golden

import massmap


@pytest.fixture(params=[True, False], ids=["mapped", "read"])
def opened(request: pytest.FixtureRequest) -> Any:
    with massmap.open(golden("v2-strings"), map=request.param) as opened:
        yield opened


def test_a_map_is_a_mapping(opened: massmap.Map) -> None:
    assert isinstance(opened, Mapping)
    # For type checkers, too.
    mapping: Mapping[Any, Any] = opened
    assert mapping is opened
    assert not isinstance(opened, MutableMapping)
    assert isinstance(opened.keys(), KeysView)
    assert isinstance(opened.values(), ValuesView)
    assert isinstance(opened.items(), ItemsView)
    expected = {f"key {number}": 1000 * number for number in range(len(opened))}
    assert dict(opened) == dict(opened.items()) == {**opened} == expected
    assert opened == expected
    assert expected == opened
    assert opened != {**expected, "key 1": 0}
    assert opened != {**expected, "another": 0}
    assert opened != {number: number for number in range(len(opened))}
    assert opened != 5
    assert (opened == 5) is False
    assert sorted(opened) == sorted(expected)
    match opened:
        case {"key 7": found}:
            assert found == 7000
        case _:
            pytest.fail("no mapping")


def test_maps_have_no_hash_and_can_be_referred_to_weakly(opened: massmap.Map) -> None:
    with pytest.raises(TypeError):
        hash(opened)
    other = massmap.open(golden("v2-strings"))
    reference = weakref.ref(other)
    assert reference() is other
    assert other == opened
    del other
    gc.collect()
    assert reference() is None


def test_views_are_those_of_a_mapping(opened: massmap.Map) -> None:
    assert len(opened.keys()) == len(opened.values()) == len(opened.items()) == len(opened)
    assert "key 1" in opened.keys()
    assert 1000 in opened.values()
    assert 1001 not in opened.values()
    assert ("key 1", 1000) in opened.items()
    assert ("key 1", 1001) not in opened.items()
    assert opened.keys() & {"key 1", "other"} == {"key 1"}
    assert opened.items() >= {("key 1", 1000)}
    assert list(opened.keys()) == list(opened)


def test_iterators_outlive_the_map_and_are_independent(opened: massmap.Map) -> None:
    entries = list(opened.items())
    one, other = iter(opened.items()), iter(opened.items())
    assert iter(one) is one
    assert [next(one) for _ in range(5)] == entries[:5]
    opened.close()
    assert list(one) == entries[5:]
    assert list(other) == entries
    assert next(one, None) is None
    assert list(one) == []


def test_a_closed_map_says_so(opened: massmap.Map) -> None:
    assert not opened.closed
    opened.close()
    opened.close()
    assert opened.closed
    assert "closed" in repr(opened)
    for use in (
        lambda: opened["key 1"],
        lambda: "key 1" in opened,
        lambda: len(opened),
        lambda: iter(opened),
        lambda: opened.items(),
        lambda: opened.get("key 1"),
        lambda: opened.get_bytes("key 1"),
        lambda: opened.info,
        lambda: opened.verify(),
        lambda: opened.file_id,
        lambda: opened.__enter__(),
    ):
        with pytest.raises(ValueError, match="closed"):
            use()


def test_a_map_tells_about_itself(opened: massmap.Map) -> None:
    path = golden("v2-strings")
    assert opened.path == str(path)
    assert repr(opened) == f"<massmap.Map {path}: {len(opened)} entries, string to u32>"
    assert (opened.key_type, opened.value_type) == ("string", "u32")
    info = opened.info
    assert (info.format, info.entries, info.duplicate_keys) == (2, len(opened), "error")
    assert (info.hash_function, info.hash_parameters) == ("foldhash", {"seed": 0})
    assert info.page_size is not None and info.page_size >= 512
    with pytest.raises(AttributeError):
        info.format = 1  # type: ignore[misc]
    report = opened.verify()
    assert report.ok and report.keys_checked
    assert (report.entries, report.problems) == (len(opened), ())


def test_user_metadata_shards_and_build_ids_are_told() -> None:
    with massmap.open(golden("v2-user-metadata")) as opened:
        assert opened.user_metadata
        assert all(isinstance(text, str) for pair in opened.user_metadata.items() for text in pair)
    with massmap.open(golden("v2-shard-build-id")) as opened:
        assert opened.info.shard is not None
        assert isinstance(opened.info.build_id, bytes) and len(opened.info.build_id) == 16


def test_an_iterator_that_two_threads_use_gives_each_entry_once() -> None:
    with massmap.open(golden("v2-default-integers")) as opened:
        expected, found = sorted(opened), []
        shared = iter(opened)

        def take() -> None:
            while True:
                try:
                    found.append(next(shared))
                except StopIteration:
                    return
                except ValueError:
                    # The other thread has it.
                    continue

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == expected


def test_threads_share_a_map_that_is_closed_while_they_use_it() -> None:
    for way in (True, False):
        opened = massmap.open(golden("v2-strings"), map=way)
        expected = dict(opened)
        wrong: list[object] = []

        def look_up() -> None:
            try:
                while True:
                    for key, value in expected.items():
                        if opened[key] != value:
                            wrong.append(key)
            except ValueError as error:
                assert "closed" in str(error)

        threads = [threading.Thread(target=look_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        opened.close()
        for thread in threads:
            thread.join()
        assert not wrong
