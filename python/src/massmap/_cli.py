"""The command line ``massmap``: the same program as the crate ``massmap-cli``, with all its features."""

import sys
from collections.abc import Sequence

from ._massmap import run_command_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with ``arguments``, those of the process by default, and return the exit code.

    >>> from massmap._cli import main
    >>> main(["info", "missing.massmap"])
    1
    """
    if arguments is None:
        arguments = sys.argv[1:]
    return run_command_line(["massmap", *arguments])
