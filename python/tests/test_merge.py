"""Merging maps."""

import os
from pathlib import Path
from typing import Any

import pytest

import massmap
from massmap._cli import main


def shards(directory: Path, count: int, **settings: Any) -> list[Path]:
    """Builds a map in parts."""
    entries = {f"key {number}": number for number in range(5000)}
    paths = [directory / f"{index}.massmap" for index in range(count)]
    for index, path in enumerate(paths):
        massmap.build(path, entries, shard=(index, count), **settings)
    massmap.build(directory / "whole", entries, **settings)
    return paths


@pytest.mark.parametrize("settings", [{}, {"miss_filter": True, "page_size": 1024}, {"format": 1, "bucket_count": 64}])
def test_shards_make_the_map_that_one_build_makes(tmp_path: Path, settings: dict[str, Any]) -> None:
    paths = shards(tmp_path, 3, **settings)
    told: list[str] = []
    info = massmap.merge(
        tmp_path / "merged", iter(paths), progress=lambda phase, done, total: told.append(phase)
    )
    assert info.entries == 5000
    assert told[-1] == "write"
    assert (tmp_path / "merged").read_bytes() == (tmp_path / "whole").read_bytes()


def test_merged_files_are_those_of_the_command_line(tmp_path: Path) -> None:
    paths = shards(tmp_path, 2)
    command = ["merge", "-o", str(tmp_path / "expected"), "--page-size", "8192", "--miss-filter"]
    assert main([*command, *(word for path in paths for word in ("-i", str(path)))]) == 0
    massmap.merge(tmp_path / "merged", paths, page_size=8192, miss_filter=True, threads=1)
    assert (tmp_path / "merged").read_bytes() == (tmp_path / "expected").read_bytes()


def test_the_target_may_be_an_input(tmp_path: Path) -> None:
    paths = shards(tmp_path, 2)
    massmap.merge(paths[0], paths)
    assert paths[0].read_bytes() == (tmp_path / "whole").read_bytes()


def test_formats_are_converted(tmp_path: Path) -> None:
    massmap.build(tmp_path / "one", {1: "a"}, format=1)
    assert massmap.merge(tmp_path / "two", [tmp_path / "one"], format=2).format == 2
    assert massmap.merge(tmp_path / "one", [tmp_path / "two"], format=1, bucket_count=3).buckets == 3
    assert dict(massmap.open(tmp_path / "one")) == {1: "a"}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, massmap.DuplicateKeyError, "the key 1; give duplicate_keys"),
        ({"shard": (0, 2)}, massmap.SettingError, "shard is a setting of builds: merge takes that from the maps"),
        ({"hash_seed": 2}, massmap.SettingError, "hash_seed is a setting of builds"),
        ({"longest_run": 17}, massmap.SettingError, "entries may share from 1 to 16"),
        ({"colour": 1}, TypeError, 'no keyword argument "colour"'),
    ],
)
def test_failed_merges_leave_the_old_file(
    tmp_path: Path, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    for name in ("a", "b"):
        massmap.build(tmp_path / name, {1: name})
    (tmp_path / "old").write_text("old")
    with pytest.raises(error, match=message):
        massmap.merge(tmp_path / "old", [tmp_path / "a", tmp_path / "b"], **settings)
    assert (tmp_path / "old").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "old"]


def test_maps_that_cannot_be_merged_are_named(tmp_path: Path) -> None:
    massmap.build(tmp_path / "a", {1: 2})
    (tmp_path / "b").write_text("no map at all")
    with pytest.raises(massmap.FormatError, match="b: "):
        massmap.merge(tmp_path / "merged", [tmp_path / "a", tmp_path / "b"])
    with pytest.raises(FileNotFoundError, match="missing"):
        massmap.merge(tmp_path / "merged", [tmp_path / "missing"])
    massmap.build(tmp_path / "b", {(1, 2): 2})
    with pytest.raises(massmap.HashError, match="b: its keys must be hashed to merge it"):
        massmap.merge(tmp_path / "merged", [tmp_path / "a", tmp_path / "b"])
    with pytest.raises(massmap.Error, match="no maps to merge"):
        massmap.merge(tmp_path / "merged", [])
    for one in ("a", tmp_path / "a"):
        with pytest.raises(TypeError, match="must be a list of paths"):
            massmap.merge(tmp_path / "merged", one)  # type: ignore[arg-type]


def test_entries_with_equal_keys_are_kept_as_asked(tmp_path: Path) -> None:
    for name in ("a", "b"):
        massmap.build(tmp_path / name, {1: name})
    inputs = [tmp_path / "a", tmp_path / "b"]
    massmap.merge(tmp_path / "merged", inputs, duplicate_keys="last")
    assert dict(massmap.open(tmp_path / "merged")) == {1: "b"}
    assert massmap.merge(tmp_path / "merged", inputs, duplicate_keys="keep_all").entries == 2
