"""The examples of the documentation run."""

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import massmap


def documented() -> Iterator[tuple[str, str]]:
    """Names and docstrings of everything public, and of what it has."""
    modules = [
        massmap,
        *(
            importlib.import_module(f"massmap.{name}")
            for _, name, _ in pkgutil.iter_modules(massmap.__path__)
            if name != "__main__"
        ),
    ]
    found: dict[str, str] = {}
    for module in modules:
        if module.__doc__:
            found[module.__name__] = module.__doc__
        for name, member in vars(module).items():
            if (
                name.startswith("__")
                or inspect.ismodule(member)
                or not str(getattr(member, "__module__", "")).startswith("massmap")
            ):
                continue
            found[f"massmap.{name}"] = inspect.getdoc(member) or ""
            if inspect.isclass(member):
                for inner, attribute in vars(member).items():
                    text = inspect.getdoc(attribute)
                    if not inner.startswith("__") and text:
                        found[f"massmap.{name}.{inner}"] = text
    return iter(found.items())


EXAMPLES = [(name, text) for name, text in documented() if ">>>" in text]


@pytest.mark.skipif(not hasattr(massmap, "build"), reason="examples build the maps that they read")
@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_runs(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(
        text, {"massmap": massmap, **vars(massmap)}, name, None, 0
    )
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert result.attempted > 0
    assert result.failed == 0


def test_everything_public_has_a_docstring() -> None:
    assert not [
        name
        for name in massmap.__all__
        if name != "__version__" and not inspect.getdoc(getattr(massmap, name))
    ]
