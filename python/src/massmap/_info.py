"""What maps say about themselves."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Info:
    """What a file says about itself."""

    format: int
    """Its format, 1 or 2."""
    entries: int
    """Number of entries, those with equal keys included."""
    key_type: str
    """The type of the keys."""
    value_type: str
    """The type of the values."""
    hash_function: str
    """The hash function."""
    hash_parameters: Any
    """Its parameters."""
    duplicate_keys: str
    """What was done with equal keys: ``"keep_all"``, ``"error"``, ``"first"`` or ``"last"``."""
    entry_layout: str
    """How entries are stored: ``"variable"``, ``"fixed"`` or ``"compressed"``."""
    compression_level: int | None
    """Level of the compression of values; ``None`` if there is none."""
    page_size: int | None
    """Size of a page in bytes: what a lookup reads. ``None`` in format 1."""
    buckets: int
    """Number of pages; in format 1, number of buckets."""
    has_miss_filter: bool
    """Whether most missing keys cost no read."""
    shard: tuple[int, int] | None
    """Which part of a map this is, from 0, and of how many; ``None`` if it is a whole map."""
    build_id: bytes | None
    """What all shards of a build have in common."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a file, or prevents a check of it."""

    place: int | None
    """The page or bucket, if it is in one."""
    message: str
    """What is wrong."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result of verifying a file."""

    format: int
    """The format of the file."""
    entries: int
    """Number of entries read."""
    blocks: int
    """Number of runs of pages, or of buckets, read."""
    bytes: int
    """Number of bytes read."""
    keys_checked: bool
    """Whether keys were hashed, which needs a type that can be looked up."""
    problem_count: int
    """Number of problems found."""
    problems: tuple[Problem, ...]
    """The first 100 of them."""
    unverified: Problem | None
    """The first part that could not be checked for lack of memory."""

    @property
    def ok(self) -> bool:
        """Whether everything was checked and nothing is wrong."""
        return self.problem_count == 0 and self.unverified is None
