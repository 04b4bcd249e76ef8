"""Maps behind servers, for tests."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import massmap

HERE = Path(__file__).resolve().parent

# Number of entries of the maps that are served.
COUNT = 20_000


def squares_file(path: Path, count: int, first: int = 0) -> Path:
    """Build a map of the squares of numbers at `path`."""
    squares = ((number, number * number) for number in range(first, first + count))
    massmap.build(path, squares, key_type="u64", value_type="u64")
    return path


@dataclass
class Web:
    """A server of the files in a folder."""

    folder: Path
    port: int

    def url(self, name: str) -> str:
        """The URL of a file."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def stats(self) -> dict[str, int]:
        """How many requests there were, and what became of them."""
        with urllib.request.urlopen(self.url("stats")) as answer:
            counts: dict[str, int] = json.load(answer)
        return counts

    def count(self, event: str) -> int:
        """How often something has happened."""
        return self.stats().get(event, 0)

    def wait_for(self, event: str, count: int = 1) -> None:
        """Wait until something has happened so often."""
        end = time.monotonic() + 30
        while self.count(event) < count:
            assert time.monotonic() < end, self.stats()
            time.sleep(0.01)

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Let requests wait meanwhile."""
        mark = self.folder / "stall"
        mark.touch()
        try:
            yield
        finally:
            mark.unlink()


@contextmanager
def web_server(folder: Path) -> Iterator[Web]:
    """Start a server of the files in a folder."""
    command = [sys.executable, str(HERE / "range_server.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Web(folder, int(process.stdout.readline()))
        finally:
            process.kill()


@dataclass
class S3:
    """A server that imitates S3."""

    endpoint: str

    @property
    def storage_options(self) -> dict[str, str]:
        """What `open` takes to reach it."""
        return {
            "aws_endpoint": self.endpoint,
            "aws_allow_http": "true",
            "aws_region": "us-east-1",
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "a secret",
        }

    def put(self, path: str, content: bytes = b"") -> None:
        """Make a bucket, or an object in one."""
        # Names the service; the signature is not checked.
        credentials = "Credential=test/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 {credentials}",
            "Content-Type": "application/octet-stream",
        }
        request = urllib.request.Request(f"{self.endpoint}/{path}", content, headers, method="PUT")
        urllib.request.urlopen(request).close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def s3_server() -> Iterator[S3]:
    """Start moto. Without it, skip the test unless MASSMAP_TEST_SERVERS is "required"."""
    program = os.environ.get("MASSMAP_MOTO") or shutil.which("moto_server")
    if program is None:
        if os.environ.get("MASSMAP_TEST_SERVERS") == "required":
            pytest.fail("moto is not installed: pip install 'moto[s3,server]'")
        pytest.skip("moto is not installed")
    port = free_port()
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            end = time.monotonic() + 180
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None and time.monotonic() < end
                    time.sleep(0.05)
            yield S3(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
