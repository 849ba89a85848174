"""Places of what training leaves behind: looked at before any work, and taken at once when it is done."""

import errno
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import InputError
from features.home import home
from models.durable_files import sync_folder
from models.scorecard.folder import REQUIRED
from models.scorecard.spec import Spec

RUNS = "runs"  # of a home: candidates that nobody named a folder for
ORIGIN = "provenance.json"  # all that identical candidates may differ in


def refuse_occupied(out: Path | None) -> None:
    """Refuse a place that cannot be written or holds what is not ours to replace: another candidate is."""
    if out is None:
        return
    there = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise InputError("This is no folder.", where=str(there), fix="Name another with --out.")
    if there == out and (odd := sorted({p.name for p in out.iterdir()} - set(REQUIRED))):
        problem = "There is a release here." if "approval.json" in odd else f"There is something else here: {odd[0]!r}."
        raise InputError(problem, where=str(out), fix="Name a new folder with --out.")


def refuse_unwritable(out: Path | None) -> None:
    """Raise unless a folder can be made in the home and, by `out` or in the home's runs, for the candidate.

    Raises:
        InputError: names the place, what stands against it, and the option or variable to change.
    """
    _try(home(), "Name another with SUPPLIER_CREDIT_HOME.")
    if out is None:
        _try(home() / RUNS, "Name another home with SUPPLIER_CREDIT_HOME, or a folder with --out.")
    else:
        _try(out.absolute().parent, "Name another with --out.", where=out)


def default_folder(spec: Spec, booster_text: str) -> Path:
    """Return the folder of the home's runs for a candidate that nobody named one for, named by its content."""
    return home() / RUNS / f"{spec.name}-{hashlib.sha256((str(spec) + booster_text).encode()).hexdigest()[:10]}"


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield a place to write a candidate to; it takes the place of an earlier one when it is whole, never before.

    Where somebody else wrote the same meanwhile, that one stays.
    """
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        yield beside
        _take_place(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    sync_folder(folder.parent)


def _take_place(new: Path, folder: Path) -> None:
    earlier: list[Path] = []
    while not _renamed(new, folder):
        try:
            if _same(new, folder):
                os.replace(new / ORIGIN, folder / ORIGIN)  # nobody who reads the folder now misses a file
                break
            aside = new.with_name(f"{new.name}.{len(earlier)}")
            os.rename(folder, aside)
            earlier.append(aside)
        except FileNotFoundError:  # somebody else is replacing it too
            continue
    for aside in earlier:
        shutil.rmtree(aside)


def _renamed(new: Path, folder: Path) -> bool:
    """Rename to a place where nothing is; whether nothing was."""
    try:
        os.rename(new, folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def _same(one: Path, other: Path) -> bool:
    """Whether two candidates are the same, byte for byte, wherever they came from."""
    contents = [{p.name: p.read_bytes() for p in folder.iterdir() if p.name != ORIGIN} for folder in (one, other)]
    return contents[0] == contents[1]


def _try(place: Path, fix: str, *, where: Path | None = None) -> None:
    """Make a folder in a place, or where it will be, and remove it again."""
    there = place
    try:
        there = next(p for p in (place, *place.absolute().parents) if p.exists())
        with tempfile.TemporaryDirectory(dir=there, prefix=".", suffix=".tried"):
            return
    except NotADirectoryError as error:
        raise InputError("This is no folder.", where=str(there), fix=fix) from error
    except OSError as error:
        problem = f"No folder can be made here: {error.strerror}."
        raise InputError(problem, where=str(where or place), fix=fix) from error
