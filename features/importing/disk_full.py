"""A full disk, named as itself: readers would take it for a damaged file of the publisher."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import duckdb

from features.errors import InputError

_CODES = {errno.ENOSPC, errno.EDQUOT}
_WORDS = ("no space left", "disk quota exceeded", "max_temp_directory_size")


@contextlib.contextmanager
def disk_full_named(folder: Path) -> Iterator[None]:
    """Raise InputError where the block fails because the disk of `folder` is full, whatever the error says."""
    try:
        yield
    except (OSError, duckdb.Error, InputError) as error:
        if not _is_full(error):
            raise
        fix = "Nothing was changed. Free space, or import into a folder on another disk."
        raise InputError("The disk is full.", where=str(folder), fix=fix) from error


def _is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it was raised from, is of a full disk."""
    while error is not None:
        text = str(error).lower()
        if getattr(error, "errno", None) in _CODES or any(words in text for words in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
