"""Maps that are pickled and copied."""

import copy
import os
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import golden

import massmap


def pickled(protocol: int, opened: massmap.Map) -> massmap.Map:
    again = pickle.loads(pickle.dumps(opened, protocol))
    assert isinstance(again, massmap.Map)
    return again


WAYS: list[Callable[[massmap.Map], massmap.Map]] = [
    copy.copy,
    copy.deepcopy,
    *(partial(pickled, protocol) for protocol in range(2, 6)),
]


@pytest.mark.parametrize("name", ["v2-strings", "strings"])
@pytest.mark.parametrize("again", WAYS)
def test_a_copy_opens_the_file_again(
    name: str, again: Callable[[massmap.Map], massmap.Map]
) -> None:
    with massmap.open(golden(name), checksums="every-read", map=False) as opened:
        copied = again(opened)
        assert copied is not opened
        assert copied == opened
        assert copied.file_id == opened.file_id
        assert copied.__reduce__() == opened.__reduce__()
    assert not copied.closed
    assert copied["key 1"] == 1000


def test_a_pickle_leads_to_the_file_from_any_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(golden("v2-strings").parent)
    map = massmap.open("v2-strings.massmap")
    content = pickle.dumps(map)
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(content)["key 1"] == 1000
    assert map.path == "v2-strings.massmap"
    for copied in (copy.copy(map), pickle.loads(pickle.dumps(map))):
        assert copied["key 1"] == 1000


@pytest.mark.parametrize("name", ["v2-strings", "strings"])
def test_a_file_that_was_replaced_is_refused(name: str, copied: Callable[[str], Path]) -> None:
    path = copied(name)
    content = pickle.dumps(massmap.open(path))
    assert len(pickle.loads(content)) > 0
    other = path.with_suffix(".new")
    other.write_bytes(golden("v2-pages-4096").read_bytes())
    os.replace(other, path)
    with pytest.raises(massmap.ReplacedError, match="replaced") as error:
        pickle.loads(content)
    assert str(path) in str(error.value)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(content)


def test_a_file_of_format_2_is_the_same_wherever_it_is(copied: Callable[[str], Path]) -> None:
    assert massmap.open(copied("v2-strings")).file_id == massmap.open(golden("v2-strings")).file_id
    ids = {
        massmap.open(golden(name)).file_id
        for name in ("v2-strings", "v2-user-metadata", "v2-shard", "strings", "integers")
    }
    assert len(ids) == 5


def test_a_closed_map_cannot_be_pickled() -> None:
    opened = massmap.open(golden("v2-strings"))
    opened.close()
    with pytest.raises(ValueError, match="closed"):
        pickle.dumps(opened)


@pytest.mark.parametrize(
    "error",
    [
        massmap.Error,
        massmap.FormatError,
        massmap.ChecksumError,
        massmap.KeyTypeError,
        massmap.ReplacedError,
        massmap.SettingError,
    ],
)
def test_exceptions_can_be_pickled(error: type[Exception]) -> None:
    again = pickle.loads(pickle.dumps(error("a message")))
    assert type(again) is error
    assert again.args == ("a message",)
