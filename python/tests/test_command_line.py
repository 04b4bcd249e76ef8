"""The command line that the package brings: the same program as that of the crate."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

import massmap
from massmap._cli import main

SCRIPT = shutil.which("massmap", path=sysconfig.get_path("scripts")) or "massmap"
PROGRAMS = [[SCRIPT], [sys.executable, "-m", "massmap"]]

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def run(
    arguments: Sequence[str], program: Sequence[str] = (SCRIPT,), **options: object
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*program, *arguments], capture_output=True, text=True, timeout=60, **options
    )


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in another process, in which it may change what belongs to the whole process."""
    return run(["-c", code], [sys.executable])


def wait_for(path: Path, pattern: str) -> None:
    """Wait until there is such a file in a folder."""
    end = time.monotonic() + 30
    while not list(path.glob(pattern)):
        assert time.monotonic() < end, os.listdir(path)
        time.sleep(0.01)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small map."""
    entries, path = tmp_path / "in.json", tmp_path / "small.massmap"
    entries.write_text('{"apple": 1, "fig": 2}')
    assert run(["build", "-i", str(entries), "-o", str(path)]).returncode == 0
    return path


@pytest.mark.parametrize("program", PROGRAMS)
def test_script_and_module_are_the_program(program: list[str], small: Path) -> None:
    assert run(["--version"], program).stdout == f"massmap {massmap.__version__}\n"
    assert run(["get", str(small), "fig"], program).stdout == "2\n"
    usage = run(["get", "--nonsense"], program)
    assert (usage.returncode, usage.stdout) == (2, "")
    assert "Usage: massmap get" in usage.stderr
    missing = run(["get", str(small), "plum"], program)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "plum" in missing.stderr


def test_all_features_are_there(tmp_path: Path) -> None:
    table = pa.table({"id": [3, 5], "name": ["three", "five"]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet", compression="zstd")
    path = str(tmp_path / "map")
    built = run(["build", "-i", str(tmp_path / "in.parquet"), "-o", path])
    assert built.returncode == 0, built.stderr
    assert run(["get", path, "5"]).stdout == '"five"\n'
    # Nobody listens there.
    remote = run(["info", "http://127.0.0.1:9/map"])
    assert remote.returncode == 1
    assert "built without" not in remote.stderr


@posix_only
def test_arguments_need_not_be_text(small: Path) -> None:
    path = os.fsencode(small.parent) + b"/\xff"
    shutil.copy(os.fsencode(small), path)
    found = subprocess.run([os.fsencode(SCRIPT), b"get", path, b"fig"], capture_output=True)
    assert (found.returncode, found.stdout) == (0, b"2\n")


@posix_only
def test_a_reader_that_closes_the_pipe_is_no_failure(tmp_path: Path) -> None:
    lines = (f'["key {number}", {number}]\n' for number in range(50_000))
    (tmp_path / "in.ndjson").write_text("".join(lines))
    path = str(tmp_path / "map")
    assert run(["build", "-i", str(tmp_path / "in.ndjson"), "-o", path]).returncode == 0
    child = subprocess.Popen([SCRIPT, "dump", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None and child.stderr is not None
    assert child.stdout.readline()
    child.stdout.close()
    assert child.wait(30) == 0
    assert child.stderr.read() == b""
    child.stderr.close()


@posix_only
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("ends_with", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_build_at_once_and_leaves_nothing_behind(
    program: list[str], ends_with: tuple[signal.Signals, int], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "in")
    child = subprocess.Popen(
        [*program, "build", "-i", "in", "-o", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    wait_for(tmp_path, ".massmap-*")
    number, code = ends_with
    child.send_signal(number)
    _, stderr = child.communicate(timeout=30)
    assert (child.returncode, stderr) == (code, b"")
    assert os.listdir(tmp_path) == ["in"]


def test_commands_may_follow_each_other_in_one_process(
    small: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = small.parent / "keys"
    keys.write_text("fig\napple\n")
    get = ["get", str(small), "--keys-from", str(keys), "--values-only"]
    assert main(["--quiet", *get]) == 0
    assert capfd.readouterr() == ("2\n1\n", "")
    # What the command before was told does not hold for this one.
    assert main(get) == 0
    assert capfd.readouterr() == ("2\n1\n", "massmap: found 2, missing 0\n")
    assert main(["get", str(small), "plum"]) == 1
    assert main(["get"]) == 2
    assert "Usage: massmap get" in capfd.readouterr().err


@posix_only
def test_other_threads_run_meanwhile(tmp_path: Path) -> None:
    pipe, path = str(tmp_path / "pipe"), str(tmp_path / "map")
    os.mkfifo(pipe)
    codes: list[int] = []
    build = ["--quiet", "build", "-i", pipe, "--input-format", "ndjson", "-o", path]
    thread = threading.Thread(target=lambda: codes.append(main(build)))
    thread.start()
    with open(pipe, "w") as rows:
        rows.write('["a", 1]\n')
    thread.join(30)
    assert codes == [0]


@posix_only
def test_after_a_command_signals_do_what_they_did() -> None:
    interrupted = run_python(
        "import signal, time\n"
        "from massmap._cli import main\n"
        "main(['--version'])\n"
        "try:\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    time.sleep(10)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    assert interrupted.stdout.splitlines()[1:] == ["interrupted"]
    assert interrupted.returncode == 0
    terminated = run_python(
        "import os, signal, time\n"
        "from massmap._cli import main\n"
        "main(['--version'])\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "time.sleep(10)\n"
    )
    assert terminated.returncode == -signal.SIGTERM


@posix_only
def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in")
    child = subprocess.Popen(
        [SCRIPT, "--quiet", "build", "-i", "in", "--input-format", "ndjson", "-o", "out"],
        cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        stdout=subprocess.DEVNULL,
    )
    wait_for(tmp_path, ".massmap-*")
    child.send_signal(signal.SIGINT)
    (tmp_path / "in").write_text('["a", 1]\n')
    assert child.wait(30) == 0
