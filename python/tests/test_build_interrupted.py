"""Builds that are interrupted, killed or forked."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import massmap

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and forks of POSIX")

BUILD = """
import sys, time
import numpy as np
import massmap

path, way = sys.argv[1:]
rows = 2_000_000
print("ready", flush=True)
while True:
    begun = time.monotonic()
    try:
        if way == "items":
            massmap.build(path, ((number, "new") for number in range(rows)), memory_limit=4_000_000)
        elif way == "table":
            import pyarrow as pa
            table = pa.table({"k": np.arange(rows), "v": np.arange(rows)})
            massmap.build_table(path, table, memory_limit=4_000_000, compression="zstd")
        else:
            massmap.merge(path, [path + ".0", path + ".1"], memory_limit=1_000_000)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise SystemExit(3)
"""


def start(path: Path, way: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", BUILD, str(path), way]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("way", ["items", "table", "merge"])
def test_an_interrupted_build_leaves_the_old_file_or_the_new_one_and_nothing_else(
    tmp_path: Path, way: str
) -> None:
    chance = random.Random(way)
    path = tmp_path / "map"
    for index in range(2):
        entries = ((number, "new") for number in range(50_000))
        massmap.build(tmp_path / f"map.{index}", entries, shard=(index, 2))
    names = ["map", "map.0", "map.1"]
    for _ in range(6):
        massmap.build(path, {1: "old"})
        process = start(path, way)
        time.sleep(chance.uniform(0, 1.5))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
        # Before the first build, Python itself may have been interrupted.
        assert process.returncode == 3 and output == "interrupted\n" or "KeyboardInterrupt" in errors, errors
        assert sorted(os.listdir(tmp_path)) == names
        with massmap.open(path) as opened:
            assert opened.verify().ok
            assert dict(opened) == {1: "old"} or len(opened) in (2_000_000, 50_000)


def test_what_a_killed_build_leaves_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "map"
    massmap.build(path, {1: "old"})
    process = start(path, "items")
    deadline = time.monotonic() + 60
    while len(os.listdir(tmp_path)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert dict(massmap.open(path)) == {1: "old"}
    massmap.build(path, {1: "newer"})
    assert os.listdir(tmp_path) == ["map"]


FORKS = """
import multiprocessing, os, sys, threading, warnings
import massmap

warnings.simplefilter("ignore")
directory = sys.argv[1]
entries = {number: str(number) for number in range(30_000)}

def build(name):
    return massmap.build(os.path.join(directory, name), entries, memory_limit=300_000).entries

def child(number):
    massmap.build(os.path.join(directory, f"child {number}"), {number: number})
    os._exit(0 if build(f"large {number}") == len(entries) else 1)

ended = threading.Event()

def builds():
    while not ended.is_set():
        build("parent")

thread = threading.Thread(target=builds)
thread.start()
for number in range(10):
    process = os.fork()
    if process == 0:
        child(number)
    assert os.waitpid(process, 0)[1] == 0
ended.set()
thread.join()
print(len(os.listdir(directory)))
"""


def test_processes_that_are_forked_during_a_build_build_as_well(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKS, str(tmp_path)]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (completed.returncode, completed.stdout) == (0, "21\n"), completed.stderr
    assert len(massmap.open(tmp_path / "parent")) == 30_000


def test_a_fork_inside_of_an_iterable_does_not_end_the_build_of_the_parent(tmp_path: Path) -> None:
    program = """
import os, sys
import massmap

def items():
    for number in range(100_000):
        yield number, number
        if number == 50_000 and os.fork() == 0:
            raise SystemExit(0)

massmap.build(sys.argv[1], items(), memory_limit=300_000)
os.wait()
print(len(massmap.open(sys.argv[1])))
"""
    command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "map")]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (completed.returncode, completed.stdout) == (0, "100000\n"), completed.stderr
    assert os.listdir(tmp_path) == ["map"]
