"""Progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ProgressCallback = Callable[[str, int, int | None], object]
"""Called with the phase, the number of entries done in it, and the number of all if that is known."""


class Bars:
    """A bar of tqdm for each phase."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._phase = ""
        self._bar: Any = None

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if phase != self._phase:
            self.close()
            self._phase = phase
            self._bar = self._tqdm(total=total, desc=phase, unit=" entries", unit_scale=True)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Ends the current bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def reporting(progress: bool | ProgressCallback | None) -> Iterator[ProgressCallback | None]:
    """The callback that ``progress`` stands for: with ``True``, bars of tqdm if that is installed."""
    if progress is None or isinstance(progress, bool):
        bars = _bars() if progress else None
        try:
            yield bars
        finally:
            if bars is not None:
                bars.close()
    elif callable(progress):
        yield progress
    else:
        raise TypeError(f"progress is {progress!r}, and must be a function, True or False")


def _bars() -> Bars | None:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return Bars(tqdm)
