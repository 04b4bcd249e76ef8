"""The code of the README and of the guides runs as it stands."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDES = ["README.md", "python/README.md", "docs/from-parquet-to-a-dataloader.md"]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_runs(guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (REPOSITORY / guide).read_text()
    blocks = list(BLOCK.finditer(text))
    assert blocks
    names: dict[str, object] = {"__name__": "guide"}
    for block in blocks:
        code = block.group(1)
        # Whatever comes from PyTorch begins with the loader.
        if "DataLoader" in code and not find_spec("torch"):
            continue
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + code, str(REPOSITORY / guide), "exec"), names)


def test_links_of_guides_lead_to_files() -> None:
    for guide in GUIDES:
        path = REPOSITORY / guide
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if not target.startswith("https://"):
                assert (path.parent / target).exists(), f"{guide}: {target}"
