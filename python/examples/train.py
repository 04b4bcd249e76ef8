"""Trains a tiny model on features that are looked up in a map, with several workers.

    pip install massmap torch numpy pyarrow
    python train.py --workers 4

The features of items and the list of training examples are two different things, as in most recommenders: examples name items
by their ids, in any order, and each worker looks up the features of a batch with one call. The file is mapped: all workers share one
copy of it.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import DataLoader

import massmap
from massmap.torch import MapDataset, to_tensors

FEATURES = 4
WEIGHTS = np.array([0.5, -1.0, 2.0, 0.25], dtype=np.float32)


def build_features(path: Path, rows: int) -> np.ndarray:
    """Build the map from ids of items to their features, and return the ids."""
    random = np.random.default_rng(7)
    ids = random.permutation(10 * rows)[:rows].astype(np.uint64)
    features = random.standard_normal((rows, FEATURES), dtype=np.float32)
    columns = {f"feature_{index}": features[:, index] for index in range(FEATURES)}
    target = features @ WEIGHTS + random.normal(0, 0.01, rows).astype(np.float32)
    table = pa.table({"id": ids, **columns, "target": target})
    massmap.build_table(path, table, key="id", value=[*columns, "target"])
    return ids


def train(path: Path, ids: np.ndarray, workers: int, epochs: int) -> None:
    """Fit a linear model."""
    dataset = MapDataset(path, ids, samples="arrays")
    loader = DataLoader(
        dataset,
        batch_size=256,
        shuffle=True,
        num_workers=workers,
        collate_fn=to_tensors,
        persistent_workers=workers > 0,
    )
    torch.manual_seed(7)
    model = torch.nn.Linear(FEATURES, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(epochs):
        begin, total = time.perf_counter(), 0.0
        for batch in loader:
            inputs = torch.stack([batch[f"feature_{index}"] for index in range(FEATURES)], dim=1)
            loss = torch.nn.functional.mse_loss(model(inputs).squeeze(1), batch["target"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
        rate = len(dataset) / (time.perf_counter() - begin)
        print(f"epoch {epoch}: {rate:,.0f} samples a second, loss {total / len(dataset):.5f}")


def main() -> None:
    """Build the map, and train."""
    parser = argparse.ArgumentParser(description="Trains a tiny model with features from a map")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.massmap"
        ids = build_features(path, arguments.rows)
        train(path, ids, arguments.workers, arguments.epochs)


if __name__ == "__main__":
    main()
