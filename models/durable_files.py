"""Writing files and folders so that a crash leaves them either complete or absent."""

import os
import uuid
from pathlib import Path


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace a file's content: after a crash the file holds the whole old or the whole new content."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write_new(temporary, content, mode=mode)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that must not exist yet, and wait until it is on disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Create a folder with all these files in one step; it must not exist yet, unless empty."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    staging.mkdir()
    try:
        for name, content in files.items():
            write_new(staging / name, content)
        sync_folder(staging)
        os.rename(staging, folder)
    except BaseException:
        for name in files:
            (staging / name).unlink(missing_ok=True)
        staging.rmdir()
        raise
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Wait until a folder's own entries are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
