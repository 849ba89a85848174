"""Keeps unused packages out of the process: each live object makes a garbage collection longer."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

UNUSED: Final = ("pandas", "sklearn", "matplotlib", "graphviz", "dask")
"""LightGBM and Arrow import these where they are installed; scoring uses none of them."""


class _HidingFinder(MetaPathFinder):
    """Finds no module of some packages.

    A None in `sys.modules` does the same for Python, but Arrow's compiled imports take None for the module.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """Raise for a hidden package; leave every other package to the other finders."""
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


@contextmanager
def hidden_modules(names: tuple[str, ...] = UNUSED) -> Iterator[None]:
    """Make packages look as if they were not installed, for the imports inside the block."""
    finder = _HidingFinder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
