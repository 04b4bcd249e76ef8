"""Files that tests read."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from served import COUNT, Web, squares_file, web_server

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = sorted(REPOSITORY.glob("crates/*/tests/golden/*.massmap"))
# The independent reader, which knows nothing of the Rust crates.
sys.path.append(str(REPOSITORY / "crates/massmap-format/python"))


def golden(name: str) -> Path:
    """The golden file with this name."""
    (path,) = (path for path in GOLDEN if path.stem == name)
    return path


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A server of two maps, of squares and of other squares."""
    folder = tmp_path_factory.mktemp("web")
    squares_file(folder / "squares", COUNT)
    squares_file(folder / "others", COUNT, first=1)
    with web_server(folder) as server:
        yield server


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Copies golden files to where they can be changed."""

    def copy(name: str) -> Path:
        target = tmp_path / f"{name}.massmap"
        target.write_bytes(golden(name).read_bytes())
        return target

    return copy
