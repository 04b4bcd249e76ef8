"""Maps as data sets of PyTorch. PyTorch itself is imported only by what makes tensors.

``MapDataset`` is a map-style data set: ``torch.utils.data.DataLoader`` fetches whole batches from it with one call of ``get_many``, in
as many workers as it likes. A mapped file is in memory once, whatever the number of workers; what is sent to a worker of its own
interpreter (``spawn`` and ``forkserver``) is the path.
"""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ._errors import SettingError
from ._massmap import Map, open

if TYPE_CHECKING:
    import numpy

__all__ = ["MapDataset", "to_tensors"]

# What `get_many` answers for keys that are missing: a value could be anything else.
_MISSING = object()

# Samples of these keys are shown in the message about missing ones.
_SHOWN = 3


class Column(Protocol):
    """A column of a table: of pandas, Polars or Arrow."""

    def to_numpy(self, *arguments: Any, **settings: Any) -> Any: ...
    def __len__(self) -> int: ...


class MapDataset:
    """The values of a map as samples, by position in a list of keys or by key.

    With ``keys``, a sample is found by its position in this sequence: a list, a NumPy array, or a ``range``, which takes no
    memory; a column of pandas, Polars or Arrow becomes an array. Without, what a sampler draws are the keys themselves: the integers
    from 0 for PyTorch's own samplers, anything for others.

    >>> from massmap.torch import MapDataset
    >>> import massmap
    >>> _ = massmap.build("labels.massmap", {"cat.jpg": "cat", "dog.jpg": "dog"})
    >>> dataset = MapDataset("labels.massmap", ["dog.jpg", "cat.jpg"])
    >>> len(dataset), dataset[0]
    (2, 'dog')
    >>> dataset.__getitems__([1, 0])
    ['cat', 'dog']

    ``map`` is an open map, or a path or URL that :func:`massmap.open` opens with ``options``. ``transform`` makes samples of
    values; with ``with_keys=True``, of pairs of key and value. A key that the map does not have raises a ``KeyError``, or stands for the
    value ``default`` if that is given.

    With ``samples="arrays"``, a batch is an array of NumPy, without a Python object for each sample: for values of a fixed width, as
    ``get_many_numpy`` takes them. Then ``transform`` takes the array of a batch, and ``collate_fn=to_tensors`` makes tensors of it.

    >>> from torch.utils.data import DataLoader  # doctest: +SKIP
    >>> loader = DataLoader(dataset, batch_size=2, num_workers=4)  # doctest: +SKIP
    """

    def __init__(
        self,
        map: Map | str | PathLike[str],
        keys: "Sequence[Any] | numpy.ndarray[Any, Any] | Column | None" = None,
        *,
        transform: Callable[[Any], Any] | None = None,
        with_keys: bool = False,
        default: Any = _MISSING,
        samples: Literal["objects", "arrays"] = "objects",
        **options: Any,
    ) -> None:
        if samples not in ("objects", "arrays"):
            raise SettingError(f"samples is {samples!r}: it is 'objects' or 'arrays'")
        if samples == "arrays" and (with_keys or default is not _MISSING):
            raise SettingError("samples='arrays' excludes with_keys and default: leave them out")
        if options and isinstance(map, Map):
            raise SettingError(f"{', '.join(options)}: the map is open already: leave it out")
        self._map = map if isinstance(map, Map) else open(map, **options)
        # A series of pandas is indexed by its labels, and a column of Arrow has scalars of its own.
        self._keys: Any = _as_array(keys) if hasattr(keys, "to_numpy") else keys
        self._transform = transform
        self._with_keys = with_keys
        # A sentinel would be another object after pickling.
        self._has_default = default is not _MISSING
        self._default = default if self._has_default else None
        self._is_arrays = samples == "arrays"

    @property
    def map(self) -> Map:
        """The map that samples are looked up in."""
        return self._map

    def __len__(self) -> int:
        """Return the number of keys; of the entries of the map, if there is no list of keys."""
        return len(self._map if self._keys is None else self._keys)

    def __getitem__(self, index: Any) -> Any:
        """Return one sample. It takes one lookup; prefer whole batches."""
        samples = self.__getitems__([index])
        return samples[0]

    def __getitems__(self, indices: Iterable[Any]) -> Any:
        """Return the samples of a batch, which are looked up together."""
        keys = self._keys_at(indices)
        if self._is_arrays:
            rows, found = self._map.get_many_numpy(keys)
            if not found.all():
                raise self._missing([keys[position] for position in (~found).nonzero()[0]])
            return rows if self._transform is None else self._transform(rows)
        values = self._map.get_many(keys, _MISSING)
        absent = [key for key, value in zip(keys, values) if value is _MISSING]
        if absent:
            if not self._has_default:
                raise self._missing(absent)
            values = [self._default if value is _MISSING else value for value in values]
        samples = list(zip(keys, values)) if self._with_keys else values
        return samples if self._transform is None else [self._transform(it) for it in samples]

    def _keys_at(self, indices: Iterable[Any]) -> Any:
        if self._keys is None:
            return list(indices)
        if hasattr(self._keys, "dtype"):
            # NumPy takes all at once.
            return self._keys[list(indices)]
        return [self._keys[index] for index in indices]

    def _missing(self, keys: list[Any]) -> KeyError:
        shown = ", ".join(repr(key)[:80] for key in keys[:_SHOWN])
        more = ", …" if len(keys) > _SHOWN else ""
        return KeyError(f"{self._map.path} has no entries with the keys {shown}{more}")


def _as_array(keys: Any) -> "numpy.ndarray[Any, Any]":
    import numpy

    return numpy.asarray(keys)


def to_tensors(rows: "numpy.ndarray[Any, Any]") -> Any:
    """Return a batch of ``samples="arrays"`` as a tensor; that of a structured array as a dict of tensors by their fields.

    It is for the argument ``collate_fn`` of ``torch.utils.data.DataLoader``.
    """
    import torch

    if rows.dtype.names is None:
        return torch.from_numpy(rows)
    # Fields lie among those of other rows: tensors are of their own memory.
    return {name: torch.from_numpy(rows[name].copy()) for name in rows.dtype.names}
