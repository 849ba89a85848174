"""Keeps what the service does not use out of its process: millions of live objects are what slow collections walk."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

UNUSED: Final = ("pandas", "sklearn", "matplotlib", "graphviz", "dask")
"""What LightGBM imports for its own conveniences where it finds them; scoring uses none of it."""


@contextmanager
def without(names: tuple[str, ...] = UNUSED) -> Iterator[None]:
    """Make modules look as if they were not installed, for the imports inside the block."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: "not installed", says the import system.
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
