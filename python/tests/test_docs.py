"""The examples of the documentation run."""

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import massmap


def documented() -> Iterator[tuple[str, str, dict[str, object]]]:
    """Names and docstrings of everything public and of what it has, and what is at hand there."""
    names = [name for _, name, _ in pkgutil.iter_modules(massmap.__path__) if name != "__main__"]
    found: dict[str, tuple[str, str, dict[str, object]]] = {}
    for module in [massmap, *(importlib.import_module(f"massmap.{name}") for name in names)]:
        at_hand = {"massmap": massmap, **vars(massmap), **vars(module)}

        def note(name: str, documented: object, at_hand: dict[str, object] = at_hand) -> None:
            text = inspect.getdoc(documented) or ""
            if ">>>" in text:
                found[name] = (name, text, at_hand)

        note(module.__name__, module)
        for name, member in vars(module).items():
            is_ours = str(getattr(member, "__module__", "")).startswith("massmap")
            if name.startswith("__") or inspect.ismodule(member) or not is_ours:
                continue
            note(f"massmap.{name}", member)
            if inspect.isclass(member):
                for inner, attribute in vars(member).items():
                    if not inner.startswith("__"):
                        note(f"massmap.{name}.{inner}", attribute)
    return iter(found.values())


EXAMPLES = list(documented())


@pytest.mark.parametrize(
    ("name", "text", "at_hand"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES]
)
def test_an_example_runs(
    name: str,
    text: str,
    at_hand: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(text, dict(at_hand), name, None, 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert result.attempted > 0
    assert result.failed == 0


def test_everything_public_has_a_docstring() -> None:
    assert not [
        name
        for name in massmap.__all__
        if name != "__version__" and not inspect.getdoc(getattr(massmap, name))
    ]
