"""Names of synthetic things, recognisable as synthetic at a glance."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # 3^i mod 31
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714, over the eight characters of the organisation's own code
REGION = "990000"  # no administrative division has this number: every code made here is synthetic


def uscc(numbers: NDArray, kinds: NDArray) -> pa.Array:
    """Unified social credit codes (统一社会信用代码) with correct check characters, in the unused region 990000."""
    n = len(numbers)
    digits = np.zeros((n, 18), np.int64)
    digits[:, 0] = 9
    digits[:, 1] = kinds + 1  # 91 a company, 92 a sole trader, 93 a co-operative
    digits[:, 2:8] = [int(c) for c in REGION]
    body = (numbers[:, None] // 10 ** np.arange(7, -1, -1)) % 10
    digits[:, 8:16] = body
    own = 11 - (body * np.array(BODY_WEIGHTS)).sum(axis=1) % 11
    digits[:, 16] = np.where(own == 10, ALPHABET.index("X"), own % 11)
    digits[:, 17] = -(digits[:, :17] * np.array(CODE_WEIGHTS)).sum(axis=1) % 31
    letters = np.frombuffer(ALPHABET.encode(), np.uint8)[digits]
    return pa.array(np.ascontiguousarray(letters).view("S18").ravel()).cast(pa.string())


def check_character(code: str) -> str:
    """The last character that GB 32100 wants after the first seventeen of `code`."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(code[:17], CODE_WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def numbered(prefix: str, numbers: NDArray, *, width: int = 9) -> pa.Array:
    """Ids such as `SYN-C-000000017`; a negative number is null."""
    text = pc.utf8_lpad(pc.cast(pa.array(np.maximum(numbers, 0)), pa.string()), width, "0")
    ids = pc.binary_join_element_wise(pa.scalar(prefix), text, "")
    return pc.if_else(pa.array(numbers >= 0), ids, pa.scalar(None, pa.string())) if (numbers < 0).any() else ids
