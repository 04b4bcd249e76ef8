"""What goes wrong, and how that is told."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import golden

import massmap


def test_exceptions_form_a_tree() -> None:
    for error in (
        massmap.FormatError,
        massmap.DecodeError,
        massmap.DuplicateKeyError,
        massmap.HashError,
        massmap.KeyTypeError,
        massmap.ReplacedError,
        massmap.SettingError,
        massmap.ValueTypeError,
    ):
        assert issubclass(error, massmap.Error)
        assert error.__module__ == "massmap"
        assert error.__doc__
    assert issubclass(massmap.ChecksumError, massmap.FormatError)
    assert issubclass(massmap.KeyTypeError, TypeError)
    assert issubclass(massmap.ValueTypeError, TypeError)
    assert issubclass(massmap.SettingError, ValueError)
    assert issubclass(massmap.DecodeError, ValueError)


@pytest.mark.parametrize(
    "way", [{}, {"map": False}, {"direct": True}], ids=["mapped", "read", "direct"]
)
def test_errors_of_the_system_are_those_of_python(way: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "no such file"
    with pytest.raises(FileNotFoundError) as error:
        massmap.open(path, **way)
    with pytest.raises(FileNotFoundError) as expected:
        open(path)
    assert error.value.errno == errno.ENOENT == expected.value.errno
    assert error.value.strerror == expected.value.strerror
    assert error.value.filename == str(path)
    assert str(error.value) == str(expected.value)
    with pytest.raises(NotADirectoryError):
        massmap.open(golden("v2-strings") / "file", **way)
    with pytest.raises(OSError):
        massmap.open(tmp_path, **way)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_is_a_permission_error(copied: Callable[[str], Path]) -> None:
    path = copied("v2-strings")
    path.chmod(0)
    with pytest.raises(PermissionError) as error:
        massmap.open(path)
    assert error.value.filename == str(path)


@pytest.mark.parametrize("map", [True, False])
@pytest.mark.parametrize(
    "content", [b"", b"x", b'{"apple": 1}' * 100, bytes(5000), b"MASSMAP" * 100]
)
def test_a_file_that_is_no_map_says_so(content: bytes, map: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(massmap.FormatError) as error:
        massmap.open(path, map=map)
    assert str(path) in str(error.value)


def test_settings_that_are_none_are_refused() -> None:
    path = golden("v2-strings")
    with pytest.raises(massmap.SettingError, match="checksums"):
        massmap.open(path, checksums="sometimes")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        massmap.open(path, "u64")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        massmap.open(5)  # type: ignore[arg-type]
    with pytest.raises((TypeError, OverflowError)):
        massmap.open(path, value_limit=-1)


def test_types_that_are_expected_are_checked() -> None:
    path = golden("v2-strings")
    with massmap.open(path, key_type="string", value_type="u32", check_all_keys=True) as opened:
        assert opened["key 1"] == 1000
    with pytest.raises(massmap.KeyTypeError, match="u64") as error:
        massmap.open(path, key_type="u64")
    assert str(path) in str(error.value)
    with pytest.raises(massmap.ValueTypeError, match="i64"):
        massmap.open(path, value_type="i64")


@pytest.mark.parametrize("map", [True, False])
def test_damage_is_noticed_where_it_is(map: bool, copied: Callable[[str], Path]) -> None:
    path = copied("v2-pages-4096")
    content = bytearray(path.read_bytes())
    content[4096 + 2000] ^= 1
    path.write_bytes(content)
    with massmap.open(path, map=map) as opened, massmap.open(golden("v2-pages-4096")) as sound:
        damaged = 0
        for key, value in sound.items():
            try:
                assert opened[key] == value
            except massmap.ChecksumError as error:
                damaged += 1
                assert str(path) in str(error)
        assert damaged > 0
        report = opened.verify()
        assert not report.ok
        assert report.problem_count == len(report.problems) > 0
        assert isinstance(report.problems[0].message, str)
        # The iteration goes on behind the damage.
        found, errors, entries = 0, 0, iter(opened)
        while True:
            try:
                next(entries)
                found += 1
            except massmap.ChecksumError:
                errors += 1
            except StopIteration:
                break
        assert errors == 1
        assert 0 < found < len(sound)


def test_a_value_that_takes_too_much_memory_is_refused() -> None:
    path = golden("v2-sequences")
    with massmap.open(path, value_limit=300) as opened:
        with pytest.raises(massmap.DecodeError, match="value_limit"):
            list(opened.items())
    with massmap.open(path) as opened:
        assert len(list(opened.items())) == len(opened)


@pytest.mark.parametrize("way", [{}, {"map": False}, {"direct": True}], ids=["mapped", "read", "direct"])
def test_a_directory_is_no_map(tmp_path: Path, way: dict[str, Any]) -> None:
    with pytest.raises(IsADirectoryError) as error:
        massmap.open(tmp_path, **way)
    assert error.value.filename == str(tmp_path)


@pytest.mark.parametrize("key_type", ["u64", "u128", "optional u32", "(u8, u8)"])
def test_exceptions_of_keys_come_through(tmp_path: Path, key_type: str) -> None:
    class Strange:
        def __index__(self) -> int:
            raise KeyboardInterrupt

    massmap.build(tmp_path / "map", {(1, 2) if "(" in key_type else 1: 2}, key_type=key_type)
    with massmap.open(tmp_path / "map") as opened:
        for look_up in (opened.__getitem__, opened.__contains__, lambda key: opened.get_many([key])):
            with pytest.raises(KeyboardInterrupt):
                look_up(Strange())


def test_importing_and_reading_start_no_threads() -> None:
    program = f"""
import os, massmap
for way in (True, False):
    with massmap.open({str(golden("v2-strings"))!r}, map=way) as opened:
        assert opened["key 1"] == 1000 and opened.verify().ok
        assert len(list(opened.items())) == len(opened)
print(len(os.listdir("/proc/self/task")))
"""
    if not Path("/proc/self/task").exists():
        pytest.skip("the system does not tell")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1\n"
