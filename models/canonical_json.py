"""Canonical JSON, digests of it, and files that are either wholly there or not at all."""

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

import rfc8785


def canonical(document: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON document: one document, one spelling."""
    return rfc8785.dumps(document)


def sha256(content: bytes) -> str:
    """Return `sha256:…` of bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def read_canonical(content: bytes) -> Any:
    """Parse JSON that must already be in its canonical spelling.

    Raises:
        ValueError: it is not JSON, or is spelled in another way.
    """
    try:
        document = json.loads(content)
        if canonical(document) == content:
            return document
    except (UnicodeDecodeError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise ValueError("not canonical JSON") from error
    raise ValueError("not canonical JSON")


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that after a crash it holds either the old content or the new, on disk."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write_new(beside, content, mode=mode)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that must not exist yet, and wait until it is on disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder with these files appear at once; it must not exist yet, unless empty."""
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
