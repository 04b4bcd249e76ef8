"""Maps as data sets. Those tests that need PyTorch are left out where it is not installed; ``.ci/python-torch`` installs it."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import massmap
from massmap.torch import MapDataset, to_tensors

COUNT = 1000
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """Names by their ids, 0 to COUNT - 1."""
    path = tmp_path / "names.massmap"
    massmap.build(path, ((number, f"name {number}") for number in range(COUNT)))
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Rows of two numbers by their ids."""
    path = tmp_path / "rows.massmap"
    numbers = np.arange(COUNT)
    table = pa.table({"id": numbers, "x": numbers * 0.5, "y": (numbers % 7).astype(np.int32)})
    massmap.build_table(path, table, key="id", value=["x", "y"])
    return path


def double(value: str) -> str:
    """A transformation, which workers import by its name."""
    return value * 2


def first(batch: Any) -> Any:
    """A batch as it was fetched."""
    return batch


def test_samples_are_found_by_position_or_by_key(names: Path) -> None:
    by_position = MapDataset(names, [30, 10, 20])
    assert len(by_position) == 3
    assert by_position[0] == "name 30"
    assert by_position[-1] == "name 20"
    assert by_position.__getitems__([2, 0]) == ["name 20", "name 30"]
    with pytest.raises(IndexError):
        by_position[3]
    by_key = MapDataset(massmap.open(names))
    assert len(by_key) == COUNT
    assert by_key[30] == "name 30"
    assert by_key.__getitems__([2, 0]) == ["name 2", "name 0"]
    numbers = np.arange(0, COUNT, 10)
    # Labels of a series are no positions.
    labeled = pd.Series(numbers, index=numbers[::-1])
    for keys in (range(0, COUNT, 10), numbers, labeled, pl.Series(numbers), pa.array(numbers)):
        dataset = MapDataset(names, keys)
        assert (len(dataset), dataset[7]) == (100, "name 70")
        assert dataset.__getitems__([3, 1]) == ["name 30", "name 10"]


def test_missing_keys_are_errors_or_the_default(names: Path) -> None:
    keys = [5, COUNT, 6, COUNT + 1]
    with pytest.raises(KeyError, match=f"names.massmap has no entries with the keys {COUNT}"):
        MapDataset(names, keys).__getitems__(range(4))
    for default in (None, "nobody"):
        dataset = MapDataset(names, keys, default=default)
        assert dataset.__getitems__(range(4)) == ["name 5", default, "name 6", default]
        again = pickle.loads(pickle.dumps(dataset))
        assert again.__getitems__(range(4)) == ["name 5", default, "name 6", default]


def test_samples_are_made_of_values_or_of_pairs(names: Path) -> None:
    assert MapDataset(names, [1], transform=double)[0] == "name 1name 1"
    assert MapDataset(names, [1], with_keys=True)[0] == (1, "name 1")
    pairs = MapDataset(names, [1], with_keys=True, transform=lambda pair: f"{pair[0]}: {pair[1]}")
    assert pairs[0] == "1: name 1"


def test_batches_may_be_arrays(rows: Path) -> None:
    dataset = MapDataset(rows, range(COUNT), samples="arrays")
    batch = dataset.__getitems__([6, 8])
    assert batch["x"].tolist() == [3.0, 4.0]
    assert batch["y"].tolist() == [6, 1]
    assert dataset[6]["x"] == 3.0
    doubled = MapDataset(rows, range(COUNT), samples="arrays", transform=lambda rows: rows["x"] * 2)
    assert doubled.__getitems__([6, 8]).tolist() == [6.0, 8.0]
    with pytest.raises(KeyError, match=f"the keys {COUNT}, {COUNT + 1}'$"):
        MapDataset(rows, samples="arrays").__getitems__([1, COUNT, 2, COUNT + 1])


def test_settings_that_exclude_each_other_are_errors(rows: Path) -> None:
    with pytest.raises(massmap.SettingError, match="'objects' or 'arrays'"):
        MapDataset(rows, samples="tensors")  # type: ignore[arg-type]
    with pytest.raises(massmap.SettingError, match="leave them out"):
        MapDataset(rows, samples="arrays", default=0)
    with pytest.raises(massmap.SettingError, match="open already"):
        MapDataset(massmap.open(rows), checksums="never")


def test_a_data_set_is_sent_as_path_and_keys(names: Path) -> None:
    dataset = MapDataset(names, range(COUNT), transform=double, checksums="never")
    sent = pickle.dumps(dataset)
    assert len(sent) < 1000
    assert pickle.loads(sent)[5] == "name 5name 5"


def test_pytorch_is_not_imported_before_tensors_are_made(names: Path) -> None:
    code = (
        "import sys, massmap.torch\n"
        f"print(massmap.torch.MapDataset({str(names)!r})[5], 'torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "name 5 False\n"


WORKERS = [(0, None), (2, "fork"), (4, "fork"), (2, "spawn"), (4, "spawn"), (2, "forkserver")]


@pytest.mark.parametrize(("workers", "method"), WORKERS)
def test_workers_fetch_batches(names: Path, workers: int, method: str | None) -> None:
    data = pytest.importorskip("torch.utils.data")
    dataset = MapDataset(names, range(COUNT - 1, -1, -1), transform=double)
    # Read from before the workers start, as programs do.
    assert dataset[0] == double(f"name {COUNT - 1}")
    loader = data.DataLoader(
        dataset, batch_size=64, num_workers=workers, multiprocessing_context=method
    )
    batches = list(loader)
    assert [len(batch) for batch in batches] == [64] * 15 + [40]
    expected = [double(f"name {number}") for number in range(COUNT - 1, -1, -1)]
    assert [sample for batch in batches for sample in batch] == expected


@pytest.mark.parametrize(("workers", "method"), WORKERS)
def test_workers_make_tensors_of_arrays(rows: Path, workers: int, method: str | None) -> None:
    data = pytest.importorskip("torch.utils.data")
    loader = data.DataLoader(
        MapDataset(rows, samples="arrays"),
        batch_size=100,
        shuffle=True,
        num_workers=workers,
        multiprocessing_context=method,
        collate_fn=to_tensors,
    )
    x, y = [], []
    for batch in loader:
        x += batch["x"].tolist()
        y += batch["y"].tolist()
    assert x != sorted(x)
    assert sorted(x) == [number * 0.5 for number in range(COUNT)]
    assert y == [int(it * 2) % 7 for it in x]


def test_a_sampler_may_draw_keys(tmp_path: Path) -> None:
    data = pytest.importorskip("torch.utils.data")
    path = tmp_path / "words.massmap"
    massmap.build(path, {"a": 1, "b": 2, "c": 3})
    loader = data.DataLoader(
        MapDataset(path), batch_size=2, sampler=["c", "a", "b"], collate_fn=first
    )
    assert list(loader) == [[3, 1], [2]]


def test_parts_of_a_data_set_are_data_sets(names: Path) -> None:
    data = pytest.importorskip("torch.utils.data")
    part = data.Subset(MapDataset(names), [3, 5])
    assert list(data.DataLoader(part, batch_size=2, collate_fn=first)) == [["name 3", "name 5"]]


def test_the_example_trains_with_workers() -> None:
    pytest.importorskip("torch")
    example = [sys.executable, str(EXAMPLES / "train.py"), "--workers", "4", "--rows", "20000"]
    run = subprocess.run(example, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    losses = [float(line.rsplit(" ", 1)[1]) for line in run.stdout.splitlines() if "loss" in line]
    assert len(losses) >= 2
    assert losses[-1] < losses[0] / 4
