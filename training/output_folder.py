"""The folder of a candidate: checked before training, and replaced in one step at the end."""

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

RUNS = "runs"  # of a home: candidates without --out
ORIGIN = "provenance.json"  # the only file in which identical candidates differ


def refuse_occupied(out: Path | None) -> None:
    """Refuse an output folder with content other than a candidate's, or a path that is not a folder."""
    if out is None:
        return
    existing = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise InputError("This is not a folder.", where=str(existing), fix="Name another with --out.")
    if existing == out and (other_files := sorted({p.name for p in out.iterdir()} - set(REQUIRED))):
        problem = (
            "The folder has a release."
            if "approval.json" in other_files
            else f"The folder has other content: {other_files[0]!r}."
        )
        raise InputError(problem, where=str(out), fix="Name a new folder with --out.")


def refuse_unwritable(out: Path | None) -> None:
    """Raise unless folders can be created in the home and for the candidate (`out`, or the home's runs).

    Raises:
        InputError: names the path, the problem, and the option or variable to change.
    """
    _try(home(), "Name another with SUPPLIER_CREDIT_HOME.")
    if out is None:
        _try(home() / RUNS, "Name another home with SUPPLIER_CREDIT_HOME, or a folder with --out.")
    else:
        _try(out.absolute().parent, "Name another with --out.", where=out)


def default_folder(spec: Spec, booster_text: str) -> Path:
    """Return the folder for a candidate without --out: in the home's runs, named by its content."""
    return home() / RUNS / f"{spec.name}-{hashlib.sha256((str(spec) + booster_text).encode()).hexdigest()[:10]}"


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder for a candidate; at the end it replaces an earlier candidate in one step.

    Where another process wrote the same candidate meanwhile, that one stays.
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
                os.replace(new / ORIGIN, folder / ORIGIN)  # a reader of the folder always sees every file
                break
            aside = new.with_name(f"{new.name}.{len(earlier)}")
            os.rename(folder, aside)
            earlier.append(aside)
        except FileNotFoundError:  # another process is replacing it too
            continue
    for aside in earlier:
        shutil.rmtree(aside)


def _renamed(new: Path, folder: Path) -> bool:
    """Rename to a path that does not exist; whether it did not exist."""
    try:
        os.rename(new, folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def _same(one: Path, other: Path) -> bool:
    """Whether two candidates are the same byte for byte, except for their origin."""
    contents = [{p.name: p.read_bytes() for p in folder.iterdir() if p.name != ORIGIN} for folder in (one, other)]
    return contents[0] == contents[1]


def _try(place: Path, fix: str, *, where: Path | None = None) -> None:
    """Create a folder in a path, or in its nearest existing parent, and remove it again."""
    existing = place
    try:
        existing = next(p for p in (place, *place.absolute().parents) if p.exists())
        with tempfile.TemporaryDirectory(dir=existing, prefix=".", suffix=".tried"):
            return
    except NotADirectoryError as error:
        raise InputError("This is not a folder.", where=str(existing), fix=fix) from error
    except OSError as error:
        problem = f"A folder cannot be created here: {error.strerror}."
        raise InputError(problem, where=str(where or place), fix=fix) from error
