"""People who may sign promotions, and their Ed25519 keys under `<home>/people`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Person:
    """Someone who can sign, known by a name and the fingerprint of a public key."""

    name: str
    key: str  # "sha256:…" of the public key


def add_person(home: Path, name: str) -> Person:
    """Make a signing key for a person; refuses a name that has one."""
    raise NotImplementedError


def people(home: Path) -> tuple[Person, ...]:
    """Return everyone whose public key is allowed to sign."""
    raise NotImplementedError
