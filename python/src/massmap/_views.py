"""Views of maps, and what else of them is easier said in Python."""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from ._errors import ReplacedError
from ._massmap import Map, open

Mapping.register(Map)


class MapKeys(KeysView[Any]):
    """The keys of a map."""

    _mapping: Map

    def __iter__(self) -> Iterator[Any]:
        return self._mapping._iterate("keys")


class MapValues(ValuesView[Any]):
    """The values of a map."""

    _mapping: Map

    def __iter__(self) -> Iterator[Any]:
        return self._mapping._iterate("values")

    def __contains__(self, value: object) -> bool:
        return any(found is value or found == value for found in self)


class MapItems(ItemsView[Any, Any]):
    """The entries of a map."""

    _mapping: Map

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return self._mapping._iterate("items")


def equal(this: Map, other: object) -> object:
    """Whether a map has the same entries as another mapping."""
    if this is other:
        return True
    if not isinstance(other, Mapping):
        return NotImplemented
    if len(this) != len(other):
        return False
    if isinstance(other, Map) and this.file_id == other.file_id:
        return True
    missing = object()
    try:
        return all(_same(value, other.get(key, missing)) for key, value in this.items())
    except TypeError:
        # Keys of another type.
        return False


def _same(value: object, other: object) -> bool:
    return value is other or value == other


def reopen(path: str, settings: dict[str, Any], file_id: str) -> Map:
    """Opens a map that was pickled or copied, if its file is still the same."""
    opened = open(path, **settings)
    if opened.file_id != file_id:
        raise ReplacedError(
            f"{path}: the file has been replaced since the map was opened that was pickled or "
            "copied: open it again"
        )
    return opened
