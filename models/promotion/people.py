"""People who may sign promotions, and their Ed25519 keys under `<home>/people`.

`NAME.key` is the private key, readable by its owner alone; `NAME.pub` is the public key, by which signatures are
verified. Private keys may be kept elsewhere; verifying needs only the public ones.
"""

import base64
import binascii
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from features.errors import InputError
from models.canonical_json import canonical, read_canonical, sha256
from models.durable_files import sync_folder, write_new
from models.errors import LedgerError, PromotionError

NAME = re.compile(r"\w[\w .-]{0,63}")


@dataclass(frozen=True)
class Person:
    """Someone who can sign: a name and the digest of a public key."""

    name: str
    key: str  # "sha256:…" of the public key


def add_person(home: Path, name: str) -> Person:
    """Make a signing key for a person.

    Raises:
        InputError: the name has characters that are not allowed, or already has a key.
    """
    if not NAME.fullmatch(name) or name != name.strip(" ."):
        raise InputError(
            f"{name!r} cannot name a person here.", fix="Use letters, digits, spaces, dots and -, 64 at most."
        )
    folder = home / "people"
    alike = [path.stem for path in folder.glob("*.pub") if folded(path.stem) == folded(name)]
    if alike:
        raise InputError(f"{alike[0]!r} has a key.", where=str(folder), fix="Choose another name.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    document = canonical({"name": name, "ed25519": base64.b64encode(public).decode()})
    try:
        # The public file first: it reserves the name.
        write_new(folder / f"{name}.pub", document)
        write_new(folder / f"{name}.key", pem, mode=0o600)
    except FileExistsError as error:
        raise InputError(f"{name!r} has a key.", where=str(folder), fix="Choose another name.") from error
    sync_folder(folder)
    return Person(name, sha256(public))


def folded(name: str) -> str:
    """Return a name in the form that is compared: `Ada` and `ADA` are one person."""
    return unicodedata.normalize("NFKC", name).casefold()


def people(home: Path) -> tuple[Person, ...]:
    """Return everyone who may sign."""
    return tuple(Person(name, sha256(key.public_bytes_raw())) for name, key in public_keys(home).items())


def public_keys(home: Path) -> Mapping[str, Ed25519PublicKey]:
    """Return the allowed public keys by name."""
    return {path.stem: _public_key(path) for path in sorted((home / "people").glob("*.pub"))}


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        document = read_canonical(path.read_bytes())
        if document["name"] == path.stem:
            return Ed25519PublicKey.from_public_bytes(base64.b64decode(document["ed25519"], validate=True))
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise LedgerError(f"{path} is not a public key. Restore it, or remove it.") from error
    raise LedgerError(f"{path} holds another person's key. Restore it, or remove it.")


def person(home: Path, name: str) -> Person:
    """Return a person who may sign.

    Raises:
        PromotionError: no such person may sign.
    """
    key = public_keys(home).get(name)
    if key is None:
        raise PromotionError(f"{name!r} may not sign here. Make a key with: supplier-credit people add {name!r}")
    return Person(name, sha256(key.public_bytes_raw()))


def sign(home: Path, name: str, message: bytes) -> str:
    """Sign a message with a person's private key; returns the signature in base64.

    Raises:
        PromotionError: the private key is not here, is not the person's, or can be read by others.
    """
    who = person(home, name)
    path = home / "people" / f"{name}.key"
    if not path.is_file():
        raise PromotionError(f"The private key of {name!r} is not at {path}. Sign where it is kept.")
    if os.stat(path).st_mode & 0o077:
        raise PromotionError(f"{path} can be read by others, so its signature proves nothing. chmod 600 it.")
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise PromotionError(f"{path} is not a private key. Restore it from its backup.") from error
    if not isinstance(private, Ed25519PrivateKey) or sha256(private.public_key().public_bytes_raw()) != who.key:
        raise PromotionError(f"{path} does not belong to {name}.pub beside it. Restore the pair.")
    return base64.b64encode(private.sign(message)).decode()


def signed(key: Ed25519PublicKey, message: bytes, signature: str) -> bool:
    """Return whether a signature in base64 verifies with this key over this message."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError, TypeError, binascii.Error):
        return False
    return True
