"""Keeps what the service does not use out of its process: millions of live objects are what slow collections walk."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

UNUSED: Final = ("pandas", "sklearn", "matplotlib", "graphviz", "dask")
"""What LightGBM and Arrow import for conveniences of their own where they find them; scoring uses none of it."""


class _Absent(MetaPathFinder):
    """Answers for some packages that they are not installed.

    A None in `sys.modules` would say the same to Python, but Arrow's compiled imports take it for the module.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """Raise for a package that is to look absent, and leave every other to the other finders."""
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


@contextmanager
def without(names: tuple[str, ...] = UNUSED) -> Iterator[None]:
    """Make modules look as if they were not installed, for the imports inside the block."""
    absent = _Absent(names)
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)
